//! What the API server and its controllers put into an object that does not say it: a table, by kind and field.

use serde_json::{Map, Value, json};

use super::path::{Step, find, names};
use super::value::is_free;

/// Fields of `metadata` that are the server's.
pub(super) const NOISE_OF_METADATA: &[&str] = &[
    "managedFields",
    "resourceVersion",
    "uid",
    "generation",
    "creationTimestamp",
    "selfLink",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
];

/// Annotations that tools and controllers keep for themselves. The first two hold whole objects, secrets too.
pub(super) const NOISE_OF_ANNOTATIONS: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    "kapp.k14s.io/original",
    "deployment.kubernetes.io/revision",
    "deprecated.daemonset.template.generation",
    "pv.kubernetes.io/bind-completed",
    "pv.kubernetes.io/bound-by-controller",
    "volume.kubernetes.io/selected-node",
    "volume.kubernetes.io/storage-provisioner",
    "volume.beta.kubernetes.io/storage-provisioner",
];

/// By field, the value that the server gives it; the kind and the field around it are empty where any will do.
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("", "", "terminationMessagePath", "\"/dev/termination-log\""),
    ("", "", "terminationMessagePolicy", "\"File\""),
    ("", "spec", "restartPolicy", "\"Always\""),
    ("", "spec", "dnsPolicy", "\"ClusterFirst\""),
    ("", "spec", "schedulerName", "\"default-scheduler\""),
    ("", "spec", "securityContext", "{}"),
    ("", "spec", "terminationGracePeriodSeconds", "30"),
    ("", "spec", "enableServiceLinks", "true"),
    ("", "spec", "preemptionPolicy", "\"PreemptLowerPriority\""),
    ("", "ports", "protocol", "\"TCP\""),
    ("", "", "timeoutSeconds", "1"),
    ("", "", "periodSeconds", "10"),
    ("", "", "successThreshold", "1"),
    ("", "", "failureThreshold", "3"),
    ("", "httpGet", "scheme", "\"HTTP\""),
    ("", "httpGet", "path", "\"/\""),
    ("", "grpc", "service", "\"\""),
    ("", "", "defaultMode", "420"),
    ("", "hostPath", "type", "\"\""),
    ("", "", "emptyDir", "{}"),
    ("", "fieldRef", "apiVersion", "\"v1\""),
    ("", "resourceFieldRef", "divisor", "\"0\""),
    ("", "serviceAccountToken", "expirationSeconds", "3600"),
    ("", "volumeClaimTemplate", "volumeMode", "\"Filesystem\""),
    ("Deployment", "spec", "replicas", "1"),
    ("Deployment", "spec", "progressDeadlineSeconds", "600"),
    ("Deployment", "spec", "revisionHistoryLimit", "10"),
    ("Deployment", "strategy", "type", "\"RollingUpdate\""),
    ("Deployment", "rollingUpdate", "maxSurge", "\"25%\""),
    ("Deployment", "rollingUpdate", "maxUnavailable", "\"25%\""),
    ("StatefulSet", "spec", "replicas", "1"),
    ("StatefulSet", "spec", "revisionHistoryLimit", "10"),
    ("StatefulSet", "spec", "podManagementPolicy", "\"OrderedReady\""),
    ("StatefulSet", "updateStrategy", "type", "\"RollingUpdate\""),
    ("StatefulSet", "rollingUpdate", "partition", "0"),
    ("StatefulSet", "persistentVolumeClaimRetentionPolicy", "whenDeleted", "\"Retain\""),
    ("StatefulSet", "persistentVolumeClaimRetentionPolicy", "whenScaled", "\"Retain\""),
    ("StatefulSet", "volumeClaimTemplates", "apiVersion", "\"v1\""),
    ("StatefulSet", "volumeClaimTemplates", "kind", "\"PersistentVolumeClaim\""),
    ("StatefulSet", "spec", "volumeMode", "\"Filesystem\""),
    ("DaemonSet", "spec", "revisionHistoryLimit", "10"),
    ("DaemonSet", "updateStrategy", "type", "\"RollingUpdate\""),
    ("DaemonSet", "rollingUpdate", "maxSurge", "0"),
    ("DaemonSet", "rollingUpdate", "maxUnavailable", "1"),
    ("Job", "spec", "completions", "1"),
    ("Job", "spec", "parallelism", "1"),
    ("Job", "spec", "backoffLimit", "6"),
    ("Job", "spec", "completionMode", "\"NonIndexed\""),
    ("Job", "spec", "manualSelector", "false"),
    ("Job", "spec", "suspend", "false"),
    ("Job", "spec", "podReplacementPolicy", "\"TerminatingOrFailed\""),
    ("Job", "spec", "podReplacementPolicy", "\"Failed\""),
    ("CronJob", "spec", "concurrencyPolicy", "\"Allow\""),
    ("CronJob", "spec", "suspend", "false"),
    ("CronJob", "spec", "successfulJobsHistoryLimit", "3"),
    ("CronJob", "spec", "failedJobsHistoryLimit", "1"),
    ("CronJob", "spec", "completions", "1"),
    ("CronJob", "spec", "parallelism", "1"),
    ("CronJob", "spec", "backoffLimit", "6"),
    ("Service", "spec", "type", "\"ClusterIP\""),
    ("Service", "spec", "sessionAffinity", "\"None\""),
    ("Service", "spec", "internalTrafficPolicy", "\"Cluster\""),
    ("Service", "spec", "externalTrafficPolicy", "\"Cluster\""),
    ("Service", "spec", "allocateLoadBalancerNodePorts", "true"),
    ("Service", "spec", "ipFamilyPolicy", "\"SingleStack\""),
    ("NetworkPolicy", "ports", "protocol", "\"TCP\""),
    ("PersistentVolumeClaim", "spec", "volumeMode", "\"Filesystem\""),
    ("PersistentVolume", "spec", "volumeMode", "\"Filesystem\""),
    ("PersistentVolume", "spec", "persistentVolumeReclaimPolicy", "\"Retain\""),
    ("StorageClass", "", "reclaimPolicy", "\"Delete\""),
    ("StorageClass", "", "volumeBindingMode", "\"Immediate\""),
    ("PriorityClass", "", "preemptionPolicy", "\"PreemptLowerPriority\""),
    ("HorizontalPodAutoscaler", "spec", "minReplicas", "1"),
    ("Secret", "", "type", "\"Opaque\""),
    ("RoleBinding", "roleRef", "apiGroup", "\"rbac.authorization.k8s.io\""),
    ("ClusterRoleBinding", "roleRef", "apiGroup", "\"rbac.authorization.k8s.io\""),
    ("HTTPRoute", "parentRefs", "group", "\"gateway.networking.k8s.io\""),
    ("HTTPRoute", "parentRefs", "kind", "\"Gateway\""),
    ("HTTPRoute", "backendRefs", "group", "\"\""),
    ("HTTPRoute", "backendRefs", "kind", "\"Service\""),
    ("HTTPRoute", "backendRefs", "weight", "1"),
    ("HTTPRoute", "path", "type", "\"PathPrefix\""),
    ("HTTPRoute", "path", "value", "\"/\""),
];

