//! The text of a spec from the programs of a project.

use super::program::Program;
use super::{Proposal, name_from};
use crate::source::{Files, RelPath};
use crate::spec::Language;

/// Words in a program's name that say that it makes a model, with what it makes.
const TRAINS: &[&str] = &["train", "fit", "finetune"];

pub(super) fn from_programs(files: &Files, name: &str, programs: &[Program]) -> Proposal {
    let mut writer = Writer { text: head(name), assumptions: Vec::new(), taken: Vec::new() };
    writer.assume("registry.example.org/team is a placeholder: write the registry that your cluster pulls from");
    let trained = programs.iter().any(trains);
    for program in programs.iter().filter(|it| it.port.is_none()) {
        writer.stage(program);
    }
    for program in programs.iter().filter(|it| it.port.is_some()) {
        writer.service(program, trained);
    }
    writer.lock(files, programs);
    let path = RelPath::parse("mlops.toml").expect("internal error: our own paths are relative");
    Proposal { files: vec![(path, writer.text)], assumptions: writer.assumptions }
}

fn head(name: &str) -> String {
    format!(
        "# Proposed by `mlopsc init` from the programs in this folder. Lines with `assumed` are guesses: read them.\n\
         schema = \"mlops/v1\"\n\n[project]\nname = \"{name}\"\nregistry = \"registry.example.org/team\"   # assumed\n"
    )
}

fn trains(program: &Program) -> bool {
    let stem = stem(program).to_ascii_lowercase();
    program.port.is_none() && TRAINS.iter().any(|it| stem.contains(it))
}

/// The file's name without its ending.
fn stem(program: &Program) -> &str {
    let name = program.path.file_name();
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

struct Writer {
    text: String,
    assumptions: Vec<String>,
    taken: Vec<String>,
}

impl Writer {
    fn assume(&mut self, text: impl Into<String>) {
        self.assumptions.push(text.into());
    }

    fn stage(&mut self, program: &Program) {
        let name = self.name(program);
        self.text += &format!("\n[stages.{name}]\nentry = \"{}\"\n", program.path);
        self.assume(format!("`{}` runs to completion: it is the stage `{name}`", program.path));
        self.framework(program, &name);
        if trains(program) {
            self.text += "outputs = [\"model\"]   # assumed: the folder is in DATA_MODEL\n";
            self.assume(format!(
                "`{name}` writes a model: it finds the folder for it in the environment as DATA_MODEL"
            ));
        }
    }

    fn service(&mut self, program: &Program, trained: bool) {
        let name = self.name(program);
        let Some((port, is_named)) = program.port else { return };
        let remark = if is_named { "" } else { "   # assumed: the usual one" };
        self.text += &format!("\n[services.{name}]\nentry = \"{}\"\nport = {port}{remark}\n", program.path);
        self.assume(format!("`{}` listens on port {port}: it is the service `{name}`", program.path));
        self.framework(program, &name);
        if trained {
            self.text += "inputs = [\"model\"]   # assumed: the folder is in DATA_MODEL\n";
            self.assume(format!("`{name}` reads the model that is trained: it finds it in DATA_MODEL"));
        }
    }

    fn framework(&mut self, program: &Program, name: &str) {
        if program.gpu
            && let Some(base) = program.base
        {
            self.text += &format!("base = \"{base}\"\ngpu = 1   # assumed\n");
            self.assume(format!("`{name}` asks for a GPU: one is assumed, and the base `{base}`"));
        }
    }

    /// A name that is not taken yet.
    fn name(&mut self, program: &Program) -> String {
        let name = name_from(stem(program));
        let names = std::iter::once(name.clone()).chain((2..).map(|it| format!("{name}-{it}")));
        let free = { names }.find(|it| !self.taken.contains(it)).unwrap_or(name);
        self.taken.push(free.clone());
        free
    }

    fn lock(&mut self, files: &Files, programs: &[Program]) {
        let is_there = |name: &str| RelPath::root().join(name).is_ok_and(|it| files.is_file(&it));
        let python = programs.iter().any(|it| it.language == Language::Python);
        if python && !["uv.lock", "requirements.lock", "requirements.txt"].iter().any(|it| is_there(it)) {
            self.assume("there is no lock file: make one with `uv lock`, or `uv pip compile --generate-hashes`");
        }
        if programs.iter().any(|it| it.language == Language::R) && !is_there("renv.lock") {
            self.assume("there is no renv.lock: make one with `renv::snapshot()`");
        }
    }
}
