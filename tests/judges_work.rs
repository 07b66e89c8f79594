//! Every judge finds what is wrong with a bad file, and nothing wrong with a good one.
//!
//! A judge that cannot fail is no judge, and a new version of one may lose its voice: its options
//! renamed, its output reshaped, its schema not found. The compiler itself is not tested here.

#![allow(clippy::panic, reason = "a test ends at the first surprise")]

#[path = "support/judges.rs"]
mod judges;

use std::path::{Path, PathBuf};

use judges::harness::tests;
use judges::{Finding, Framework, Judged, OrNotRun, Reading, findings, judges};
use serde_json::json;

tests!(
    hadolint_ignores_excuses,
    droast_reads_the_ignore_file,
    buildkit_ignores_excuses_and_reads_the_ignore_file,
    checkov_reads_dockerfiles,
    compose_refuses_unknown_keys_of_services_in_a_profile,
    compose_tells_unset_variables,
    compose_gives_the_project_it_understood,
    cyclonedx_refuses_unknown_keys_and_references_that_lead_nowhere,
    kubernetes_schemas_refuse_unknown_fields,
    kubernetes_schemas_tell_kinds_they_do_not_know,
    checkov_reads_every_folder_by_itself,
    checkov_tells_a_folder_without_manifests,
    kube_score_ignores_excuses,
    kubectl_yaml_reads_scalars_as_kubernetes_does,
    kustomize_refuses_unknown_keys,
    kustomize_gives_the_objects_it_built,
    vendor_schema_refuses_unknown_keys,
    tombi_finds_the_schema,
    taplo_finds_the_schema,
);

fn main() {
    judges::harness::run(&[TESTS]);
}

fn hadolint_ignores_excuses() {
    let files = pair("dockerfile/good/Dockerfile", "dockerfile/bad/Dockerfile");
    tells_apart(&files, judges().hadolint(&files), &["DL3006", "DL3025"]);
}

fn droast_reads_the_ignore_file() {
    let files = pair("dockerfile/good/Dockerfile", "dockerfile/bad/Dockerfile");
    tells_apart(&files, judges().droast(&files), &["DF001", "DF014", "DF025", "DF077"]);
}

fn buildkit_ignores_excuses_and_reads_the_ignore_file() {
    let files = pair("dockerfile/good/Dockerfile", "dockerfile/bad/Dockerfile");
    let rules = ["CopyIgnoredFile", "JSONArgsRecommended", "SecretsUsedInArgOrEnv"];
    tells_apart(&files, judges().buildkit(&files), &rules);
}

fn checkov_reads_dockerfiles() {
    let folders = pair("dockerfile/good", "dockerfile/bad");
    let judged = judges().checkov(Framework::Dockerfile, &folders);
    tells_apart(&folders, judged, &["CKV_DOCKER_2", "CKV_DOCKER_3"]);
}

fn compose_refuses_unknown_keys_of_services_in_a_profile() {
    let files = pair("compose/good.yaml", "compose/misspelt.yaml");
    tells_apart(&files, judges().compose(&files).map(findings), &["load"]);
}

fn compose_tells_unset_variables() {
    let files = pair("compose/good.yaml", "compose/unset.yaml");
    tells_apart(&files, judges().compose(&files).map(findings), &["warning"]);
}

fn compose_gives_the_project_it_understood() {
    let Some(project) = only_reading(judges().compose(&[fixture("compose/good.yaml")])) else {
        return;
    };
    let [project] = &project.documents[..] else { panic!("{project:?}") };
    assert_eq!(project["services"]["serve"]["environment"], json!({ "PRICE": "$5" }));
    assert_eq!(project["services"]["debug"]["profiles"], json!(["debug"]));
}

fn cyclonedx_refuses_unknown_keys_and_references_that_lead_nowhere() {
    let files = pair("bom/good.json", "bom/bad.json");
    tells_apart(&files, judges().cyclonedx(&files), &["schema"]);
    let files = pair("bom/good.json", "bom/dangling.json");
    tells_apart(&files, judges().cyclonedx(&files), &["dangling", "twice"]);
}

fn kubernetes_schemas_refuse_unknown_fields() {
    let files = pair("kubernetes/good/serve.yaml", "kubernetes/bad/deployment.yaml");
    tells_apart(&files, judges().kubernetes(&["1.30", "1.36"], &files), &["schema"]);
}

