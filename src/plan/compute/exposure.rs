//! How a workload is found and reached: its Service, its route, the ports that are open outside; and what it may ask
//! the API server for.

use smol_str::{SmolStr, ToSmolStr};

use super::Parts;
use super::variants::{routed, shares_service};
use crate::plan::context::Context;
use crate::plan::identity::pairs;
use crate::plan::{
    EXPOSE, ExposePlan, METRICS, MetricsPlan, PermissionPlan, Port, ROUTE, RouteBy, RoutePlan, SERVICE_OBJECT, SPLIT,
    ServicePlan,
};
use crate::source::{At, Origin};
use crate::spec::{self, Affinity, ExposeType, PortRef, Short};

/// The name by which a service of the spec is called; `None` for one that is not there.
pub(in crate::plan) fn service_name(context: &Context<'_>, service: &str) -> Option<SmolStr> {
    let written = context.spec.services.get(service)?;
    let named = written.service.as_ref().and_then(|it| it.name.as_ref());
    Some(named.map_or_else(|| service.into(), |it| it.to_smolstr()))
}

/// The name that leads to a service from everywhere in the project.
pub(in crate::plan) fn service_host(context: &Context<'_>, service: &str) -> Option<SmolStr> {
    let name = service_name(context, service)?;
    let full = context.full_name(context.spec.services.get(service)?, &name);
    Some(full.unwrap_or(name))
}

pub(super) fn service(context: &Context<'_>, name: &str, written: &spec::Workload, of: Origin) -> ServicePlan {
    let said = written.service.as_ref();
    let named = said.and_then(|it| it.name.as_ref()).map(|it| it.clone().map(|it| it.to_smolstr()));
    let is = |flag: Option<At<bool>>| flag.filter(|it| it.value).map(|it| it.map(drop));
    let called = name;
    let name = service_name(context, name).unwrap_or_else(|| name.into());
    ServicePlan {
        full_name: context.full_name(written, &name),
        name: named.unwrap_or_else(|| At::new(name, of.by(SERVICE_OBJECT))),
        sticky: said.and_then(|it| it.affinity).filter(|it| it.value == Affinity::Client).map(|it| it.map(drop)),
        headless: is(said.and_then(|it| it.headless)),
        shared: shares_service(context, called, written).then(|| At::new((), of.by(SPLIT))),
    }
}

pub(super) fn permissions(written: &spec::Workload) -> Vec<PermissionPlan> {
    let words = |list: &[At<spec::ApiWord>]| list.iter().map(|it| it.clone().map(|it| it.to_smolstr())).collect();
    let permission = |it: &At<spec::Permission>| PermissionPlan {
        api: it.api.as_ref().map_or_else(|| At::new("".into(), it.origin), |it| it.clone().map(|it| it.to_smolstr())),
        resources: words(&it.resources),
        verbs: words(&it.verbs),
        names: it.names.iter().map(|it| it.clone().map(|it| it.to_smolstr())).collect(),
        origin: it.origin,
    };
    written.permissions.iter().map(permission).collect()
}

/// `None` where the route lacks what it needs, which is reported elsewhere.
pub(super) fn route(
    context: &Context<'_>,
    parts: &Parts<'_>,
    name: &str,
    written: &spec::Workload,
    ports: &[Port],
) -> Option<RoutePlan> {
    let route = written.route.as_ref()?;
    let of = route.origin;
    let text = |it: &At<spec::ObjectName>| it.clone().map(|it| it.to_smolstr());
    let by = match &route.class {
        Some(class) => RouteBy::Ingress { class: text(class) },
        None => {
            let gateway = context.spec.cluster.as_ref()?.gateway.as_ref()?;
            RouteBy::Gateway { name: text(gateway.name.as_ref()?), namespace: text(gateway.namespace.as_ref()?) }
        }
    };
    let tls = route
        .tls
        .as_ref()
        .and_then(|it| Some(At::new(parts.secrets.get(it.as_str())?.object.value.clone(), it.origin)));
    let path = |it: &At<Short<spec::RoutePath>>| {
        let rewrite = it.rewrite.as_ref().map(|it| it.clone().map(|it| it.to_smolstr()));
        Some((it.path.as_ref()?.clone().map(|it| it.to_smolstr()), rewrite))
    };
    let mut paths: Vec<_> = route.paths.iter().filter_map(path).collect();
    if paths.is_empty() {
        paths.push((At::new("/".into(), of.by(ROUTE)), None));
    }
    let port = asked(ports, route.port.as_ref())?;
    Some(RoutePlan {
        host: route.host.as_ref()?.clone().map(|it| it.to_smolstr()),
        tls,
        by,
        paths,
        port: (port.name.clone(), port.service_port),
        variants: routed(context, name, written),
        annotations: pairs(&route.annotations),
        origin: of.by(ROUTE),
    })
}

pub(super) fn expose(written: &spec::Workload, ports: &[Port]) -> Option<ExposePlan> {
    let expose = written.expose.as_ref()?;
    let of = expose.origin.by(EXPOSE);
    let ranges = written.clients.iter().flat_map(|it| it.iter()).filter_map(|it| it.cidr.as_ref());
    let mut opened: Vec<Port> = expose.ports.iter().filter_map(|it| asked(ports, Some(it)).cloned()).collect();
    if expose.ports.is_empty() {
        opened = ports.to_vec();
    }
    Some(ExposePlan {
        kind: expose.kind.unwrap_or_else(|| At::new(ExposeType::LoadBalancer, of)),
        ip: expose.ip.as_ref().map(|it| it.clone().map(|it| it.to_smolstr())),
        node_port: expose.node_port.map(|it| it.map(|it| i32::try_from(it.get()).unwrap_or_default())),
        ports: opened,
        sources: ranges.map(|it| it.clone().map(|it| it.to_smolstr())).collect(),
        origin: of,
    })
}

pub(super) fn metrics(written: &spec::Workload, ports: &[Port]) -> Option<MetricsPlan> {
    let metrics = written.metrics.as_ref()?;
    let of = metrics.origin.by(METRICS);
    Some(MetricsPlan {
        port: asked(ports, metrics.port.as_ref())?.name.clone(),
        path: metrics
            .path
            .as_ref()
            .map_or_else(|| At::new("/metrics".into(), of), |it| it.clone().map(|it| it.to_smolstr())),
        every: metrics.every.as_ref().map_or_else(|| At::new(30, of), |it| At::new(it.seconds(), it.origin)),
        origin: of,
    })
}

/// The port that is asked for, or the first one.
fn asked<'p>(ports: &'p [Port], asked: Option<&At<Short<PortRef>>>) -> Option<&'p Port> {
    let Some(asked) = asked else { return ports.first() };
    ports.iter().find(|it| asked.is(&it.name, it.number.value))
}