/// Fields in which the server does not keep what would be so without them; the kind is empty where any will do.
const DROPPED: &[(&str, &str)] = &[
    ("PriorityClass", "globalDefault"),
    ("PersistentVolume", "storageClassName"),
    ("", "hostNetwork"),
    ("", "hostPID"),
    ("", "hostIPC"),
    ("", "readOnly"),
    ("", "stdin"),
    ("", "stdinOnce"),
    ("", "tty"),
    ("", "subPath"),
    ("", "value"),
    ("", "paused"),
    ("", "minReadySeconds"),
    ("Service", "publishNotReadyAddresses"),
    ("StorageClass", "parameters"),
];

/// Whether a wanted field is one that the server would not keep.
pub(super) fn is_dropped(kind: &str, field: &str, value: &Value) -> bool {
    let is_zero = *value == false || *value == 0 || *value == "";
    is_zero && DROPPED.iter().any(|(of, name)| (of.is_empty() || *of == kind) && *name == field)
}

/// Defaults inside what is owned as one value: the kind, which is empty where any will do, the field around, the field,
/// its value. Each is what the API server gives, whatever else the object says.
const INSIDE: &[(&str, &str, &str, &str)] = &[
    ("", "fieldRef", "apiVersion", "\"v1\""),
    ("", "resourceFieldRef", "divisor", "\"0\""),
    ("", "serviceAccountToken", "expirationSeconds", "3600"),
    ("NetworkPolicy", "ports", "protocol", "\"TCP\""),
    ("StatefulSet", "volumeClaimTemplates", "status", "{\"phase\":\"Pending\"}"),
    ("StatefulSet", "spec", "volumeMode", "\"Filesystem\""),
];

