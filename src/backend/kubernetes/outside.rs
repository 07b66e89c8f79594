//! What lets the world outside the namespace in: routes by host name, ports of load balancers and nodes, and the
//! Prometheus that reads metrics.

use smol_str::{SmolStr, format_smolstr};

use super::emission::Emission;
use super::meta::{Meta, selector};
use super::service::{answering, port};
use crate::object::{Pairs, fields};
use crate::plan::{EXPOSE, ExposePlan, MetricsPlan, OBJECT_NAME, Plan, RouteBy, RoutePlan, RouteVariant, Workload};
use crate::source::{At, Node};
use crate::spec::ExposeType;

pub(super) fn emit(workload: &Workload, out: &mut Emission<'_>) {
    if let (Some(route), Some(service)) = (&workload.route, &workload.service) {
        match &route.by {
            RouteBy::Gateway { name, namespace } => {
                http_route(workload, route, &service.name, (name, namespace), out);
            }
            RouteBy::Ingress { class } => ingress(workload, route, &service.name, class, out),
        }
    }
    if let Some(expose) = &workload.expose {
        exposed(out.plan, workload, expose, out);
    }
    if let Some(metrics) = &workload.metrics {
        pod_monitor(out.plan, workload, metrics, out);
    }
}

fn meta<'w>(workload: &'w Workload, route: &RoutePlan) -> Meta<'w> {
    let mut meta = Meta::of(workload);
    meta.annotations.extend(route.annotations.iter().cloned());
    meta
}

/// An HTTPRoute of the Gateway API. The gateway ends TLS: where its certificate is a secret of this project, a
/// ReferenceGrant lets the gateway's namespace name that one secret, and no other.
fn http_route(
    workload: &Workload,
    route: &RoutePlan,
    service: &At<SmolStr>,
    gateway: (&At<SmolStr>, &At<SmolStr>),
    out: &mut Emission<'_>,
) {
    let of = route.origin;
    let (name, namespace) = gateway;
    let rules: Vec<Node> = route.paths.iter().flat_map(|it| rules(route, service, it)).collect();
    let parent = fields!(name.origin; "name" => name, "namespace" => namespace);
    let spec = fields!(of; "parentRefs" => vec![parent], "hostnames" => vec![route.host.clone()], "rules" => rules);
    out.add("gateway.networking.k8s.io/v1", "HTTPRoute", meta(workload, route), fields!(of; "spec" => spec));
    if let Some(tls) = &route.tls {
        let from = fields!(of;
            "group" => "gateway.networking.k8s.io",
            "kind" => "Gateway",
            "namespace" => namespace,
        );
        let to = fields!(tls.origin; "group" => At::new("", tls.origin), "kind" => "Secret", "name" => tls);
        let spec = fields!(of; "from" => vec![from], "to" => vec![to]);
        let version = "gateway.networking.k8s.io/v1beta1";
        out.add(version, "ReferenceGrant", Meta::of(workload), fields!(of; "spec" => spec));
    }
}

/// The rules of a path: one for each variant that is known by its headers, and one that shares out all other requests.
fn rules(route: &RoutePlan, service: &At<SmolStr>, path: &(At<SmolStr>, Option<At<SmolStr>>)) -> Vec<Node> {
    let (path, rewrite) = path;
    let rule = |headers: Vec<Node>, backends: Vec<Node>| {
        let prefix = fields!(path.origin; "type" => "PathPrefix", "value" => path);
        let filter = rewrite.as_ref().map(|to| {
            let replace = fields!(to.origin; "type" => "ReplacePrefixMatch", "replacePrefixMatch" => to);
            fields!(to.origin; "type" => "URLRewrite", "urlRewrite" => fields!(to.origin; "path" => replace))
        });
        fields!(path.origin;
            "matches" => vec![fields!(path.origin; "path" => prefix, "headers" => headers)],
            "filters" => filter.into_iter().collect::<Vec<_>>(),
            "backendRefs" => backends,
        )
    };
    let backend = |service: &At<SmolStr>, weight: Option<At<u32>>| fields!(route.port.1.origin; "name" => service, "port" => route.port.1, "weight" => weight);
    let (known, shared): (Vec<&RouteVariant>, Vec<_>) = route.variants.iter().partition(|it| it.weight.is_none());
    let header = |(name, value): &(SmolStr, At<SmolStr>)| fields!(value.origin; "type" => "Exact", "name" => At::new(name.clone(), value.origin), "value" => value);
    let of_headers =
        |it: &RouteVariant| rule(it.headers.iter().map(header).collect(), vec![backend(&it.service, None)]);
    let given: u32 = shared.iter().filter_map(|it| it.weight).map(|it| it.value).sum();
    let rest = shared.first().map(|it| At::new(100_u32.saturating_sub(given), it.origin));
    let others = shared.iter().map(|it| backend(&it.service, it.weight));
    let all = std::iter::once(backend(service, rest)).chain(others).collect();
    known.into_iter().map(of_headers).chain([rule(Vec::new(), all)]).collect()
}

