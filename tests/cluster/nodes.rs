//! The nodes of the pools that a spec declares, and a volume for each claim, as a cluster's owner would have them.

use std::collections::{BTreeMap, BTreeSet};

use mlopsc::catalogue::gpu_model;
use mlopsc::spec::{Count, Pool, PoolGpu};
use serde_json::{Value, json};

use crate::case::Case;
use crate::cluster::Cluster;

/// What says on a played node which pool it is of.
pub(crate) const POOL: &str = "tests.mlopsc.dev/pool";

/// Makes the nodes of every pool; where none is declared, some that have everything.
pub(crate) fn make(case: Case, cluster: &Cluster) {
    let declared = case.pools();
    if declared.is_empty() {
        for number in 1..=2 {
            cluster.create(&node("any", number, &labels(case, "any"), &json!([]), &amounts("64", "512Gi")));
            let taint = json!([{"key": "nvidia.com/gpu", "effect": "NoSchedule"}]);
            let mut amounts = amounts("64", "512Gi");
            amounts.insert("nvidia.com/gpu".to_owned(), json!("8"));
            cluster.create(&node("gpu", number, &labels(case, "gpu"), &taint, &amounts));
        }
    }
    for (name, pool) in declared {
        let count = pool.nodes.as_ref().map_or(3, |it| it.count());
        for number in 1..=count {
            let mut labels = labels(case, name.as_str());
            let cpu = pool.cpu.as_ref().map_or("64", |it| it.as_str());
            let mut amounts = amounts(cpu, pool.memory.as_ref().map_or("512Gi", |it| it.as_str()));
            if let Some(label) = &pool.label {
                let (key, value) = label.parts();
                labels.insert(key.to_owned(), json!(value));
            }
            if let Some(gpu) = &pool.gpu {
                add_gpus(gpu, number, &mut labels, &mut amounts);
            }
            cluster.create(&node(name.as_str(), number, &labels, &taints(pool), &amounts));
        }
    }
}

/// Makes what the pods name and the project does not bring along: claims of others, and classes of priority.
pub(crate) fn make_what_others_bring(case: Case, cluster: &Cluster) {
    for priority in named(case, |pod| vec![pod["priorityClassName"].clone()], "PriorityClass") {
        let of = "scheduling.k8s.io/v1";
        cluster.create(&json!({
            "apiVersion": of, "kind": "PriorityClass", "metadata": {"name": priority}, "value": 1000,
        }));
    }
    for claim in foreign_claims(case) {
        cluster.create(&json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": claim, "namespace": case.namespace()},
            "spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": FOREIGN_SIZE.to_string()}}},
        }));
    }
}

/// How large a claim of others is, in bytes.
pub(crate) const FOREIGN_SIZE: u64 = 1 << 30;

/// The claims that pods name and nobody emits.
pub(crate) fn foreign_claims(case: Case) -> BTreeSet<String> {
    let claims = |pod: &Value| {
        let volumes = pod["volumes"].as_array().cloned().unwrap_or_default();
        volumes.iter().map(|it| it["persistentVolumeClaim"]["claimName"].clone()).collect()
    };
    named(case, claims, "PersistentVolumeClaim")
}

/// The names in pods of objects of a kind that are not emitted.
fn named(case: Case, names: impl Fn(&Value) -> Vec<Value>, kind: &str) -> BTreeSet<String> {
    let ours: Vec<&str> = case.emitted().filter(|it| it.kind() == kind).map(|it| it.name()).collect();
    let objects = case.emitted().map(|it| it.node.to_json());
    let pods = objects.filter_map(|it| {
        let places = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec"];
        places.iter().find_map(|place| it.pointer(place)).cloned()
    });
    let all = pods.flat_map(|it| names(&it)).filter_map(|it| it.as_str().map(str::to_owned));
    all.filter(|it| !ours.contains(&it.as_str())).collect()
}

