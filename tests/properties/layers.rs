//! The laws of layers: nothing added changes nothing, the nearer layer wins, and it does not matter which layers are
//! put together first.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::cases;
use crate::projects::{PROJECTS, Project, said, toml, written};
use crate::same::{in_any_order, literal, quoted};
use crate::trees::{steps, with_path};

/// The projects without the rules of a house, which forbid layers much of what they say here.
static FREE: LazyLock<Vec<Project>> = LazyLock::new(|| {
    let free = |project: &Project| {
        let mut project = project.clone();
        project.tree.as_object_mut().unwrap().remove("house");
        project
    };
    PROJECTS.iter().map(free).collect()
});

/// Where a value stands that one layer replaces as a whole: no table, and nothing inside a list. What the origin of a
/// secret needs goes with it, so that `from` is no such place.
fn replaced(tree: &Value) -> Vec<Vec<String>> {
    let places = crate::trees::places(tree).into_iter().map(|it| (steps(&it), it));
    let of_this_file = |it: &[String]| !["environments", "extends", "schema", "patches"].contains(&it[0].as_str());
    let inside_list = |pointer: &str| {
        let parents = pointer.match_indices('/').skip(1).map(|(at, _)| &pointer[..at]);
        parents.filter_map(|it| tree.pointer(it)).any(Value::is_array)
    };
    let is_value = |pointer: &str| tree.pointer(pointer).is_some_and(|it| !it.is_object()) && !inside_list(pointer);
    let is_origin = |it: &[String]| it[0] == "secrets" && it.last().is_some_and(|it| it == "from");
    places
        .filter(|(path, pointer)| of_this_file(path) && is_value(pointer) && !is_origin(path))
        .map(|it| it.0)
        .collect()
}

fn pointer(path: &[String]) -> String {
    path.iter().map(|it| format!("/{}", it.replace('~', "~0").replace('/', "~1"))).collect()
}

/// A place of a project, and three values of its type.
#[derive(Clone, Debug)]
struct Change {
    project: usize,
    path: Vec<String>,
    values: [Value; 3],
}

impl Change {
    fn any() -> impl Strategy<Value = Self> {
        (0..FREE.len(), any::<prop::sample::Index>(), prop::array::uniform3(0_u64..40)).prop_map(
            |(project, at, numbers)| {
                let tree = &FREE[project].tree;
                let paths = replaced(tree);
                let path = at.get(&paths).clone();
                let values = numbers.map(|it| other(tree.pointer(&pointer(&path)).unwrap(), it));
                Self { project, path, values }
            },
        )
    }

    fn project(&self) -> &'static Project {
        &FREE[self.project]
    }

    /// The spec with a value at the place, which no environment sets any more.
    fn file(&self, value: &Value) -> Value {
        let mut tree = with_path(&self.project().tree, &self.path, value.clone());
        let environments = tree.get_mut("environments").and_then(Value::as_object_mut);
        for (_, overlay) in environments.into_iter().flatten() {
            remove(overlay, &self.path);
        }
        tree
    }

    fn set(&self, value: &Value) -> String {
        let keys: Vec<String> = self.path.iter().map(|it| quoted(it)).collect();
        format!("{}={}", keys.join("."), literal(value))
    }
}

/// A value of the same type; most of them still mean something.
fn other(value: &Value, number: u64) -> Value {
    match value {
        Value::Bool(it) => Value::Bool(*it != number.is_multiple_of(2)),
        Value::Number(_) => number.into(),
        Value::String(text) => match text.trim_start_matches(|it: char| it.is_ascii_digit()) {
            unit if unit.len() < text.len() && unit.bytes().all(|it| it.is_ascii_alphabetic()) => {
                format!("{}{unit}", number + 1).into()
            }
            _ if number.is_multiple_of(4) => format!("{text}{number}").into(),
            _ => text.as_str().into(),
        },
        Value::Array(items) => items.iter().skip(usize::from(number.is_multiple_of(2))).cloned().collect(),
        other => other.clone(),
    }
}

