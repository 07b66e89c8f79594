//! Pod templates.

use smol_str::{SmolStr, format_smolstr};

use super::access::token;
use super::container::{container, sidecar};
use super::meta::{labels, selector};
use super::storage::claim;
use crate::object::{Pairs, fields};
use crate::plan::{
    Claim, GPU_MEMORY, LIFETIME, NEAR, NO_SERVICE_LINKS, Plan, PodVolume, RESTRICTED, SECRET_FILE, SPREAD, TOGETHER,
    Toleration, Volume, VolumeSource, Workload,
};
use crate::source::{At, Node};
use crate::spec::Spread;

/// What the kind of the workload adds to its pods.
#[derive(Default)]
pub(super) struct PodExtras {
    /// `Never` for what runs to completion; otherwise left out.
    pub(super) restart_policy: Option<At<&'static str>>,
    /// The headless Service that gives the pods their names.
    pub(super) subdomain: Option<At<SmolStr>>,
}

/// The template of a workload's pods.
pub(super) fn template(plan: &Plan, workload: &Workload, extras: PodExtras) -> Node {
    let origin = workload.origin;
    let mut annotations = workload.annotations.clone();
    annotations.extend(workload.pod.secrets().into_iter().filter_map(|it| secret_digest(plan, it)));
    let mut own = labels(&plan.identity, Some(workload));
    own.extend(workload.pod.placement.together.iter().map(sharing));
    own.sort_by(|a, b| a.0.cmp(&b.0));
    let metadata = fields!(origin;
        "labels" => Pairs(own),
        "annotations" => Pairs(annotations),
    );
    fields!(origin; "metadata" => metadata, "spec" => pod_spec(plan, workload, extras))
}

/// What rolls the pods when a secret changes.
fn secret_digest(plan: &Plan, secret: &SmolStr) -> Option<(SmolStr, At<SmolStr>)> {
    let digest = plan.secrets.get(secret)?.digest.clone()?;
    Some((format_smolstr!("mlopsc.dev/secret-{secret}"), digest))
}

fn pod_spec(plan: &Plan, workload: &Workload, extras: PodExtras) -> Node {
    let pod = &workload.pod;
    let origin = workload.origin;
    let placement = &pod.placement;
    fields!(origin;
        "serviceAccountName" => &workload.name,
        "automountServiceAccountToken" => token(workload),
        "enableServiceLinks" => At::new(false, origin.by(NO_SERVICE_LINKS)),
        "restartPolicy" => extras.restart_policy,
        "subdomain" => extras.subdomain,
        "terminationGracePeriodSeconds" => pod.grace,
        "priorityClassName" => placement.priority.clone(),
        "imagePullSecrets" => pod.pull_secret.iter().map(|it| fields!(it.origin; "name" => it)).collect::<Vec<_>>(),
        "nodeSelector" => Pairs(placement.node_selector.clone()),
        "affinity" => affinity(plan, workload),
        "topologySpreadConstraints" => spread(plan, workload).into_iter().collect::<Vec<_>>(),
        "tolerations" => placement.tolerations.iter().map(toleration).collect::<Vec<_>>(),
        "securityContext" => security(workload),
        "initContainers" => pod
            .init
            .iter()
            .map(|it| container(plan, it))
            .chain(pod.sidecars.iter().map(|it| sidecar(plan, it)))
            .collect::<Vec<_>>(),
        "containers" => vec![container(plan, &pod.main)],
        "volumes" => pod.volumes.iter().map(|it| volume(plan, workload, it)).collect::<Vec<_>>(),
    )
}

fn security(workload: &Workload) -> Node {
    let user = &workload.pod.user;
    let origin = workload.origin.by(RESTRICTED);
    let is_numeric = workload.pod.main.as_root.is_none();
    fields!(origin;
        "runAsNonRoot" => is_numeric.then_some(true),
        "runAsUser" => is_numeric.then_some(user.uid),
        "runAsGroup" => is_numeric.then_some(user.gid),
        "fsGroup" => user.fs_group,
        "fsGroupChangePolicy" => "OnRootMismatch",
        "seccompProfile" => fields!(origin; "type" => "RuntimeDefault"),
    )
}

fn toleration(toleration: &At<Toleration>) -> Node {
    let operator = if toleration.value.value.is_some() { "Equal" } else { "Exists" };
    fields!(toleration.origin;
        "key" => &toleration.key,
        "operator" => operator,
        "value" => toleration.value.value.clone(),
        "effect" => toleration.effect.clone(),
    )
}

fn spread(plan: &Plan, workload: &Workload) -> Option<Node> {
    let spread = workload.pod.placement.spread?;
    let origin = spread.origin;
    let key = match spread.value {
        Spread::Node => "kubernetes.io/hostname",
        Spread::Zone => "topology.kubernetes.io/zone",
    };
    Some(fields!(origin.by(SPREAD);
        "maxSkew" => 1,
        "topologyKey" => At::new(key, origin),
        "whenUnsatisfiable" => "ScheduleAnyway",
        "labelSelector" => fields!(origin; "matchLabels" => Pairs(selector(&plan.identity, &workload.name))),
    ))
}

