//! Keys without which nothing can be made of a table.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::source::Origin;

pub(super) static CHECK: Check = Check { codes: &[&MISSING_KEY, &NOTHING_TO_DO], run };

static MISSING_KEY: Code = Code {
    id: "missing-key",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a table without a key that nothing can stand in for, such as a project without a name.

### Why it matters
The compiler assumes what it can, and says so; a name, a group of people or the source of a secret it cannot.

### Use instead
The key that the message names.
",
};

static NOTHING_TO_DO: Code = Code {
    id: "nothing-to-do",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a spec without a stage and without a service.

### Use instead
A `[stages.<name>]` or a `[services.<name>]`, or `mlopsc init` for a first one.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    let spec = case.spec();
    let mut missing = Missing { sink };
    let project = spec.project.as_ref();
    let has_name = project.is_some_and(|it| it.name.is_some());
    if project.is_some() {
        missing.report(has_name, "project", "name", project.map_or(Origin::NONE, |it| it.origin));
    } else {
        let diagnostic = Diagnostic::new(&MISSING_KEY, "there is no [project], and so no name");
        let diagnostic = diagnostic.at(Spot::key(case.resolved.tree.origin), "");
        missing.sink.report(diagnostic.help("begin with `[project]` and `name = \"…\"`"));
    }
    for (name, secret) in &spec.secrets {
        missing.report(secret.from.is_some(), &format!("secrets.{name}"), "from", secret.origin);
    }
    let access = spec.access.as_ref();
    for (name, role) in access.into_iter().flat_map(|it| &it.roles) {
        missing.report(role.group.is_some(), &format!("access.roles.{name}"), "group", role.origin);
    }
    if let Some(glass) = access.and_then(|it| it.break_glass.as_ref()) {
        missing.report(glass.group.is_some(), "access.break-glass", "group", glass.origin);
    }
    for (name, priority) in spec.cluster.iter().flat_map(|it| &it.priorities) {
        missing.report(priority.value.value.is_some(), &format!("cluster.priorities.{name}"), "value", priority.origin);
    }
    if let Some(proxy) = spec.defaults.as_ref().and_then(|it| it.proxy.as_ref()) {
        let is_off = proxy.enabled.is_some_and(|it| !it.value);
        missing.report(is_off || proxy.http.is_some() || proxy.https.is_some(), "defaults.proxy", "http", proxy.origin);
    }
    if let Some(gateway) = spec.cluster.as_ref().and_then(|it| it.gateway.as_ref()) {
        missing.report(gateway.name.is_some(), "cluster.gateway", "name", gateway.origin);
        missing.report(gateway.namespace.is_some(), "cluster.gateway", "namespace", gateway.origin);
    }
    for (name, data) in &spec.data {
        if let Some(nfs) = &data.nfs {
            missing.report(nfs.server.is_some(), &format!("data.{name}.nfs"), "server", nfs.origin);
            missing.report(nfs.path.is_some(), &format!("data.{name}.nfs"), "path", nfs.origin);
        }
        if let Some(bucket) = &data.bucket {
            missing.report(bucket.url.is_some(), &format!("data.{name}.bucket"), "url", bucket.origin);
        }
        if let Some(retention) = &data.retention {
            let has_one = retention.age.is_some() || retention.max_size.is_some();
            missing.report(has_one, &format!("data.{name}.retention"), "age", retention.origin);
        }
    }
    patches(case, &mut missing);
    workloads(case, &mut missing);
    if spec.stages.is_empty() && spec.services.is_empty() && !case.resolved.incomplete.anything {
        let diagnostic = Diagnostic::new(&NOTHING_TO_DO, "there is no stage and no service");
        sink.report(diagnostic.at(Spot::key(project.map_or(case.resolved.tree.origin, |it| it.origin)), ""));
    }
}

fn patches(case: &Case<'_>, missing: &mut Missing<'_>) {
    for (index, objects) in case.spec().objects.iter().enumerate() {
        missing.report(objects.file.is_some(), &format!("objects[{index}]"), "file", objects.origin);
    }
    for (index, patch) in case.spec().patches.iter().enumerate() {
        let target = patch.target.as_ref();
        let path = format!("patches[{index}]");
        missing.report(target.is_some_and(|it| it.kind.is_some()), &path, "target.kind", patch.origin);
        missing.report(target.is_some_and(|it| it.name.is_some()), &path, "target.name", patch.origin);
        missing.report(!patch.patch.is_empty(), &path, "patch", patch.origin);
        for (index, step) in patch.patch.iter().enumerate() {
            missing.report(step.op.is_some(), &format!("{path}.patch[{index}]"), "op", step.origin);
            missing.report(step.path.is_some(), &format!("{path}.patch[{index}]"), "path", step.origin);
        }
    }
}

fn workloads(case: &Case<'_>, missing: &mut Missing<'_>) {
    for program in case.programs() {
        let it = program.workload;
        let path = &program.path;
        for (list, mounts) in [("inputs", &it.inputs), ("outputs", &it.outputs)] {
            missing.report_items(path, list, "data", mounts.iter().map(|it| (it.data.is_some(), it.origin)));
        }
        missing.report_items(path, "secrets", "name", it.secrets.iter().map(|it| (it.name.is_some(), it.origin)));
        missing.report_items(path, "config", "name", it.config.iter().map(|it| (it.name.is_some(), it.origin)));
        missing.report_items(path, "ports", "port", it.ports.iter().map(|it| (it.port.is_some(), it.origin)));
        if let Some(scale) = &it.autoscale {
            missing.report(scale.max.is_some(), &format!("{path}.autoscale"), "max", scale.origin);
            let path = format!("{path}.autoscale");
            let metrics = &scale.metrics;
            missing.report_items(&path, "metrics", "name", metrics.iter().map(|it| (it.name.is_some(), it.origin)));
            missing.report_items(
                &path,
                "metrics",
                "average",
                metrics.iter().map(|it| (it.average.is_some(), it.origin)),
            );
        }
        if let Some(route) = &it.route {
            let path = format!("{path}.route");
            missing.report(route.host.is_some(), &path, "host", route.origin);
            missing.report_items(&path, "paths", "path", route.paths.iter().map(|it| (it.path.is_some(), it.origin)));
        }
        let rules = || it.permissions.iter();
        missing.report_items(path, "permissions", "resources", rules().map(|it| (!it.resources.is_empty(), it.origin)));
        missing.report_items(path, "permissions", "verbs", rules().map(|it| (!it.verbs.is_empty(), it.origin)));
        if let Some(distributed) = &it.distributed {
            missing.report(distributed.nodes.is_some(), &format!("{path}.distributed"), "nodes", distributed.origin);
        }
        if let Some(checkpoint) = &it.checkpoint {
            missing.report(checkpoint.data.is_some(), &format!("{path}.checkpoint"), "data", checkpoint.origin);
        }
    }
}

struct Missing<'s> {
    sink: &'s mut Sink,
}

impl Missing<'_> {
    /// A key that every item of a list needs; whether each has it, and where the item is.
    fn report_items(&mut self, path: &str, list: &str, key: &str, items: impl Iterator<Item = (bool, Origin)>) {
        for (index, (is_there, origin)) in items.enumerate() {
            self.report(is_there, &format!("{path}.{list}[{index}]"), key, origin);
        }
    }

    fn report(&mut self, is_there: bool, table: &str, key: &str, origin: Origin) {
        if !is_there {
            let diagnostic = Diagnostic::new(&MISSING_KEY, format!("`{table}` has no `{key}`"));
            self.sink.report(diagnostic.at(Spot::key(origin), "needs one"));
        }
    }
}
