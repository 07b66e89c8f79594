//! Manifests of somebody else's as objects.

use serde_json::Value;

use super::Object;
use crate::source::{Node, Origin};

/// Kinds of the API, and of operators that this compiler knows, whose objects belong to no namespace.
const OF_CLUSTER: &[&str] = &[
    "APIService",
    "CertificateSigningRequest",
    "ClusterCleanupPolicy",
    "ClusterExternalSecret",
    "ClusterIssuer",
    "ClusterPolicy",
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterSecretStore",
    "ClusterServingRuntime",
    "CSIDriver",
    "CustomResourceDefinition",
    "DeviceClass",
    "FlowSchema",
    "GatewayClass",
    "IngressClass",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttributesClass",
    "VolumeSnapshotClass",
];

/// Reads a file of manifests as kubectl does (YAML 1.1: `0644` is octal, `yes` and `y` are true), in which empty documents are passed over.
///
/// # Errors
/// What is wrong, with the line of the YAML or the number of the document, from 1. No value of the file is in it.
pub fn read_manifests(text: &str, origin: Origin) -> Result<Vec<Object>, String> {
    let options = serde_yaml::options! { legacy_octal_numbers: true };
    let documents: Vec<Value> =
        serde_yaml::from_multiple_with_options(text, options).map_err(|why| unreadable(&why))?;
    let documents = documents.into_iter().enumerate().filter(|(_, it)| !it.is_null());
    documents.map(|(index, it)| object(&it, origin).map_err(|why| format!("document {}: {why}", index + 1))).collect()
}

/// Why a text is no YAML, without the values that are in it.
#[must_use]
pub fn unreadable(why: &serde_yaml::Error) -> String {
    let place = why.location().map(|it| format!(" (line {}, column {})", it.line(), it.column()));
    format!("it cannot be read as YAML{}", place.unwrap_or_default())
}

fn object(document: &Value, origin: Origin) -> Result<Object, String> {
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).filter(|it| !it.is_empty());
    for (key, pointer) in [("apiVersion", "/apiVersion"), ("kind", "/kind"), ("metadata.name", "/metadata/name")] {
        if text(pointer).is_none() {
            return Err(format!("there is no `{key}`"));
        }
    }
    if document["items"].is_array() {
        return Err("it is a list: write each object as a document of its own".to_owned());
    }
    Ok(Object { node: Node::from_json(document, origin) })
}

/// Whether objects of a kind belong to no namespace. A kind that is not known is taken to have one.
#[must_use]
pub fn is_of_cluster(kind: &str) -> bool {
    OF_CLUSTER.contains(&kind)
}
