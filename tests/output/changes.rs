//! What a write changes, and what it leaves alone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;

use mlopsc::output::{Act, Options, Outcome, Step, write};

use crate::project::{Project, set, times, whole_tree};
use crate::support::judges::harness::tests;

tests!(
    first_write_makes_the_folder_and_the_manifest,
    a_change_adds_replaces_and_prunes,
    an_unchanged_tree_is_not_touched,
    an_unchanged_environment_is_not_touched_when_another_one_changes,
    a_file_that_stays_keeps_its_inode_and_time,
    what_was_deleted_by_hand_comes_back,
    bytes_count_and_not_the_manifest,
    a_tree_without_files_is_only_a_manifest,
    lines_ended_by_version_control_are_no_edit,
    scripts_may_be_run_and_nothing_may_be_written_by_others,
    what_is_new_is_on_the_disk_before_what_is_old_is_removed,
    long_trees_are_written_by_two_threads
);

const OLD: &[(&str, &str)] = &[("compose.yaml", "old\n"), ("kubernetes/api.yaml", "api\n"), ("local/up.sh", "up\n")];
const NEW: &[(&str, &str)] = &[("compose.yaml", "new\n"), ("kubernetes/job.yaml", "job\n"), ("local/up.sh", "up\n")];

fn first_write_makes_the_folder_and_the_manifest() {
    let project = Project::new();
    let report = project.write(&[("b/c.yaml", "c\n"), ("a.yaml", "")]).unwrap();
    assert_eq!(report.environments[0].outcome, Outcome::Replaced { added: 2, changed: 0, removed: 0 });
    let manifest = format!(
        r#"{{
  "compiler": "mlopsc {}",
  "sha256": {{
    "a.yaml": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "b/c.yaml": "a3a5e715f0cc574a73c3f9bebb6bc24f32ffd5b67b387244c2c909da779a1478"
  }}
}}
"#,
        env!("CARGO_PKG_VERSION")
    );
    let expected = [(".mlopsc-manifest.json", &*manifest), ("a.yaml", ""), ("b/c.yaml", "c\n")];
    let expected = expected.map(|(path, text)| (path.to_owned(), text.to_owned()));
    assert_eq!(whole_tree(&project.out.join("prod")), expected.into());
    project.assert_tidy();
}

fn a_change_adds_replaces_and_prunes() {
    let project = Project::with(OLD);
    let report = project.write(NEW).unwrap();
    assert_eq!(report.environments[0].outcome, Outcome::Replaced { added: 1, changed: 1, removed: 1 });
    assert_eq!(whole_tree(&project.out.join("prod")), whole_tree(&Project::with(NEW).out.join("prod")));
    project.assert_tidy();
}

fn an_unchanged_tree_is_not_touched() {
    let project = Project::with(OLD);
    let before = times(&project.out);
    let report = project.write(OLD).unwrap();
    assert_eq!(report.environments[0].outcome, Outcome::Unchanged);
    assert_eq!(times(&project.out), before);
}

fn an_unchanged_environment_is_not_touched_when_another_one_changes() {
    let project = Project::new();
    let (dev, prod) = (set(OLD), set(OLD));
    write(&project.out, &[("dev", &dev), ("prod", &prod)], &project.options()).unwrap();
    let before = times(&project.out.join("dev"));
    let report = write(&project.out, &[("dev", &dev), ("prod", &set(NEW))], &project.options()).unwrap();
    let outcomes: Vec<_> = report.environments.iter().map(|it| (&*it.environment, it.outcome)).collect();
    let replaced = Outcome::Replaced { added: 1, changed: 1, removed: 1 };
    assert_eq!(outcomes, [("dev", Outcome::Unchanged), ("prod", replaced)]);
    assert_eq!(times(&project.out.join("dev")), before);
}

fn a_file_that_stays_keeps_its_inode_and_time() {
    let project = Project::with(OLD);
    let before = times(&project.prod("local/up.sh"));
    project.write(NEW).unwrap();
    assert_eq!(times(&project.prod("local/up.sh")), before);
}

fn what_was_deleted_by_hand_comes_back() {
    let project = Project::with(OLD);
    fs::remove_file(project.prod("compose.yaml")).unwrap();
    fs::remove_dir_all(project.prod("kubernetes")).unwrap();
    project.write(OLD).unwrap();
    assert_eq!(project.check(OLD), []);
    fs::remove_file(project.prod("kubernetes/api.yaml")).unwrap();
    project.write(NEW).unwrap();
    assert_eq!(project.check(NEW), []);
}

