//! Images that have nothing for the processors of the nodes that a pod is meant for.
//!
//! The architecture of nodes is known where a label says it, or where the GPU is one part with its processor; the
//! platforms of an image where `mlopsc lock` has asked for them. Nothing is assumed about the others.

use smol_str::{SmolStr, ToSmolStr};

use super::architectures::ARCHITECTURE;
use super::case::{Program, listed};
use super::{Case, Check};
use crate::catalogue::{gpu_model, is_architecture};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Container, Locked, Workload};
use crate::source::At;
use crate::spec::Pool;

pub(super) static CHECK: Check = Check { codes: &[&PLATFORM_MISSING], run };

pub(super) static PLATFORM_MISSING: Code = Code {
    id: "platform-missing",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a pod on nodes of an architecture that an image of it, or the base of one, is not made for, as far as
`mlops.lock` has its platforms. The label `kubernetes.io/arch`, of a pool or in `placement.node-selector`, says which
architecture nodes are of; those of a GH200 or GB200 are arm64. Where the pod may run on nodes of another pool too, it
is a warning.

### Why it matters
The node finds no image for itself, or one whose programs it cannot start (`exec format error`). With several pools it
depends on the node that was free that day.

### Use instead
An image that is made for these nodes, or nodes that the image is made for:
```toml
[services.viewer.placement]
node-selector = { \"kubernetes.io/arch\" = \"amd64\" }
```
After `mlopsc lock` an image that was made for more since then is known as such.
",
};

/// Nodes that a pod may run on.
struct Nodes {
    architecture: SmolStr,
    /// What says so.
    spot: Spot,
    /// Where these are some of several.
    pool: Option<SmolStr>,
}

fn run(case: &Case<'_>, sink: &mut Sink) {
    let is_any_known = case.inputs.lock_file.digests.images.values().any(|it| !it.platforms.is_empty());
    if !is_any_known || !case.plan.identity.has_kubernetes {
        return;
    }
    for workload in case.plan.workloads.values() {
        let nodes = nodes(case, workload);
        for (name, spot) in workload.pod.containers().flat_map(|it| images(case, workload, it)) {
            let locked = case.inputs.lock_file.digests.images.get(&*name);
            if let Some(locked) = locked.filter(|it| !it.platforms.is_empty()) {
                hold(case, workload, (&name, spot, locked), &nodes, sink);
            }
        }
    }
}

fn hold(
    case: &Case<'_>,
    workload: &Workload,
    (image, spot, locked): (&str, Spot, &Locked),
    nodes: &[Nodes],
    sink: &mut Sink,
) {
    let lacks = |it: &&Nodes| !has(locked, &it.architecture);
    let Some(first) = nodes.iter().find(lacks) else { return };
    // Selected nodes are all that there are; those of pools are some of several.
    let are_all = first.pool.is_none() || nodes.len() >= workload.pod.placement.pools.len();
    let is_everywhere = are_all && nodes.iter().all(|it| lacks(&it));
    let (runs, severity) = if is_everywhere { ("runs", Severity::Error) } else { ("may run", Severity::Warning) };
    let (name, architecture) = (&workload.name, &first.architecture);
    let message = format!("`{name}` {runs} on nodes of {architecture}, which `{image}` is not made for");
    let of = first.pool.as_ref().map(|it| format!("the nodes of pool `{it}` are {architecture}"));
    sink.report(
        Diagnostic::new(&PLATFORM_MISSING, message)
            .weighing(severity)
            .at(spot, "")
            .at(first.spot.clone(), of.unwrap_or_else(|| format!("{architecture} nodes and no others")))
            .at(case.inputs.lock_file.spot(&["images", image, "platforms"]), "")
            .help(format!("it is made for {}", listed(locked.platforms.iter().map(String::as_str))))
            .help("take an image that is made for both, or say with `placement` which nodes are meant"),
    );
}

fn has(locked: &Locked, architecture: &str) -> bool {
    let is_it = |it: &String| it.strip_prefix("linux/").and_then(|it| it.split('/').next()) == Some(architecture);
    locked.platforms.iter().any(is_it)
}

/// The nodes whose architecture is known: all that are selected, or those of some of the pools that can take the pod.
fn nodes(case: &Case<'_>, workload: &Workload) -> Vec<Nodes> {
    let placement = &workload.pod.placement;
    if let Some((_, selected)) = placement.node_selector.iter().find(|(key, _)| key == ARCHITECTURE) {
        let nodes = Nodes { architecture: selected.value.clone(), spot: Spot::from(selected), pool: None };
        return Some(nodes).filter(|it| is_architecture(&it.architecture)).into_iter().collect();
    }
    let pools = case.spec().cluster.iter().flat_map(|it| it.pools.iter());
    let own = pools.filter(|(name, _)| placement.pools.iter().any(|it| it == name.as_str()));
    let known = own.filter_map(|(name, pool)| {
        let (architecture, spot) = architecture(pool)?;
        Some(Nodes { architecture, spot, pool: Some(name.to_smolstr()) })
    });
    known.collect()
}

fn architecture(pool: &At<Pool>) -> Option<(SmolStr, Spot)> {
    let label = pool.label.as_ref().and_then(|it| match it.parts() {
        (ARCHITECTURE, value) if is_architecture(value) => Some((value.into(), Spot::from(it))),
        _ => None,
    });
    let gpu = || {
        let model = pool.gpu.as_ref()?.model.as_ref()?;
        Some((gpu_model(model)?.processor?.into(), Spot::from(model)))
    };
    label.or_else(gpu)
}

/// The images of a container that `mlops.lock` can have: the one that it is, or what that is built on. What a
/// Dockerfile of the project builds on may be for the builder's machine alone.
fn images(case: &Case<'_>, workload: &Workload, container: &Container) -> Vec<(SmolStr, Spot)> {
    let image = &container.image;
    let said = Spot::value(image.reference.origin);
    let Some(built) = &image.built else { return vec![(image.name.clone(), said)] };
    let Some(recipe) = case.plan.images.get(built).and_then(|it| it.recipe()) else { return Vec::new() };
    // An image that workloads share has the origin of the first of them; each may have written its base itself.
    let is_it = |it: &Program<'_>| {
        let entry = it.workload.entry.as_ref().and_then(|it| it.origin.node);
        it.name == workload.name.as_str() && entry == image.reference.origin.node
    };
    let program = case.programs().find(is_it);
    let base = program.and_then(|it| case.base(it.workload)).map_or(said, Spot::from);
    let bases = std::iter::once(&recipe.base.value).chain(&recipe.builder);
    bases.map(|it| (it.name.clone(), base.clone())).collect()
}
