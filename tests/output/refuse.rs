//! Files that are not ours, or no longer what we wrote: refused by name, and nothing is touched.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use mlopsc::output::{Obstacles, Options, OutputError, write};

use crate::project::{Project, put, set, times, whole_tree};
use crate::support::judges::harness::tests;

tests!(
    foreign_files_are_all_named,
    edited_files_are_refused_unless_forced,
    an_edit_that_says_what_is_compiled_is_welcome,
    a_folder_without_manifest_is_foreign,
    a_lost_manifest_is_no_loss_where_nothing_else_changed,
    empty_folders_are_not_in_the_way,
    names_that_are_not_text_are_foreign,
    pipes_are_foreign_and_never_opened,
    a_file_in_the_place_of_the_folder_is_foreign,
    a_damaged_manifest_is_refused_with_the_reason,
    one_environment_in_the_way_keeps_all_as_they_were,
    a_long_list_is_cut,
    names_that_lead_elsewhere_are_no_environments,
    other_things_in_the_output_folder_are_not_our_business
);

const OLD: &[(&str, &str)] = &[("compose.yaml", "old\n"), ("kubernetes/api.yaml", "api\n")];
const NEW: &[(&str, &str)] = &[("compose.yaml", "new\n")];

/// Asserts that a write is refused and leaves everything untouched; gives the message and what it names.
fn refused(project: &Project, options: &Options<'_>) -> (String, Obstacles) {
    let before = times(&project.out.join("prod"));
    let error = project.write_with(NEW, options).unwrap_err();
    assert_eq!(times(&project.out.join("prod")), before);
    project.assert_tidy();
    let message = error.to_string();
    let OutputError::InTheWay(obstacles) = error else { panic!("{message}") };
    (message, obstacles)
}

fn foreign_files_are_all_named() {
    let project = Project::with(OLD);
    project.put("notes.txt", "mine\n");
    project.put("kubernetes/.DS_Store", "junk");
    let (message, obstacles) = refused(&project, &Options { force: true, ..project.options() });
    let foreign = vec![project.prod("kubernetes/.DS_Store"), project.prod("notes.txt")];
    assert_eq!(obstacles, Obstacles { foreign, ..Obstacles::default() });
    let out = project.out.display();
    let expected = format!(
        "nothing was written: files are in the way\n  \
         `{out}/prod/kubernetes/.DS_Store`: mlopsc did not write it\n  \
         `{out}/prod/notes.txt`: mlopsc did not write it\n\
         move or delete what is not mlopsc's"
    );
    assert_eq!(message, expected);
}

fn edited_files_are_refused_unless_forced() {
    let project = Project::with(OLD);
    project.put("compose.yaml", "by hand\n");
    // No longer wanted, but that is no reason to lose an edit.
    project.put("kubernetes/api.yaml", "by hand too\n");
    let (message, obstacles) = refused(&project, &project.options());
    let edited = vec![project.prod("compose.yaml"), project.prod("kubernetes/api.yaml")];
    assert_eq!(obstacles, Obstacles { edited, ..Obstacles::default() });
    assert!(message.ends_with("or overwrite them with `--force`"), "{message}");
    project.write_with(NEW, &Options { force: true, ..project.options() }).unwrap();
    assert_eq!(project.check(NEW), []);
}

fn an_edit_that_says_what_is_compiled_is_welcome() {
    let project = Project::with(OLD);
    project.put("compose.yaml", "new\n");
    project.write(NEW).unwrap();
    assert_eq!(project.check(NEW), []);
}

fn a_folder_without_manifest_is_foreign() {
    let project = Project::new();
    put(&project.prod("kubernetes/theirs.yaml"), "theirs\n");
    let (_, obstacles) = refused(&project, &project.options());
    assert_eq!(obstacles.foreign, [project.prod("kubernetes/theirs.yaml")]);
}

fn a_lost_manifest_is_no_loss_where_nothing_else_changed() {
    let project = Project::with(NEW);
    fs::remove_file(project.prod(".mlopsc-manifest.json")).unwrap();
    project.write(NEW).unwrap();
    assert_eq!(project.check(NEW), []);
}

fn empty_folders_are_not_in_the_way() {
    let project = Project::new();
    fs::create_dir_all(project.prod("empty/deep")).unwrap();
    project.write(OLD).unwrap();
    fs::create_dir_all(project.prod("compose.yaml.d")).unwrap();
    assert_eq!(project.check(OLD), []);
    project.write(NEW).unwrap();
    assert!(!project.prod("compose.yaml.d").exists());
}

