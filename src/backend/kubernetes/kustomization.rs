//! Kustomizations: which files are applied together.

use smol_str::SmolStr;

use super::emission::Emission;
use super::secret::{copied, local, type_name};
use crate::backend::{Emitted, path};
use crate::object::{Object, fields};
use crate::plan::{OBJECT, Plan, SecretEntry, SecretRef};
use crate::source::{Node, Origin};

pub(super) fn emit(plan: &Plan, out: &Emission<'_>, emitted: &mut Emitted) {
    let mut folders = Vec::new();
    for folder in ["platform", "kubernetes"] {
        // Applying what is declared neither starts nor stops a stage: that is for `run-pipeline.sh`.
        let is_stage = |it: &Object| it.kind() == "Job" && plan.workloads.contains_key(it.name());
        let lasting = out.objects().iter().filter(|(_, object)| !is_stage(object));
        let files = lasting.filter_map(|(path, _)| path.as_str().strip_prefix(folder)?.strip_prefix('/'));
        let mut files: Vec<SmolStr> = files.map(SmolStr::new).collect();
        files.sort();
        if !files.is_empty() {
            let generators = if folder == "kubernetes" { generators(plan) } else { Vec::new() };
            let document = kustomization(files, generators);
            emitted.documents.push((path(format!("{folder}/kustomization.yaml")), document));
            folders.push(SmolStr::new(folder));
        }
    }
    emitted.documents.push((path("kustomization.yaml"), kustomization(folders, Vec::new())));
}

fn kustomization(resources: Vec<SmolStr>, generators: Vec<Node>) -> Node {
    let origin = Origin::rule(OBJECT);
    fields!(origin;
        "apiVersion" => "kustomize.config.k8s.io/v1beta1",
        "kind" => "Kustomization",
        "resources" => resources,
        "secretGenerator" => generators,
    )
}

/// What makes a secret in the cluster of files that lie here, one for each key: values of several lines, such as
/// certificates, stay as they are, and so do those with quotes or a `#`.
fn generators(plan: &Plan) -> Vec<Node> {
    let file = |secret: &SecretRef, it: &SecretEntry| it.key.clone().map(|key| format!("{key}={}", copied(secret, it)));
    let everywhere = local(plan).flat_map(|secret| plan.places_of(secret).into_iter().map(move |it| (secret, it)));
    let generator = everywhere.map(|(secret, namespace)| {
        let origin = secret.origin;
        let files: Vec<_> = secret.keys.iter().map(|it| file(secret, it)).collect();
        fields!(origin;
            "name" => &secret.object,
            "namespace" => namespace,
            "type" => secret.kind.map(type_name),
            "files" => files,
            // The name must be the one that the pods know.
            "options" => fields!(origin; "disableNameSuffixHash" => true),
        )
    });
    generator.collect()
}
