//! What a container asks for and may take.

use super::container::{Part, Program};
use super::gpu::gpu;
use crate::plan::context::Context;
use crate::plan::{
    Component, HELPER_RESOURCES, INIT_RESOURCES, LIMITS, ResourcePlan, SCRATCH_SIZE, SERVICE_RESOURCES, STAGE_RESOURCES,
};
use crate::source::{At, Origin, RuleId};
use crate::spec::Resources;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Cpu and memory where nothing is said: thousandths, bytes, and the rule that says so.
fn assumed(program: &Program<'_>, part: Part) -> (u64, u64, RuleId) {
    match program.component {
        _ if part != Part::Main => (500, GIB / 2, INIT_RESOURCES),
        Component::Stage => (1000, 2 * GIB, STAGE_RESOURCES),
        Component::Service | Component::Helper => (500, GIB, SERVICE_RESOURCES),
    }
}

/// What a container that the compiler brings in asks for and may take.
pub(super) fn of_helper(of: Origin) -> ResourcePlan {
    let amount = |number: u64| At::new(number, of.by(HELPER_RESOURCES));
    let limit = |number: u64| At::new(number, of.by(LIMITS));
    ResourcePlan {
        cpu: amount(100),
        memory: amount(128 * MIB),
        scratch: At::new(64 * MIB, of.by(SCRATCH_SIZE)),
        cpu_limit: limit(100),
        memory_limit: limit(128 * MIB),
        gpu: None,
    }
}

pub(super) fn resources(_: &Context<'_>, program: &Program<'_>, part: Part) -> ResourcePlan {
    let empty = Resources::default();
    let written = program.workload.resources.as_ref().map_or(&empty, |it| &it.value);
    let gpu = if part == Part::Main { gpu(program.workload) } else { None };
    let (cpu, memory, rule) = assumed(program, part);
    let whole_gpus = gpu.as_ref().map_or(0, |it| u64::from(*it.count));
    let memory = memory.max(whole_gpus * 8 * GIB);
    let of = program.origin;
    let cpu = written.cpu.as_ref().map_or_else(|| At::new(cpu, of.by(rule)), |it| At::new(it.millis(), it.origin));
    let memory =
        written.memory.as_ref().map_or_else(|| At::new(memory, of.by(rule)), |it| At::new(it.bytes(), it.origin));
    let scratch = written.scratch.as_ref();
    let limits = written.limits.as_ref();
    let cpu_limit = limits.and_then(|it| it.cpu.as_ref()).map(|it| At::new(it.millis(), it.origin));
    let memory_limit = limits.and_then(|it| it.memory.as_ref()).map(|it| At::new(it.bytes(), it.origin));
    ResourcePlan {
        scratch: scratch.map_or_else(|| At::new(2 * GIB, of.by(SCRATCH_SIZE)), |it| At::new(it.bytes(), it.origin)),
        cpu_limit: cpu_limit.unwrap_or_else(|| At::new(cpu.value, cpu.origin.by(LIMITS))),
        memory_limit: memory_limit.unwrap_or_else(|| At::new(memory.value, memory.origin.by(LIMITS))),
        cpu,
        memory,
        gpu,
    }
}
