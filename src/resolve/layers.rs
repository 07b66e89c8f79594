//! The layers of a spec: the files that it builds on, the file itself, and what the command line sets.

use smol_str::SmolStr;

use super::Request;
use super::overlay::split;
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::parse::{check_parts, parse_set, parse_toml, take_secrets};
use crate::source::{FileError, Map, Node, Origin, RelPath, Sources, Span, decode};
use crate::spec::{Environment, Name, Spec, nearest};

pub(super) static SPEC_MISSING: Code = Code {
    id: "spec-missing",
    severity: Severity::Error,
    explain: "\
### What it does
Reports that there is no `mlops.toml`, or that it cannot be read.

### Use instead
Go to the project's folder or one below it, name the file with `--file`, or make one with `mlopsc init`.
",
};

pub(super) static EXTENDS_MISSING: Code = Code {
    id: "extends-missing",
    severity: Severity::Error,
    explain: "\
### What it does
Reports that the file named by `extends` cannot be read.

### Why it matters
What the base says about users, quotas or the cluster would be missing without a word.

### Use instead
A path relative to the file that says `extends`, inside the project's folder.
",
};

pub(super) static EXTENDS_CYCLE: Code = Code {
    id: "extends-cycle",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a file that extends itself, directly or through others.

### Use instead
Take one `extends` of the circle away.
",
};

/// The trees of a spec, from the one that counts least to the one that counts most.
#[derive(Clone, Debug)]
pub(super) struct Layers {
    spec_name: SmolStr,
    files: Vec<Node>,
    set: Vec<Node>,
}

impl Layers {
    pub(super) fn files(&self) -> &[Node] {
        &self.files
    }

    pub(super) fn set(&self) -> &[Node] {
        &self.set
    }

    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Node> {
        self.files.iter_mut().chain(&mut self.set)
    }

    /// Every layer, and whether it is a file.
    pub(super) fn each_mut(&mut self) -> impl Iterator<Item = (&mut Node, bool)> {
        self.files.iter_mut().map(|it| (it, true)).chain(self.set.iter_mut().map(|it| (it, false)))
    }

    /// Whether every layer has the shape of the language, also where another one replaces what it says.
    pub(super) fn decode(&mut self) -> bool {
        self.all_mut().all(|tree| {
            let environments = tree.as_map_mut().and_then(|it| it.remove("environments"));
            let base = decode::<Spec>(tree).is_ok();
            let overlays = environments.as_ref().is_none_or(overlays_decode);
            if let (Some(environments), Some(map)) = (environments, tree.as_map_mut()) {
                map.push("environments".into(), environments);
            }
            base && overlays
        })
    }

    /// The name of the spec in messages.
    pub(super) fn spec_name(&self) -> &str {
        &self.spec_name
    }

