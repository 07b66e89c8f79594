//! The objects that are compared: those of the examples, and real ones of a public platform where its data is here.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::case::cases;
use crate::cluster::{Cluster, Missing, OrNotRun, crds_of};

/// Where all of them are put; where limits would act on others, they have a place of their own.
pub(crate) const NAMESPACE: &str = "truth";
const LIMITS: &str = "truth-limits";

/// All objects, each of a kind that the cluster knows, taken by it as it is.
pub(crate) fn pool(cluster: &Cluster) -> Vec<Value> {
    for name in [NAMESPACE, LIMITS] {
        cluster.create(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
    }
    let examples = cases().into_iter().flat_map(|it| it.objects(cluster)).map(|it| it.node.to_json());
    let others = others().or_left_out("the truth of diffs of real objects").unwrap_or_default();
    let others = others.into_iter().filter(|it| is_known(cluster, it));
    let mut pool: Vec<Value> = examples.chain(others).filter(|it| it["kind"] != "Namespace").collect();
    pool.iter_mut().for_each(|it| settle(cluster, it));
    pool.retain(|it| {
        let path = format!("{}-x?fieldManager=x&fieldValidation=Strict&dryRun=All", cluster.path_of(it));
        let mut named = it.clone();
        named["metadata"]["name"] = format!("{}-x", it["metadata"]["name"].as_str().unwrap()).into();
        let reply = cluster.patch(&path, "application/apply-patch+yaml", &named);
        assert!(reply.is_ok(), "{}: {}", named["metadata"]["name"], reply.message());
        true
    });
    eprintln!(
        "{} objects of {} kinds",
        pool.len(),
        pool.iter().map(|it| it["kind"].as_str().unwrap()).collect::<std::collections::BTreeSet<_>>().len()
    );
    pool
}

/// The objects of `../shared/objects`.
fn others() -> Result<Vec<Value>, Missing> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/objects");
    let missing = |_| Missing { reason: format!("{} is not here", folder.display()) };
    let mut files: Vec<_> = fs::read_dir(&folder).map_err(missing)?.flatten().map(|it| it.path()).collect();
    files.sort();
    let texts = files.iter().filter(|it| it.extension().is_some_and(|it| it == "yaml"));
    let texts = texts.map(|it| fs::read_to_string(it).unwrap());
    Ok(texts.flat_map(|it| serde_yaml::from_multiple::<Value>(&it).unwrap()).filter(Value::is_object).collect())
}

fn is_known(cluster: &Cluster, object: &Value) -> bool {
    let version = object["apiVersion"].as_str().unwrap();
    let kind = object["kind"].as_str().unwrap();
    let knows = || cluster.resources(version).iter().any(|it| it.kind == kind);
    if !knows() {
        let group = version.split_once('/').unwrap_or_default().0;
        let Some(found) = crds_of(&format!("{group}/{kind}")).or_left_out(&format!("the truth of {kind}")) else {
            return false;
        };
        cluster.define(&found);
    }
    knows()
}

/// Puts an object where nothing but the test acts on it.
fn settle(cluster: &Cluster, object: &mut Value) {
    let kind = object["kind"].as_str().unwrap().to_owned();
    let resources = cluster.resources(object["apiVersion"].as_str().unwrap());
    if resources.iter().any(|it| it.kind == kind && it.namespaced) {
        let limits = ["ResourceQuota", "LimitRange"].contains(&kind.as_str());
        object["metadata"]["namespace"] = if limits { LIMITS } else { NAMESPACE }.into();
    }
    if kind == "PriorityClass" {
        object.as_object_mut().unwrap().remove("globalDefault");
    }
    let name = object["metadata"]["name"].as_str().unwrap();
    let name: String = name.chars().take(40).collect();
    object["metadata"]["name"] = name.trim_end_matches(['-', '.', ':']).into();
}
