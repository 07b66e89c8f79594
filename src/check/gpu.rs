//! GPUs: whether the framework of the lock file runs on the GPUs of the pools.

use super::{Case, Check};
use crate::catalogue::{GpuModel, gpu_model, newest_for, release};
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::plan::{Image, Workload};
use crate::source::At;
use crate::spec::{Pool, Tag};

pub(super) static CHECK: Check = Check {
    codes: &[&GPU_TOO_OLD, &GPU_TOO_NEW, &GPU_UNKNOWN, &FRAMEWORK_PYTHON, &CUDA_CONFLICT, &MIG_IMPOSSIBLE],
    run,
};

static GPU_TOO_OLD: Code = Code {
    id: "gpu-too-old",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a framework in the lock file whose release has no kernels for the GPUs that the workload would run on.

### Why it matters
CUDA 13 dropped the architectures before Turing. The program starts, finds the GPU, and fails at the first kernel.

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
Reports a framework in the lock file that is older than the GPUs that the workload would run on.

### Why it matters
It has no kernels for them.

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
    let Some((framework, version)) = recipe.framework_version() else { return };
    let Some(release) = release(framework, version) else { return };
    let lock = recipe.lock.as_ref();
    let package = framework.packages()[0];
    for (name, model) in models(case, workload) {
        let code = match model.sm {
            sm if sm < release.sm.0 => &GPU_TOO_OLD,
            sm if sm > release.sm.1 => &GPU_TOO_NEW,
            _ => continue,
        };
        let message = format!("{package} {version} of `{}` does not run on a {}", workload.name, model.name);
        let shown = format!(
            "sm_{}; {package} {version} (CUDA {}.{}) has sm_{} to sm_{}",
            model.sm, release.cuda.0, release.cuda.1, release.sm.0, release.sm.1
        );
        let mut diagnostic = Diagnostic::new(code, message).at(name, shown);
        diagnostic = diagnostic.at(lock.map(|it| it.origin).unwrap_or_default(), format!("pins {package} {version}"));
        diagnostic = diagnostic.at(
            workload.pod.main.resources.gpu.as_ref().map(|it| it.resource.origin).unwrap_or_default(),
            "runs there",
        );
        if let Some(newest) = newest_for(framework, model.sm) {
            let (major, minor) = newest.version;
            diagnostic =
                diagnostic.help(format!("the newest release for a {} is {package} {major}.{minor}", model.name));
        }
        sink.report(diagnostic);
    }
}

fn python(image: &Image, sink: &mut Sink) {
    let Some(recipe) = image.recipe() else { return };
    let Some((framework, version)) = recipe.framework_version() else { return };
    let (Some(release), Some(python)) = (release(framework, version), &recipe.python) else { return };
    let minor = python.strip_prefix("3.").and_then(|it| it.split('.').next()?.parse::<u32>().ok());
    let (least, greatest) = release.python;
    if minor.is_some_and(|it| !(least..=greatest).contains(&it)) {
        let package = framework.packages()[0];
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
            let (_, version) = lock.packages.iter().find(|(name, _)| name == package)?;
            // TensorFlow brings CUDA only with the packages of NVIDIA beside it.
            let brings = package != "tensorflow"
                || lock.packages.iter().any(|(name, _)| name.starts_with("nvidia-cuda-runtime"));
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
