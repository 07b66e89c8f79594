//! Steps that wait until another service takes connections.

use smol_str::format_smolstr;

use super::container::Program;
use super::exposure::service_host;
use super::helpers::container;
use super::ports::ports;
use crate::plan::context::Context;
use crate::plan::{AWAIT, Component, Container, UserIds};
use crate::source::At;
use crate::spec;

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
    let command = ["sh".into(), "-c".into(), TRY.into(), host, format_smolstr!("{port}")].to_vec();
    let step = container(context, format_smolstr!("await-{service}"), command, user, of);
    Some(Container { awaits: Some(At::new(service.as_str().into(), of)), ..step })
}
