//! What a program may take of the machine.

use smol_str::{SmolStr, format_smolstr};

use super::text::{bytes, cores};
use crate::object::fields;
use crate::plan::{GpuPlan, HELPER_RESOURCES, RESTRICTED, ResourcePlan};
use crate::source::{At, Node, Origin};

/// The greatest number of processes: far above what data loaders start, far below what stops a machine.
const PROCESSES: u32 = 4096;

/// The `deploy` section of a program.
pub(super) fn deploy(it: &ResourcePlan) -> Node {
    let origin = it.cpu_limit.origin;
    let limits = limits(it.cpu_limit, it.memory_limit, origin);
    let devices = it.gpu.iter().map(|it| fields!(it.count.origin; "devices" => vec![gpu(it)])).next();
    fields!(origin; "resources" => fields!(origin; "limits" => limits, "reservations" => devices))
}

/// The `deploy` section of a program that the compiler brings in.
pub(super) fn of_helper(origin: Origin) -> Node {
    let origin = origin.by(HELPER_RESOURCES);
    let limits = limits(At::new(100, origin), At::new(128 << 20, origin), origin);
    fields!(origin; "resources" => fields!(origin; "limits" => limits))
}

fn limits(cpu: At<u64>, memory: At<u64>, origin: Origin) -> Node {
    fields!(origin;
        "cpus" => cpu.map(cores),
        "memory" => memory.map(bytes),
        "pids" => At::new(PROCESSES, origin.by(RESTRICTED)),
    )
}

fn gpu(it: &GpuPlan) -> Node {
    fields!(it.resource.origin; "driver" => "nvidia", "count" => it.count, "capabilities" => vec!["gpu"])
}

/// The slice of a GPU that is asked for, where it is not a whole one.
pub(super) fn slice(gpu: &GpuPlan) -> Option<SmolStr> {
    gpu.resource.strip_prefix("nvidia.com/mig-").map(|it| format_smolstr!("{it}"))
}
