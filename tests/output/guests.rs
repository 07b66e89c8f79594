//! Guests: files of other people that are welcome among ours. Kept as they are, and nobody's business.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use mlopsc::output::{Act, Kind, Options, Outcome, OutputError, Report, Step, Watch, check, write};
use mlopsc::source::RelPath;

use crate::project::{GUEST, Project, guest, put, put_guest, set, set_with_guest, times, tree, whole_tree};
use crate::support::judges::harness::tests;
use crate::ways::{WAYS, Way};

tests!(
    they_stay_the_same_files_in_every_new_tree,
    where_files_have_one_name_only_the_original_replaces_its_copy,
    they_are_in_no_manifest_and_in_no_check,
    a_tree_that_only_a_guest_changed_is_not_touched,
    they_are_never_read,
    those_that_are_not_there_are_named,
    one_that_came_before_the_first_tree_is_kept,
    one_that_is_no_longer_welcome_is_refused_and_kept,
    only_the_very_path_is_theirs,
    only_a_plain_file_is_one,
    one_that_cannot_be_carried_keeps_the_old_tree,
    one_that_was_saved_while_the_tree_was_built_is_kept_as_saved,
    one_that_was_saved_before_the_repair_is_kept_as_saved,
    what_hides_them_is_there_for_as_long_as_they_are
);

const OLD: &[(&str, &str)] =
    &[("compose.yaml", "old\n"), ("kubernetes/api.yaml", "api\n"), ("kubernetes/secrets/.gitignore", "*\n")];
const NEW: &[(&str, &str)] = &[("compose.yaml", "new\n"), ("kubernetes/secrets/.gitignore", "*\n")];

fn with_guest() -> Project {
    let project = Project::with(OLD);
    put_guest(&project.prod(""));
    project
}

fn write_new(project: &Project, watch: Option<Watch<'_>>) -> Result<Report, OutputError> {
    write(&project.out, &[("prod", &set_with_guest(NEW))], &Options { watch, ..project.options() })
}

fn they_stay_the_same_files_in_every_new_tree() {
    for way in [Way::Exchange, Way::Journal, Way::Layers] {
        let project = with_guest();
        let before = guest(&project.prod(""));
        let report = write_new(&project, Some(&|step| way.allows(step))).unwrap();
        assert_eq!(report.environments[0].outcome, Outcome::Replaced { added: 0, changed: 1, removed: 1 });
        assert_eq!(guest(&project.prod("")), before, "{way:?}");
        project.assert_tidy();
    }
}

fn where_files_have_one_name_only_the_original_replaces_its_copy() {
    for way in [Way::OneName, Way::Plain] {
        let project = with_guest();
        let before = guest(&project.prod(""));
        let watch = |step: &Step<'_>| {
            if step.act == Act::FillFile && step.path.ends_with(GUEST) {
                // Nobody else may read the copy, not even for a moment.
                assert_eq!(fs::metadata(step.path).unwrap().permissions().mode() & 0o777, 0o600);
            }
            way.allows(step)
        };
        write_new(&project, Some(&watch)).unwrap();
        assert_eq!(guest(&project.prod("")), before, "{way:?}");
        project.assert_tidy();
    }
}

fn they_are_in_no_manifest_and_in_no_check() {
    let project = with_guest();
    write_new(&project, None).unwrap();
    assert!(!fs::read_to_string(project.prod(".mlopsc-manifest.json")).unwrap().contains("site_token"));
    let expected = [("prod", &set_with_guest(NEW))];
    for text in ["token=another\n", ""] {
        project.put(GUEST, text);
        assert_eq!(check(&project.out, &expected, &project.options()).unwrap(), []);
    }
    fs::remove_file(project.prod(GUEST)).unwrap();
    assert_eq!(check(&project.out, &expected, &project.options()).unwrap(), []);
}

fn a_tree_that_only_a_guest_changed_is_not_touched() {
    let project = with_guest();
    write_new(&project, None).unwrap();
    project.put(GUEST, "token=another\n");
    let before = times(&project.out);
    assert_eq!(write_new(&project, None).unwrap().environments[0].outcome, Outcome::Unchanged);
    assert_eq!(times(&project.out), before);
}

fn they_are_never_read() {
    let project = with_guest();
    let watch = |step: &Step<'_>| {
        assert!(step.act != Act::Read || !step.path.ends_with(GUEST), "{step:?}");
        Ok(())
    };
    let options = Options { watch: Some(&watch), ..project.options() };
    check(&project.out, &[("prod", &set_with_guest(NEW))], &options).unwrap();
    write_new(&project, Some(&watch)).unwrap();
    write_new(&project, Some(&watch)).unwrap();
}

fn those_that_are_not_there_are_named() {
    let project = Project::new();
    let absent = |report: Report| report.environments[0].absent.clone();
    let expected = [RelPath::parse(GUEST).unwrap()];
    // When the tree is new, and when it is not touched.
    assert_eq!(absent(write_new(&project, None).unwrap()), expected);
    assert_eq!(absent(write_new(&project, None).unwrap()), expected);
    put_guest(&project.prod(""));
    assert_eq!(absent(write_new(&project, None).unwrap()), []);
}

fn one_that_came_before_the_first_tree_is_kept() {
    let project = Project::new();
    let before = put_guest(&project.prod(""));
    write_new(&project, None).unwrap();
    assert_eq!(guest(&project.prod("")), Some(before));
    assert_eq!(tree(&project.out.join("prod")).len(), 3);
}

