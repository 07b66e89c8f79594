//! `[build]` and `[images.*]`: how images come to be.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EnvName, FilePath, Name, OneLine, PythonVersion, Table, Tag, Url};
use crate::source::At;

/// The language that a program is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Python,
    R,
    /// Built by the Maven or Gradle wrapper beside its build file, which is the entry; what runs is the one executable
    /// jar that the build makes.
    Java,
    /// Run as it is, with the production dependencies of its lock file.
    Node,
    /// The files in the folder of the entry, served by nginx on the workload's port (assumed: 8080).
    Static,
}

impl Language {
    /// The language of a program, by the ending of its file.
    #[must_use]
    pub fn of_file(path: &str) -> Option<Self> {
        let (_, ending) = path.rsplit_once('.')?;
        match ending {
            "py" => Some(Self::Python),
            "R" | "r" => Some(Self::R),
            "js" | "mjs" | "cjs" => Some(Self::Node),
            "html" => Some(Self::Static),
            _ => {
                let name = path.rsplit('/').next().unwrap_or(path);
                ["pom.xml", "build.gradle", "build.gradle.kts"].contains(&name).then_some(Self::Java)
            }
        }
    }
}

/// The dialect of the Dockerfiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// BuildKit: `COPY --link`, `RUN --network`, `HEALTHCHECK --start-interval`.
    #[default]
    Buildkit,
    /// Older builders (buildah before 1.40, kaniko), which refuse these. Nothing then keeps steps from the network.
    Classic,
}

/// How the images of this project are built, unless a stage, a service or an image says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Build {
    /// The version of Python, such as `"3.12"`, or one release of it, such as `"3.12.11"`. Assumed: 3.12.
    pub python: Option<At<PythonVersion>>,
    /// The version of R, such as `"4.6.1"`. Assumed: the one of the lock file.
    pub r: Option<At<Tag>>,
    /// The version of Java, such as `"21"`. Assumed: 21.
    pub java: Option<At<Tag>>,
    /// The version of Node, such as `"24"`. Assumed: 24.
    pub node: Option<At<Tag>>,
    /// The lock file: `uv.lock`, a `requirements` file with hashes, `poetry.lock` (of Poetry 2), `Pipfile.lock`,
    /// `renv.lock`, `package-lock.json`, `gradle/verification-metadata.xml` or `.mvn/checksums/checksums.sha256`.
    /// Assumed: the one beside the entry or beside `mlops.toml`.
    pub lock: Option<At<FilePath>>,
    /// Packages of the base image's distribution, for the runtime. A `static` image gets none.
    #[serde(default)]
    pub system_packages: Vec<At<super::PackageName>>,
    /// Secrets that the build needs, such as a token of a package index: mounted while a command runs, never in a
    /// layer, an argument or the environment. Each is one of `[secrets]` with `from = "env"`.
    #[serde(default)]
    pub secrets: Vec<At<Name>>,
    /// Where packages and base images are fetched from instead of the public places.
    pub mirrors: Option<At<Mirrors>>,
    /// The dialect of the Dockerfiles. Assumed: `buildkit`.
    pub dialect: Option<At<Dialect>>,
    /// The image that interprets the Dockerfiles (their `# syntax` line). Left out by default, because a build without
    /// access to a registry fails on it.
    pub frontend: Option<At<super::ImageReference>>,
}

/// Mirrors inside the hospital's network.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Mirrors {
    /// The Python package index.
    pub pypi: Option<At<Url>>,
    /// The R package repository.
    pub cran: Option<At<Url>>,
    /// The registry of npm packages.
    pub npm: Option<At<Url>>,
    /// The Maven repository. Gradle is told by the project's own `settings.gradle`.
    pub maven: Option<At<Url>>,
    /// The packages of the base image's distribution, signed as they are there: it takes the place of every host in the
    /// base's sources, so that `http://<host>/debian-security` becomes `<mirror>/debian-security`. The image keeps the
    /// sources that it has.
    pub apt: Option<At<Url>>,
    /// The registry that stands for all others: `docker.io/library/python` becomes `<mirror>/library/python`.
    pub images: Option<At<super::ImageReference>>,
}

/// An image that several stages or services share by name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Image {
    /// `false` switches it off, and everything that follows from it.
    pub enabled: Option<At<bool>>,
    /// The language of the programs in it. Assumed from the entries that use it.
    pub language: Option<At<Language>>,
    /// What it is built on: a named base (`python`, `pytorch`, `tensorflow`, `jax`, `onnxruntime`, `r`) or an image
    /// reference.
    pub base: Option<At<Base>>,
    /// The version of Python.
    pub python: Option<At<PythonVersion>>,
    /// The version of Java.
    pub java: Option<At<Tag>>,
    /// The version of Node.
    pub node: Option<At<Tag>>,
    /// The lock file.
    pub lock: Option<At<FilePath>>,
    /// Folders of a uv workspace, which `uv.lock` locks together: they are installed as packages, and with them what
    /// they need. Their dependencies are a layer of their own, which a change of their sources leaves as it is. What a
    /// folder is built with comes from the index as well, unless that is `uv_build`, which is part of uv.
    #[serde(default)]
    pub workspace: Vec<At<FilePath>>,
    /// Packages of the base image's distribution.
    #[serde(default)]
    pub system_packages: Vec<At<super::PackageName>>,
    /// Files with the weights of a model that go into the image, below `/app` as in the project. All other weights
    /// (`*.pt`, `*.onnx`, `*.safetensors` …) stay out, also from a folder that is copied: a dataset holds them, with a
    /// class and an owner of its own. In a folder beside those of the programs they are a layer that a change of a
    /// program leaves as it is.
    #[serde(default)]
    pub weights: Vec<At<FilePath>>,
    /// Steps of the build, each a line for `sh`, one after the other: in `/app`, with the installed packages, the
    /// project's files and the variables that the program will see. Without a network, because what comes from there is
    /// pinned by no lock file. What they leave in `/app` is in the image; an entry that they make need not be in the
    /// project. Of Node they also see the packages that only developers need. A Java project builds itself, and takes
    /// none.
    #[serde(default)]
    pub run: Vec<At<OneLine>>,

    // Somebody's own Dockerfile.
    /// A Dockerfile of the project in place of all that is said above. It is used as it is and never rewritten, but read
    /// and held to the same rules: no floating or dead image, no literal secret, a user, an ignore file for what it
    /// copies from. The images that it names come from the mirror and by the digests of `mlops.lock`, as everywhere.
    /// What it runs is the workload's `command`, or the image's own.
    pub dockerfile: Option<At<FilePath>>,
    /// The stage of `dockerfile` that is built. Assumed: the last one.
    pub target: Option<At<Tag>>,
    /// The folder that `dockerfile` copies from; `.` is the project's. Its `.dockerignore`, or the one that is named
    /// after the Dockerfile, must keep data and keys out. Assumed: the folder of `dockerfile`.
    pub context: Option<At<FilePath>>,
    /// Values for the `ARG` lines of `dockerfile`. They stay readable in the image: a secret is none of them.
    #[serde(default)]
    pub args: Table<EnvName, OneLine>,
}

/// A named base or an image reference; which one it is, is decided when the base is looked up.
pub type Base = super::ImageReference;
