//! GPUs: the models of the pools, and what the frameworks of the lock files need besides.

use super::kernels::a;
use super::{Case, Check};
use crate::catalogue::{Cuda, gpu_model, release};
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::plan::{Image, LockedFramework};
use crate::spec::Pool;

pub(super) static CHECK: Check =
    Check { codes: &[&GPU_UNKNOWN, &FRAMEWORK_PYTHON, &CUDA_CONFLICT, &MIG_IMPOSSIBLE], run };

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
                let message = format!("{} cannot be cut into slices", a(&known));
                let diagnostic = Diagnostic::new(&MIG_IMPOSSIBLE, message).at(mig.origin, "").at(name, "the model");
                sink.report(diagnostic.help("leave `mig` out, or name an A100, A30 or newer data-centre GPU"));
            }
        }
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
            let usual = || release(*framework, version).map(|it| it.cuda);
            let cuda = version.split_once('+').map_or_else(usual, |(_, build)| Cuda::of_build(build))?;
            Some((package, version.as_str(), cuda.0)).filter(|_| brings)
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
