//! What a cluster is asked, and in which order: its kinds, what is there, and what it would make of what is wanted.
//!
//! A few requests for each kind, then one dry run for each object; every round goes out at once. Whoever carries the
//! questions is a [`Server`], so that all of it is tried without a network.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::judge::{Answer, key_of};
use super::owners;
use super::refusal::Refusal;
use crate::object::Object;

/// A question to a cluster. There are no others, and neither changes anything.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Reads what is at a path of the API.
    Get { path: String },
    /// Asks what would come of applying an object, which is not done.
    DryRun { path: String, manager: String, force: bool, body: Value },
}

/// What a server answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
}

/// Something that carries questions to a cluster, all of one call at once.
pub trait Server {
    type Error;

    /// The replies, in the order of the questions.
    ///
    /// # Errors
    /// What concerns the whole run and no single object: there is no server, or it does not know who asks.
    fn ask(&mut self, questions: Vec<Question>) -> Result<Vec<Reply>, Self::Error>;
}

/// What the questions are about.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Who applies here; found out where nobody says it.
    pub manager: Option<String>,
    /// The namespace of objects that name none.
    pub namespace: String,
}

/// What a cluster said.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// By wanted object, what is there.
    pub live: Vec<Option<Value>>,
    /// By wanted object, what the dry run gave.
    pub answers: Vec<Answer>,
    pub orphans: Vec<Value>,
    pub notes: Vec<String>,
}

/// The manager of `kubectl apply --server-side`.
const MANAGER: &str = "kubectl";

/// Kinds that this compiler emits: what it emitted once may be of a kind that it does not emit now.
pub(super) const EMITTED: &[(&str, &str)] = &[
    ("v1", "ConfigMap"),
    ("v1", "LimitRange"),
    ("v1", "Namespace"),
    ("v1", "PersistentVolume"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "ResourceQuota"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("bitnami.com/v1alpha1", "SealedSecret"),
    ("cert-manager.io/v1", "Certificate"),
    ("external-secrets.io/v1", "ExternalSecret"),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"),
    ("monitoring.coreos.com/v1", "PodMonitor"),
    ("networking.k8s.io/v1", "Ingress"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("policy/v1", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("scheduling.k8s.io/v1", "PriorityClass"),
];

/// Asks a cluster about everything that is wanted.
///
/// # Errors
/// The whole run failed; see [`Server::ask`].
pub fn observe<S: Server>(server: &mut S, wanted: &[Object], scope: &Scope) -> Result<Seen, S::Error> {
    let wanted: Vec<Value> = wanted.iter().map(|it| it.node.to_json()).collect();
    let mut dialogue = Dialogue { server, scope, wanted: &wanted, kinds: BTreeMap::new(), seen: Seen::default() };
    dialogue.learn_kinds()?;
    let listed = dialogue.list()?;
    dialogue.find(&listed)?;
    dialogue.prove()?;
    let keys: BTreeSet<_> = wanted.iter().map(|it| dialogue.key(it)).collect();
    let strangers = listed.into_iter().filter(|it| !keys.contains(&key_of(it)) && !is_made_by_others(it, &wanted));
    dialogue.seen.orphans = strangers.collect();
    Ok(dialogue.seen)
}

/// What is there, was made from the same spec as what is wanted, and is not among it. In a folder of manifests, which
/// nobody applied, it is all the rest.
pub(super) fn orphans<'v>(wanted: &[Object], live: &'v [Value]) -> Vec<&'v Value> {
    let wanted: Vec<Value> = wanted.iter().map(|it| it.node.to_json()).collect();
    let keys: BTreeSet<_> = wanted.iter().map(key_of).collect();
    let inventories: BTreeSet<String> = wanted.iter().filter_map(inventory).collect();
    let is_ours = |it: &Value| inventory(it).is_some_and(|it| inventories.contains(&it));
    let is_manifest = |it: &Value| it["metadata"].get("uid").is_none();
    let found = live.iter().filter(|it| !keys.contains(&key_of(it)) && !is_made_by_others(it, &wanted));
    found.filter(|it| is_ours(it) || is_manifest(it)).collect()
}

/// The labels that say which spec, in which environment, an object was made from.
fn inventory(object: &Value) -> Option<String> {
    let labels = &object["metadata"]["labels"];
    let instance = labels["app.kubernetes.io/instance"].as_str()?;
    let is_ours = labels["app.kubernetes.io/managed-by"] == "mlopsc";
    let whole = format!("app.kubernetes.io/managed-by=mlopsc,app.kubernetes.io/instance={instance}");
    let environment = labels["mlopsc.dev/environment"].as_str();
    is_ours.then(|| environment.map_or_else(|| whole.clone(), |it| format!("{whole},mlopsc.dev/environment={it}")))
}

/// Whether a controller made an object from another, which is why it carries the labels of that.
fn is_made_by_others(object: &Value, wanted: &[Value]) -> bool {
    let owners = object["metadata"]["ownerReferences"].as_array();
    let owned = owners.is_some_and(|it| !it.is_empty());
    owned || (object["kind"] == "PersistentVolumeClaim" && wanted.iter().any(|it| is_claim_of(object, it)))
}

/// Whether a claim was made from a template of a StatefulSet.
fn is_claim_of(claim: &Value, set: &Value) -> bool {
    let name = claim["metadata"]["name"].as_str().unwrap_or_default();
    let set_name = set["metadata"]["name"].as_str().unwrap_or_default();
    let templates = set["spec"]["volumeClaimTemplates"].as_array().into_iter().flatten();
    let mut names = templates.filter_map(|it| it["metadata"]["name"].as_str());
    names.any(|it| {
        let ordinal = name.strip_prefix(&format!("{it}-{set_name}-"));
        ordinal.is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
    })
}

/// How a kind is asked for.
#[derive(Clone, Debug)]
struct Kind {
    version: String,
    plural: String,
    namespaced: bool,
}

type Key = (String, String, String, String);

struct Dialogue<'d, S> {
    server: &'d mut S,
    scope: &'d Scope,
    wanted: &'d [Value],
    /// By version and kind.
    kinds: BTreeMap<(String, String), Kind>,
    seen: Seen,
}

