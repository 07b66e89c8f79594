//! What the world offers, as data: architectures, base images, GPUs, CUDA, frameworks and their kernels, images that are
//! gone or past their support, images that helpers use.
//!
//! Tables only. Each row says where it was read; what follows from a row is decided elsewhere.

mod architectures;
mod bases;
mod cuda;
mod frameworks;
mod gone;
mod gpus;
mod helpers;
mod kernels;
mod lifetimes;

pub use architectures::{architecture_like, is_architecture};
pub use bases::{
    Base, Libc, OLDEST_PYTHON, WithoutShell, compiler, libc_of, named_base, named_bases, usual_base, usual_version,
    without_shell,
};
pub use cuda::{Cuda, Fit, cuda_of, cudnn_dropped};
pub use frameworks::{Framework, Release, newest_for, release};
pub use gone::{Gone, gone};
pub use gpus::{GpuModel, gpu_model};
pub use helpers::{ASK_HTTP, ASK_TCP, BUSYBOX, UV};
pub use kernels::{Kernel, Support, named, support};
pub use lifetimes::{PYTHON, Product, Version, parts_of, python_version};
