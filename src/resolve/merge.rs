//! Merging of trees: tables key by key, everything else replaces. The origin of every leaf stays its own.

use smol_str::SmolStr;

use crate::source::{Map, Node, Value};

/// Keys with a short form, and the field of their table that it stands for. A test holds this against the schema.
pub const SHORT_FORMS: &[(&str, &str)] = &[
    ("distributed", "nodes"),
    ("gpu", "count"),
    ("image", "ref"),
    ("live", "http"),
    ("proxy", "enabled"),
    ("ready", "http"),
    ("retention", "age"),
    ("rollout", "form"),
    ("startup", "http"),
];

/// Puts `over` on top of `base`.
pub(super) fn merge(base: &mut Node, over: &Node) {
    match (&mut base.value, &over.value) {
        (Value::Map(below), Value::Map(above)) => merge_maps(below, above),
        _ => *base = over.clone(),
    }
}

/// Puts `under` below what is there: `base` wins.
pub(super) fn merge_under(base: &mut Node, under: &Node) {
    let mut merged = under.clone();
    merge(&mut merged, base);
    // The table is the base's own, whatever joined it.
    merged.origin = base.origin;
    *base = merged;
}

fn merge_maps(below: &mut Map, above: &Map) {
    for (key, over) in above.iter() {
        match below.get_mut(key) {
            None => below.set(key.clone(), over.clone()),
            Some(base) => {
                if let Some((_, field)) = SHORT_FORMS.iter().find(|(it, _)| it == key) {
                    let over = lift(base, over, field);
                    merge(base, &over);
                } else {
                    merge(base, over);
                }
            }
        }
    }
}

/// Where one side is short and the other a table, makes a table of the short one, so that they meet field by field.
fn lift(base: &mut Node, over: &Node, field: &str) -> Node {
    let table = |node: &Node| {
        let fields: Map = std::iter::once((SmolStr::new(field), node.clone())).collect();
        Node::new(fields, node.origin)
    };
    match (base.as_map().is_some(), over.as_map().is_some()) {
        (false, true) => {
            *base = table(base);
            over.clone()
        }
        (true, false) => table(over),
        _ => over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::Origin;

    fn merged(base: serde_json::Value, over: serde_json::Value) -> serde_json::Value {
        let mut base = Node::from_json(&base, Origin::NONE);
        merge(&mut base, &Node::from_json(&over, Origin::NONE));
        base.to_json()
    }

    #[test]
    fn tables_merge_and_the_rest_replaces() {
        let base = json!({"a": {"x": 1, "y": [1, 2]}, "b": 1});
        let over = json!({"a": {"y": [3]}, "c": 2});
        assert_eq!(merged(base, over), json!({"a": {"x": 1, "y": [3]}, "b": 1, "c": 2}));
    }

    #[test]
    fn short_forms_meet_tables_field_by_field() {
        assert_eq!(
            merged(json!({"gpu": 4}), json!({"gpu": {"mig": "1g.5gb"}})),
            json!({"gpu": {"count": 4, "mig": "1g.5gb"}})
        );
        let base = json!({"gpu": {"count": 4, "min-memory": "40Gi"}});
        assert_eq!(merged(base, json!({"gpu": 2})), json!({"gpu": {"count": 2, "min-memory": "40Gi"}}));
        assert_eq!(merged(json!({"gpu": 4}), json!({"gpu": 2})), json!({"gpu": 2}));
    }

    #[test]
    fn what_is_there_wins_over_what_is_put_under() {
        let mut base = Node::from_json(&json!({"user": {"uid": 5}}), Origin::NONE);
        merge_under(&mut base, &Node::from_json(&json!({"user": {"uid": 1, "gid": 2}, "retries": 3}), Origin::NONE));
        assert_eq!(base.to_json(), json!({"user": {"uid": 5, "gid": 2}, "retries": 3}));
    }
}
