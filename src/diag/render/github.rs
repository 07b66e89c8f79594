//! Diagnostics as GitHub workflow commands, which become annotations on the changed lines.

use super::{Diagnostic, clean, full_message, main_spot};
use crate::diag::Severity;
use crate::source::Sources;

pub(super) fn render(diagnostics: &[&Diagnostic], sources: &Sources) -> String {
    diagnostics.iter().fold(String::new(), |text, it| text + &command(it, sources) + "\n")
}

fn command(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let name = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some((file, positions)) = main_spot(diagnostic).location_in_file(sources) {
        properties.push(format!("file={}", property(file)));
        if let Some((start, end)) = positions {
            properties.push(format!("line={},endLine={}", start.line, end.line));
            // GitHub ignores columns of a range over several lines and warns about them.
            if start.line == end.line {
                properties.push(format!("col={},endColumn={}", start.column, end.column));
            }
        }
    }
    properties.push(format!("title={}", property(diagnostic.code.id)));
    let helps = diagnostic.helps.iter().map(|it| format!("\nhelp: {}", it.text));
    let message = full_message(diagnostic) + &helps.collect::<String>();
    format!("::{name} {}::{}", properties.join(","), data(&message))
}

fn data(text: &str) -> String {
    clean(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
