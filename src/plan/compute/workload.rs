//! One workload from one stage or service.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::container::{Part, Program, container, user_ids};
use super::exposure::{expose, metrics, permissions, route, service};
use super::fit::request;
use super::mounts::{PodVolumes, own_disk};
use super::placement::placement;
use super::ports::ports;
use super::variants::is_behind_service;
use super::{Parts, run};
use crate::plan::context::Context;
use crate::plan::graph::Edges;
use crate::plan::identity::pairs;
use crate::plan::{Component, GRACE, Index, OBJECT_NAME, Pod, Port, Run, SERVICE_OBJECT, Workload};
use crate::source::{At, Origin};
use crate::spec;

pub(in crate::plan) fn workloads(context: &Context<'_>, parts: &Parts<'_>, edges: &Edges) -> Index<Workload> {
    let stages = context.spec.stages.by_key();
    let stages = stages.map(|(name, it)| one(context, parts, Component::Stage, name, &it.value, it.origin, edges));
    let services = context.spec.services.by_key();
    let services =
        services.map(|(name, it)| one(context, parts, Component::Service, name, &it.value, it.origin, edges));
    let variants = context.spec.variants.by_key();
    let variants =
        variants.map(|(name, it)| one(context, parts, Component::Service, name, &it.value, it.origin, edges));
    stages.chain(services).chain(variants).map(|it| (it.name.value.clone(), it)).collect()
}

fn one(
    context: &Context<'_>,
    parts: &Parts<'_>,
    component: Component,
    name: &spec::Name,
    written: &spec::Workload,
    origin: Origin,
    edges: &Edges,
) -> Workload {
    let after =
        if component == Component::Stage { edges.get(name.as_str()).cloned().unwrap_or_default() } else { Vec::new() };
    let run = match component {
        Component::Stage => run::stage(written, origin),
        _ => run::service(context, parts, name, written, origin),
    };
    let own_ports = ports(context, written, origin);
    let program = Program {
        name: name.to_smolstr(),
        component,
        workload: written,
        origin,
        ports: &own_ports,
        run: &run,
        stage: (component == Component::Stage).then_some((name.as_str(), written)),
        pod_user: None,
    };
    let pod = pod(context, parts, &program);
    let ports: Vec<Port> = own_ports.into_iter().chain(pod.sidecars.iter().flat_map(|it| it.ports.clone())).collect();
    let is_stateful = matches!(run, Run::StatefulSet(_));
    let is_training =
        matches!(&run, Run::Job(job) if job.distributed) || (is_stateful && component == Component::Stage);
    let headless_name = if is_training { name.to_smolstr() } else { format_smolstr!("{name}-pods") };
    Workload {
        name: At::new(name.to_smolstr(), origin.by(OBJECT_NAME)),
        component,
        namespace: context.namespace_of(written),
        variant: super::variants::variant(context, name, written),
        service: (!ports.is_empty() && !is_behind_service(written))
            .then(|| service(context, name.as_str(), written, origin)),
        permissions: permissions(written),
        identity: pairs(written.identity.iter().flat_map(|it| &it.annotations)),
        route: route(context, parts, name, written, &ports),
        expose: expose(written, &ports),
        metrics: metrics(written, &ports),
        headless: (is_stateful || is_training).then(|| At::new(headless_name, origin.by(SERVICE_OBJECT))),
        ingress: Vec::new(),
        egress: Vec::new(),
        after,
        turn: (component == Component::Stage).then(|| run::turn(written, &run, origin)).flatten(),
        params: super::handed::params(name.as_str(), written),
        results: written.results.iter().map(|it| it.clone().map(|it| it.to_smolstr())).collect(),
        labels: pairs(&written.labels),
        annotations: pairs(&written.annotations),
        run,
        pod,
        ports,
        origin,
    }
}

fn pod(context: &Context<'_>, parts: &Parts<'_>, program: &Program<'_>) -> Pod {
    let mut volumes = PodVolumes::default();
    let written = program.workload;
    let table = if program.component == Component::Stage { "stages" } else { "services" };
    let path = written.path(table, &program.name);
    let user = user_ids(written, None, program.origin);
    let mut part = |role: spec::Role| {
        let mut containers = Vec::new();
        for (_, key, index, it, origin) in written.others().filter(|(it, ..)| *it == role) {
            let name = it.name.as_ref().map_or_else(|| format_smolstr!("{key}-{index}"), |it| it.to_smolstr());
            let ports = ports(context, it, origin);
            let program = Program { name, workload: it, origin, ports: &ports, pod_user: Some(user), ..*program };
            let path: SmolStr = format_smolstr!("{path}.{key}[{index}]");
            let part = if role == spec::Role::Init { Part::Init } else { Part::Sidecar };
            containers.push(container(context, parts, &program, &path, part, &mut volumes));
        }
        containers
    };
    let (steps, sidecars) = (part(spec::Role::Init), part(spec::Role::Sidecar));
    let mut main = container(context, parts, program, &path, Part::Main, &mut volumes);
    // The kubelet counts the folders of a pod as scratch space, and evicts the pod that takes more than it asked for.
    main.resources.scratch.value = main.resources.scratch.value.saturating_add(own_disk(parts, &volumes));
    let init = super::awaits::steps(context, written, program, user).into_iter().chain(steps).collect::<Vec<_>>();
    let grace = written.stop.as_ref().and_then(|it| it.grace.as_ref()).map(|it| At::new(it.seconds(), it.origin));
    let pull_secret = written.pull_secret.as_ref().and_then(|it| {
        let secret = parts.secrets.get(it.as_str())?;
        Some(At::new(secret.object.value.clone(), it.origin))
    });
    Pod {
        user,
        placement: placement(
            context,
            written,
            main.resources.gpu.as_ref(),
            &request(&init, &main, &sidecars),
            parts.instance,
            program,
        ),
        grace: grace.unwrap_or_else(|| At::new(30, program.origin.by(GRACE))),
        pull_secret,
        volumes: volumes.into_list(),
        init,
        sidecars,
        main,
    }
}
