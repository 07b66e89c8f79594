//! Lines of a requirements file that send pip to another index than the spec does, and passwords in it.
//!
//! No address of a line is ever shown: a part of it may be a secret in a form that nobody knows.

use std::collections::BTreeSet;

use smol_str::format_smolstr;

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::parse::{LITERAL_SECRET, credential};
use crate::plan::{Lock, LockForm};
use crate::source::At;
use crate::spec::Url;

pub(super) static CHECK: Check = Check { codes: &[&LOCK_NAMES_INDEX], run };

static LOCK_NAMES_INDEX: Code = Code {
    id: "lock-names-index",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports `--index-url`, `--extra-index-url` and `--find-links` in a `requirements` file where `[build.mirrors]` has
another index of Python packages, which is an error; and `--trusted-host` in every one.

### Why it matters
What the file says comes before what the build is told. In a network without a way out the build asks a host that it
cannot reach, and in another one it passes the mirror by. `--trusted-host` makes pip believe whoever answers.

### Use instead
The file without these lines: `uv pip compile` writes them only with `--emit-index-url` and `--emit-find-links`. An
address of the mirror's own host may be there beside it.
",
};

const TRUSTED_HOST: &str = "--trusted-host";

/// Options of pip that say where packages come from (pip's documentation, "Requirements File Format").
const OPTIONS: [&str; 5] = ["--index-url", "--pypi-url", "--extra-index-url", "--find-links", TRUSTED_HOST];
const SHORT: [(&str, &str); 2] = [("-i", "--index-url"), ("-f", "--find-links")];

fn run(case: &Case<'_>, sink: &mut Sink) {
    let mut seen = BTreeSet::new();
    let mirrors = case.spec().build.as_ref().and_then(|it| it.mirrors.as_ref());
    let mirror = mirrors.and_then(|it| it.pypi.as_ref());
    let locks = case.plan.images.values().filter_map(|it| it.recipe()?.lock.as_ref());
    for lock in locks.filter(|it| it.form == LockForm::Requirements) {
        // What cannot be read is reported elsewhere.
        let Ok(text) = case.inputs.files.text(&lock.path) else { continue };
        if seen.insert(&lock.path) {
            sources(case, lock, &text, mirror, sink);
            passwords(case, lock, &text, sink);
        }
    }
}

fn sources(case: &Case<'_>, lock: &At<Lock>, text: &str, mirror: Option<&At<Url>>, sink: &mut Sink) {
    for Source { line, option, address } in named(text) {
        let place = line_of(case, lock, line);
        let other = mirror.filter(|it| !belongs_to(it, option, address));
        let (message, help) = match other {
            _ if option == TRUSTED_HOST => (
                format!("`{}` makes pip believe a host without a certificate", lock.path),
                "take the line out, and give the image the certificate of the house",
            ),
            Some(_) => (
                format!("`{}` names another index than the mirror, with `{option}`", lock.path),
                "take the line out, or lock from the mirror",
            ),
            None => continue,
        };
        let severity = if other.is_some() { Severity::Error } else { Severity::Warning };
        let diagnostic = Diagnostic::new(&LOCK_NAMES_INDEX, message).weighing(severity).at(place, "");
        let diagnostic = other.into_iter().fold(diagnostic, |it, mirror| it.at(mirror, "is passed by"));
        sink.report(diagnostic.help(help));
    }
}

/// Passwords and tokens in addresses, comments among them: a compiler of requirements writes its command line there.
fn passwords(case: &Case<'_>, lock: &At<Lock>, text: &str, sink: &mut Sink) {
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| line.contains('@')) {
        let users = line.match_indices("://").filter_map(|(at, found)| {
            let rest = &line[at + found.len()..];
            let authority = rest.split(|it: char| it.is_whitespace() || "/?#\"'".contains(it)).next()?;
            authority.rsplit_once('@').map(|(user, _)| user)
        });
        // The rest of an address may look like a token and be the name of an index.
        if let Some(what) = users.into_iter().find_map(|it| credential(&format!("https://{it}@host"))) {
            let diagnostic = Diagnostic::new(&LITERAL_SECRET, format!("`{}` holds {what}", lock.path));
            let diagnostic = diagnostic.at(line_of(case, lock, number), "a value in a repository is no secret");
            sink.report(diagnostic.help("take it back where it was issued; what a build needs is in `build.secrets`"));
        }
    }
}

fn line_of(case: &Case<'_>, lock: &Lock, line: usize) -> Spot {
    Spot::Line(format_smolstr!("{}{}", case.prefix, lock.path), line)
}

/// Where packages are to come from, said in a requirements file.
struct Source<'t> {
    /// From 1.
    line: usize,
    option: &'static str,
    address: &'t str,
}

/// All that a file says on lines of options, of which one may have several, and may go on behind a backslash.
fn named(text: &str) -> Vec<Source<'_>> {
    let mut named = Vec::new();
    let mut goes_on = false;
    let mut is_option = false;
    let mut waiting = None;
    for (number, line) in (1..).zip(text.lines()) {
        if !goes_on {
            is_option = line.trim_ascii_start().starts_with('-');
            waiting = None;
        }
        let content = line.strip_suffix('\\').unwrap_or(line);
        goes_on = content.len() < line.len();
        let words = content.split_ascii_whitespace().take_while(|it| !it.starts_with('#'));
        for word in words.filter(|_| is_option) {
            match (waiting.take(), option(word)) {
                (Some((line, option)), _) => named.push(Source { line, option, address: word }),
                (None, Some((option, ""))) => waiting = Some((number, option)),
                (None, Some((option, address))) => named.push(Source { line: number, option, address }),
                (None, None) => {}
            }
        }
    }
    named
}

/// An option and what is written to it without a space.
fn option(word: &str) -> Option<(&'static str, &str)> {
    let short = SHORT.iter().find_map(|(short, option)| Some((*option, word.strip_prefix(short)?)));
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    short.or_else(|| OPTIONS.iter().find(|it| **it == name).map(|it| (*it, value)))
}

/// Whether this is the mirror's own index, or beside it one of the same host.
fn belongs_to(mirror: &str, option: &str, address: &str) -> bool {
    let address = address.trim_matches(['"', '\'']);
    let is_same = without_user(mirror).trim_end_matches('/') == without_user(address).trim_end_matches('/');
    let replaces = matches!(option, "--index-url" | "--pypi-url");
    is_same || !replaces && host(mirror) == host(address)
}

/// An address without its scheme and its user.
fn without_user(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rfind('@').map_or(rest, |at| &rest[at + 1..])
}

fn host(address: &str) -> &str {
    without_user(address).split(['/', '?', '#', ':']).next().unwrap_or_default()
}
