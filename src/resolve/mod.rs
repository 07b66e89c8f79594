//! Trees to [`Spec`]s: layers are merged with the origin of every leaf kept, named things switched off, defaults added
//! last. This room is the only maker of a `Spec`; what a spec means is checked elsewhere.

mod attached;
mod defaults;
mod enabled;
mod house;
mod incomplete;
mod layers;
mod merge;
mod overlay;
mod unused;
mod variants;

use crate::diag::{Code, Diagnostic, Sink, Spot};
use crate::parse::{Loss, check_shape, report_decode_error};
use crate::source::{Files, Node, RelPath, Sources, decode};
use crate::spec::{Environment, House, Name, Spec, nearest};

pub use attached::{Attached, AttachedFile, Attachments};
pub use enabled::Disabled;
pub use incomplete::Incomplete;
pub use merge::SHORT_FORMS;
pub use unused::Unused;

/// The codes of this room.
pub static CODES: &[&Code] = &[
    &layers::SPEC_MISSING,
    &layers::EXTENDS_MISSING,
    &layers::EXTENDS_CYCLE,
    &overlay::UNKNOWN_NAME,
    &overlay::NO_ENVIRONMENT,
    &house::FINAL_KEY,
];

/// What to resolve.
#[derive(Clone, Debug)]
pub struct Request {
    /// The project's folder.
    pub files: Files,
    /// The spec in it.
    pub path: RelPath,
    /// What messages put before the names of the project's files: the way from where the user stands.
    pub prefix: String,
    /// The environments that are wanted; empty for all.
    pub environments: Vec<String>,
    /// Changes from the command line, as `path=value`.
    pub set: Vec<String>,
}

/// A spec for one environment, complete as far as it is written.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The environment's name; `default` for a file without environments.
    pub name: Name,
    /// The environment's own keys.
    pub environment: Environment,
    /// The merged spec.
    pub spec: Spec,
    /// The merged tree, for questions about single keys.
    pub tree: Node,
    /// The files that its tables of settings name.
    pub attachments: Attachments,
    /// What was switched off.
    pub disabled: Disabled,
    /// What lost something because it was wrong.
    pub incomplete: Incomplete,
    /// Tables with a name that no environment's file, overlay or change speaks of.
    pub unused: Unused,
    /// The rules of all files.
    pub houses: Vec<House>,
}

/// Reads the layers and resolves every environment that is wanted. Mistakes go to the sink of their environment; those
/// of the files themselves to `sink`. Nothing comes back when a file cannot be read as TOML.
pub fn resolve(request: &Request, sources: &mut Sources, sink: &mut Sink) -> Vec<(Resolved, Sink)> {
    let Some(mut layers) = layers::read(request, sources, sink) else { return Vec::new() };
    // Decoding is quick and says little. The schema says what is wrong, everywhere at once, and what is left is used.
    let losses: Vec<Loss> = if layers.decode() {
        Vec::new()
    } else {
        layers.all_mut().flat_map(|tree| check_shape(tree, sources, sink)).collect()
    };
    let houses = house::take_rules(&mut layers, sink);
    let resolved = environments(request, &layers, &losses, &houses, sources, sink);
    if resolved.is_none() && !sink.has_errors() {
        report_undecodable(request, &layers, sink);
    }
    resolved.unwrap_or_default()
}

/// All wanted environments; `None` when one does not decode.
fn environments(
    request: &Request,
    layers: &layers::Layers,
    losses: &[Loss],
    houses: &[House],
    sources: &mut Sources,
    sink: &mut Sink,
) -> Option<Vec<(Resolved, Sink)>> {
    let names = wanted(request, layers, sink);
    let unused = Unused::new(layers);
    let mut reader = attached::Reader::new(request, sources);
    let mut resolved = Vec::new();
    for name in names {
        let mut own_sink = Sink::new();
        let merged = overlay::merge_environment(layers, &name, &mut own_sink);
        let environment = decode(&merged.own).ok()?;
        let mut spec = decode(&merged.tree).ok()?;
        variants::add(&mut spec);
        let attachments = reader.attachments(&spec, sink);
        let incomplete = Incomplete::new(&merged.tree, &name, losses);
        let (tree, disabled) = (merged.tree, merged.disabled);
        let (unused, houses) = (unused.clone(), houses.to_vec());
        let resolved_one =
            Resolved { name, environment, spec, tree, attachments, disabled, incomplete, unused, houses };
        resolved.push((resolved_one, own_sink));
    }
    Some(resolved)
}

fn report_undecodable(request: &Request, layers: &layers::Layers, sink: &mut Sink) {
    for name in wanted(request, layers, sink) {
        let merged = overlay::merge_environment(layers, &name, &mut Sink::new());
        let errors = [decode::<Spec>(&merged.tree).err(), decode::<Environment>(&merged.own).err()];
        errors.iter().flatten().for_each(|it| report_decode_error(it, sink));
    }
}

/// The environments of the file, or those of them that the request names.
fn wanted(request: &Request, layers: &layers::Layers, sink: &mut Sink) -> Vec<Name> {
    let all = layers.environment_names();
    if all.is_empty() && !sink.has_errors() {
        let diagnostic = Diagnostic::new(&overlay::NO_ENVIRONMENT, "every environment is switched off");
        let diagnostic = diagnostic.at(Spot::File(layers.spec_name().into()), "");
        sink.report(diagnostic.help("switch one on, or take [environments] away for a single one called `default`"));
    }
    if request.environments.is_empty() || all.is_empty() {
        return all;
    }
    let mut wanted = Vec::new();
    for name in &request.environments {
        match all.iter().find(|it| it.as_str() == name) {
            Some(known) => wanted.push(known.clone()),
            None => {
                let list = all.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>();
                let list = match list.as_slice() {
                    [one] => format!("the only one is {one}"),
                    all => format!("the environments are {}", all.join(", ")),
                };
                let near = nearest(name, all.iter().map(Name::as_str));
                let near = near.map_or_else(String::new, |it| format!("; did you mean `{it}`?"));
                let diagnostic = Diagnostic::new(&overlay::NO_ENVIRONMENT, format!("there is no environment `{name}`"));
                let diagnostic = diagnostic.at(Spot::File(layers.spec_name().into()), "");
                sink.report(diagnostic.help(list + &near));
            }
        }
    }
    wanted
}