fn remove(tree: &mut Value, path: &[String]) {
    let (last, parents) = path.split_last().unwrap();
    let table = parents.iter().try_fold(tree, |node, step| node.get_mut(step)).and_then(Value::as_object_mut);
    table.and_then(|it| it.remove(last));
}

/// What a compilation gives for one environment.
fn of(compiled: &mlopsc::compile::Compiled, environment: &str) -> BTreeMap<String, String> {
    written(compiled).into_iter().filter(|(path, _)| path.starts_with(&format!("{environment}/"))).collect()
}

#[test]
fn a_layer_that_says_nothing_changes_nothing() {
    for project in FREE.iter() {
        let before = project.compile_tree(&project.tree);
        let mut on_nothing = project.tree.clone();
        on_nothing["extends"] = json!("platform/empty.toml");
        let mut of_nothing = project.tree.clone();
        let tables: Map<String, Value> = project.tree.as_object().unwrap().clone();
        let empty = |it: &Value| if it.is_object() { json!({}) } else { Value::Null };
        for (_, overlay) in of_nothing.get_mut("environments").and_then(Value::as_object_mut).into_iter().flatten() {
            for (key, value) in &tables {
                if value.is_object() && !["environments", "cluster"].contains(&key.as_str()) {
                    overlay.as_object_mut().unwrap().entry(key.clone()).or_insert(empty(value));
                }
            }
        }
        let more = [("platform/empty.toml", "# nothing\n")];
        for tree in [on_nothing, of_nothing] {
            let after = project.compile_with(toml(&tree), &more, &[]);
            assert_eq!(said(&before), said(&after), "{}", project.name);
            assert_eq!(written(&before), written(&after), "{}", project.name);
        }
    }
}

/// Puts one tree on top of another, as `resolve` says: tables key by key, everything else replaces.
fn merged(below: &Value, above: &Value) -> Value {
    let (Value::Object(below), Value::Object(above)) = (below, above) else { return above.clone() };
    let mut tables = below.clone();
    for (key, value) in above {
        let value = below.get(key).map_or_else(|| value.clone(), |it| merged(it, value));
        tables.insert(key.clone(), value);
    }
    Value::Object(tables)
}

