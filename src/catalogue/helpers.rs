//! The images that the compiler itself brings in. `mlopsc images` lists them with all others, for mirroring.

/// A shell and `find`, for the pods that purge old files.
pub const BUSYBOX: &str = "docker.io/library/busybox:1.37.0-musl";

/// The installer of uv projects, copied from while an image is built and not part of it.
pub const UV: &str = "ghcr.io/astral-sh/uv:0.13.8";
