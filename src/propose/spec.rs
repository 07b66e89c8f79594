//! The text of a spec from the programs of a project.

use super::find::Found;
use super::lock::{self, Locked};
use super::program::{Program, stem};
use super::share::{Part, Wanted, share};
use super::{PLACEHOLDER, Proposal, free_name, name_from};
use crate::source::{Files, RelPath};

pub(super) fn proposal(files: &Files, name: &str, found: Found) -> Proposal {
    if found.programs.is_empty() {
        return nothing(found);
    }
    let names = names(&found.programs);
    let locked = lock::lock(files, &found);
    let shared = share(&found, &names);
    let mut writer = Writer { text: head(name), assumptions: Vec::new(), missing: Vec::new(), locked };
    writer.assume(PLACEHOLDER);
    writer.build();
    let all: Vec<_> = found.programs.iter().zip(&shared.parts).zip(&names).collect();
    let (stages, services): (Vec<_>, Vec<_>) = all.into_iter().partition(|((it, _), _)| it.server.is_none());
    for ((program, part), name) in stages {
        writer.stage(program, part, name, &names);
    }
    for ((program, part), name) in services {
        writer.service(program, part, name);
    }
    writer.external(&shared.external);
    writer.missing.extend(found.programs.iter().flat_map(|it| it.faults.clone()));
    writer.missing.extend(shared.missing);
    writer.missing.append(&mut writer.locked.missing);
    let path = RelPath::parse("mlops.toml").expect("internal error: our own paths are relative");
    Proposal {
        files: vec![(path, writer.text)],
        assumptions: writer.assumptions,
        missing: writer.missing,
        passed_over: found.passed_over,
    }
}

/// Nothing to propose, and nothing to write between what somebody has.
fn nothing(found: Found) -> Proposal {
    let mut missing = Vec::new();
    if !found.sources.is_empty() {
        let shown: Vec<String> = found.sources.iter().take(3).map(|it| format!("`{it}`")).collect();
        let more = found.sources.len().saturating_sub(3);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        missing.push(format!(
            "a program: {}{more} only define what others call; add `if __name__ == \"__main__\":` with the call of what \
             to run",
            shown.join(", ")
        ));
    } else {
        missing.push("a program that can be run: a `.py` or `.R` file".to_owned());
    }
    Proposal { missing, passed_over: found.passed_over, ..Proposal::default() }
}

fn head(name: &str) -> String {
    format!(
        "# Proposed by `mlopsc init` from the programs in this folder. Lines with `assumed` are guesses: read them.\n\
         schema = \"mlops/v1\"\n\n[project]\nname = \"{name}\"\nregistry = \"registry.example.org/team\"   # assumed\n"
    )
}

/// Names of files that say nothing; their folders do.
const GENERIC: &[&str] = &["main", "__main__", "app", "run", "cli", "index", "script", "server", "wsgi", "asgi"];

/// A name for each program.
fn names(programs: &[Program]) -> Vec<String> {
    let mut taken = Vec::new();
    let name = |program: &Program| {
        let stem = stem(&program.path);
        let folder = program.path.parent();
        let folder = folder.file_name();
        let is_plain = folder.is_empty() || ["src", "scripts", "bin", "code"].contains(&folder);
        if GENERIC.contains(&&*stem) && !is_plain { folder.to_owned() } else { stem }
    };
    programs.iter().map(|it| free_name(&name_from(&name(it), "program"), &mut taken)).collect()
}

struct Writer {
    text: String,
    assumptions: Vec<String>,
    missing: Vec<String>,
    locked: Locked,
}

impl Writer {
    fn assume(&mut self, text: impl Into<String>) {
        self.assumptions.push(text.into());
    }

    /// What is said of all images.
    fn build(&mut self) {
        let mut lines = String::new();
        if let Some((version, file)) = &self.locked.python {
            lines += &format!("python = \"{version}\"   # {file} says so\n");
        }
        if let Some(lock) = self.locked.lock.clone() {
            lines += &format!("lock = \"{lock}\"   # assumed\n");
            self.assume(format!("`{lock}` is the lock file of all programs"));
        }
        if !lines.is_empty() {
            self.text += &format!("\n[build]\n{lines}");
        }
    }

    fn stage(&mut self, program: &Program, part: &Part, name: &str, names: &[String]) {
        self.text += &format!("\n[stages.{name}]\nentry = \"{}\"\n", program.path);
        self.assume(format!("`{}` runs to completion: it is the stage `{name}`", program.path));
        let module = program.module.iter().flat_map(|it| ["python", "-m", it]);
        self.command(&module.map(str::to_owned).collect::<Vec<_>>(), "");
        self.framework(program, name);
        self.data(part);
        if !part.after.is_empty() {
            let after: Vec<String> = part.after.iter().map(|it| names[*it].clone()).collect();
            self.text += &format!("after = {}   # assumed by their names\n", list(&after));
            self.assume(format!("`{name}` runs after {}, by the order of such names", after.join(", ")));
        }
    }