fn names_that_are_not_text_are_foreign() {
    let project = Project::with(OLD);
    fs::write(project.out.join("prod").join(OsStr::from_bytes(b"caf\xe9")), "").unwrap();
    fs::write(project.prod("new\nline\u{1b}[31m"), "").unwrap();
    fs::write(project.prod("back\\slash"), "").unwrap();
    let (message, obstacles) = refused(&project, &project.options());
    assert_eq!(obstacles.foreign.len(), 3);
    assert!(message.contains("new\\nline\\u{1b}[31m"), "{message}");
    assert_eq!(project.check(OLD).len(), 3);
}

fn pipes_are_foreign_and_never_opened() {
    let project = Project::with(OLD);
    fs::remove_file(project.prod("compose.yaml")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(project.prod("compose.yaml")).status().unwrap();
    assert!(made.success());
    let (_, obstacles) = refused(&project, &project.options());
    assert_eq!(obstacles.foreign, [project.prod("compose.yaml")]);
    assert_eq!(project.check(OLD).len(), 1);
}

fn a_file_in_the_place_of_the_folder_is_foreign() {
    let project = Project::new();
    put(&project.out.join("prod"), "a file\n");
    let (_, obstacles) = refused(&project, &project.options());
    assert_eq!(obstacles.foreign, [project.out.join("prod")]);
}

fn a_damaged_manifest_is_refused_with_the_reason() {
    for damaged in ["", "{\"compiler\": \"mlopsc 0.1.0\"}", "<<<<<<< HEAD\n", "[]", "{\"compiler\": 1, \"sha256\": {}}"]
    {
        let project = Project::with(OLD);
        project.put(".mlopsc-manifest.json", damaged);
        let before = times(&project.out.join("prod"));
        let error = project.write_with(OLD, &Options { force: true, ..project.options() }).unwrap_err();
        assert!(matches!(&error, OutputError::Manifest { path, .. } if *path == project.prod(".mlopsc-manifest.json")));
        assert!(error.to_string().contains("delete its folder and compile again"), "{error}");
        assert_eq!(times(&project.out.join("prod")), before);
        project.assert_tidy();
    }
}

fn one_environment_in_the_way_keeps_all_as_they_were() {
    let project = Project::with(OLD);
    project.put("notes.txt", "mine\n");
    let before = whole_tree(&project.out);
    write(&project.out, &[("dev", &set(NEW)), ("prod", &set(NEW))], &project.options()).unwrap_err();
    assert_eq!(whole_tree(&project.out), before);
}

fn a_long_list_is_cut() {
    let project = Project::with(OLD);
    (0..25).for_each(|it| project.put(&format!("notes-{it:02}"), ""));
    let (message, obstacles) = refused(&project, &project.options());
    assert_eq!(obstacles.foreign.len(), 25);
    assert!(message.contains("notes-19") && !message.contains("notes-20"), "{message}");
    assert!(message.contains("\n  and 5 more: mlopsc did not write it\n"), "{message}");
}

fn names_that_lead_elsewhere_are_no_environments() {
    let project = Project::new();
    for name in ["", ".", "..", "../prod", "a/b", "/tmp", ".hidden", ".mlopsc-stage-prod", "a\\b", "a\n"] {
        let error = write(&project.out, &[(name, &set(NEW))], &project.options()).unwrap_err();
        assert!(matches!(error, OutputError::Name(_)), "{name:?}: {error}");
    }
    assert_eq!(fs::read_dir(&project.path).unwrap().count(), 0);
}

fn other_things_in_the_output_folder_are_not_our_business() {
    let project = Project::new();
    put(&project.out.join("README.md"), "about\n");
    put(&project.out.join("theirs/file"), "theirs\n");
    put(&project.out.join(".mlopsc-later-version/file"), "not known\n");
    project.write_with(NEW, &Options { prune_environments: Some(&["prod"]), ..project.options() }).unwrap();
    let paths: Vec<PathBuf> = whole_tree(&project.out).into_keys().map(PathBuf::from).collect();
    let expected =
        [".mlopsc-later-version/file", "README.md", "prod/.mlopsc-manifest.json", "prod/compose.yaml", "theirs/file"];
    assert_eq!(paths, expected.map(PathBuf::from));
}
