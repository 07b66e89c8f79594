//! What somebody's own Dockerfile says, as far as the checks and the build ask.
//!
//! Read and never written. Variables are put in as the builder would do it before it starts, from `ARG` lines and the
//! arguments of the build; what only a running step could know stays unknown.

use std::collections::BTreeMap;

use parse_dockerfile::{Command, Flag, Instruction, Source, UnescapedString};

/// A Dockerfile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dockerfile {
    pub stages: Vec<Stage>,
    /// The names of all `ARG` lines.
    pub args: Vec<String>,
    /// What `ENV` and `ARG` lines set, with the line.
    pub variables: Vec<Named>,
    /// The commands of `RUN`, `CMD` and `ENTRYPOINT` lines.
    pub commands: Vec<Named>,
    /// `ADD` lines that fetch something without saying what it must be: the address.
    pub fetched: Vec<Named>,
}

/// A text with its name and its line.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    pub name: String,
    pub text: String,
    pub line: usize,
}

/// A stage of a Dockerfile.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    pub name: Option<String>,
    pub line: usize,
    /// What it is built on: another stage, or an image as it is written; `None` where a variable without a value names
    /// it.
    pub base: Option<String>,
    /// What it copies or mounts from: other stages, their numbers, or images.
    pub from: Vec<(String, usize)>,
    /// The last user that it names, and where.
    pub user: Option<(String, usize)>,
}

impl Dockerfile {
    /// Reads a text, with the arguments that the build will get.
    ///
    /// # Errors
    /// Why no builder would take it.
    pub fn read(text: &str, args: &BTreeMap<&str, &str>) -> Result<Self, String> {
        let parsed = parse_dockerfile::parse(text).map_err(|it| it.to_string())?;
        let mut reading =
            Reading { text, args, global: BTreeMap::new(), local: BTreeMap::new(), made: Self::default() };
        parsed.instructions.iter().for_each(|it| reading.instruction(it));
        Ok(reading.made)
    }

    /// The stage that a build with this target ends with.
    #[must_use]
    pub fn target(&self, name: Option<&str>) -> Option<usize> {
        match name {
            None => self.stages.len().checked_sub(1),
            Some(name) => self.find(name, self.stages.len()),
        }
    }

    /// The stages that a build with this target runs through, the target first.
    #[must_use]
    pub fn needed(&self, target: usize) -> Vec<&Stage> {
        let mut needed = vec![target];
        let mut at = 0;
        while let Some(index) = needed.get(at).copied() {
            let stage = &self.stages[index];
            let names = stage.base.iter().chain(stage.from.iter().map(|(name, _)| name));
            for found in names.filter_map(|it| self.find(it, index)) {
                if !needed.contains(&found) {
                    needed.push(found);
                }
            }
            at += 1;
        }
        needed.into_iter().map(|it| &self.stages[it]).collect()
    }

    /// The images that a stage is made from, with their lines. A stage of the file is none.
    #[must_use]
    pub fn images<'s>(&self, stage: &'s Stage) -> Vec<(&'s str, usize)> {
        let before = self.stages.iter().position(|it| it == stage).unwrap_or_default();
        let base = stage.base.iter().map(|it| (it.as_str(), stage.line));
        let others = stage.from.iter().map(|(name, line)| (name.as_str(), *line));
        let is_image = |name: &str| !name.is_empty() && name != "scratch" && self.find(name, before).is_none();
        base.chain(others).filter(|(name, _)| is_image(name)).collect()
    }

    /// The user that a stage ends with: its own, or the one of the stages that it is built on.
    #[must_use]
    pub fn user(&self, target: usize) -> Option<&(String, usize)> {
        let stage = &self.stages[target];
        let below = || self.find(stage.base.as_ref()?, target).and_then(|it| self.user(it));
        stage.user.as_ref().or_else(below)
    }

    /// The image that a stage is built on in the end.
    #[must_use]
    pub fn root(&self, target: usize) -> Option<&str> {
        let base = self.stages[target].base.as_ref()?;
        self.find(base, target).map_or(Some(base), |it| self.root(it))
    }

    /// A stage by its name or number, among those before another one.
    fn find(&self, name: &str, before: usize) -> Option<usize> {
        let is_it = |it: &Stage| it.name.as_ref().is_some_and(|it| it.eq_ignore_ascii_case(name));
        let named = self.stages[..before].iter().rposition(is_it);
        named.or_else(|| name.parse::<usize>().ok().filter(|it| *it < before))
    }
}

struct Reading<'r> {
    text: &'r str,
    args: &'r BTreeMap<&'r str, &'r str>,
    /// Variables before the first stage, and of the stage.
    global: BTreeMap<String, String>,
    local: BTreeMap<String, String>,
    made: Dockerfile,
}

