//! What is written, as the programs that read it see it: objects, a Compose model, the instructions of Dockerfiles.

use std::borrow::Cow;
use std::collections::BTreeMap;

use fast_glob::glob_match;
use mlopsc::backend::Content;
use mlopsc::compile::Compiled;
use mlopsc::source::Node;
use serde_json::{Map, Value};

/// The files, by `<environment>/<path>`. A file is read where it is asked for: most are not.
pub(crate) struct Model<'c>(BTreeMap<String, File<'c>>);

enum File<'c> {
    Tree(Cow<'c, Node>),
    Text(Cow<'c, str>),
}

impl<'c> Model<'c> {
    pub(crate) fn of(compiled: &'c Compiled) -> Self {
        let mut files = BTreeMap::new();
        for environment in &compiled.environments {
            let emitted = &environment.emitted;
            let objects =
                emitted.objects.iter().map(|(path, object)| (path.clone(), File::Tree(Cow::Borrowed(&object.node))));
            let documents =
                emitted.documents.iter().map(|(path, node)| (path.clone(), File::Tree(Cow::Borrowed(node))));
            let texts = emitted.texts.iter().map(|(path, text)| (path.clone(), File::Text(Cow::Borrowed(&*text.text))));
            let later = environment.later(|_| true).into_iter().map(|(path, it)| match it {
                Content::Document(node) => (path, File::Tree(Cow::Owned(node))),
                Content::Text(text) => (path, File::Text(Cow::Owned(text))),
            });
            let all = objects.chain(documents).chain(texts).chain(later);
            files.extend(all.map(|(path, file)| (without_hashes(&format!("{}/{path}", environment.name)), file)));
        }
        Self(files)
    }

    /// Whether the values at a pointer are others in a file of these names, or there is such a file on one side alone.
    pub(crate) fn differs_at(&self, other: &Model<'_>, files: &str, pointer: &str) -> bool {
        let mut names = self.0.keys().chain(other.0.keys()).filter(|it| glob_match(files, it));
        names.any(|it| self.at(it, pointer) != other.at(it, pointer))
    }

    fn at(&self, name: &str, pointer: &str) -> Option<Value> {
        self.0.get(name).and_then(|it| it.read(name).pointer(pointer).cloned())
    }

    /// Every file and the places in it that are not equal.
    pub(crate) fn differences(&self, other: &Model<'_>) -> Vec<String> {
        let mut found = Vec::new();
        for (name, file) in &self.0 {
            match other.0.get(name) {
                Some(other) => compare(&file.read(name), &other.read(name), name, "", &mut found),
                None => found.push(format!("{name}: gone")),
            }
        }
        found.extend(other.0.keys().filter(|it| !self.0.contains_key(*it)).map(|it| format!("{it}: new")));
        found
    }
}

impl File<'_> {
    fn read(&self, name: &str) -> Value {
        let mut value = match self {
            File::Tree(node) => node.to_json(),
            File::Text(text) if name.ends_with("/Dockerfile") => instructions(text),
            File::Text(text) => {
                let lines = text.lines().filter(|it| !it.trim_start().starts_with('#'));
                Value::Array(lines.map(Value::from).collect())
            }
        };
        without_digests(&mut value);
        value
    }
}

/// By its word, what each instruction says, in their order.
fn instructions(text: &str) -> Value {
    let lines: Vec<&str> = text.lines().filter(|it| !it.trim_start().starts_with('#')).collect();
    let mut words: Map<String, Value> = Map::new();
    for line in lines.join("\n").replace("\\\n", " ").lines() {
        let Some((word, rest)) = line.trim().split_once(' ') else { continue };
        let said = words.entry(word).or_insert_with(|| Value::Array(Vec::new()));
        said.as_array_mut().expect("it was made so").push(rest.split_whitespace().collect::<Vec<_>>().join(" ").into());
    }
    Value::Object(words)
}

/// Digests of images and of what is mounted say that something differs, and not what.
fn without_digests(value: &mut Value) {
    match value {
        Value::String(text) => *text = without_hashes(text.split("@sha256:").next().unwrap_or_default()),
        Value::Array(items) => items.iter_mut().for_each(without_digests),
        Value::Object(map) => {
            map.retain(|key, _| !key.starts_with("mlopsc.dev/secret-"));
            map.values_mut().for_each(without_digests);
        }
        _ => {}
    }
}

/// `site-config-6ec424e5` becomes `site-config-`.
fn without_hashes(text: &str) -> String {
    let Some((before, after)) = text.split_once("-config-") else { return text.to_owned() };
    let rest = after.trim_start_matches(|it: char| it.is_ascii_hexdigit());
    format!("{before}-config-{rest}")
}

fn compare(one: &Value, other: &Value, name: &str, at: &str, found: &mut Vec<String>) {
    match (one, other) {
        _ if one == other => {}
        (Value::Object(one), Value::Object(other)) => {
            let keys = one.keys().chain(other.keys().filter(|it| !one.contains_key(*it)));
            for key in keys {
                let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                let of = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                compare(&of(one), &of(other), name, &at, found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                compare(one, other, name, &format!("{at}/{index}"), found);
            }
        }
        _ => found.push(format!("{name} {at}: {one} -> {other}")),
    }
}
