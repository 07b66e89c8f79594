//! What a check reads, and ways through it that several checks take.

use smol_str::{SmolStr, format_smolstr};

use crate::diag::in_words;
use crate::plan::{Inputs, Plan, Port};
use crate::resolve::Resolved;
use crate::source::{At, Origin, RelPath};
use crate::spec::{Base, Role, Spec, Workload};

/// One environment, resolved and planned.
pub struct Case<'c> {
    pub resolved: &'c Resolved,
    pub plan: &'c Plan,
    pub inputs: &'c Inputs<'c>,
    /// What stands before the names of the project's files in messages.
    pub prefix: &'c str,
    /// The day that counts as today, for what expires.
    pub as_of: jiff::civil::Date,
}

/// A program of the spec: a stage, a service, or an init step or side-car of one.
pub(super) struct Program<'c> {
    /// `stages.train`, `services.api.init[0]`.
    pub(super) path: SmolStr,
    /// The stage or service, also for its init steps and side-cars.
    pub(super) name: &'c str,
    pub(super) role: Role,
    pub(super) workload: &'c Workload,
    pub(super) origin: Origin,
}

impl<'c> Case<'c> {
    pub(super) fn spec(&self) -> &'c Spec {
        &self.resolved.spec
    }

    /// Stages and services.
    pub(super) fn workloads(&self) -> impl Iterator<Item = Program<'c>> {
        let spec = self.spec();
        let stages = spec.stages.iter().map(|(name, it)| ("stages", Role::Stage, name, &***it, it.origin));
        let services = spec.services.iter().map(|(name, it)| ("services", Role::Service, name, &***it, it.origin));
        stages.chain(services).map(|(table, role, name, workload, origin)| Program {
            path: format_smolstr!("{table}.{name}"),
            name: name.as_str(),
            role,
            workload,
            origin,
        })
    }

    /// The variants of services. What holds for a service holds for them, so that only checks of single programs ask.
    fn variants(&self) -> impl Iterator<Item = Program<'c>> {
        let variants = self.spec().variants.iter();
        variants.map(|(name, it)| Program {
            path: it.path("services", name),
            name: name.as_str(),
            role: Role::Service,
            workload: &it.value,
            origin: it.origin,
        })
    }

    /// Stages, services, variants of them, and the init steps and side-cars of all.
    pub(super) fn programs(&self) -> impl Iterator<Item = Program<'c>> {
        self.workloads().chain(self.variants()).flat_map(|it| {
            let others: Vec<Program<'c>> = it
                .workload
                .others()
                .map(|(role, key, index, workload, origin)| Program {
                    path: format_smolstr!("{}.{key}[{index}]", it.path),
                    name: it.name,
                    role,
                    workload,
                    origin,
                })
                .collect();
            std::iter::once(it).chain(others)
        })
    }

    /// The base of a program's image, where it is written: by the program, or by the image in `[images]` that it shares.
    pub(super) fn base(&self, workload: &'c Workload) -> Option<&'c At<Base>> {
        let shared = workload.image.as_ref().and_then(|it| it.shared.as_ref());
        let shared = shared.and_then(|it| self.spec().images.get(it.as_str())).and_then(|it| it.base.as_ref());
        workload.base.as_ref().or(shared)
    }

    /// Whether a file of the project is there; a path that leaves the project is none.
    pub(super) fn has_file(&self, path: &str) -> bool {
        RelPath::root().join(path).is_ok_and(|it| self.inputs.files.is_file(&it))
    }
}

/// The ports of a service in a sentence: `http` (8080) and `dicom` (11112).
pub(super) fn open(ports: &[Port]) -> String {
    if ports.is_empty() {
        return "none".to_owned();
    }
    ports.iter().map(|it| format!("`{}` ({})", it.name, it.number)).collect::<Vec<_>>().join(", ")
}

/// Names in a sentence: `a`, `b` and `c`.
pub(super) fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    in_words(names.into_iter().map(|it| format!("`{it}`")))
}
