//! Spec to plan: every name, label, port, image, identity, volume and edge is decided here, once.
//!
//! If two targets would have to make the same decision, it belongs in this room. It knows no YAML, no Dockerfile and
//! no Kubernetes types; the only files it asks for are those that decide something, such as lock files.

mod access;
mod budget;
mod compute;
mod context;
mod digests;
mod dockerfile;
mod fetched;
mod graph;
mod identity;
mod image;
mod inputs;
mod lock_file;
mod model;
mod namespaces;
mod network;
mod phrase;
mod proxy;
mod reach;
mod rules;
mod storage;

use crate::diag::{Code, Sink};
use crate::resolve::Resolved;
use crate::source::RelPath;

pub use budget::{Demand, budget, budget_of, largest_pod};
pub use compute::fit::{Request, misfit, pod_request};
pub use compute::replica_share;
pub use digests::{Built, Digests, Locked, Outdated};
pub use dockerfile::{Dockerfile, Named, Stage};
pub use fetched::{Fetched, FetchedAs};
pub use graph::{cycles, stage_edges};
pub use identity::env_word;
pub use image::{
    Brings, Ignore, KEPT_OUT, LockedFramework, WEIGHTS, is_weights, jar, kept_out, language_of_lock, started,
};
pub use inputs::Inputs;
pub use lock_file::{LOCK, LockFile};
pub use model::*;
pub use namespaces::{HOME_KEY, admits};

pub use phrase::{Phrase, PhrasePiece, caller_variable, param_variable, result_variable};
pub use reach::{Taint, taints};
pub use rules::*;

/// The codes of this room.
pub static CODES: &[&Code] =
    &[&context::ASSUMED, &lock_file::BAD_LOCK, &storage::TEMPLATE_VALUE_UNKNOWN, &storage::BAD_CONFIG_TEMPLATE];

/// Plans one environment. What the compiler had to assume goes to `sink` as notes. A spec with mistakes still gives a
/// plan, so that everything else about it can be checked; nothing of it is written.
pub fn plan(resolved: &Resolved, inputs: &Inputs<'_>, sink: &mut Sink) -> Plan {
    let context = context::Context::new(resolved, inputs);
    let identity = identity::identity(&context);
    let edges = stage_edges(resolved);
    let volumes = storage::volumes(&context, &identity.instance);
    let configs = storage::configs(&context, &identity);
    let secrets = storage::secrets(&context);
    let images = image::images(&context, &identity);
    let parts = compute::Parts {
        instance: &identity.instance,
        volumes: &volumes,
        configs: &configs,
        secrets: &secrets,
        images: &images,
    };
    let mut workloads = compute::workloads(&context, &parts, &edges);
    compute::add_helpers(&context, &parts, &mut workloads);
    storage::tie(&volumes, &mut workloads);
    network::connect(&context, &mut workloads);
    let has_compose = identity.has_compose;
    let preparation = has_compose.then(|| compute::preparation(&context, &parts, &workloads)).flatten();
    let plan = Plan {
        roles: access::roles(&context, &volumes),
        priorities: access::priorities(&context, &identity.instance),
        namespaces: context.namespaces.clone(),
        build_proxy: proxy::of_builds(&context),
        host_ports: network::host_ports(&context, &workloads),
        manifests: access::manifests(&context),
        patches: access::patches(&context),
        identity,
        preparation,
        images: images.index,
        volumes,
        configs,
        secrets,
        workloads,
    };
    context.into_notes().into_iter().for_each(|it| sink.report(it));
    plan
}

/// A hash of all that defines an image in an environment, but for the registry that it is pushed to: `sha-` and twelve
/// digits. Two images with the same one are built from the same files in the same way.
#[must_use]
pub fn definition(resolved: &Resolved, inputs: &Inputs<'_>, image: &Image) -> smol_str::SmolStr {
    image::definition(&context::Context::new(resolved, inputs), image)
}

/// Every file of the project that an image is made of: sources, lock files, templates.
#[must_use]
pub fn made_of(resolved: &Resolved, inputs: &Inputs<'_>, image: &Image) -> Vec<RelPath> {
    image::files(&context::Context::new(resolved, inputs), image)
}
