//! A hospital's mirror of packages, in a container: the only place where builds find any.
//!
//! What it serves was fetched before by pip, with the hashes of the examples' lock files, into `target/docker`. It stands
//! behind a certificate that only its own authority vouches for, so that no build gets through without the build
//! secret `ca_bundle`. In an engine of the tests' own it is all the network that there is: it answers for names, too,
//! notes which are asked for, and serves the stand-in of Python as a registry does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::client::said;
use super::engine::{Engine, GATEWAY, PREFIX};
use super::kit::{Kit, Site, ready};
use super::missing::Missing;
use super::stand_ins::stand_in_of;

/// The mirror, as builds see it.
#[derive(Debug)]
pub struct Mirror {
    /// Where every one of its names leads.
    pub address: String,
    pub hosts: Vec<String>,
    pub ca: PathBuf,
    /// The stand-in of a framework, by name and version, with its hash.
    pub frameworks: Vec<(&'static str, &'static str, String)>,
}

/// Files with names and hashes of packages.
const LOCKS: &[(&str, &str)] = &[
    ("mri", "examples/mri-classifier/requirements.lock"),
    ("mri-train", "examples/mri-classifier/requirements-train.lock"),
    ("ct", "examples/ct-segmentation/requirements.lock"),
    ("minimal", "examples/minimal/requirements.lock"),
    ("reading", "tests/images/roots/reading-room"),
];

/// Frameworks that are not downloaded: gigabytes, which only a GPU can use.
const FRAMEWORKS: &[(&str, &str)] = &[("torch", "2.13.0")];

/// Names that specs and bases give to mirrors, and to the proxy that leads to them.
const HOSTS: &[&str] = &["nexus.hospital.example", "proxy.hospital.example"];

impl Mirror {
    pub fn start(engine: &Engine) -> Result<Self, Missing> {
        let folder = engine.folder().join("mirror");
        fs::create_dir_all(folder.join("cran/src/contrib")).expect("the folder is writable");
        let frameworks = gather(&folder)?;
        engine.have(stand_in_of("python"))?;
        add_cran(engine, &folder)?;
        let image = stand_in_of("python").image();
        // Where pip looks if nobody tells it, only pip knows.
        let script = "from pip._internal.models.index import PyPI; print(PyPI.netloc)";
        let usual = engine.run(["run", "--rm", &image, "python", "-c", script]).ok().trim().to_owned();
        let hosts: Vec<String> = HOSTS.iter().map(|it| (*it).to_owned()).chain([usual]).collect();
        let name = format!("{PREFIX}-mirror");
        let program = include_str!("../../images/mirror.py");
        fs::write(folder.join("mirror.py"), program).expect("the folder is writable");
        let volume = format!("{}:/mirror", folder.display());
        let mut run = engine.command(["run", "--detach", "--name", &name, "--volume", &volume]);
        if !engine.is_foreign {
            put_image(engine, &image, &folder.join("registry"));
            run.arg(format!("--publish={GATEWAY}:53:53/udp"));
        }
        said(run.args([&image, "python", "/mirror/mirror.py", "/mirror"]).args(&hosts)).ok();
        let ca = folder.join("ca.pem");
        let start = Instant::now();
        while !ca.exists() {
            assert!(start.elapsed() < Duration::from_secs(30), "{}", engine.run(["logs", &name]).all);
            std::thread::sleep(Duration::from_millis(100));
        }
        if !engine.is_foreign {
            let certificates = engine.folder().join("etc/certs.d").join(HOSTS[0]);
            fs::create_dir_all(&certificates).expect("the folder is writable");
            fs::copy(&ca, certificates.join("ca.crt")).expect("the folder is writable");
        }
        let address = engine.inspect("container", &name)["NetworkSettings"]["Networks"]["bridge"]["IPAddress"].clone();
        Ok(Self { address: address.as_str().expect("it is on the bridge").to_owned(), hosts, ca, frameworks })
    }
}

impl Mirror {
    /// The one name that a project's builds ask for: the mirror or the proxy of its spec, or where pip looks by itself.
    ///
    /// One alone, because a bake file has these names in no order, and in another order every step is another one.
    pub fn host_of(&self, spec: &str) -> &str {
        let (usual, named) = self.hosts.split_last().expect("there is always the usual one");
        named.iter().find(|it| spec.contains(it.as_str())).unwrap_or(usual)
    }
}

impl Engine {
    /// What the mirror was asked for so far, a line each.
    pub fn asked(&self) -> Vec<String> {
        self.run(["logs", &format!("{PREFIX}-mirror")]).all.lines().map(str::to_owned).collect()
    }
}

