//! What a cluster is asked, and in which order: its kinds, what is there, and what it would make of what is wanted.
//!
//! Two questions about kinds, a list for each kind and namespace, a dry run for each object that is not proven unchanged;
//! every round goes out at once. Whoever carries the questions is a [`Server`], so that all of it is tried without a
//! network.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::inventory::{EMITTED, inventory, is_made_by_others};
use super::judge::{Answer, key_of};
use super::kinds::{self, Key, Kinds, escaped};
use super::refusal::Refusal;
use crate::object::Object;

/// A question to a cluster. There are no others, and neither changes anything.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Reads what is at a path of the API.
    Get { path: String },
    /// Reads all kinds of a server; one that is too old answers something else.
    Kinds { path: String },
    /// Asks what would come of a change, which is not done.
    DryRun { path: String, manager: String, form: Form, body: Value },
}

/// How a change is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The object as it is wanted, applied.
    Apply { force: bool },
    /// The operations of a JSON patch (RFC 6902).
    Patch,
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
    pub verify: Verify,
}

/// Which objects a server is asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// Those that are not proven unchanged by what it notes of who set which field.
    #[default]
    Doubtful,
    Full,
}

/// What a cluster said.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// By wanted object, what is there.
    pub live: Vec<Option<Value>>,
    /// By wanted object, what the dry run gave.
    pub answers: Vec<Answer>,
    pub orphans: Vec<Value>,
    /// What else the lists had: what controllers made, with the labels of what they made it from.
    pub around: Vec<Value>,
    pub notes: Vec<String>,
}

/// Asks a cluster about everything that is wanted.
///
/// # Errors
/// The whole run failed; see [`Server::ask`].
pub fn observe<S: Server>(server: &mut S, wanted: &[Object], scope: &Scope) -> Result<Seen, S::Error> {
    let wanted: Vec<Value> = wanted.iter().map(|it| it.node.to_json()).collect();
    let kinds = Kinds::of(&scope.namespace);
    let mut dialogue = Dialogue { server, scope, wanted: &wanted, kinds, seen: Seen::default() };
    dialogue.learn_kinds()?;
    let mut listed = dialogue.list()?;
    dialogue.find(&mut listed)?;
    dialogue.prove()?;
    let keys: BTreeSet<_> = wanted.iter().map(|it| dialogue.kinds.key(it)).collect();
    let strange = listed.into_iter().filter(|(key, _)| !keys.contains(key)).map(|(_, it)| it);
    (dialogue.seen.around, dialogue.seen.orphans) = strange.partition(|it| is_made_by_others(it, &wanted));
    Ok(dialogue.seen)
}

pub(super) struct Dialogue<'d, S> {
    pub(super) server: &'d mut S,
    pub(super) scope: &'d Scope,
    pub(super) wanted: &'d [Value],
    pub(super) kinds: Kinds,
    pub(super) seen: Seen,
}

/// A page of a list that is still to be read.
struct Page {
    kind: (String, String),
    first: String,
    path: String,
}

