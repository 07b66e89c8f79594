//! The write that the tests interrupt: one environment is replaced, one is new, one is gone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::LazyLock;

use mlopsc::output::{Options, OutputError, Report, Watch, write};

use crate::project::{Project, Tree, leftovers, put, set, whole_tree};

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
        Self { project }
    }

    /// Asserts that each environment has its old tree or its new one, whatever else lies there.
    pub(crate) fn assert_whole(&self, at: &str) {
        let (none, lies) = (&Tree::new(), |name: &str| whole_tree(&self.project.out.join(name)));
        for (name, before, after) in [("prod", old(), new()), ("fresh", none, new()), ("gone", old(), none)] {
            assert!([before, after].contains(&&lies(name)), "{at}: {name}: {:#?}", lies(name));
        }
    }

    /// Asserts that an interrupted write can be finished: while `prod` is not whole, the journal has its new tree.
    pub(crate) fn assert_recoverable(&self, at: &str) {
        let lies = whole_tree(&self.project.prod(""));
        let next = whole_tree(&self.project.out.join(".mlopsc-next-prod"));
        assert!([old(), new()].contains(&&lies) || next == *new(), "{at}: {lies:#?} {next:#?}");
    }

    /// Lets a run that has nothing to write repair what the one before left, and asserts that it did.
    pub(crate) fn assert_repaired(&self, at: &str) {
        write(&self.project.out, &[], &self.project.options()).unwrap();
        let lies = whole_tree(&self.project.prod(""));
        assert!([old(), new()].contains(&&lies), "{at}: {lies:#?}");
        assert_eq!(leftovers(&self.project.out), Vec::<String>::new(), "{at}");
    }

    /// Asserts that the same write, made again, comes to its end.
    pub(crate) fn assert_next_run_succeeds(&self, at: &str) {
        compile(&self.project.path, None).unwrap_or_else(|error| panic!("{at}: {error}"));
        let lies = ["prod", "fresh", "gone"].map(|name| whole_tree(&self.project.out.join(name)));
        assert_eq!(lies, [new().clone(), new().clone(), Tree::new()], "{at}");
        assert_eq!(leftovers(&self.project.out), Vec::<String>::new(), "{at}");
    }
}

/// The write, in the project at this path.
pub(crate) fn compile(project: &Path, watch: Option<Watch<'_>>) -> Result<Report, OutputError> {
    let new = set(NEW);
    let options = Options { prune_environments: Some(&["fresh", "prod"]), watch, ..Options::new(project) };
    write(&project.join("deploy"), &[("fresh", &new), ("prod", &new)], &options)
}

fn old() -> &'static Tree {
    &TREES[0]
}

fn new() -> &'static Tree {
    &TREES[1]
}
