//! The file as a whole: what it asks for, and origins.

use super::*;
use crate::support::judges::harness::tests;

tests!(compose_refuses_to_run_without_a_secret, every_leaf_knows_where_it_came_from);

fn compose_refuses_to_run_without_a_secret() {
    let emission = Emission::of_unread(crate::differences::DIFFERENT);
    let Some(mut readings) = read(std::slice::from_ref(&emission.environment)) else { return };
    let findings = readings.remove(0).findings;
    let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
    let why = "required variable SECRET_DATABASE_USERNAME is missing a value: the key username of the secret database is not set";
    assert!(finding.message.contains(why), "{finding}");
}

fn every_leaf_knows_where_it_came_from() {
    fn unknown(node: &Node, at: &str, found: &mut Vec<String>) {
        match &node.value {
            Part::Map(map) => map.iter().for_each(|(key, it)| unknown(it, &format!("{at}/{key}"), found)),
            Part::List(items) => {
                items.iter().enumerate().for_each(|(index, it)| unknown(it, &format!("{at}/{index}"), found));
            }
            _ if node.origin == Origin::NONE => found.push(at.to_owned()),
            _ => {}
        }
    }
    let emission = Emission::of_unread(SPEC);
    let mut found = Vec::new();
    unknown(&emission.tree(), "", &mut found);
    assert_eq!(found, Vec::<String>::new());
    let at = |path: &[&str]| emission.tree().at(path.iter().copied()).expect("it is there").origin;
    let written = |path: &[&str]| at(path).rule.is_none() && at(path).node.is_some();
    assert!(written(&["services", "train", "command", "1"]));
    assert!(written(&["services", "api", "annotations", "0"]));
    let memory = at(&["services", "train", "deploy", "resources", "limits", "memory"]);
    assert_eq!(memory, Origin { rule: Some(mlopsc::plan::LIMITS), ..memory });
    assert!(memory.node.is_some());
}
