//! The ports that a program listens on.

use smol_str::{ToSmolStr, format_smolstr};

use crate::plan::context::Context;
use crate::plan::{PORT_NAME, Port};
use crate::source::{At, Origin};
use crate::spec::{PortNumber, Protocol, Workload};

pub(in crate::plan) fn ports(_: &Context<'_>, written: &Workload, of: Origin) -> Vec<Port> {
    let mut ports: Vec<Port> = Vec::new();
    if let Some(port) = written.port {
        let number = port.map(number);
        let name = At::new("http".into(), port.origin.by(PORT_NAME));
        ports.push(Port { name, number, service_port: number, protocol: Protocol::Tcp });
    }
    for port in &written.ports {
        let Some(target) = port.port else { continue };
        let is_first = ports.is_empty();
        let assumed = || if is_first { "http".into() } else { format_smolstr!("port-{}", target.value) };
        let name = port.name.as_ref().map(|it| it.clone().map(|it| it.to_smolstr()));
        let number_at = target.map(number);
        ports.push(Port {
            name: name.unwrap_or_else(|| At::new(assumed(), port.origin.or(of).by(PORT_NAME))),
            number: number_at,
            service_port: port.service_port.map_or(number_at, |it| it.map(number)),
            protocol: port.protocol.map(|it| it.value).unwrap_or_default(),
        });
    }
    ports
}

fn number(port: PortNumber) -> u16 {
    u16::try_from(port.get()).expect("internal error: a port number was checked")
}
