//! Files of tables of settings: whether each can be one of a ConfigMap.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{ConfigFile, ConfigTable};
use crate::source::Origin;

pub(super) static CHECK: Check = Check { codes: &[&CONFIG_FILE_UNFIT], run };

static CONFIG_FILE_UNFIT: Code = Code {
    id: "config-file-unfit",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a file of a `[config]` table that a ConfigMap cannot hold: one that is no text, has a name with other characters
than letters, digits, `-`, `_` and `.`, has the name of another file of the table, or makes the table larger than 1 MiB.

### Why it matters
Kubernetes refuses such an object, or one file would stand in the place of another.

### Use instead
A dataset for what is large, the image for what is no text and belongs to the program, and two tables for two files of
one name.
",
};

/// What Kubernetes takes (core/v1, MaxSecretSize).
const MOST_BYTES: usize = 1 << 20;

fn run(case: &Case<'_>, sink: &mut Sink) {
    for (name, attached) in &case.resolved.attachments {
        for (origin, why) in &attached.unreadable {
            let message = format!("`config.{name}` cannot hold this file: {why}");
            sink.report(Diagnostic::new(&CONFIG_FILE_UNFIT, message).at(*origin, "named here"));
        }
    }
    for table in case.plan.configs.values() {
        names(table, sink);
        size(table, sink);
    }
}

fn names(table: &ConfigTable, sink: &mut Sink) {
    for (index, file) in table.files.iter().enumerate() {
        let name = &file.name;
        if !name.chars().all(|it| it.is_ascii_alphanumeric() || "-_.".contains(it)) {
            let message = format!("no ConfigMap can hold a file of the name `{name}`");
            let diagnostic = Diagnostic::new(&CONFIG_FILE_UNFIT, message).at(origin(file), "");
            sink.report(diagnostic.help("take a name of letters, digits, `-`, `_` and `.`"));
        }
        if let Some(first) = table.files[..index].iter().find(|it| it.name == *name) {
            let message = format!("two files of `config.{}` have the name `{name}`", table.name);
            let diagnostic = Diagnostic::new(&CONFIG_FILE_UNFIT, message).at(origin(file), "this one");
            let other = if origin(first) == origin(file) { Spot::Nowhere } else { Spot::value(origin(first)) };
            sink.report(diagnostic.at(other, "and this one").help("put one of them into a table of its own"));
        }
    }
}

/// Where the spec names it; the settings have no place but their table.
fn origin(file: &ConfigFile) -> Origin {
    file.text.origin
}

fn size(table: &ConfigTable, sink: &mut Sink) {
    let bytes: usize = table.files.iter().map(|it| it.text.len()).sum();
    if let Some(largest) = table.files.iter().max_by_key(|it| it.text.len()).filter(|_| bytes > MOST_BYTES) {
        let message = format!("the files of `config.{}` are {} KiB together, and 1024 fit", table.name, bytes >> 10);
        let label = format!("`{}` has {} KiB", largest.name, largest.text.len() >> 10);
        let diagnostic = Diagnostic::new(&CONFIG_FILE_UNFIT, message).at(origin(largest), label);
        sink.report(diagnostic.help("keep large files in a dataset"));
    }
}
