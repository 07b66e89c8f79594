//! Folders and archives of Debian's packages, made once by mmdebstrap into `target/docker`.
//!
//! A list in `tests/images/roots` names the suite and the packages; Debian signs what is in them.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::kit::{Kit, Site, ready};
use super::missing::Missing;

/// The folder with the engine.
pub(super) fn engine() -> Result<PathBuf, Missing> {
    let install = |site: &Site| debootstrap(site, "root", &[A_LANGUAGE]);
    let kit =
        Kit { group: "docker", name: "engine", sources: list("engine"), program: "root/usr/sbin/dockerd", install };
    Ok(ready(&kit)?.join("root"))
}

/// The folder with an old buildah.
pub(super) fn classic() -> Result<PathBuf, Missing> {
    let install = |site: &Site| debootstrap(site, "root", &[]);
    let kit =
        Kit { group: "docker", name: "classic", sources: list("classic"), program: "root/usr/bin/buildah", install };
    Ok(ready(&kit)?.join("root"))
}

/// The archive of a stand-in's files: `python`, `full`, `languages` or `workshop`.
pub(super) fn archive(name: &'static str) -> Result<PathBuf, Missing> {
    let install = |site: &Site| debootstrap(site, "root.tar", &AS_IMAGES_ARE);
    let kit = Kit { group: "docker", name, sources: list(name), program: "root.tar", install };
    Ok(ready(&kit)?.join("root.tar"))
}

/// The official images delete byte code, which decides how fast a program starts. Java's packages link pages of the manual
/// into a folder that is not there without them.
const AS_IMAGES_ARE: [&str; 2] =
    ["--essential-hook=mkdir -p \"$1/usr/share/man/man1\"", "--customize-hook=find \"$1/usr\" -name '*.pyc' -delete"];

/// Turkish, whose small letter of I is another one, for containers of another place.
const A_LANGUAGE: &str = "--customize-hook=mkdir \"$1/opt/locale\" \
    && chroot \"$1\" localedef --inputfile=tr_TR --charmap=UTF-8 /opt/locale/tr_TR.UTF-8";

fn list(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images/roots").join(name)
}

/// What is for people to read, and what is not checked because a suite that moves may be a few days late with it: the
/// signature is.
const OPTIONS: [&str; 6] = [
    "--variant=minbase",
    "--aptopt=Acquire::Check-Valid-Until \"false\"",
    "--aptopt=APT::Install-Recommends \"false\"",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
];

fn debootstrap(site: &Site, target: &str, more: &[&str]) -> Result<(), String> {
    have_mmdebstrap(site)?;
    let text = std::fs::read_to_string(&site.sources).map_err(|it| it.to_string())?;
    let mut lines = text.lines().filter(|it| !it.starts_with('#') && !it.is_empty());
    let suite = lines.next().ok_or("the list names no suite")?;
    let packages = lines.collect::<Vec<_>>().join(",");
    let mut mmdebstrap = Command::new("mmdebstrap");
    mmdebstrap.args(OPTIONS).args(more).arg(format!("--include={packages}")).arg(suite).arg(site.folder.join(target));
    site.run(&mut mmdebstrap)
}

fn have_mmdebstrap(site: &Site) -> Result<(), String> {
    if site.run(Command::new("mmdebstrap").arg("--version")).is_ok() {
        return Ok(());
    }
    site.run(Command::new("apt-get").args(["update", "--quiet"]))?;
    let mut install = Command::new("apt-get");
    install.args(["install", "--quiet", "--yes", "--no-install-recommends", "mmdebstrap"]);
    site.run(install.env("DEBIAN_FRONTEND", "noninteractive"))
}
