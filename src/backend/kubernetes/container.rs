//! Containers.

use smol_str::{SmolStr, format_smolstr};

use super::service::protocol;
use crate::object::{Pairs, fields};
use crate::plan::{
    Container, EnvSource, EnvVar, Given, PULL_POLICY, Phrase, Plan, Port, ProbeCheck, ProbePlan, RESTRICTED,
    ResourcePlan, VolumeMount,
};
use crate::source::{At, Node};
use crate::spec::{Cpu, Quantity};

/// The main container of a pod, or a step before it.
pub(super) fn container(plan: &Plan, it: &Container) -> Node {
    full(plan, it, None)
}

/// A container that starts before the main one and is stopped after it: an init container that is always restarted
/// (Kubernetes documentation, "Sidecar Containers").
pub(super) fn sidecar(plan: &Plan, it: &Container) -> Node {
    full(plan, it, Some("Always"))
}

fn full(plan: &Plan, it: &Container, restart: Option<&'static str>) -> Node {
    let origin = it.name.origin;
    let policy = if it.image.has_digest { "IfNotPresent" } else { "Always" };
    fields!(origin;
        "name" => &it.name,
        "image" => &it.image.reference,
        "imagePullPolicy" => At::new(policy, it.image.reference.origin.by(PULL_POLICY)),
        "command" => phrases(&it.command),
        "args" => phrases(&it.args),
        "restartPolicy" => restart,
        "ports" => it.ports.iter().map(port).collect::<Vec<_>>(),
        "env" => it.env.iter().map(|var| env(plan, it, var)).collect::<Vec<_>>(),
        "resources" => resources(&it.resources),
        "startupProbe" => it.probes.startup.as_ref().map(probe),
        "readinessProbe" => it.probes.ready.as_ref().map(probe),
        "livenessProbe" => it.probes.live.as_ref().map(probe),
        "lifecycle" => before_stop(it),
        "securityContext" => security(it),
        "terminationMessagePath" => it.env.iter().find_map(results_file),
        "volumeMounts" => it.mounts.iter().map(mount).collect::<Vec<_>>(),
    )
}

fn before_stop(it: &Container) -> Option<Node> {
    let origin = it.before_stop.first()?.origin;
    let exec = fields!(origin; "command" => it.before_stop.clone());
    Some(fields!(origin; "preStop" => fields!(origin; "exec" => exec)))
}

fn port(port: &Port) -> Node {
    fields!(port.number.origin;
        "name" => &port.name,
        "containerPort" => port.number,
        "protocol" => protocol(port.protocol),
    )
}

fn env(plan: &Plan, container: &Container, var: &EnvVar) -> Node {
    let origin = var.origin;
    let name = At::new(var.name.clone(), origin);
    let from = |source: Node| Some(source);
    let (value, source) = match &var.value {
        EnvSource::Text(text) => (Some(text.clone().map(|it| escaped(&it))), None),
        EnvSource::Phrase(phrase) => (Some(phrase.clone().map(|it| replaced(&it))), None),
        EnvSource::Given(Given { map, key, .. }) => {
            (None, from(fields!(origin; "configMapKeyRef" => fields!(origin; "name" => map, "key" => key))))
        }
        EnvSource::ResultsFile => (results_file(var), None),
        EnvSource::Secret { secret, key } => {
            let object = plan.secrets.get(secret).map(|it| it.object.clone());
            (None, from(fields!(origin; "secretKeyRef" => fields!(origin; "name" => object, "key" => key))))
        }
        EnvSource::Field(path) => (None, from(fields!(origin; "fieldRef" => fields!(origin; "fieldPath" => path)))),
        EnvSource::Resource(resource) => {
            let field = fields!(origin; "containerName" => &container.name, "resource" => resource);
            (None, from(fields!(origin; "resourceFieldRef" => field)))
        }
        EnvSource::Rank { stateful } => {
            let path = if *stateful {
                "metadata.labels['apps.kubernetes.io/pod-index']"
            } else {
                "metadata.annotations['batch.kubernetes.io/job-completion-index']"
            };
            (None, from(fields!(origin; "fieldRef" => fields!(origin; "fieldPath" => path))))
        }
    };
    fields!(origin; "name" => name, "value" => value, "valueFrom" => source)
}

/// The kubelet replaces `$(NAME)` in values, commands and arguments, and takes two dollars for one. What a spec says is
/// what a program gets, here as with Compose, so that every dollar is doubled where one could be taken for more.
fn escaped(text: &str) -> SmolStr {
    if text.contains("$(") || text.contains("$$") { text.replace('$', "$$").into() } else { text.into() }
}

/// A text in which the kubelet puts the values of variables: every other dollar is doubled.
fn replaced(phrase: &Phrase) -> SmolStr {
    match phrase.known() {
        Some(text) => escaped(text),
        None => phrase.spelled(|text| text.replace('$', "$$"), |variable| format!("$({variable})")),
    }
}

