//! Printing: the one place that writes to the standard streams.

use std::io::{IsTerminal, Write};

use super::Exit;
use super::args::{Args, Colour, Format};
use crate::diag::{self, Diagnostic, Severity, Sink, clean};
use crate::source::Sources;

/// Prints data to the standard output. A closed pipe ends the program quietly, as it does other tools.
pub(super) fn data(text: &str) {
    let mut out = std::io::stdout().lock();
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(i32::from(Exit::World as u8));
    }
}

/// Prints a line for the user, unless they asked for quiet.
pub(super) fn say(args: &Args, line: &str) {
    if !args.quiet {
        to_stderr(&format!("{}\n", clean(line)));
    }
}

/// Shows what is being waited for, in place of what was shown before, to whoever waits at a terminal; an empty text
/// takes it away.
pub(super) fn progress(args: &Args, text: &str) {
    let stderr = std::io::stderr();
    if stderr.is_terminal() && !args.quiet {
        to_stderr(&format!("\r\u{1b}[K{}", clean(text)));
    }
}

/// How many characters fit on a line: what the terminal or `COLUMNS` says, or a common width.
pub(super) fn width() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|it| it.parse().ok()).filter(|it| *it > 0);
    let found = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    said.or_else(found).unwrap_or(120)
}

/// Prints why a command ended early.
pub(super) fn failure(args: &Args, message: &str) {
    let (on, off) =
        if colour(args, std::io::stderr().is_terminal()) { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
    to_stderr(&format!("{on}error{off}: {}\n", clean(message)));
}

/// Prints what to report after a panic.
pub(super) fn bug(message: &str) {
    to_stderr(&format!("{}\n", clean(message)));
}

fn to_stderr(text: &str) {
    // Nobody is left to tell when the standard error is closed.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Prints what is wrong with a spec to the standard error, whatever the format of the data is.
pub(super) fn errors(args: &Args, sink: &Sink, sources: &Sources) -> Exit {
    let colour = colour(args, std::io::stderr().is_terminal());
    let shown: Vec<Diagnostic> = sink.all().iter().filter(|it| it.severity == Severity::Error).cloned().collect();
    to_stderr(&diag::render(diag::Format::Terminal { colour }, &shown, sources));
    if sink.has_errors() { Exit::BadInput } else { Exit::Clean }
}

/// Whether data on the standard output has colour.
pub(super) fn data_has_colour(args: &Args) -> bool {
    colour(args, std::io::stdout().is_terminal())
}

/// Prints diagnostics in the format that was asked for, and gives the exit code that they call for.
pub(super) fn diagnostics(args: &Args, sink: &Sink, sources: &Sources) -> Exit {
    if args.format == Format::Terminal {
        terminal(args, sink, sources);
    } else {
        let format = match args.format {
            Format::Json => diag::Format::Json,
            Format::Sarif => diag::Format::Sarif,
            Format::Github | Format::Terminal | Format::Markdown => diag::Format::Github,
        };
        data(&diag::render(format, sink.all(), sources));
    }
    exit(sink)
}

/// The exit code that diagnostics call for.
pub(super) fn exit(sink: &Sink) -> Exit {
    if sink.has_errors() {
        Exit::BadInput
    } else if sink.count(Severity::Warning) > 0 {
        Exit::Findings
    } else {
        Exit::Clean
    }
}

/// Faults with their lines; assumptions one line each, and with their lines when asked for more.
fn terminal(args: &Args, sink: &Sink, sources: &Sources) {
    let with_lines = args.verbose > 0;
    let shown: Vec<Diagnostic> =
        sink.all().iter().filter(|it| it.severity != Severity::Note || with_lines).cloned().collect();
    let colour = colour(args, std::io::stderr().is_terminal());
    to_stderr(&diag::render(diag::Format::Terminal { colour }, &shown, sources));
    if !with_lines && !args.quiet {
        for note in sink.all().iter().filter(|it| it.severity == Severity::Note) {
            to_stderr(&format!("{}\n", clean(&short(note, sources))));
        }
    }
}

/// `note[assumed]: mlops.toml:12:7: …`.
fn short(note: &Diagnostic, sources: &Sources) -> String {
    let place = note.labels.first().and_then(|it| it.spot.location(sources));
    let place = place.map(|(file, positions)| match positions {
        Some((start, _)) => format!("{file}:{}:{}: ", start.line, start.column),
        None => format!("{file}: "),
    });
    let environments =
        if note.environments.is_empty() { String::new() } else { format!(" ({})", note.environments.join(", ")) };
    let helps: String = note.helps.iter().map(|it| format!("; {}", it.text)).collect();
    format!("note[{}]: {}{}{environments}{helps}", note.code.id, place.unwrap_or_default(), note.message)
}

/// Whether to use colour on a stream.
fn colour(args: &Args, is_terminal: bool) -> bool {
    match args.color {
        Colour::Always => true,
        Colour::Never => false,
        // https://no-color.org
        Colour::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty()),
    }
}

/// `1 error`, `2 errors`.
pub(super) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
