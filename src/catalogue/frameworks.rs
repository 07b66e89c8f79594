//! Frameworks: which release needs which CUDA and Python, and runs on which GPUs.
//!
//! CUDA and Python are from the metadata of the wheels. The kernels were read in November 2026 from the fat binaries in
//! the wheels for Linux on x86-64, of each minor release the newest, where the comment of a table does not say
//! otherwise. An architecture counts where the largest library has its kernels for it, not only a few of them.

use serde::Serialize;

use super::Cuda;
use super::kernels::Kernel::{self, Ptx, Sm, SmA};
use super::kernels::{Support, support};

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

/// One minor release of a framework, as it is built for one CUDA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// Major and minor number.
    pub version: (u32, u32),
    /// The CUDA that the wheels bring, or the first that they run with where the lock file has it as packages of its own.
    pub cuda: Cuda,
    /// What runs on GPUs; nothing where that is not known.
    pub kernels: &'static [Kernel],
    /// The least and greatest minor version of Python 3.
    pub python: (u32, u32),
}

impl Release {
    /// The same release as it is built for another CUDA. PyTorch builds each for several; a build of the others runs with
    /// every minor release of its CUDA.
    #[must_use]
    pub fn built_for(self, framework: Framework, cuda: Cuda) -> Self {
        let is_built_for = |it: &Release| match framework {
            Framework::Torch => it.cuda == cuda,
            Framework::Tensorflow | Framework::Jax | Framework::OnnxRuntime => it.cuda.0 == cuda.0,
        };
        let mut builds = table(framework).filter(|it| it.version == self.version);
        let kernels = builds.find(is_built_for).map_or(&[][..], |it| it.kernels);
        Self { cuda, kernels, ..self }
    }

    /// Whether this is what installing the release brings, without another index.
    #[must_use]
    pub fn is_usual(&self, framework: Framework) -> bool {
        framework != Framework::Torch || TORCH.contains(self)
    }
}

const fn of(version: (u32, u32), cuda: (u32, u32), kernels: &'static [Kernel], python: (u32, u32)) -> Release {
    Release { version, cuda: Cuda(cuda.0, cuda.1), kernels, python }
}

const MAXWELL_TO_HOPPER: &[Kernel] = &[Sm(50), Sm(60), Sm(70), Sm(75), Sm(80), Sm(86), Sm(90)];
const VOLTA_TO_BLACKWELL: &[Kernel] = &[Sm(70), Sm(75), Sm(80), Sm(86), Sm(90), Sm(100), Sm(120)];
const TURING_TO_BLACKWELL: &[Kernel] = &[Sm(75), Sm(80), Sm(86), Sm(90), Sm(100), Sm(120)];

const TORCH: &[Release] = &[
    of((2, 15), (13, 2), TURING_TO_BLACKWELL, (11, 15)),
    of((2, 14), (13, 0), TURING_TO_BLACKWELL, (10, 14)),
    of((2, 13), (13, 0), TURING_TO_BLACKWELL, (10, 14)),
    of((2, 12), (13, 0), TURING_TO_BLACKWELL, (10, 14)),
    of((2, 11), (13, 0), TURING_TO_BLACKWELL, (10, 14)),
    of((2, 10), (12, 8), VOLTA_TO_BLACKWELL, (10, 14)),
    of((2, 9), (12, 8), VOLTA_TO_BLACKWELL, (10, 14)),
    of((2, 8), (12, 8), VOLTA_TO_BLACKWELL, (9, 13)),
    of((2, 7), (12, 6), MAXWELL_TO_HOPPER, (9, 13)),
    of((2, 6), (12, 4), MAXWELL_TO_HOPPER, (9, 13)),
];

