//! The write that the tests interrupt: one environment is replaced and has a guest, one is new, one is gone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::LazyLock;

use mlopsc::output::{Options, OutputError, Report, Watch, write};

use crate::project::{GUEST, Project, Tree, guest, leftovers, put, put_guest, set_with_guest, whole_tree};

const OLD: &[(&str, &str)] = &[
    ("compose.yaml", "old\n"),
    ("kubernetes/api.yaml", "api\n"),
    ("kubernetes/stale/job.yaml", "job\n"),
    ("up.sh", "up\n"),
];
const NEW: &[(&str, &str)] = &[
    ("compose.yaml", "new\n"),
    ("kubernetes/api.yaml", "api\n"),
    ("reports/hipaa.md", "report\n"),
    ("up.sh", "up!\n"),
];

/// What the compiler writes for the two, with its manifest.
static TREES: LazyLock<[Tree; 2]> =
    LazyLock::new(|| [OLD, NEW].map(|files| whole_tree(&Project::with(files).prod(""))));

pub(crate) struct Scene {
    pub(crate) project: Project,
}

impl Scene {
    /// Before the write. Made without the compiler, whose flush would cost more than all the rest.
    pub(crate) fn on(project: Project) -> Self {
        for environment in ["gone", "prod"] {
            let folder = project.out.join(environment);
            old().iter().for_each(|(path, text)| put(&folder.join(path), text));
            fs::set_permissions(folder.join("up.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        }
        put_guest(&project.prod(""));
        Self { project }
    }

    /// Asserts that each environment has its old tree or its new one, and its guest, whatever else lies there.
    pub(crate) fn assert_whole(&self, at: &str) {
        let (none, lies) = (&Tree::new(), |name: &str| ours(&self.project.out.join(name)));
        self.assert_guest(at, &["prod"]);
        for (name, before, after) in [("prod", old(), new()), ("fresh", none, new()), ("gone", old(), none)] {
            assert!([before, after].contains(&&lies(name)), "{at}: {name}: {:#?}", lies(name));
        }
    }

    /// Asserts that an interrupted write can be finished: while `prod` is not whole, the journal has its new tree.
    pub(crate) fn assert_recoverable(&self, at: &str) {
        let lies = ours(&self.project.prod(""));
        let next = ours(&self.project.out.join(".mlopsc-next-prod"));
        self.assert_guest(at, &["prod", ".mlopsc-next-prod"]);
        assert!([old(), new()].contains(&&lies) || next == *new(), "{at}: {lies:#?} {next:#?}");
    }

    /// Lets a run that has nothing to write repair what the one before left, and asserts that it did.
    pub(crate) fn assert_repaired(&self, at: &str) {
        write(&self.project.out, &[], &self.project.options()).unwrap();
        let lies = ours(&self.project.prod(""));
        assert!([old(), new()].contains(&&lies), "{at}: {lies:#?}");
        self.assert_guest(at, &["prod"]);
        assert_eq!(leftovers(&self.project.out), Vec::<String>::new(), "{at}");
    }

    /// Asserts that the same write, made again, comes to its end.
    pub(crate) fn assert_next_run_succeeds(&self, at: &str) {
        compile(&self.project.path, None).unwrap_or_else(|error| panic!("{at}: {error}"));
        let lies = ["prod", "fresh", "gone"].map(|name| ours(&self.project.out.join(name)));
        assert_eq!(lies, [new().clone(), new().clone(), Tree::new()], "{at}");
        self.assert_guest(at, &["prod"]);
        assert_eq!(leftovers(&self.project.out), Vec::<String>::new(), "{at}");
    }

    /// Asserts that one of these folders has the guest as it was put there.
    fn assert_guest(&self, at: &str, folders: &[&str]) {
        let found: Vec<_> = folders.iter().map(|name| guest(&self.project.out.join(name))).collect();
        let put = found
            .iter()
            .flatten()
            .any(|it| it.text == "token=secret\n" && it.mode == 0o640 && it.seconds == 1_000_000_000);
        assert!(put, "{at}: {folders:?}: {found:?}");
    }
}

/// All files of a tree but its guest.
fn ours(folder: &Path) -> Tree {
    let mut files = whole_tree(folder);
    files.remove(GUEST);
    files
}

/// The write, in the project at this path.
pub(crate) fn compile(project: &Path, watch: Option<Watch<'_>>) -> Result<Report, OutputError> {
    let new = set_with_guest(NEW);
    let options = Options { prune_environments: Some(&["fresh", "prod"]), watch, ..Options::new(project) };
    write(&project.join("deploy"), &[("fresh", &new), ("prod", &new)], &options)
}

fn old() -> &'static Tree {
    &TREES[0]
}

fn new() -> &'static Tree {
    &TREES[1]
}
