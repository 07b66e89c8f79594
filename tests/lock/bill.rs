//! The bill of materials of an image: what its lock file pins, in every form that there is.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use crate::support::hostile::STRINGS;
use crate::support::judges::harness::tests;
use crate::support::judges::{OrNotRun, judges};
use crate::support::project::{compile_memory, must_compile};

tests!(
    every_form_of_lock_file_is_listed,
    the_base_image_is_listed_by_its_digest,
    no_text_of_a_lock_file_makes_a_bill_of_materials_wrong,
);

const SPEC: &str = "[project]\nname = \"demo\"\nversion = \"1.0.0\"\nregistry = \"registry.example.org/team\"\n\
    [data.model]\nclass = \"public\"\nsize = \"1Gi\"\n[stages.train]\noutputs = [\"model\"]\n";

const UV: &str = "version = 1\n[[package]]\nname = \"demo\"\nsource = { virtual = \".\" }\n\
    dependencies = [{ name = \"numpy\" }]\n[package.dev-dependencies]\ndev = [{ name = \"pytest\" }]\n\
    [[package]]\nname = \"numpy\"\nversion = \"2.3.4\"\nsource = { registry = \"https://index.example.org/simple\" }\n\
    wheels = [{ url = \"https://index.example.org/numpy-2.3.4-cp312-cp312-manylinux_2_28_x86_64.whl\", hash = \"HASH\" }]\n\
    [[package]]\nname = \"pytest\"\nversion = \"9.0\"\n";
const POETRY: &str = "[[package]]\nname = \"NumPy\"\nversion = \"2.3.4\"\noptional = false\ngroups = [\"main\"]\n\
    files = [{ file = \"a.whl\", hash = \"HASH\" }]\n[metadata]\nlock-version = \"2.1\"\n";
const PIPENV: &str =
    r#"{"default": {"numpy": {"version": "==2.3.4", "hashes": ["HASH"]}}, "develop": {"pytest": {"version": "==9"}}}"#;
const RENV: &str = r#"{"R": {"Version": "4.6.1", "Repositories": [{"Name": "CRAN", "URL": "https://cran.example.org/2026-11-02"}]},
    "Packages": {"jsonlite": {"Package": "jsonlite", "Version": "2.0.0"}}}"#;
const NPM: &str = r#"{"name": "demo", "lockfileVersion": 3, "packages": {"": {"name": "demo"},
    "node_modules/@dicom/codec": {"version": "1.2.3", "resolved": "https://npm.example.org/c.tgz", "integrity": "sha512-x"},
    "node_modules/eslint": {"version": "9.0.0", "resolved": "https://npm.example.org/e.tgz", "integrity": "sha512-x", "dev": true}}}"#;

fn hash() -> String {
    format!("sha256:{}", "0a".repeat(32))
}

/// The bill of a project with one program and these files.
fn bill(entry: &str, more: &[(&str, String)]) -> Value {
    let mut files: BTreeMap<&str, String> = BTreeMap::from([("mlops.toml", format!("{SPEC}entry = \"{entry}\"\n"))]);
    files.insert(entry, String::new());
    files.extend(more.iter().cloned());
    let compiled = must_compile(compile_memory(files));
    let files = compiled.environments[0].files();
    let (_, text) = files.iter().find(|(path, _)| path.as_str().ends_with("/sbom.cdx.json")).unwrap();
    serde_json::from_str(text).unwrap()
}

/// The package URLs, without that of the base image.
fn packages(bill: &Value) -> Vec<&str> {
    let purls = bill["components"].as_array().unwrap().iter().filter_map(|it| it["purl"].as_str());
    purls.filter(|it| !it.starts_with("pkg:oci/")).collect()
}

fn every_form_of_lock_file_is_listed() {
    let of = |text: &str| text.replace("HASH", &hash());
    let python = "pkg:pypi/numpy@2.3.4";
    for (entry, name, text, purl) in [
        ("train.py", "requirements.lock", "NumPy==2.3.4 --hash=HASH\n", python),
        ("train.py", "uv.lock", UV, python),
        ("train.py", "poetry.lock", POETRY, python),
        ("train.py", "Pipfile.lock", PIPENV, python),
        ("train.R", "renv.lock", RENV, "pkg:cran/jsonlite@2.0.0"),
        ("train.js", "package-lock.json", NPM, "pkg:npm/%40dicom/codec@1.2.3"),
    ] {
        let project = "[project]\nname = \"demo\"\nversion = \"1\"\n".to_owned();
        let json = "{\"name\": \"demo\"}".to_owned();
        let bill = bill(entry, &[(name, of(text)), ("pyproject.toml", project), ("package.json", json)]);
        assert_eq!(packages(&bill), [purl], "{name}: and nothing that only developers need");
        let component = bill["components"].as_array().unwrap().iter().find(|it| it["purl"] == purl).unwrap();
        if purl == python {
            let hashes = &component["externalReferences"][0]["hashes"];
            assert_eq!(*hashes, json!([{"alg": "SHA-256", "content": "0a".repeat(32)}]), "{name}");
        }
        assert_eq!(bill["metadata"]["component"]["properties"][0]["value"], name);
    }
}

fn the_base_image_is_listed_by_its_digest() {
    let name = "docker.io/library/python:3.12-slim-trixie";
    let lock = ("mlops.lock", format!("[images.\"{name}\"]\ndigest = \"{}\"\n", hash()));
    let bill = bill("train.py", &[lock, ("requirements.lock", String::new())]);
    let base = &bill["components"][0];
    assert_eq!(base["hashes"][0]["content"], "0a".repeat(32));
    let purl = format!(
        "pkg:oci/python@sha256%3A{}?repository_url=docker.io/library/python&tag=3.12-slim-trixie",
        "0a".repeat(32)
    );
    assert_eq!(base["purl"], purl);
    assert_eq!(bill["compositions"][0]["aggregate"], "incomplete", "what the base brings along is not known");
}

fn no_text_of_a_lock_file_makes_a_bill_of_materials_wrong() {
    let folder = tempfile::TempDir::new().unwrap();
    let mut paths = Vec::new();
    let texts = STRINGS.iter().copied().chain(["a@b", "pkg:x/y", "../x", "a\"b", "%41", ""]);
    for (number, text) in texts.enumerate() {
        let name = toml::Value::String(text.to_owned());
        let package = format!("[[package]]\nname = {name}\nversion = {name}\nwheels = [{{ hash = {name} }}]\n");
        let project = ("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1\"\n".to_owned());
        let bill = bill("train.py", &[("uv.lock", format!("version = 1\n{package}{package}")), project]);
        let path = folder.path().join(format!("{number}.json"));
        fs::write(&path, bill.to_string()).unwrap();
        paths.push(path);
    }
    let Some(found) = judges().cyclonedx(&paths).or_not_run("bills of materials") else { return };
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}
