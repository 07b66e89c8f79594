//! Kernels: whether the framework of the lock file, or the CUDA of an image, runs on the GPUs of the pools.

use super::{Case, Check};
use crate::catalogue::{
    Cuda, Fit, Framework, GpuModel, Release, Support, cuda_of, cudnn_dropped, gpu_model, named, newest_for, support,
};
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::plan::{Brings, Image, LockedFramework, Recipe, Workload};
use crate::source::{At, Origin};
use crate::spec::{ImageReference, Tag};

pub(super) static CHECK: Check =
    Check { codes: &[&GPU_TOO_OLD, &GPU_TOO_NEW, &GPU_LEFT_OUT, &FRAMEWORK_WITHOUT_CUDA], run };

static GPU_TOO_OLD: Code = Code {
    id: "gpu-too-old",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a framework or cuDNN in the lock file, or an image with CUDA in it, whose release has no kernels any more for
the GPUs that the workload would run on.

### Why it matters
CUDA 12 dropped Kepler, CUDA 13 the architectures before Turing, and cuDNN dropped those with 9.11, in its build for
CUDA 12 too. The program starts, finds the GPU, and fails at the first kernel.

### Example
torch 2.13 brings CUDA 13.0 and runs from sm_75 on; a V100 is sm_70.

### Use instead
The newest release that still has them, which the message names, or nodes with newer GPUs.
",
};

static GPU_TOO_NEW: Code = Code {
    id: "gpu-too-new",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a framework in the lock file, or an image with CUDA in it, that is older than the GPUs that the workload would
run on. Where an image has kernels for an older GPU of the same family it is a warning, and so it is where a framework
has PTX that the driver can compile for the GPU.

### Why it matters
It has no kernels for them. Those of the same family run, and leave much of the GPU unused. PTX is compiled when the
program starts: for minutes, in which probes fail, and in every new container again, because the result is kept below
`HOME`.

### Example
`nvidia/cuda:11.0-base` on an H100, which CUDA knows since 11.8.

### Use instead
A newer release.
",
};

static GPU_LEFT_OUT: Code = Code {
    id: "gpu-left-out",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a framework in the lock file that has kernels for older and for newer GPUs than those that the workload would
run on, and none for these.

### Why it matters
The program starts, finds the GPU, and fails at the first kernel.

### Example
onnxruntime-gpu 1.31 has kernels for `sm_90a` and `sm_120a`, which run on no other architecture, and no PTX: a B200 is
sm_100.

### Use instead
A release that has them, which the message names where there is one, or nodes with other GPUs.
",
};

static FRAMEWORK_WITHOUT_CUDA: Code = Code {
    id: "framework-without-cuda",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports a workload with a GPU whose lock file pins a framework as it is built for processors only: PyTorch with `+cpu`,
`onnxruntime` without `-gpu`, TensorFlow or JAX without the packages of NVIDIA.

### Why it matters
The program runs, slowly, and the GPU that nobody else can have stays idle. It is a warning, because something else
in the image may use the GPU.

### Use instead
`tensorflow[and-cuda]`, `jax[cuda13]`, `onnxruntime-gpu[cuda,cudnn]`, or PyTorch as the index has it.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for workload in case.plan.workloads.values().filter(|it| it.pod.main.resources.gpu.is_some()) {
        let image = workload.pod.main.image.built.as_ref().and_then(|it| case.plan.images.get(it));
        if let Some(image) = image {
            architecture(case, workload, image, sink);
        }
        if let Some((image, cuda)) = brought(case, workload) {
            let bringer = Bringer { what: "use an image", origin: image.origin, cuda };
            let found = models(case, workload);
            found
                .iter()
                .filter_map(|(name, model)| libraries(workload, &bringer, name, model))
                .for_each(|it| sink.report(it));
        }
    }
}

/// The GPUs of the pools that a workload may run in, each with the place of its model.
fn models<'c>(case: &Case<'c>, workload: &Workload) -> Vec<(&'c At<Tag>, GpuModel)> {
    let pools = case.spec().cluster.iter().flat_map(|it| &it.pools);
    let own = pools.filter(|(name, _)| workload.pod.placement.pools.iter().any(|it| it == name.as_str()));
    own.filter_map(|(_, pool)| {
        let name = pool.value.gpu.as_ref()?.model.as_ref()?;
        Some((name, gpu_model(name)?))
    })
    .collect()
}

