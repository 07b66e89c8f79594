//! GPUs: whether the framework of the lock file, or the CUDA of an image, runs on the GPUs of the pools.

use super::{Case, Check};
use crate::catalogue::{Cuda, Fit, GpuModel, cuda_of, gpu_model, newest_for, release};
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::plan::{Brings, Image, LockedFramework, Workload};
use crate::source::{At, Origin};
use crate::spec::{ImageReference, Pool, Tag};

pub(super) static CHECK: Check = Check {
    codes: &[
        &GPU_TOO_OLD,
        &GPU_TOO_NEW,
        &GPU_UNKNOWN,
        &FRAMEWORK_PYTHON,
        &FRAMEWORK_WITHOUT_CUDA,
        &CUDA_CONFLICT,
        &MIG_IMPOSSIBLE,
    ],
    run,
};

static GPU_TOO_OLD: Code = Code {
    id: "gpu-too-old",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a framework in the lock file, or an image with CUDA in it, whose release has no kernels any more for the GPUs
that the workload would run on.

### Why it matters
CUDA 12 dropped Kepler, and CUDA 13 the architectures before Turing. The program starts, finds the GPU, and fails at the
first kernel.

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
run on. Where an image has kernels for an older GPU of the same family it is a warning.

### Why it matters
It has no kernels for them. Those of the same family run, and leave much of the GPU unused.

### Example
`nvidia/cuda:11.0-base` on an H100, which CUDA knows since 11.8.

### Use instead
A newer release.
",
};

static GPU_UNKNOWN: Code = Code {
    id: "gpu-unknown",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports a GPU model that the compiler does not know.

### Why it matters
It cannot tell which CUDA and which frameworks run on it.

### Use instead
The product as NVIDIA spells it: `A100-80GB`, `H100`, `V100-32GB`, `T4`, `L40S`.
",
};

