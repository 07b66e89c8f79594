//! What the world offers, as data: base images, GPUs, frameworks, images that are gone, images that helpers use.
//!
//! Tables only. Each row says where it was read; what follows from a row is decided elsewhere.

mod bases;
mod frameworks;
mod gone;
mod gpus;
mod helpers;
mod lifetimes;

pub use bases::{Base, Libc, WithoutShell, compiler, libc_of, named_base, usual_base, usual_version, without_shell};
pub use frameworks::{Framework, Release, newest_for, release};
pub use gone::{Gone, gone};
pub use gpus::{GpuModel, gpu_model};
pub use helpers::{ASK_HTTP, ASK_TCP, BUSYBOX, UV};
pub use lifetimes::{PYTHON_END_OF_LIFE, python_end_of_life};