/// Whether a live field, inside a value that is owned as a whole and does not say it, is what the server puts there.
/// `beside` is what that value says.
pub(super) fn is_default_inside(
    kind: &str,
    path: &[&str],
    field: &str,
    value: &Value,
    beside: &Map<String, Value>,
) -> bool {
    let around = path.last().copied().unwrap_or_default();
    if matches!(kind, "RoleBinding" | "ClusterRoleBinding")
        && field == "apiGroup"
        && value == "rbac.authorization.k8s.io"
    {
        let of = beside.get("kind").and_then(Value::as_str).unwrap_or_default();
        return around == "roleRef" || (around == "subjects" && (of == "User" || of == "Group"));
    }
    let fits = |(of, parent, name, text): &&(&str, &str, &str, &str)| {
        (of.is_empty() || *of == kind) && *parent == around && *name == field && is(text, value)
    };
    INSIDE.iter().any(|it| fits(&it))
}

/// Fields that the server does not keep while they are zero: the field around, the field, and what is zero for it.
const ZERO: &[(&str, &str, &str)] = &[
    ("env", "value", "\"\""),
    ("volumeMounts", "subPath", "\"\""),
    ("containers", "stdin", "false"),
    ("containers", "stdinOnce", "false"),
    ("containers", "tty", "false"),
    ("volumeMounts", "readOnly", "false"),
    ("persistentVolumeClaim", "readOnly", "false"),
    ("nfs", "readOnly", "false"),
];

/// The same of the spec of a kind, where no other kind has the field.
const ZERO_OF_SPEC: &[(&str, &str, &str)] = &[
    ("DaemonSet", "minReadySeconds", "0"),
    ("Deployment", "minReadySeconds", "0"),
    ("Deployment", "paused", "false"),
    ("Pod", "hostIPC", "false"),
    ("Pod", "hostNetwork", "false"),
    ("Pod", "hostPID", "false"),
    ("ReplicaSet", "minReadySeconds", "0"),
    ("Service", "publishNotReadyAddresses", "false"),
    ("StatefulSet", "minReadySeconds", "0"),
];

/// Maps that the server does not keep while they are empty; a structure would stay.
const MAPS: &[&str] = &["binaryData", "data", "limits", "matchLabels", "nodeSelector", "requests"];

/// Lists that the server does not keep while they are empty.
const LISTS: &[&str] = &[
    "args",
    "command",
    "env",
    "envFrom",
    "imagePullSecrets",
    "initContainers",
    "rules",
    "tolerations",
    "topologySpreadConstraints",
    "volumeMounts",
    "volumes",
];

/// Whether a wanted value is one that the server does not keep in an object of its own kinds.
pub(super) fn is_left_out(kind: &str, path: &[&str], value: &Value) -> bool {
    let Some((last, rest)) = path.split_last() else { return false };
    let around = rest.last().copied().unwrap_or_default();
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty() && LISTS.contains(last),
        Value::Object(map) => map.is_empty() && MAPS.contains(last),
        _ => {
            let is_zero =
                |around: &str, (of, name, zero): &(&str, &str, &str)| *of == around && name == last && is(zero, value);
            let owner = match rest {
                ["spec"] => kind,
                [.., "template", "spec"] => "Pod",
                _ => "",
            };
            !matches!(kind, "ConfigMap" | "Secret")
                && (ZERO.iter().any(|it| is_zero(around, it)) || ZERO_OF_SPEC.iter().any(|it| is_zero(owner, it)))
        }
    }
}

