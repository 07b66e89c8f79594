//! Environments that the spec no longer has.

use std::fs;
use std::os::unix::fs::symlink;

use mlopsc::output::{FileSet, Kind, Options, Outcome, OutputError, Written, check, write};

use crate::project::{Project, put, set, whole_tree};
use crate::support::judges::harness::tests;

tests!(
    they_are_removed,
    they_stay_when_only_some_environments_are_written,
    their_foreign_and_edited_files_are_refused,
    a_damaged_manifest_keeps_them,
    folders_without_our_manifest_and_links_are_not_environments,
    the_check_calls_their_files_stale
);

const FILES: &[(&str, &str)] = &[("compose.yaml", "text\n"), ("kubernetes/api.yaml", "api\n")];

fn with_dev() -> (Project, FileSet) {
    let (project, files) = (Project::new(), set(FILES));
    write(&project.out, &[("dev", &files), ("prod", &files)], &project.options()).unwrap();
    (project, files)
}

fn pruning(project: &Project) -> Options<'_> {
    Options { prune_environments: Some(&["prod"]), ..project.options() }
}

fn they_are_removed() {
    let (project, files) = with_dev();
    let report = write(&project.out, &[("prod", &files)], &pruning(&project)).unwrap();
    let dev = Written { environment: "dev".to_owned(), outcome: Outcome::Removed { files: 2 }, absent: Vec::new() };
    assert_eq!(report.environments[1], dev);
    assert!(!project.out.join("dev").exists());
    assert_eq!(check(&project.out, &[("prod", &files)], &pruning(&project)).unwrap(), []);
    project.assert_tidy();
}

fn they_stay_when_only_some_environments_are_written() {
    let (project, files) = with_dev();
    write(&project.out, &[("prod", &files)], &project.options()).unwrap();
    assert_eq!(check(&project.out, &[("dev", &files)], &project.options()).unwrap(), []);
    // Not written now, but still in the spec.
    let options = Options { prune_environments: Some(&["dev", "prod"]), ..project.options() };
    write(&project.out, &[("prod", &set(&[]))], &options).unwrap();
    assert_eq!(check(&project.out, &[("dev", &files)], &project.options()).unwrap(), []);
}

fn their_foreign_and_edited_files_are_refused() {
    let (project, files) = with_dev();
    put(&project.out.join("dev/notes.txt"), "mine\n");
    put(&project.out.join("dev/compose.yaml"), "by hand\n");
    let before = whole_tree(&project.out);
    let error = write(&project.out, &[("prod", &set(&[]))], &pruning(&project)).unwrap_err();
    let OutputError::InTheWay(obstacles) = error else { panic!("{error}") };
    assert_eq!(obstacles.foreign, [project.out.join("dev/notes.txt")]);
    assert_eq!(obstacles.edited, [project.out.join("dev/compose.yaml")]);
    assert_eq!(whole_tree(&project.out), before);
    fs::remove_file(project.out.join("dev/notes.txt")).unwrap();
    write(&project.out, &[("prod", &files)], &Options { force: true, ..pruning(&project) }).unwrap();
    assert!(!project.out.join("dev").exists());
}

fn a_damaged_manifest_keeps_them() {
    let (project, files) = with_dev();
    put(&project.out.join("dev/.mlopsc-manifest.json"), "{");
    let error = write(&project.out, &[("prod", &files)], &pruning(&project)).unwrap_err();
    assert!(matches!(error, OutputError::Manifest { .. }), "{error}");
    assert!(project.out.join("dev/compose.yaml").exists());
}

fn folders_without_our_manifest_and_links_are_not_environments() {
    let (project, files) = with_dev();
    fs::remove_file(project.out.join("dev/.mlopsc-manifest.json")).unwrap();
    symlink("prod", project.out.join("current")).unwrap();
    write(&project.out, &[("prod", &files)], &pruning(&project)).unwrap();
    assert!(project.out.join("dev/compose.yaml").exists());
    assert!(project.out.join("current").is_symlink());
}

fn the_check_calls_their_files_stale() {
    let (project, files) = with_dev();
    put(&project.out.join("dev/notes.txt"), "mine\n");
    let found = check(&project.out, &[("prod", &files)], &pruning(&project)).unwrap();
    let found: Vec<_> =
        found.iter().map(|it| (it.path.strip_prefix(&project.out).unwrap().to_str().unwrap(), it.kind)).collect();
    let expected = [
        ("dev/.mlopsc-manifest.json", Kind::Stale),
        ("dev/compose.yaml", Kind::Stale),
        ("dev/kubernetes/api.yaml", Kind::Stale),
        ("dev/notes.txt", Kind::Foreign),
    ];
    assert_eq!(found, expected);
}