/// PyTorch's other builds, which are in its own index under names such as `+cu126`. They were not read: the list is
/// PyTorch's (`RELEASE.md`, "PyTorch CUDA Support Matrix", and `.ci/manywheel/build_cuda.sh` before there was one).
const TORCH_ELSEWHERE: &[Release] = &[
    of((2, 15), (13, 0), TURING_TO_BLACKWELL, (11, 15)),
    of((2, 14), (13, 2), TURING_TO_BLACKWELL, (10, 14)),
    of((2, 14), (12, 6), MAXWELL_TO_HOPPER, (10, 14)),
    of((2, 13), (13, 2), TURING_TO_BLACKWELL, (10, 14)),
    of((2, 13), (12, 6), MAXWELL_TO_HOPPER, (10, 14)),
    of((2, 12), (13, 2), TURING_TO_BLACKWELL, (10, 14)),
    of((2, 12), (12, 6), MAXWELL_TO_HOPPER, (10, 14)),
    of((2, 11), (12, 8), TURING_TO_BLACKWELL, (10, 14)),
    of((2, 11), (12, 6), MAXWELL_TO_HOPPER, (10, 14)),
    of((2, 10), (13, 0), TURING_TO_BLACKWELL, (10, 14)),
    of((2, 10), (12, 6), MAXWELL_TO_HOPPER, (10, 14)),
    of((2, 9), (13, 0), TURING_TO_BLACKWELL, (10, 14)),
    of((2, 9), (12, 6), MAXWELL_TO_HOPPER, (10, 14)),
    of((2, 8), (12, 9), VOLTA_TO_BLACKWELL, (9, 13)),
    of((2, 8), (12, 6), MAXWELL_TO_HOPPER, (9, 13)),
    of((2, 7), (12, 8), TURING_TO_BLACKWELL, (9, 13)),
    of((2, 7), (11, 8), MAXWELL_TO_HOPPER, (9, 13)),
    of((2, 6), (12, 6), MAXWELL_TO_HOPPER, (9, 13)),
    of((2, 6), (11, 8), MAXWELL_TO_HOPPER, (9, 13)),
];

/// For Hopper there are machine code of a few kernels and PTX of all.
const PASCAL_TO_ADA: &[Kernel] = &[Sm(60), Sm(70), Sm(80), Sm(89), Ptx(90)];

const TENSORFLOW: &[Release] = &[
    of((2, 21), (12, 9), PASCAL_TO_ADA, (10, 13)),
    of((2, 20), (12, 9), PASCAL_TO_ADA, (9, 13)),
    of((2, 19), (12, 5), PASCAL_TO_ADA, (9, 12)),
    of((2, 18), (12, 5), PASCAL_TO_ADA, (9, 12)),
    of((2, 17), (12, 3), PASCAL_TO_ADA, (9, 12)),
];

const JAX_THOR: &[Kernel] = &[Sm(75), Sm(80), Sm(90), Sm(100), Sm(110), Sm(120), Ptx(120)];
const JAX: &[Kernel] = &[Sm(75), Sm(80), Sm(90), Sm(100), Sm(120), Ptx(120)];

/// XLA compiles what a program computes for the GPU that it finds; what is listed are the kernels that come ready, in
/// `jax-cuda13-pjrt` and `jax-cuda13-plugin`. JAX's own documentation names the same least: 7.5.
const JAX_CUDA13: &[Release] = &[
    of((0, 12), (13, 0), JAX_THOR, (12, 15)),
    of((0, 11), (13, 0), JAX_THOR, (12, 15)),
    of((0, 10), (13, 0), JAX_THOR, (11, 14)),
    of((0, 9), (13, 0), JAX, (11, 14)),
    of((0, 8), (13, 0), JAX, (11, 14)),
    of((0, 7), (13, 0), JAX, (11, 14)),
];

const JAX_TO_BLACKWELL: &[Kernel] = &[Sm(52), Sm(60), Sm(70), Sm(80), Sm(90), Sm(100), Sm(120), Ptx(120)];
const JAX_TO_HOPPER: &[Kernel] = &[Sm(52), Sm(60), Sm(70), Sm(80), Sm(90), Ptx(90)];

/// `jax-cuda12-pjrt` and `jax-cuda12-plugin`. They have kernels for 5.0 as well; JAX's documentation says 5.2.
const JAX_CUDA12: &[Release] = &[
    of((0, 12), (12, 1), JAX_TO_BLACKWELL, (12, 15)),
    of((0, 11), (12, 1), JAX_TO_BLACKWELL, (12, 15)),
    of((0, 10), (12, 1), JAX_TO_BLACKWELL, (11, 14)),
    of((0, 9), (12, 1), JAX_TO_BLACKWELL, (11, 14)),
    of((0, 8), (12, 1), JAX_TO_BLACKWELL, (11, 14)),
    of((0, 7), (12, 1), JAX_TO_BLACKWELL, (11, 14)),
    of((0, 6), (12, 1), JAX_TO_BLACKWELL, (10, 13)),
    of((0, 5), (12, 1), JAX_TO_HOPPER, (10, 13)),
];

