//! Which codes a change earns.

use serde_json::Value;

use super::codes::{
    DATA_AT_RISK, ENCRYPTION_DROPPED, NETWORK_OPENED, NETWORK_POLICY_REMOVED, PERMISSIONS_WIDENED, POD_SECURITY_LOWERED,
};
use super::{beside, containers};
use crate::diag::Code;
use crate::diff::immutable::is_protected;
use crate::diff::impact::{Scene, flows, is_open_to_all, level, widened};
use crate::diff::model::{Risk, Verdict};
use crate::diff::path::{names, shown};

/// What a change would weaken.
pub(in crate::diff) fn risks(scene: &Scene<'_>) -> Vec<Risk> {
    let mut found = match scene.verdict {
        Verdict::Orphan => removed(scene),
        Verdict::Terminating if is_protected(scene.kind) => vec![risk(&DATA_AT_RISK, "it is being deleted")],
        Verdict::Immutable => vec![risk(&DATA_AT_RISK, "it could only be had by deleting what is there")],
        Verdict::Changed | Verdict::Conflict | Verdict::Replace => changed(scene),
        _ => Vec::new(),
    };
    found.extend(beside::risks(scene));
    found
}

fn removed(scene: &Scene<'_>) -> Vec<Risk> {
    match scene.kind {
        "NetworkPolicy" => vec![risk(&NETWORK_POLICY_REMOVED, "no policy that is wanted has its name")],
        kind if is_protected(kind) => vec![risk(&DATA_AT_RISK, "it is not in the spec any more")],
        _ => Vec::new(),
    }
}

fn changed(scene: &Scene<'_>) -> Vec<Risk> {
    let mut found = containers::risks(scene.live, scene.wanted);
    match scene.kind {
        "NetworkPolicy" => found.extend(network(scene)),
        "Namespace" => {
            let [(before, had), (after, has)] = [scene.live, scene.wanted].map(level);
            found.extend((after < before).then(|| risk(&POD_SECURITY_LOWERED, format!("from {had} to {has}"))));
        }
        "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding" => {
            let wider = widened(scene.live, scene.wanted);
            found.extend((!wider.is_empty()).then(|| risk(&PERMISSIONS_WIDENED, wider.join("; "))));
        }
        _ => {}
    }
    found.extend(encryption(scene));
    found
}

fn network(scene: &Scene<'_>) -> Vec<Risk> {
    let types = |it: &Value| it["spec"]["policyTypes"].as_array().cloned().unwrap_or_default();
    let (had, has) = (types(scene.live), types(scene.wanted));
    let dropped = had.iter().filter(|it| !has.contains(it) && !has.is_empty()).filter_map(Value::as_str);
    let mut found: Vec<Risk> =
        dropped.map(|it| risk(&NETWORK_POLICY_REMOVED, format!("it does not speak of {it} any more"))).collect();
    let before = flows(scene.live);
    if found.is_empty() {
        let new = flows(scene.wanted);
        let open = new.difference(&before).filter(|it| is_open_to_all(it)).map(|it| it.words());
        found.extend(open.map(|it| risk(&NETWORK_OPENED, it)));
    }
    found
}

/// Fields that ask for encryption and would go, or be switched off.
fn encryption(scene: &Scene<'_>) -> Option<Risk> {
    let asks = |names: &[&str]| {
        let name = names.last().copied().unwrap_or_default().to_ascii_lowercase();
        let is_block = scene.kind == "Ingress" && names.starts_with(&["spec", "tls"]);
        is_block || ["encrypt", "kms", "ssl-redirect", "tlsmode", "sslmode"].iter().any(|it| name.contains(it))
    };
    let is_off = |it: &Option<Value>| match it {
        None | Some(Value::Null) => true,
        Some(it) => {
            let text = it.as_str().map_or_else(|| it.to_string(), str::to_ascii_lowercase);
            ["false", "none", "disable", "disabled", "off", "no", "[]", "\"\"", ""].contains(&text.as_str())
        }
    };
    let dropped =
        scene.differences.iter().filter(|it| asks(&names(&it.path)) && !is_off(&it.before) && is_off(&it.after));
    let paths: Vec<String> = dropped.map(|it| format!("`{}`", shown(&it.path))).collect();
    (!paths.is_empty()).then(|| risk(&ENCRYPTION_DROPPED, paths.join(", ")))
}

fn risk(code: &'static Code, detail: impl Into<String>) -> Risk {
    Risk { code, detail: detail.into() }
}