    /// The environments of all files that are not switched off; `default` where no file has any.
    pub(super) fn environment_names(&self) -> Vec<Name> {
        let mut names: Vec<Name> = Vec::new();
        let mut has_any = false;
        for environments in self.files.iter().filter_map(|it| it.get("environments")?.as_map()) {
            for (name, environment) in environments.iter() {
                has_any = true;
                let Ok(name) = Name::parse(name) else { continue };
                let off = environment.get("enabled").map(|it| &it.value) == Some(&crate::source::Value::Bool(false));
                names.retain(|it| !(off && *it == name));
                if !off && !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        if !has_any {
            names.push(Name::parse("default").expect("internal error: a good name"));
        }
        names
    }
}

fn overlays_decode(environments: &Node) -> bool {
    environments.as_map().is_some_and(|it| {
        it.iter().all(|(name, environment)| {
            let (own, overlay) = split(environment);
            let is_table = environment.as_map().is_some() && Name::check(name).is_ok();
            is_table && decode::<Environment>(&own).is_ok() && decode::<Spec>(&overlay).is_ok()
        })
    })
}

/// Reads all layers; `None` when one is missing or is not TOML, which is then in `sink`.
pub(super) fn read(request: &Request, sources: &mut Sources, sink: &mut Sink) -> Option<Layers> {
    let mut reader = Reader { request, sources, sink, chain: Vec::new() };
    let files = reader.file_and_bases(&request.path, None);
    let set: Option<Vec<Node>> = request.set.iter().map(|it| parse_set(it, sources, sink)).collect();
    let mut layers = Layers { spec_name: shown(request, &request.path), files: files?, set: set? };
    for tree in layers.all_mut() {
        take_secrets(tree, sources, sink);
        check_parts(tree, sink);
    }
    Some(layers)
}

fn shown(request: &Request, path: &RelPath) -> SmolStr {
    format!("{}{path}", request.prefix).into()
}

struct Reader<'r> {
    request: &'r Request,
    sources: &'r mut Sources,
    sink: &'r mut Sink,
    /// The files that were read, each with the place that named it.
    chain: Vec<(RelPath, Origin)>,
}

impl Reader<'_> {
    /// The file's layers, the bases first; `extends` is the value that named the file.
    fn file_and_bases(&mut self, path: &RelPath, extends: Option<&Node>) -> Option<Vec<Node>> {
        let origin = extends.map(|it| it.origin).unwrap_or_default();
        if let Some(start) = self.chain.iter().position(|(it, _)| it == path) {
            self.report_cycle(path, start, origin);
            return None;
        }
        self.chain.push((path.clone(), origin));
        let text = match self.request.files.text(path) {
            Ok(text) => text,
            Err(error) => {
                self.report_unreadable(path, &error, extends);
                return None;
            }
        };
        // A byte order mark is no character of the first line.
        let text = text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), Into::into);
        let file = self.sources.add(shown(self.request, path), text);
        let mut tree = parse_toml(file, self.sources, self.sink)?;
        let base = tree.as_map_mut().and_then(|it: &mut Map| it.remove("extends"));
        let mut layers = match base {
            None => Vec::new(),
            Some(base) => self.base(path, &base)?,
        };
        layers.push(tree);
        Some(layers)
    }

    fn base(&mut self, path: &RelPath, base: &Node) -> Option<Vec<Node>> {
        let found = base.as_str().map(|it| path.parent().join(it));
        match found {
            Some(Ok(base_path)) if !base_path.as_str().is_empty() => self.file_and_bases(&base_path, Some(base)),
            _ => {
                let diagnostic = Diagnostic::new(&EXTENDS_MISSING, "`extends` names no file of the project's folder");
                self.sink.report(diagnostic.at(base.origin, "expected a path such as \"platform/house.toml\""));
                None
            }
        }
    }

    fn report_cycle(&mut self, path: &RelPath, start: usize, last: Origin) {
        let between = self.chain[start + 1..].iter().map(|(_, origin)| *origin);
        let diagnostic =
            Diagnostic::new(&EXTENDS_CYCLE, format!("`{path}` extends itself")).at(last, "leads back to it");
        self.sink.report(between.fold(diagnostic, |diagnostic, place| diagnostic.at(place, "leads on from it")));
    }

    fn report_unreadable(&mut self, path: &RelPath, error: &FileError, extends: Option<&Node>) {
        let diagnostic = match extends {
            Some(extends) => {
                let names = self.request.files.list(&path.parent());
                let near = nearest(path.file_name(), names.iter().map(String::as_str).filter(|it| !it.ends_with('/')));
                let written = extends.as_str().unwrap_or_default();
                let near = near.map(|it| written.replacen(path.file_name(), it, 1));
                Diagnostic::new(&EXTENDS_MISSING, error.to_string())
                    .at(extends.origin, "named here")
                    .did_you_mean_text(extends.origin, near.filter(|_| matches!(error, FileError::Missing(_))))
            }
            None => Diagnostic::new(&SPEC_MISSING, error.to_string()),
        };
        let diagnostic = match (error, extends) {
            (FileError::NotText(_), _) => match self.first_bad_byte(path) {
                Some(span) => diagnostic.at(span, "no UTF-8 from here on").help("save the file as UTF-8"),
                None => diagnostic,
            },
            (_, None) => diagnostic
                .at(Spot::File(shown(self.request, path)), "")
                .help("name the file with `--file`, or make one with `mlopsc init`"),
            _ => diagnostic,
        };
        self.sink.report(diagnostic);
    }

    /// Where a file stops being text, in a copy with marks for what cannot be read.
    fn first_bad_byte(&mut self, path: &RelPath) -> Option<Span> {
        let bytes = self.request.files.bytes(path).ok()?;
        let error = std::str::from_utf8(&bytes).err()?;
        let file = self.sources.add(shown(self.request, path), String::from_utf8_lossy(&bytes));
        let start = u32::try_from(error.valid_up_to()).ok()?;
        let mark = u32::try_from(char::REPLACEMENT_CHARACTER.len_utf8()).ok()?;
        Some(Span { file, start, end: start + mark })
    }
}
