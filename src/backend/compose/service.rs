//! One Compose service.

use smol_str::{SmolStr, format_smolstr};

use super::layout::Layout;
use super::mounts::mounts;
use super::program::{Part, Program};
use super::{build, environment, health, network, order, resources, text};
use crate::backend::Job;
use crate::object::fields;
use crate::plan::{Container, Phrase, RESTRICTED};
use crate::source::{At, Node};

pub(super) fn service(job: &Job<'_>, layout: &Layout<'_>, program: &Program<'_>) -> Node {
    let plan = job.plan;
    let (workload, container) = (program.workload, program.container);
    let origin = container.name.origin;
    let mounts = mounts(layout, program);
    let networks = network::joined(layout, program);
    let restricted = origin.by(RESTRICTED);
    fields!(origin;
        "image" => build::reference(container),
        "build" => build::build(job, container),
        "pull_policy" => build::pull_policy(container),
        "profiles" => order::profile(program).into_iter().collect::<Vec<_>>(),
        "depends_on" => order::depends_on(layout, program),
        "restart" => order::restart(program),
        "entrypoint" => known(&container.command),
        "command" => known(&container.args),
        "environment" => environment::environment(plan, program),
        "user" => container.as_root.is_none().then(|| user(program)),
        "group_add" => further_groups(program),
        "read_only" => container.read_only_root,
        "cap_drop" => vec![container.dropped_capabilities(restricted)],
        "security_opt" => vec![At::new("no-new-privileges:true", restricted)],
        "init" => true,
        "tmpfs" => mounts.tmpfs,
        "shm_size" => mounts.shm_size,
        "volumes" => mounts.volumes,
        "configs" => mounts.configs,
        "secrets" => mounts.secrets,
        "network_mode" => networks.is_empty().then(|| network::mode(program)),
        "networks" => network::named(program, networks),
        "ports" => network::ports(layout, program),
        "healthcheck" => (program.part != Part::Step).then(|| health::healthcheck(plan, container)),
        "pre_stop" => before_stop(container),
        "stop_grace_period" => workload.pod.grace.map(text::seconds),
        "deploy" => resources::deploy(&container.resources),
        "labels" => text::words(environment::labels(plan, workload)),
        "annotations" => text::words(&workload.annotations),
    )
}

/// Texts of a command. Those with values that Compose puts in are empty here: see `document`.
fn known(phrases: &[At<Phrase>]) -> Vec<At<SmolStr>> {
    phrases.iter().map(|it| At::new(it.known().cloned().unwrap_or_default(), it.origin)).collect()
}

/// What runs in the container before it is stopped.
fn before_stop(container: &Container) -> Vec<Node> {
    let hook = |first: &At<SmolStr>| fields!(first.origin; "command" => container.before_stop.clone());
    container.before_stop.first().map(hook).into_iter().collect()
}

fn user(program: &Program<'_>) -> At<SmolStr> {
    let user = &program.container.user;
    user.uid.map(|uid| format_smolstr!("{uid}:{}", user.gid))
}

/// The group that owns the volumes, where it is not the user's own.
fn further_groups(program: &Program<'_>) -> Vec<At<SmolStr>> {
    let owner = program.workload.pod.user.fs_group;
    let is_own = *owner == *program.container.user.gid;
    (!is_own).then(|| owner.map(|it| format_smolstr!("{it}"))).into_iter().collect()
}