fn affinity(plan: &Plan, workload: &Workload) -> Option<Node> {
    let (near, together) = (&workload.pod.placement.near, &workload.pod.placement.together);
    let gpu = workload.pod.main.resources.gpu.as_ref().and_then(|it| it.min_memory);
    if near.is_empty() && together.is_empty() && gpu.is_none() {
        return None;
    }
    let node = gpu.map(gpu_memory);
    let terms: Vec<Node> = near.iter().map(|it| near_term(plan, it)).collect();
    let origin = workload.origin;
    let must: Vec<Node> = together.iter().map(|it| together_term(plan, it)).collect();
    let rule = if must.is_empty() { NEAR } else { TOGETHER };
    let pod = (!terms.is_empty() || !must.is_empty()).then(|| {
        fields!(origin.by(rule);
            "requiredDuringSchedulingIgnoredDuringExecution" => must,
            "preferredDuringSchedulingIgnoredDuringExecution" => terms,
        )
    });
    Some(fields!(origin; "nodeAffinity" => node, "podAffinity" => pod))
}

/// The label of the pods that share a volume.
fn sharing(volume: &At<SmolStr>) -> (SmolStr, At<SmolStr>) {
    (format_smolstr!("mlopsc.dev/shares-{volume}"), At::new("true".into(), volume.origin))
}

/// The scheduler takes a pod that matches its own term anywhere while no other pod matches it.
fn together_term(plan: &Plan, volume: &At<SmolStr>) -> Node {
    let origin = volume.origin;
    let labels = vec![("app.kubernetes.io/instance".into(), plan.identity.instance.clone()), sharing(volume)];
    fields!(origin;
        "labelSelector" => fields!(origin; "matchLabels" => Pairs(labels)),
        "topologyKey" => "kubernetes.io/hostname",
    )
}

fn near_term(plan: &Plan, other: &At<SmolStr>) -> Node {
    let origin = other.origin.by(NEAR);
    let term = fields!(origin;
        "labelSelector" => fields!(origin; "matchLabels" => Pairs(selector(&plan.identity, other))),
        "topologyKey" => "kubernetes.io/hostname",
    );
    fields!(origin; "weight" => 100, "podAffinityTerm" => term)
}

/// `Gt` compares whole numbers, so that "at least" becomes "more than one less".
fn gpu_memory(least: At<u64>) -> Node {
    let origin = least.origin.by(GPU_MEMORY);
    let more_than = least.value.saturating_sub(1).to_string();
    let expression = fields!(origin;
        "key" => "nvidia.com/gpu.memory",
        "operator" => "Gt",
        "values" => vec![more_than],
    );
    let terms = vec![fields!(origin; "matchExpressions" => vec![expression])];
    fields!(origin; "requiredDuringSchedulingIgnoredDuringExecution" => fields!(origin; "nodeSelectorTerms" => terms))
}

/// A dataset whose bytes go with the pod.
fn of_pod(plan: &Plan, workload: &Workload, volume: &Volume) -> Option<(&'static str, Node)> {
    let origin = volume.origin.by(LIFETIME);
    match volume.claim {
        Claim::Pod { .. } => Some(("emptyDir", fields!(origin; "sizeLimit" => &volume.size))),
        Claim::Run => {
            let metadata = fields!(origin; "labels" => Pairs(labels(&plan.identity, Some(workload))));
            let mut template = fields!(origin; "metadata" => metadata);
            if let (Some(map), Some(spec)) = (template.as_map_mut(), claim(volume, None).get("spec")) {
                map.set("spec", spec.clone());
            }
            Some(("ephemeral", fields!(origin; "volumeClaimTemplate" => template)))
        }
        _ => None,
    }
}

fn volume(plan: &Plan, workload: &Workload, volume: &PodVolume) -> Node {
    let origin = volume.origin;
    let name = At::new(volume.name.clone(), origin);
    match &volume.source {
        VolumeSource::Scratch { size } => {
            fields!(origin; "name" => name, "emptyDir" => fields!(origin; "sizeLimit" => size))
        }
        VolumeSource::Memory { size } => {
            fields!(origin; "name" => name, "emptyDir" => fields!(origin; "medium" => "Memory", "sizeLimit" => size))
        }
        VolumeSource::Data { volume, read_only } => {
            let known = plan.volumes.get(volume);
            if let Some((key, source)) = known.and_then(|it| of_pod(plan, workload, it)) {
                let mut node = fields!(origin; "name" => name);
                if let Some(map) = node.as_map_mut() {
                    map.set(key, source);
                }
                return node;
            }
            let claim = known.map(|it| &it.claim_name).cloned();
            let claim = fields!(origin; "claimName" => claim, "readOnly" => read_only.then_some(true));
            fields!(origin; "name" => name, "persistentVolumeClaim" => claim)
        }
        VolumeSource::Config { table } => {
            let object = plan.configs.get(table).map(|it| &it.object).cloned();
            fields!(origin; "name" => name, "configMap" => fields!(origin; "name" => object))
        }
        VolumeSource::Secret { secret } => {
            let object = plan.secrets.get(secret).map(|it| &it.object).cloned();
            let origin = origin.by(SECRET_FILE);
            // 0440: the files belong to root and to the pod's group.
            let secret = fields!(origin; "secretName" => object, "defaultMode" => 0o440);
            fields!(origin; "name" => name, "secret" => secret)
        }
    }
}
