//! Several runs at once.

use std::fs;
use std::sync::Mutex;
use std::thread;

use mlopsc::output::{Act, Options, OutputError, Step};

use crate::project::{Project, set, times, whole_tree};
use crate::support::judges::harness::tests;

tests!(
    the_second_one_is_told,
    a_lock_without_a_run_is_no_lock,
    a_lock_that_was_removed_before_it_was_taken_is_no_lock,
    a_crowd_leaves_the_tree_of_one,
    the_same_files_from_two_runs_are_the_same_bytes
);

const OLD: &[(&str, &str)] = &[("compose.yaml", "old\n")];
const NEW: &[(&str, &str)] = &[("compose.yaml", "new\n")];
const OTHER: &[(&str, &str)] = &[("compose.yaml", "other\n")];

fn the_second_one_is_told() {
    let project = Project::with(OLD);
    let second = Mutex::new(Vec::new());
    let watch = |step: &Step<'_>| {
        if step.act == Act::Flush {
            second.lock().unwrap().push(project.write(OTHER).unwrap_err());
        }
        Ok(())
    };
    project.write_with(NEW, &Options { watch: Some(&watch), ..project.options() }).unwrap();
    let second = second.into_inner().unwrap();
    assert!(!second.is_empty());
    for error in second {
        assert!(matches!(&error, OutputError::Busy { lock } if *lock == project.out.join(".mlopsc-lock")));
        let expected = format!("another run is writing: `{}/.mlopsc-lock` is locked", project.out.display());
        assert_eq!(error.to_string(), expected);
    }
    assert_eq!(project.check(NEW), []);
    project.assert_tidy();
}

fn a_lock_without_a_run_is_no_lock() {
    let project = Project::with(OLD);
    fs::write(project.out.join(".mlopsc-lock"), "").unwrap();
    let before = times(&project.prod(""));
    project.write(OLD).unwrap();
    assert_eq!(times(&project.prod("")), before);
    project.assert_tidy();
}

fn a_lock_that_was_removed_before_it_was_taken_is_no_lock() {
    let project = Project::with(OLD);
    let between = Mutex::new(Vec::new());
    let watch = |step: &Step<'_>| {
        let mut between = between.lock().unwrap();
        match step.act {
            // The file is open. Another run takes it, comes to its end and takes it away.
            Act::Lock if between.is_empty() => between.push(project.write(OTHER).is_ok()),
            Act::Flush => between.push(matches!(project.write(OLD), Err(OutputError::Busy { .. }))),
            _ => {}
        }
        Ok(())
    };
    project.write_with(NEW, &Options { watch: Some(&watch), ..project.options() }).unwrap();
    let between = between.into_inner().unwrap();
    assert!(between.len() > 2 && between.iter().all(|it| *it), "{between:?}");
    assert_eq!(project.check(NEW), []);
}

fn a_crowd_leaves_the_tree_of_one() {
    let project = Project::with(OLD);
    let run = |files| {
        for _ in 0..50 {
            match project.write(files) {
                Ok(_) | Err(OutputError::Busy { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    thread::scope(|scope| {
        for files in [OLD, NEW, OTHER] {
            scope.spawn(move || run(files));
        }
    });
    let left = whole_tree(&project.prod(""));
    assert!([OLD, NEW, OTHER].iter().any(|it| left == whole_tree(&Project::with(it).prod(""))), "{left:?}");
    project.write(NEW).unwrap();
    project.assert_tidy();
    assert_eq!(project.check(NEW), []);
}

fn the_same_files_from_two_runs_are_the_same_bytes() {
    let (one, other) = (Project::with(OLD), Project::with(NEW));
    other.write(OLD).unwrap();
    assert_eq!(whole_tree(&one.out), whole_tree(&other.out));
    assert_eq!(set(OLD), set(OLD));
}
