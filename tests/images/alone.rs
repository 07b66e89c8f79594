//! Where nothing can be reached but a hospital's mirrors, the base image, the packages and the programs come from there, as
//! `[build] mirrors` says: by `docker buildx bake` and by `docker compose build`, as a user calls them.
//!
//! The engine has no way to any network. A name server in it writes down which hosts are looked for, so that the test
//! knows that no other one was asked.

use std::fs;

use libtest_mimic::Failed;

use super::docker::{OrNotRun, built, stand_in_of};
use super::project::Project;
use super::scene::Scene;

const MIRROR: &str = "nexus.hospital.example";

pub(super) fn builds(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let engine = &scene.engine;
    let Some(()) = engine.is_ours().or_not_run("mirrors alone") else { return Ok(()) };
    let project = Project::of(scene, example)?;
    with_a_system_package(scene, &project)?;
    let before = engine.asked().len();
    let ca = scene.mirror.ca.display();
    let bake = ["--no-cache", "--provenance=false", "--allow=fs.read=/", "--file"];
    let mut bake = engine.command(["buildx", "bake"].iter().chain(&bake));
    bake.arg(project.deploy().join("docker-bake.json")).arg(format!("--set=*.secrets+=id=ca_bundle,src={ca}"));
    built(bake.current_dir(&project.folder)).ok();
    let second = project.folder.join("ca.yaml");
    fs::write(&second, authority(&project, &ca.to_string())).expect("the copy is writable");
    let mut compose = engine.command(["compose", "--file"]);
    compose.arg(project.deploy().join("compose.yaml")).arg("--file").arg(&second);
    built(compose.args(["--profile=*", "build", "--no-cache"]).current_dir(&project.folder)).ok();
    only_the_mirror(&engine.asked()[before..])?;

    let image = project.images().into_values().next().expect("it builds an image");
    let script = "test -e /var/lib/dpkg/info/libgl1.list && grep -rq packages.example.org /etc/apt && ! grep -rq nexus /etc/apt \
        && ! test -e /tmp/apt";
    engine.run(["run", "--rm", "--entrypoint=sh", &image, "-c", script]).ok();

    // Somebody else would have been seen, and would not have been found.
    let python = project.images().into_values().next().expect("it builds an image");
    let script = "import socket; socket.getaddrinfo('elsewhere.example.org', 443)";
    let lost = engine.run(["run", "--rm", "--entrypoint=python", &python, "-c", script]);
    if lost.is_ok() || !engine.asked().iter().any(|it| it == "name elsewhere.example.org") {
        return Err(format!("the name server is blind: {}", lost.all).into());
    }
    Ok(())
}

/// A package of a distribution whose base knows only a place that is not there; the mirror has it.
fn with_a_system_package(scene: &Scene, project: &Project) -> Result<(), Failed> {
    let volume = format!("{}:/mirror", scene.engine.folder().join("mirror").display());
    let image = stand_in_of("python").image();
    let copy = "cp /opt/packages/* /mirror/";
    scene.engine.run(["run", "--rm", "--volume", &volume, &image, "sh", "-c", copy]).ok();
    let blueprints = project.folder.join("blueprints/docker");
    fs::create_dir_all(&blueprints).expect("the copy is writable");
    fs::write(blueprints.join("Dockerfile.j2"), SOURCES).expect("the copy is writable");
    let spec = project.folder.join("mlops.toml");
    let text = fs::read_to_string(&spec).expect("it was just copied");
    let packages = "system-packages = [\"libgl1\"]\nmirrors = { apt = \"https://nexus.hospital.example/apt/\", ";
    fs::write(spec, text.replace("mirrors = { ", packages)).expect("the copy is writable");
    Ok(project.compile()?)
}

/// As in the images of Debian, beside an empty file of the older form.
const SOURCES: &str = "{% extends \"mlopsc/docker/Dockerfile.j2\" %}\n{% block base %}\n\
    RUN : > /etc/apt/sources.list \\\n && printf 'Types: deb\\nURIs: http://packages.example.org/debian\\nSuites: ./\\nTrusted: yes\\n' \
    > /etc/apt/sources.list.d/debian.sources\n{% endblock %}\n";

/// A second file for Compose, which hands the hospital's authority to every build.
fn authority(project: &Project, ca: &str) -> String {
    let text = fs::read_to_string(project.deploy().join("compose.yaml")).expect("it was compiled");
    let model: serde_json::Value = serde_yaml::from_str(&text).expect("it was written by the compiler");
    let services = model["services"].as_object().expect("there are services");
    let built = services.iter().filter(|(_, it)| it["build"].is_object());
    let services: String = built.map(|(name, _)| format!("  {name}: {{build: {{secrets: [ca_bundle]}}}}\n")).collect();
    format!("services:\n{services}secrets:\n  ca_bundle: {{file: {ca}}}\n")
}

/// The base image and the packages came from the mirror, and nobody else was looked for.
fn only_the_mirror(asked: &[String]) -> Result<(), Failed> {
    // apt asks for the record of the service first, which is part of the same name.
    let names = asked.iter().filter_map(|it| it.strip_prefix("name "));
    let strangers: Vec<_> = names.filter(|it| it.trim_start_matches("_https._tcp.") != MIRROR).collect();
    if !strangers.is_empty() {
        return Err(format!("others were asked for: {strangers:?}").into());
    }
    for part in
        [" /v2/library/python/manifests/3.12-slim-trixie ", "GET /pypi/numpy/ ", "GET /apt/debian/./libgl1.deb "]
    {
        if !asked.iter().any(|it| it.contains(part)) {
            return Err(format!("nobody asked the mirror for {part}:\n{}", asked.join("\n")).into());
        }
    }
    Ok(())
}
