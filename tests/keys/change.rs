//! A spec as values: the places of its keys, and the spec with one of them changed or gone.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use mlopsc::compile::Compiled;
use serde_json::Value;

use crate::support::project::compile_memory;

const SPEC: &str = "mlops.toml";

pub(crate) struct Project {
    pub(crate) spec: Value,
    files: BTreeMap<String, Vec<u8>>,
}

impl Project {
    pub(crate) fn read(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        read_folder(folder, "", &mut files);
        let spec = String::from_utf8(files.remove(SPEC).expect("a project has a spec")).expect("a spec is a text");
        let spec = spec.parse::<toml::Table>().expect("the spec is TOML");
        Self { spec: serde_json::to_value(spec).expect("TOML is values"), files }
    }

    pub(crate) fn compile(&self, spec: &Value) -> Compiled {
        let spec = toml::to_string(spec).expect("the values come from TOML").into_bytes();
        let files = self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        compile_memory(files.chain([(SPEC, spec.as_slice())]))
    }
}

fn read_folder(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there").flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if !entry.path().is_dir() {
            files.insert(name, std::fs::read(entry.path()).expect("the file can be read"));
        } else if name != "deploy" {
            read_folder(&entry.path(), &format!("{name}/"), files);
        }
    }
}

/// The place of a key: names of tables, and numbers in lists.
#[derive(Clone, Debug)]
pub(crate) struct Key(pub(crate) Vec<String>);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps: Vec<String> =
            self.0.iter().map(|it| if it.contains('.') { format!("\"{it}\"") } else { it.clone() }).collect();
        f.write_str(&steps.join("."))
    }
}

/// Every table and every value of a spec. A list of plain values is one value; of a list with tables each item is a key.
pub(crate) fn keys(spec: &Value) -> Vec<Key> {
    let mut found = Vec::new();
    visit(spec, &[], &mut found);
    found
}

fn visit(value: &Value, at: &[String], found: &mut Vec<Key>) {
    let mut found_in = |step: String, value: &Value| {
        let at = [at, &[step]].concat();
        found.push(Key(at.clone()));
        visit(value, &at, found);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| found_in(key.clone(), value)),
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.iter().enumerate().for_each(|(index, value)| found_in(index.to_string(), value));
        }
        _ => {}
    }
}

impl Key {
    pub(crate) fn removed(&self, spec: &Value) -> Value {
        let mut spec = spec.clone();
        let (last, outer) = self.0.split_last().expect("a key has a name");
        match outer.iter().fold(&mut spec, |value, step| inner(value, step)) {
            Value::Array(items) => drop(items.remove(index(last))),
            table => drop(table.as_object_mut().expect("a key is in a table").shift_remove(last)),
        }
        spec
    }

    pub(crate) fn changed(&self, spec: &Value, value: &Value) -> Value {
        let mut spec = spec.clone();
        *self.0.iter().fold(&mut spec, |value, step| inner(value, step)) = value.clone();
        spec
    }
}

fn inner<'v>(value: &'v mut Value, step: &str) -> &'v mut Value {
    match value {
        Value::Array(items) => &mut items[index(step)],
        table => &mut table[step],
    }
}

fn index(step: &str) -> usize {
    step.parse().expect("the steps into a list are numbers")
}