const ONNX_WITHOUT_B200: &[Kernel] = &[Sm(75), Sm(80), Sm(86), Sm(89), SmA(90), SmA(120)];
const ONNX_CUDA13: &[Kernel] = &[Sm(75), Sm(80), Sm(86), Sm(89), SmA(90), SmA(100), SmA(120), Ptx(120)];
const ONNX_HOPPER: &[Kernel] = &[Sm(60), Sm(70), Sm(75), Sm(80), Sm(86), SmA(90), Ptx(90)];
const ONNX_CUDA12: &[Kernel] = &[Sm(60), Sm(70), Sm(75), Sm(80), Sm(86), Sm(90), Ptx(90)];
const ONNX_AMPERE: &[Kernel] = &[Sm(52), Sm(60), Sm(61), Sm(70), Sm(75), Sm(80), Ptx(80)];

/// `onnxruntime-gpu`; the CUDA is the major release that its libraries are linked with. The PTX of 1.23.0 is of `sm_90a`,
/// which no other GPU can use; 1.23.2 has it of 9.0.
const ONNXRUNTIME: &[Release] = &[
    of((1, 31), (13, 0), ONNX_WITHOUT_B200, (11, 14)),
    of((1, 30), (13, 0), ONNX_WITHOUT_B200, (11, 14)),
    of((1, 29), (13, 0), ONNX_WITHOUT_B200, (11, 14)),
    of((1, 28), (13, 0), ONNX_CUDA13, (11, 14)),
    of((1, 27), (13, 0), ONNX_CUDA13, (11, 14)),
    of((1, 26), (12, 0), ONNX_HOPPER, (11, 14)),
    of((1, 25), (12, 0), ONNX_HOPPER, (11, 14)),
    of((1, 24), (12, 0), ONNX_HOPPER, (11, 14)),
    of((1, 23), (12, 0), ONNX_HOPPER, (10, 13)),
    of((1, 22), (12, 0), ONNX_CUDA12, (10, 13)),
    of((1, 21), (12, 0), ONNX_CUDA12, (10, 13)),
    of((1, 20), (12, 0), ONNX_AMPERE, (10, 13)),
    of((1, 19), (12, 0), ONNX_AMPERE, (8, 12)),
];

/// The release of a framework with this version, if the table has it.
#[must_use]
pub fn release(framework: Framework, version: &str) -> Option<Release> {
    let mut parts = version.split('.').map(|it| it.parse::<u32>().ok());
    let version = (parts.next()??, parts.next()??);
    table(framework).find(|it| it.version == version)
}

/// The newest releases that run on a compute capability, from PTX where none has machine code for it: of all builds, and
/// of the usual ones where that is another.
#[must_use]
pub fn newest_for(framework: Framework, sm: u32) -> Vec<Release> {
    let with = |wanted: Support| table(framework).filter(move |it| support(it.kernels, sm) == wanted);
    let has_machine_code = with(Support::Native).next().is_some();
    let fitting = || with(if has_machine_code { Support::Native } else { Support::Translated });
    let newest = fitting().max_by_key(|it| (it.version, it.cuda));
    let usual = fitting().filter(|it| it.is_usual(framework)).max_by_key(|it| (it.version, it.cuda));
    newest.into_iter().chain(usual.filter(|it| newest.map(|it| it.version) != Some(it.version))).collect()
}

/// The builds of a framework, of each release the usual one first.
fn table(framework: Framework) -> impl Iterator<Item = Release> {
    let (usual, others): (&[Release], &[Release]) = match framework {
        Framework::Torch => (TORCH, TORCH_ELSEWHERE),
        Framework::Tensorflow => (TENSORFLOW, &[]),
        Framework::Jax => (JAX_CUDA13, JAX_CUDA12),
        Framework::OnnxRuntime => (ONNXRUNTIME, &[]),
    };
    usual.iter().chain(others).copied()
}

#[cfg(test)]
mod tests {
    use Framework::{Jax, OnnxRuntime, Tensorflow, Torch};
    use Support::{LeftOut, Native, TooNew, TooOld, Translated};

    use super::*;

