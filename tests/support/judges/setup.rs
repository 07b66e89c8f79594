//! Installs the judges through pip and go into `target/judges`, once for every state of the files
//! that pin them.
//!
//! A kit is a folder named after the hash of those files, complete when its stamp is there; what an
//! interrupted set-up left behind, and kits of other states, are removed by the next one. A file
//! lock makes the test binaries that run at the same time wait for the one that installs. The
//! installers hold it too: one that outlives its test must not write into the next attempt.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::call::Tool;
use super::{Judged, Missing};

struct Kit {
    name: &'static str,
    /// Where in `tests/judges` the files are that decide what gets installed.
    sources: &'static str,
    /// A program of the kit; it also vanishes with the interpreter that it links to.
    program: &'static str,
    install: fn(&Site) -> Result<(), String>,
}

/// Where a kit is being installed.
struct Site {
    folder: PathBuf,
    lock: File,
}

pub(super) fn python() -> Judged<Tool> {
    ready(&Kit { name: "python", sources: "requirements.txt", program: "bin/python", install: install_python })
}

pub(super) fn go() -> Judged<Tool> {
    ready(&Kit { name: "go", sources: "go", program: "judges", install: install_go })
}

pub(super) fn kube_score() -> Judged<Tool> {
    ready(&Kit { name: "kube-score", sources: "kube-score", program: "kube-score", install: install_kube_score })
}

/// A file or folder beside the pinned versions.
pub(super) fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges").join(name)
}

fn install_python(site: &Site) -> Result<(), String> {
    let mut venv = Command::new("python3");
    site.run(venv.args(["-m", "venv"]).arg(&site.folder))?;
    let mut pip = Command::new(site.folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--no-input"]);
    pip.args(["--disable-pip-version-check", "--retries=2"]);
    pip.args(["--require-hashes", "--only-binary=:all:", "--requirement"]);
    site.run(pip.arg(source("requirements.txt")))
}

fn install_go(site: &Site) -> Result<(), String> {
    site.go_build("go", "judges", ".")
}

fn install_kube_score(site: &Site) -> Result<(), String> {
    let package = "github.com/zegl/kube-score/cmd/kube-score";
    site.go_build("kube-score", "kube-score", package)
}

impl Site {
    /// Builds with exactly the versions of `go.sum` and the compiler that is there.
    fn go_build(&self, module: &str, program: &str, package: &str) -> Result<(), String> {
        let mut go = Command::new("go");
        go.envs([("GOFLAGS", "-mod=readonly"), ("GOTOOLCHAIN", "local")]);
        go.envs([("GOWORK", "off"), ("CGO_ENABLED", "0")]);
        go.args(["build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o"]);
        go.arg(self.folder.join(program)).arg(package);
        self.run(go.current_dir(source(module)))
    }

    /// Runs an installer; the error is one that a person can act on.
    fn run(&self, command: &mut Command) -> Result<(), String> {
        let name = command.get_program().display().to_string();
        let lock = self.lock.try_clone().map_err(|error| error.to_string())?;
        let output = command.stdin(lock).output().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!("`{name}` is not there"),
            _ => format!("`{name}` does not start: {error}"),
        })?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        Err(format!("{command:?} failed, {}:\n{}", output.status, said.trim()))
    }
}

fn ready(kit: &Kit) -> Judged<Tool> {
    let folder = install_once(kit).map_err(|reason| Missing { reason })?;
    Ok(Tool { folder })
}

fn install_once(kit: &Kit) -> Result<PathBuf, String> {
    let home = home();
    let site = lock(&home, kit).map_err(|error| format!("{}: {error}", home.display()))?;
    let stamp = site.folder.join(".complete");
    if !stamp.exists() || !site.folder.join(kit.program).exists() {
        clear(&home, kit).map_err(|error| format!("{}: {error}", home.display()))?;
        // Said past the test harness, which would keep it to itself while people wait.
        let _ = writeln!(io::stderr(), "setting up the judges of `{}`, once", kit.name);
        (kit.install)(&site)?;
        File::create(stamp).map_err(|error| error.to_string())?;
    }
    Ok(site.folder)
}

fn lock(home: &Path, kit: &Kit) -> io::Result<Site> {
    fs::create_dir_all(home)?;
    let lock = File::create(home.join(format!("{}.lock", kit.name)))?;
    lock.lock()?;
    let state = hash(home, &source(kit.sources))?;
    Ok(Site { folder: home.join(format!("{}-{state:016x}", kit.name)), lock })
}

/// Cargo puts the folder for the files of tests directly into its target folder.
fn home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("judges")
}

/// Changes with names and contents of the files, and with the place of the kits, which installed
/// scripts know by its full path. Another version of Rust may hash otherwise: that costs one set-up.
fn hash(home: &Path, sources: &Path) -> io::Result<u64> {
    let mut files = vec![sources.to_owned()];
    if sources.is_dir() {
        let entries = fs::read_dir(sources)?.map(|entry| Ok(entry?.path()));
        files = entries.collect::<io::Result<_>>()?;
        files.sort();
    }
    let mut hasher = DefaultHasher::new();
    home.hash(&mut hasher);
    for file in files {
        file.file_name().hash(&mut hasher);
        fs::read(&file)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

/// Removes every state of the kit, complete or not.
fn clear(home: &Path, kit: &Kit) -> io::Result<()> {
    for entry in fs::read_dir(home)? {
        let entry = entry?;
        let name = entry.file_name();
        let state = name.to_str().and_then(|name| name.strip_prefix(kit.name)?.strip_prefix('-'));
        if state.is_some_and(|state| state.len() == 16) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