impl<S: Server> Dialogue<'_, S> {
    fn learn_kinds(&mut self) -> Result<(), S::Error> {
        let own = self.wanted.iter().map(|it| text(&it["apiVersion"]));
        let versions: BTreeSet<String> = own.chain(EMITTED.iter().map(|(it, _)| (*it).to_owned())).collect();
        let replies = self.server.ask(kinds::questions())?;
        if self.kinds.learn_all(&replies, &versions) {
            return Ok(());
        }
        let questions = versions.iter().map(|it| kinds::question(it)).collect();
        for (version, reply) in versions.iter().zip(self.server.ask(questions)?) {
            self.kinds.learn(version, reply);
        }
        Ok(())
    }

    /// Everything that carries the labels of what is wanted, page by page.
    fn list(&mut self) -> Result<BTreeMap<Key, Value>, S::Error> {
        let mut open = self.first_pages();
        let mut found = BTreeMap::new();
        while !open.is_empty() {
            let questions = open.iter().map(|it| Question::Get { path: it.path.clone() }).collect();
            let replies = self.server.ask(questions)?;
            for (page, reply) in std::mem::take(&mut open).into_iter().zip(replies) {
                self.page(page, reply, &mut found, &mut open);
            }
        }
        Ok(found)
    }

    fn first_pages(&self) -> Vec<Page> {
        let inventories: BTreeSet<String> = self.wanted.iter().filter_map(inventory).collect();
        let namespaces: BTreeSet<String> = self.wanted.iter().filter_map(|it| self.kinds.namespace(it)).collect();
        let own: BTreeSet<_> = self.wanted.iter().map(|it| (text(&it["apiVersion"]), text(&it["kind"]))).collect();
        // A kind is read in the version in which it is wanted.
        let group = |it: &str| it.rsplit_once('/').map(|(group, _)| group.to_owned());
        let is_new = |version: &str, kind: &str| !own.iter().any(|it| it.1 == kind && group(&it.0) == group(version));
        let others = EMITTED.iter().filter(|(version, kind)| is_new(version, kind));
        let others: Vec<_> = others.map(|(version, kind)| ((*version).to_owned(), (*kind).to_owned())).collect();
        let mut pages = Vec::new();
        for it in own.into_iter().chain(others) {
            let Some(kind) = self.kinds.get(&it.0, &it.1) else { continue };
            let places: Vec<Option<&str>> =
                if kind.namespaced { namespaces.iter().map(|it| Some(it.as_str())).collect() } else { vec![None] };
            for (place, labels) in places.iter().flat_map(|place| inventories.iter().map(move |it| (place, it))) {
                let path = format!("{}?labelSelector={}&limit=500", kind.path(*place), escaped(labels));
                pages.push(Page { kind: it.clone(), first: path.clone(), path });
            }
        }
        pages
    }

    fn page(&mut self, page: Page, mut reply: Reply, found: &mut BTreeMap<Key, Value>, open: &mut Vec<Page>) {
        let Page { kind, first, .. } = page;
        if reply.status == 410 {
            // The list grew too old between two pages. What came of it stays; each object is asked for by name, too.
            self.seen.notes.push(format!("the list of {} changed while it was read; orphans may be missing", kind.1));
        } else if reply.status >= 300 {
            let why = Refusal::of(reply.status, &reply.body).words();
            self.seen.notes.push(format!("orphans of the kind {} are not looked for: {why}", kind.1));
            return;
        }
        if let Some(token) = reply.body["metadata"]["continue"].as_str().filter(|it| !it.is_empty()) {
            let path = format!("{first}&continue={}", escaped(token));
            open.push(Page { kind: kind.clone(), first, path });
        }
        if let Some(items) = reply.body["items"].as_array_mut() {
            for mut item in std::mem::take(items) {
                item["apiVersion"] = kind.0.as_str().into();
                item["kind"] = kind.1.as_str().into();
                found.insert(key_of(&item), item);
            }
        }
    }

    /// What is there of each wanted object: from the lists, or by its name.
    fn find(&mut self, listed: &mut BTreeMap<Key, Value>) -> Result<(), S::Error> {
        self.seen.live = self.wanted.iter().map(|it| listed.remove(&self.kinds.key(it))).collect();
        self.seen.answers = self.wanted.iter().map(|it| self.unserved(it).unwrap_or_default()).collect();
        let missing = (0..self.wanted.len()).filter(|it| self.seen.live[*it].is_none());
        let missing = missing.filter_map(|it| Some((it, self.kinds.path(&self.wanted[it])?)));
        let missing: Vec<(usize, String)> = missing.collect();
        let questions = missing.iter().map(|(_, path)| Question::Get { path: path.clone() }).collect();
        for ((at, _), reply) in missing.iter().zip(self.server.ask(questions)?) {
            match reply.status {
                200 => self.seen.live[*at] = Some(reply.body),
                404 => {}
                status => self.seen.answers[*at] = Answer::Unreadable { status, body: reply.body },
            }
        }
        Ok(())
    }

    /// The answer for an object whose kind the server does not have, or does not show.
    fn unserved(&self, object: &Value) -> Option<Answer> {
        let answer = match self.kinds.closed(object) {
            Some(reply) => Answer::Unreadable { status: reply.status, body: reply.body.clone() },
            None => Answer::NoKind,
        };
        self.kinds.path(object).is_none().then_some(answer)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
