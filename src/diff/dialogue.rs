//! What a cluster is asked, and in which order: its kinds, what is there, and what it would make of what is wanted.
//!
//! Two questions about kinds, a list for each kind and namespace, a dry run for each object that is not proven unchanged;
//! every round goes out at once. Whoever carries the questions is a [`Server`], so that all of it is tried without a
//! network.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::custom;
use super::inventory::{EMITTED, is_made_by_others};
use super::judge::Answer;
use super::kinds::{self, Key, Kinds};
use super::owners::Applier;
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
    /// A part of an object, merged into what is there as its kind says.
    StrategicMerge,
    /// The same, where its kind says nothing (RFC 7386).
    JsonMerge,
}

/// What a server answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// Of HTTP, or 0 where no answer came.
    pub status: u16,
    pub body: Value,
}

impl Reply {
    /// The lack of an answer, in the form of one that says why.
    #[must_use]
    pub fn none(why: &str) -> Self {
        Self { status: 0, body: json!({ "message": why }) }
    }

    pub(super) fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Something that carries questions to a cluster, all of one call at once.
pub trait Server {
    type Error;

    /// The replies, in the order of the questions; a question that was lost has [`Reply::none`].
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
    /// Who applies here.
    pub applier: Applier,
    pub orphans: Vec<Value>,
    /// Kinds of which orphans may be there that nobody could look for, with the reason.
    pub unlisted: BTreeMap<String, String>,
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

impl<S: Server> Dialogue<'_, S> {
    fn learn_kinds(&mut self) -> Result<(), S::Error> {
        let own = self.wanted.iter().map(|it| text(&it["apiVersion"]));
        let defined = self.wanted.iter().flat_map(custom::versions);
        let versions = own.chain(defined).chain(EMITTED.iter().map(|(it, _)| (*it).to_owned()));
        let versions: BTreeSet<String> = versions.collect();
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

    /// What is there of each wanted object: from the lists, or by its name.
    fn find(&mut self, listed: &mut BTreeMap<Key, Value>) -> Result<(), S::Error> {
        self.seen.live = self.wanted.iter().map(|it| listed.remove(&self.kinds.key(it))).collect();
        self.seen.answers = self.wanted.iter().map(|it| self.unserved(it).unwrap_or_default()).collect();
        let missing = self.missing();
        let missing = self.list_many(missing)?;
        let missing: Vec<(usize, String)> =
            missing.into_iter().filter_map(|it| Some((it, self.path_of(&self.wanted[it])?))).collect();
        let questions = missing.iter().map(|(_, path)| Question::Get { path: path.clone() }).collect();
        for ((at, _), reply) in missing.iter().zip(self.server.ask(questions)?) {
            match reply.status {
                200 => {
                    let mut live = reply.body;
                    // It may be there in another version, as which it was asked for.
                    live["apiVersion"] = self.wanted[*at]["apiVersion"].clone();
                    self.seen.live[*at] = Some(live);
                }
                404 => {}
                status => self.seen.answers[*at] = Answer::Unreadable { status, body: reply.body },
            }
        }
        Ok(())
    }

    /// Where an object is looked for: one of a version that the same change defines may be there in another.
    fn path_of(&self, object: &Value) -> Option<String> {
        let elsewhere = || custom::definition_of(object, self.wanted).and_then(|_| self.kinds.path_elsewhere(object));
        self.kinds.path(object).or_else(elsewhere)
    }

    fn missing(&self) -> Vec<usize> {
        (0..self.wanted.len()).filter(|it| self.seen.live[*it].is_none()).collect()
    }

    /// The answer for an object whose kind the server does not have, or does not show.
    fn unserved(&self, object: &Value) -> Option<Answer> {
        let answer = match self.kinds.closed(&text(&object["apiVersion"])) {
            Some(reply) => Answer::Unreadable { status: reply.status, body: reply.body.clone() },
            None => Answer::NoKind,
        };
        self.kinds.path(object).is_none().then_some(answer)
    }
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
