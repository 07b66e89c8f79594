//! What a container asks of GPUs.

use smol_str::format_smolstr;

use crate::plan::{GPU_RESOURCE, GpuPlan};
use crate::source::At;
use crate::spec::Workload;

pub(super) fn gpu(written: &Workload) -> Option<GpuPlan> {
    let gpu = written.gpu.as_ref()?;
    let count = gpu.count.map_or_else(|| At::new(1, gpu.origin), |it| it.map(crate::spec::Amount::u32));
    if *count == 0 {
        return None;
    }
    let resource = match &gpu.mig {
        Some(profile) => At::new(format_smolstr!("nvidia.com/mig-{profile}"), profile.origin.by(GPU_RESOURCE)),
        None => At::new("nvidia.com/gpu".into(), gpu.origin.by(GPU_RESOURCE)),
    };
    let min_memory = gpu.min_memory.as_ref().map(|it| At::new(it.bytes() >> 20, it.origin));
    Some(GpuPlan { resource, count, min_memory })
}