fn one_that_is_no_longer_welcome_is_refused_and_kept() {
    let project = with_guest();
    write_new(&project, None).unwrap();
    let before = times(&project.out.join("prod"));
    let error = project.write_with(NEW, &Options { force: true, ..project.options() }).unwrap_err();
    let OutputError::InTheWay(obstacles) = error else { panic!("{error}") };
    assert_eq!(obstacles.foreign, [project.prod(GUEST)]);
    let found = project.check(NEW);
    assert_eq!((found.len(), found[0].kind, &*found[0].diff), (1, Kind::Foreign, ""));
    // Nor when the whole environment is gone.
    let options = Options { prune_environments: Some(&["dev"]), force: true, ..project.options() };
    let error = write(&project.out, &[("dev", &set(NEW))], &options).unwrap_err();
    assert!(matches!(error, OutputError::InTheWay(_)), "{error}");
    assert_eq!(times(&project.out.join("prod")), before);
}

fn only_the_very_path_is_theirs() {
    let project = with_guest();
    let beside = ["kubernetes/secrets/other.env", "kubernetes/secrets/site_token~", "site_token"];
    beside.iter().for_each(|path| project.put(path, "token=secret\n"));
    let OutputError::InTheWay(obstacles) = write_new(&project, None).unwrap_err() else { panic!() };
    assert_eq!(obstacles.foreign, beside.map(|path| project.prod(path)));
}

fn only_a_plain_file_is_one() {
    let outside = Project::new();
    put(&outside.path.join("site_token"), "theirs\n");
    let link = outside.path.join("site_token");
    let makes: [(&str, &dyn Fn(&Path)); 3] = [
        ("a symbolic link", &|path| symlink(&link, path).unwrap()),
        ("mlopsc did not write it", &|path| put(&path.join("deep.env"), "")),
        ("mlopsc did not write it", &|path| {
            assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
        }),
    ];
    for (why, make) in makes {
        let project = Project::with(OLD);
        make(&project.prod(GUEST));
        let error = write_new(&project, None).unwrap_err();
        assert!(error.to_string().contains("site_token") && error.to_string().contains(why), "{error}");
    }
    assert_eq!(fs::read_to_string(link).unwrap(), "theirs\n");
}

fn one_that_cannot_be_carried_keeps_the_old_tree() {
    let project = with_guest();
    let before = whole_tree(&project.out);
    let watch = |step: &Step<'_>| {
        let is_carried = matches!(step.act, Act::LinkFile | Act::CreateFile) && step.path.ends_with(GUEST);
        if is_carried { Err(std::io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
    };
    let error = write_new(&project, Some(&watch)).unwrap_err();
    assert!(error.to_string().contains("site_token`: permission denied"), "{error}");
    assert_eq!(whole_tree(&project.out), before);
    project.assert_tidy();
}

/// Somebody saves the guest at the last moment before the old tree leaves its place, the way editors do.
fn one_that_was_saved_while_the_tree_was_built_is_kept_as_saved() {
    for way in WAYS {
        for was_there in [true, false] {
            let project = if was_there { with_guest() } else { Project::with(OLD) };
            let saved = Mutex::new(false);
            let watch = |step: &Step<'_>| {
                let mut saved = saved.lock().unwrap();
                let leaves = step.act == if way.exchanges() { Act::Exchange } else { Act::Rename };
                if leaves && !std::mem::replace(&mut *saved, true) {
                    let draft = project.path.join("draft");
                    put(&draft, "token=another\n");
                    fs::rename(&draft, project.prod(GUEST)).unwrap();
                }
                way.allows(step)
            };
            write_new(&project, Some(&watch)).unwrap();
            assert!(*saved.lock().unwrap());
            assert_eq!(guest(&project.prod("")).unwrap().text, "token=another\n", "{way:?}, {was_there}");
        }
    }
}

/// The journal of a killed run is brought to its end by one that does not know the environment.
fn one_that_was_saved_before_the_repair_is_kept_as_saved() {
    for way in [Way::Journal, Way::Plain, Way::Layers] {
        let project = with_guest();
        let stop = |step: &Step<'_>| {
            let is_journal = project.out.join(".mlopsc-next-prod").exists();
            if is_journal { Err(std::io::ErrorKind::StorageFull.into()) } else { way.allows(step) }
        };
        write_new(&project, Some(&stop)).unwrap_err();
        assert_eq!(guest(&project.out.join(".mlopsc-next-prod")).unwrap().text, "token=secret\n");
        put(&project.path.join("draft"), "token=another\n");
        fs::rename(project.path.join("draft"), project.prod(GUEST)).unwrap();
        let watch = |step: &Step<'_>| way.allows(step);
        write(&project.out, &[], &Options { watch: Some(&watch), ..project.options() }).unwrap();
        assert_eq!(guest(&project.prod("")).unwrap().text, "token=another\n", "{way:?}");
        assert_eq!(project.tree()["compose.yaml"], "new\n");
        project.assert_tidy();
    }
}

/// A run that is killed leaves no secret for version control to find: what hides it comes first and goes last.
fn what_hides_them_is_there_for_as_long_as_they_are() {
    for way in WAYS {
        let project = with_guest();
        let (seen, bare) = (Mutex::new(0), Mutex::new(Vec::new()));
        let watch = |step: &Step<'_>| {
            for folder in [".mlopsc-stage-prod", ".mlopsc-next-prod", "prod"] {
                let at = |path: &str| -> PathBuf { project.out.join(folder).join(path) };
                if at(GUEST).exists() {
                    *seen.lock().unwrap() += 1;
                    if !at("kubernetes/secrets/.gitignore").exists() {
                        bare.lock().unwrap().push(format!("{folder} at {step:?}"));
                    }
                }
            }
            way.allows(step)
        };
        write_new(&project, Some(&watch)).unwrap();
        assert_eq!(bare.into_inner().unwrap(), Vec::<String>::new(), "{way:?}");
        assert!(*seen.lock().unwrap() > 10);
    }
}
