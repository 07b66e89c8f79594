//! `mlopsc check`: everything that is wrong, and nothing written.

use super::args::{Args, Check};
use super::{Exit, Failure, print, project};
use crate::compile::compile;
use crate::diag::Severity;

pub(super) fn run(args: &Args, _: &Check) -> Result<Exit, Failure> {
    let project = project::find(args)?;
    let options = project.options(args, &project.out(None)?, &[])?;
    let compiled = compile(&options);
    let exit = print::diagnostics(args, &compiled.sink, &compiled.sources);
    let count = |severity| compiled.sink.count(severity);
    let summary = match exit {
        Exit::Clean => {
            let environments = print::counted(compiled.environments.len(), "environment");
            format!("{environments} checked, {}", print::counted(count(Severity::Note), "note"))
        }
        _ => {
            let errors = print::counted(count(Severity::Error), "error");
            format!(
                "{errors}, {}; `mlopsc explain CODE` says more",
                print::counted(count(Severity::Warning), "warning")
            )
        }
    };
    print::say(args, &summary);
    // The process ends here, and its memory with it.
    std::mem::forget(compiled);
    Ok(exit)
}
