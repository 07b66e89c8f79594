//! Images: what is built, from what.

use std::sync::Arc;

use serde::Serialize;
use smol_str::{SmolStr, format_smolstr};

use super::ImageRef;
use crate::catalogue::{Framework, Libc};
use crate::source::{At, Origin, RelPath};
use crate::spec::{Dialect, Language, Protocol};

/// An image that the project builds.
#[derive(Clone, Debug, Serialize)]
pub struct Image {
    /// Its name in the project.
    pub name: At<SmolStr>,
    /// `<project>-<image>`.
    pub title: SmolStr,
    /// Who answers for the project.
    pub owner: Option<At<SmolStr>>,
    /// Registry, project and name, without tag.
    pub repository: At<SmolStr>,
    pub tag: At<SmolStr>,
    #[serde(flatten)]
    pub making: Making,
    /// The files that are run, in order; the first one is what the image runs by itself if it is the only one.
    pub entries: Vec<SmolStr>,
    /// Where its health can be asked, if exactly one service runs it.
    pub health: Option<HealthCheck>,
    /// The ports of the services that run it.
    pub ports: Vec<(u16, Protocol)>,
    /// Folders that its programs write datasets to. They are in the image, owned by its user, because an engine gives a
    /// new volume the owner of the folder that it is mounted on.
    pub folders: Vec<SmolStr>,
    pub uid: At<u32>,
    pub gid: At<u32>,
    /// Whether a workload that runs it has GPUs.
    pub gpu: bool,
    #[serde(skip)]
    pub origin: Origin,
}

impl Image {
    /// What it is called where it is pushed: the repository and the tag.
    #[must_use]
    pub fn reference(&self) -> SmolStr {
        format_smolstr!("{}:{}", self.repository, self.tag)
    }

    /// What the compiler's own Dockerfile is made from, where the image has one.
    #[must_use]
    pub fn recipe(&self) -> Option<&Recipe> {
        match &self.making {
            Making::Recipe(recipe) => Some(recipe),
            Making::Dockerfile(_) => None,
        }
    }

    /// Secrets that the build mounts: id and the environment variable of the builder.
    #[must_use]
    pub fn build_secrets(&self) -> &[(At<SmolStr>, SmolStr)] {
        match &self.making {
            Making::Recipe(recipe) => &recipe.build_secrets,
            Making::Dockerfile(own) => &own.build_secrets,
        }
    }
}

/// How an image is made.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Making {
    /// By a Dockerfile that the compiler writes.
    Recipe(Box<Recipe>),
    /// By a Dockerfile of the project.
    Dockerfile(Box<OwnDockerfile>),
}

/// A Dockerfile of the project, which is used as it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OwnDockerfile {
    pub path: At<RelPath>,
    /// The folder that it copies from.
    pub context: At<RelPath>,
    /// The file that says what stays out of the build; `None` where there is none.
    pub ignore: Option<RelPath>,
    /// The stage that is built; the last one where none is named.
    pub target: Option<At<SmolStr>>,
    pub args: Vec<(SmolStr, At<SmolStr>)>,
    /// Images that it names and that are fetched from elsewhere than it says, or by their digest: as it names them, and
    /// what is taken.
    pub replaced: Vec<(SmolStr, SmolStr)>,
    /// Every image that the build fetches.
    pub bases: Vec<SmolStr>,
    /// What these are, wherever they come from, in the same order.
    #[serde(skip)]
    pub names: Vec<SmolStr>,
    /// Secrets that the build may mount: id and the environment variable of the builder.
    pub build_secrets: Vec<(At<SmolStr>, SmolStr)>,
    /// What it says; `None` where it cannot be read, which is reported elsewhere.
    #[serde(skip)]
    pub said: Option<crate::plan::Dockerfile>,
}

/// What decides the content of an image, apart from the project's own files.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recipe {
    pub language: Language,
    pub base: At<BaseImage>,
    /// The base is none of ours: what it brings along is used.
    pub has_own_base: bool,
    /// The image that packages are installed on, where the base has no shell to do so.
    pub builder: Option<BaseImage>,
    /// The image of uv, where the lock file is one of its own.
    pub uv: Option<ImageRef>,
    pub python: Option<At<SmolStr>>,
    pub framework: Option<Framework>,
    pub lock: Option<At<Lock>>,
    pub system_packages: Vec<At<SmolStr>>,
    /// Folders of the project that are installed as packages, with the packages' names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workspace: Vec<(SmolStr, SmolStr)>,
    /// Files with the weights of a model, which are copied into `/app` although others like them are not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<SmolStr>,
    /// What the build runs beside the installer, each a line for `sh`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<At<SmolStr>>,
    /// Folders that are copied into `/app`, and files as `COPY` names them with an asterisk.
    pub sources: Vec<SmolStr>,
    /// Single files beside `mlops.toml` that are copied into `/app`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<SmolStr>,
    /// Files of secrets that lie among what is copied, and stay out of the image.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secret_files: Vec<SmolStr>,
    pub dialect: Dialect,
    pub frontend: Option<ImageRef>,
    /// Secrets that the build mounts: id and the environment variable of the builder.
    pub build_secrets: Vec<(At<SmolStr>, SmolStr)>,
    pub pypi: Option<At<SmolStr>>,
    pub cran: Option<At<SmolStr>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub npm: Option<At<SmolStr>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maven: Option<At<SmolStr>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apt: Option<At<SmolStr>>,
}

/// The image that another one is built on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BaseImage {
    /// The full reference, with its digest where the lock file has one.
    pub reference: SmolStr,
    /// Without the mirror and the digest: what it is, wherever it comes from.
    pub name: SmolStr,
    pub libc: Option<Libc>,
}

/// A lock file and what it says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lock {
    pub path: RelPath,
    pub form: LockForm,
    #[serde(skip)]
    pub packages: Arc<[Package]>,
    /// Packages that are folders of the project.
    #[serde(skip)]
    pub members: Vec<Member>,
    /// The same as requirements with hashes, for pip, where the tool of the lock file is not fetched into a build.
    #[serde(skip)]
    pub requirements: Option<SmolStr>,
    /// Whether every package has a hash.
    pub hashed: bool,
    /// The greatest glibc (minor of 2.x) that a package needs because it has no older wheel, with that package.
    pub glibc: Option<(u32, SmolStr)>,
    /// The option by which a requirements file refers to another file or to a folder, which no image would have.
    #[serde(skip)]
    pub refers: Option<SmolStr>,
    /// A package of a requirements file that would be there in two versions on one system.
    #[serde(skip)]
    pub twice: Option<SmolStr>,
    /// The repository that an `renv.lock` names.
    pub repository: Option<SmolStr>,
    /// The version of the language that the lock file was made for.
    pub language_version: Option<SmolStr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LockForm {
    Requirements,
    Uv,
    Poetry,
    Pipenv,
    Renv,
    Npm,
    Gradle,
    Maven,
}

/// A package that a lock file pins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// In the normal form of its language (of Python: PEP 503).
    pub name: SmolStr,
    /// Empty where the lock file says none.
    pub version: SmolStr,
    /// `sha256:` and 64 digits for each file that it may be installed from.
    pub hashes: Vec<SmolStr>,
    /// Only who works on the project gets it, and no image.
    pub for_developers: bool,
}

/// A package that is a folder of the project.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub name: SmolStr,
    /// From the lock file's folder.
    pub folder: SmolStr,
    /// The names of the packages that it needs.
    pub needs: Vec<SmolStr>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HealthCheck {
    pub port: u16,
    /// A path to request; without one, a connection is enough.
    pub path: Option<SmolStr>,
}
