//! Changes at random, of what is wanted and of what is there.

use serde_json::{Value, json};

/// A row of numbers that is the same for the same seed (SplitMix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((it ^ (it >> 31)) % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    pub(crate) fn of<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

/// Changes what is wanted, and says how.
pub(crate) fn of_wanted(object: &mut Value, random: &mut Random) -> String {
    let mut said = Vec::new();
    for _ in 0..*random.of(&[0, 1, 1, 1, 1, 2, 3]) {
        said.push(match random.below(9) {
            0 => note(object, random),
            1 | 2 => scalar(object, random),
            3 => remove(object, random),
            4 => reorder(object, random),
            5 => respell(object, random),
            6 => nothing(object, random),
            7 => default(object, random),
            _ => add(object, random),
        });
    }
    said.join(", ")
}

/// A change of what is there, by somebody else.
pub(crate) struct Drift {
    pub(crate) said: String,
    /// Operations of a JSON patch, or the fields that another manager applies.
    pub(crate) change: Change,
    pub(crate) manager: &'static str,
}

pub(crate) enum Change {
    Patch(Value),
    Apply(Value),
}

pub(crate) fn of_live(live: &Value, random: &mut Random) -> Option<Drift> {
    let manager = *random.of(&["kubectl-edit", "hpa", "vpa"]);
    let mut changed = live.clone();
    let said = match random.below(12) {
        0 => note(&mut changed, random),
        1 => scalar(&mut changed, random),
        2 => remove(&mut changed, random),
        3 => reorder(&mut changed, random),
        4 if !live["spec"]["replicas"].is_null() => {
            changed["spec"]["replicas"] = random.below(9).into();
            "replicas".to_owned()
        }
        5 => add(&mut changed, random),
        6 => {
            let patch = json!([{"op": "replace", "path": "/metadata/managedFields", "value": [{}]}]);
            return Some(Drift { said: "nobody owns anything".to_owned(), change: Change::Patch(patch), manager });
        }
        7 => {
            let (version, kind) = (&live["apiVersion"], &live["kind"]);
            let name = json!({"name": live["metadata"]["name"], "namespace": live["metadata"]["namespace"]});
            let mut applied = json!({"apiVersion": version, "kind": kind, "metadata": name});
            applied["metadata"]["labels"] = json!({"others.example.org/x": "1"});
            if let Some(labels) = live["metadata"]["labels"].as_object().filter(|_| random.chance(2))
                && let Some((key, value)) = labels.iter().next()
            {
                applied["metadata"]["labels"][key] = value.clone();
            }
            return Some(Drift {
                said: "somebody applies labels".to_owned(),
                change: Change::Apply(applied),
                manager: "other",
            });
        }
        _ => return None,
    };
    let fields = changed.as_object()?.iter().filter(|(key, it)| live[*key] != **it && *key != "metadata");
    let operation = |path: String, it: &Value| json!({"op": "add", "path": path, "value": it});
    let mut operations: Vec<Value> = fields.map(|(key, it)| operation(format!("/{key}"), it)).collect();
    for key in ["labels", "annotations"] {
        if changed["metadata"][key] != live["metadata"][key] && changed["metadata"][key].is_object() {
            operations.push(operation(format!("/metadata/{key}"), &changed["metadata"][key]));
        }
    }
    Some(Drift { said, change: Change::Patch(Value::Array(operations)), manager })
}

fn note(object: &mut Value, random: &mut Random) -> String {
    let (map, key) = (
        *random.of(&["labels", "annotations"]),
        *random.of(&["example.org/a", "b", "storage", "app.kubernetes.io/version"]),
    );
    if !object["metadata"][map].is_object() {
        object["metadata"][map] = json!({});
    }
    object["metadata"][map][key] = format!("{}", random.below(3)).into();
    format!("{map}.{key}")
}

