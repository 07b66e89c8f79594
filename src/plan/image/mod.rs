//! Images: which are built, from what, and what every container runs.

mod group;
mod lock;
mod recipe;
mod reference;
mod sources;

use std::collections::BTreeMap;

use smol_str::{SmolStr, format_smolstr};

use super::compute::data_path;
use super::context::Context;
use super::{HealthCheck, IMAGE_NAME, Identity, Image, Index, NON_ROOT};
use crate::source::At;
use crate::spec::{Mount, Name, Probe, Workload};
use group::Group;

pub(super) use reference::{external, image_ref};
pub use sources::KEPT_OUT;

/// The images of a plan, and which program runs which.
pub(super) struct Images {
    pub(super) index: Index<Image>,
    /// By the path of the program in the spec: `stages.train`, `services.api.init[0]`.
    by_program: BTreeMap<SmolStr, SmolStr>,
}

impl Images {
    /// The image that a program runs, where the project builds it.
    pub(super) fn built(&self, program: &str) -> Option<&Image> {
        self.index.get(self.by_program.get(program)?)
    }
}

/// Plans the images of all programs that are built from an entry.
pub(super) fn images(context: &Context<'_>, identity: &Identity) -> Images {
    let groups = group::groups(context);
    let names = group::names(&groups);
    let mut images = Images { index: Index::new(), by_program: BTreeMap::new() };
    for (group, name) in groups.into_iter().zip(names) {
        for program in &group.members {
            images.by_program.insert(program.path.clone(), name.clone());
        }
        images.index.insert(name.clone(), image(context, identity, group, name));
    }
    images
}

fn image(context: &Context<'_>, identity: &Identity, group: Group<'_>, name: SmolStr) -> Image {
    let project = context.spec.project.as_ref();
    let registry = project.and_then(|it| it.registry.as_ref());
    let prefix = registry.map_or_else(String::new, |it| format!("{it}/"));
    let repository = format_smolstr!("{prefix}{}-{name}", identity.project);
    let named_by = registry.map_or(identity.project.origin, |it| it.origin);
    let first_user = group.members.iter().find_map(|it| it.workload.user.as_ref());
    let number = |id: Option<At<crate::spec::UserId>>| id.map(|it| it.map(crate::spec::UserId::u32));
    let uid = number(first_user.and_then(|it| it.uid)).unwrap_or_else(|| At::new(10001, group.origin.by(NON_ROOT)));
    let mut entries: Vec<SmolStr> = Vec::new();
    for entry in group.members.iter().filter_map(|it| it.workload.entry.as_ref()) {
        if !entries.iter().any(|it| it == entry.as_str()) {
            entries.push(entry.as_str().into());
        }
    }
    Image {
        tag: tag(context, identity, &group),
        repository: At::new(repository, named_by.by(IMAGE_NAME)),
        entries,
        health: health(&group),
        ports: ports(&group),
        folders: folders(context, &group),
        gid: number(first_user.and_then(|it| it.gid)).unwrap_or(uid),
        uid,
        gpu: group.members.iter().any(|it| it.workload.gpu.is_some()),
        title: format_smolstr!("{}-{name}", identity.project),
        owner: identity.owner.clone(),
        name: At::new(name, group.origin.by(IMAGE_NAME)),
        origin: group.origin,
        recipe: group.recipe,
    }
}

/// The project's version, or a hash of all that goes into the image.
fn tag(context: &Context<'_>, identity: &Identity, group: &Group<'_>) -> At<SmolStr> {
    match &identity.version {
        Some(version) => version.clone(),
        None => At::new(sources::content_hash(context, &group.recipe), identity.project.origin.by(IMAGE_NAME)),
    }
}

fn ports(group: &Group<'_>) -> Vec<u16> {
    let programs = group.members.iter().map(|it| it.workload);
    let number = |it: crate::spec::PortNumber| u16::try_from(it.get()).unwrap_or_default();
    let mut ports: Vec<u16> = programs
        .flat_map(|it: &Workload| it.port.iter().copied().chain(it.ports.iter().filter_map(|it| it.port)))
        .map(|it| number(it.value))
        .collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// Where the programs of an image write datasets.
fn folders(context: &Context<'_>, group: &Group<'_>) -> Vec<SmolStr> {
    let outputs = group.members.iter().flat_map(|it| &it.workload.outputs);
    let mut folders: Vec<SmolStr> =
        outputs.filter_map(|it| Some(data_path(context, it, mounted(context, it)?).value)).collect();
    folders.sort();
    folders.dedup();
    folders
}

/// The dataset of an output, where it is mounted.
fn mounted<'o>(context: &Context<'_>, output: &'o Mount) -> Option<&'o At<Name>> {
    let data = output.data.as_ref()?;
    context.spec.data.get(data.as_str()).is_none_or(|it| it.is_mounted()).then_some(data)
}

/// An image has a health check of its own only where it can mean one thing: one service runs it.
fn health(group: &Group<'_>) -> Option<HealthCheck> {
    let [program] = group.members.as_slice() else { return None };
    let port = *ports(group).first()?;
    let path = |probe: &Probe| probe.http.as_ref().map(|it| SmolStr::new(it.as_str()));
    let probes = program.workload.probes.as_ref();
    let ready = probes.and_then(|it| it.ready.as_ref().or(it.live.as_ref()));
    Some(HealthCheck { port, path: ready.and_then(|it| path(it)) })
}
