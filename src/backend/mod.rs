//! Plan to objects and texts: one target a file or folder, one line each in [`BACKENDS`].
//!
//! A target makes no decision that another one would have to make too, knows no other target, and writes nothing.

mod compose;
mod docker;
mod kubernetes;
mod way;

use std::sync::Arc;

use smol_str::SmolStr;

use crate::blueprint::Blueprints;
use crate::diag::{Code, Diagnostic, Sink};
use crate::object::Object;
use crate::plan::Plan;
use crate::source::{Node, Origin, RelPath};

use way::way;

/// A target.
pub struct Backend {
    /// The name that `--only` takes.
    pub name: &'static str,
    /// What it writes, in half a sentence.
    pub about: &'static str,
    /// Whether an environment wants it.
    pub wanted: fn(&Plan) -> bool,
    /// Makes its files.
    pub emit: fn(&Job<'_>, &mut Emitted),
}

/// Every target, in the order in which they are listed.
pub static BACKENDS: &[&Backend] = &[&docker::BACKEND, &compose::BACKEND, &kubernetes::BACKEND];

/// The codes of the targets.
pub static CODES: &[&[&Code]] = &[compose::CODES, kubernetes::CODES];

/// What a target reads.
pub struct Job<'j> {
    pub plan: &'j Plan,
    /// Text templates, with the user's own in place of ours.
    pub blueprints: &'j Blueprints,
    /// The environment's folder below the project's: `deploy/prod`.
    pub folder: &'j str,
    /// The way back from it: `../..`.
    pub project_root: String,
}

impl<'j> Job<'j> {
    pub fn new(plan: &'j Plan, blueprints: &'j Blueprints, folder: &'j str) -> Self {
        let project_root = vec![".."; folder.split('/').count()].join("/");
        Self { plan, blueprints, folder, project_root }
    }
}

/// What targets make: paths are below the environment's folder.
#[derive(Debug, Default)]
pub struct Emitted {
    pub objects: Vec<(RelPath, Object)>,
    /// Documents that are YAML or JSON, but no Kubernetes objects.
    pub documents: Vec<(RelPath, Node)>,
    pub texts: Vec<(RelPath, Text)>,
    /// What only a reader of the files needs.
    pub later: Vec<(RelPath, Later)>,
    /// Files that people put among these, because something reads them there; never made, never touched.
    pub guests: Vec<RelPath>,
    /// What a target cannot say, and mistakes in the user's templates.
    pub sink: Sink,
}

/// A file in which nothing can be wrong but a template of the project: made when the files are, which a check of the spec
/// does without.
#[derive(Clone, Debug)]
pub struct Later {
    /// What of the plan it is about.
    pub name: SmolStr,
    pub origin: Origin,
    /// Makes it; what is wrong in a template of the project is the error.
    pub make: fn(&Job<'_>, &str) -> Result<Content, Box<Diagnostic>>,
}

/// What is in a file.
#[derive(Debug)]
pub enum Content {
    Document(Node),
    Text(String),
}

/// A text without a typed form.
#[derive(Clone, Debug)]
pub struct Text {
    pub text: Arc<str>,
    /// What it is for.
    pub origin: Origin,
}

/// A path that the compiler makes.
pub(crate) fn path(text: impl AsRef<str>) -> RelPath {
    RelPath::parse(text.as_ref()).expect("internal error: our own paths are relative")
}
