//! `mlopsc images`: every image that the project uses.

use std::collections::BTreeMap;

use super::args::Args;
use super::{Exit, Failure, print, project};
use crate::compile::compile;
use crate::plan::{FetchedAs, Plan};

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let project = project::find(args)?;
    let options = project.options(args, &project.out(None)?, &[])?;
    let compiled = compile(&options);
    if compiled.sink.has_errors() {
        return Ok(print::diagnostics(args, &compiled.sink, &compiled.sources));
    }
    let mut images: BTreeMap<String, &'static str> = BTreeMap::new();
    for environment in &compiled.environments {
        collect(&environment.plan, &mut images);
    }
    let lines = images.iter().map(|(reference, what)| format!("{reference}\t{what}\n"));
    print::data(&lines.collect::<String>());
    Ok(Exit::Clean)
}

/// The images of a plan: built here, built on, or run as they are.
fn collect(plan: &Plan, images: &mut BTreeMap<String, &'static str>) {
    for image in plan.images.values() {
        images.insert(image.reference().to_string(), "built");
    }
    for image in plan.fetched() {
        let what = match image.role {
            FetchedAs::Base => "base",
            FetchedAs::BuildTool => "build tool",
            FetchedAs::Run => "run",
        };
        images.insert(image.reference.to_string(), what);
    }
}