/// Puts an image where the mirror, as a registry, has it.
fn put_image(engine: &Engine, image: &str, folder: &Path) {
    fs::create_dir_all(folder).expect("the folder is writable");
    let archive = folder.with_extension("tar");
    engine.run(["save", image, "--output", &archive.display().to_string()]).ok();
    said(Command::new("tar").arg("xf").arg(&archive).arg("--directory").arg(folder)).ok();
    fs::remove_file(archive).expect("the folder is writable");
}

/// Puts all wheels into one folder.
fn gather(folder: &Path) -> Result<Vec<(&'static str, &'static str, String)>, Missing> {
    for (name, lock) in LOCKS {
        for wheel in fs::read_dir(wheels(name, lock)?).expect("it was just made").flatten() {
            if wheel.path().extension().is_some_and(|it| it == "whl") {
                fs::copy(wheel.path(), folder.join(wheel.file_name())).expect("the folder is writable");
            }
        }
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images/stand_in_wheel.py");
    let made = |(name, version): &(&'static str, &'static str)| {
        let hash = said(Command::new("python3").arg(&script).args([name, version]).arg(folder)).ok();
        (*name, *version, hash.trim().to_owned())
    };
    Ok(FRAMEWORKS.iter().map(made).collect())
}

/// CRAN's repository, with the one package that has to be there and one that is built from its source.
fn add_cran(engine: &Engine, folder: &Path) -> Result<(), Missing> {
    let r = stand_in_of("r-ver");
    engine.have(r)?;
    let volume = format!("{}:/contrib", folder.join("cran/src/contrib").display());
    let script = "cd /contrib && tar xzOf /opt/stand-in/renv.tar.gz renv/DESCRIPTION > PACKAGES \
        && cp /opt/stand-in/renv.tar.gz renv_$(sed -n 's/^Version: //p' PACKAGES).tar.gz";
    engine.run(["run", "--rm", "--volume", &volume, &r.image(), "sh", "-ec", script]).ok();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images/stand_in_r.py");
    let contrib = folder.join("cran/src/contrib");
    said(Command::new("python3").arg(script).args(["greeting", "1.0.0"]).arg(contrib)).ok();
    Ok(())
}

fn wheels(name: &'static str, lock: &str) -> Result<PathBuf, Missing> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join(lock);
    ready(&Kit { group: "docker", name, sources, program: "requirements.txt", install: download })
}

/// The folder with the program `uv` in it.
pub fn uv() -> Result<PathBuf, Missing> {
    program("uv", |site| out_of_wheel(site, "uv"))
}

/// The folder with the program `syft` in it.
pub(super) fn syft() -> Result<PathBuf, Missing> {
    program("syft", |site| out_of_wheel(site, "syft"))
}

/// A program that is only to be had in a wheel.
fn program(name: &'static str, install: fn(&Site) -> Result<(), String>) -> Result<PathBuf, Missing> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images/roots").join(name);
    ready(&Kit { group: "docker", name, sources, program: name, install })
}

fn out_of_wheel(site: &Site, program: &str) -> Result<(), String> {
    download(site)?;
    let script = "import glob, sys, zipfile; it = zipfile.ZipFile(glob.glob('*.whl')[0]); \
        name = [it for it in it.namelist() if it.endswith('/' + sys.argv[1])][0]; \
        open(sys.argv[1], 'wb').write(it.read(name))";
    site.run(Command::new("python3").args(["-c", script, program]).current_dir(&site.folder))?;
    site.run(Command::new("chmod").arg("0755").arg(site.folder.join(program)))
}

/// The program of a registry, as the tests of `lock` have it.
pub fn registry() -> Result<PathBuf, Missing> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/registry");
    let install = |site: &Site| site.go_build("registry", ".", &[]);
    let kit = Kit { group: "judges", name: "registry", sources, program: "registry", install };
    Ok(ready(&kit)?.join("registry"))
}

/// Fetches what a lock file names but the frameworks, for the Python of the stand-ins.
fn download(site: &Site) -> Result<(), String> {
    let text = fs::read_to_string(&site.sources).map_err(|it| it.to_string())?;
    let requirements = site.folder.join("requirements.txt");
    fs::write(&requirements, without_frameworks(&text)).map_err(|it| it.to_string())?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check", "--retries=2"]);
    pip.args(["--require-hashes", "--no-deps", "--only-binary=:all:", "--python-version=3.13"]);
    pip.args(["2_28", "2_27", "2_17"].map(|it| format!("--platform=manylinux_{it}_x86_64")));
    pip.args(["--platform=manylinux2014_x86_64", "--dest"]).arg(&site.folder).arg("--requirement").arg(&requirements);
    site.run(&mut pip)
}

/// A lock file without the packages of a framework for GPUs.
pub fn without_frameworks(lock: &str) -> String {
    let mut keeps = true;
    let mut kept = String::new();
    for line in lock.lines() {
        if !line.starts_with([' ', '#']) {
            keeps = !["torch==", "triton==", "nvidia-", "cuda-"].iter().any(|it| line.starts_with(it));
        }
        if keeps {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}
