//! What pods and their containers may do, before and after.

use std::collections::BTreeSet;

use serde_json::Value;

use super::codes::{PRIVILEGES_GAINED, ROOT_ALLOWED, ROOT_FILESYSTEM_WRITABLE};
use crate::diff::impact::pod_specs;
use crate::diff::model::Risk;

pub(super) fn risks(before: &Value, after: &Value) -> Vec<Risk> {
    let mut found = Vec::new();
    for (before, after) in pod_specs(before).into_iter().zip(pod_specs(after)) {
        found.extend(of_pod(before, after));
        for list in ["initContainers", "containers"] {
            for container in after[list].as_array().into_iter().flatten() {
                let known = before[list].as_array().into_iter().flatten().find(|it| it["name"] == container["name"]);
                // A new container is measured against what this compiler gives one.
                let settings = [Settings::of(before, known), Settings::of(after, Some(container))];
                found.extend(of_container(container["name"].as_str().unwrap_or_default(), &settings));
            }
        }
    }
    found
}

/// What a container may do.
#[derive(Default)]
struct Settings {
    is_held: bool,
    is_read_only: bool,
    gains: BTreeSet<String>,
}

impl Settings {
    fn of(pod: &Value, container: Option<&Value>) -> Self {
        let Some(container) = container else {
            return Self { is_held: true, is_read_only: true, gains: BTreeSet::new() };
        };
        let own = |key: &str| {
            let of_container = &container["securityContext"][key];
            if of_container.is_null() { &pod["securityContext"][key] } else { of_container }
        };
        let context = &container["securityContext"];
        let mut gains = BTreeSet::new();
        let mut gain = |is_so: bool, what: &str| is_so.then(|| gains.insert(what.to_owned()));
        gain(context["privileged"] == true, "it is privileged");
        gain(context["allowPrivilegeEscalation"] != false, "it may gain more privileges");
        gain(own("seccompProfile")["type"].as_str().is_none_or(|it| it == "Unconfined"), "it has no seccomp profile");
        let drops = context["capabilities"]["drop"].as_array();
        gain(!drops.is_some_and(|it| it.iter().any(|it| it == "ALL")), "it keeps capabilities");
        for it in context["capabilities"]["add"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            gain(true, &format!("it has the capability {it}"));
        }
        let is_held = *own("runAsNonRoot") == true || own("runAsUser").as_u64().is_some_and(|it| it > 0);
        Self { is_held, is_read_only: context["readOnlyRootFilesystem"] == true, gains }
    }
}

fn of_container(name: &str, [before, after]: &[Settings; 2]) -> Vec<Risk> {
    let mut found = Vec::new();
    if before.is_held && !after.is_held {
        found.push(Risk { code: &ROOT_ALLOWED, detail: format!("the container {name}") });
    }
    if before.is_read_only && !after.is_read_only {
        found.push(Risk { code: &ROOT_FILESYSTEM_WRITABLE, detail: format!("the container {name}") });
    }
    let gained: Vec<String> = after.gains.difference(&before.gains).cloned().collect();
    if !gained.is_empty() {
        found.push(Risk { code: &PRIVILEGES_GAINED, detail: format!("the container {name}: {}", gained.join(", ")) });
    }
    found
}

fn of_pod(before: &Value, after: &Value) -> Option<Risk> {
    let shared = |pod: &Value| -> BTreeSet<String> {
        let flags = [("hostNetwork", "network"), ("hostPID", "processes"), ("hostIPC", "shared memory")];
        let flags = flags.into_iter().filter(|(key, _)| pod[*key] == true).map(|(_, what)| format!("its {what}"));
        let volumes = pod["volumes"].as_array().into_iter().flatten();
        let files = volumes.filter_map(|it| it["hostPath"]["path"].as_str()).map(|it| format!("its files in {it}"));
        flags.chain(files).collect()
    };
    let gained: Vec<String> = shared(after).difference(&shared(before)).cloned().collect();
    let detail = || format!("the node shares {}", gained.join(", "));
    (!gained.is_empty()).then(|| Risk { code: &PRIVILEGES_GAINED, detail: detail() })
}
