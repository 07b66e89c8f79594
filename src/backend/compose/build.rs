//! Images: built from the project where it builds them, otherwise as the plan has them.

use smol_str::SmolStr;

use crate::backend::Job;
use crate::object::fields;
use crate::plan::{Container, Image, PULL_POLICY};
use crate::source::{At, Node};

/// What an image is called here: an image that is built on this machine is not the one that a digest names.
pub(super) fn reference(container: &Container) -> At<SmolStr> {
    let image = &container.image;
    let name = |it: SmolStr| it.split_once('@').map_or(it.clone(), |(name, _)| name.into());
    let reference = image.reference.clone();
    if image.built.is_some() { reference.map(name) } else { reference }
}

/// Always from the project's files: neither a registry nor an older build knows what was changed since.
pub(super) fn pull_policy(container: &Container) -> Option<At<&'static str>> {
    container.image.built.as_ref().map(|_| At::new("build", container.image.reference.origin.by(PULL_POLICY)))
}

pub(super) fn build(job: &Job<'_>, container: &Container) -> Option<Node> {
    let image = job.plan.images.get(container.image.built.as_ref()?)?;
    let secrets = image.recipe.build_secrets.iter().map(|(id, _)| id.clone());
    Some(fields!(image.origin;
        "context" => job.project_root,
        "dockerfile" => dockerfile(job, image),
        "secrets" => secrets.collect::<Vec<_>>(),
    ))
}

/// The way from the project's folder to the image's Dockerfile, because Compose looks for it from the context.
fn dockerfile(job: &Job<'_>, image: &Image) -> String {
    format!("{}/images/{}/Dockerfile", job.folder, image.name)
}
