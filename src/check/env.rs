//! Environment variables: where each takes its value from, and names that are taken.

use super::case::{Program, listed};
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::source::{At, Origin};
use crate::spec::{EnvValue, Short};

pub(super) static CHECK: Check = Check { codes: &[&ENV_TAKEN, &ENV_SOURCES], run };

static ENV_TAKEN: Code = Code {
    id: "env-taken",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a variable in `env` or in an env file that the compiler sets already, such as `PORT`, `HOME` or `DATA_FEATURES`.

### Why it matters
Two values for one name: the program would get one of them, and a reader expects the other.

### Use instead
Another name, or the key that decides the value (`port`, `path` of a mount).
",
};

static ENV_SOURCES: Code = Code {
    id: "env-sources",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a variable in `env` that says in two ways, or in none, where its value comes from.

### Use instead
A text, or one of `value`, `secret`, `config`, `service`, `data`, `field` and `resource`; `key` goes with `secret` and
`config`, `file` with `secret`.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for program in case.programs() {
        for (name, value) in &program.workload.env {
            sources(&program, name, value, sink);
        }
        taken(case, &program, sink);
    }
}

fn sources(program: &Program<'_>, name: &str, value: &At<Short<EnvValue>>, sink: &mut Sink) {
    let said = [
        ("value", value.value.value.is_some()),
        ("secret", value.secret.is_some()),
        ("config", value.config.is_some()),
        ("service", value.service.is_some()),
        ("data", value.data.is_some()),
        ("field", value.field.is_some()),
        ("resource", value.resource.is_some()),
    ];
    let all = listed(said.iter().map(|(key, _)| *key));
    let said: Vec<&str> = said.iter().filter(|(_, it)| *it).map(|(key, _)| *key).collect();
    let report = |why: String, origin: Origin, label: &str, sink: &mut Sink| {
        let message = format!("`{name}` of `{}` {why}", program.path);
        sink.report(Diagnostic::new(&ENV_SOURCES, message).at(origin, label));
    };
    match said.as_slice() {
        [] => report("does not say where its value comes from".into(), value.origin, &format!("one of {all}"), sink),
        [_] => {}
        many => report(
            format!("takes its value from {}", listed(many.iter().copied())),
            value.origin,
            "one of them is enough",
            sink,
        ),
    }
    let is = |key: &str| said.contains(&key);
    if let Some(key) = value.key.as_ref().filter(|_| !said.is_empty() && !is("secret") && !is("config")) {
        report("has a `key` of nothing".into(), key.origin, "goes with `secret` and `config`", sink);
    }
    if let Some(file) = value.file.filter(|_| !said.is_empty() && !is("secret")) {
        report("has a `file` of nothing".into(), file.origin, "goes with `secret`", sink);
    }
}

const PREFIXES: [&str; 8] = ["DATA_", "CONFIG_", "SECRET_", "PORT_", "CHECKPOINT_", "PET_", "PARAM_", "RESULT_"];
const NAMES: [&str; 9] = [
    "HOME",
    "PORT",
    "JOB_COMPLETION_INDEX",
    "JOB_COMPLETIONS",
    "MASTER_ADDR",
    "MASTER_PORT",
    "NNODES",
    "NODE_RANK",
    "RESULTS_FILE",
];

/// Whether the compiler sets variables of this name.
pub(super) fn is_given_out(name: &str) -> bool {
    NAMES.contains(&name) || PREFIXES.iter().any(|it| name.starts_with(it))
}

fn taken(case: &Case<'_>, program: &Program<'_>, sink: &mut Sink) {
    for (name, value) in program.workload.env.iter().filter(|(name, _)| is_given_out(name)) {
        let message = format!("`{name}` of `{}` is a name that the compiler gives out", program.path);
        sink.report(Diagnostic::new(&ENV_TAKEN, message).at(Spot::key(value.origin), "choose another name"));
    }
    for used in program.workload.config.iter().filter_map(|it| it.name.as_ref()) {
        let attached = case.resolved.attachments.get(used.as_str());
        let variables = attached.into_iter().flat_map(|it| &it.variables);
        for variable in variables.filter(|it| is_given_out(&it.name)) {
            let message = format!("`{}` of `{}` is a name that the compiler gives out", variable.name, program.path);
            let diagnostic = Diagnostic::new(&ENV_TAKEN, message).at(variable.line, "choose another name");
            sink.report(diagnostic.at(used, "read here"));
        }
    }
}
