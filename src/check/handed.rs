//! What is handed to stages: parameters and results, and the texts in which they stand.

use smol_str::ToSmolStr;

use super::case::{Program, listed};
use super::references::UNKNOWN_REFERENCE;
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::Run;
use crate::source::{At, Origin};
use crate::spec::{Name, OneLine, Param, ParamType, Reference, Scalar, Text, nearest, references};

pub(super) static CHECK: Check =
    Check { codes: &[&REFERENCE_MISPLACED, &DEFAULT_UNFIT, &PARAM_UNGIVEN, &VALUE_IN_SCRIPT, &RESULTS_LOST], run };

static REFERENCE_MISPLACED: Code = Code {
    id: "reference-misplaced",
    severity: Severity::Error,
    explain: "\
### What it does
Reports `${params.…}` or `${stages.…}` in a service, which nobody starts with values, and one that is neither a
parameter nor a result.

### Why it matters
The program would get the text as it stands.

### Use instead
`${params.<name>}` or `${stages.<stage>.results.<name>}` in a stage; `$${params.x}` where the text itself is meant.
",
};

static DEFAULT_UNFIT: Code = Code {
    id: "param-default-unfit",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a default of a parameter that is not of the parameter's type, and one that holds `$`, `{` or `}`, which Compose
would take for its own.

### Why it matters
The program would get what it cannot read.
",
};

static PARAM_UNGIVEN: Code = Code {
    id: "param-without-value",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a parameter without a default of a stage that nobody starts: one with a `schedule`, or a training that is a
StatefulSet.

### Why it matters
There is nobody to give it a value: its pods would never start.

### Use instead
A `default`.
",
};

static VALUE_IN_SCRIPT: Code = Code {
    id: "value-in-script",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a parameter or a result in the script of `sh -c`.

### Why it matters
Its value would be a part of the script: whoever gives it could run any command, and a blank in it would break the
script.

### Example
```toml
[stages.measure]
entry = \"train.py\"
params = { study = { type = \"string\" } }
command = [\"sh\", \"-c\", \"measure --study ${params.study}\"]
```

### Use instead
The variable, in double quotes: `measure --study \"$PARAM_STUDY\"`, and `\"$RESULT_<STAGE>_<NAME>\"` for a result that
stands in `args` or `env` as well.
",
};

static RESULTS_LOST: Code = Code {
    id: "results-lost",
    severity: Severity::Error,
    explain: "\
### What it does
Reports `results` of a stage that no script runs (one with a schedule, one that people start, a training that is a
StatefulSet), and of one that works in several parts.

### Why it matters
The script of a run takes the results when the stage has ended. Nobody would take these, and of several parts it is not
known whose results count.

### Use instead
A dataset, which every other stage can read.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for program in case.programs() {
        let words: Vec<&At<Text>> = program.workload.command.iter().chain(&program.workload.args).collect();
        for text in program.workload.phrases() {
            references(text).for_each(|it| reference(case, &program, text, it, sink));
        }
        in_script(&program, &words, sink);
    }
    for (name, stage) in &case.spec().stages {
        let Some(planned) = case.plan.workloads.get(name.as_str()) else { continue };
        let is_given = planned.turn.is_some() || matches!(&planned.run, Run::CronJob(it) if it.on_demand.is_some());
        for (param_name, param) in &stage.params {
            default_fits(name, param_name, param, sink);
            if param.default.is_none() && !is_given {
                let message = format!("nobody gives `stages.{name}` its parameter `{param_name}`");
                let diagnostic = Diagnostic::new(&PARAM_UNGIVEN, message);
                sink.report(diagnostic.at(Spot::key(param.origin), "has no default").help("give it a `default`"));
            }
        }
        if let Some(first) = stage.results.first() {
            let parts = stage.parallelism.as_ref().filter(|it| it.get() > 1);
            let why = match parts {
                Some(parts) => Some((parts.origin, "each part has its own")),
                None => planned.turn.is_none().then_some((stage.origin, "no script runs this stage")),
            };
            if let Some((origin, text)) = why {
                let diagnostic = Diagnostic::new(&RESULTS_LOST, format!("nobody takes the results of `stages.{name}`"));
                sink.report(diagnostic.at(first, "would be lost").at(Spot::key(origin), text));
            }
        }
    }
}

fn reference(case: &Case<'_>, program: &Program<'_>, text: &At<Text>, inside: &str, sink: &mut Sink) {
    let written = format!("${{{inside}}}");
    let Some(stage) = case.spec().stages.get(program.name).filter(|_| program.path.starts_with("stages.")) else {
        let diagnostic =
            Diagnostic::new(&REFERENCE_MISPLACED, format!("`{}` is not started with values", program.path));
        let diagnostic = diagnostic.at(text, format!("`{written}` stands for nothing here"));
        sink.report(diagnostic.help(format!("write `${written}` where the text itself is meant")));
        return;
    };
    let unknown = Unknown { text, written: &written };
    match Reference::parse(inside) {
        Some(Reference::Param(name)) if !stage.params.contains(name) => {
            let names = stage.params.names().map(|it| it.as_str()).collect();
            unknown.report(format!("`stages.{}` has no parameter `{name}`", program.name), name, names, sink);
        }
        Some(Reference::Param(_)) => {}
        Some(Reference::Result { stage, name }) => result(case, &unknown, stage, name, sink),
        None => {
            let message = format!("`{written}` is neither a parameter nor a result");
            let diagnostic = Diagnostic::new(&REFERENCE_MISPLACED, message).at(text, "stands for nothing");
            sink.report(diagnostic.help("write `${params.<name>}` or `${stages.<stage>.results.<name>}`"));
        }
    }
}