    #[test]
    fn builds_have_kernels_for_the_gpus_of_their_time() {
        for (framework, version, cuda, sm, expected) in [
            (Torch, "2.15.0", Cuda(13, 2), 70, TooOld),
            (Torch, "2.11.0", Cuda(13, 0), 103, Native),
            (Torch, "2.11.0", Cuda(12, 8), 70, TooOld),
            (Torch, "2.11.0", Cuda(12, 6), 70, Native),
            (Torch, "2.10.0", Cuda(12, 8), 70, Native),
            (Torch, "2.10.0", Cuda(12, 6), 100, TooNew),
            (Torch, "2.7.1", Cuda(12, 8), 70, TooOld),
            (Tensorflow, "2.21.0", Cuda(12, 9), 37, TooOld),
            (Tensorflow, "2.21.0", Cuda(12, 9), 75, Native),
            (Tensorflow, "2.21.0", Cuda(12, 9), 90, Translated),
            (Tensorflow, "2.18.1", Cuda(12, 6), 89, Native),
            (Jax, "0.12.0.1", Cuda(13, 5), 70, TooOld),
            (Jax, "0.12.0.1", Cuda(13, 5), 121, Native),
            (Jax, "0.10.2", Cuda(12, 9), 52, Native),
            (Jax, "0.10.2", Cuda(12, 9), 37, TooOld),
            (Jax, "0.6.2", Cuda(12, 9), 100, Native),
            (Jax, "0.5.3", Cuda(12, 9), 100, Translated),
            (OnnxRuntime, "1.31.1", Cuda(13, 5), 70, TooOld),
            (OnnxRuntime, "1.31.1", Cuda(13, 5), 100, LeftOut),
            (OnnxRuntime, "1.31.1", Cuda(13, 5), 120, Native),
            (OnnxRuntime, "1.28.0", Cuda(13, 5), 100, Native),
            (OnnxRuntime, "1.28.0", Cuda(13, 5), 103, LeftOut),
            (OnnxRuntime, "1.26.0", Cuda(12, 9), 70, Native),
            (OnnxRuntime, "1.26.0", Cuda(12, 9), 100, Translated),
            (OnnxRuntime, "1.20.2", Cuda(12, 9), 90, Translated),
        ] {
            let build = release(framework, version).expect(version).built_for(framework, cuda);
            assert_eq!(support(build.kernels, sm), expected, "{framework:?} {version} {cuda:?} sm_{sm}");
        }
    }

    #[test]
    fn of_builds_that_are_not_in_the_table_nothing_is_known() {
        for (framework, version, cuda) in
            [(Torch, "2.12.0", Cuda(12, 8)), (Jax, "0.6.2", Cuda(13, 0)), (OnnxRuntime, "1.26.0", Cuda(13, 0))]
        {
            let build = release(framework, version).expect(version).built_for(framework, cuda);
            assert!(build.kernels.is_empty(), "{framework:?} {version} {cuda:?}");
        }
    }

    #[test]
    fn the_newest_release_is_the_newest_with_kernels() {
        let newest =
            |framework, sm| -> Vec<_> { newest_for(framework, sm).iter().map(|it| (it.version, it.cuda)).collect() };
        assert_eq!(newest(Torch, 70), [((2, 14), Cuda(12, 6)), ((2, 10), Cuda(12, 8))]);
        assert_eq!(newest(Torch, 100), [((2, 15), Cuda(13, 2))]);
        assert_eq!(newest(Tensorflow, 90), [((2, 21), Cuda(12, 9))]);
        assert_eq!(newest(Tensorflow, 37), []);
        assert_eq!(newest(Jax, 70), [((0, 12), Cuda(12, 1))]);
        assert_eq!(newest(Jax, 90), [((0, 12), Cuda(13, 0))]);
        assert_eq!(newest(OnnxRuntime, 70), [((1, 26), Cuda(12, 0))]);
        assert_eq!(newest(OnnxRuntime, 100), [((1, 28), Cuda(13, 0))]);
        assert_eq!(newest(OnnxRuntime, 103), [((1, 26), Cuda(12, 0))]);
    }

    #[test]
    fn each_build_is_once_in_the_table() {
        for framework in Framework::ALL {
            let mut builds: Vec<_> = table(*framework).map(|it| (it.version, it.cuda)).collect();
            let count = builds.len();
            builds.sort_unstable();
            builds.dedup();
            assert_eq!(builds.len(), count, "{framework:?}");
        }
    }
}
