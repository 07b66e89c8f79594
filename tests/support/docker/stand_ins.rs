//! Images that take the place of those of registries: made of Debian's packages, under names of the tests' own.
//!
//! What is built on them, and how it runs, is real; the version of Python, R or PostgreSQL inside is Debian's, not the
//! one of the name. Somebody's own tags stay as they are: a build is told to take these (`--build-context`), and Compose
//! by a second file.

use std::path::{Path, PathBuf};

use super::engine::{Engine, PREFIX};
use super::missing::Missing;
use super::roots;

/// An image in place of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StandIn {
    pub name: &'static str,
    /// The archive that it is made of, unless it is made of files alone.
    archive: Option<&'static str>,
    /// Images that it stands for, by the end of their repository.
    of: &'static [&'static str],
}

const STAND_INS: &[StandIn] = &[
    StandIn { name: "python", archive: Some("python"), of: &["/python"] },
    StandIn { name: "full", archive: Some("full"), of: &["/python-full"] },
    StandIn { name: "uv", archive: None, of: &["/uv"] },
    StandIn { name: "java", archive: Some("languages"), of: &["/eclipse-temurin"] },
    StandIn { name: "node", archive: Some("languages"), of: &["/node"] },
    StandIn { name: "r", archive: Some("workshop"), of: &["/r-ver"] },
    StandIn { name: "postgres", archive: Some("workshop"), of: &["/postgres"] },
    StandIn { name: "busybox", archive: Some("workshop"), of: &["/busybox"] },
    StandIn { name: "nginx", archive: Some("workshop"), of: &["/nginx"] },
    StandIn { name: "syft", archive: Some("workshop"), of: &["/buildkit-syft-scanner"] },
    StandIn { name: "made-up", archive: Some("python"), of: &["/dicom-gateway", "/shipper", "/agent"] },
];

/// The image that takes the place of `reference`.
#[track_caller]
pub fn stand_in_of(reference: &str) -> StandIn {
    let name = reference.split('@').next().unwrap_or(reference);
    let repository = format!("/{}", name.rsplit_once(':').filter(|(_, it)| !it.contains('/')).map_or(name, |it| it.0));
    let found = STAND_INS.iter().find(|it| it.of.iter().any(|of| repository.ends_with(of)));
    *found.unwrap_or_else(|| panic!("no stand-in for {reference}: see tests/support/docker/stand_ins.rs"))
}

impl StandIn {
    pub fn image(self) -> String {
        format!("{PREFIX}/{}", self.name)
    }
}

impl Engine {
    /// Makes a stand-in, once.
    pub fn have(&self, it: StandIn) -> Result<(), Missing> {
        let mut made = self.stand_ins.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if made.contains(&it.name) {
            return Ok(());
        }
        if let Some(archive) = it.archive.filter(|it| !made.contains(it)) {
            self.import(archive)?;
            made.push(archive);
        }
        let context = match it.name {
            "uv" => super::mirror::uv()?,
            "syft" => super::mirror::syft()?,
            _ => folder(),
        };
        let file = folder().join(format!("{}.Dockerfile", it.name));
        let build = ["buildx", "build", "--provenance=false", "--quiet", "--tag", &it.image(), "--file"];
        self.run(build.map(std::ffi::OsString::from).into_iter().chain([file.into(), context.into()])).ok();
        made.push(it.name);
        Ok(())
    }

    fn import(&self, archive: &'static str) -> Result<(), Missing> {
        let path = roots::archive(archive)?;
        self.run(["import", &path.display().to_string(), &format!("{PREFIX}/root-{archive}")]).ok();
        Ok(())
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images/stand-ins")
}

/// Removes what tests made in an engine that stays.
pub(super) fn remove_all(engine: &Engine) {
    let lists = [("container", "ps", "{{.ID}}"), ("image", "images", "{{.Repository}}:{{.Tag}}")];
    for (kind, list, format) in lists {
        let filter = if kind == "image" { format!("reference={PREFIX}/*") } else { format!("name={PREFIX}") };
        let found = engine.run([list, "--all", "--filter", &filter, "--format", format]).stdout;
        for it in found.lines() {
            engine.run([kind, "rm", "--force", it]);
        }
    }
}
