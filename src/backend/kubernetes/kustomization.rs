//! Kustomizations: which files are applied together.

use smol_str::{SmolStr, format_smolstr};

use super::emission::Emission;
use super::secret::type_name;
use crate::backend::{Emitted, path};
use crate::object::fields;
use crate::plan::{OBJECT, Plan};
use crate::source::{Node, Origin};
use crate::spec::SecretFrom;

pub(super) fn emit(plan: &Plan, out: &Emission<'_>, emitted: &mut Emitted) {
    let mut folders = Vec::new();
    for folder in ["platform", "kubernetes"] {
        let files = out.objects().iter().filter_map(|(path, _)| path.as_str().strip_prefix(folder)?.strip_prefix('/'));
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

/// Secrets from git-ignored files: kustomize reads them when it applies, so no value is ever in what is written.
fn generators(plan: &Plan) -> Vec<Node> {
    let local = plan.secrets.values().filter(|it| it.from.value == SecretFrom::File);
    let generator = local.map(|secret| {
        let origin = secret.origin;
        fields!(origin;
            "name" => &secret.object,
            "namespace" => &plan.identity.namespace,
            "type" => secret.kind.map(type_name),
            "envs" => vec![format_smolstr!("secrets/{}.env", secret.name)],
            // The name must be the one that the pods know.
            "options" => fields!(origin; "disableNameSuffixHash" => true),
        )
    });
    generator.collect()
}
