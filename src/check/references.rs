//! Names that point at nothing.

use super::case::{Program, listed};
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::source::{At, Origin};
use crate::spec::{EnvValue, Name, nearest};

pub(super) static CHECK: Check = Check { codes: &[&UNKNOWN_REFERENCE], run };

pub(super) static UNKNOWN_REFERENCE: Code = Code {
    id: "unknown-reference",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a name that stands for a dataset, stage, service, secret or other table of the spec that does not exist: an
edge to nowhere. Also a variable in `env` that should hold the path of a dataset or secret that its program does not
mount, and a parameter or a result that no stage has.

### Why it matters
The mount, the connection or the order that it asks for would silently be missing.

### Example
```toml
[stages.evaluate]
inputs = [\"chekpoints\"]
```

### Use instead
The name of the table, or a new table of that name. A thing that is switched off with `enabled = false` is no mistake:
what points at it goes with it.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    let spec = case.spec();
    let mut known = Known { case, sink };
    for program in case.programs() {
        of_program(&mut known, &program);
    }
    for peer in
        case.workloads().flat_map(|it| it.workload.clients.iter().chain(&it.workload.egress).flat_map(|it| it.iter()))
    {
        known.check("services", peer.service.as_ref());
        known.check("stages", peer.stage.as_ref());
    }
    let host = case.resolved.environment.compose.iter().flat_map(|it| &it.ports);
    for (name, ports) in host {
        known.check_key("services", name, ports.origin);
    }
    for role in spec.access.iter().flat_map(|it| it.roles.values()) {
        role.data.iter().for_each(|it| known.check("data", Some(it)));
    }
    for bucket in spec.data.values().filter_map(|it| it.bucket.as_ref()) {
        known.check("secrets", bucket.secret.as_ref());
    }
    for secret in spec.build.iter().flat_map(|it| &it.secrets) {
        known.check("secrets", Some(secret));
    }
}

fn of_program(known: &mut Known<'_, '_>, program: &Program<'_>) {
    let it = program.workload;
    known.check("namespaces", it.namespace.as_ref());
    for mount in &it.inputs {
        known.check("data", mount.data.as_ref());
    }
    for used in &it.config {
        known.check("config", used.name.as_ref());
    }
    for used in &it.secrets {
        known.check("secrets", used.name.as_ref());
    }
    for value in it.env.values() {
        known.check("services", value.service.as_ref());
        known.check("data", value.data.as_ref());
        known.check_mounted(program, value);
        known.check("secrets", value.secret.as_ref());
        known.check("config", value.config.as_ref());
    }
    let before = super::outside::table_of_after(program.role);
    it.after.iter().for_each(|name| known.check(before, Some(name)));
    known.check("secrets", it.route.as_ref().and_then(|it| it.tls.as_ref()));
    known.check("secrets", it.pull_secret.as_ref());
    known.check("images", it.image.as_ref().and_then(|it| it.shared.as_ref()));
    if let Some(placement) = &it.placement {
        known.check("cluster.pools", placement.pool.as_ref());
        placement.near.iter().for_each(|name| known.check_workload(name));
    }
    if let Some(checkpoint) = &it.checkpoint {
        known.check("data", checkpoint.data.as_ref());
    }
}

struct Known<'k, 'c> {
    case: &'k Case<'c>,
    sink: &'k mut Sink,
}

