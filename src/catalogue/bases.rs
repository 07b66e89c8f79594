//! Base images: the names that a spec may use for them, and the C library inside.

use serde::Serialize;

use super::Framework;
use crate::spec::Language;

/// A base by the name that a spec uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    /// The name.
    pub name: &'static str,
    /// The language of the programs on it.
    pub language: Language,
    /// The framework that its lock file must bring along.
    pub framework: Option<Framework>,
}

/// Wheels of the GPU frameworks carry CUDA with them, so every Python base is the same slim image; the name decides
/// what the lock file must hold and what the runtime tells the NVIDIA container toolkit.
const BASES: &[Base] = &[
    Base { name: "python", language: Language::Python, framework: None },
    Base { name: "pytorch", language: Language::Python, framework: Some(Framework::Torch) },
    Base { name: "tensorflow", language: Language::Python, framework: Some(Framework::Tensorflow) },
    Base { name: "jax", language: Language::Python, framework: Some(Framework::Jax) },
    Base { name: "onnxruntime", language: Language::Python, framework: Some(Framework::OnnxRuntime) },
    Base { name: "r", language: Language::R, framework: None },
];

/// The image that a program is built on where the spec names none, in a version of its language.
#[must_use]
pub fn usual_base(language: Language, version: &str) -> String {
    match language {
        Language::Python => format!("docker.io/library/python:{version}-slim-trixie"),
        Language::R => format!("docker.io/rocker/r-ver:{version}"),
        Language::Java => format!("docker.io/library/eclipse-temurin:{version}-jre-noble"),
        Language::Node => format!("docker.io/library/node:{version}-trixie-slim"),
        Language::Static => format!("docker.io/library/nginx:{version}-alpine-slim"),
    }
}

/// The oldest minor version of Python 3 of which there is an image on Debian 13 (docker-library/python, since August
/// 2025).
pub const OLDEST_PYTHON: u32 = 9;

/// The version of a language that is assumed.
#[must_use]
pub const fn usual_version(language: Language) -> &'static str {
    match language {
        Language::Python => "3.12",
        Language::R => "4.6.1",
        Language::Java => "21",
        Language::Node => "24",
        Language::Static => "1.30.5",
    }
}

/// The image with the compiler of a language whose programs are built in another image than they run in.
#[must_use]
pub fn compiler(language: Language, version: &str) -> Option<String> {
    (language == Language::Java).then(|| format!("docker.io/library/eclipse-temurin:{version}-jdk-noble"))
}

/// The base of this name.
#[must_use]
pub fn named_base(name: &str) -> Option<Base> {
    BASES.iter().find(|it| it.name == name).copied()
}

/// The names of all bases.
pub fn named_bases() -> impl Iterator<Item = &'static str> {
    BASES.iter().map(|it| it.name)
}

/// A base without a shell: its packages are installed on another image and copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithoutShell {
    /// Its registry and path.
    pub name: &'static str,
    /// The only version of Python that it has.
    pub python: &'static str,
    /// An image with the same version and the same C library.
    pub builder: &'static str,
}

/// Bases of the distroless project, whose Python is the one of their Debian.
const WITHOUT_SHELL: &[WithoutShell] = &[
    WithoutShell {
        name: "gcr.io/distroless/python3-debian13",
        python: "3.13",
        builder: "docker.io/library/python:3.13-slim-trixie",
    },
    WithoutShell {
        name: "gcr.io/distroless/python3-debian12",
        python: "3.11",
        builder: "docker.io/library/python:3.11-slim-bookworm",
    },
];

/// The base without a shell that a full reference names.
#[must_use]
pub fn without_shell(reference: &str) -> Option<WithoutShell> {
    let is_it = |it: &&WithoutShell| {
        reference.strip_prefix(it.name).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '@']))
    };
    WITHOUT_SHELL.iter().find(is_it).copied()
}

/// The C library of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Libc {
    /// glibc, with the minor version of 2.x.
    Glibc(u32),
    /// musl, for which manylinux wheels are not built.
    Musl,
}

/// Distributions by a part of the tag (Debian and Ubuntu release notes).
const LIBCS: &[(&str, Libc)] = &[
    ("alpine", Libc::Musl),
    ("trixie", Libc::Glibc(41)),
    ("debian13", Libc::Glibc(41)),
    ("bookworm", Libc::Glibc(36)),
    ("debian12", Libc::Glibc(36)),
    ("bullseye", Libc::Glibc(31)),
    ("buster", Libc::Glibc(28)),
    ("ubuntu26.04", Libc::Glibc(43)),
    ("ubuntu24.04", Libc::Glibc(39)),
    ("noble", Libc::Glibc(39)),
    ("ubuntu22.04", Libc::Glibc(35)),
    ("jammy", Libc::Glibc(35)),
    ("ubuntu20.04", Libc::Glibc(31)),
    ("focal", Libc::Glibc(31)),
];

/// The C library of an image, as far as its tag or name tells.
#[must_use]
pub fn libc_of(path: &str, tag: &str) -> Option<Libc> {
    if path == "alpine" {
        return Some(Libc::Musl);
    }
    LIBCS.iter().find(|(part, _)| tag.contains(part) || path.ends_with(part)).map(|(_, libc)| *libc)
}
