//! A project in a folder of its own, and what lies in its output folder.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use mlopsc::output::{Difference, FileSet, Options, OutputError, Report, check, write};
use mlopsc::source::RelPath;
use tempfile::TempDir;

/// Where the tests have a guest.
pub(crate) const GUEST: &str = "kubernetes/secrets/site_token";

/// The files of a tree by their paths.
pub(crate) type Tree = BTreeMap<String, String>;

pub(crate) struct Project {
    _folder: TempDir,
    pub(crate) path: PathBuf,
    pub(crate) out: PathBuf,
}

impl Project {
    pub(crate) fn new() -> Self {
        Self::at(TempDir::new().unwrap())
    }

    /// On the disk that is made of memory, where there is one: thousands of trees on another take minutes.
    pub(crate) fn in_memory() -> Self {
        Self::at(TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap())
    }

    fn at(folder: TempDir) -> Self {
        let path = folder.path().canonicalize().unwrap();
        Self { _folder: folder, out: path.join("deploy"), path }
    }

    /// With one environment, `prod`, as it was written.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let project = Self::new();
        project.write(files).unwrap();
        project
    }

    pub(crate) fn options(&self) -> Options<'_> {
        Options::new(&self.path)
    }

    pub(crate) fn write(&self, files: &[(&str, &str)]) -> Result<Report, OutputError> {
        self.write_with(files, &self.options())
    }

    pub(crate) fn write_with(&self, files: &[(&str, &str)], options: &Options<'_>) -> Result<Report, OutputError> {
        write(&self.out, &[("prod", &set(files))], options)
    }

    pub(crate) fn check(&self, files: &[(&str, &str)]) -> Vec<Difference> {
        check(&self.out, &[("prod", &set(files))], &self.options()).unwrap()
    }

    pub(crate) fn prod(&self, path: &str) -> PathBuf {
        self.out.join("prod").join(path)
    }

    /// Puts a file into `prod` by hand.
    pub(crate) fn put(&self, path: &str, text: &str) {
        put(&self.prod(path), text);
    }

    pub(crate) fn tree(&self) -> Tree {
        tree(&self.out.join("prod"))
    }

    /// Asserts that a run left nothing but environments.
    pub(crate) fn assert_tidy(&self) {
        assert_eq!(leftovers(&self.out), Vec::<String>::new());
    }
}

pub(crate) fn set(files: &[(&str, &str)]) -> FileSet {
    let mut set = FileSet::default();
    files.iter().for_each(|(path, text)| set.add(RelPath::parse(path).unwrap(), (*text).to_owned()));
    set
}

pub(crate) fn set_with_guest(files: &[(&str, &str)]) -> FileSet {
    let mut set = set(files);
    set.welcome(RelPath::parse(GUEST).unwrap());
    set
}

/// What can be said of a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guest {
    pub(crate) text: String,
    pub(crate) mode: u32,
    pub(crate) seconds: i64,
    pub(crate) inode: u64,
}

/// The guest in an environment's folder, if it is there.
pub(crate) fn guest(folder: &Path) -> Option<Guest> {
    let metadata = fs::symlink_metadata(folder.join(GUEST)).ok()?;
    let text = fs::read_to_string(folder.join(GUEST)).unwrap();
    Some(Guest { text, mode: metadata.mode() & 0o777, seconds: metadata.mtime(), inode: metadata.ino() })
}

/// Puts a guest into an environment's folder: of another mode and another time than all that is written now.
pub(crate) fn put_guest(folder: &Path) -> Guest {
    let path = folder.join(GUEST);
    put(&path, "token=secret\n");
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
    file.set_permissions(fs::Permissions::from_mode(0o640)).unwrap();
    guest(folder).unwrap()
}

pub(crate) fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// All files below a folder but the manifest; links are not followed and read as `-> target`.
pub(crate) fn tree(folder: &Path) -> Tree {
    let mut files = whole_tree(folder);
    files.remove(".mlopsc-manifest.json");
    files
}

/// The same with the manifest.
pub(crate) fn whole_tree(folder: &Path) -> Tree {
    let mut found = Tree::new();
    visit(folder, &mut |path| {
        let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
        if path.is_symlink() {
            found.insert(name, format!("-> {}", fs::read_link(path).unwrap().display()));
        } else if path.is_file() {
            found.insert(name, String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned());
        }
    });
    found
}

/// Inode and time of everything below a folder and of the folder itself.
pub(crate) fn times(folder: &Path) -> BTreeMap<PathBuf, (u64, i64, i64)> {
    let mut times = BTreeMap::new();
    visit(folder, &mut |path| {
        let metadata = path.symlink_metadata().unwrap();
        times.insert(path.to_owned(), (metadata.ino(), metadata.mtime(), metadata.mtime_nsec()));
    });
    times
}

/// What is in the output folder that is of a run and not of an environment.
pub(crate) fn leftovers(out: &Path) -> Vec<String> {
    let names = fs::read_dir(out).unwrap().map(|it| it.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|it| it.starts_with(".mlopsc-")).collect()
}

fn visit(path: &Path, found: &mut dyn FnMut(&Path)) {
    if !path.exists() && !path.is_symlink() {
        return;
    }
    found(path);
    if path.is_dir() && !path.is_symlink() {
        fs::read_dir(path).unwrap().for_each(|it| visit(&it.unwrap().path(), found));
    }
}