impl Reading<'_> {
    fn instruction(&mut self, instruction: &Instruction<'_>) {
        match instruction {
            Instruction::From(it) => {
                let base = expand(&it.image.value, &self.global).filter(|it| !it.is_empty());
                let name = it.as_.as_ref().map(|(_, name)| name.value.to_string());
                let line = self.line(it.from.span.start);
                self.made.stages.push(Stage { name, line, base, from: Vec::new(), user: None });
                self.local.clear();
            }
            Instruction::Arg(it) => self.arg(&it.arguments),
            Instruction::Env(it) => {
                let line = self.line(it.arguments.span.start);
                for (name, text) in pairs(&it.arguments.value) {
                    let value = expand(&text, &self.local);
                    self.local.extend(value.map(|it| (name.clone(), it)));
                    self.made.variables.push(Named { name, text, line });
                }
            }
            Instruction::User(it) => {
                let line = self.line(it.user.span.start);
                let user = expand(&it.arguments.value, &self.local).unwrap_or_default();
                if let Some(stage) = self.made.stages.last_mut() {
                    stage.user = Some((user, line));
                }
            }
            Instruction::Add(it) => {
                let is_pinned = it.options.iter().any(|it| it.name.value == "checksum");
                for source in it.src.iter().filter_map(path).filter(|it| is_elsewhere(&it.value) && !is_pinned) {
                    let line = self.line(it.add.span.start);
                    let fetched = Named { name: "ADD".to_owned(), text: source.value.to_string(), line };
                    self.made.fetched.push(fetched);
                }
            }
            Instruction::Copy(it) => self.from(it.options.iter().filter(|it| it.name.value == "from")),
            Instruction::Run(it) => {
                let mounts = it.options.iter().filter(|it| it.name.value == "mount");
                self.mounts(mounts);
                self.command("RUN", it.run.span.start, &it.arguments);
                let line = self.line(it.run.span.start);
                let texts = it.here_docs.iter().map(|it| it.value.to_string());
                self.made.commands.extend(texts.map(|text| Named { name: "RUN".to_owned(), text, line }));
            }
            Instruction::Cmd(it) => self.command("CMD", it.cmd.span.start, &it.arguments),
            Instruction::Entrypoint(it) => self.command("ENTRYPOINT", it.entrypoint.span.start, &it.arguments),
            _ => {}
        }
    }

    fn arg(&mut self, arguments: &UnescapedString<'_>) {
        let line = self.line(arguments.span.start);
        let is_global = self.made.stages.is_empty();
        for (name, text) in declarations(&arguments.value) {
            let known = if is_global { &self.global } else { &self.local };
            let said = self.args.get(name.as_str()).map(|it| (*it).to_owned());
            let default = text.as_ref().and_then(|it| expand(it, known));
            let value = said.or(default).or_else(|| self.global.get(&name).cloned());
            let into = if is_global { &mut self.global } else { &mut self.local };
            into.extend(value.map(|it| (name.clone(), it)));
            self.made.variables.extend(text.map(|text| Named { name: name.clone(), text, line }));
            self.made.args.push(name);
        }
    }

    fn from<'f>(&mut self, flags: impl Iterator<Item = &'f Flag<'f>>) {
        for value in flags.filter_map(|it| it.value.as_ref()) {
            let line = self.line(value.span.start);
            self.made_from(&value.value, line);
        }
    }

    fn mounts<'f>(&mut self, flags: impl Iterator<Item = &'f Flag<'f>>) {
        for value in flags.filter_map(|it| it.value.as_ref()) {
            let line = self.line(value.span.start);
            if let Some(from) = value.value.split(',').find_map(|it| it.strip_prefix("from=")) {
                self.made_from(from, line);
            }
        }
    }

    fn made_from(&mut self, name: &str, line: usize) {
        let name = expand(name, &self.global).unwrap_or_default();
        if let Some(stage) = self.made.stages.last_mut() {
            stage.from.push((name, line));
        }
    }

    fn command(&mut self, name: &str, start: usize, command: &Command<'_>) {
        let text = match command {
            Command::Exec(words) => words.value.iter().map(|it| &*it.value).collect::<Vec<_>>().join(" "),
            Command::Shell(text) => text.value.to_owned(),
            _ => return,
        };
        let line = self.line(start);
        self.made.commands.push(Named { name: name.to_owned(), text, line });
    }

    fn line(&self, at: usize) -> usize {
        self.text[..self.text.floor_char_boundary(at)].matches('\n').count() + 1
    }
}

fn path<'s, 't>(source: &'s Source<'t>) -> Option<&'s UnescapedString<'t>> {
    match source {
        Source::Path(path) => Some(path),
        _ => None,
    }
}

