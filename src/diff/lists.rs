//! What is there, in few questions: lists by the labels of what is wanted, and of kinds of which much is wanted.
//!
//! A right to list Secrets is a right to read all of them, which many have good reason not to have. So each that is
//! wanted is asked for by its name, and a list of those with our labels is nobody's lack that may not have it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::dialogue::{Dialogue, Question, Reply, Server, text};
use super::inventory::{EMITTED, inventory};
use super::judge::key_of;
use super::kinds::{Key, escaped};
use super::refusal::Refusal;

/// The kind of which nobody needs a right to list it.
pub(super) const SECRET: &str = "Secret";

/// As many objects of a kind in one place are asked for in a list, and fewer each by its name.
pub(super) const MANY: usize = 5;

/// The objects of a page.
const LIMIT: &str = "&limit=500";

/// A page of a list that is still to be read.
struct Page {
    /// Version and kind.
    kind: (String, String),
    /// The path of the first page of the same list.
    first: String,
    path: String,
}

impl<S: Server> Dialogue<'_, S> {
    /// Everything that carries the labels of what is wanted, page by page.
    pub(super) fn list(&mut self) -> Result<BTreeMap<Key, Value>, S::Error> {
        let namespaces: BTreeSet<String> = self.wanted.iter().filter_map(|it| self.kinds.namespace(it)).collect();
        let mut open = self.first_pages(&namespaces, true);
        let mut found = BTreeMap::new();
        self.read(&mut open, &mut found)?;
        // A namespace that was wanted once has what was wanted in it then.
        let namespace = |it: &Value| (it["kind"] == "Namespace").then(|| text(&it["metadata"]["name"]));
        let others: BTreeSet<String> =
            found.values().filter_map(namespace).filter(|it| !namespaces.contains(it)).collect();
        if !others.is_empty() {
            open = self.first_pages(&others, false);
            self.read(&mut open, &mut found)?;
        }
        self.seen.notes.extend(of_unlisted(&self.seen.unlisted));
        Ok(found)
    }

    fn read(&mut self, open: &mut Vec<Page>, found: &mut BTreeMap<Key, Value>) -> Result<(), S::Error> {
        while !open.is_empty() {
            let questions = open.iter().map(|it| Question::Get { path: it.path.clone() }).collect();
            let replies = self.server.ask(questions)?;
            for (page, reply) in std::mem::take(open).into_iter().zip(replies) {
                self.page(page, reply, found, open);
            }
        }
        Ok(())
    }

    /// A list for each kind and place in which something with the labels of what is wanted may be: in these namespaces, and
    /// in the whole cluster where `with_cluster` says so.
    fn first_pages(&mut self, namespaces: &BTreeSet<String>, with_cluster: bool) -> Vec<Page> {
        let inventories: BTreeSet<String> = self.wanted.iter().filter_map(inventory).collect();
        let own: BTreeSet<_> = self.wanted.iter().map(|it| (text(&it["apiVersion"]), text(&it["kind"]))).collect();
        // A kind is read in the version in which it is wanted.
        let group = |it: &str| it.rsplit_once('/').map(|(group, _)| group.to_owned());
        let is_new = |version: &str, kind: &str| !own.iter().any(|it| it.1 == kind && group(&it.0) == group(version));
        let others = EMITTED.iter().filter(|(version, kind)| is_new(version, kind));
        let others: Vec<_> = others.map(|(version, kind)| ((*version).to_owned(), (*kind).to_owned())).collect();
        let mut pages = Vec::new();
        for it in own.into_iter().chain(others) {
            let Some(kind) = self.kinds.get(&it.0, &it.1) else {
                let closed = self.kinds.closed(&it.0).filter(|_| !inventories.is_empty());
                let why = closed.map(|it| Refusal::of(it.status, &it.body).words());
                self.seen.unlisted.extend(why.map(|why| (it.1, why)));
                continue;
            };
            let places: Vec<Option<&str>> = if kind.namespaced {
                namespaces.iter().map(|it| Some(it.as_str())).collect()
            } else {
                Some(None).filter(|_| with_cluster).into_iter().collect()
            };
            for (place, labels) in places.iter().flat_map(|place| inventories.iter().map(move |it| (place, it))) {
                let path = format!("{}?labelSelector={}{LIMIT}", kind.path(*place), escaped(labels));
                pages.push(Page { kind: it.clone(), first: path.clone(), path });
            }
        }
        pages
    }

    fn page(&mut self, page: Page, mut reply: Reply, found: &mut BTreeMap<Key, Value>, open: &mut Vec<Page>) {
        let Page { kind, first, path } = page;
        if reply.status == 410 && path != first {
            // The list grew too old between two pages: all of it at once, then.
            let whole = first.replace(LIMIT, "");
            open.push(Page { kind, first: whole.clone(), path: whole });
            return;
        }
        // What the server does not serve any more it has nothing of.
        if !reply.is_ok() && reply.status != 404 {
            let refusal = Refusal::of(reply.status, &reply.body);
            if kind.1 == SECRET && refusal.lacks_rights() {
                let note =
                    "orphaned Secrets are not looked for: who may list Secrets may read all of them, and you may not";
                if !self.seen.notes.iter().any(|it| it == note) {
                    self.seen.notes.push(note.to_owned());
                }
                return;
            }
            let why = if refusal.lacks_rights() {
                "you may not list them (`--print-rbac` prints the roles for it)".to_owned()
            } else {
                refusal.words()
            };
            self.seen.unlisted.entry(kind.1).or_insert(why);
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

    /// Looks for objects without labels of ours, where many of a kind are wanted in one place; those that are left have
    /// to be asked for by their names.
    pub(super) fn list_many(&mut self, missing: Vec<usize>) -> Result<Vec<usize>, S::Error> {
        let place = |at: &usize| {
            let object = &self.wanted[*at];
            let kind = (text(&object["apiVersion"]), text(&object["kind"]));
            let path = self.kinds.get(&kind.0, &kind.1)?.path(self.kinds.namespace(object).as_deref());
            (kind.1 != SECRET).then_some((kind, path))
        };
        let mut places: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        missing.iter().for_each(|at| places.entry(place(at)).or_default().push(*at));
        let mut left = places.remove(&None).unwrap_or_default();
        let mut open = Vec::new();
        for (it, wanted) in places {
            let Some((kind, path)) = it.filter(|_| wanted.len() >= MANY) else {
                left.extend(wanted);
                continue;
            };
            let first = format!("{path}?{}", LIMIT.trim_start_matches('&'));
            open.push((Page { kind, path: first.clone(), first }, wanted, 0));
        }
        while !open.is_empty() {
            let questions = open.iter().map(|(it, ..)| Question::Get { path: it.path.clone() }).collect();
            let replies = self.server.ask(questions)?;
            for ((page, mut wanted, read), reply) in std::mem::take(&mut open).into_iter().zip(replies) {
                if !reply.is_ok() {
                    left.extend(wanted);
                    continue;
                }
                let (mut found, mut next) = (BTreeMap::new(), Vec::new());
                self.page(page, reply, &mut found, &mut next);
                wanted.retain(|at| {
                    self.seen.live[*at] = found.remove(&self.kinds.key(&self.wanted[*at]));
                    self.seen.live[*at].is_none()
                });
                match next.pop() {
                    // There may be far more than is wanted.
                    Some(page) if wanted.len() > read => open.push((page, wanted, read + 1)),
                    Some(_) => left.extend(wanted),
                    None => {}
                }
            }
        }
        Ok(left)
    }
}

/// One sentence for all kinds that have the same reason.
fn of_unlisted(unlisted: &BTreeMap<String, String>) -> impl Iterator<Item = String> {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    unlisted.iter().for_each(|(kind, why)| by_reason.entry(why).or_default().push(kind));
    by_reason.into_iter().map(|(why, kinds)| format!("orphans are not all known of {}: {why}", kinds.join(", ")))
}
