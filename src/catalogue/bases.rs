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

/// The base of this name.
#[must_use]
pub fn named_base(name: &str) -> Option<Base> {
    BASES.iter().find(|it| it.name == name).copied()
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
    ("bookworm", Libc::Glibc(36)),
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
    LIBCS.iter().find(|(part, _)| tag.contains(part)).map(|(_, libc)| *libc)
}
