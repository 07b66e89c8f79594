//! The command line: one file for each command. The only room that prints or exits.
//!
//! Data goes to the standard output, everything else to the standard error. Exit codes: 0 nothing to report, 1 findings
//! or differences, 2 the spec or the command line is wrong, 3 the world failed, 101 a bug of ours.

mod args;
mod check;
mod compile;
mod completions;
mod diff;
mod explain;
mod images;
mod init;
mod lock;
mod print;
mod project;
mod schema;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command, Format};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Exit {
    Clean = 0,
    Findings = 1,
    BadInput = 2,
    World = 3,
}

/// Why a command could not do its work.
#[derive(Debug)]
struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    /// The user asked for what cannot be.
    fn bad_input(message: impl Into<String>) -> Self {
        Self { exit: Exit::BadInput, message: message.into() }
    }

    /// The disk, or something else outside, refused.
    fn world(message: impl Into<String>) -> Self {
        Self { exit: Exit::World, message: message.into() }
    }
}

/// Runs the command that the process was called with.
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(report_bug));
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are no mistakes.
            let is_mistake = error.use_stderr();
            let _ = error.print();
            return ExitCode::from(if is_mistake { Exit::BadInput as u8 } else { Exit::Clean as u8 });
        }
    };
    let is_diff = matches!(args.command, Command::Diff(_));
    let result = match &args.command {
        _ if args.format == Format::Markdown && !is_diff => {
            Err(Failure::bad_input("`--format markdown` is for `mlopsc diff`"))
        }
        Command::Init(it) => init::run(&args, it),
        Command::Check(it) => check::run(&args, it),
        Command::Compile(it) => compile::run(&args, it),
        Command::Diff(it) => diff::run(&args, it),
        Command::Explain(it) => explain::run(&args, it),
        Command::Lock(it) => lock::run(&args, it),
        Command::Images => images::run(&args),
        Command::Schema(it) => Ok(schema::run(it)),
        Command::Completions(it) => Ok(completions::run(it)),
    };
    let exit = result.unwrap_or_else(|failure| {
        print::failure(&args, &failure.message);
        failure.exit
    });
    ExitCode::from(exit as u8)
}

/// A panic is always a mistake of ours: it says so, and what to report.
fn report_bug(info: &std::panic::PanicHookInfo<'_>) {
    let payload = info.payload();
    let message = payload.downcast_ref::<String>().map(String::as_str).or(payload.downcast_ref::<&str>().copied());
    let place = info.location().map(|it| format!(" at {}:{}", it.file(), it.line())).unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    print::bug(&format!(
        "mlopsc {version} failed{place}: {}\nThis is a bug in mlopsc, not in your spec. Please report this text with the \
         spec that caused it (without names of people or hosts). Nothing was written.",
        message.unwrap_or("no message")
    ));
}
