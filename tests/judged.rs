//! What is written for every example in every environment, judged by the programs that read such files.

mod support;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use mlopsc::object::to_yaml;
use mlopsc::source::{Node, Origin};
use support::judges::harness::tests;
use support::judges::{Finding, Framework, OrNotRun, findings, judges};
use support::project::{compile_folder, examples, must_compile, root};
use tempfile::TempDir;

tests!(
    strict_schemas_of_every_version_accept_every_object,
    kubectl_reads_what_was_meant,
    kustomize_builds_every_environment_with_every_object_once,
    every_bill_of_materials_is_one,
    checkov_finds_nothing_in_the_manifests,
    no_linter_finds_anything_in_the_dockerfiles,
    compose_loads_every_project,
    editors_accept_the_schema_and_every_spec,
    kubectl_reads_hostile_strings_as_they_are,
);

fn main() {
    support::judges::harness::run(&[TESTS]);
}

/// The versions of Kubernetes that can be compiled for.
const VERSIONS: &[&str] = &["1.34", "1.35", "1.36", "1.37"];

/// Kinds that the schemas of Kubernetes do not have; the API server of the cluster tests judges them.
const CUSTOM: &[&str] = &[
    "external-secrets.io/v1 ExternalSecret",
    "generators.external-secrets.io/v1alpha1 Password",
    "cert-manager.io/v1 Certificate",
    "bitnami.com/v1alpha1 SealedSecret",
    "monitoring.coreos.com/v1 PodMonitor",
    "gateway.networking.k8s.io/v1 HTTPRoute",
    "gateway.networking.k8s.io/v1beta1 ReferenceGrant",
    "Kustomization",
];

/// An environment of an example, written to a folder.
struct Tree {
    name: String,
    folder: PathBuf,
    files: Vec<PathBuf>,
}

struct Trees {
    // Dropped at the end of the process at the latest.
    _folder: TempDir,
    list: Vec<Tree>,
}

/// Everything that is written for the examples.
static TREES: LazyLock<Trees> = LazyLock::new(|| {
    // checkov passes over hidden folders, which temporary ones usually are.
    let folder = tempfile::Builder::new().prefix("mlopsc-").tempdir().expect("a folder can be made");
    let mut list = Vec::new();
    for (example, source) in examples() {
        let project = folder.path().join(&example);
        support::binary::copy_folder(&source, &project);
        for environment in must_compile(compile_folder(&source, "")).environments {
            let tree = project.join("deploy").join(environment.name.as_str());
            let name = format!("{example}/{}", environment.name);
            let files = environment.files();
            let paths = files.iter().map(|(path, text)| write(&tree, path.as_str(), text)).collect();
            list.push(Tree { name, folder: tree, files: paths });
        }
    }
    Trees { _folder: folder, list }
});

fn write(folder: &Path, path: &str, text: &str) -> PathBuf {
    let target = folder.join(path);
    std::fs::create_dir_all(target.parent().expect("a file is in a folder")).expect("a folder can be made");
    std::fs::write(&target, text).expect("a file can be written");
    target
}

impl Tree {
    fn files_where(&self, keep: impl Fn(&str) -> bool) -> Vec<PathBuf> {
        let relative = |path: &PathBuf| path.strip_prefix(&self.folder).expect("below").to_string_lossy().into_owned();
        self.files.iter().filter(|it| keep(&relative(it))).cloned().collect()
    }
}

/// Files of all trees.
fn all_files(keep: impl Fn(&str) -> bool + Copy) -> Vec<PathBuf> {
    let files: Vec<PathBuf> = TREES.list.iter().flat_map(|it| it.files_where(keep)).collect();
    assert!(!files.is_empty(), "there is something to judge");
    files
}

fn is_manifest(path: &str) -> bool {
    path.ends_with(".yaml") && path != "compose.yaml" && !path.starts_with("sops/")
}

#[track_caller]
fn none(found: Vec<Finding>) {
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} findings:\n{}", lines.len(), lines.join("\n"));
}

fn strict_schemas_of_every_version_accept_every_object() {
    let files = all_files(is_manifest);
    let Some(found) = judges().kubernetes(VERSIONS, &files).or_not_run("Kubernetes schemas") else { return };
    let is_custom = |it: &Finding| {
        it.rule == "unknown-kind" && CUSTOM.iter().any(|kind| it.subject.as_deref().is_some_and(|it| it.contains(kind)))
    };
    none(found.into_iter().filter(|it| !is_custom(it)).collect());
}