impl<S: Server> Dialogue<'_, S> {
    fn learn_kinds(&mut self) -> Result<(), S::Error> {
        let own = self.wanted.iter().map(|it| text(&it["apiVersion"]));
        let versions: BTreeSet<String> = own.chain(EMITTED.iter().map(|(it, _)| (*it).to_owned())).collect();
        let versions: Vec<String> = versions.into_iter().collect();
        let questions = versions.iter().map(|it| Question::Get { path: root(it) }).collect();
        for (version, reply) in versions.iter().zip(self.server.ask(questions)?) {
            for it in reply.body["resources"].as_array().into_iter().flatten() {
                let plural = text(&it["name"]);
                if !plural.contains('/') {
                    let namespaced = it["namespaced"].as_bool().unwrap_or_default();
                    let kind = Kind { version: version.clone(), plural, namespaced };
                    self.kinds.insert((version.clone(), text(&it["kind"])), kind);
                }
            }
        }
        Ok(())
    }

    /// Everything that carries the labels of what is wanted, page by page.
    fn list(&mut self) -> Result<Vec<Value>, S::Error> {
        let inventories: BTreeSet<String> = self.wanted.iter().filter_map(inventory).collect();
        let namespaces: BTreeSet<String> = self.wanted.iter().filter_map(|it| self.namespace(it)).collect();
        let own = self.wanted.iter().map(|it| (text(&it["apiVersion"]), text(&it["kind"])));
        let emitted = EMITTED.iter().map(|(version, kind)| ((*version).to_owned(), (*kind).to_owned()));
        let kinds: BTreeSet<(String, String)> = own.chain(emitted).collect();
        let mut open = Vec::new();
        for it in &kinds {
            let Some(kind) = self.kinds.get(it) else { continue };
            let places: Vec<Option<&str>> =
                if kind.namespaced { namespaces.iter().map(|it| Some(it.as_str())).collect() } else { vec![None] };
            for place in places {
                for labels in &inventories {
                    let path = format!("{}?labelSelector={}&limit=500", kind.path(place), escaped(labels));
                    open.push((it.clone(), path.clone(), path));
                }
            }
        }
        let mut found = Vec::new();
        while !open.is_empty() {
            let questions = open.iter().map(|(.., path)| Question::Get { path: path.clone() }).collect();
            let replies = self.server.ask(questions)?;
            let asked = std::mem::take(&mut open);
            for ((kind, first, _), reply) in asked.into_iter().zip(replies) {
                self.page(&kind, &first, reply, &mut found, &mut open);
            }
        }
        Ok(found)
    }

    fn page(
        &mut self,
        kind: &(String, String),
        first: &str,
        mut reply: Reply,
        found: &mut Vec<Value>,
        open: &mut Vec<((String, String), String, String)>,
    ) {
        if reply.status == 410 {
            // The list grew too old between two pages. What came of it stays; each object is asked for by name, too.
            self.seen.notes.push(format!("the list of {} changed while it was read; orphans may be missing", kind.1));
        } else if reply.status >= 300 {
            let why = Refusal::of(reply.status, &reply.body).words();
            self.seen.notes.push(format!("orphans of the kind {} are not looked for: {why}", kind.1));
            return;
        }
        if let Some(token) = reply.body["metadata"]["continue"].as_str().filter(|it| !it.is_empty()) {
            open.push((kind.clone(), first.to_owned(), format!("{first}&continue={}", escaped(token))));
        }
        if let Some(items) = reply.body["items"].as_array_mut() {
            for mut item in std::mem::take(items) {
                item["apiVersion"] = kind.0.as_str().into();
                item["kind"] = kind.1.as_str().into();
                found.push(item);
            }
        }
    }

    /// What is there of each wanted object: from the lists, or by its name.
    fn find(&mut self, listed: &[Value]) -> Result<(), S::Error> {
        let by_key: BTreeMap<Key, &Value> = listed.iter().map(|it| (key_of(it), it)).collect();
        let keys: Vec<Key> = self.wanted.iter().map(|it| self.key(it)).collect();
        self.seen.live = keys.iter().map(|it| by_key.get(it).map(|it| (*it).clone())).collect();
        let missing = (0..self.wanted.len()).filter(|it| self.seen.live[*it].is_none());
        let missing: Vec<(usize, String)> = missing.filter_map(|it| Some((it, self.path(&self.wanted[it])?))).collect();
        let questions = missing.iter().map(|(_, path)| Question::Get { path: path.clone() }).collect();
        let unserved = self.wanted.iter().map(|it| if self.path(it).is_some() { REFUSED } else { Answer::NoKind });
        self.seen.answers = unserved.collect();
        for ((at, _), reply) in missing.iter().zip(self.server.ask(questions)?) {
            match reply.status {
                200 => self.seen.live[*at] = Some(reply.body),
                404 => {}
                status => self.seen.answers[*at] = Answer::Unreadable { status, body: reply.body },
            }
        }
        Ok(())
    }

    /// What the server would make of each object that it knows and shows.
    fn prove(&mut self) -> Result<(), S::Error> {
        let manager = self.manager();
        let asked = (0..self.wanted.len()).filter(|it| matches!(self.seen.answers[*it], Answer::Refused { .. }));
        let asked: Vec<usize> = asked.collect();
        let questions = asked.iter().filter_map(|it| self.dry_run(*it, &manager, false)).collect();
        let replies = self.server.ask(questions)?;
        let mut contested = Vec::new();
        for (at, reply) in asked.into_iter().zip(replies) {
            let Reply { status, body } = reply;
            let is_conflict = Refusal::of(status, &body).is_conflict();
            self.seen.answers[at] =
                if status < 300 { Answer::Predicted(body) } else { Answer::Refused { status, body } };
            if is_conflict {
                contested.push(at);
            }
        }
        let questions = contested.iter().filter_map(|it| self.dry_run(*it, &manager, true)).collect();
        for (at, forced) in contested.into_iter().zip(self.server.ask(questions)?) {
            if let Answer::Refused { status, body } = std::mem::replace(&mut self.seen.answers[at], Answer::NoKind) {
                let forced = (forced.status < 300).then_some(forced.body);
                self.seen.answers[at] = Answer::Conflict { status, body, forced };
            }
        }
        Ok(())
    }

    fn dry_run(&self, at: usize, manager: &str, force: bool) -> Option<Question> {
        let body = self.wanted[at].clone();
        Some(Question::DryRun { path: self.path(&body)?, manager: manager.to_owned(), force, body })
    }

    /// Who applies here: who is named, or applied most of what is there.
    fn manager(&mut self) -> String {
        if let Some(named) = &self.scope.manager {
            return named.clone();
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let appliers = self.seen.live.iter().flatten().flat_map(owners::appliers);
        appliers.for_each(|it| *counts.entry(it).or_default() += 1);
        let most = counts.into_iter().max_by_key(|(name, count)| (*count, name == MANAGER));
        let manager = most.map_or_else(|| MANAGER.to_owned(), |(name, _)| name);
        if manager != MANAGER {
            self.seen.notes.push(format!("asked as the field manager `{manager}`, which applied what is there"));
        }
        manager
    }

    fn kind(&self, object: &Value) -> Option<&Kind> {
        self.kinds.get(&(text(&object["apiVersion"]), text(&object["kind"])))
    }

    fn namespace(&self, object: &Value) -> Option<String> {
        let named = object["metadata"]["namespace"].as_str().filter(|it| !it.is_empty());
        let kind = self.kind(object)?;
        kind.namespaced.then(|| named.unwrap_or(&self.scope.namespace).to_owned())
    }

    fn path(&self, object: &Value) -> Option<String> {
        let kind = self.kind(object)?;
        let name = escaped(object["metadata"]["name"].as_str().unwrap_or_default());
        Some(format!("{}/{name}", kind.path(self.namespace(object).as_deref())))
    }

    fn key(&self, object: &Value) -> Key {
        let mut key = key_of(object);
        if let Some(namespace) = self.namespace(object) {
            key.2 = if namespace == "default" { String::new() } else { namespace };
        }
        key
    }
}

/// What stands until the server has answered.
const REFUSED: Answer = Answer::Refused { status: 0, body: Value::Null };

impl Kind {
    fn path(&self, namespace: Option<&str>) -> String {
        let namespace = namespace.map(|it| format!("namespaces/{}/", escaped(it))).unwrap_or_default();
        format!("{}/{namespace}{}", root(&self.version), self.plural)
    }
}

fn root(version: &str) -> String {
    let version = version.split('/').map(escaped).collect::<Vec<_>>().join("/");
    if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Percent-encoded, so that a name never becomes another path or another question.
fn escaped(text: &str) -> String {
    let is_plain =
        |it: u8| it.is_ascii_alphanumeric() || b"-_~".contains(&it) || (it == b'.' && !text.starts_with('.'));
    let part = |it: u8| if is_plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") };
    text.bytes().map(part).collect()
}
