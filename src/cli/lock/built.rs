//! What was built: `lock --built`.

use std::path::Path;

use super::read;
use crate::cli::Failure;
use crate::compile::Compiled;
use crate::lock::{self, Environment, Report};
use crate::plan::{Digests, Image, Inputs, made_of};
use crate::source::RelPath;

/// Writes down what the builder says of a build.
pub(super) fn record(file: &Path, old: &Digests, environments: &[Environment<'_>]) -> Result<Report, Failure> {
    let [environment] = environments else {
        let names: Vec<&str> = environments.iter().map(|it| it.name).collect();
        return Err(Failure::bad_input(format!(
            "a build is for one environment, and there are {}: name one with --env",
            names.join(", ")
        )));
    };
    let shown = file.display();
    let text = read(file)?;
    lock::record(old, &text, environment).map_err(|why| Failure::bad_input(format!("`{shown}` cannot be used: {why}")))
}

/// Files of the spec and of images that were changed after the metadata of their build was written. What is recorded as built
/// are the files as they are, because no builder says which ones it had.
pub(super) fn doubts(
    metadata: &Path,
    report: &Report,
    inputs: &Inputs<'_>,
    compiled: &Compiled,
    prefix: &str,
) -> Vec<String> {
    let is_newer = |it: &RelPath| inputs.files.is_newer(it, metadata);
    let shown = metadata.display();
    let spec = compiled.sources.names().filter_map(|it| RelPath::parse(it.strip_prefix(prefix)?).ok()).find(is_newer);
    let spec = spec.map(|it| {
        format!(
            "`{it}` is newer than `{shown}`: if what was built is not what it says now, build again and record that"
        )
    });
    let of_images = compiled.environments.iter().flat_map(|environment| {
        let is_built = |image: &&Image| report.entries.iter().any(|it| *it.name == *image.name.value);
        environment.plan.images.values().filter(is_built).filter_map(|image| {
            let changed = made_of(&environment.resolved, inputs, image).into_iter().find(is_newer)?;
            let name = &image.name;
            Some(format!(
                "`{changed}` is newer than `{shown}`: if `{name}` was built without that change, build it again and \
                 record that"
            ))
        })
    });
    spec.into_iter().chain(of_images).collect()
}