fn kubernetes_schemas_tell_kinds_they_do_not_know() {
    let files = [fixture("kubernetes/custom/rollout.yaml")];
    let judged = judges().kubernetes(&["1.34"], &files);
    let Some(findings) = judged.or_not_run("unknown kinds") else {
        return;
    };
    let told: Vec<_> = findings.iter().map(|it| (&*it.rule, it.subject.as_deref())).collect();
    let expected = ["argoproj.io/v1alpha1 Rollout", "apps.example.org/v1 Deployment"];
    assert_eq!(told, expected.map(|kind| ("unknown-kind", Some(kind))), "{findings:#?}");
}

fn checkov_reads_every_folder_by_itself() {
    // The NetworkPolicy of the good folder would satisfy CKV2_K8S_6 for the bad one.
    let folders = pair("kubernetes/good", "kubernetes/bad");
    let judged = judges().checkov(Framework::Kubernetes, &folders);
    tells_apart(&folders, judged, &["CKV2_K8S_6", "CKV_K8S_14", "CKV_K8S_20"]);
}

fn checkov_tells_a_folder_without_manifests() {
    let folders = pair("kubernetes/good", "dockerfile/good");
    tells_apart(&folders, judges().checkov(Framework::Kubernetes, &folders), &["nothing-read"]);
}

fn kube_score_ignores_excuses() {
    let files = pair("kubernetes/good/serve.yaml", "kubernetes/bad/deployment.yaml");
    let rules = ["container-image-tag", "container-security-context-user-group-id"];
    tells_apart(&files, judges().kube_score(&files), &rules);
}

fn kubectl_yaml_reads_scalars_as_kubernetes_does() {
    let Some(read) = only_reading(judges().kubectl_yaml(&[fixture("kubernetes/scalars.yaml")])) else {
        return;
    };
    let [scalars, twice] = &read.documents[..] else { panic!("{read:?}") };
    let expected = json!({ "country": false, "mode": 15, "start": "12:30", "day": "2026-01-02" });
    assert_eq!(scalars["data"], expected);
    assert_eq!(twice["metadata"]["name"], "last");

    let told: Vec<_> = read.findings.iter().map(|it| (&*it.rule, it.line)).collect();
    assert_eq!(told, [("strict", Some(18))], "{read:#?}");
}

fn kustomize_refuses_unknown_keys() {
    let folders = pair("kustomize/good", "kustomize/bad");
    tells_apart(&folders, judges().kustomize(&folders).map(findings), &["build"]);
}

fn kustomize_gives_the_objects_it_built() {
    let Some(built) = only_reading(judges().kustomize(&[fixture("kustomize/good")])) else {
        return;
    };
    let namespaces: Vec<_> = built.documents.iter().map(|it| &it["metadata"]["namespace"]).collect();
    assert_eq!(namespaces, ["demo"]);
}

fn vendor_schema_refuses_unknown_keys() {
    let files = pair("workflow/good.yaml", "workflow/bad.yaml");
    tells_apart(&files, judges().vendor_schema("github-workflows", &files), &["schema"]);
}

fn tombi_finds_the_schema() {
    let files = pair("toml/good.toml", "toml/bad.toml");
    let judged = judges().tombi_lint(&fixture("toml/schema.json"), &files);
    tells_apart(&files, judged, &["integer-minimum"]);
}

fn taplo_finds_the_schema() {
    let files = pair("toml/good.toml", "toml/bad.toml");
    let judged = judges().taplo_check(&fixture("toml/schema.json"), &files);
    tells_apart(&files, judged, &["taplo"]);
}

/// Nothing may be said of the first path, and at least the given rules of the second.
fn tells_apart([good, bad]: &[PathBuf; 2], judged: Judged<Vec<Finding>>, rules: &[&str]) {
    let Some(findings) = judged.or_not_run(&bad.display().to_string()) else {
        return;
    };
    let about =
        |path: &Path| -> Vec<&Finding> { findings.iter().filter(|finding| finding.file.starts_with(path)).collect() };
    assert!(about(good).is_empty(), "{:#?}", about(good));
    for rule in rules {
        let told = about(bad).iter().any(|finding| finding.rule == *rule);
        assert!(told, "nothing of {rule} in {:#?}", about(bad));
    }
}

fn only_reading(judged: Judged<Vec<Reading>>) -> Option<Reading> {
    let mut readings = judged.or_not_run("what a judge read")?;
    assert_eq!(readings.len(), 1);
    readings.pop()
}

fn pair(good: &str, bad: &str) -> [PathBuf; 2] {
    [fixture(good), fixture(bad)]
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges/fixtures").join(name)
}
