//! `mlopsc completions`: completions for a shell.

use clap::CommandFactory;

use super::args::{Args, Completions};
use super::{Exit, print};

pub(super) fn run(it: &Completions) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(it.shell, &mut Args::command(), "mlopsc", &mut text);
    print::data(&String::from_utf8_lossy(&text));
    Exit::Clean
}
