//! Installs the judges through pip, go and cargo into `target/judges`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Judged;
use super::call::Tool;
use super::kit::{Kit, Site, ready};

pub(super) fn python() -> Judged<Tool> {
    tool("python", "requirements.txt", "bin/python", install_python)
}

pub(super) fn go() -> Judged<Tool> {
    tool("go", "go", "judges", |site| site.go_build("judges", ".", &[]))
}

pub(super) fn kube_score() -> Judged<Tool> {
    tool("kube-score", "kube-score", "kube-score", |site| {
        site.go_build("kube-score", "github.com/zegl/kube-score/cmd/kube-score", &[])
    })
}

pub(super) fn droast() -> Judged<Tool> {
    tool("droast", "droast.version", "bin/droast", |site| {
        let version = std::fs::read_to_string(&site.sources).map_err(|error| error.to_string())?;
        site.cargo_install("dockerfile-roast", version.trim(), "droast")
    })
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

fn tool(
    name: &'static str,
    sources: &str,
    program: &'static str,
    install: fn(&Site) -> Result<(), String>,
) -> Judged<Tool> {
    let folder = ready(&Kit { group: "judges", name, sources: source(sources), program, install })?;
    Ok(Tool { folder })
}
