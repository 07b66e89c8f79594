//! Images from files in place of registries: `lock --from`.

use std::collections::BTreeSet;
use std::path::Path;

use super::{locked, read};
use crate::cli::Failure;
use crate::compile::{Options, compile};
use crate::diag::in_words;
use crate::lock::{self, Answer, Wanted};
use crate::plan::Digests;
use crate::registry::{Layout, RegistryError};
use crate::resolve::Request;
use crate::spec::{ImageReference, nearest};

/// Something that holds images, or knows them.
enum Source {
    Layout(Layout),
    Lock(Digests),
}

/// Looks for the images in files, the first that has one before the others.
pub(super) fn files(said: &[String], options: &Options, wanted: &[Wanted]) -> Result<Vec<Answer>, Failure> {
    let sources: Vec<Source> = said.iter().map(|it| source(it, options, wanted)).collect::<Result<_, _>>()?;
    let find = |wanted: &Wanted| {
        let names: BTreeSet<&str> = wanted.places.iter().chain([&wanted.name]).map(String::as_str).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let found = sources.iter().find_map(|it| match it {
            Source::Layout(layout) => layout.find(&names).map(locked),
            Source::Lock(digests) => digests.images.get(&wanted.name).cloned().map(Ok),
        });
        let missing = || locked(Err(RegistryError::NotThere(format!("`{}`", said.join("`, `")))));
        let found = found.unwrap_or_else(missing);
        Answer { wanted: wanted.clone(), found: vec![found; wanted.places.len()] }
    };
    Ok(wanted.iter().map(find).collect())
}

fn source(said: &str, options: &Options, wanted: &[Wanted]) -> Result<Source, Failure> {
    let (name, path) = match said.split_once('=') {
        Some((name, path)) => (Some(name), Path::new(path)),
        None => (None, Path::new(said)),
    };
    let called = name.map(|it| known(said, it, options, wanted)).transpose()?;
    if path.extension().is_some_and(|it| it == "lock") {
        if let Some(name) = name {
            return Err(Failure::bad_input(format!(
                "`{name}` of `--from {said}` says nothing: a lock file has names of its own; leave it out"
            )));
        }
        let digests = Digests::parse(&read(path)?);
        let digests =
            digests.map_err(|why| Failure::bad_input(format!("`{}` cannot be used: {why}", path.display())))?;
        return Ok(Source::Lock(digests));
    }
    Layout::open(path, called).map(Source::Layout).map_err(|it| Failure::bad_input(it.to_string()))
}

/// The image that a name on the command line means, which must be one that is looked for.
fn known(said: &str, name: &str, options: &Options, wanted: &[Wanted]) -> Result<ImageReference, Failure> {
    let refused = |why: String| Failure::bad_input(format!("`{name}` of `--from {said}` is no image{why}"));
    let called = ImageReference::parse(name).map_err(|why| refused(format!(": {why}")))?;
    let names = names(wanted);
    if holds(&names, &called) {
        return Ok(called);
    }
    let elsewhere = fetching(options, &called);
    // Most names begin alike, and a tag is easily left out: what is below the registry says which one was meant.
    let path = nearest(called.path(), names.iter().map(ImageReference::path));
    let way_out = match names.iter().find(|it| Some(it.path()) == path) {
        _ if !elsewhere.is_empty() => format!("it is in {}, which --env leaves out", in_words(elsewhere)),
        Some(near) => format!("did you mean `{near}`?"),
        None => "`mlopsc images` lists them".to_owned(),
    };
    Err(refused(format!(" that is fetched here; {way_out}")))
}

/// The names that images go by: their own, and those of the places where they are to be had.
fn names(wanted: &[Wanted]) -> Vec<ImageReference> {
    let names = wanted.iter().flat_map(|it| it.places.iter().chain([&it.name]));
    names.filter_map(|it| ImageReference::parse(it).ok()).collect()
}

fn holds(names: &[ImageReference], image: &ImageReference) -> bool {
    names.iter().any(|it| it.qualified() == image.qualified())
}

/// Which of all environments of the spec fetch an image, those too that are not looked at.
fn fetching(options: &Options, image: &ImageReference) -> Vec<String> {
    let request = Request { environments: Vec::new(), ..options.request.clone() };
    let compiled = compile(&Options { request, ..options.clone() });
    let fetch =
        compiled.environments.iter().filter(|it| holds(&names(&lock::wanted(std::iter::once(&it.plan))), image));
    fetch.map(|it| format!("`{}`", it.name)).collect()
}