fn bytes_count_and_not_the_manifest() {
    let project = Project::with(OLD);
    // Of the same length, longer and shorter; and the manifest still says what it said.
    for edited in ["odd\n", "old\nmore\n", "old", ""] {
        project.put("compose.yaml", edited);
        assert!(project.write(OLD).is_err(), "{edited:?}");
        project.write_with(OLD, &Options { force: true, ..project.options() }).unwrap();
        assert_eq!(project.tree()["compose.yaml"], "old\n");
    }
}

fn a_tree_without_files_is_only_a_manifest() {
    let project = Project::with(&[]);
    assert!(project.tree().is_empty());
    assert_eq!(project.write(&[]).unwrap().environments[0].outcome, Outcome::Unchanged);
    assert_eq!(project.check(&[]), []);
}

fn lines_ended_by_version_control_are_no_edit() {
    let project = Project::with(&[("a.yaml", "one\ntwo\n"), ("b.yaml", "b\n")]);
    project.put("a.yaml", "one\r\ntwo\r\n");
    project.write(&[("a.yaml", "one\nthree\n"), ("b.yaml", "b\n")]).unwrap();
    assert_eq!(project.tree()["a.yaml"], "one\nthree\n");
    project.put("b.yaml", "\rb\n");
    assert!(project.write(&[]).is_err(), "a CR alone is an edit");
}

fn scripts_may_be_run_and_nothing_may_be_written_by_others() {
    let project = Project::with(OLD);
    let mode = |path: &str| fs::metadata(project.prod(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        [mode("local/up.sh") & 0o722, mode("compose.yaml") & 0o722, mode("local") & 0o722],
        [0o700, 0o600, 0o700]
    );
    fs::set_permissions(project.prod("local/up.sh"), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(project.check(OLD)[0].path, project.prod("local/up.sh"));
    let report = project.write(OLD).unwrap();
    assert_eq!(report.environments[0].outcome, Outcome::Replaced { added: 0, changed: 1, removed: 0 });
    assert_eq!(project.check(OLD), []);
}

/// The flushes before the exchange, and what is done from there to the first removal.
fn around_the_exchange(files: &[(&str, &str)]) -> (Vec<String>, Vec<(Act, String)>) {
    let (project, steps) = (Project::with(OLD), Mutex::new(Vec::new()));
    let watch = |step: &Step<'_>| {
        let path = step.path.strip_prefix(&project.path).unwrap().to_str().unwrap().to_owned();
        steps.lock().unwrap().push((step.act, path));
        Ok(())
    };
    project.write_with(files, &Options { watch: Some(&watch), ..project.options() }).unwrap();
    let mut before = steps.into_inner().unwrap();
    let after = before.split_off(before.iter().position(|(act, _)| *act == Act::Exchange).unwrap());
    let flushed = before.into_iter().filter(|(act, _)| *act == Act::Flush).map(|(_, path)| path).collect();
    (flushed, after.into_iter().filter(|(act, _)| *act != Act::Look).take(3).collect())
}

fn what_is_new_is_on_the_disk_before_what_is_old_is_removed() {
    let (flushed, after) = around_the_exchange(NEW);
    // `local/up.sh` stays, and is there already.
    let new = ["/compose.yaml", "/kubernetes/job.yaml", "/.mlopsc-manifest.json", "/kubernetes", "/local", ""];
    assert_eq!(flushed, new.map(|path| format!("deploy/.mlopsc-stage-prod{path}")));
    let after: Vec<_> = after.iter().map(|(act, path)| (*act, &**path)).collect();
    let removed = (Act::Remove, "deploy/.mlopsc-stage-prod/compose.yaml");
    assert_eq!(after, [(Act::Exchange, "deploy/prod"), (Act::Flush, "deploy"), removed]);
    let names: Vec<_> = (0..100).map(|it| format!("{it}.yaml")).collect();
    let many: Vec<_> = names.iter().map(|name| (&**name, "text\n")).collect();
    assert_eq!(around_the_exchange(&many).0, ["deploy"]);
}

fn long_trees_are_written_by_two_threads() {
    let texts: Vec<_> = (0..1500).map(|it| (format!("folder-{}/{it}.yaml", it % 7), format!("{it}\n"))).collect();
    let files: Vec<_> = texts.iter().map(|(path, text)| (&**path, &**text)).collect();
    let project = Project::with(&files);
    assert_eq!(project.tree(), texts.iter().cloned().collect());
    assert_eq!(project.check(&files), []);
    let report = project.write(&files[..1000]).unwrap();
    assert_eq!(report.environments[0].outcome, Outcome::Replaced { added: 0, changed: 0, removed: 500 });
    assert_eq!(project.tree(), texts[..1000].iter().cloned().collect());
}
