//! Which framework for GPUs the lock file of an image pins, and what it brings along for them.

use smol_str::SmolStr;

use crate::catalogue::{Cuda, Framework, Release, release};
use crate::plan::{Lock, Package, Recipe};

/// A framework in a lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedFramework {
    pub framework: Framework,
    /// The package that it is in.
    pub package: SmolStr,
    pub version: SmolStr,
    /// What the table knows of the release, with the CUDA and the kernels of the build that is pinned.
    pub release: Option<Release>,
    pub brings: Brings,
}

/// What a framework brings along for GPUs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brings {
    Cuda(Cuda),
    /// It runs on processors only.
    Nothing,
    Unknown,
}

impl LockedFramework {
    /// The CUDA that it brings along.
    #[must_use]
    pub fn cuda(&self) -> Option<Cuda> {
        match self.brings {
            Brings::Cuda(cuda) => Some(cuda),
            Brings::Nothing | Brings::Unknown => None,
        }
    }
}

impl Recipe {
    /// The framework of the lock file: the one that the base is named after, or else the first that brings CUDA along,
    /// or else the first.
    #[must_use]
    pub fn locked_framework(&self) -> Option<LockedFramework> {
        let lock = &self.lock.as_ref()?.value;
        let wanted = self.framework.as_ref().map_or(Framework::ALL, std::slice::from_ref);
        let mut found: Vec<LockedFramework> =
            wanted.iter().filter_map(|it| locked(lock, *it, self.has_own_base)).collect();
        let first = found.iter().position(|it| it.cuda().is_some()).unwrap_or(0);
        (first < found.len()).then(|| found.swap_remove(first))
    }
}

fn locked(lock: &Lock, framework: Framework, has_own_base: bool) -> Option<LockedFramework> {
    let pinned = |name: &&str| lock.packages.iter().find(|it| it.name == **name);
    let package = framework.packages().iter().find_map(pinned)?;
    let known = release(framework, &package.version);
    let brings = brings(lock, framework, package, known, has_own_base);
    let release = match brings {
        Brings::Cuda(cuda) => known.map(|it| it.built_for(framework, cuda)),
        Brings::Nothing => None,
        Brings::Unknown => known.map(|it| match framework {
            Framework::Jax => jax(lock, it),
            Framework::Torch | Framework::Tensorflow | Framework::OnnxRuntime => it,
        }),
    };
    let (package, version) = (package.name.clone(), package.version.clone());
    Some(LockedFramework { framework, package, version, release, brings })
}

/// JAX as it is built for the CUDA that its plugin is named after.
fn jax(lock: &Lock, release: Release) -> Release {
    let major = lock.packages.iter().find_map(|it| it.name.strip_prefix("jax-cuda")?.split('-').next()?.parse().ok());
    release.built_for(Framework::Jax, Cuda(major.unwrap_or_default(), 0))
}

fn brings(lock: &Lock, framework: Framework, package: &Package, known: Option<Release>, has_own_base: bool) -> Brings {
    // PyTorch's own index names the build behind the version: `2.9.1+cu126`, `+cpu`, `+rocm6.4`.
    if let Some((_, build)) = package.version.split_once('+') {
        return Cuda::of_build(build).map_or(Brings::Nothing, Brings::Cuda);
    }
    if framework == Framework::Torch {
        return known.map_or(Brings::Unknown, |it| Brings::Cuda(it.cuda));
    }
    let mut runtimes = lock.packages.iter().filter(|it| it.name.starts_with("nvidia-cuda-runtime"));
    let is_for_gpus = match framework {
        Framework::Jax => lock.packages.iter().any(|it| it.name.starts_with("jax-cuda")),
        Framework::OnnxRuntime => package.name == "onnxruntime-gpu",
        Framework::Torch | Framework::Tensorflow => true,
    };
    match (runtimes.next(), runtimes.next()) {
        (Some(runtime), None) if is_for_gpus => {
            Cuda::of_version(&runtime.version).map_or(Brings::Unknown, Brings::Cuda)
        }
        // A base of the project's own may have CUDA, and a list without hashes leaves out what pip finds by itself.
        (None, _) if has_own_base || !lock.hashed => Brings::Unknown,
        (None, _) => Brings::Nothing,
        (Some(_), _) if !is_for_gpus && lock.hashed => Brings::Nothing,
        (Some(_), _) => Brings::Unknown,
    }
}
