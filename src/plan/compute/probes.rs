//! How the kubelet asks after a service's health.

use smol_str::ToSmolStr;

use super::container::{Part, Program, texts};
use crate::plan::context::Context;
use crate::plan::{Component, PROBES, Port, ProbeCheck, ProbePlan, ProbeSet};
use crate::source::At;
use crate::spec::{Duration, Probe, Protocol, Short};

/// Seconds between two tries: a service that is not ready should be noticed sooner than one is restarted.
const READY_EVERY: i64 = 10;
const LIVE_EVERY: i64 = 20;
const STARTUP_EVERY: i64 = 5;
const STARTUP_FOR: i64 = 60;

pub(super) fn probes(context: &Context<'_>, program: &Program<'_>, part: Part) -> ProbeSet {
    let written = program.workload.probes.as_ref();
    match part {
        Part::Main if program.component == Component::Service => {}
        // Whoever stands beside another is asked only after what somebody wrote.
        Part::Sidecar if written.is_some() => {
            let of = |it: Option<&At<Short<Probe>>>, every| plan(program, it.filter(|it| has_check(it)), every);
            let startup = written.and_then(|it| it.startup.as_ref());
            return ProbeSet {
                startup: of(startup, STARTUP_EVERY).map(|it| within(it, startup)),
                ready: of(written.and_then(|it| it.ready.as_ref()), READY_EVERY),
                live: of(written.and_then(|it| it.live.as_ref()), LIVE_EVERY),
            };
        }
        _ => return ProbeSet::default(),
    }
    let ready = written.and_then(|it| it.ready.as_ref());
    let live = written.and_then(|it| it.live.as_ref());
    let startup = written.and_then(|it| it.startup.as_ref());
    let is_open = program.ports.iter().any(|it| it.protocol == Protocol::Tcp);
    if (ready.is_none() || live.is_none()) && is_open {
        let which = match (ready, live) {
            (None, None) => "readiness and liveness are",
            (None, Some(_)) => "readiness is",
            _ => "liveness is",
        };
        context.note(
            program.origin,
            format!("`{}` has no probe: {which} assumed to be a connection to its first port", program.name),
        );
    }
    let ready_plan = plan(program, ready, READY_EVERY).or_else(|| assumed(program, READY_EVERY));
    let started = plan(program, startup.filter(|it| has_check(it)), STARTUP_EVERY).or_else(|| {
        ready_plan.clone().map(|it| ProbePlan { every: At::new(STARTUP_EVERY, it.origin.by(PROBES)), ..it })
    });
    ProbeSet {
        startup: started.map(|it| within(it, startup)),
        live: plan(program, live, LIVE_EVERY).or_else(|| assumed(program, LIVE_EVERY)),
        ready: ready_plan,
    }
}

/// Whether a probe says what is tried, and not only for how long.
fn has_check(probe: &At<Short<Probe>>) -> bool {
    probe.http.is_some() || probe.tcp.is_some() || probe.grpc.is_some() || !probe.exec.is_empty()
}

fn assumed(program: &Program<'_>, every: i64) -> Option<ProbePlan> {
    let port = program.ports.iter().find(|it| it.protocol == Protocol::Tcp)?;
    let origin = program.origin.by(PROBES);
    let check = ProbeCheck::Tcp { port: port.name.clone(), number: *port.number };
    let at = |number| At::new(number, origin);
    Some(ProbePlan { check, every: at(every), timeout: at(3), failures: At::new(3, origin), origin })
}

fn plan(program: &Program<'_>, probe: Option<&At<Short<Probe>>>, every: i64) -> Option<ProbePlan> {
    let probe = probe?;
    let origin = probe.origin;
    let seconds = |it: &Option<At<Duration>>, assumed: i64| {
        it.as_ref().map_or_else(|| At::new(assumed, origin.by(PROBES)), |it| At::new(it.seconds(), it.origin))
    };
    Some(ProbePlan {
        check: check(program, probe)?,
        every: seconds(&probe.every, every),
        timeout: seconds(&probe.timeout, 3),
        failures: probe.failures.map_or_else(|| At::new(3, origin.by(PROBES)), |it| it.map(crate::spec::Count::u32)),
        origin,
    })
}

fn check(program: &Program<'_>, probe: &At<Short<Probe>>) -> Option<ProbeCheck> {
    if !probe.exec.is_empty() {
        return Some(ProbeCheck::Exec(texts(&probe.exec)));
    }
    let port = asked_port(program, probe)?;
    if let Some(path) = &probe.http {
        let path = path.clone().map(|it| it.to_smolstr());
        return Some(ProbeCheck::Http { path, port: port.name.clone(), number: *port.number });
    }
    if probe.grpc.is_some_and(|it| it.value) {
        return Some(ProbeCheck::Grpc { number: port.number });
    }
    Some(ProbeCheck::Tcp { port: port.name.clone(), number: *port.number })
}

/// The port that a probe names, or the first one.
fn asked_port<'p>(program: &'p Program<'_>, probe: &Probe) -> Option<&'p Port> {
    let Some(asked) = &probe.port else { return program.ports.iter().find(|it| it.protocol == Protocol::Tcp) };
    program.ports.iter().find(|it| asked.is(&it.name, it.number.value))
}

/// As many failures as fit into the time that starting may take.
fn within(plan: ProbePlan, startup: Option<&At<Short<Probe>>>) -> ProbePlan {
    let written = startup.and_then(|it| it.within.as_ref());
    let seconds = written.map_or(STARTUP_FOR, |it| it.seconds());
    let origin = written.map_or(plan.origin, |it| it.origin).by(PROBES);
    if let Some(failures) = startup.and_then(|it| it.failures) {
        return ProbePlan { failures: failures.map(crate::spec::Count::u32), ..plan };
    }
    let tries = (seconds + *plan.every - 1) / *plan.every;
    ProbePlan { failures: At::new(u32::try_from(tries.max(1)).unwrap_or(u32::MAX), origin), ..plan }
}
