//! What the server would make of each object that it knows and shows: asked of those that are not proven unchanged.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::client::{self, Merge};
use super::dialogue::{Dialogue, Form, Question, Reply, Server, Verify};
use super::judge::{Anew, Answer};
use super::kinds::escaped;
use super::owners::{self, Applier, KUBECTL};
use super::proof::is_unchanged;
use super::refusal::Refusal;
use super::removal;

impl<S: Server> Dialogue<'_, S> {
    pub(super) fn prove(&mut self) -> Result<(), S::Error> {
        self.seen.applier = self.applier();
        let manager = self.seen.applier.manager.clone();
        let open = |answer: &Answer| matches!(answer, Answer::Unasked);
        let all = 0..self.wanted.len();
        if self.seen.applier.is_client {
            all.clone().for_each(|at| self.foresee(at, &manager));
        }
        let open: Vec<usize> = all.filter(|it| open(&self.seen.answers[*it])).collect();
        let (proven, asked): (Vec<usize>, Vec<usize>) = open.into_iter().partition(|it| self.is_proven(*it, &manager));
        for at in &proven {
            self.seen.answers[*at] = Answer::Unchanged;
        }
        self.apply(&asked, &manager)?;
        self.look_for_namespaces()?;
        if !self.seen.applier.is_client {
            self.remove(&manager)?;
        }
        self.renew(&manager)?;
        self.note_proven(&manager);
        Ok(())
    }

    /// What a client makes of an object before it asks any server.
    fn foresee(&mut self, at: usize, manager: &str) {
        let (wanted, Some(live), Answer::Unasked) = (&self.wanted[at], &self.seen.live[at], &self.seen.answers[at])
        else {
            return;
        };
        let refused = |status: u16, message: String| Answer::Refused {
            status,
            body: json!({ "message": message }),
            contested: None,
            anew: None,
        };
        if let Some(fault) = client::fault(wanted, live) {
            self.seen.answers[at] = refused(422, fault);
            return;
        }
        let made = client::make(wanted, live, client::merge_of(wanted));
        let is_same = is_unchanged(&client::as_read(wanted), live, manager) && !made.removes;
        let advice =
            "what a client-side apply makes of them is not certain: `kubectl apply --server-side` tells them apart";
        self.seen.answers[at] = match made.muddle {
            Some(muddle) if !is_same => refused(0, format!("{muddle}, and {advice}")),
            None if self.scope.verify == Verify::Full || !is_same => Answer::Unasked,
            _ => Answer::Unchanged,
        };
    }

    /// What was never asked about, after all that may be removed by whoever applies.
    fn note_proven(&mut self, manager: &str) {
        let count = match self.seen.answers.iter().filter(|it| matches!(it, Answer::Unchanged)).count() {
            0 => return,
            1 => "1 object is".to_owned(),
            more => format!("{more} objects are"),
        };
        let how = "proven unchanged by the fields that the server notes for";
        self.seen.notes.push(format!("{count} {how} `{manager}`; `--verify full` asks about each"));
    }

    fn is_proven(&self, at: usize, manager: &str) -> bool {
        let live = self.seen.live[at].as_ref().filter(|_| self.scope.verify == Verify::Doubtful);
        // Of a client it is proven already, or not.
        !self.seen.applier.is_client && live.is_some_and(|live| is_unchanged(&self.wanted[at], live, manager))
    }

    /// Asks what comes of applying, and where others own fields, what comes of taking them over.
    fn apply(&mut self, asked: &[usize], manager: &str) -> Result<(), S::Error> {
        let mut replies = self.try_all(asked, manager, false)?;
        // Somebody wrote in between.
        let moved = |it: &usize| Refusal::of(replies[*it].status, &replies[*it].body).is_race();
        let moved: Vec<usize> = (0..asked.len()).filter(moved).collect();
        let again: Vec<usize> = moved.iter().map(|it| asked[*it]).collect();
        for (place, reply) in moved.into_iter().zip(self.try_all(&again, manager, false)?) {
            replies[place] = reply;
        }
        let mut contested = Vec::new();
        for (at, reply) in asked.iter().zip(replies) {
            let is_taken = reply.is_ok();
            let Reply { status, body } = reply;
            let refusal = Refusal::of(status, &body);
            if refusal.is_conflict() {
                contested.push(*at);
            }
            self.seen.answers[*at] = match is_taken {
                true => predicted(body),
                false if refusal.lacks_rights() => Answer::Untried { has_namespace: None },
                false => Answer::Refused { status, body, contested: None, anew: None },
            };
        }
        for (at, forced) in contested.iter().zip(self.try_all(&contested, manager, true)?) {
            let Answer::Refused { status, body, .. } = std::mem::take(&mut self.seen.answers[*at]) else { continue };
            let refusal = Refusal::of(status, &body);
            let is_own = refusal.is_of_client_side();
            let taken = Refusal::of(forced.status, &forced.body);
            let is_taken = forced.is_ok();
            self.seen.answers[*at] = if is_taken && is_own {
                // A client that applies again has no conflict with itself.
                let remark = format!("from the server's side it is a conflict: {}", refusal.words());
                Answer::Predicted { object: forced.body, remark: Some(remark) }
            } else if is_taken || taken.is_fault() || taken.lacks_rights() || taken.is_conflict() {
                Answer::Conflict { status, body, forced: is_taken.then_some(forced.body) }
            } else {
                // Whoever owns the fields, this cannot be applied.
                let contested = (!is_own).then(|| refusal.words());
                Answer::Refused { status: forced.status, body: forced.body, contested, anew: None }
            };
        }
        Ok(())
    }

    /// Asks for the namespaces of new objects that may not be tried: no dry run says that there are none. A namespace in
    /// which something is needs no question.
    fn look_for_namespaces(&mut self) -> Result<(), S::Error> {
        let is_untried = |at: &usize| matches!(self.seen.answers[*at], Answer::Untried { .. });
        let new: Vec<usize> =
            (0..self.wanted.len()).filter(|it| self.seen.live[*it].is_none()).filter(is_untried).collect();
        let is_there =
            |it: &usize| self.seen.live[*it].is_some() || matches!(self.seen.answers[*it], Answer::Predicted { .. });
        let there = (0..self.wanted.len()).filter(is_there).filter_map(|it| self.kinds.namespace(&self.wanted[it]));
        let mut known: BTreeMap<String, Option<bool>> = there.map(|it| (it, Some(true))).collect();
        let names = new.iter().filter_map(|it| self.kinds.namespace(&self.wanted[*it]));
        let names: BTreeSet<String> = names.filter(|it| !known.contains_key(it)).collect();
        let question = |it: &String| Question::Get { path: format!("/api/v1/namespaces/{}", escaped(it)) };
        let replies = self.server.ask(names.iter().map(question).collect())?;
        for (name, reply) in names.into_iter().zip(replies) {
            let has_namespace = match reply.status {
                200 => Some(true),
                404 => Some(false),
                _ => None,
            };
            known.insert(name, has_namespace);
        }
        for at in new {
            let namespace = self.kinds.namespace(&self.wanted[at]);
            let has_namespace = namespace.map_or(Some(true), |it| known.get(&it).copied().flatten());
            self.seen.answers[at] = Answer::Untried { has_namespace };
        }
        Ok(())
    }

    fn try_all(&mut self, asked: &[usize], manager: &str, force: bool) -> Result<Vec<Reply>, S::Error> {
        let merge = |at: usize| client::merge_of(&self.wanted[at]);
        let questions = asked.iter().filter_map(|at| self.trial(*at, manager, force, merge(*at))).collect();
        let mut replies = self.server.ask(questions)?;
        // A kind that somebody defined under a name of Kubernetes' own.
        let other = (0..replies.len()).filter(|it| replies[*it].status == 415);
        let other: Vec<usize> = other.filter(|it| merge(asked[*it]) == Merge::Strategic).collect();
        let again = other.iter().filter_map(|it| self.trial(asked[*it], manager, force, Merge::Json)).collect();
        for (place, reply) in other.into_iter().zip(self.server.ask(again)?) {
            replies[place] = reply;
        }
        Ok(replies)
    }

    /// The question what comes of applying an object, from the side from which it is applied.
    fn trial(&self, at: usize, manager: &str, force: bool, merge: Merge) -> Option<Question> {
        let (wanted, manager) = (&self.wanted[at], manager.to_owned());
        let path = self.kinds.path(wanted)?;
        let live = self.seen.live[at].as_ref().filter(|_| self.seen.applier.is_client);
        let Some(live) = live else {
            return Some(Question::DryRun { path, manager, form: Form::Apply { force }, body: wanted.clone() });
        };
        let form = if merge == Merge::Strategic { Form::StrategicMerge } else { Form::JsonMerge };
        Some(Question::DryRun { path, manager, form, body: client::make(wanted, live, merge).patch })
    }

    /// Asks what becomes of objects from which fields go that a client applied once: whoever applies from the server's
    /// side takes these over and applies again, which a dry run cannot do.
    fn remove(&mut self, manager: &str) -> Result<(), S::Error> {
        let mut asked = Vec::new();
        for at in 0..self.wanted.len() {
            let Some(live) = &self.seen.live[at] else { continue };
            let object = match &self.seen.answers[at] {
                Answer::Predicted { object, .. } => object,
                Answer::Unchanged => live,
                _ => continue,
            };
            let wanted = &self.wanted[at];
            let Some(without) = removal::without(wanted, live, object, manager) else { continue };
            if removal::leaves_null(wanted, live, object, manager) {
                let why = "nothing would be left around them, which the server takes for null: what is around them has to go, too";
                self.seen.answers[at] = stays(422, why);
                continue;
            }
            let Some(path) = self.kinds.path(wanted) else { continue };
            let body = removal::patch(live, &without);
            asked.push((at, without, path, body));
        }
        let question = |(_, _, path, body): &(usize, Value, String, Value)| {
            let (path, manager) = (path.clone(), manager.to_owned());
            Question::DryRun { path, manager, form: Form::Patch, body: body.clone() }
        };
        let replies = self.server.ask(asked.iter().map(question).collect())?;
        for ((at, without, ..), Reply { status, body }) in asked.into_iter().zip(replies) {
            let remark = match std::mem::take(&mut self.seen.answers[at]) {
                Answer::Predicted { remark, .. } => remark,
                _ => None,
            };
            let refusal = Refusal::of(status, &body);
            self.seen.answers[at] = match status {
                200..300 => Answer::Predicted { object: body, remark },
                // What may not be tried is predicted as well as it can be here.
                403 => Answer::Predicted { object: without, remark },
                _ if refusal.is_fault() => Answer::Refused { status, body, contested: None, anew: None },
                _ => stays(status, &refusal.words()),
            };
        }
        Ok(())
    }

    /// Asks whether objects that have to be made anew, or in a namespace that is not there yet, would be taken: under a
    /// name that nobody has, and in a namespace like theirs.
    fn renew(&mut self, manager: &str) -> Result<(), S::Error> {
        let refusal = |it: &Answer| match it {
            Answer::Refused { status, body, .. } => Some(Refusal::of(*status, body)),
            _ => None,
        };
        let refused = self.seen.answers.iter().map(refusal).enumerate();
        let refused: Vec<(usize, Refusal)> = refused.filter_map(|(at, it)| Some((at, it?))).collect();
        let homeless = |it: &Refusal| it.lacks_namespace();
        let namespaces = if refused.iter().any(|(_, it)| homeless(it)) { self.namespaces()? } else { Vec::new() };
        let mut asked = Vec::new();
        for (at, refusal) in refused {
            let mut body = self.wanted[at].clone();
            let mut is_alike = true;
            if homeless(&refusal) {
                let Some((name, has_same_security)) = self.namespace_like(&body, &namespaces) else { continue };
                body["metadata"]["namespace"] = name.into();
                is_alike = has_same_security;
            } else if !refusal.is_immutable() {
                continue;
            }
            body["metadata"]["name"] = name_of_nobody(&body).into();
            let Some(path) = self.kinds.path(&body) else { continue };
            let (manager, form) = (manager.to_owned(), Form::Apply { force: false });
            asked.push(((at, is_alike), Question::DryRun { path, manager, form, body }));
        }
        let (places, questions): (Vec<(usize, bool)>, Vec<Question>) = asked.into_iter().unzip();
        for ((at, is_alike), reply) in places.into_iter().zip(self.server.ask(questions)?) {
            if let Answer::Refused { anew, .. } = &mut self.seen.answers[at] {
                *anew = Some(Anew { reply, is_alike });
            }
        }
        Ok(())
    }

    fn namespaces(&mut self) -> Result<Vec<Value>, S::Error> {
        let question = Question::Get { path: "/api/v1/namespaces?limit=500".to_owned() };
        let mut replies = self.server.ask(vec![question])?;
        let items = replies.pop().map(|mut it| it.body["items"].take());
        Ok(items.and_then(|it| if let Value::Array(items) = it { Some(items) } else { None }).unwrap_or_default())
    }

    /// A namespace with the Pod Security of the one that the same change makes for an object, or else the one that every
    /// cluster has; and whether it is the first.
    fn namespace_like(&self, object: &Value, namespaces: &[Value]) -> Option<(String, bool)> {
        let name = object["metadata"]["namespace"].as_str()?;
        let made = self.wanted.iter().find(|it| it["kind"] == "Namespace" && it["metadata"]["name"] == name)?;
        let like = namespaces.iter().find(|it| pod_security(it) == pod_security(made));
        let any = || namespaces.iter().find(|it| it["metadata"]["name"] == "default");
        let found = like.or_else(any)?["metadata"]["name"].as_str()?;
        Some((found.to_owned(), like.is_some()))
    }

    /// Who applies here: who is named, or applied most of what is there.
    fn applier(&mut self) -> Applier {
        let live = || self.seen.live.iter().flatten();
        if let Some(named) = &self.scope.manager {
            return Applier::named(named, live());
        }
        let mut counts: BTreeMap<Applier, usize> = BTreeMap::new();
        live().flat_map(owners::appliers).for_each(|it| *counts.entry(it).or_default() += 1);
        let kubectl = Applier { manager: KUBECTL.to_owned(), is_client: false };
        let most = counts.into_iter().max_by_key(|(it, count)| (*count, *it == kubectl));
        let applier = most.map_or_else(|| kubectl.clone(), |(it, _)| it);
        let name = &applier.manager;
        if applier.is_client {
            self.seen.notes.push(format!(
                "asked what a client-side apply would do, by which `{name}` made what is there; `--field-manager kubectl` \
                 asks about `kubectl apply --server-side`"
            ));
        } else if applier != kubectl {
            self.seen.notes.push(format!("asked as the field manager `{name}`, which applied what is there"));
        }
        applier
    }
}

/// The labels by which a namespace chooses its Pod Security.
fn pod_security(namespace: &Value) -> BTreeMap<&str, &Value> {
    let labels = namespace["metadata"]["labels"].as_object().into_iter().flatten();
    labels
        .filter(|(key, _)| key.starts_with("pod-security.kubernetes.io/"))
        .map(|(key, it)| (key.as_str(), it))
        .collect()
}

/// A name that fits every kind and that nobody gives.
pub(super) fn name_of_nobody(object: &Value) -> String {
    let hash = Sha256::digest(format!("{} {}", object["kind"], object["metadata"]["name"]));
    let digits: String = hash.iter().take(6).map(|it| format!("{it:02x}")).collect();
    format!("mlopsc-dry-run-{digits}")
}

/// The answer where the server does not take away what a client applied: from the client's side all of it is refused,
/// and from the server's it is not what is wanted.
fn stays(status: u16, why: &str) -> Answer {
    let message = format!("fields that were applied by a client once stay: {why}");
    Answer::Refused { status, body: json!({ "message": message }), contested: None, anew: None }
}

fn predicted(object: Value) -> Answer {
    Answer::Predicted { object, remark: None }
}
