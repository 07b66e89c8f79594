//! A tree held against the schema until nothing is left to say about it.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::examine::Examiner;
use super::repair::{Fault, Loss, Repair, repair};
use crate::diag::Sink;
use crate::source::{Node, NodeId, Sources};
use crate::spec::FORMATS;

/// A key that is given its right name may hold mistakes that nobody looked at before; so many times it is looked again.
const ROUNDS: usize = 8;

/// Checks a whole file and repairs it. Gives what was taken out of it.
///
/// # Panics
/// When the embedded schema is not one, which a test would show.
pub fn check_shape(tree: &mut Node, sources: &Sources, sink: &mut Sink) -> Vec<Loss> {
    let schema: Json = serde_json::from_str(crate::spec::schema_text()).expect("internal error: the schema is JSON");
    let validator = validator(&schema);
    let mut losses = Vec::new();
    // What was guessed for a wrong value is not the user's, and its own mistakes are not either.
    let mut guessed: BTreeSet<NodeId> = BTreeSet::new();
    for _ in 0..ROUNDS {
        let instance = tree.to_json();
        let mut faults: Vec<Fault> = Vec::new();
        let examiner = Examiner { schema: &schema, tree, sources };
        validator.iter_errors(&instance).for_each(|it| examiner.examine(&it, &mut faults));
        if faults.is_empty() {
            break;
        }
        // The innermost first and lists from the back, so that no repair moves what another one is about.
        let depth = |it: &Fault| it.pointer.matches('/').count();
        let mut order: Vec<&Fault> = faults.iter().rev().collect();
        order.sort_by_key(|it| std::cmp::Reverse(depth(it)));
        // Of a secret it was said already that it must go, whatever else is wrong with it.
        let node = |it: &Fault| tree.pointer(&it.pointer).and_then(|it| it.origin.node);
        let is_said = |it: NodeId| sources.is_hidden(it) || guessed.contains(&it);
        let new = faults.iter().filter(|it| node(it).is_none_or(|it| !is_said(it)));
        new.for_each(|it| sink.report(it.diagnostic.clone()));
        let replaced = faults.iter().filter(|it| matches!(it.repair, Repair::Replace(_))).filter_map(node);
        guessed.extend(replaced.collect::<Vec<_>>());
        losses.extend(order.into_iter().filter_map(|it| repair(tree, &it.pointer, &it.repair)));
    }
    losses
}

/// The schema with the grammars of its formats.
fn validator(schema: &Json) -> jsonschema::Validator {
    let mut options = jsonschema::options().should_validate_formats(true);
    for (name, _, grammar) in FORMATS {
        options = options.with_format(*name, move |text: &str| grammar(text).is_ok());
    }
    options.build(schema).expect("internal error: the schema is a schema")
}
