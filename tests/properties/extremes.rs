//! Numbers, amounts and times at the edge of what a machine can count: a debug build ends at the first overflow.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::cases;
use crate::projects::{PROJECTS, project};
use crate::trees::{leaves, with};

const NUMBERS: &[i64] = &[
    i64::MIN,
    -4_294_967_296,
    -1,
    0,
    1,
    65_535,
    65_536,
    2_147_483_647,
    2_147_483_648,
    4_294_967_295,
    4_294_967_296,
    9_007_199_254_740_993,
    i64::MAX,
];

const AMOUNTS: &[&str] = &[
    "0",
    "1",
    "1m",
    "1k",
    "1Ki",
    "0.5Gi",
    "7Ei",
    "8Ei",
    "15Ei",
    "16Ei",
    "18446744073709551615",
    "18446744073709551616",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999Ei",
    "1e3",
    "9e18",
    "1.9999999999999999999Ti",
    "9223372036854775807m",
    "18446744073709551",
    "18446744073709552",
];

const TIMES: &[&str] = &[
    "0s",
    "1s",
    "9999999d",
    "999999999999d",
    "106751991167300d",
    "9223372036854775807s",
    "9223372036854775808s",
    "153722867280912930m",
    "2562047788015215h",
    "2562047788015216h",
    "2147483647s",
    "2147483648s",
    "18446744073709551616d",
];

/// Values at the edge for what stands there.
fn edges(value: &Value) -> Vec<Value> {
    let first = value.as_str().and_then(|it| it.chars().next());
    match value {
        Value::Number(_) => NUMBERS.iter().map(|it| json!(it)).collect(),
        Value::String(text) if first.is_some_and(|it| it.is_ascii_digit()) && text.len() < 8 => {
            AMOUNTS.iter().chain(TIMES).map(|it| json!(it)).collect()
        }
        _ => Vec::new(),
    }
}

/// Where something is counted.
fn counted(tree: &Value) -> Vec<String> {
    leaves(tree).into_iter().filter(|it| !edges(tree.pointer(it).unwrap()).is_empty()).collect()
}

/// The tree with other values at some of its places.
fn changed(tree: &Value, places: &[(Index, Index)]) -> Value {
    let counted = counted(tree);
    places.iter().fold(tree.clone(), |changed, (at, edge)| {
        let at = at.get::<String>(&counted);
        let edges = edges(tree.pointer(at).unwrap());
        with(&changed, at, edge.get(&edges).clone())
    })
}

fn check(project: &crate::projects::Project, tree: &Value) -> Result<(), TestCaseError> {
    crate::check(&project.compile_tree(tree))
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn what_cannot_be_counted_is_a_mistake(
        project in project(), places in prop::collection::vec((any::<Index>(), any::<Index>()), 1..4)
    ) {
        check(project, &changed(&project.tree, &places))?;
    }
}

proptest! {
    #![proptest_config(cases(16))]

    /// The same edge in every place of one key: what is summed is large in all its parts.
    #[test]
    fn what_cannot_be_summed_is_a_mistake(project in project(), at in any::<Index>(), edge in any::<Index>()) {
        let tree = &project.tree;
        let counted = counted(tree);
        let key = |it: &str| it.rsplit('/').next().unwrap().to_owned();
        let chosen = key(at.get::<String>(&counted));
        let alike = counted.iter().filter(|it| key(it) == chosen);
        let tree = alike.fold(tree.clone(), |changed, at| {
            let edges = edges(tree.pointer(at).unwrap());
            with(&changed, at, edge.get(&edges).clone())
        });
        check(project, &tree)?;
    }
}

#[test]
fn the_ends_of_the_numbers_of_the_language_are_compiled_or_refused() {
    let project = PROJECTS.last().unwrap();
    for (at, value) in [
        ("/services/api/replicas", json!(4_294_967_295_u32)),
        ("/stages/prepare/parallelism", json!(4_294_967_295_u32)),
        ("/stages/train/distributed/nodes", json!(4_294_967_295_u32)),
        ("/cluster/pools/general/nodes", json!(4_294_967_295_u32)),
        ("/stages/train/timeout", json!("9999999d")),
        ("/defaults/timeout", json!("106751991167300d")),
        ("/defaults/resources/memory", json!("15Ei")),
        ("/data/work/size", json!("15Ei")),
        ("/services/front/rollout/max-surge", json!(2_147_483_648_u32)),
        ("/services/api/disruption/max-unavailable", json!(2_147_483_648_u32)),
        // The least of what is halved.
        ("/defaults/resources/memory", json!("1k")),
    ] {
        if let Some(known) = project.tree.pointer(at) {
            check(project, &with(&project.tree, at, value.clone())).unwrap_or_else(|it| panic!("{at} = {known}: {it}"));
        }
    }
}
