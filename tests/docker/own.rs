//! Somebody's own Dockerfile: used as it is, from where it is, with the images and arguments that the spec says; and an
//! image of the project at another tag.

use serde_json::{Value, json};

use super::{compiled, files, must_compile};
use crate::support::judges::harness::tests;
use crate::support::project::compile_memory;

tests!(
    builders_are_pointed_at_the_file_as_it_is,
    a_context_may_be_apart_from_the_dockerfile,
    its_images_come_by_digest_and_from_the_mirror,
    the_tag_is_a_hash_of_what_the_ignore_file_lets_in,
    another_tag_is_pulled_and_not_built,
    the_tag_of_this_version_is_the_image_that_is_built,
);

const DOCKERFILE: &str = "ARG VARIANT=research\nFROM python:3.12-slim-trixie AS base\nFROM base AS runtime\nARG VARIANT\n\
    COPY src /app\nUSER 10001:10001\nENTRYPOINT [\"python\", \"/app/main.py\"]\nFROM alpine:3.22 AS unused\n";
const IGNORE: &str = "**\n!src\n**/*.dcm\n";

const SPEC: &str = "[images.tools]\ndockerfile = \"docker/tools/Dockerfile\"\ntarget = \"runtime\"\n\
    args = { VARIANT = \"${x}\" }\n[services.tools]\nimage = { use = \"tools\" }\nport = 8080\n";

fn own<'f>(more: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let files = [
        ("docker/tools/Dockerfile", DOCKERFILE),
        ("docker/tools/.dockerignore", IGNORE),
        ("docker/tools/src/main.py", ""),
        ("docker/tools/README.md", ""),
    ];
    files.into_iter().chain(more.iter().copied()).collect()
}

fn target(files: &std::collections::BTreeMap<String, String>) -> Value {
    let bake: Value = serde_json::from_str(&files["docker-bake.json"]).expect("JSON");
    bake["target"]["tools"].clone()
}

fn builders_are_pointed_at_the_file_as_it_is() {
    let files = files(SPEC, &own(&[]));
    assert!(!files.keys().any(|it| it.starts_with("images/")), "nothing is written in its place");
    let target = target(&files);
    assert_eq!(target["context"], "docker/tools");
    assert_eq!(target["dockerfile"], "Dockerfile");
    assert_eq!(target["target"], "runtime");
    assert_eq!(target["args"]["VARIANT"], "$${x}");
    assert!(target["args"]["SOURCE_DATE_EPOCH"].as_str().is_some_and(|it| it.starts_with("${SOURCE_DATE_EPOCH ")));
    assert_eq!(target["tags"], json!(["registry.example.org/team/demo-tools:1.0.0"]));
    assert_eq!(target["contexts"], Value::Null);
    let compose: Value = serde_yaml::from_str(&files["compose.yaml"]).expect("YAML");
    let build = &compose["services"]["tools"]["build"];
    let expected = json!({"context": "../../docker/tools", "dockerfile": "Dockerfile", "target": "runtime",
        "args": ["VARIANT=$${x}"]});
    assert_eq!(*build, expected);
    assert_eq!(compose["services"]["tools"]["command"], Value::Null, "the image says what it runs");
}

fn a_context_may_be_apart_from_the_dockerfile() {
    let spec = SPEC.replace("target = \"runtime\"", "context = \".\"");
    let more = own(&[("docker/tools/Dockerfile.dockerignore", IGNORE), ("src/main.py", "")]);
    let target = target(&files(&spec.replace("args = { VARIANT = \"${x}\" }\n", ""), &more));
    assert_eq!((&target["context"], &target["dockerfile"]), (&json!("."), &json!("docker/tools/Dockerfile")));
    assert_eq!(target["target"], Value::Null);
}