fn phrases(phrases: &[At<Phrase>]) -> Vec<At<SmolStr>> {
    phrases.iter().map(|it| it.clone().map(|it| replaced(&it))).collect()
}

/// The kubelet makes a file for the termination message of a container, which any user may write to, also where the
/// root is read-only.
fn results_file(var: &EnvVar) -> Option<At<SmolStr>> {
    matches!(var.value, EnvSource::ResultsFile).then(|| At::new("/dev/termination-log".into(), var.origin))
}

fn words(words: &[At<SmolStr>]) -> Vec<At<SmolStr>> {
    words.iter().map(|it| it.clone().map(|it| escaped(&it))).collect()
}

fn resources(it: &ResourcePlan) -> Node {
    let cpu = |at: At<u64>| at.map(|it| SmolStr::new(Cpu::from_millis(it).as_str()));
    let bytes = |at: At<u64>| at.map(|it| SmolStr::new(Quantity::from_bytes(it).as_str()));
    let origin = it.cpu.origin;
    let amounts = |cpu_amount: At<u64>, memory: At<u64>| {
        let mut amounts = vec![
            (SmolStr::new_static("cpu"), cpu(cpu_amount)),
            (SmolStr::new_static("memory"), bytes(memory)),
            (SmolStr::new_static("ephemeral-storage"), bytes(it.scratch)),
        ];
        // An extended resource cannot be overcommitted: request and limit are the same.
        amounts
            .extend(it.gpu.iter().map(|gpu| (gpu.resource.value.clone(), gpu.count.map(|it| format_smolstr!("{it}")))));
        Pairs(amounts)
    };
    fields!(origin; "requests" => amounts(it.cpu, it.memory), "limits" => amounts(it.cpu_limit, it.memory_limit))
}

fn security(it: &Container) -> Node {
    let origin = it.name.origin.by(RESTRICTED);
    let is_numeric = it.as_root.is_none();
    fields!(origin;
        "allowPrivilegeEscalation" => false,
        "capabilities" => fields!(origin; "drop" => vec![it.dropped_capabilities(origin)]),
        "readOnlyRootFilesystem" => it.read_only_root,
        "runAsNonRoot" => is_numeric.then_some(true),
        "runAsUser" => is_numeric.then_some(it.user.uid),
        "runAsGroup" => is_numeric.then_some(it.user.gid),
    )
}

fn mount(mount: &VolumeMount) -> Node {
    fields!(mount.path.origin;
        "name" => &mount.volume,
        "mountPath" => &mount.path,
        "subPath" => mount.sub_path.clone(),
        "readOnly" => mount.read_only.then_some(true),
    )
}

fn probe(probe: &ProbePlan) -> Node {
    let origin = probe.origin;
    let http = match &probe.check {
        ProbeCheck::Http { path, port, .. } => Some(fields!(origin; "path" => path, "port" => port)),
        _ => None,
    };
    let tcp = match &probe.check {
        ProbeCheck::Tcp { port, .. } => Some(fields!(origin; "port" => port)),
        _ => None,
    };
    let grpc = match &probe.check {
        ProbeCheck::Grpc { number } => Some(fields!(origin; "port" => number)),
        _ => None,
    };
    let exec = match &probe.check {
        ProbeCheck::Exec(command) => Some(fields!(origin; "command" => words(command))),
        _ => None,
    };
    fields!(origin;
        "httpGet" => http,
        "tcpSocket" => tcp,
        "grpc" => grpc,
        "exec" => exec,
        "periodSeconds" => probe.every,
        "timeoutSeconds" => probe.timeout,
        "failureThreshold" => probe.failures,
    )
}

#[cfg(test)]
mod tests {
    use super::escaped;

    /// What the kubelet makes of a text (its package `expansion`), where no variable is known.
    fn expanded(text: &str) -> String {
        let mut rest = text;
        let mut out = String::new();
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let (said, length) = match after.chars().next() {
                Some('$') => ("$".to_owned(), 1),
                Some('(') => match after.find(')') {
                    Some(end) => ("<a variable>".to_owned(), end + 1),
                    None => ("$(".to_owned(), 1),
                },
                Some(other) => (format!("${other}"), other.len_utf8()),
                None => ("$".to_owned(), 0),
            };
            out.push_str(&said);
            rest = &after[length..];
        }
        out + rest
    }

    #[test]
    fn the_kubelet_reads_what_was_written() {
        for text in
            ["x", "$", "$$", "a$b", "$(HOME)", "$$(HOME)", "$$$", "a$$$(B)$", "$(", "$)", "\u{e9}$\u{e9}", "x$$y"]
        {
            assert_eq!(expanded(&escaped(text)), text, "{}", escaped(text));
        }
    }
}
