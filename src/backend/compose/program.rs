//! What becomes one Compose service: the main container of a workload, or an init step of it.

use smol_str::{SmolStr, format_smolstr};

use crate::plan::{Container, Plan, Run, Workload};

/// One Compose service.
#[derive(Clone, Copy)]
pub(super) struct Program<'p> {
    pub(super) workload: &'p Workload,
    pub(super) container: &'p Container,
    /// The number of the init step; `None` for the main container.
    pub(super) step: Option<usize>,
}

impl<'p> Program<'p> {
    /// The programs of a workload: its init steps in their order, then the main container.
    pub(super) fn of(workload: &'p Workload) -> impl Iterator<Item = Self> {
        let steps = workload.pod.init.iter().enumerate();
        let steps = steps.map(move |(index, container)| Self { workload, container, step: Some(index) });
        steps.chain(std::iter::once(Self { workload, container: &workload.pod.main, step: None }))
    }

    /// All programs of a plan.
    pub(super) fn all(plan: &'p Plan) -> impl Iterator<Item = Self> {
        plan.workloads.values().flat_map(Self::of)
    }

    pub(super) fn is_main(&self) -> bool {
        self.step.is_none()
    }

    /// The name of the Compose service: the workload's, by which others call it; of an init step with its own behind.
    pub(super) fn name(&self) -> SmolStr {
        match self.step {
            None => self.workload.name.value.clone(),
            Some(index) => step_name(self.workload, index),
        }
    }
}

/// The name of the Compose service of an init step.
pub(super) fn step_name(workload: &Workload, index: usize) -> SmolStr {
    format_smolstr!("{}_{}", workload.name, workload.pod.init[index].name)
}

/// Whether a workload is a stage that takes its turn in the pipeline.
pub(super) fn is_in_turn(workload: &Workload) -> bool {
    matches!(workload.run, Run::Job(_))
}