fn kubectl_reads_what_was_meant() {
    let files = all_files(|it| it.ends_with(".yaml") && !it.starts_with("sops/"));
    let Some(readings) = judges().kubectl_yaml(&files).or_not_run("kubectl's reading of YAML") else { return };
    let mut compared = 0;
    for reading in &readings {
        assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    }
    for (example, source) in examples() {
        for environment in must_compile(compile_folder(&source, "")).environments {
            for (path, object) in &environment.emitted.objects {
                let ending = format!("{example}/deploy/{}/{path}", environment.name);
                let reading = readings
                    .iter()
                    .find(|it| it.file.to_string_lossy().ends_with(&ending))
                    .expect("every object was read");
                assert_eq!(reading.documents, [object.node.to_json()], "{ending}");
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "{compared} objects were compared");
}

fn kustomize_builds_every_environment_with_every_object_once() {
    let trees: Vec<&Tree> = TREES.list.iter().filter(|it| it.folder.join("kustomization.yaml").is_file()).collect();
    for tree in &trees {
        secrets_from_files(tree);
    }
    let folders: Vec<&PathBuf> = trees.iter().map(|it| &it.folder).collect();
    let Some(readings) = judges().kustomize(&folders).or_not_run("kustomize") else { return };
    for (tree, reading) in trees.iter().zip(&readings) {
        assert!(reading.findings.is_empty(), "{}: {:?}", tree.name, reading.findings);
        // Jobs are made by `run-pipeline.sh`, one after the other.
        let is_applied =
            |it: &str| is_manifest(it) && !it.ends_with("kustomization.yaml") && !it.ends_with(".job.yaml");
        let objects = tree.files_where(is_applied).len();
        assert!(reading.documents.len() >= objects, "{}: {} of {objects} objects", tree.name, reading.documents.len());
    }
}

fn every_bill_of_materials_is_one() {
    let files = all_files(|it| it.ends_with("/sbom.cdx.json"));
    let Some(found) = judges().cyclonedx(&files).or_not_run("bills of materials") else { return };
    none(found);
}

/// The git-ignored files that a `secretGenerator` reads.
fn secrets_from_files(tree: &Tree) {
    let text = std::fs::read_to_string(tree.folder.join("kubernetes/kustomization.yaml")).unwrap_or_default();
    for name in text.lines().filter_map(|it| it.split_once("=secrets/").map(|(_, name)| name.trim_end_matches('"'))) {
        write(&tree.folder, &format!("kubernetes/secrets/{name}"), "made-up");
    }
}

/// What checkov may say of our manifests, how often, and why.
///
/// CKV_K8S_43, an image without a digest: our own have none before they are pushed, and most examples have no
/// `mlops.lock`.
const CHECKOV_KUBERNETES: &[&str] = &["CKV_K8S_43"];

/// What checkov may say of one workload, because its spec asks for it: a secret as a variable (CKV_K8S_35), a token for
/// what may ask the API server (CKV_K8S_38), and no probes where no port is known (CKV_K8S_8, CKV_K8S_9).
const CHECKOV_ASKED_FOR: &[(&str, &str)] = &[
    ("CKV_K8S_35", "gateway.deployment.yaml"),
    ("CKV_K8S_38", "gateway.deployment.yaml"),
    ("CKV_K8S_8", "node-agent.daemonset.yaml"),
    ("CKV_K8S_9", "node-agent.daemonset.yaml"),
];

fn checkov_finds_nothing_in_the_manifests() {
    let folders: Vec<PathBuf> =
        TREES.list.iter().map(|it| it.folder.join("kubernetes")).filter(|it| it.is_dir()).collect();
    let Some(found) = judges().checkov(Framework::Kubernetes, &folders).or_not_run("checkov on manifests") else {
        return;
    };
    let (known, unknown): (Vec<Finding>, Vec<Finding>) =
        found.into_iter().partition(|it| CHECKOV_KUBERNETES.contains(&it.rule.as_str()));
    let is_asked_for =
        |it: &Finding| CHECKOV_ASKED_FOR.iter().any(|(rule, file)| it.rule == *rule && it.file.ends_with(file));
    none(unknown.into_iter().filter(|it| !is_asked_for(it)).collect());
    let containers = containers_without_digest();
    assert_eq!(known.len(), containers, "every container without a digest is named once, and nothing else");
}

/// Containers whose image has no digest, in all Kubernetes environments.
fn containers_without_digest() -> usize {
    let mut count = 0;
    for (_, source) in examples() {
        for environment in must_compile(compile_folder(&source, "")).environments {
            if environment.plan.identity.has_kubernetes {
                for workload in environment.plan.workloads.values() {
                    // checkov does not look at the init steps of CronJobs.
                    let seen = if matches!(workload.run, mlopsc::plan::Run::CronJob(_)) {
                        &[]
                    } else {
                        workload.pod.init.as_slice()
                    };
                    count += seen.iter().chain([&workload.pod.main]).filter(|it| !it.image.has_digest).count();
                }
            }
        }
    }
    count
}

fn no_linter_finds_anything_in_the_dockerfiles() {
    let files = all_files(|it| it.ends_with("/Dockerfile"));
    if let Some(found) = judges().hadolint(&files).or_not_run("hadolint") {
        // The version of a package of the distribution is the user's to pin.
        none(found.into_iter().filter(|it| it.rule != "DL3008").collect());
    }
    if let Some(found) = judges().droast(&files).or_not_run("droast") {
        none(found);
    }
    if let Some(found) = judges().buildkit(&files).or_not_run("BuildKit's checks") {
        none(found);
    }
    let folders: Vec<PathBuf> = TREES.list.iter().map(|it| it.folder.join("images")).filter(|it| it.is_dir()).collect();
    if let Some(found) = judges().checkov(Framework::Dockerfile, &folders).or_not_run("checkov on Dockerfiles") {
        none(found);
    }
}

fn compose_loads_every_project() {
    let files = all_files(|it| it == "compose.yaml");
    let given: Vec<PathBuf> = files.iter().map(given_what_it_asks_for).collect();
    if let Some(readings) = judges().compose(&given).or_not_run("Compose's loader") {
        none(findings(readings));
    }
    if let Some(found) = judges().vendor_schema("compose-spec", &files).or_not_run("the schema of Compose") {
        none(found);
    }
}

/// The file with a value for each variable without which Compose refuses it: those of whoever runs the project.
fn given_what_it_asks_for(file: &PathBuf) -> PathBuf {
    let text = std::fs::read_to_string(file).expect("it was written");
    let mut parts = text.split(":?");
    let mut given = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_why, rest) = part.split_once('}').expect("a variable ends");
        given += &format!(":-made-up}}{rest}");
    }
    write(file.parent().expect("a file is in a folder"), "compose.given.yaml", &given)
}