    fn service(&mut self, program: &Program, part: &Part, name: &str) {
        let Some(server) = &program.server else { return };
        self.text += &format!("\n[services.{name}]\nentry = \"{}\"\n", program.path);
        self.assume(format!(
            "`{}` is a web application ({}) on port {}: it is the service `{name}`",
            program.path, server.kind, server.port
        ));
        let mut command = server.command.clone();
        let gunicorn = server.brings == Some("flask") && self.locked.has("gunicorn");
        if gunicorn {
            command = under_gunicorn(&command, server.port);
        }
        let brings = if gunicorn { Some("gunicorn") } else { server.brings };
        if command.is_empty() {
            command = program.module.iter().flat_map(|it| ["python", "-m", it]).map(str::to_owned).collect();
        }
        self.command(&command, if brings.is_some() { "   # assumed" } else { "" });
        if let Some(package) = brings.filter(|it| !self.has_server(it)) {
            self.missing.push(format!("the lock file has no `{package}`, which starts `{name}`; add it"));
        }
        let remark = if server.is_named { "" } else { "   # assumed: the usual one" };
        self.text += &format!("port = {}{remark}\n", server.port);
        if let Some((variable, value)) = server.env {
            self.text += &format!("env = {{ {variable} = \"{value}\" }}   # or it listens for itself only\n");
        }
        self.framework(program, name);
        self.data(part);
        let ready = server.ready.iter().map(|it| format!("ready = \"{it}\""));
        let probes: Vec<String> = ready.chain(server.live.iter().map(|it| format!("live = \"{it}\""))).collect();
        if !probes.is_empty() {
            self.text += &format!("probes = {{ {} }}   # routes of {}\n", probes.join(", "), program.path);
        }
    }

    /// Whether the lock file brings a server; `fastapi[standard]` brings uvicorn with it.
    fn has_server(&self, package: &str) -> bool {
        self.locked.may_have(package) || (package == "uvicorn" && self.locked.has("standard"))
    }

    /// What starts it, if not the file itself, and what that needs.
    fn command(&mut self, command: &[String], remark: &str) {
        if !command.is_empty() {
            self.text += &format!("command = {}{remark}\n", list(command));
        }
    }

    fn framework(&mut self, program: &Program, name: &str) {
        let Some((base, package)) = program.framework.filter(|_| program.gpu) else { return };
        let is_locked = self.locked.may_have(package) || self.locked.has(&format!("{package}-gpu"));
        if is_locked {
            self.text += &format!("base = \"{base}\"\ngpu = 1   # assumed\n");
            self.assume(format!("`{name}` asks for a GPU: one is assumed, and the base `{base}`"));
        } else {
            self.text += "gpu = 1   # assumed\n";
            self.assume(format!("`{name}` asks for a GPU: one is assumed"));
            self.missing.push(format!("the lock file has no `{package}`, which `{}` imports; add it", program.path));
        }
    }

    /// The datasets, a line of comment for what shows each, and the arguments that name them.
    fn data(&mut self, part: &Part) {
        for writes in [false, true] {
            let wants: Vec<&Wanted> = part.wants.iter().filter(|it| it.writes == writes).collect();
            if wants.is_empty() {
                continue;
            }
            for wanted in &wants {
                self.text += &format!("# {}: {}\n", wanted.data, wanted.why);
                self.assume(format!("the dataset `{}`: {}", wanted.data, wanted.why));
            }
            let mounts: Vec<String> = wants.iter().map(|it| mount(it)).collect();
            let key = if writes { "outputs" } else { "inputs" };
            self.text += &format!("{key} = [{}]   # assumed\n", mounts.join(", "));
        }
        if !part.args.is_empty() {
            self.text += &format!("args = {}   # assumed\n", list(&part.args));
        }
    }

    /// Datasets that nobody here writes.
    fn external(&mut self, external: &[String]) {
        for data in external {
            self.text += &format!(
                "\n[data.{data}]\n# class = \"phi\"   # say what it holds: phi | limited | deidentified | synthetic | public\n\
                 source = \"external\"   # assumed: no program here writes it\n"
            );
            self.assume(format!("the dataset `{data}` comes from outside, and counts as phi until it has a `class`"));
        }
    }
}

fn list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|it| format!("{it:?}")).collect();
    format!("[{}]", words.join(", "))
}

fn mount(wanted: &Wanted) -> String {
    let data = &wanted.data;
    match &wanted.path {
        Some(path) => format!("{{ data = \"{data}\", path = \"{path}\" }}"),
        None => format!("\"{data}\""),
    }
}

/// The command of the development server of Flask, as one of gunicorn.
fn under_gunicorn(flask: &[String], port: u16) -> Vec<String> {
    let app = flask.get(2).cloned().unwrap_or_default();
    let mut words = vec!["gunicorn".to_owned(), "--bind".to_owned(), format!("0.0.0.0:{port}")];
    match app.rsplit_once('/') {
        Some((folder, place)) => words.extend(["--chdir".to_owned(), folder.to_owned(), place.to_owned()]),
        None => words.push(app),
    }
    words
}
