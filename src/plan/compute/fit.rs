//! Whether a pod fits on a node.

use crate::plan::{Container, GpuPlan, Pod};
use crate::spec::{Count, Pool, Quantity};

/// What a pod asks of the one node that it runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Thousandths of a core.
    pub cpu: u64,
    /// Bytes.
    pub memory: u64,
}

impl Request {
    fn of_container(container: &Container) -> Self {
        Self { cpu: *container.resources.cpu, memory: *container.resources.memory }
    }
}

/// What the scheduler and the quota count for a pod: the main container with those beside it, or an init step that asks
/// for more.
#[must_use]
pub fn pod_request(pod: &Pod) -> Request {
    request(&pod.init, &pod.main, &pod.sidecars)
}

pub(super) fn request(init: &[Container], main: &Container, sidecars: &[Container]) -> Request {
    let running = sidecars.iter().map(Request::of_container).fold(Request::of_container(main), |sum, it| Request {
        cpu: sum.cpu.saturating_add(it.cpu),
        memory: sum.memory.saturating_add(it.memory),
    });
    init.iter()
        .map(Request::of_container)
        .fold(running, |most, it| Request { cpu: most.cpu.max(it.cpu), memory: most.memory.max(it.memory) })
}

/// Why no node of a pool can take a pod; `None` where one can, as far as the pool is described.
#[must_use]
pub fn misfit(pool: &Pool, request: &Request, gpu: Option<&GpuPlan>) -> Option<String> {
    if pool.nodes.as_ref().is_some_and(|it| it.count() == 0) {
        return Some("it has no nodes".to_owned());
    }
    if let Some(cpu) = pool.cpu.as_ref().filter(|it| it.millis() < request.cpu) {
        return Some(format!("its nodes have {cpu} cpu"));
    }
    if let Some(memory) = pool.memory.as_ref().filter(|it| it.bytes() < request.memory) {
        return Some(format!("its nodes have {memory} of memory"));
    }
    gpu_misfit(pool, gpu?)
}

fn gpu_misfit(pool: &Pool, wanted: &GpuPlan) -> Option<String> {
    let Some(gpu) = &pool.gpu else { return Some("its nodes have no GPU".to_owned()) };
    let per_node = gpu.per_node.map_or(1, |it| it.map(Count::u32).value);
    let slice = wanted.resource.strip_prefix("nvidia.com/mig-");
    if let Some(profile) = slice {
        let offered = gpu.mig.as_ref().and_then(|it| it.profile.as_ref());
        return match offered {
            Some(offered) if offered.as_str() == profile => None,
            Some(offered) => Some(format!("its GPUs are cut into slices of {offered}")),
            None => Some("its GPUs are not cut into slices".to_owned()),
        };
    }
    if per_node < *wanted.count {
        return Some(format!("its nodes have {per_node} GPUs"));
    }
    let nodes = pool.nodes.as_ref().map(|it| it.count());
    let cut = gpu.mig.as_ref().map(|it| it.nodes.map_or(u32::MAX, |it| it.map(Count::u32).value));
    if let (Some(nodes), Some(cut)) = (nodes, cut)
        && cut >= nodes
    {
        return Some("all its GPUs are cut into slices".to_owned());
    }
    let least = wanted.min_memory?;
    let model = gpu.model.as_ref().and_then(|it| crate::catalogue::gpu_model(it.as_str()))?;
    let has = u64::from(model.memory) << 10;
    (has < *least).then(|| {
        format!(
            "its GPUs have {} of memory, not {}",
            Quantity::from_bytes(has << 20),
            Quantity::from_bytes(*least << 20)
        )
    })
}
