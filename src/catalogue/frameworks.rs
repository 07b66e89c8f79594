//! Frameworks: which release needs which CUDA and Python, and runs on which GPUs.
//!
//! Read from the wheels' metadata and from the architecture flags inside them, November 2026.

use serde::Serialize;

use super::Cuda;

/// A framework that uses GPUs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Framework {
    Torch,
    Tensorflow,
    Jax,
    OnnxRuntime,
}

impl Framework {
    pub const ALL: &[Self] = &[Self::Torch, Self::Tensorflow, Self::Jax, Self::OnnxRuntime];

    /// What to lock for a framework that uses GPUs (the frameworks' instructions for installing).
    #[must_use]
    pub fn for_gpus(self) -> &'static str {
        match self {
            Self::Torch => "torch",
            Self::Tensorflow => "tensorflow[and-cuda]",
            Self::Jax => "jax[cuda13]",
            Self::OnnxRuntime => "onnxruntime-gpu[cuda,cudnn]",
        }
    }

    /// The packages that bring it, the usual one first.
    #[must_use]
    pub fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Torch => &["torch"],
            Self::Tensorflow => &["tensorflow"],
            Self::Jax => &["jax"],
            Self::OnnxRuntime => &["onnxruntime-gpu", "onnxruntime"],
        }
    }
}

/// One minor release of a framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// Major and minor number.
    pub version: (u32, u32),
    /// The CUDA that the wheels bring.
    pub cuda: Cuda,
    /// The least and greatest compute capability of the kernels, without their dots.
    pub sm: (u32, u32),
    /// The least and greatest minor version of Python 3.
    pub python: (u32, u32),
}

impl Release {
    /// The same release as it is built for another CUDA. PyTorch builds each for several, and with every CUDA for the
    /// architectures that it has (pytorch, `.ci/manywheel/build_cuda.sh`).
    #[must_use]
    pub fn built_for(self, framework: Framework, cuda: Cuda) -> Self {
        let other = Self { cuda, ..self };
        match framework {
            _ if cuda == self.cuda => self,
            Framework::Torch if cuda < Cuda(12, 8) => Self { sm: (50, 90), ..other },
            Framework::Torch if cuda < Cuda(13, 0) => Self { sm: (70, 120), ..other },
            Framework::Torch => Self { sm: (75, 120), ..other },
            Framework::Tensorflow | Framework::Jax | Framework::OnnxRuntime => other,
        }
    }
}

const fn of(version: (u32, u32), cuda: (u32, u32), sm: (u32, u32), python: (u32, u32)) -> Release {
    Release { version, cuda: Cuda(cuda.0, cuda.1), sm, python }
}

const TORCH: &[Release] = &[
    of((2, 15), (13, 2), (75, 120), (11, 14)),
    of((2, 14), (13, 0), (75, 120), (10, 14)),
    of((2, 13), (13, 0), (75, 120), (10, 14)),
    of((2, 12), (13, 0), (75, 120), (10, 14)),
    of((2, 11), (13, 0), (75, 120), (10, 14)),
    of((2, 10), (12, 8), (70, 120), (10, 14)),
    of((2, 9), (12, 8), (70, 120), (10, 14)),
    of((2, 8), (12, 8), (70, 120), (9, 13)),
    of((2, 7), (12, 6), (50, 90), (9, 13)),
    of((2, 6), (12, 4), (50, 90), (9, 13)),
];

const TENSORFLOW: &[Release] = &[
    of((2, 21), (12, 9), (60, 120), (10, 13)),
    of((2, 20), (12, 9), (60, 120), (9, 13)),
    of((2, 19), (12, 5), (60, 90), (9, 12)),
    of((2, 18), (12, 5), (60, 90), (9, 12)),
    of((2, 17), (12, 3), (60, 90), (9, 12)),
];

/// The release of a framework with this version, if the table has it.
#[must_use]
pub fn release(framework: Framework, version: &str) -> Option<Release> {
    let mut parts = version.split('.').map(|it| it.parse::<u32>().ok());
    let version = (parts.next()??, parts.next()??);
    table(framework).iter().find(|it| it.version == version).copied()
}

/// The newest release that runs on a compute capability.
#[must_use]
pub fn newest_for(framework: Framework, sm: u32) -> Option<Release> {
    table(framework).iter().find(|it| (it.sm.0..=it.sm.1).contains(&sm)).copied()
}

fn table(framework: Framework) -> &'static [Release] {
    match framework {
        Framework::Torch => TORCH,
        Framework::Tensorflow => TENSORFLOW,
        Framework::Jax | Framework::OnnxRuntime => &[],
    }
}
