//! The room `output` on real disks: what it writes, what it refuses, and what is left when it is stopped anywhere.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

mod support;

#[path = "output/changes.rs"]
mod changes;
#[path = "output/check.rs"]
mod check;
#[path = "output/disks.rs"]
mod disks;
#[path = "output/faults.rs"]
mod faults;
#[path = "output/gone.rs"]
mod gone;
#[path = "output/guests.rs"]
mod guests;
#[path = "output/kill.rs"]
mod kill;
#[path = "output/links.rs"]
mod links;
#[path = "output/program.rs"]
mod program;
#[path = "output/project.rs"]
mod project;
#[path = "output/refuse.rs"]
mod refuse;
#[path = "output/runs.rs"]
mod runs;
#[path = "output/scene.rs"]
mod scene;
#[path = "output/ways.rs"]
mod ways;

fn main() {
    support::judges::harness::run(&[
        changes::TESTS,
        check::TESTS,
        disks::TESTS,
        faults::TESTS,
        gone::TESTS,
        guests::TESTS,
        kill::TESTS,
        links::TESTS,
        program::TESTS,
        refuse::TESTS,
        runs::TESTS,
    ]);
}
