//! GPU products: architecture and memory (NVIDIA's list of CUDA-capable products).

/// A GPU product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GpuModel {
    /// The product's name, as node labels and data sheets have it, up to the memory size.
    pub name: &'static str,
    /// The compute capability without its dot: 80 for 8.0.
    pub sm: u32,
    /// Memory in GiB, where the name does not say it.
    pub memory: u32,
    /// Whether it can be cut into slices (Multi-Instance GPU).
    pub mig: bool,
    /// The architecture of the processor that it is one part with, as node labels have it; none where it is put into
    /// machines of several (NVIDIA's data sheets: Grace is an Arm processor).
    pub processor: Option<&'static str>,
}

const fn gpu(name: &'static str, sm: u32, memory: u32, mig: bool) -> GpuModel {
    GpuModel { name, sm, memory, mig, processor: None }
}

/// One part with an Arm processor of NVIDIA's own.
const fn with_grace(name: &'static str, sm: u32, memory: u32) -> GpuModel {
    GpuModel { processor: Some("arm64"), ..gpu(name, sm, memory, true) }
}

const MODELS: &[GpuModel] = &[
    gpu("K40", 35, 12, false),
    gpu("K80", 37, 12, false),
    gpu("M40", 52, 12, false),
    gpu("M60", 52, 8, false),
    gpu("P4", 61, 8, false),
    gpu("P100", 60, 16, false),
    gpu("P40", 61, 24, false),
    gpu("V100", 70, 16, false),
    gpu("T4", 75, 16, false),
    gpu("RTX-6000-Ada", 89, 48, false),
    gpu("RTX-6000", 75, 24, false),
    gpu("A100", 80, 40, true),
    gpu("A30", 80, 24, true),
    gpu("A2", 86, 16, false),
    gpu("A10", 86, 24, false),
    gpu("A16", 86, 16, false),
    gpu("A40", 86, 48, false),
    gpu("A6000", 86, 48, false),
    gpu("RTX-A6000", 86, 48, false),
    gpu("RTX-2080-Ti", 75, 11, false),
    gpu("RTX-3090", 86, 24, false),
    gpu("RTX-4090", 89, 24, false),
    gpu("L4", 89, 24, false),
    gpu("L40S", 89, 48, false),
    gpu("L40", 89, 48, false),
    gpu("H100", 90, 80, true),
    gpu("H20", 90, 96, true),
    gpu("H200", 90, 141, true),
    with_grace("GH200", 90, 96),
    gpu("B200", 100, 180, true),
    gpu("B300", 103, 288, true),
    with_grace("GB200", 100, 186),
    with_grace("GB300", 103, 279),
    gpu("RTX-PRO-6000", 120, 96, true),
];

/// The product that a spec calls `name`: `A100-80GB` is an A100 with 80 GiB.
#[must_use]
pub fn gpu_model(name: &str) -> Option<GpuModel> {
    // Node labels begin with the maker, and of some products with their line.
    let name = name.strip_prefix("NVIDIA-").unwrap_or(name);
    let name = ["Tesla-", "GeForce-", "Quadro-"].iter().find_map(|it| name.strip_prefix(it)).unwrap_or(name);
    let matches = |it: &&GpuModel| {
        let rest = name.strip_prefix(it.name);
        rest.is_some_and(|it| it.is_empty() || it.starts_with('-'))
    };
    let model = MODELS.iter().filter(matches).max_by_key(|it| it.name.len())?;
    let said = name.rsplit('-').next().and_then(|it| it.strip_suffix("GB")).and_then(|it| it.parse().ok());
    Some(GpuModel { memory: said.unwrap_or(model.memory), ..*model })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_found_with_their_memory() {
        assert_eq!(gpu_model("A100-80GB").map(|it| (it.sm, it.memory)), Some((80, 80)));
        assert_eq!(gpu_model("A100").map(|it| it.memory), Some(40));
        assert_eq!(gpu_model("NVIDIA-H100-80GB").map(|it| it.sm), Some(90));
        assert_eq!(gpu_model("L40S").map(|it| it.name), Some("L40S"));
        assert_eq!(gpu_model("Tesla-V100-SXM2-32GB").map(|it| (it.sm, it.memory)), Some((70, 32)));
        assert_eq!(gpu_model("NVIDIA-GeForce-RTX-4090").map(|it| it.sm), Some(89));
        assert_eq!(gpu_model("A1000"), None);
        assert_eq!(gpu_model("NVIDIA-GB200").map(|it| (it.sm, it.processor)), Some((100, Some("arm64"))));
        assert_eq!(gpu_model("RTX-6000-Ada").map(|it| it.sm), Some(89));
    }
}
