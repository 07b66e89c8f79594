//! The kinds of a cluster: what it serves, and the paths under which it does.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::dialogue::{Question, Reply};
use super::judge::key_of;

/// How a kind is asked for.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    version: String,
    plural: String,
    pub(super) namespaced: bool,
}

/// Group, kind, namespace and name; see [`key_of`].
pub(super) type Key = (String, String, String, String);

/// What a cluster serves, for somebody whose objects without a namespace are in `namespace`.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    pub(super) namespace: String,
    /// By version and kind.
    known: BTreeMap<(String, String), Kind>,
    /// Versions that the server does not show, with what it said.
    closed: BTreeMap<String, Reply>,
}

/// All kinds in two questions, as servers since 1.26 answer them.
pub(super) fn questions() -> Vec<Question> {
    ["/api", "/apis"].map(|it| Question::Kinds { path: it.to_owned() }).into()
}

/// The kinds of one version, as every server answers.
pub(super) fn question(version: &str) -> Question {
    Question::Get { path: root(version) }
}

impl Kinds {
    pub(super) fn of(namespace: &str) -> Self {
        Self { namespace: namespace.to_owned(), ..Self::default() }
    }

    /// Learns from answers to [`questions`] about the versions that matter; whether they were such answers.
    pub(super) fn learn_all(&mut self, replies: &[Reply], versions: &BTreeSet<String>) -> bool {
        let is_list = |it: &Reply| it.status == 200 && it.body["kind"] == "APIGroupDiscoveryList";
        if !replies.iter().all(is_list) {
            return false;
        }
        let groups = replies.iter().flat_map(|it| items(&it.body["items"]));
        for (group, version) in groups.flat_map(|it| items(&it["versions"]).map(move |version| (it, version))) {
            let group = group["metadata"]["name"].as_str().unwrap_or_default();
            let name = text(&version["version"]);
            let name = if group.is_empty() { name } else { format!("{group}/{name}") };
            if version["freshness"] == "Stale" {
                let why = format!("whoever serves `{name}` to the cluster does not answer it");
                self.closed.insert(name.clone(), Reply::none(&why));
            }
            for it in items(&version["resources"]).filter(|_| versions.contains(&name)) {
                let namespaced = it["scope"] == "Namespaced";
                let kind = Kind { version: name.clone(), plural: text(&it["resource"]), namespaced };
                self.known.insert((name.clone(), text(&it["responseKind"]["kind"])), kind);
            }
        }
        true
    }

    /// Learns from the answer to [`question`].
    pub(super) fn learn(&mut self, version: &str, reply: Reply) {
        for it in items(&reply.body["resources"]).filter(|it| !text(&it["name"]).contains('/')) {
            let namespaced = it["namespaced"].as_bool().unwrap_or_default();
            let kind = Kind { version: version.to_owned(), plural: text(&it["name"]), namespaced };
            self.known.insert((version.to_owned(), text(&it["kind"])), kind);
        }
        if !matches!(reply.status, 200..300 | 404) {
            self.closed.insert(version.to_owned(), reply);
        }
    }

    pub(super) fn get(&self, version: &str, kind: &str) -> Option<&Kind> {
        self.known.get(&(version.to_owned(), kind.to_owned()))
    }

    fn kind(&self, object: &Value) -> Option<&Kind> {
        self.get(object["apiVersion"].as_str()?, object["kind"].as_str()?)
    }

    /// What the server said instead of showing the kinds of a version.
    pub(super) fn closed(&self, version: &str) -> Option<&Reply> {
        self.closed.get(version)
    }

    /// The namespace in which an object is, if its kind has any.
    pub(super) fn namespace(&self, object: &Value) -> Option<String> {
        let named = object["metadata"]["namespace"].as_str().filter(|it| !it.is_empty());
        self.kind(object)?.namespaced.then(|| named.unwrap_or(&self.namespace).to_owned())
    }

    /// The path of an object; `None` where its kind is not served.
    pub(super) fn path(&self, object: &Value) -> Option<String> {
        let name = escaped(object["metadata"]["name"].as_str().unwrap_or_default());
        Some(format!("{}/{name}", self.kind(object)?.path(self.namespace(object).as_deref())))
    }

    /// The path of an object in another version of its kind, which is served.
    pub(super) fn path_elsewhere(&self, object: &Value) -> Option<String> {
        let (group, name) = (key_of(object).0, object["kind"].as_str()?);
        let is_it = |it: &&Kind| it.version.rsplit_once('/').map_or("", |(group, _)| group) == group;
        let mut kinds = self.known.iter().filter(|((_, kind), _)| kind == name).map(|(_, it)| it);
        let kind = kinds.rfind(is_it)?;
        self.path(&json!({"apiVersion": kind.version, "kind": name, "metadata": object["metadata"]}))
    }

    /// What tells an object from others, with the namespace where it is.
    pub(super) fn key(&self, object: &Value) -> Key {
        let mut key = key_of(object);
        if self.kind(object).is_some() {
            // What belongs to the whole cluster is in none, whatever it says.
            let namespace = self.namespace(object).unwrap_or_default();
            key.2 = if namespace == "default" { String::new() } else { namespace };
        }
        key
    }
}

impl Kind {
    /// The path of all objects of the kind, in one namespace or everywhere.
    pub(super) fn path(&self, namespace: Option<&str>) -> String {
        let namespace = namespace.map(|it| format!("namespaces/{}/", escaped(it))).unwrap_or_default();
        format!("{}/{namespace}{}", root(&self.version), self.plural)
    }
}

fn root(version: &str) -> String {
    let path = version.split('/').map(escaped).collect::<Vec<_>>().join("/");
    if path.contains('/') { format!("/apis/{path}") } else { format!("/api/{path}") }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Percent-encoded, so that a name never becomes another path or another question.
pub(super) fn escaped(text: &str) -> String {
    let is_plain =
        |it: u8| it.is_ascii_alphanumeric() || b"-_~".contains(&it) || (it == b'.' && !text.starts_with('.'));
    let part = |it: u8| if is_plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") };
    text.bytes().map(part).collect()
}
