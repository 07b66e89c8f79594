//! Installs programs from the net into a folder of `target/`, once for every state of the files that pin them.
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

use super::missing::Missing;

pub(crate) struct Kit {
    /// The folder of `target/` that it belongs to.
    pub(crate) group: &'static str,
    pub(crate) name: &'static str,
    /// The file or flat folder that decides what gets installed.
    pub(crate) sources: PathBuf,
    /// A program of the kit; it also vanishes with the interpreter that it links to.
    pub(crate) program: &'static str,
    pub(crate) install: fn(&Site) -> Result<(), String>,
}

/// Where a kit is being installed.
pub(crate) struct Site {
    pub(crate) folder: PathBuf,
    pub(crate) sources: PathBuf,
    lock: File,
}

/// The folder of the kit, with everything in it.
pub(crate) fn ready(kit: &Kit) -> Result<PathBuf, Missing> {
    install_once(kit).map_err(|reason| Missing { reason })
}

impl Site {
    /// Builds the module of the sources with exactly the versions of its `go.sum` and the compiler that is there.
    pub(crate) fn go_build(&self, program: &str, package: &str, variables: &[(&str, &str)]) -> Result<(), String> {
        let set = variables.iter().map(|(name, value)| format!(" -X {name}={value}")).collect::<String>();
        let mut go = Command::new("go");
        go.envs([("GOFLAGS", "-mod=readonly"), ("GOTOOLCHAIN", "local")]);
        go.envs([("GOWORK", "off"), ("CGO_ENABLED", "0")]);
        go.args(["build", "-trimpath", "-buildvcs=false", &format!("-ldflags=-s -w{set}"), "-o"]);
        go.arg(self.folder.join(program)).arg(package);
        self.run(go.current_dir(&self.sources))
    }

    /// Builds a program of a crate with exactly the versions of its own lock file.
    pub(crate) fn cargo_install(&self, package: &str, version: &str, program: &str) -> Result<(), String> {
        let build = self.folder.join("build");
        let mut cargo = Command::new("cargo");
        cargo.args(["install", "--quiet", "--locked", "--debug", "--version", version, "--bin", program]);
        cargo.arg("--target-dir").arg(&build).arg("--root").arg(&self.folder).arg(package);
        self.run(&mut cargo)?;
        fs::remove_dir_all(build).map_err(|error| error.to_string())
    }

    /// Runs an installer; the error is one that a person can act on.
    pub(crate) fn run(&self, command: &mut Command) -> Result<(), String> {
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

fn install_once(kit: &Kit) -> Result<PathBuf, String> {
    let home = target().join(kit.group);
    let site = lock(&home, kit).map_err(|error| format!("{}: {error}", home.display()))?;
    let stamp = site.folder.join(".complete");
    if !stamp.exists() || !site.folder.join(kit.program).exists() {
        clear(&home, kit).map_err(|error| format!("{}: {error}", home.display()))?;
        fs::create_dir_all(&site.folder).map_err(|error| error.to_string())?;
        // Said past the test harness, which would keep it to itself while people wait.
        let _ = writeln!(io::stderr(), "setting up `{}` of the {}, once", kit.name, kit.group);
        (kit.install)(&site)?;
        File::create(stamp).map_err(|error| error.to_string())?;
    }
    Ok(site.folder)
}

fn lock(home: &Path, kit: &Kit) -> io::Result<Site> {
    fs::create_dir_all(home)?;
    let lock = File::create(home.join(format!("{}.lock", kit.name)))?;
    lock.lock()?;
    let state = hash(home, &kit.sources)?;
    Ok(Site { folder: home.join(format!("{}-{state:016x}", kit.name)), sources: kit.sources.clone(), lock })
}

/// Cargo puts the folder for the files of tests directly into its target folder, and a program two below it.
fn target() -> PathBuf {
    if let Some(folder) = option_env!("CARGO_TARGET_TMPDIR") {
        return Path::new(folder).with_file_name("");
    }
    let program = std::env::current_exe().expect("a program knows where it is");
    program.ancestors().nth(3).expect("a program of cargo is in its target folder").to_owned()
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
    home.components().collect::<PathBuf>().hash(&mut hasher);
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