fn architecture(case: &Case<'_>, workload: &Workload, image: &Image, sink: &mut Sink) {
    let Some(recipe) = image.recipe() else { return };
    let Some(locked) = recipe.locked_framework() else { return };
    let lock = recipe.lock.as_ref().map(|it| it.origin).unwrap_or_default();
    let gpu = workload.pod.main.resources.gpu.as_ref().map(|it| it.resource.origin).unwrap_or_default();
    let LockedFramework { framework, package, version, .. } = &locked;
    if locked.brings == Brings::Nothing {
        let message = format!("`{}` has a GPU, and {package} {version} as it is locked cannot use one", workload.name);
        let diagnostic = Diagnostic::new(&FRAMEWORK_WITHOUT_CUDA, message).at(gpu, "is reserved, and stays idle");
        let diagnostic = diagnostic.at(lock, "brings no CUDA along");
        let instead = if version.contains('+') {
            format!("a build of `{package}` with CUDA")
        } else {
            format!("`{}`", framework.for_gpus())
        };
        sink.report(diagnostic.help(format!("lock {instead}, or leave the GPU out")));
        return;
    }
    let here = Here { workload, locked: &locked, lock, gpu };
    for pool in models(case, workload) {
        if let Some(diagnostic) = here.misfit(recipe, &pool) {
            sink.report(diagnostic);
        }
    }
}

/// A workload with a GPU, and the framework of its lock file.
struct Here<'c> {
    workload: &'c Workload,
    locked: &'c LockedFramework,
    /// Where the lock file is named.
    lock: Origin,
    /// Where the GPU is asked for.
    gpu: Origin,
}

impl Here<'_> {
    /// What keeps the framework from running on a GPU: its own kernels, or else those of the libraries that it calls.
    fn misfit(&self, recipe: &Recipe, (name, model): &(&At<Tag>, GpuModel)) -> Option<Diagnostic> {
        let cuda = self.locked.cuda().map(|cuda| Bringer { what: "lock a build", origin: self.lock, cuda });
        let Some(release) = self.locked.release.filter(|it| !it.kernels.is_empty()) else {
            return libraries(self.workload, &cuda?, name, model);
        };
        let support = support(release.kernels, model.sm);
        if matches!(support, Support::TooOld | Support::LeftOut | Support::TooNew) {
            return Some(self.without_kernels(&release, support, name, model));
        }
        // Where its libraries use the kernels of an older GPU of the family, the framework was built and tested so.
        let cuda = cuda.filter(|it| !matches!(it.cuda.fit(model.sm), Fit::Slow(_)));
        let called = cuda.and_then(|it| libraries(self.workload, &it, name, model));
        called.or_else(|| self.cudnn(recipe, name, model)).or_else(|| {
            let is_translated = support == Support::Translated;
            is_translated.then(|| self.translated(&release, name, model))
        })
    }

    fn without_kernels(&self, release: &Release, support: Support, name: &At<Tag>, model: &GpuModel) -> Diagnostic {
        let LockedFramework { framework, package, version, .. } = self.locked;
        let code = match support {
            Support::TooOld => &GPU_TOO_OLD,
            Support::LeftOut => &GPU_LEFT_OUT,
            Support::TooNew | Support::Translated | Support::Native => &GPU_TOO_NEW,
        };
        let message = format!("{package} {version} of `{}` does not run on {}", self.workload.name, a(model));
        let diagnostic = self.shown(Diagnostic::new(code, message), release, name, model);
        let newest: Vec<String> =
            newest_for(*framework, model.sm).iter().map(|it| build(*framework, package, it)).collect();
        if newest.is_empty() {
            let help = format!("no release in the table runs on {}: take other GPUs", a(model));
            return diagnostic.help(help);
        }
        diagnostic.help(format!("the newest release for {} is {}", a(model), newest.join(", or ")))
    }

    fn translated(&self, release: &Release, name: &At<Tag>, model: &GpuModel) -> Diagnostic {
        let LockedFramework { package, version, .. } = self.locked;
        let of = &self.workload.name;
        let message = format!("{package} {version} of `{of}` has no kernels of its own for {}", a(model));
        let diagnostic = Diagnostic::new(&GPU_TOO_NEW, message).weighing(Severity::Warning);
        self.shown(diagnostic, release, name, model).help(
            "the driver compiles its PTX in each new container: give that time before probes fail, \
             or keep the result with `CUDA_CACHE_PATH` in a volume",
        )
    }

    /// cuDNN without kernels for a GPU. Frameworks load it, and fail at the first convolution.
    fn cudnn(&self, recipe: &Recipe, name: &At<Tag>, model: &GpuModel) -> Option<Diagnostic> {
        let package = recipe.lock.as_ref()?.packages.iter().find(|it| it.name.starts_with("nvidia-cudnn-cu"))?;
        let (first, least) = cudnn_dropped(&package.version)?;
        if model.sm >= least {
            return None;
        }
        let (package, version) = (&package.name, &package.version);
        let message = format!("cuDNN {version} of `{}` does not run on {}", self.workload.name, a(model));
        let diagnostic = Diagnostic::new(&GPU_TOO_OLD, message);
        let diagnostic =
            diagnostic.at(name, format!("sm_{}; cuDNN {first} and newer has kernels from sm_{least} on", model.sm));
        let diagnostic = diagnostic.at(self.lock, format!("pins {package} {version}")).at(self.gpu, "runs there");
        Some(diagnostic.help(format!("lock `{package}<{first}` too")))
    }

    fn shown(&self, diagnostic: Diagnostic, release: &Release, name: &At<Tag>, model: &GpuModel) -> Diagnostic {
        let LockedFramework { package, version, .. } = self.locked;
        let cuda = self.locked.cuda().map(|it| format!(" (CUDA {}.{})", it.0, it.1)).unwrap_or_default();
        let kernels = named(release.kernels);
        diagnostic
            .at(name, format!("sm_{}; {package} {version}{cuda} has {kernels}", model.sm))
            .at(self.lock, format!("pins {package} {version}"))
            .at(self.gpu, "runs there")
    }
}

