//! Every image is built, and is what hospitals ask of images.

use std::fs;
use std::path::Path;

use libtest_mimic::Failed;
use serde_json::Value;

use super::container::Container;
use super::project::{Project, contexts};
use super::scene::Scene;

/// `docker buildx build --check` has nothing to say of any Dockerfile, of any environment.
pub(super) fn checks(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let project = scene.built(example);
    for dockerfile in project.dockerfiles() {
        let warnings = warnings(scene, project, &dockerfile)?;
        if !warnings.is_empty() {
            return Err(format!("{}: {warnings:?}", dockerfile.display()).into());
        }
    }
    // The same question finds what is wrong.
    let wrong = project.folder.join("wrong.Dockerfile");
    fs::write(&wrong, "FROM python:3 as base\nENTRYPOINT python\n")?;
    let warnings = warnings(scene, project, &wrong)?;
    if warnings != ["FromAsCasing", "JSONArgsRecommended"] {
        return Err(format!("the check is blind: {warnings:?}").into());
    }
    Ok(())
}

/// The rules of BuildKit that a Dockerfile breaks.
fn warnings(scene: &Scene, project: &Project, dockerfile: &Path) -> Result<Vec<String>, Failed> {
    let mut check = scene.engine.command(["buildx", "build", "--call=check,format=json", "--file"]);
    check.arg(dockerfile);
    for (name, image) in contexts(scene, dockerfile) {
        check.arg(format!("--build-context={name}={image}"));
    }
    let said = super::docker::said(check.arg(&project.folder));
    let answer: Value = serde_json::from_str(&said.stdout).map_err(|it| format!("{it}: {}", said.all))?;
    let rule = |it: &Value| it["ruleName"].as_str().unwrap_or_default().to_owned();
    let mut rules: Vec<String> = answer["warnings"].as_array().into_iter().flatten().map(rule).collect();
    rules.sort();
    // One that cannot be read at all has no warnings, but an error.
    if said.is_ok() == rules.is_empty() { Ok(rules) } else { Err(said.all.into()) }
}

/// Each image is there under its name, for a user who is not root, without what only its making needs.
pub(super) fn builds(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let project: &Project = scene.built(example);
    for (target, image) in project.images() {
        let config = scene.engine.inspect("image", &image)["Config"].clone();
        let user = config["User"].as_str().unwrap_or_default();
        let id: u32 =
            user.split(':').next().unwrap_or_default().parse().map_err(|_| format!("{target}: user {user:?}"))?;
        if id < 10_000 {
            return Err(format!("{target} runs as {id}").into());
        }
        if config["Entrypoint"][0] == "python" {
            is_compiled(scene, &target, &image)?;
        }
    }
    Ok(())
}

/// Byte code lies beside whatever Python imports, the standard library and packages, also where its variables are ignored.
/// A framework's packages have none, and its stand-in cannot be imported.
fn is_compiled(scene: &Scene, target: &str, image: &str) -> Result<(), Failed> {
    let except = if target == "pytorch" { "/venv/" } else { "nowhere" };
    let script = format!(
        "import argparse, asyncio, contextlib, http.server, importlib.metadata, json, logging, os, sqlite3, ssl, sys\n\
         for name in importlib.metadata.packages_distributions():\n    with contextlib.suppress(ImportError): importlib.import_module(name)\n\
         specs = [it.__spec__ for it in sys.modules.values() if getattr(it, '__spec__', None)]\n\
         cached = [it.cached for it in specs if it.cached and not it.cached.startswith('{except}')]\n\
         assert len(cached) > 100\n\
         sys.exit('\\n'.join(it for it in cached if not os.path.exists(it)) or 0)"
    );
    let said = Container::of(scene, image).run(&["python", "-I", "-c", &script]);
    if said.is_ok() { Ok(()) } else { Err(format!("{target} has to compile at every start:\n{}", said.all).into()) }
}
