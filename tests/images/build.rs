//! Every image is built, and is what hospitals ask of images.

use libtest_mimic::Failed;
use serde_json::Value;

use super::project::{Project, contexts};
use super::scene::Scene;

/// `docker buildx build --check` has nothing to say of any Dockerfile, of any environment.
pub(super) fn checks(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let project = scene.built(example);
    for dockerfile in project.dockerfiles() {
        let mut check = scene.engine.command(["buildx", "build", "--call=check,format=json", "--file"]);
        check.arg(&dockerfile);
        for (name, image) in contexts(scene, &dockerfile) {
            check.arg(format!("--build-context={name}={image}"));
        }
        let said = super::docker::said(check.arg(&project.folder));
        let answer: Value = serde_json::from_str(&said.stdout).map_err(|it| format!("{it}: {}", said.all))?;
        let warnings = answer["warnings"].as_array().map_or(0, Vec::len);
        if warnings > 0 || !said.is_ok() {
            return Err(format!("{}: {}", dockerfile.display(), said.all).into());
        }
    }
    Ok(())
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
    }
    Ok(())
}
