//! Protected health information stays where it may be.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Taint, taints};
use crate::source::At;
use crate::spec::{Class, StageRole};

pub(super) static CHECK: Check = Check { codes: &[&CLASS_LOWERED, &PHI_IN_DEVELOPMENT, &ROLE_WITHOUT_WORK], run };

static CLASS_LOWERED: Code = Code {
    id: "class-lowered",
    severity: Severity::Error,
    explain: "\
### What it does
Follows every dataset from where it is written. Reports one whose class is lower than what is read to write it, unless
the stage between has `role = \"deidentify\"`.

### Why it matters
A file that was made from protected health information is protected health information, whatever it is called. Only
de-identification under 45 CFR 164.514 changes that.

### Example
A stage that resamples images reads `raw` (phi) and writes `features`, which the spec calls `deidentified`.

### Use instead
The class that the data has, or a de-identification stage before. Data without a class counts as phi here; give it one.
",
};

static PHI_IN_DEVELOPMENT: Code = Code {
    id: "phi-in-development",
    severity: Severity::Error,
    explain: "\
### What it does
Reports protected health information, or a limited data set, in an environment that only runs Compose. In an environment
of Kubernetes that is called `dev` (or `development`, `local`, `sandbox`, `playground`) it is a warning, and so is data
without a class where only Compose runs.

### Why it matters
A developer's machine has no encrypted volumes, no network policies and no audit log (45 CFR 164.310(c), 164.312). A
cluster has them, but who develops may read more there than who treats patients (45 CFR 164.502(b)).

### Use instead
An overlay that makes the data synthetic: `data.raw.class = \"synthetic\"` in the environment.
",
};

static ROLE_WITHOUT_WORK: Code = Code {
    id: "role-without-work",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a stage with `role = \"deidentify\"` that reads or writes no dataset.

### Why it matters
The role allows what no other stage may; it must be clear for which data.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    let taints = taints(case.resolved);
    for (name, data) in &case.spec().data {
        let (Some(class), Some(taint)) = (data.class, taints.get(name.as_str())) else { continue };
        if taint.class > class.value {
            sink.report(lowered(name.as_str(), class, taint));
        }
    }
    let only_compose = case.plan.identity.has_compose && !case.plan.identity.has_kubernetes;
    let is_called = DEVELOPMENT.contains(&case.resolved.name.as_str());
    // What was made from such data is not reported beside it.
    let sources = taints.iter().filter(|(_, it)| it.class >= Class::Limited && it.path.len() == 1);
    for (name, taint) in sources.filter(|(_, it)| only_compose || (is_called && !it.assumed)) {
        sink.report(in_development(case, name, taint));
    }
    for (name, stage) in &case.spec().stages {
        if let Some(role) = stage.role.filter(|it| it.value == StageRole::Deidentify)
            && (stage.inputs.is_empty() || stage.outputs.is_empty())
        {
            let missing = match (stage.inputs.is_empty(), stage.outputs.is_empty()) {
                (true, true) => "neither `inputs` nor `outputs`",
                (true, false) => "no `inputs`",
                _ => "no `outputs`",
            };
            let message = format!("`stages.{name}` de-identifies, and has {missing}");
            sink.report(Diagnostic::new(&ROLE_WITHOUT_WORK, message).at(role.origin, "for which data?"));
        }
    }
}

fn lowered(name: &str, class: At<Class>, taint: &Taint) -> Diagnostic {
    let word = word(taint.class);
    let message = format!("the dataset `{name}` is called {}, but is made from {word} data", self::word(class.value));
    let mut diagnostic = Diagnostic::new(&CLASS_LOWERED, message).at(class.origin, format!("should be \"{word}\""));
    let first = if taint.assumed { "has no class: counts as phi".to_owned() } else { format!("is {word}") };
    for (index, step) in taint.path.iter().enumerate() {
        let text = match index {
            0 => format!("`{step}` {first}"),
            _ if index % 2 == 1 => format!("`{step}` reads it"),
            _ => format!("and writes `{step}`"),
        };
        let is_table = index % 2 == 1 || (index == 0 && taint.assumed);
        let spot = if is_table { Spot::key(step.origin) } else { Spot::value(step.origin) };
        diagnostic = diagnostic.at(spot, text);
    }
    let source = taint.path.first().filter(|_| taint.assumed);
    if let Some(source) = source {
        diagnostic = diagnostic.help(format!("say of which class `{source}` is"));
    }
    diagnostic.help("only a stage with `role = \"deidentify\"` may write a lower class than it reads")
}

/// Names of environments in which software is made.
const DEVELOPMENT: [&str; 5] = ["dev", "development", "local", "sandbox", "playground"];

fn in_development(case: &Case<'_>, name: &str, taint: &Taint) -> Diagnostic {
    let is = if taint.assumed { "has no class, and counts as phi," } else { "is" };
    let class = if taint.assumed { String::new() } else { format!(" {}", word(taint.class)) };
    let kind = if case.plan.identity.has_kubernetes { "for development" } else { "that only runs Compose" };
    let message = format!("the dataset `{name}` {is}{class} in an environment {kind}");
    let is_certain = !taint.assumed && !case.plan.identity.has_kubernetes;
    let origin = taint.path.first().map(|it| it.origin).unwrap_or_default();
    let spot = if taint.assumed { Spot::key(origin) } else { Spot::value(origin) };
    let diagnostic = Diagnostic::new(&PHI_IN_DEVELOPMENT, message).at(spot, "");
    let diagnostic = if is_certain { diagnostic } else { diagnostic.weighing(Severity::Warning) };
    if taint.assumed {
        return diagnostic.help(format!("say of which class `{name}` is"));
    }
    diagnostic.help(format!("say `data.{name}.class = \"synthetic\"` in the table of the environment"))
}

/// The class as it is written.
fn word(class: Class) -> &'static str {
    match class {
        Class::Public => "public",
        Class::Synthetic => "synthetic",
        Class::Deidentified => "deidentified",
        Class::Limited => "limited",
        Class::Phi => "phi",
    }
}