fn result(case: &Case<'_>, unknown: &Unknown<'_>, stage: &str, name: &str, sink: &mut Sink) {
    let stages = &case.spec().stages;
    let Some(other) = stages.get(stage) else {
        if case.resolved.disabled.has("stages", stage) {
            let diagnostic = Diagnostic::new(&UNKNOWN_REFERENCE, format!("the stage `{stage}` is switched off"));
            sink.report(diagnostic.at(unknown.text, "nobody writes this result"));
        } else {
            let names = stages.names().map(|it| it.as_str()).collect();
            unknown.report(format!("there is no `{stage}` in [stages]"), stage, names, sink);
        }
        return;
    };
    if !other.results.iter().any(|it| it.as_str() == name) {
        let names = other.results.iter().map(|it| it.as_str()).collect();
        unknown.report(format!("`stages.{stage}` has no result `{name}`"), name, names, sink);
    }
}

/// A text with a reference that points at nothing.
struct Unknown<'t> {
    text: &'t At<Text>,
    written: &'t str,
}

impl Unknown<'_> {
    fn report(&self, message: String, name: &str, names: Vec<&str>, sink: &mut Sink) {
        let diagnostic = Diagnostic::new(&UNKNOWN_REFERENCE, message).at(self.text, "points at nothing");
        sink.report(match nearest(name, names.iter().copied()) {
            Some(near) => {
                let right = self.written.replacen(name, near, 1);
                diagnostic.did_you_mean_text(self.text, Some(self.text.replacen(self.written, &right, 1)))
            }
            None if names.is_empty() => diagnostic.help("there are none"),
            None => diagnostic.help(format!("there are {}", listed(names))),
        });
    }
}

fn default_fits(stage: &Name, name: &Name, param: &Param, sink: &mut Sink) {
    let Some(default) = &param.default else { return };
    let kind = param.kind.map(|it| it.value).unwrap_or_default();
    let fits = match (kind, &default.value) {
        (ParamType::Float, Scalar::Float(number)) => number.is_finite(),
        (ParamType::String, Scalar::Str(_))
        | (ParamType::Int | ParamType::Float, Scalar::Int(_))
        | (ParamType::Bool, Scalar::Bool(_)) => true,
        _ => false,
    };
    let mut report = |message: String, origin: Origin, text: &str| {
        sink.report(Diagnostic::new(&DEFAULT_UNFIT, message).at(origin, text));
    };
    if !fits {
        let said = param.kind.map_or_else(|| "is assumed".to_owned(), |_| "is asked for".to_owned());
        let message = format!("the default of the parameter `{name}` of `stages.{stage}` is no {}", kind.word());
        report(message, default.origin, &format!("`{}` {said}", kind.word()));
    } else if let Err(why) = OneLine::check(&default.text()) {
        report(format!("the default of the parameter `{name}` of `stages.{stage}` is no line"), default.origin, &why);
    } else if default.text().contains(['$', '{', '}']) {
        let message = format!("Compose would read the default of the parameter `{name}` of `stages.{stage}` otherwise");
        report(message, default.origin, "holds `$`, `{` or `}`");
    }
}

/// Shells whose option `-c` takes a script.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ash", "zsh", "ksh"];

fn in_script(program: &Program<'_>, words: &[&At<Text>], sink: &mut Sink) {
    let is_shell = |it: &&At<Text>| SHELLS.contains(&it.rsplit('/').next().unwrap_or_default());
    let is_option = |it: &str| it.starts_with('-') && !it.starts_with("--") && it.ends_with('c');
    let Some(shell) = words.iter().position(is_shell) else { return };
    let option = words.iter().skip(shell).position(|it| is_option(it)).map(|it| it + shell);
    let Some(script) = option.and_then(|it| words.get(it + 1)) else { return };
    if let Some(inside) = references(script).next() {
        let variable = match Reference::parse(inside) {
            Some(Reference::Param(name)) => crate::plan::param_variable(name),
            Some(Reference::Result { stage, name }) => crate::plan::result_variable(stage, name),
            None => inside.to_smolstr(),
        };
        let message = format!("the value of `${{{inside}}}` would be a part of the script of `{}`", program.path);
        let diagnostic = Diagnostic::new(&VALUE_IN_SCRIPT, message).at(*script, "could hold any command");
        sink.report(diagnostic.help(format!("write `\"${variable}\"` there, which the shell takes as it is")));
    }
}