impl<'c> Known<'_, 'c> {
    fn check(&mut self, table: &'static str, name: Option<&At<Name>>) {
        let Some(name) = name else { return };
        let names = self.names(table);
        // A dataset can come to be by being written, and not all that is written is known where programs are wrong.
        let is_unclear = table == "data" && self.case.resolved.incomplete.programs;
        if !names.contains(&name.as_str()) && !self.case.resolved.disabled.has(table, name) && !is_unclear {
            self.report(&format!("[{table}]"), name.as_str(), name.origin, &names);
        }
    }

    /// A variable can only hold the path of what its program mounts.
    /// A name that is the key of a table.
    fn check_key(&mut self, table: &'static str, name: &Name, origin: Origin) {
        let names = self.names(table);
        if names.contains(&name.as_str()) || self.case.resolved.disabled.has(table, name) {
            return;
        }
        let diagnostic = Diagnostic::new(&UNKNOWN_REFERENCE, format!("there is no `{name}` in [{table}]"));
        let diagnostic = diagnostic.at(Spot::key(origin), "points at nothing");
        let near = nearest(name.as_str(), names.iter().copied());
        self.sink.report(match near {
            Some(near) => diagnostic.fix(format!("did you mean `{near}`?"), Spot::key(origin), near),
            None => diagnostic.help(format!("[{table}] has {}", listed(names.iter().copied()))),
        });
    }

    fn check_mounted(&mut self, program: &Program<'_>, value: &EnvValue) {
        let it = program.workload;
        let off = |table: &str, name: &At<Name>| self.case.resolved.disabled.has(table, name);
        if let Some(data) =
            value.data.as_ref().filter(|it| !off("data", it) && self.names("data").contains(&it.as_str()))
        {
            let is_mounted = it.inputs.iter().chain(&it.outputs).any(|it| it.data.as_ref() == Some(data));
            if !is_mounted {
                self.report_unmounted(program, "dataset", data, "add it to `inputs`");
            }
        }
        let as_file = value.file.is_some_and(|it| it.value);
        if let Some(secret) = value.secret.as_ref().filter(|it| as_file && !off("secrets", it)) {
            let is_mounted = it.secrets.iter().any(|it| it.name.as_ref() == Some(secret) && !it.is_env());
            if !is_mounted && self.names("secrets").contains(&secret.as_str()) {
                self.report_unmounted(program, "secret", secret, "add it to `secrets`");
            }
        }
    }

    fn report_unmounted(&mut self, program: &Program<'_>, what: &str, name: &At<Name>, help: &str) {
        let message = format!("`{}` does not mount the {what} `{name}`", program.path);
        let diagnostic = Diagnostic::new(&UNKNOWN_REFERENCE, message).at(name, "has no path there");
        self.sink.report(diagnostic.help(help));
    }

    fn check_workload(&mut self, name: &At<Name>) {
        let names = [self.names("stages"), self.names("services")].concat();
        let off = ["stages", "services"].iter().any(|it| self.case.resolved.disabled.has(it, name));
        if !names.contains(&name.as_str()) && !off {
            self.report("[stages] and [services]", name.as_str(), name.origin, &names);
        }
    }

    fn names(&self, table: &str) -> Vec<&'c str> {
        let spec = self.case.spec();
        match table {
            // Datasets that come to be by being written count as well.
            "data" => self.case.plan.volumes.keys().map(smol_str::SmolStr::as_str).collect(),
            "config" => spec.config.names().map(|it| it.as_str()).collect(),
            "secrets" => spec.secrets.names().map(|it| it.as_str()).collect(),
            "stages" => spec.stages.names().map(|it| it.as_str()).collect(),
            "services" => spec.services.names().map(|it| it.as_str()).collect(),
            // Nothing of the project is in another team's.
            "namespaces" => self.case.plan.namespaces.iter().map(|it| it.key.as_str()).collect(),
            "images" => spec.images.names().map(|it| it.as_str()).collect(),
            _ => spec.cluster.iter().flat_map(|it| it.pools.names()).map(|it| it.as_str()).collect(),
        }
    }

    fn report(&mut self, table: &str, name: &str, origin: Origin, names: &[&str]) {
        let near = nearest(name, names.iter().copied());
        let diagnostic = Diagnostic::new(&UNKNOWN_REFERENCE, format!("there is no `{name}` in {table}"));
        let diagnostic = diagnostic.at(origin, "points at nothing");
        let has = if table.contains(" and ") { "have" } else { "has" };
        self.sink.report(match near {
            Some(near) => diagnostic.did_you_mean_text(origin, Some(near)),
            None if names.is_empty() => diagnostic.help(format!("{table} {has} no entries")),
            None => diagnostic.help(format!("{table} {has} {}", listed(names.iter().copied()))),
        });
    }
}
