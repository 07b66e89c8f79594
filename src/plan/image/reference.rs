//! What a container runs: the reference of an image with mirror and digest.

use smol_str::{SmolStr, format_smolstr};

use super::Images;
use super::group::elsewhere;
use crate::plan::context::Context;
use crate::plan::{IMAGE_DIGEST, IMAGE_MIRROR, IMAGE_NAME, IMAGE_QUALIFIED, ImageRef};
use crate::source::{At, Origin};
use crate::spec::{ImageReference, Workload};

/// What a program runs: an image of the project, or a ready-made one.
pub(in crate::plan) fn image_ref(
    context: &Context<'_>,
    images: &Images,
    program: &str,
    workload: &Workload,
    of: Origin,
) -> ImageRef {
    if let Some(image) = images.built(program) {
        let name = image.reference();
        let digest = context.digests.of_built(context.resolved.name.as_str(), &image.name, &name);
        let written = workload.entry.as_ref().map_or(of, |it| it.origin);
        return ImageRef { built: Some(image.name.value.clone()), ..by_digest(name, digest, written) };
    }
    if let Some((name, tag)) = elsewhere(context, workload) {
        let name = format_smolstr!("{}:{tag}", images.repository(name).value);
        let digest = digest(context, &name);
        return by_digest(name, digest, tag.origin);
    }
    match workload.image.as_ref().and_then(|it| it.reference.as_ref()) {
        Some(reference) => external(context, reference, reference.origin),
        // Reported elsewhere; nothing of this plan is written.
        None => by_digest("missing".into(), None, of),
    }
}

/// An image of the project, by its digest where that is known.
fn by_digest(name: SmolStr, digest: Option<&SmolStr>, of: Origin) -> ImageRef {
    let reference = digest.map_or_else(|| name.clone(), |it| format_smolstr!("{name}@{it}"));
    let reference = At::new(reference, of.by(if digest.is_some() { IMAGE_DIGEST } else { IMAGE_NAME }));
    ImageRef { reference, built: None, has_digest: digest.is_some(), name }
}

/// A ready-made image, fully named, from the mirror where there is one, by its digest where it is known.
pub(in crate::plan) fn external(context: &Context<'_>, image: &ImageReference, of: Origin) -> ImageRef {
    let name = image.qualified();
    let has_registry = image.registry().is_some();
    let fetched = mirrored(context, &name);
    let rule = if fetched != name { Some(IMAGE_MIRROR) } else { (!has_registry).then_some(IMAGE_QUALIFIED) };
    let origin = rule.map_or(of, |it| of.by(it));
    let known = digest(context, &name).filter(|_| image.digest().is_none());
    let reference = match known {
        Some(digest) => At::new(format_smolstr!("{fetched}@{digest}"), of.by(IMAGE_DIGEST)),
        None => At::new(fetched, origin),
    };
    ImageRef { reference, built: None, has_digest: known.is_some() || image.digest().is_some(), name }
}

/// The digest that the lock file has for a full reference.
pub(super) fn digest<'c>(context: &'c Context<'_>, name: &str) -> Option<&'c SmolStr> {
    context.digests.get(name)
}

/// The reference with the mirror in place of its registry. The project's own images are where they are pushed to.
pub(super) fn mirrored(context: &Context<'_>, name: &str) -> SmolStr {
    let mirrors = context.spec.build.as_ref().and_then(|it| it.mirrors.as_ref());
    let Some(mirror) = mirrors.and_then(|it| it.images.as_ref()) else { return name.into() };
    let own = context.spec.project.as_ref().and_then(|it| it.registry.as_ref());
    let is_own = |own: &str| name.strip_prefix(own).is_some_and(|rest| rest.starts_with(['/', ':', '@']));
    if own.is_some_and(|it| is_own(it.as_str())) {
        return name.into();
    }
    name.split_once('/').map_or_else(|| name.into(), |(_, path)| format_smolstr!("{mirror}/{path}"))
}