fn ingress(workload: &Workload, route: &RoutePlan, service: &At<SmolStr>, class: &At<SmolStr>, out: &mut Emission<'_>) {
    let of = route.origin;
    let path = |(path, _): &(At<SmolStr>, Option<At<SmolStr>>)| {
        let port = fields!(route.port.0.origin; "name" => &route.port.0);
        let service = fields!(service.origin; "name" => service, "port" => port);
        fields!(path.origin; "path" => path, "pathType" => "Prefix", "backend" => fields!(of; "service" => service))
    };
    let http = fields!(of; "paths" => route.paths.iter().map(path).collect::<Vec<_>>());
    let tls = route.tls.iter().map(|it| fields!(it.origin; "hosts" => vec![route.host.clone()], "secretName" => it));
    let spec = fields!(of;
        "ingressClassName" => class,
        "tls" => tls.collect::<Vec<_>>(),
        "rules" => vec![fields!(route.host.origin; "host" => &route.host, "http" => http)],
    );
    out.add("networking.k8s.io/v1", "Ingress", meta(workload, route), fields!(of; "spec" => spec));
}

/// A Service of its own, so that the one of the cluster keeps its address and its ports.
fn exposed(plan: &Plan, workload: &Workload, expose: &ExposePlan, out: &mut Emission<'_>) {
    let of = expose.origin;
    let is_balanced = expose.kind.value == ExposeType::LoadBalancer;
    let kind = expose.kind.map(|it| if it == ExposeType::LoadBalancer { "LoadBalancer" } else { "NodePort" });
    let ranges: Vec<At<SmolStr>> = expose.sources.iter().filter(|_| is_balanced).cloned().collect();
    let spec = fields!(of;
        "type" => kind,
        "externalTrafficPolicy" => At::new("Local", of.by(EXPOSE)),
        "loadBalancerIP" => expose.ip.clone().filter(|_| is_balanced),
        "loadBalancerSourceRanges" => ranges,
        "selector" => Pairs(answering(plan, workload)),
        "ports" => expose.ports.iter().map(|it| port(it, expose.node_port)).collect::<Vec<_>>(),
    );
    let name = At::new(format_smolstr!("{}-external", workload.name), of.by(OBJECT_NAME));
    out.add("v1", "Service", Meta::named(workload, &name), fields!(of; "spec" => spec));
}

/// A PodMonitor of the Prometheus operator.
fn pod_monitor(plan: &Plan, workload: &Workload, metrics: &MetricsPlan, out: &mut Emission<'_>) {
    let of = metrics.origin;
    let endpoint = fields!(of;
        "port" => &metrics.port,
        "path" => &metrics.path,
        "interval" => metrics.every.map(|it| format_smolstr!("{it}s")),
    );
    let spec = fields!(of;
        "selector" => fields!(of; "matchLabels" => Pairs(selector(&plan.identity, &workload.name))),
        "podMetricsEndpoints" => vec![endpoint],
    );
    out.add("monitoring.coreos.com/v1", "PodMonitor", Meta::of(workload), fields!(of; "spec" => spec));
}