/// What `ADD` fetches: an address, or a repository of git.
fn is_elsewhere(source: &str) -> bool {
    source.contains("://") || source.starts_with("git@")
}

/// `A=1 B="2 3"`, or the old form `A 1`.
fn pairs(text: &str) -> Vec<(String, String)> {
    let first = text.split_whitespace().next().unwrap_or_default();
    if !first.contains('=') {
        let value = text.trim_start().strip_prefix(first).unwrap_or_default();
        return vec![(first.to_owned(), value.trim().to_owned())];
    }
    let split = |it: String| it.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    words(text).into_iter().filter_map(split).collect()
}

/// `A`, `A=1`, or several of them.
fn declarations(text: &str) -> Vec<(String, Option<String>)> {
    let split = |it: String| match it.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (it, None),
    };
    words(text).into_iter().map(split).collect()
}

/// The words of a line, without their quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(letters.next()),
            (it, Some(end)) if it == end => quote = None,
            ('"' | '\'', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (it, None) if it.is_whitespace() => words.extend(word.take()),
            (it, _) => word.get_or_insert_default().push(it),
        }
    }
    words.extend(word);
    words
}

/// A text with `$name`, `${name}`, `${name:-other}` and `${name:+other}` replaced; `None` where a name has no value.
fn expand(text: &str, known: &BTreeMap<String, String>) -> Option<String> {
    let Some((before, rest)) = text.split_once('$') else { return Some(text.to_owned()) };
    let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let (value, after) = match rest.strip_prefix('{') {
        Some(braced) => {
            let (inside, after) = braced.split_once('}')?;
            let end = inside.find(|it| !is_name(it)).unwrap_or(inside.len());
            let (name, other) = inside.split_at(end);
            let value = known.get(name).filter(|it| !it.is_empty() || !other.starts_with(':'));
            let value = match other.trim_start_matches(':').split_at_checked(1) {
                Some(("-", other)) => value.cloned().or_else(|| expand(other, known)),
                Some(("+", other)) => value.map_or(Some(String::new()), |_| expand(other, known)),
                Some(_) => None,
                None => value.cloned(),
            };
            (value?, after)
        }
        None => {
            let end = rest.find(|it| !is_name(it)).unwrap_or(rest.len());
            (known.get(&rest[..end])?.clone(), &rest[end..])
        }
    };
    Some(format!("{before}{value}{}", expand(after, known)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, args: &[(&str, &str)]) -> Dockerfile {
        Dockerfile::read(text, &args.iter().copied().collect()).unwrap()
    }

    #[test]
    fn stages_are_followed_to_the_images_that_they_need() {
        let text = "ARG PYTHON=3.12\nFROM python:${PYTHON}-slim AS base\nUSER 10001\nFROM alpine AS unused\n\
            FROM base AS tools\nCOPY --from=ghcr.io/a/b:1 /x /x\nRUN --mount=type=bind,from=1,target=/y id\nFROM tools\n";
        let file = read(text, &[]);
        let target = file.target(None).unwrap();
        let images: Vec<_> = file.needed(target).into_iter().flat_map(|it| file.images(it)).collect();
        assert_eq!(images, [("ghcr.io/a/b:1", 6), ("python:3.12-slim", 2), ("alpine", 4)]);
        assert_eq!(file.user(target), Some(&("10001".to_owned(), 3)));
        assert_eq!(file.root(target), Some("python:3.12-slim"));
        assert_eq!(read(text, &[("PYTHON", "3.13")]).root(target), Some("python:3.13-slim"));
        assert_eq!(file.target(Some("Tools")), Some(2));
        assert_eq!(file.target(Some("runtime")), None);
    }

    #[test]
    fn variables_are_read_in_every_form() {
        let file = read("FROM a:1\nENV A=1 B=\"2 \\\"3\" \\\n  C='x y'\nENV OLD some text\nARG D E=5\n", &[]);
        let seen: Vec<_> = file.variables.iter().map(|it| (&*it.name, &*it.text, it.line)).collect();
        assert_eq!(seen, [("A", "1", 2), ("B", "2 \"3", 2), ("C", "x y", 2), ("OLD", "some text", 4), ("E", "5", 5)]);
        assert_eq!(file.args, ["D", "E"]);
    }

    #[test]
    fn unknown_variables_leave_the_base_unknown() {
        let known = BTreeMap::from([("A".to_owned(), "1".to_owned()), ("EMPTY".to_owned(), String::new())]);
        assert_eq!(expand("x:$A-${A}${EMPTY:-2}${B-3}${A:+4}", &known).as_deref(), Some("x:1-1234"));
        assert_eq!(expand("x:${B}", &known), None);
        assert_eq!(read("ARG BASE\nFROM ${BASE}\n", &[]).stages[0].base, None);
    }
}
