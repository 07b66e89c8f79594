//! The whole of `compose.yaml`.

use smol_str::SmolStr;

use super::layout::Layout;
use super::program::Program;
use super::{environment, network, prepare, service, stores, text};
use crate::backend::Job;
use crate::object::{Pairs, fields};
use crate::plan::OBJECT;
use crate::source::{Node, Origin};

pub(super) fn document(job: &Job<'_>, layout: &Layout<'_>) -> Node {
    let plan = job.plan;
    let prepare = prepare::service(job).map(|it| (SmolStr::new_static(prepare::NAME), it));
    let programs = Program::all(plan).map(|it| (it.name(), service::service(job, layout, &it)));
    let mut document = fields!(Origin::rule(OBJECT);
        "name" => &plan.identity.instance,
        "services" => Pairs(prepare.into_iter().chain(programs).collect()),
        "networks" => network::networks(layout),
        "volumes" => stores::volumes(plan),
        "configs" => stores::configs(plan),
        "secrets" => stores::secrets(job),
    );
    text::take_literally(&mut document);
    refer(layout, &mut document);
    document
}

/// Puts in the only references to variables that the file has, now that all other `$` are out of the way.
fn refer(layout: &Layout<'_>, document: &mut Node) {
    for program in Program::all(layout.plan) {
        let container = program.container;
        for (variable, reference) in environment::taken(layout.plan, container) {
            let pointer = format!("/services/{}/environment", program.name());
            if let Some(map) = document.pointer_mut(&pointer).and_then(Node::as_map_mut) {
                map.set(variable, reference);
            }
        }
        for (key, phrases) in [("entrypoint", &container.command), ("command", &container.args)] {
            for (index, phrase) in phrases.iter().enumerate().filter(|(_, it)| it.known().is_none()) {
                let pointer = format!("/services/{}/{key}/{index}", program.name());
                if let Some(node) = document.pointer_mut(&pointer) {
                    *node = Node::new(environment::replaced(container, phrase), phrase.origin);
                }
            }
        }
    }
}
