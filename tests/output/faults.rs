//! An operation that fails, wherever it is, leaves the old tree or the new one and a clear error.

use std::io::{self, ErrorKind};

use mlopsc::output::{Options, OutputError, Report, Step, Watch, write};

use crate::project::{Project, leftovers};
use crate::scene::{Scene, compile};
use crate::support::judges::harness::tests;
use crate::ways::{Count, WAYS, Way};

tests!(one_operation_fails, the_disk_fails_for_good, a_repair_that_is_stopped_is_repaired_by_the_next_run);

fn one_operation_fails() {
    for way in WAYS {
        fail_everywhere(way, Count::is_now, |scene, at, is_staged| {
            if way != Way::Layers {
                scene.assert_whole(at);
            }
            if !is_staged {
                let left = leftovers(&scene.project.out);
                assert!(left.iter().all(|it| it == ".mlopsc-lock"), "{at}: {left:?}");
            }
        });
    }
}

fn the_disk_fails_for_good() {
    for way in WAYS {
        let fails = |count: &Count| count.is_now() || count.is_past();
        fail_everywhere(way, fails, |scene, at, _| {
            if way.exchanges() {
                scene.assert_whole(at);
            }
        });
    }
}

/// With the disk gone from some operation on, a run leaves what a stopped one leaves; so two stops cost no processes.
fn a_repair_that_is_stopped_is_repaired_by_the_next_run() {
    for way in [Way::Journal, Way::Plain, Way::Layers] {
        let mut journals = 0;
        for stop in 0.. {
            let scene = Scene::on(Project::in_memory());
            if stopped(way, stop, |watch| compile(&scene.project.path, Some(watch))) {
                break;
            }
            if scene.project.out.join(".mlopsc-next-prod").exists() {
                journals += 1;
                repair_everywhere(way, stop);
            }
        }
        assert!(journals > 3, "{way:?}: the journal was there {journals} times");
    }
}

fn repair_everywhere(way: Way, stop: usize) {
    for stop_again in 0.. {
        let (scene, at) =
            (Scene::on(Project::in_memory()), format!("{way:?}, stopped at {stop}, then at {stop_again}"));
        stopped(way, stop, |watch| compile(&scene.project.path, Some(watch)));
        let is_done = stopped(way, stop_again, |watch| {
            write(&scene.project.out, &[], &Options { watch: Some(watch), ..scene.project.options() })
        });
        scene.assert_recoverable(&at);
        scene.assert_repaired(&at);
        if is_done {
            return;
        }
    }
}

/// A run on a disk that is gone from an operation on; whether the run was done before.
fn stopped(way: Way, stop: usize, run: impl FnOnce(Watch<'_>) -> Result<Report, OutputError>) -> bool {
    let count = Count::to(stop);
    let watch = |step: &Step<'_>| {
        let is_gone = count.is_now() || count.is_past();
        if is_gone { Err(ErrorKind::StorageFull.into()) } else { way.allows(step) }
    };
    let _ = run(&watch);
    !count.is_past()
}

/// Lets operations fail from each one on in turn. The assertion is told whether all trees were built by then.
fn fail_everywhere(way: Way, fails: impl Fn(&Count) -> bool + Sync, assert: impl Fn(&Scene, &str, bool)) {
    for at in 0.. {
        let (scene, count) = (Scene::on(Project::in_memory()), Count::to(at));
        let operations = std::sync::Mutex::new(Vec::new());
        let watch = |step: &Step<'_>| -> io::Result<()> {
            operations.lock().unwrap().push(format!("{:?}", step.act));
            if fails(&count) { Err(ErrorKind::StorageFull.into()) } else { way.allows(step) }
        };
        let written = compile(&scene.project.path, Some(&watch));
        let operations = operations.into_inner().unwrap();
        let failed = operations.get(at).map_or("nothing", |it| it);
        let at = format!("{way:?}, {failed} failed at {at}");
        let is_staged = operations.iter().any(|it| it == "Rename");
        assert(&scene, &at, is_staged);
        scene.assert_recoverable(&at);
        scene.assert_repaired(&at);
        scene.assert_next_run_succeeds(&at);
        if !count.is_past() {
            assert!(written.is_ok());
            return;
        }
        if let Err(error) = written {
            assert!(matches!(&error, OutputError::Disk { source, .. } if source.kind() == ErrorKind::StorageFull));
            assert!(error.to_string().contains("deploy"), "{at}: {error}");
        }
    }
}