/// A build of a framework, as one asks for it.
fn build(framework: Framework, package: &str, release: &Release) -> String {
    let (major, minor) = release.version;
    match framework {
        Framework::Jax => format!("{package} {major}.{minor} as `jax[cuda{}]`", release.cuda.0),
        Framework::Torch if !release.is_usual(framework) => {
            format!("{package} {major}.{minor} in its build for CUDA {}.{}", release.cuda.0, release.cuda.1)
        }
        Framework::Torch | Framework::Tensorflow | Framework::OnnxRuntime => format!("{package} {major}.{minor}"),
    }
}

/// The image that a workload runs or is built on, where it brings CUDA along.
fn brought(case: &Case<'_>, workload: &Workload) -> Option<(At<ImageReference>, Cuda)> {
    let image = match &workload.pod.main.image.built {
        Some(name) => {
            let base = &case.plan.images.get(name)?.recipe()?.base;
            At::new(ImageReference::parse(&base.name).ok()?, base.origin)
        }
        None => case.programs().find(|it| it.name == *workload.name)?.workload.image.as_ref()?.reference.clone()?,
    };
    let cuda = cuda_of(&image)?;
    Some((image, cuda))
}

/// The product with its article, as it is read aloud.
pub(super) fn a(model: &GpuModel) -> String {
    let article = if model.name.starts_with(['A', 'H', 'L', 'M', 'R']) { "an" } else { "a" };
    format!("{article} {}", model.name)
}

/// What brings CUDA along.
struct Bringer {
    /// What else to do than to name it.
    what: &'static str,
    /// Where the image or the lock file is named.
    origin: Origin,
    cuda: Cuda,
}

/// How the libraries of a CUDA go together with a GPU, where that is not well.
fn libraries(workload: &Workload, bringer: &Bringer, name: &At<Tag>, model: &GpuModel) -> Option<Diagnostic> {
    let Bringer { what: instead, origin, cuda } = *bringer;
    let shown = |it: Cuda| format!("CUDA {}.{}", it.0, it.1);
    let what = format!("{} of `{}`", shown(cuda), workload.name);
    let runs_not = format!("{what} does not run on {}", a(model));
    let (code, severity, message, known, help) = match cuda.fit(model.sm) {
        Fit::Good => return None,
        Fit::Slow(first) => {
            let message = format!("{what} has no kernels of its own for {}", a(model));
            let help = format!("{instead} with {} or newer", shown(first));
            (&GPU_TOO_NEW, Severity::Warning, message, format!("{} has them", shown(first)), help)
        }
        Fit::TooOld(first) => {
            let help = format!("{instead} with {} or newer", shown(first));
            (&GPU_TOO_NEW, Severity::Error, runs_not, format!("known since {}", shown(first)), help)
        }
        Fit::TooNew(last) => {
            let help = format!("{instead} with CUDA {last}");
            (&GPU_TOO_OLD, Severity::Error, runs_not, format!("dropped after CUDA {last}"), help)
        }
    };
    let diagnostic = Diagnostic::new(code, message).weighing(severity);
    let diagnostic = diagnostic.at(name, format!("sm_{}: {known}", model.sm));
    Some(diagnostic.at(origin, format!("brings {}", shown(cuda))).help(help))
}