/// JSON pointers of everything in an object that `is_it`, but for what tells it from others.
fn pointers(object: &Value, is_it: &dyn Fn(&Value) -> bool) -> Vec<String> {
    fn walk(value: &Value, at: &str, is_it: &dyn Fn(&Value) -> bool, found: &mut Vec<String>) {
        let own = [
            "/apiVersion",
            "/kind",
            "/metadata/name",
            "/metadata/namespace",
            "/metadata/managedFields",
            "/status",
            "/metadata/uid",
            "/metadata/resourceVersion",
            "/metadata/creationTimestamp",
            "/metadata/generation",
        ];
        if own.contains(&at) {
            return;
        }
        if !at.is_empty() && at != "/metadata" && is_it(value) {
            found.push(at.to_owned());
        }
        match value {
            Value::Object(map) => map.iter().for_each(|(key, it)| {
                walk(it, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), is_it, found);
            }),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(key, it)| walk(it, &format!("{at}/{key}"), is_it, found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(object, "", is_it, &mut found);
    found
}

/// Calls `change` on one of the places that `is_it`.
fn somewhere(
    object: &mut Value,
    random: &mut Random,
    is_it: &dyn Fn(&Value) -> bool,
    change: impl FnOnce(&mut Value, &mut Random),
) -> String {
    let places = pointers(object, is_it);
    if places.is_empty() {
        return "nothing".to_owned();
    }
    let place = random.of(&places).clone();
    change(object.pointer_mut(&place).unwrap(), random);
    place
}

fn scalar(object: &mut Value, random: &mut Random) -> String {
    let is_it = |it: &Value| !it.is_object() && !it.is_array();
    let place = somewhere(object, random, &is_it, |it, random| match it {
        Value::String(text) => text.push_str(["x", "1", "-y"][random.below(3)]),
        Value::Number(number) => *it = (number.as_i64().unwrap_or_default() + 1).into(),
        Value::Bool(is) => *is = !*is,
        other => *other = 1.into(),
    });
    format!("changed {place}")
}

fn remove(object: &mut Value, random: &mut Random) -> String {
    let places = pointers(object, &|_| true);
    if places.is_empty() {
        return "removed nothing".to_owned();
    }
    let place = random.of(&places).clone();
    let (around, key) = place.rsplit_once('/').unwrap();
    match object.pointer_mut(around).unwrap() {
        Value::Object(map) => drop(map.shift_remove(&key.replace("~1", "/").replace("~0", "~"))),
        Value::Array(items) => drop(items.remove(key.parse().unwrap())),
        _ => {}
    }
    format!("removed {place}")
}

fn reorder(object: &mut Value, random: &mut Random) -> String {
    let is_it = |it: &Value| it.as_array().is_some_and(|it| it.len() > 1);
    let place = somewhere(object, random, &is_it, |it, random| {
        let items = it.as_array_mut().unwrap();
        let last = items.len() - 1;
        if random.chance(2) { items.reverse() } else { items.swap(0, last) }
    });
    format!("reordered {place}")
}

fn respell(object: &mut Value, random: &mut Random) -> String {
    let spelt = |it: &Value| -> Vec<Value> {
        match it {
            Value::String(text) => match text.as_str() {
                "true" | "false" => Vec::new(),
                text if text.parse::<u32>().is_ok() => {
                    let number: u32 = text.parse().unwrap();
                    vec![
                        json!(format!("{}m", u64::from(number) * 1000)),
                        json!(number),
                        json!(format!("{number}.0")),
                        json!(format!("{number}e0")),
                    ]
                }
                text if text.ends_with("Gi") && text[..text.len() - 2].parse::<u64>().is_ok() => {
                    let number: u64 = text[..text.len() - 2].parse().unwrap();
                    vec![
                        json!(format!("{}Mi", number * 1024)),
                        json!((number << 30).to_string()),
                        json!(format!("{}.0Gi", number)),
                    ]
                }
                text if text.ends_with('m') && text[..text.len() - 1].parse::<u64>().is_ok() => {
                    let number: u64 = text[..text.len() - 1].parse().unwrap();
                    vec![json!(format!("0.{number:03}")), json!(format!("{}u", number * 1000))]
                }
                _ => Vec::new(),
            },
            Value::Number(number) => vec![json!(number.to_string())],
            _ => Vec::new(),
        }
    };
    let is_it = |it: &Value| !spelt(it).is_empty();
    let place = somewhere(object, random, &is_it, |it, random| *it = random.of(&spelt(it)).clone());
    format!("respelt {place}")
}

fn nothing(object: &mut Value, random: &mut Random) -> String {
    let nothings = [json!(null), json!({}), json!([]), json!(""), json!(0), json!(false)];
    let nothing = random.of(&nothings).clone();
    let place = somewhere(object, random, &|_| true, |it, _| *it = nothing.clone());
    format!("{nothing} in {place}")
}

/// Says what a server would say by itself, or does not keep.
fn default(object: &mut Value, random: &mut Random) -> String {
    let is_it =
        |it: &Value| it.get("image").is_some() || it.get("containers").is_some() || it.get("template").is_some();
    let containers = [
        json!({"imagePullPolicy": "IfNotPresent"}),
        json!({"terminationMessagePath": "/dev/termination-log"}),
        json!({"stdin": false}),
        json!({"tty": false}),
        json!({"args": []}),
        json!({"resources": {}}),
        json!({"env": null}),
        json!({"env": [{"name": "A", "value": ""}, {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]}),
    ];
    let pods = [
        json!({"hostNetwork": false}),
        json!({"terminationGracePeriodSeconds": 30}),
        json!({"dnsPolicy": "ClusterFirst"}),
        json!({"nodeSelector": {}}),
        json!({"tolerations": []}),
        json!({"securityContext": {}}),
        json!({"schedulerName": "default-scheduler"}),
        json!({"automountServiceAccountToken": false}),
        json!({"hostUsers": null}),
        json!({"imagePullSecrets": [{"name": "a"}]}),
    ];
    let others = [
        json!({"replicas": 1}),
        json!({"minReadySeconds": 0}),
        json!({"paused": false}),
        json!({"suspend": false}),
        json!({"revisionHistoryLimit": 10}),
    ];
    let mut said = Value::Null;
    let place = somewhere(object, random, &is_it, |it, random| {
        let choices: &[Value] = if it.get("image").is_some() {
            &containers
        } else if it.get("containers").is_some() {
            &pods
        } else {
            &others
        };
        said = random.of(choices).clone();
        it.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    });
    format!("{said} in {place}")
}

fn add(object: &mut Value, random: &mut Random) -> String {
    match object["kind"].as_str().unwrap_or_default() {
        "ConfigMap" if object["data"].is_object() => {
            object["data"]["more"] = random.of(&["1", "1000m", ""]).to_owned().into();
            "data.more".to_owned()
        }
        "Secret" => {
            object["stringData"] = json!({"more": "hunter2222"});
            "stringData".to_owned()
        }
        _ => {
            let is_it = |it: &Value| it.as_array().is_some_and(|it| it.iter().any(|it| it.get("name").is_some()));
            let place = somewhere(object, random, &is_it, |it, random| {
                let items = it.as_array_mut().unwrap();
                let mut item = random.of(items).clone();
                item["name"] = "added".into();
                let at = random.below(items.len() + 1);
                items.insert(at, item);
            });
            if place == "nothing" { note(object, random) } else { format!("added to {place}") }
        }
    }
}