fn its_images_come_by_digest_and_from_the_mirror() {
    let digest = format!("sha256:{}", "2".repeat(64));
    let lock = format!("[images.\"docker.io/library/python:3.12-slim-trixie\"]\ndigest = \"{digest}\"\n");
    let locked = own(&[("mlops.lock", &*lock)]);
    let bake = target(&files(SPEC, &locked));
    let python = format!("docker-image://docker.io/library/python:3.12-slim-trixie@{digest}");
    assert_eq!(bake["contexts"], json!({"python:3.12-slim-trixie": python}));
    let spec = format!("[build.mirrors]\nimages = \"nexus.hospital.example\"\n{SPEC}");
    let files = files(&spec, &locked);
    let python = format!("docker-image://nexus.hospital.example/library/python:3.12-slim-trixie@{digest}");
    assert_eq!(target(&files)["contexts"], json!({"python:3.12-slim-trixie": python}));
    let compose: Value = serde_yaml::from_str(&files["compose.yaml"]).expect("YAML");
    let contexts = &compose["services"]["tools"]["build"]["additional_contexts"];
    assert_eq!(*contexts, json!([format!("python:3.12-slim-trixie={python}")]));
}

/// The tag of the image where the project has no version.
fn tag(more: &[(&str, &str)]) -> String {
    let text = format!("[project]\nname = \"demo\"\nregistry = \"registry.example.org/team\"\n{SPEC}");
    let given = own(more);
    let compiled = must_compile(compile_memory(given.into_iter().chain([("mlops.toml", text.as_str())])));
    compiled.environments[0].plan.images["tools"].tag.to_string()
}

fn the_tag_is_a_hash_of_what_the_ignore_file_lets_in() {
    let before = tag(&[]);
    assert!(before.starts_with("sha-"), "{before}");
    assert_eq!(tag(&[("docker/tools/README.md", "changed"), ("train.py", "changed")]), before);
    assert_eq!(tag(&[("docker/tools/.git/HEAD", "x")]), before);
    assert_ne!(tag(&[("docker/tools/src/main.py", "changed")]), before);
    assert_ne!(tag(&[("docker/tools/src/.hidden", "x")]), before);
    assert_ne!(tag(&[("docker/tools/.dockerignore", "**\n!src\n**/*.dcm\n**/x\n")]), before);
    assert_ne!(tag(&[("docker/tools/Dockerfile", &*format!("{DOCKERFILE}# more\n"))]), before);
}

const TAGGED: &str = "[images.viewer]\nlanguage = \"python\"\n[services.viewer]\nentry = \"train.py\"\nport = 8080\n\
    image = { use = \"viewer\" }\n[services.candidate]\nentry = \"train.py\"\nport = 8080\n";

fn another_tag_is_pulled_and_not_built() {
    let spec = format!("{TAGGED}image = {{ use = \"viewer\", tag = \"1.1.0-rc1\" }}\n");
    let lock = format!(
        "[images.\"registry.example.org/team/demo-viewer:1.1.0-rc1\"]\ndigest = \"sha256:{}\"\n",
        "3".repeat(64)
    );
    let compiled = must_compile(compiled(&spec, &[("mlops.lock", &*lock)]));
    let plan = &compiled.environments[0].plan;
    assert_eq!(plan.images.keys().collect::<Vec<_>>(), ["viewer"]);
    let candidate = &plan.workloads["candidate"].pod.main;
    let pinned = format!("registry.example.org/team/demo-viewer:1.1.0-rc1@sha256:{}", "3".repeat(64));
    assert_eq!((candidate.image.reference.as_str(), &candidate.image.built), (pinned.as_str(), &None));
    let command: Vec<&str> = candidate.command.iter().filter_map(|it| it.known()).map(|it| it.as_str()).collect();
    assert_eq!(command, ["python", "/app/train.py"]);
    let files = files(&spec, &[]);
    let compose: Value = serde_yaml::from_str(&files["compose.yaml"]).expect("YAML");
    assert_eq!(compose["services"]["candidate"]["build"], Value::Null);
    assert_eq!(compose["services"]["candidate"]["image"], "registry.example.org/team/demo-viewer:1.1.0-rc1");
}

fn the_tag_of_this_version_is_the_image_that_is_built() {
    let spec = format!("{TAGGED}image = {{ use = \"viewer\", tag = \"1.0.0\" }}\n");
    let compiled = must_compile(compiled(&spec, &[]));
    let candidate = &compiled.environments[0].plan.workloads["candidate"].pod.main;
    assert_eq!(candidate.image.built.as_deref(), Some("viewer"));
}
