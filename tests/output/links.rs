//! Symbolic links: nothing is ever written, read or removed through one that leads out of the output folder.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use mlopsc::output::{Kind, Options, OutputError, check, write};

use crate::project::{Project, put, set, whole_tree};
use crate::support::judges::harness::tests;

tests!(
    the_folder_of_an_environment_must_not_be_one,
    a_folder_in_it_must_not_be_one,
    a_file_in_it_must_not_be_one,
    the_manifest_must_not_be_one,
    the_output_folder_must_not_lead_outside,
    the_output_folder_may_lead_elsewhere_inside,
    a_stage_that_is_one_is_removed_and_not_what_it_leads_to,
    a_next_tree_that_is_one_is_not_put_in_place,
    a_next_tree_that_was_slipped_in_is_not_put_in_place,
    a_lock_that_is_one_is_not_opened
);

const OLD: &[(&str, &str)] = &[("compose.yaml", "old\n"), ("kubernetes/api.yaml", "api\n")];
const NEW: &[(&str, &str)] = &[("compose.yaml", "new\n"), ("kubernetes/api.yaml", "new\n")];

/// A folder of somebody else, and the project beside it.
struct Neighbours {
    theirs: PathBuf,
    project: Project,
    _folder: tempfile::TempDir,
}

impl Neighbours {
    fn new() -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        let theirs = folder.path().canonicalize().unwrap();
        put(&theirs.join("compose.yaml"), "theirs\n");
        put(&theirs.join("kubernetes/api.yaml"), "theirs\n");
        Self { theirs, project: Project::with(OLD), _folder: folder }
    }

    /// Asserts that their folder is as it was.
    fn assert_untouched(&self) {
        let expected = [("compose.yaml", "theirs\n"), ("kubernetes/api.yaml", "theirs\n")];
        let expected = expected.map(|(path, text)| (path.to_owned(), text.to_owned()));
        assert_eq!(whole_tree(&self.theirs), expected.into());
    }

    fn assert_refused(&self, link: &str) {
        let options = Options { force: true, ..self.project.options() };
        let error = self.project.write_with(NEW, &options).unwrap_err();
        let OutputError::InTheWay(obstacles) = &error else { panic!("{error}") };
        assert_eq!(obstacles.links, [self.project.out.join(link)]);
        assert!(error.to_string().contains("a symbolic link"), "{error}");
        self.assert_untouched();
    }
}

fn the_folder_of_an_environment_must_not_be_one() {
    let neighbours = Neighbours::new();
    let prod = neighbours.project.out.join("prod");
    fs::remove_dir_all(&prod).unwrap();
    symlink(&neighbours.theirs, &prod).unwrap();
    neighbours.assert_refused("prod");
    let found = neighbours.project.check(NEW);
    assert_eq!((found.len(), found[0].kind, &found[0].path, &*found[0].diff), (1, Kind::Foreign, &prod, ""));
}

fn a_folder_in_it_must_not_be_one() {
    let neighbours = Neighbours::new();
    fs::remove_dir_all(neighbours.project.prod("kubernetes")).unwrap();
    symlink(neighbours.theirs.join("kubernetes"), neighbours.project.prod("kubernetes")).unwrap();
    neighbours.assert_refused("prod/kubernetes");
}

fn a_file_in_it_must_not_be_one() {
    let neighbours = Neighbours::new();
    fs::remove_file(neighbours.project.prod("compose.yaml")).unwrap();
    symlink(neighbours.theirs.join("compose.yaml"), neighbours.project.prod("compose.yaml")).unwrap();
    neighbours.assert_refused("prod/compose.yaml");
    let found = neighbours.project.check(OLD);
    assert_eq!((found.len(), found[0].kind, &*found[0].diff), (1, Kind::Foreign, ""));
}

fn the_manifest_must_not_be_one() {
    let neighbours = Neighbours::new();
    let manifest = neighbours.project.prod(".mlopsc-manifest.json");
    fs::rename(&manifest, neighbours.project.path.join("manifest")).unwrap();
    symlink(neighbours.project.path.join("manifest"), &manifest).unwrap();
    neighbours.assert_refused("prod/.mlopsc-manifest.json");
}

fn the_output_folder_must_not_lead_outside() {
    let neighbours = Neighbours::new();
    let project = &neighbours.project;
    symlink(&neighbours.theirs, project.path.join("link")).unwrap();
    symlink("/nowhere/at/all", project.path.join("nothing")).unwrap();
    symlink("loop", project.path.join("loop")).unwrap();
    let theirs = neighbours.theirs.join("deploy");
    for out in [
        "link",
        "link/deep",
        "..",
        "../deploy",
        "missing/../../x",
        "nothing",
        "nothing/deep",
        "loop",
        theirs.to_str().unwrap(),
    ] {
        let out = project.path.join(out);
        let error = write(&out, &[("prod", &set(NEW))], &project.options()).unwrap_err();
        assert!(matches!(error, OutputError::Outside { .. }), "{}: {error}", out.display());
        let error = check(&out, &[("prod", &set(NEW))], &project.options()).unwrap_err();
        assert!(matches!(error, OutputError::Outside { .. }), "{}: {error}", out.display());
    }
    neighbours.assert_untouched();
}

fn the_output_folder_may_lead_elsewhere_inside() {
    let project = Project::new();
    fs::create_dir(project.path.join("real")).unwrap();
    symlink("real", project.path.join("deploy")).unwrap();
    project.write(NEW).unwrap();
    assert!(project.path.join("real/prod/compose.yaml").is_file());
    write(&project.path, &[("prod", &set(NEW))], &project.options()).unwrap();
    write(&project.path.join("a/b/c"), &[("prod", &set(NEW))], &project.options()).unwrap();
}

fn a_stage_that_is_one_is_removed_and_not_what_it_leads_to() {
    let neighbours = Neighbours::new();
    symlink(&neighbours.theirs, neighbours.project.out.join(".mlopsc-stage-prod")).unwrap();
    neighbours.project.write(NEW).unwrap();
    neighbours.project.assert_tidy();
    neighbours.assert_untouched();
}

fn a_next_tree_that_is_one_is_not_put_in_place() {
    let neighbours = Neighbours::new();
    symlink(&neighbours.theirs, neighbours.project.out.join(".mlopsc-next-prod")).unwrap();
    neighbours.assert_refused(".mlopsc-next-prod");
}

fn a_next_tree_that_was_slipped_in_is_not_put_in_place() {
    let project = Project::with(OLD);
    put(&project.out.join(".mlopsc-next-prod/kubernetes/theirs.yaml"), "theirs\n");
    put(&project.out.join(".mlopsc-next-.."), "no name of an environment\n");
    let error = project.write(NEW).unwrap_err();
    assert!(matches!(error, OutputError::InTheWay(_)), "{error}");
    assert_eq!(project.check(OLD), []);
}

fn a_lock_that_is_one_is_not_opened() {
    let neighbours = Neighbours::new();
    symlink(neighbours.theirs.join("compose.yaml"), neighbours.project.out.join(".mlopsc-lock")).unwrap();
    let error = neighbours.project.write(NEW).unwrap_err();
    assert!(error.to_string().contains("/.mlopsc-lock`: Too many levels of symbolic links"), "{error}");
    neighbours.assert_untouched();
    assert_eq!(neighbours.project.check(OLD), []);
}
