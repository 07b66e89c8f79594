//! Images: built from the project where it builds them, otherwise as the plan has them.

use smol_str::SmolStr;

use super::text::words;
use crate::backend::{Job, way};
use crate::object::fields;
use crate::plan::{Container, PULL_POLICY};
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
    let secrets = image.build_secrets().iter().map(|(id, _)| id.clone());
    let way = way(job, image, &job.project_root);
    // The last stage of a Dockerfile of ours is what it is for.
    let target = if image.recipe().is_some() { None } else { way.target };
    Some(fields!(image.origin;
        "context" => way.context,
        "dockerfile" => way.dockerfile,
        "target" => target,
        "additional_contexts" => words(&way.contexts),
        "args" => words(&way.args),
        "secrets" => secrets.collect::<Vec<_>>(),
    ))
}
