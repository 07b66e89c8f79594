//! What is written for builders, built and run: every image of every example by BuildKit, every development environment
//! by Compose, on a Docker engine of the tests' own.
//!
//! The engine is started by the tests and ends with them. Without one the tests say that they did not run, and with
//! `CI=true` that is a failure. Base images are stand-ins made of Debian's packages; `support/docker` says of which.

#![allow(clippy::panic, reason = "a test ends at the first surprise")]
#![allow(clippy::unnecessary_wraps, reason = "all checks have one form")]

#[path = "support/binary.rs"]
#[allow(dead_code, unreachable_pub, reason = "each suite uses a part of it")]
mod binary;

#[path = "images/alone.rs"]
mod alone;
#[path = "images/attested.rs"]
mod attested;
#[path = "images/build.rs"]
mod build;
#[path = "images/cache.rs"]
mod cache;
#[path = "images/classic.rs"]
mod classic;
#[path = "images/container.rs"]
mod container;
#[path = "support/docker.rs"]
mod docker;
#[path = "images/elsewhere.rs"]
mod elsewhere;
#[path = "images/environments.rs"]
mod environments;
#[path = "images/equal.rs"]
mod equal;
#[path = "images/gates.rs"]
mod gates;
#[path = "images/killed.rs"]
mod killed;
#[path = "images/languages.rs"]
mod languages;
#[path = "images/project.rs"]
mod project;
#[path = "images/run.rs"]
mod run;
#[path = "images/scene.rs"]
mod scene;
#[path = "images/up.rs"]
mod up;

use docker::{OrNotRun, harness};
use libtest_mimic::{Arguments, Failed, Trial};
use scene::{EXAMPLES, Scene};

type Check = fn(&Scene, &'static str) -> Result<(), Failed>;

fn main() {
    if killed::is_victim() {
        return;
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(3);
    let mut trials = Vec::new();
    let name = "ct-segmentation: built from mirrors alone".to_owned();
    trials.push(trial(name, |scene| scene::alone(|| alone::builds(scene, "ct-segmentation"))));
    // A build without the cache beside them would take from it what they look for.
    let cached: [(&str, &'static str, Check); 2] = [
        ("minimal: a build redoes what a change touches, once", "minimal", cache::holds),
        ("languages: programs of Node, of Java, of R and of pages alone", "languages", languages::serve),
    ];
    for (name, example, check) in cached {
        trials.push(trial(name.to_owned(), move |scene| scene::alone(|| check(scene, example))));
    }
    let name = "minimal: the classic dialect is built by buildah 1.28".to_owned();
    trials.push(trial(name, |scene| scene::beside_others(|| classic::builds(scene, "minimal"))));
    let name = "a run that is killed leaves nothing".to_owned();
    trials.push(trial(name, |scene| scene::beside_others(|| killed::leaves_nothing(scene))));
    for example in EXAMPLES.into_iter().chain(["languages"]) {
        let name = format!("{example}: two builds are one image");
        trials.push(trial(name, move |scene| scene::beside_others(|| equal::images(scene, example))));
    }
    let name = "a build elsewhere is in another time, zone and language".to_owned();
    trials.push(trial(name, |scene| scene::beside_others(|| elsewhere::is_elsewhere(scene))));
    let name = "minimal: what is in an image is attested".to_owned();
    trials.push(trial(name, |scene| scene::beside_others(|| attested::lists_packages(scene, "minimal"))));
    let name = "minimal: what is attested is said in the words of buildx".to_owned();
    trials.push(trial(name, |scene| scene::beside_others(|| attested::words_are_known(scene, "minimal"))));
    let name = "minimal: two builds are pushed as one image".to_owned();
    trials.push(trial(name, |scene| scene::beside_others(|| equal::pushed(scene, "minimal"))));
    let mut add = |name: String, example: &'static str, check: Check| {
        trials.push(trial(name, move |scene| scene::beside_others(|| check(scene, example))));
    };
    for example in EXAMPLES {
        add(format!("{example}: every Dockerfile passes the checks of BuildKit"), example, build::checks);
        add(format!("{example}: every image is built"), example, build::builds);
    }
    add("mri-classifier: from studies to a service".to_owned(), "mri-classifier", run::classifier);
    add("minimal: a model, and a service with it".to_owned(), "minimal", run::smallest);
    let ups: [(&'static str, Check); 4] = [
        ("ct-segmentation", environments::segmentation),
        ("minimal", environments::minimal),
        ("mri-classifier", environments::classifier),
        ("reading-room", environments::reading_room),
    ];
    for (example, check) in ups {
        add(format!("{example}: the development environment comes up"), example, check);
    }
    let name = "reading-room: volumes that somebody filled stay as they are".to_owned();
    add(name, "reading-room", environments::keeps_volumes);
    for example in EXAMPLES.into_iter().chain(["languages"]) {
        add(format!("{example}: no secret and no scan stays in an image"), example, gates::nothing_stays);
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    // Statics are never dropped, and the engine has to end before this process does.
    scene::end();
    conclusion.exit();
}

/// A test on the engine of all tests.
fn trial(name: String, check: impl FnOnce(&Scene) -> Result<(), Failed> + Send + 'static) -> Trial {
    harness::trial(name.clone(), move || scene::scene().or_not_run(&name).map_or(Ok(()), |it| check(&it)))
}