/// Makes a volume for each claim that waits for one.
pub(crate) fn provide(case: Case, cluster: &Cluster) {
    let claims = case.list(cluster, "/api/v1", "persistentvolumeclaims");
    for claim in claims.iter().filter(|it| it["status"]["phase"] == "Pending" && it["spec"]["volumeName"].is_null()) {
        let (namespace, name) = (&claim["metadata"]["namespace"], &claim["metadata"]["name"]);
        let volume = json!({
            "apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": {"name": format!("made-for-{}", name.as_str().unwrap_or_default())},
            "spec": {
                "accessModes": claim["spec"]["accessModes"],
                "capacity": claim["spec"]["resources"]["requests"],
                "storageClassName": claim["spec"]["storageClassName"].as_str().unwrap_or_default(),
                "claimRef": {"namespace": namespace, "name": name},
                "csi": {"driver": "tests.mlopsc.dev", "volumeHandle": name},
            },
        });
        let reply = cluster.post("/api/v1/persistentvolumes", &volume);
        // It is there already while the claim is being bound to it.
        assert!(reply.is_ok() || reply.status == 409, "{}", reply.message());
    }
}

type Amounts = BTreeMap<String, Value>;

fn amounts(cpu: &str, memory: &str) -> Amounts {
    let amounts = [("cpu", cpu), ("memory", memory), ("pods", "110"), ("ephemeral-storage", "10Ti")];
    amounts.into_iter().map(|(name, amount)| (name.to_owned(), json!(amount))).collect()
}

/// What a cluster's owner puts on the nodes because pods ask for it, beyond what tells the pools apart.
fn labels(case: Case, pool: &str) -> Amounts {
    let told_apart: Vec<&str> =
        case.pools().iter().filter_map(|(_, it)| it.label.as_ref()).map(|it| it.parts().0).collect();
    let placements = case.plan().workloads.values().map(|it| &it.pod.placement);
    let mine = placements.filter(|it| it.pools.is_empty() || it.pools.iter().any(|it| it == pool));
    let asked = mine.flat_map(|it| &it.node_selector).filter(|(key, _)| !told_apart.contains(&key.as_str()));
    asked.map(|(key, value)| (key.to_string(), json!(value.value.as_str()))).collect()
}

/// As the GPU operator labels and counts them; slices have resources of their own.
fn add_gpus(gpu: &PoolGpu, number: u32, labels: &mut Amounts, amounts: &mut Amounts) {
    let count = gpu.per_node.map_or(1, |it| it.map(Count::u32).value);
    if let Some(model) = gpu.model.as_ref() {
        labels.insert("nvidia.com/gpu.product".to_owned(), json!(model.as_str()));
        let memory = gpu_model(model.as_str()).map(|it| (it.memory << 10).to_string());
        labels.extend(memory.map(|it| ("nvidia.com/gpu.memory".to_owned(), json!(it))));
    }
    let cut = gpu.mig.as_ref().filter(|it| number <= it.nodes.map_or(u32::MAX, |it| it.map(Count::u32).value));
    let profile = cut.and_then(|it| it.profile.as_ref());
    let Some(profile) = profile else {
        amounts.insert("nvidia.com/gpu".to_owned(), json!(count.to_string()));
        return;
    };
    // `1g.10gb` is one of seven parts.
    let parts = profile.split_once('g').and_then(|(parts, _)| parts.parse::<u32>().ok()).unwrap_or(7);
    amounts.insert(format!("nvidia.com/mig-{}", profile.as_str()), json!((count * (7 / parts)).to_string()));
}

/// `key=value:Effect`
fn taints(pool: &Pool) -> Value {
    let Some(taint) = &pool.taint else { return json!([]) };
    let (pair, effect) = taint.split_once(':').unwrap_or((taint.as_str(), "NoSchedule"));
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    json!([{"key": key, "value": value, "effect": effect}])
}

fn node(pool: &str, number: u32, labels: &Amounts, taints: &Value, amounts: &Amounts) -> Value {
    let name = format!("{pool}-{number}");
    let mut labels = labels.clone();
    labels.insert(POOL.to_owned(), json!(pool));
    labels.insert("kubernetes.io/hostname".to_owned(), json!(name));
    labels.insert("topology.kubernetes.io/zone".to_owned(), json!(format!("zone-{number}")));
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}},
        "spec": {"taints": taints},
        "status": {
            "capacity": amounts, "allocatable": amounts,
            "conditions": [{"type": "Ready", "status": "True", "reason": "Played"}],
        },
    })
}
