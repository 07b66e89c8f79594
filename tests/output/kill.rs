//! A process that is stopped at any operation leaves the old tree or the new one, and nothing that lasts.

use std::env;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio, abort};

use mlopsc::output::Step;

use crate::project::Project;
use crate::scene::{Scene, compile};
use crate::support::judges::harness::tests;
use crate::ways::{Count, WAYS, Way};

tests!(
    child_that_is_stopped,
    where_folders_are_exchanged_the_tree_is_always_whole,
    where_they_are_renamed_the_next_run_repairs_the_tree,
    where_they_cannot_be_renamed_the_next_run_repairs_the_tree
);

const PROJECT: &str = "OUTPUT_TEST_PROJECT";
const STOP: &str = "OUTPUT_TEST_STOP";
const WAY: &str = "OUTPUT_TEST_WAY";

/// The process that is stopped; a test only by name.
fn child_that_is_stopped() {
    let Ok(project) = env::var(PROJECT) else { return };
    let way = WAYS.into_iter().find(|it| it.name() == env::var(WAY).unwrap()).unwrap();
    let count = Count::to(env::var(STOP).unwrap().parse().unwrap());
    let watch = |step: &Step<'_>| if count.is_now() { abort() } else { way.allows(step) };
    compile(Path::new(&project), Some(&watch)).unwrap();
}

fn where_folders_are_exchanged_the_tree_is_always_whole() {
    for way in [Way::Exchange, Way::OneName] {
        stop_everywhere(way, |scene, at| scene.assert_whole(at));
    }
}

fn where_they_are_renamed_the_next_run_repairs_the_tree() {
    for way in [Way::Journal, Way::Plain] {
        stop_everywhere(way, |scene, at| {
            scene.assert_recoverable(at);
            scene.assert_repaired(at);
            scene.assert_whole(at);
        });
    }
}

fn where_they_cannot_be_renamed_the_next_run_repairs_the_tree() {
    stop_everywhere(Way::Layers, |scene, at| {
        scene.assert_recoverable(at);
        scene.assert_repaired(at);
    });
}

/// Stops a write at each of its operations in turn.
fn stop_everywhere(way: Way, assert: impl Fn(&Scene, &str)) {
    for stop in 0.. {
        let at = format!("{way:?}, stopped at {stop}");
        // The other ways are played, on any disk alike.
        let scene = Scene::on(if way == Way::Exchange { Project::new() } else { Project::in_memory() });
        let ended = run(&scene, way, stop);
        assert(&scene, &at);
        scene.assert_next_run_succeeds(&at);
        if ended.success() {
            assert!(stop > 50, "only {stop} operations");
            return;
        }
    }
}

fn run(scene: &Scene, way: Way, stop: usize) -> ExitStatus {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "kill::child_that_is_stopped"]).stdout(Stdio::null()).stderr(Stdio::null());
    child.env(PROJECT, &scene.project.path).env(WAY, way.name()).env(STOP, stop.to_string());
    let ended = child.current_dir(&scene.project.path).status().unwrap();
    // A failed assertion of the child is no stop: libtest ends with 101.
    assert!(ended.code().is_none_or(|it| it == 0), "{ended}");
    ended
}
