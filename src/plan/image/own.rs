//! Somebody's own Dockerfile: what it is built from, and with which images in place of those that it names.

use std::collections::BTreeMap;

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::ignore::Ignore;
use super::recipe::build_secrets;
use super::reference::{digest, mirrored};
use crate::plan::context::Context;
use crate::plan::identity::pairs;
use crate::plan::{Dockerfile, IMAGE_NAME, OwnDockerfile};
use crate::source::{At, RelPath};
use crate::spec::{Build, FilePath, Image, ImageReference};

pub(super) fn own(context: &Context<'_>, image: &Image, path: &At<FilePath>) -> OwnDockerfile {
    let at = |it: &At<FilePath>| At::new(RelPath::root().join(it).unwrap_or_else(|_| RelPath::root()), it.origin);
    let path = at(path);
    let folder = image.context.as_ref().map(at);
    let folder = folder.unwrap_or_else(|| At::new(path.parent(), path.origin.by(IMAGE_NAME)));
    let args: BTreeMap<&str, &str> = image.args.iter().map(|(name, it)| (name.as_str(), it.as_str())).collect();
    let said = context.files.text(&path).ok().and_then(|it| Dockerfile::read(&it, &args).ok());
    let target = image.target.as_ref().map(|it| it.clone().map(|it| it.to_smolstr()));
    let images = said.as_ref().map(|it| fetched(it, target.as_ref())).unwrap_or_default();
    let empty = Build::default();
    OwnDockerfile {
        ignore: ignore(context, &path, &folder),
        args: pairs(&image.args),
        replaced: images.iter().filter_map(|it| replaced(context, it)).collect(),
        bases: images.iter().map(|it| taken(context, it)).collect(),
        names: images.iter().map(ImageReference::qualified).collect(),
        build_secrets: build_secrets(context, context.spec.build.as_ref().map_or(&empty, |it| &it.value)),
        path,
        context: folder,
        target,
        said,
    }
}

/// The images that the build fetches.
fn fetched(file: &Dockerfile, target: Option<&At<SmolStr>>) -> Vec<ImageReference> {
    let Some(target) = file.target(target.map(|it| it.as_str())) else { return Vec::new() };
    let stages = file.needed(target).into_iter();
    let named = stages.flat_map(|it| file.images(it)).filter_map(|(name, _)| ImageReference::parse(name).ok());
    let mut images: Vec<ImageReference> = Vec::new();
    for image in named {
        if !images.contains(&image) {
            images.push(image);
        }
    }
    images
}

/// What is taken for an image: from the mirror, by its digest.
fn taken(context: &Context<'_>, image: &ImageReference) -> SmolStr {
    let name = image.qualified();
    let reference = mirrored(context, &name);
    match digest(context, &name).filter(|_| image.digest().is_none()) {
        Some(digest) => format_smolstr!("{reference}@{digest}"),
        None => reference,
    }
}

/// The image as builders compare names (without the registry that everybody means), and what is taken in its place.
fn replaced(context: &Context<'_>, image: &ImageReference) -> Option<(SmolStr, SmolStr)> {
    let name = image.qualified();
    let taken = taken(context, image);
    let short = name.strip_prefix("docker.io/").map(|it| it.strip_prefix("library/").unwrap_or(it));
    (taken != name).then(|| (short.unwrap_or(&name).into(), taken))
}

/// The ignore file of a build: the one named after the Dockerfile, else that of the context.
fn ignore(context: &Context<'_>, path: &RelPath, folder: &RelPath) -> Option<RelPath> {
    let named = RelPath::root().join(&format!("{path}.dockerignore")).ok();
    let of_context = folder.join(".dockerignore").ok();
    named.into_iter().chain(of_context).find(|it| context.files.is_file(it))
}

/// Every file that decides what is in the image.
pub(super) fn files(context: &Context<'_>, own: &OwnDockerfile) -> Vec<RelPath> {
    let ignore = own.ignore.as_ref().and_then(|it| context.files.text(it).ok());
    let ignore = Ignore::parse(ignore.as_deref().unwrap_or_default());
    let named = [Some(own.path.value.clone()), own.ignore.clone()].into_iter().flatten();
    named.chain(let_in(context.files, own, &ignore)).collect()
}

/// The files of the context that get into the build. Neither history nor what a compiler like this one made is asked.
fn let_in(files: &crate::source::Files, own: &OwnDockerfile, ignore: &Ignore) -> Vec<RelPath> {
    let is_made = |it: &RelPath| it.join(MANIFEST).is_ok_and(|it| files.is_file(&it));
    let enter =
        |it: &RelPath| it.file_name() != ".git" && ignore.may_let_in_below(it.below(&own.context)) && !is_made(it);
    let mut found = files.walk_all(&own.context, &enter);
    found.retain(|it| ignore.lets_in(it.below(&own.context)));
    found
}

/// What stands in a folder that was written by this compiler.
const MANIFEST: &str = ".mlopsc-manifest.json";