static FRAMEWORK_PYTHON: Code = Code {
    id: "framework-python",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a framework release that has no wheels for the image's version of Python.

### Why it matters
It cannot be installed.

### Use instead
A version of Python that the release has wheels for.
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

static CUDA_CONFLICT: Code = Code {
    id: "cuda-conflict",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a lock file with two frameworks whose wheels bring different major versions of CUDA.

### Why it matters
Both load into one process, and the second finds the libraries of the first.

### Use instead
Two images, one for each framework.
",
};

static MIG_IMPOSSIBLE: Code = Code {
    id: "mig-impossible",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a pool that cuts GPUs into slices which cannot be cut.

### Why it matters
Only the large data-centre GPUs since the A100 have Multi-Instance GPU.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for (_, pool) in case.spec().cluster.iter().flat_map(|it| &it.pools) {
        model(pool, sink);
    }
    for image in case.plan.images.values() {
        python(image, sink);
        cuda(image, sink);
    }
    for workload in case.plan.workloads.values().filter(|it| it.pod.main.resources.gpu.is_some()) {
        let image = workload.pod.main.image.built.as_ref().and_then(|it| case.plan.images.get(it));
        if let Some(image) = image {
            architecture(case, workload, image, sink);
        }
        if let Some((image, cuda)) = brought(case, workload) {
            images(case, workload, &Bringer { what: "use an image", origin: image.origin, cuda }, sink);
        }
    }
}

fn model(pool: &Pool, sink: &mut Sink) {
    let Some(gpu) = &pool.gpu else { return };
    let Some(name) = &gpu.model else { return };
    match gpu_model(name) {
        None => {
            let diagnostic = Diagnostic::new(&GPU_UNKNOWN, format!("`{name}` is no GPU that this version knows"));
            sink.report(diagnostic.at(name, "").help("write the product as NVIDIA spells it, such as `A100-80GB`"));
        }
        Some(known) => {
            if let Some(mig) = gpu.mig.as_ref().filter(|_| !known.mig) {
                let message = format!("a {} cannot be cut into slices", known.name);
                let diagnostic = Diagnostic::new(&MIG_IMPOSSIBLE, message).at(mig.origin, "").at(name, "the model");
                sink.report(diagnostic.help("leave `mig` out, or name an A100, A30 or newer data-centre GPU"));
            }
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
    let Some(release) = locked.release else {
        // Of other frameworks only their CUDA is known.
        if let Some(cuda) = locked.cuda() {
            images(case, workload, &Bringer { what: "lock a build", origin: lock, cuda }, sink);
        }
        return;
    };
    for (name, model) in models(case, workload) {
        let code = match model.sm {
            sm if sm < release.sm.0 => &GPU_TOO_OLD,
            sm if sm > release.sm.1 => &GPU_TOO_NEW,
            _ => continue,
        };
        let message = format!("{package} {version} of `{}` does not run on {}", workload.name, a(&model));
        let shown = format!(
            "sm_{}; {package} {version} (CUDA {}.{}) has sm_{} to sm_{}",
            model.sm, release.cuda.0, release.cuda.1, release.sm.0, release.sm.1
        );
        let mut diagnostic = Diagnostic::new(code, message).at(name, shown);
        diagnostic = diagnostic.at(lock, format!("pins {package} {version}"));
        diagnostic = diagnostic.at(gpu, "runs there");
        if let Some(newest) = newest_for(*framework, model.sm) {
            let (major, minor) = newest.version;
            diagnostic = diagnostic.help(format!("the newest release for {} is {package} {major}.{minor}", a(&model)));
        }
        sink.report(diagnostic);
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
fn a(model: &GpuModel) -> String {
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

fn images(case: &Case<'_>, workload: &Workload, bringer: &Bringer, sink: &mut Sink) {
    let Bringer { what: instead, origin, cuda } = *bringer;
    let shown = |it: Cuda| format!("CUDA {}.{}", it.0, it.1);
    for (name, model) in models(case, workload) {
        let what = format!("{} of `{}`", shown(cuda), workload.name);
        let (code, severity, message, known) = match cuda.fit(model.sm) {
            Fit::Good => continue,
            Fit::Slow(first) => {
                let message = format!("{what} has no kernels of its own for {}", a(&model));
                (&GPU_TOO_NEW, Severity::Warning, message, format!("{} has them", shown(first)))
            }
            Fit::TooOld(first) => {
                let message = format!("{what} does not run on {}", a(&model));
                (&GPU_TOO_NEW, Severity::Error, message, format!("known since {}", shown(first)))
            }
            Fit::TooNew(last) => {
                let message = format!("{what} does not run on {}", a(&model));
                (&GPU_TOO_OLD, Severity::Error, message, format!("dropped after CUDA {last}"))
            }
        };
        let diagnostic = Diagnostic::new(code, message).weighing(severity);
        let diagnostic = diagnostic.at(name, format!("sm_{}: {known}", model.sm));
        let diagnostic = diagnostic.at(origin, format!("brings {}", shown(cuda)));
        let help = match cuda.fit(model.sm) {
            Fit::Slow(first) | Fit::TooOld(first) => format!("{instead} with {} or newer", shown(first)),
            Fit::TooNew(last) => format!("{instead} with CUDA {last}"),
            Fit::Good => continue,
        };
        sink.report(diagnostic.help(help));
    }
}

fn python(image: &Image, sink: &mut Sink) {
    let Some(recipe) = image.recipe() else { return };
    let Some(LockedFramework { package, version, release: Some(release), .. }) = recipe.locked_framework() else {
        return;
    };
    let Some(python) = &recipe.python else { return };
    let minor = python.strip_prefix("3.").and_then(|it| it.split('.').next()?.parse::<u32>().ok());
    let (least, greatest) = release.python;
    if minor.is_some_and(|it| !(least..=greatest).contains(&it)) {
        let message = format!("image `{}`: {package} {version} has no wheels for Python {python}", image.name);
        let origin = if python.origin.node.is_some() { python.origin } else { image.origin };
        sink.report(
            Diagnostic::new(&FRAMEWORK_PYTHON, message)
                .at(origin, format!("it has them for 3.{least} to 3.{greatest}")),
        );
    }
}

fn cuda(image: &Image, sink: &mut Sink) {
    use crate::catalogue::Framework;
    let Some(lock) = image.recipe().and_then(|it| it.lock.as_ref()) else { return };
    let found: Vec<(&str, &str, u32)> = [Framework::Torch, Framework::Tensorflow]
        .iter()
        .filter_map(|framework| {
            let package = framework.packages()[0];
            let version = &lock.packages.iter().find(|it| it.name == *package)?.version;
            // TensorFlow brings CUDA only with the packages of NVIDIA beside it.
            let brings =
                package != "tensorflow" || lock.packages.iter().any(|it| it.name.starts_with("nvidia-cuda-runtime"));
            Some((package, version.as_str(), release(*framework, version)?.cuda.0)).filter(|_| brings)
        })
        .collect();
    if let [first, second] = found.as_slice()
        && first.2 != second.2
    {
        let message = format!(
            "image `{}`: {} {} brings CUDA {}, {} {} brings CUDA {}",
            image.name, first.0, first.1, first.2, second.0, second.1, second.2
        );
        let spot = if lock.origin.node.is_some() { lock.origin } else { image.origin };
        sink.report(
            Diagnostic::new(&CUDA_CONFLICT, message)
                .at(spot, format!("`{}` pins both", lock.path))
                .help("build two images, one for each framework"),
        );
    }
}
