//! What the builder attests of an image where it is asked to scan it: BuildKit runs the scanner that whoever builds names in
//! the bake file's variable `SBOM`, and puts what it says into the index beside the image, as an SPDX document.
//!
//! The scanner is Syft, out of its wheel; BuildKit's protocol around it is spoken by a stand-in.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Failed;
use serde_json::{Value, json};

use super::docker::{OrNotRun, said, stand_in_of};
use super::project::Project;
use super::scene::Scene;

/// Every package of the lock file is in the document, in its version, and so is what comes from the distribution.
pub(super) fn lists_packages(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let scanner = stand_in_of("docker.io/docker/buildkit-syft-scanner");
    let Some(()) = scene.engine.have(scanner).or_not_run("the scan of a built image") else { return Ok(()) };
    let mut project = Project::under(scene, example, &format!("attested/{example}"))?;
    let archive = |name: &str| project.folder.join(name).with_extension("tar");
    let (with, without) = (archive("with"), archive("without"));
    let output = |it: &Path| format!("--set=python.output=type=oci,dest={}", it.display());
    project.bake(scene, &[&output(&without), "python"])?;
    if document(&without).is_some() {
        return Err("a document that nobody asked for".into());
    }
    project.sbom = format!("generator={}", scanner.image());
    project.bake(scene, &[&output(&with), "python"])?;
    let document = document(&with).ok_or("no document is in the index")?;
    let found: BTreeSet<String> = document["packages"].as_array().into_iter().flatten().map(package).collect();
    let lock = fs::read_to_string(project.folder.join("requirements.lock"))?;
    let locked = lock.lines().filter(|it| it.contains("==") && !it.starts_with([' ', '#']));
    let locked: Vec<&str> = locked.filter_map(|it| it.split([' ', ';']).next()).collect();
    let absent: Vec<&&str> = locked.iter().filter(|it| !found.contains(**it)).collect();
    let has_base = found.iter().any(|it| it.starts_with("libc6=="));
    if locked.is_empty() || !absent.is_empty() || !has_base {
        return Err(format!("of {locked:?}, {absent:?} is not in the document: {found:?}").into());
    }
    Ok(())
}

/// What buildx's own options call what is attested, the bake file's variables do, too; and the time of no commit is none.
pub(super) fn words_are_known(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let project = Project::under(scene, example, &format!("attested/words/{example}"))?;
    let file = project.deploy().join("docker-bake.json");
    for (variable, word, expected) in [
        ("PROVENANCE", "", json!(null)),
        ("PROVENANCE", "true", json!([{"type": "provenance"}])),
        ("PROVENANCE", "false", json!([{"type": "provenance", "disabled": true}])),
        ("PROVENANCE", "max", json!([{"type": "provenance", "mode": "max"}])),
        ("PROVENANCE", "mode=max", json!([{"type": "provenance", "mode": "max"}])),
        ("SBOM", "true", json!([{"type": "sbom"}])),
        ("SBOM", "generator=a/b", json!([{"type": "sbom", "generator": "a/b"}])),
    ] {
        let mut print = scene.engine.command(["buildx", "bake", "--print", "--file"]);
        let read = format!("--allow=fs.read={}", scene.engine.folder().display());
        print.arg(&file).args([&read, "python"]).current_dir(&project.folder);
        print.env_remove("PROVENANCE").env_remove("SBOM").env(variable, word).env("SOURCE_DATE_EPOCH", "");
        let printed: Value = serde_json::from_str(&said(&mut print).ok())?;
        let target = &printed["target"]["python"];
        let (attested, time) = (&target["attest"], &target["args"]["SOURCE_DATE_EPOCH"]);
        if *attested != expected || time != "0" {
            return Err(format!("{variable}={word} is {attested} at {time}").into());
        }
    }
    Ok(())
}

/// A package as a lock file writes it.
fn package(it: &Value) -> String {
    let text = |name: &str| it[name].as_str().unwrap_or_default();
    format!("{}=={}", text("name").to_lowercase().replace('_', "-"), text("versionInfo"))
}

/// The SPDX document in the index of an archive, found as a verifier finds it.
fn document(archive: &Path) -> Option<Value> {
    let read = |path: &str| -> Value {
        let text = said(Command::new("tar").arg("xOf").arg(archive).arg(path)).ok();
        serde_json::from_str(&text).expect("JSON")
    };
    let blob = |it: &Value| read(&format!("blobs/{}", it["digest"].as_str().expect("a digest").replace(':', "/")));
    let index = blob(&read("index.json")["manifests"][0]);
    let is_attestation = |it: &&Value| it["annotations"]["vnd.docker.reference.type"] == "attestation-manifest";
    let manifest = blob(index["manifests"].as_array()?.iter().find(is_attestation)?);
    let is_spdx = |it: &&Value| it["annotations"]["in-toto.io/predicate-type"] == "https://spdx.dev/Document";
    let statement = blob(manifest["layers"].as_array()?.iter().find(is_spdx)?);
    assert!(statement["subject"][0]["digest"]["sha256"].is_string(), "it says of which image: {statement}");
    Some(statement["predicate"].clone())
}
