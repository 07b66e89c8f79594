//! The published schema and the decoder are two witnesses of one language: what one refuses, the other refuses.

use std::sync::LazyLock;

use jsonschema::Validator;
use mlopsc::compile::Compiled;
use mlopsc::spec::{FORMATS, schema_text};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::cases;
use crate::hostile::hostile;
use crate::projects::{PROJECTS, project};
use crate::support::project::shown;
use crate::trees::{places, steps, with};

/// The schema, with the grammars that an editor does not know.
pub(crate) static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(schema_text()).unwrap();
    let options = jsonschema::options().should_validate_formats(true);
    let formats = FORMATS.iter();
    formats
        .fold(options, |options, (name, _, grammar)| options.with_format(*name, move |it: &str| grammar(it).is_ok()))
        .build(&schema)
        .unwrap()
});

/// The codes of what the schema can say.
const SHAPE: [&str; 7] =
    ["unknown-key", "misplaced-key", "not-built", "wrong-type", "wrong-value", "unknown-word", "bad-name"];

/// One change to a tree.
#[derive(Clone, Debug)]
enum Change {
    Replace(Index, Value),
    /// The value of another place.
    Copy(Index, Index),
    Remove(Index),
    Rename(Index, String),
    Add(Index, String, Value),
}

fn change() -> impl Strategy<Value = Change> {
    let keys: Vec<&str> = vec!["name", "port", "use", "enabled", "data", "key", "x", "X", "value", "on", "é", "a.b"];
    let key = move || select(keys.clone()).prop_map(str::to_owned);
    let value = || {
        prop_oneof![
            select(vec![
                json!(0),
                json!(-1),
                json!(1),
                json!(3.0),
                json!(0.5),
                json!(70_000),
                json!(i64::MAX),
                json!(true)
            ]),
            select(vec![json!([]), json!(["x"]), json!({}), json!({"x": 1}), json!([{}]), json!([[1]])]),
            select(vec!["1", "x", "10.0.0.0/8", "25%", "5s", "1Gi", "a:1", "/x", "on", "2026-01-01"])
                .prop_map(Value::from),
            hostile().prop_map(Value::from),
        ]
    };
    prop_oneof![
        3 => (any::<Index>(), value()).prop_map(|(at, value)| Change::Replace(at, value)),
        2 => (any::<Index>(), any::<Index>()).prop_map(|(at, from)| Change::Copy(at, from)),
        1 => any::<Index>().prop_map(Change::Remove),
        1 => (any::<Index>(), key()).prop_map(|(at, key)| Change::Rename(at, key)),
        1 => (any::<Index>(), key(), value()).prop_map(|(at, key, value)| Change::Add(at, key, value)),
    ]
}

impl Change {
    fn apply(&self, tree: &Value) -> Value {
        let places = places(tree);
        match self {
            _ if places.is_empty() => tree.clone(),
            Self::Replace(at, value) => with(tree, at.get::<String>(&places), value.clone()),
            Self::Copy(at, from) => {
                let value = tree.pointer(from.get::<String>(&places)).unwrap().clone();
                with(tree, at.get::<String>(&places), value)
            }
            Self::Remove(at) => changed(tree, at.get::<String>(&places), |map, key| drop(map.remove(key))),
            Self::Rename(at, name) => changed(tree, at.get::<String>(&places), |map, key| {
                if let Some(value) = map.remove(key) {
                    map.insert(name.clone(), value);
                }
            }),
            Self::Add(at, name, value) => changed(tree, at.get::<String>(&places), |map, _| {
                map.insert(name.clone(), value.clone());
            }),
        }
    }
}

/// Changes the table around a place, where it is one.
fn changed(tree: &Value, at: &str, change: impl FnOnce(&mut serde_json::Map<String, Value>, &str)) -> Value {
    let mut tree = tree.clone();
    let (parent, _) = at.rsplit_once('/').unwrap();
    let key = steps(at).pop().unwrap();
    if let Some(map) = tree.pointer_mut(parent).and_then(Value::as_object_mut) {
        change(map, &key);
    }
    tree
}

fn shape_errors(compiled: &Compiled) -> usize {
    compiled.sink.all().iter().filter(|it| SHAPE.contains(&it.code.id)).count()
}

fn check(project: &crate::projects::Project, tree: &Value) -> Result<(), TestCaseError> {
    let compiled = project.compile_tree(tree);
    let codes: Vec<&str> = compiled.sink.all().iter().map(|it| it.code.id).collect();
    // A secret is taken out of the tree before anybody looks at its shape; `extends` may bring in anything.
    if codes.contains(&"literal-secret") || tree.get("extends").is_some() {
        return Ok(());
    }
    let said: Vec<String> = SCHEMA.iter_errors(tree).map(|it| format!("{}: {it}", it.instance_path())).collect();
    prop_assert_eq!(said.is_empty(), shape_errors(&compiled) == 0, "{:#?}\n{}", said, shown(&compiled));
    Ok(())
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn the_schema_refuses_what_the_decoder_refuses(project in project(), changes in prop::collection::vec(change(), 1..3)) {
        let tree = changes.iter().fold(project.tree.clone(), |tree, it| it.apply(&tree));
        check(project, &tree)?;
    }
}

#[test]
fn both_accept_every_project() {
    for project in PROJECTS.iter() {
        assert!(SCHEMA.is_valid(&project.tree), "{}", project.name);
        check(project, &project.tree).unwrap();
    }
}
