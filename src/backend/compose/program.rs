//! What becomes one Compose service: a container of a workload.

use smol_str::{SmolStr, format_smolstr};

use crate::plan::{Container, Plan, Workload};

/// The part that a container plays in its workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Main,
    /// An init step.
    Step,
    /// A side-car, which shares the network of the main container.
    Beside,
}

/// One Compose service.
#[derive(Clone, Copy)]
pub(super) struct Program<'p> {
    pub(super) workload: &'p Workload,
    pub(super) container: &'p Container,
    pub(super) part: Part,
}

impl<'p> Program<'p> {
    /// The programs of a workload: its init steps in their order, the main container, and those beside it. A step that
    /// only waits is none: Compose waits by itself.
    pub(super) fn of(workload: &'p Workload) -> impl Iterator<Item = Self> {
        let of = move |part: Part| move |container: &'p Container| Self { workload, container, part };
        let pod = &workload.pod;
        let steps = pod.init.iter().filter(|it| it.awaits.is_none()).map(of(Part::Step));
        steps.chain(std::iter::once(of(Part::Main)(&pod.main))).chain(pod.sidecars.iter().map(of(Part::Beside)))
    }

    /// All programs of a plan.
    pub(super) fn all(plan: &'p Plan) -> impl Iterator<Item = Self> {
        plan.workloads.values().flat_map(Self::of)
    }

    pub(super) fn is_main(&self) -> bool {
        self.part == Part::Main
    }

    /// The init step that must have ended before this program starts.
    pub(super) fn step_before(&self) -> Option<Self> {
        let before = Self::of(self.workload).take_while(|it| !std::ptr::eq(it.container, self.container));
        before.filter(|it| it.part == Part::Step).last().filter(|_| self.part != Part::Beside)
    }

    /// The name of the Compose service: the workload's, by which others call it; of another container with its own
    /// behind.
    pub(super) fn name(&self) -> SmolStr {
        let workload = &self.workload.name;
        if self.is_main() { workload.value.clone() } else { format_smolstr!("{workload}_{}", self.container.name) }
    }
}
