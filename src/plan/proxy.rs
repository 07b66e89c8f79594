//! The proxy that programs and builds are told of.

use smol_str::{SmolStr, ToSmolStr};

use super::PROXY;
use super::context::Context;
use crate::source::{At, Origin};
use crate::spec::{self, Proxy};

/// What no proxy leads to: this machine, and what the cluster's DNS names.
const DIRECT: [&str; 5] = ["localhost", "127.0.0.1", "::1", ".svc", ".cluster.local"];

/// What a program is told of its proxy.
pub(super) fn of_program(context: &Context<'_>, workload: &spec::Workload) -> Vec<(SmolStr, At<SmolStr>)> {
    let proxy = workload.proxy.as_ref();
    proxy.map(|it| variables(context, it, it.origin)).unwrap_or_default()
}

/// What a build is told of it.
pub(super) fn of_builds(context: &Context<'_>) -> Vec<(SmolStr, At<SmolStr>)> {
    let proxy = context.spec.defaults.as_ref().and_then(|it| it.proxy.as_ref());
    let mut variables = proxy.map(|it| variables(context, it, it.origin)).unwrap_or_default();
    // Builders know both spellings by the one.
    variables.retain(|(name, _)| name.starts_with(|it: char| it.is_ascii_uppercase()));
    variables
}

fn variables(context: &Context<'_>, proxy: &Proxy, of: Origin) -> Vec<(SmolStr, At<SmolStr>)> {
    if proxy.enabled.is_some_and(|it| !it.value) {
        return Vec::new();
    }
    let text = |at: &At<spec::Url>| At::new(at.value.to_smolstr(), at.origin.by(PROXY));
    let https = proxy.https.as_ref().or(proxy.http.as_ref()).map(text);
    let Some(https) = https else { return Vec::new() };
    let mut direct: Vec<&str> = proxy.no_proxy.iter().map(|it| it.as_str()).collect();
    let listens = |it: &&spec::Service| !it.ports.is_empty() || it.port.is_some();
    let services = context.spec.services.by_key().filter(|(_, it)| listens(&&***it)).map(|(name, _)| name.as_str());
    direct.extend(DIRECT.into_iter().chain(services));
    direct.dedup();
    let direct = At::new(direct.join(",").into(), of.by(PROXY));
    let http = proxy.http.as_ref().map(text);
    let all = [("HTTP_PROXY", http), ("HTTPS_PROXY", Some(https)), ("NO_PROXY", Some(direct))];
    let both = |(name, value): (&str, Option<At<SmolStr>>)| {
        let spellings = [name.to_smolstr(), name.to_ascii_lowercase().to_smolstr()];
        value.into_iter().flat_map(move |value| spellings.clone().map(|it| (it, value.clone())))
    };
    all.into_iter().flat_map(both).collect()
}
