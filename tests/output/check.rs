//! The check: what it reports, in which order, and that it writes nothing.

use std::fs;

use mlopsc::output::{Difference, Kind, check, write};

use crate::project::{Project, set, times};
use crate::support::judges::harness::tests;

tests!(
    a_tree_as_compiled_has_no_difference,
    every_kind_is_told_in_the_order_of_paths,
    environments_are_told_in_the_order_of_paths_too,
    a_project_that_was_never_written_misses_everything,
    a_lost_or_damaged_manifest_is_a_difference,
    a_foreign_file_in_the_place_of_one_of_ours_is_compared,
    what_cannot_be_seen_in_lines_is_said,
    long_diffs_are_cut_and_counted
);

const OLD: &[(&str, &str)] =
    &[("compose.yaml", "a\nb\nc\n"), ("kubernetes/api.yaml", "api\n"), ("stale.yaml", "gone\n")];
const NEW: &[(&str, &str)] =
    &[("compose.yaml", "a\nB\nc\n"), ("kubernetes/api.yaml", "api\n"), ("missing.yaml", "new")];

fn at<'a>(project: &Project, found: &'a [Difference], path: &str) -> &'a Difference {
    let path = project.prod(path);
    found.iter().find(|it| it.path == path).unwrap_or_else(|| panic!("{found:#?}"))
}

fn a_tree_as_compiled_has_no_difference() {
    let project = Project::with(OLD);
    let before = times(&project.path);
    assert_eq!(project.check(OLD), []);
    assert_eq!(times(&project.path), before);
}

fn every_kind_is_told_in_the_order_of_paths() {
    let project = Project::with(OLD);
    project.put("notes.txt", "mine\n");
    let before = times(&project.path);
    let found = project.check(NEW);
    let kinds: Vec<_> = found.iter().map(|it| (it.path.clone(), it.kind)).collect();
    let expected = [
        (".mlopsc-manifest.json", Kind::Changed),
        ("compose.yaml", Kind::Changed),
        ("missing.yaml", Kind::Missing),
        ("notes.txt", Kind::Foreign),
        ("stale.yaml", Kind::Stale),
    ];
    assert_eq!(kinds, expected.map(|(path, kind)| (project.prod(path), kind)));
    assert_eq!(times(&project.path), before);
    let diff = |path: &str| &*at(&project, &found, path).diff;
    let changed = "--- committed/deploy/prod/compose.yaml\n+++ compiled/deploy/prod/compose.yaml\n\
                   @@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n";
    assert_eq!(diff("compose.yaml"), changed);
    let missing = "--- /dev/null\n+++ compiled/deploy/prod/missing.yaml\n\
                   @@ -0,0 +1,1 @@\n+new\n\\ No newline at end of file\n";
    assert_eq!(diff("missing.yaml").replace("+1 @@", "+1,1 @@"), missing);
    let stale = "--- committed/deploy/prod/stale.yaml\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-gone\n";
    assert_eq!(diff("stale.yaml").replace("-1 +", "-1,1 +"), stale);
    assert_eq!(diff("notes.txt"), "");
}

fn environments_are_told_in_the_order_of_paths_too() {
    let project = Project::new();
    write(&project.out, &[("a", &set(OLD))], &project.options()).unwrap();
    let found = check(&project.out, &[("b", &set(&[("x", "x")])), ("a", &set(NEW))], &project.options()).unwrap();
    let paths: Vec<_> = found.iter().map(|it| &it.path).collect();
    assert!(paths.is_sorted() && paths.len() == 6, "{paths:?}");
}

fn a_project_that_was_never_written_misses_everything() {
    let project = Project::new();
    let found = project.check(OLD);
    assert!(found.iter().all(|it| it.kind == Kind::Missing), "{found:#?}");
    assert_eq!(found.len(), 4);
    assert!(!project.out.exists());
}

fn a_lost_or_damaged_manifest_is_a_difference() {
    let project = Project::with(OLD);
    project.put(".mlopsc-manifest.json", "{");
    let found = project.check(OLD);
    assert_eq!((found.len(), found[0].kind), (1, Kind::Changed));
    fs::remove_file(project.prod(".mlopsc-manifest.json")).unwrap();
    let found = project.check(OLD);
    assert_eq!((found.len(), found[0].kind), (1, Kind::Missing));
}

fn a_foreign_file_in_the_place_of_one_of_ours_is_compared() {
    let project = Project::new();
    project.put("compose.yaml", "theirs\n");
    let found = project.check(&[("compose.yaml", "ours\n")]);
    let foreign = at(&project, &found, "compose.yaml");
    assert_eq!(foreign.kind, Kind::Foreign);
    assert!(foreign.diff.ends_with("\n-theirs\n+ours\n"), "{}", foreign.diff);
}

fn what_cannot_be_seen_in_lines_is_said() {
    let project = Project::with(&[("a.yaml", "one\ntwo\n"), ("b.yaml", "b\n"), ("c.yaml", "c\n"), ("d.sh", "d\n")]);
    project.put("a.yaml", "one\r\ntwo\r\n");
    fs::write(project.prod("b.yaml"), b"\xff\n").unwrap();
    project.put("c.yaml", "c\u{1b}[2J\r\n");
    fs::set_permissions(project.prod("d.sh"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let found = project.check(&[("a.yaml", "one\ntwo\n"), ("b.yaml", "b\n"), ("c.yaml", "c\n"), ("d.sh", "d\n")]);
    let last = |path: &str| at(&project, &found, path).diff.lines().nth(2).unwrap().to_owned();
    assert_eq!(last("a.yaml"), "only the ends of lines differ: CR LF committed, LF compiled");
    assert_eq!(last("b.yaml"), "the committed file is not UTF-8 text");
    assert_eq!(last("d.sh"), "the committed file may not be run");
    assert!(at(&project, &found, "c.yaml").diff.ends_with("\n-c\\u{1b}[2J\\r\n+c\n"));
}

fn long_diffs_are_cut_and_counted() {
    let lines = |text: &str| (0..1000).map(|it| format!("{text} {it}\n")).collect::<String>();
    let (old, new) = (lines("old"), lines("new"));
    let project = Project::with(&[("long.yaml", &old)]);
    let found = project.check(&[("long.yaml", &new)]);
    let diff = &at(&project, &found, "long.yaml").diff;
    assert!(diff.ends_with("\n-old 399\n… 1600 more lines\n"), "{diff}");
    let many: Vec<_> = (0..100).map(|it| format!("{it:02}.yaml")).collect();
    let many: Vec<_> = many.iter().map(|path| (&**path, &*new)).collect();
    let found = Project::new().check(&many);
    assert!(found[10].diff.ends_with("… 600 more lines\n"), "{}", found[10].diff);
    let last = &found.last().unwrap().diff;
    assert!(last.ends_with("99.yaml\n… not shown: 0 lines committed, 1000 compiled\n"), "{last}");
}
