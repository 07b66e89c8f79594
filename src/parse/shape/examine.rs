//! Reads the errors of the schema as a person would say them.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value as Json;

use super::codes::{BAD_NAME, WRONG_TYPE};
use super::repair::{Fault, Repair, escape};
use super::{keys, values};
use crate::diag::{Diagnostic, Spot};
use crate::source::{Node, Origin, Sources};
use crate::spec::{FORMATS, near_miss};

pub(super) struct Examiner<'t> {
    pub(super) schema: &'t Json,
    pub(super) tree: &'t Node,
    pub(super) sources: &'t Sources,
}

impl Examiner<'_> {
    /// Adds what is wrong to `faults`.
    pub(super) fn examine(&self, error: &ValidationError<'_>, faults: &mut Vec<Fault>) {
        let pointer = error.instance_path().to_string();
        match error.kind() {
            Kind::AdditionalProperties { unexpected } => {
                let definition = self.definition(error);
                faults.extend(unexpected.iter().map(|key| keys::unexpected(self, &pointer, key, &definition)));
            }
            Kind::AnyOf { context } => self.choose_branch(error, context, faults),
            Kind::PropertyNames { error: inner } => faults.extend(self.bad_key(&pointer, inner)),
            // Said by the format beside it.
            Kind::Pattern { .. } => {}
            // Said by the type beside it.
            Kind::Enum { .. } if !error.instance().is_string() => {}
            kind => faults.push(values::wrong(self, error, kind)),
        }
    }

    pub(super) fn node(&self, pointer: &str) -> Option<&Node> {
        self.tree.pointer(pointer)
    }

    pub(super) fn origin(&self, pointer: &str) -> Origin {
        self.node(pointer).map_or(Origin::NONE, |it| it.origin)
    }

    /// What was written as a value, where it may be shown.
    pub(super) fn written(&self, pointer: &str) -> Option<&str> {
        let span = Spot::value(self.origin(pointer)).span(self.sources)?;
        self.sources.text(span.file).get(span.range()).filter(|_| !self.sources.hides(span))
    }

    /// The definition whose rule was broken.
    pub(super) fn definition(&self, error: &ValidationError<'_>) -> Definition {
        let path = error.schema_path().to_string();
        let name = path.strip_prefix("/definitions/").and_then(|it| it.split('/').next()).unwrap_or("Spec").to_owned();
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let properties = self.schema.pointer(&format!("{parent}/properties")).and_then(Json::as_object);
        Definition { name, keys: properties.map(|it| it.keys().cloned().collect()).unwrap_or_default() }
    }

    /// What a schema says about itself under a keyword of ours, or the nearest one around it that says something.
    pub(super) fn annotation(&self, error: &ValidationError<'_>, keyword: &str) -> Option<&str> {
        let path = error.schema_path().to_string();
        let mut path = path.as_str();
        while let Some((parent, _)) = path.rsplit_once('/') {
            if let Some(text) = self.schema.pointer(parent).and_then(|it| it.get(keyword)?.as_str()) {
                return Some(text);
            }
            path = parent;
        }
        None
    }

    /// A key with a grammar. Each pattern has a format that says the same with a reason.
    fn bad_key(&self, table: &str, error: &ValidationError<'_>) -> Option<Fault> {
        let key = error.instance().as_str().unwrap_or_default();
        let (format, noun, why) = grammar(key, error)?;
        let pointer = format!("{table}/{}", escape(key));
        let spot = Spot::key(self.origin(&pointer));
        let diagnostic = Diagnostic::new(&BAD_NAME, format!("{} is no {noun}", values::quote(key)));
        let diagnostic = diagnostic.at(spot.clone(), why);
        Some(match near_miss(format, key).filter(|it| !self.has_key(table, it)) {
            Some(near) => {
                let diagnostic = diagnostic.fix(format!("did you mean `{near}`?"), spot, keys::written(&near));
                Fault { pointer, diagnostic, repair: Repair::Rename(near) }
            }
            None => Fault { pointer, diagnostic, repair: Repair::Drop },
        })
    }

    fn has_key(&self, table: &str, key: &str) -> bool {
        self.node(table).is_some_and(|it| it.get(key).is_some())
    }

    /// Of a short form and a table, the one that was meant is the one whose type was written.
    fn choose_branch(
        &self,
        error: &ValidationError<'_>,
        context: &[Vec<ValidationError<'static>>],
        faults: &mut Vec<Fault>,
    ) {
        let pointer = error.instance_path().to_string();
        let meant: Vec<_> =
            context.iter().filter(|branch| !branch.iter().any(|it| is_type_error(it, &pointer))).collect();
        if let [branch] = meant.as_slice() {
            branch.iter().for_each(|it| self.examine(it, faults));
            return;
        }
        let expected = self.annotation(error, "x-expected").unwrap_or("something else");
        let node = self.node(&pointer);
        let found = node.map_or("nothing", |it| it.value.type_name());
        let diagnostic = Diagnostic::new(&WRONG_TYPE, format!("expected {expected}, found {found}"));
        let spot = Spot::value(self.origin(&pointer));
        let diagnostic = diagnostic.at(spot.clone(), "");
        let wants_number = context.iter().flatten().any(|it| wants_number(it, &pointer));
        let number = node.and_then(Node::as_str).filter(|_| wants_number).and_then(values::number);
        faults.push(match number {
            Some((text, value)) => {
                let diagnostic = diagnostic.fix(format!("write `{text}`"), spot, text);
                Fault { pointer, diagnostic, repair: Repair::Replace(value) }
            }
            None => Fault { pointer, diagnostic, repair: Repair::Remove },
        });
    }
}

/// Whether a whole number could stand here.
fn wants_number(error: &ValidationError<'_>, pointer: &str) -> bool {
    let is_integer = |kind: &TypeKind| match kind {
        TypeKind::Single(one) => one.to_string() == "integer",
        TypeKind::Multiple(set) => set.iter().any(|it| it.to_string() == "integer"),
    };
    error.instance_path().to_string() == pointer && matches!(error.kind(), Kind::Type { kind } if is_integer(kind))
}

/// Whether a branch was not meant: the value itself is of another type, in each of its own branches if it has some.
fn is_type_error(error: &ValidationError<'_>, pointer: &str) -> bool {
    let same_place = error.instance_path().to_string() == pointer;
    match error.kind() {
        Kind::Type { .. } => same_place,
        Kind::AnyOf { context } => {
            same_place && context.iter().all(|branch| branch.iter().any(|it| is_type_error(it, pointer)))
        }
        _ => false,
    }
}

/// A table of the schema.
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) keys: Vec<String>,
}

/// What the schema's `format` expects, as a name, a noun, and why a text is not that.
pub(super) fn grammar(text: &str, error: &ValidationError<'_>) -> Option<(&'static str, &'static str, String)> {
    let Kind::Format { format } = error.kind() else { return None };
    let (name, noun, grammar) = FORMATS.iter().find(|(name, _, _)| name == format)?;
    Some((name, noun, grammar(text).err().unwrap_or_default()))
}
