//! Steps that wait until another service takes connections.

use smol_str::{SmolStr, format_smolstr};

use super::container::Program;
use super::exposure::service_host;
use super::ports::ports;
use super::resources::of_helper;
use crate::catalogue::BUSYBOX;
use crate::plan::context::Context;
use crate::plan::image::external;
use crate::plan::{AWAIT, Component, Container, OBJECT_NAME, ProbeSet, READ_ONLY_ROOT, UserIds};
use crate::source::At;
use crate::spec::{self, ImageReference};

/// Tries the port of a host, both arguments of the command, every two seconds.
const TRY: &str = "until nc -z -w 2 \"$0\" \"$1\"; do sleep 2; done";

/// A step for each service of `after`, before all others.
pub(super) fn steps(
    context: &Context<'_>,
    written: &spec::Workload,
    program: &Program<'_>,
    user: UserIds,
) -> Vec<Container> {
    if program.component != Component::Service {
        return Vec::new();
    }
    written.after.iter().filter_map(|it| step(context, it, user)).collect()
}

fn step(context: &Context<'_>, service: &At<spec::Name>, user: UserIds) -> Option<Container> {
    let other = context.spec.services.get(service.as_str())?;
    let port = ports(context, other, other.origin).first()?.service_port.value;
    let host = service_host(context, service)?;
    let of = service.origin.by(AWAIT);
    let image = ImageReference::parse(BUSYBOX).expect("internal error: a good reference");
    let word = |it: SmolStr| At::new(it.into(), of);
    Some(Container {
        name: At::new(format_smolstr!("await-{service}"), of.by(OBJECT_NAME)),
        image: external(context, &image, of),
        command: ["sh".into(), "-c".into(), TRY.into(), host, format_smolstr!("{port}")].map(word).to_vec(),
        args: Vec::new(),
        ports: Vec::new(),
        before_stop: Vec::new(),
        awaits: Some(At::new(service.as_str().into(), of)),
        env: Vec::new(),
        mounts: Vec::new(),
        resources: of_helper(of),
        probes: ProbeSet::default(),
        user,
        read_only_root: At::new(true, of.by(READ_ONLY_ROOT)),
        as_root: None,
    })
}
