//! What a spec means, checked before anything is written: one check a file, one line each in [`CHECKS`].
//!
//! Checks read the resolved spec and the plan, and report; they change nothing. They are apart from the room that makes
//! specs, so that a check can ask after what only the plan knows: sums, nodes, lock files.

mod across;
mod architectures;
mod budget;
mod built;
mod case;
mod config;
mod context;
mod credentials;
mod data;
mod disruption;
mod distributed;
mod dockerfile;
mod effect;
mod encrypted;
mod env;
mod environment;
mod exceptions;
mod files;
mod fit;
mod gpu;
mod graph;
mod handed;
mod house;
mod images;
mod index;
mod inside;
mod kernels;
mod kind;
mod labels;
mod libc;
mod lock;
mod mounts;
mod names;
mod namespaces;
mod network;
mod outside;
mod phi;
mod platforms;
mod pools;
mod ports;
mod probes;
mod program;
mod references;
mod required;
mod resources;
mod scale;
mod schedule;
mod secrets;
mod steps;
mod storage;
mod unused;
mod variants;
mod weights;
mod workspace;

use crate::diag::{Code, Label, Sink, Spot};

pub use across::across;
pub use case::Case;

/// A check with the codes that it may report.
pub struct Check {
    pub codes: &'static [&'static Code],
    pub run: fn(&Case<'_>, &mut Sink),
}

/// Every check, in the order in which they run.
pub static CHECKS: &[&Check] = &[
    &required::CHECK,
    &references::CHECK,
    &names::CHECK,
    &labels::CHECK,
    &environment::CHECK,
    &program::CHECK,
    &files::CHECK,
    &lock::CHECK,
    &index::CHECK,
    &built::CHECK,
    &workspace::CHECK,
    &steps::CHECK,
    &weights::CHECK,
    &inside::CHECK,
    &libc::CHECK,
    &house::CHECK,
    &images::CHECK,
    &dockerfile::CHECK,
    &context::CHECK,
    &graph::CHECK,
    &data::CHECK,
    &storage::CHECK,
    &mounts::CHECK,
    &phi::CHECK,
    &secrets::CHECK,
    &credentials::CHECK,
    &config::CHECK,
    &encrypted::CHECK,
    &env::CHECK,
    &handed::CHECK,
    &kind::CHECK,
    &effect::CHECK,
    &schedule::CHECK,
    &distributed::CHECK,
    &ports::CHECK,
    &probes::CHECK,
    &network::CHECK,
    &namespaces::CHECK,
    &outside::CHECK,
    &scale::CHECK,
    &disruption::CHECK,
    &variants::CHECK,
    &resources::CHECK,
    &gpu::CHECK,
    &kernels::CHECK,
    &fit::CHECK,
    &pools::CHECK,
    &architectures::CHECK,
    &platforms::CHECK,
    &budget::CHECK,
    &unused::CHECK,
    &exceptions::CHECK,
];

/// What a new `mlops.lock` may put right: no reason not to write one.
pub static FOR_LOCK: &[&Code] = &[&images::FLOATING_TAG, &platforms::PLATFORM_MISSING];

/// Also raised by what sees the objects of all rooms together.
pub(crate) static NAME_TAKEN: &Code = &names::NAME_TAKEN;

/// The codes that only hold between environments.
pub static ACROSS_CODES: &[&Code] = across::CODES;

/// Runs all checks.
pub fn run(case: &Case<'_>, sink: &mut Sink) {
    CHECKS.iter().for_each(|it| (it.run)(case, sink));
    exceptions::excuse(case, sink);
    drop_consequences(case, sink);
    variants::say_once(case, sink);
}

/// What is said about a table from which a mistake was taken may only follow from that.
fn drop_consequences(case: &Case<'_>, sink: &mut Sink) {
    let incomplete = &case.resolved.incomplete;
    let is_at_incomplete = |it: &Label| matches!(it.spot, Spot::Node(node, _) if incomplete.has(node));
    if incomplete.anything {
        sink.retain(|it| !it.labels.iter().any(is_at_incomplete));
    }
}
