//! Docker Compose: the environment on one machine, with the names, ports, mounts and connections of the cluster.
//!
//! Services run with `docker compose up`. The stages of the pipeline are in the profile `pipeline`, those of an
//! installation and of an upgrade in `install` and `upgrade`; every other stage, and every helper, has a profile of its
//! own, `job-<name>`, and runs with `docker compose run --rm <name>`. Variants of services have the profiles
//! `variant-<name>`. What cannot be the same on one machine is said in a note. Names that belong to a part of a workload are joined with `_`,
//! which no name of the spec holds, so that they can never be another workload's.

mod build;
mod differences;
mod document;
mod environment;
mod health;
mod layout;
mod mounts;
mod network;
mod order;
mod prepare;
mod program;
mod resources;
mod service;
mod stores;
mod text;

use smol_str::SmolStr;

use super::{Backend, Content, Emitted, Job, Later, path};
use crate::diag::Code;
use crate::plan::OBJECT;
use crate::source::Origin;
use layout::Layout;

pub(super) static BACKEND: Backend = Backend {
    name: "compose",
    about: "a Compose file that runs the environment on one machine",
    wanted: |plan| plan.identity.has_compose,
    emit,
};

/// The codes of this target.
pub(super) const CODES: &[&Code] = &[&differences::COMPOSE_DIFFERS];

fn emit(job: &Job<'_>, emitted: &mut Emitted) {
    let make = |job: &Job<'_>, _: &str| Ok(Content::Document(document::document(job, &Layout::new(job.plan))));
    let whole = Later { name: SmolStr::default(), origin: Origin::rule(OBJECT), make };
    emitted.later.push((path("compose.yaml"), whole));
    prepare::emit(job, emitted);
    emitted.texts.extend(stores::config_files(job.plan));
    differences::report(&Layout::new(job.plan), &mut emitted.sink);
}
