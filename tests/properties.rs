//! What holds whatever a spec says: no text of it becomes anything else, the same spec gives the same bytes, layers
//! merge by their laws, and every mistake is a diagnostic with a place.
//!
//! `PROPTEST_CASES` tries more than the few cases of every day.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

mod support;

#[path = "properties/extremes.rs"]
mod extremes;
#[path = "properties/hostile.rs"]
mod hostile;
#[path = "properties/layers.rs"]
mod layers;
#[path = "properties/mistakes.rs"]
mod mistakes;
#[path = "properties/outputs.rs"]
mod outputs;
#[path = "properties/projects.rs"]
mod projects;
#[path = "properties/renderings.rs"]
mod renderings;
#[path = "properties/same.rs"]
mod same;
#[path = "properties/secrets.rs"]
mod secrets;
#[path = "properties/shape.rs"]
mod shape;
#[path = "properties/trees.rs"]
mod trees;

use mlopsc::compile::Compiled;
use proptest::prelude::{ProptestConfig, TestCaseError};

/// So many cases, or as many as `PROPTEST_CASES` asks for.
fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(usual), failure_persistence: None, ..ProptestConfig::default() }
}

/// Whatever came of a spec can be shown, and without a mistake what is written is good.
fn check(compiled: &Compiled) -> Result<(), TestCaseError> {
    renderings::check(compiled)?;
    if compiled.sink.has_errors() { Ok(()) } else { outputs::check(compiled) }
}
