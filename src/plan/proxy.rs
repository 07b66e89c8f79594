//! The proxy that programs and builds are told of.

use smol_str::{SmolStr, ToSmolStr};

use super::PROXY;
use super::compute::service_host;
use super::context::Context;
use crate::source::{At, Origin};
use crate::spec::{self, Proxy};

/// What no proxy leads to: this machine, and what the cluster's DNS names.
const DIRECT: [&str; 5] = ["localhost", "127.0.0.1", "::1", ".svc", ".cluster.local"];

/// What a program is told of its proxy.
pub(super) fn of_program(context: &Context<'_>, workload: &spec::Workload) -> Vec<(SmolStr, At<SmolStr>)> {
    let proxy = workload.proxy.as_ref();
    proxy.map(|it| variables(it, it.origin, services(context))).unwrap_or_default()
}

/// What a build is told of it. No service answers a build.
pub(super) fn of_builds(context: &Context<'_>) -> Vec<(SmolStr, At<SmolStr>)> {
    let proxy = context.spec.defaults.as_ref().and_then(|it| it.proxy.as_ref());
    let mut variables = proxy.map(|it| variables(it, it.origin, Vec::new())).unwrap_or_default();
    // Builders know both spellings by the one.
    variables.retain(|(name, _)| name.starts_with(|it: char| it.is_ascii_uppercase()));
    variables
}

fn variables(proxy: &Proxy, of: Origin, services: Vec<SmolStr>) -> Vec<(SmolStr, At<SmolStr>)> {
    if proxy.enabled.is_some_and(|it| !it.value) {
        return Vec::new();
    }
    let text = |at: &At<spec::Url>| At::new(at.value.to_smolstr(), at.origin.by(PROXY));
    let https = proxy.https.as_ref().or(proxy.http.as_ref()).map(text);
    let Some(https) = https else { return Vec::new() };
    let direct = At::new(direct(proxy, services).join(",").into(), of.by(PROXY));
    let http = proxy.http.as_ref().map(text);
    let all = [("HTTP_PROXY", http), ("HTTPS_PROXY", Some(https)), ("NO_PROXY", Some(direct))];
    let both = |(name, value): (&str, Option<At<SmolStr>>)| {
        let spellings = [name.to_smolstr(), name.to_ascii_lowercase().to_smolstr()];
        value.into_iter().flat_map(move |value| spellings.clone().map(|it| (it, value.clone())))
    };
    all.into_iter().flat_map(both).collect()
}

/// The names that lead to services.
fn services(context: &Context<'_>) -> Vec<SmolStr> {
    let listens = |it: &spec::Service| !it.ports.is_empty() || it.port.is_some();
    let services = context.spec.services.by_key().filter(|(_, it)| listens(it)).map(|(name, _)| name);
    services.filter_map(|it| service_host(context, it.as_str())).collect()
}

/// What is reached without the proxy, each once: what the spec says, this machine, the cluster, and services.
fn direct(proxy: &Proxy, services: Vec<SmolStr>) -> Vec<SmolStr> {
    let said = proxy.no_proxy.iter().map(|it| it.to_smolstr());
    let mut direct: Vec<SmolStr> = Vec::new();
    for name in said.chain(DIRECT.map(SmolStr::new_static)).chain(services) {
        if !direct.contains(&name) {
            direct.push(name);
        }
    }
    direct
}