/// Splits a spec: each value stands in one of three layers, and those below say something else of it.
fn layers(project: &Project, choices: &[u8]) -> [Value; 3] {
    let mut layers = [json!({}), json!({}), json!({})];
    let paths = crate::trees::places(&project.tree).into_iter().map(|it| steps(&it));
    let parents = paths.clone().filter(|it| it.len() == 1).map(|it| it[0].clone());
    // Every layer has the tables in the same order: what is said of order is said elsewhere.
    for table in parents.filter(|it| project.tree[it].is_object()) {
        layers.iter_mut().for_each(|it| it[table.as_str()] = json!({}));
    }
    let mut all = replaced(&project.tree);
    let others = ["environments", "schema", "patches"].into_iter().filter(|it| project.tree.get(it).is_some());
    let origins = paths.filter(|it| it[0] == "secrets" && it.len() == 3 && it[2] == "from");
    all.extend(others.map(|it| vec![it.to_owned()]).chain(origins));
    for (path, choice) in all.into_iter().zip(choices.iter().cycle()) {
        let value = project.tree.pointer(&pointer(&path)).unwrap();
        let layer = usize::from(choice % 3);
        layers[layer] = with_path(&layers[layer], &path, value.clone());
        let may_differ = !["environments", "schema", "patches", "secrets"].contains(&path[0].as_str());
        if layer > 0 && choice % 2 == 0 && may_differ {
            let below = usize::from(*choice) / 6 % layer;
            layers[below] = with_path(&layers[below], &path, other(value, u64::from(choice % 16) | 1));
        }
    }
    layers
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn a_change_from_the_command_line_is_one_of_the_file(change in Change::any()) {
        let [value, old, _] = &change.values;
        let by_file = change.project().compile_tree(&change.file(value));
        let by_set = change.project().compile_with(toml(&change.file(old)), &[], &[change.set(value)]);
        let old_alone = change.project().compile_tree(&change.file(old));
        // A value that is wrong is a mistake of its layer, whether another one replaces it or not.
        if !old_alone.sink.has_errors() {
            // A table that the file uses is in use, whatever one run sets.
            let findings = |it| said(it).into_iter().filter(|it| it.1 != "unused-table").collect::<Vec<_>>();
            prop_assert_eq!(findings(&by_file), findings(&by_set), "{}", change.set(value));
            prop_assert_eq!(written(&by_file), written(&by_set), "{}", change.set(value));
        }
    }
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn the_environment_wins_over_the_file_and_the_command_line_over_both(change in Change::any()) {
        let project = change.project();
        let environments = project.tree.get("environments").and_then(Value::as_object);
        let [low, middle, high] = &change.values;
        // Which layer wins is only seen where each says something else, and something that may be said.
        prop_assume!(environments.is_some() && low != middle && middle != high);
        prop_assume!(change.values.iter().all(|it| !project.compile_tree(&change.file(it)).sink.has_errors()));
        let environments = environments.unwrap();
        for (name, overlay) in environments {
            // `cluster` of an environment may be its own word.
            if overlay.get(&change.path[0]).is_some_and(|it| !it.is_object()) {
                continue;
            }
            let path: Vec<String> = ["environments".to_owned(), name.clone()].into_iter().chain(change.path.clone()).collect();
            let layered = with_path(&change.file(low), &path, middle.clone());
            let overlaid = project.compile_tree(&layered);
            prop_assert_eq!(of(&overlaid, name), of(&project.compile_tree(&change.file(middle)), name), "{:?}", path);
            let set = project.compile_with(toml(&layered), &[], &[change.set(high)]);
            prop_assert_eq!(of(&set, name), of(&project.compile_tree(&change.file(high)), name), "{:?}", path);
        }
    }

    #[test]
    fn it_does_not_matter_which_layers_are_joined_first(
        project in (0..FREE.len()).prop_map(|it| &FREE[it]), choices in prop::collection::vec(any::<u8>(), 1..200)
    ) {
        let [bottom, middle, top] = layers(project, &choices);
        let on = |tree: &Value, base: &str| {
            let mut tree = tree.clone();
            tree["extends"] = json!(base);
            toml(&tree)
        };
        let whole = project.compile_tree(&merged(&merged(&bottom, &middle), &top));
        let bottom_text = toml(&bottom);
        let chain = project.compile_with(
            on(&top, "house/middle.toml"),
            &[("house/middle.toml", &on(&middle, "bottom.toml")), ("house/bottom.toml", &bottom_text)],
            &[],
        );
        let left = project.compile_with(
            on(&top, "house/joined.toml"),
            &[("house/joined.toml", &toml(&merged(&bottom, &middle)))],
            &[],
        );
        let right = project.compile_with(
            on(&merged(&middle, &top), "house/bottom.toml"),
            &[("house/bottom.toml", &bottom_text)],
            &[],
        );
        // A value that is wrong is a mistake of its layer, whether another one replaces it or not.
        if chain.sink.has_errors() {
            return Ok(());
        }
        // A file that is written anew has its tables behind its other keys.
        prop_assert_eq!(said(&chain), said(&left));
        prop_assert_eq!(said(&chain), said(&right));
        prop_assert_eq!(in_any_order(&chain), in_any_order(&left));
        prop_assert_eq!(in_any_order(&chain), in_any_order(&right));
        prop_assert_eq!(in_any_order(&chain), in_any_order(&whole));
    }
}

#[test]
fn the_last_of_two_changes_wins() {
    let project = &FREE[0];
    let compiled = |values: &[&str]| {
        let set: Vec<String> = values.iter().map(|it| format!("project.version={it}")).collect();
        project.compile_with(&project.spec, &[], &set)
    };
    let set = |values: &[&str]| written(&compiled(values));
    assert_eq!(set(&["1.0.0", "2.0.0"]), set(&["2.0.0"]));
    assert_ne!(set(&["1.0.0", "2.0.0"]), set(&["1.0.0"]));
    let tree = with_path(&project.tree, &["project".to_owned(), "version".to_owned()], "2.0.0".into());
    assert_eq!(in_any_order(&project.compile_tree(&tree)), in_any_order(&compiled(&["2.0.0"])));
}