fn editors_accept_the_schema_and_every_spec() {
    let schema = root().join("schema/mlops.schema.json");
    let mut specs: Vec<PathBuf> = examples().into_iter().map(|(_, it)| it.join("mlops.toml")).collect();
    specs.push(root().join("blueprints/starters/basic/mlops.toml"));
    let starter = specs.pop();
    if let Some(found) = judges().tombi_lint(&schema, &specs).or_not_run("tombi") {
        none(found);
    }
    if let Some(found) = judges().taplo_check(&schema, &specs).or_not_run("taplo") {
        none(found);
    }
    // The starter's name stands for the folder's and is no name itself.
    let text = std::fs::read_to_string(starter.expect("it was pushed")).expect("it is there").replace("NAME", "demo");
    let folder = TempDir::new().expect("a folder can be made");
    let path = write(folder.path(), "mlops.toml", &text);
    if let Some(found) = judges().taplo_check(&schema, &[path]).or_not_run("taplo on the starter") {
        none(found);
    }
}

fn kubectl_reads_hostile_strings_as_they_are() {
    let document: serde_json::Map<String, serde_json::Value> = support::hostile::STRINGS
        .iter()
        .enumerate()
        .map(|(index, text)| (format!("k{index}"), (*text).into()))
        .collect();
    let keys: serde_json::Map<String, serde_json::Value> = support::hostile::STRINGS
        .iter()
        .filter(|it| !it.is_empty())
        .map(|text| ((*text).to_owned(), 1.into()))
        .collect();
    let folder = TempDir::new().expect("a folder can be made");
    let mut expected = Vec::new();
    let mut files = Vec::new();
    for (name, value) in [("values", serde_json::Value::Object(document)), ("keys", serde_json::Value::Object(keys))] {
        let node = Node::from_json(&serde_json::json!({"outer": {"inner": [value]}}), Origin::NONE);
        files.push(write(folder.path(), &format!("{name}.yaml"), &to_yaml(&node)));
        expected.push(node.to_json());
    }
    let Some(readings) = judges().kubectl_yaml(&files).or_not_run("kubectl's reading of hostile strings") else {
        return;
    };
    for (reading, expected) in readings.iter().zip(&expected) {
        assert!(reading.findings.is_empty(), "{:?}", reading.findings);
        assert_eq!(&reading.documents, std::slice::from_ref(expected));
    }
}
