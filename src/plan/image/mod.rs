//! Images: which are built, from what, and what every container runs.

mod framework;
mod group;
mod ignore;
mod lock;
mod own;
mod program;
mod recipe;
mod reference;
mod sources;

use std::collections::BTreeMap;

use smol_str::{SmolStr, format_smolstr};

use super::compute::data_path;
use super::context::Context;
use super::{HealthCheck, IMAGE_NAME, Identity, Image, Index, Making, NON_ROOT};
use crate::source::At;
use crate::spec::{Mount, Name, Protocol};
use group::Group;

pub use framework::{Brings, LockedFramework};
pub use ignore::Ignore;
pub use lock::language_of_lock;
pub use program::{jar, started};
pub(super) use reference::{external, image_ref};
pub use sources::{KEPT_OUT, WEIGHTS, is_weights, kept_out};
pub(super) use sources::{definition, files};

/// The images of a plan, and which program runs which.
pub(super) struct Images {
    pub(super) index: Index<Image>,
    /// By the path of the program in the spec: `stages.train`, `services.api.init[0]`.
    by_program: BTreeMap<SmolStr, SmolStr>,
    /// What stands before the name of each image: registry and project.
    prefix: At<SmolStr>,
}

impl Images {
    /// The image that a program runs, where the project builds it.
    pub(super) fn built(&self, program: &str) -> Option<&Image> {
        self.index.get(self.by_program.get(program)?)
    }

    /// Where an image of the project is pushed to, without a tag.
    fn repository(&self, name: &str) -> At<SmolStr> {
        self.prefix.clone().map(|it| format_smolstr!("{it}{name}"))
    }
}

/// Plans the images of all programs that are built from an entry.
pub(super) fn images(context: &Context<'_>, identity: &Identity) -> Images {
    let groups = group::groups(context);
    let names = group::names(&groups);
    let registry = context.spec.project.as_ref().and_then(|it| it.registry.as_ref());
    let before = registry.map_or_else(String::new, |it| format!("{it}/"));
    let named_by = registry.map_or(identity.project.origin, |it| it.origin);
    let prefix = At::new(format_smolstr!("{before}{}-", identity.project), named_by.by(IMAGE_NAME));
    let mut images = Images { index: Index::new(), by_program: BTreeMap::new(), prefix };
    for (group, name) in groups.into_iter().zip(names) {
        for program in &group.members {
            images.by_program.insert(program.path.clone(), name.clone());
        }
        let repository = images.repository(&name);
        images.index.insert(name.clone(), image(context, identity, group, name, repository));
    }
    images
}

fn image(
    context: &Context<'_>,
    identity: &Identity,
    group: Group<'_>,
    name: SmolStr,
    repository: At<SmolStr>,
) -> Image {
    let first_user = group.members.iter().find_map(|it| it.workload.user.as_ref());
    let number = |id: Option<At<crate::spec::UserId>>| id.map(|it| it.map(crate::spec::UserId::u32));
    let uid = number(first_user.and_then(|it| it.uid)).unwrap_or_else(|| At::new(10001, group.origin.by(NON_ROOT)));
    let is_own = matches!(group.making, Making::Dockerfile(_));
    let mut entries: Vec<SmolStr> = Vec::new();
    // What is in somebody's own image, and where, nobody else knows.
    for entry in group.members.iter().filter_map(|it| it.workload.entry.as_ref()).filter(|_| !is_own) {
        if !entries.iter().any(|it| it == entry.as_str()) {
            entries.push(entry.as_str().into());
        }
    }
    let mut image = Image {
        tag: At::new(SmolStr::default(), identity.project.origin.by(IMAGE_NAME)),
        repository,
        entries,
        health: health(context, &group).filter(|_| !is_own),
        ports: ports(context, &group),
        folders: if is_own { Vec::new() } else { folders(context, &group) },
        gid: number(first_user.and_then(|it| it.gid)).unwrap_or(uid),
        uid,
        gpu: group.members.iter().any(|it| it.workload.gpu.is_some()),
        title: format_smolstr!("{}-{name}", identity.project),
        owner: identity.owner.clone(),
        name: At::new(name, group.origin.by(IMAGE_NAME)),
        origin: group.origin,
        making: group.making,
    };
    // The project's version, or a hash of all that goes into the image.
    match &identity.version {
        Some(version) => image.tag = version.clone(),
        None => image.tag.value = sources::content_hash(context, &image),
    }
    image
}

/// The ports that programs listen on, with their protocols.
fn ports(context: &Context<'_>, group: &Group<'_>) -> Vec<(u16, Protocol)> {
    let listening = group.members.iter().flat_map(|it| super::compute::ports(context, it.workload, it.origin));
    let mut ports: Vec<_> = listening.map(|it| (it.number.value, it.protocol)).collect();
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

/// An image has a health check of its own only where it can mean one thing: one service runs it. It asks as the
/// readiness probe does.
fn health(context: &Context<'_>, group: &Group<'_>) -> Option<HealthCheck> {
    let (variants, own): (Vec<_>, Vec<_>) = group.members.iter().partition(|it| it.workload.variant.is_some());
    let (([program], _) | ([], [program])) = (own.as_slice(), variants.as_slice()) else { return None };
    let ports = super::compute::ports(context, program.workload, program.origin);
    let mut open = ports.iter().filter(|it| it.protocol == Protocol::Tcp);
    let probes = program.workload.probes.as_ref();
    let probe = probes.and_then(|it| it.ready.as_ref().or(it.live.as_ref()));
    let port = match probe.and_then(|it| it.port.as_ref()) {
        Some(asked) => open.find(|it| asked.is(&it.name, it.number.value))?,
        None => open.next()?,
    };
    let path = probe.and_then(|it| it.http.as_ref()).map(|it| SmolStr::new(it.as_str()));
    Some(HealthCheck { port: port.number.value, path })
}