/// Fields of which the server or a controller decides the value: kind, the path's end.
const DECIDED: &[(&str, &str)] = &[
    ("Service", "spec.clusterIP"),
    ("Service", "spec.clusterIPs"),
    ("Service", "spec.ipFamilies"),
    ("Service", "spec.ports.nodePort"),
    ("Service", "spec.healthCheckNodePort"),
    ("PersistentVolumeClaim", "spec.volumeName"),
    ("PersistentVolumeClaim", "spec.storageClassName"),
    ("PersistentVolumeClaim", "metadata.finalizers"),
    ("PersistentVolume", "spec.claimRef"),
    ("PersistentVolume", "metadata.finalizers"),
    ("Namespace", "spec.finalizers"),
    ("Namespace", "spec"),
    ("Namespace", "metadata.labels.kubernetes.io/metadata.name"),
    ("Job", "spec.selector"),
    ("Job", "metadata.labels.controller-uid"),
    ("Job", "metadata.labels.job-name"),
    ("Job", "spec.template.metadata.labels.controller-uid"),
    ("Job", "spec.template.metadata.labels.job-name"),
    ("Job", "spec.template.metadata.labels.batch.kubernetes.io/controller-uid"),
    ("Job", "spec.template.metadata.labels.batch.kubernetes.io/job-name"),
    ("ServiceAccount", "secrets"),
    ("StatefulSet", "spec.volumeClaimTemplates.status.phase"),
];

/// Whether the server or a controller decides a live field that nobody wants.
pub(super) fn is_decided(kind: &str, path: &[Step]) -> bool {
    let whole = names(path).join(".");
    DECIDED.iter().any(|(of, end)| *of == kind && whole == *end)
}

/// Whether a field has the value that the server gives it where nobody says it; `object` is all that is said. What is the
/// same in all kinds is so in Kubernetes' own (`built_in`): the schema of a custom resource has defaults of its own.
pub(super) fn is_default(kind: &str, built_in: bool, path: &[Step], value: &Value, object: &Value) -> bool {
    let names = names(path);
    let Some((last, rest)) = names.split_last() else { return false };
    let around = rest.last().copied().unwrap_or_default();
    let fits = |(of, parent, field, text): &&(&str, &str, &str, &str)| {
        let is_kind = *of == kind || (of.is_empty() && built_in);
        is_kind && (parent.is_empty() || *parent == around) && field == last && is(text, value)
    };
    !is_free(around)
        && (TABLE.iter().any(|it| fits(&it)) || (built_in && is_of_another(path, last, around, value, object)))
}

/// Fields that the server makes of other fields of the object.
fn is_of_another(path: &[Step], last: &str, around: &str, value: &Value, object: &Value) -> bool {
    let beside = |up: usize, name: &str| {
        let mut way = path[..path.len().saturating_sub(up)].to_vec();
        way.push(Step::Key(name.to_owned()));
        find(&way, object)
    };
    match (around, last) {
        (_, "serviceAccount") => beside(1, "serviceAccountName") == Some(value),
        ("ports", "targetPort") => beside(1, "port") == Some(value),
        // Requests that nobody says are the limits.
        ("requests", name) => find(&limits(path, name), object) == Some(value),
        ("default", name) => find(&sibling(path, "max", name), object) == Some(value),
        ("defaultRequest", name) => {
            let from = ["default", "min", "max"].map(|it| find(&sibling(path, it, name), object));
            from.contains(&Some(value))
        }
        ("spec", "policyTypes") => {
            let has_egress = beside(1, "egress").and_then(Value::as_array).is_some_and(|it| !it.is_empty());
            *value == if has_egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) }
        }
        ("containers" | "initContainers" | "ephemeralContainers", "imagePullPolicy") => {
            let image = beside(1, "image").and_then(Value::as_str).unwrap_or_default();
            *value == if is_latest(image) { "Always" } else { "IfNotPresent" }
        }
        _ => false,
    }
}

/// Whether an image is named by the tag `latest`, or by none.
fn is_latest(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or_default();
    !image.contains('@') && name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn limits(path: &[Step], name: &str) -> Vec<Step> {
    sibling(path, "limits", name)
}

/// The field `name` of the map that stands beside the one that a path leads into.
fn sibling(path: &[Step], map: &str, name: &str) -> Vec<Step> {
    let mut way = path[..path.len().saturating_sub(2)].to_vec();
    way.extend([Step::Key(map.to_owned()), Step::Key(name.to_owned())]);
    way
}

fn is(text: &str, value: &Value) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|it| it == *value)
}
