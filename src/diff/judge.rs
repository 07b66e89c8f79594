//! From what is wanted, what is there and what the server answered to a verdict.

use std::collections::BTreeSet;

use serde_json::Value;

use super::compare::{Difference, With, compare};
use super::custom;
use super::deletion;
use super::dialogue::Reply;
use super::digest::Plan;
use super::immutable::{cost, is_kept, is_protected};
use super::impact::{Around, Scene, effects};
use super::mask::Mask;
use super::model::{Change, Effect, Field, Line, Moved, Owner, Report, Risk, Verdict};
use super::owners::{self, Applier};
use super::path::{self, Step};
use super::predict::{Finding, absent, changed, predicted, said};
use super::refusal::Refusal;
use super::risk::risks;
use crate::object::{Identity, Object};
use crate::source::{Node, Origin, Part, Sources};

/// What a server answered to the dry run of an object.
#[derive(Clone, Debug, Default)]
pub enum Answer {
    /// Nothing yet.
    #[default]
    Unasked,
    /// It was not asked, because what it noted of who set which field proves that nothing would change.
    Unchanged,
    /// What the object would be, and what is to be known of it.
    Predicted { object: Value, remark: Option<String> },
    /// Somebody else owns fields; what the object would be if they were taken over.
    Conflict { status: u16, body: Value, forced: Option<Value> },
    /// It said no; and what it said to the same object under another name, where that was asked.
    Refused {
        status: u16,
        body: Value,
        /// Who owns fields that the object would take over beside.
        contested: Option<String>,
        anew: Option<Anew>,
    },
    /// Who asks may not try it; whether its namespace is there, as far as they may know.
    Untried { has_namespace: Option<bool> },
    /// It does not know the kind.
    NoKind,
    /// It does not show what is there.
    Unreadable { status: u16, body: Value },
}

/// What a server said to an object under a name that nobody has.
#[derive(Clone, Debug)]
pub struct Anew {
    pub reply: Reply,
    /// Whether it was asked about a namespace with the Pod Security of the object's own.
    pub is_alike: bool,
}

/// An object that is wanted, with what a cluster knows of it.
#[derive(Clone, Debug)]
pub struct Case<'c> {
    pub object: &'c Object,
    pub live: Option<&'c Value>,
    /// The answer of a server; without one the forms are compared here.
    pub answer: Option<&'c Answer>,
}

/// Everything that is compared.
#[derive(Debug)]
pub struct Sides<'s> {
    pub cases: Vec<Case<'s>>,
    /// What is there and is not wanted any more.
    pub orphans: Vec<&'s Value>,
    /// What else is there that decides what a change causes.
    pub around: &'s [Value],
    /// Who applies, where a cluster is asked.
    pub applier: Option<&'s Applier>,
    /// The texts that the origins of the wanted objects speak of.
    pub sources: &'s Sources,
}

/// The report of what a server said.
#[must_use]
pub fn judge_online(sides: &Sides<'_>, notes: Vec<String>, unlisted: BTreeSet<String>) -> Report {
    let (mut plan, report) = report(sides, notes);
    plan.lack(&unlisted);
    Report { untried: plan.untried(), plan: Some(plan.digest()), unlisted, ..report }
}

/// What tells an object from others, whatever the version that it is written in.
pub(super) fn key_of(object: &Value) -> (String, String, String, String) {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let version = text(&object["apiVersion"]);
    let group = version.rsplit_once('/').map(|(group, _)| group.to_owned()).unwrap_or_default();
    let namespace = text(&object["metadata"]["namespace"]);
    let namespace = if namespace == "default" { String::new() } else { namespace };
    (group, text(&object["kind"]), namespace, text(&object["metadata"]["name"]))
}

pub(super) fn report(sides: &Sides<'_>, notes: Vec<String>) -> (Plan, Report) {
    let wanted: Vec<Value> = sides.cases.iter().map(|it| it.object.node.to_json()).collect();
    let live = sides.cases.iter().filter_map(|it| it.live).chain(sides.orphans.iter().copied());
    let all = wanted.iter().chain(live).chain(sides.around);
    let mask = Mask::of(all.clone());
    let around = Around::of(all);
    let (sources, applier) = (sides.sources, sides.applier);
    let mut judging = Judging { mask, sources, wanted: &wanted, applier, around, redefined: Vec::new() };
    let all = || sides.cases.iter().zip(&wanted);
    let definitions = all().filter(|(it, _)| it.object.kind() == custom::DEFINITION);
    let changed = definitions.filter(|(it, wanted)| judging.find(it, wanted).verdict == Verdict::Changed);
    judging.redefined = changed.map(|(_, wanted)| wanted).collect();
    let (mut plan, mut changes) = (Plan::default(), Vec::new());
    for (case, wanted) in all() {
        let found = judging.find(case, wanted);
        plan.add(&judging.mask, wanted, case.live, &found);
        changes.push(judging.case(case, wanted, found));
    }
    for live in &sides.orphans {
        plan.add(&judging.mask, &Value::Null, Some(live), &Finding::plain(Verdict::Orphan));
        changes.push(judging.orphan(live));
    }
    changes.sort_by(|one, other| one.identity.cmp(&other.identity));
    let notes = notes.iter().map(|it| judging.mask.text(it)).collect();
    (plan, Report { changes, notes, ..Report::default() })
}

/// The label by which kubectl knows what it prunes. It is read, and never written.
const APPLY_SET: &str = "applyset.kubernetes.io/part-of";

struct Judging<'j> {
    mask: Mask,
    sources: &'j Sources,
    wanted: &'j [Value],
    applier: Option<&'j Applier>,
    around: Around<'j>,
    /// Definitions of custom resources that would change, as they are wanted.
    redefined: Vec<&'j Value>,
}

impl Judging<'_> {
    fn find(&self, case: &Case<'_>, wanted: &Value) -> Finding {
        let found = match (case.answer, case.live) {
            (None, None) => absent(wanted),
            (None, Some(live)) => predicted(case.object.kind(), live, wanted, None),
            (Some(answer), live) => self.answered(case.object.kind(), wanted, live, answer),
        };
        deletion::of_live(case.live, found)
    }

    fn case(&self, case: &Case<'_>, wanted: &Value, found: Finding) -> Change {
        let nothing = Value::Null;
        let live = case.live.unwrap_or(&nothing);
        let kind = case.object.kind();
        let field = |it: &Difference| self.field(case, live, it);
        let (verdict, around, applier) = (found.verdict, &self.around, self.applier);
        let differences = &found.differences;
        let (effects, risks) = self.causes(&Scene { kind, live, wanted, differences, verdict, around, applier });
        let mut fields: Vec<Field> = found.differences.iter().map(field).collect();
        // What the spec changes first, then what somebody did in the cluster.
        fields.sort_by_key(|it| it.moved == Some(Moved::Cluster));
        Change {
            identity: self.shown(case.object.identity()),
            verdict: found.verdict,
            fields,
            effects,
            risks,
            reason: found.reason.map(|it| self.mask.text(&it)),
            line: self.line_of(case.object),
            protected: false,
            since: None,
            owners: Vec::new(),
        }
    }

    /// What a change causes and what it weakens, without values that may be secret.
    fn causes(&self, scene: &Scene<'_>) -> (Vec<Effect>, Vec<Risk>) {
        let shown = |it: String| self.mask.text(&it);
        let effect = |it: Effect| Effect { detail: it.detail.map(shown), ..it };
        let risk = |it: Risk| Risk { detail: shown(it.detail), ..it };
        (effects(scene).into_iter().map(effect).collect(), risks(scene).into_iter().map(risk).collect())
    }

    fn owners(&self, owners: Vec<Owner>) -> Vec<Owner> {
        let owner = |it: Owner| Owner {
            manager: self.mask.inside(&it.manager),
            since: it.since.map(|it| self.mask.inside(&it)),
        };
        owners.into_iter().map(owner).collect()
    }

    fn shown(&self, identity: Identity) -> Identity {
        let [namespace, name] = [&identity.namespace, &identity.name].map(|it| self.mask.name(it).into());
        Identity { namespace, name, ..identity }
    }

    fn orphan(&self, live: &Value) -> Change {
        let identity = self.shown(Object { node: Node::from_json(live, Origin::NONE) }.identity());
        let protected = is_protected(&identity.kind);
        let going = deletion::words(live).map(|it| self.mask.text(&it));
        let kept = protected.then(|| "it may hold data, and is kept unless somebody deletes it".to_owned());
        let next = going.or(kept).map(|it| format!("; {it}")).unwrap_or_default();
        let set = live["metadata"]["labels"][APPLY_SET].as_str();
        let pruned = set.map(|_| "; `kubectl apply --prune` deletes it with the ApplySet that it is part of");
        let reason = format!("it is not in the spec any more{next}{}", pruned.unwrap_or_default());
        let (kind, wanted, around) = (&identity.kind, &Value::Null, &self.around);
        let (verdict, differences, applier) = (Verdict::Orphan, &[], self.applier);
        let (effects, risks) = self.causes(&Scene { kind, live, wanted, differences, verdict, around, applier });
        Change {
            identity,
            verdict,
            fields: Vec::new(),
            effects,
            risks,
            reason: Some(reason),
            line: Line::default(),
            protected,
            since: live["metadata"]["creationTimestamp"].as_str().map(|it| self.mask.inside(it)),
            owners: self.owners(owners::appliers_of(live)),
        }
    }

    fn answered(&self, kind: &str, wanted: &Value, live: Option<&Value>, answer: &Answer) -> Finding {
        match (answer, live) {
            (Answer::Predicted { .. }, None) => absent(wanted),
            (Answer::Unasked, _) => Finding::because(Verdict::Unknown, "the server did not say"),
            (Answer::Unchanged, _) => Finding::plain(Verdict::Same),
            (Answer::Predicted { object, remark }, Some(live)) => {
                Finding { reason: remark.clone(), ..changed(kind, live, object) }
            }
            (Answer::Untried { has_namespace }, live) => self.untried(kind, wanted, live, *has_namespace),
            (Answer::Conflict { status, body, forced }, live) => {
                let refusal = Refusal::of(*status, body);
                let live = live.unwrap_or(&Value::Null);
                let differences = match forced {
                    Some(forced) => compare(kind, live, forced, &With::Prediction),
                    None => said(kind, live, wanted, self.applier),
                };
                Finding { differences, ..Finding::because(Verdict::Conflict, refusal.words()) }
            }
            (Answer::Refused { status, body, contested, anew }, live) => {
                let refusal = Refusal::of(*status, body);
                let found = custom::redefined(wanted, live, &self.redefined, &refusal, self.applier);
                let found = found.unwrap_or_else(|| self.refused(kind, wanted, live, &refusal, anew.as_ref()));
                contested.iter().fold(found, |found, it| found.remarked(it))
            }
            (Answer::NoKind, live) => custom::unknown(wanted, live, self.wanted, self.applier),
            (Answer::Unreadable { status, body }, _) => {
                Finding::because(Verdict::Unknown, Refusal::of(*status, body).words())
            }
        }
    }

    fn refused(
        &self,
        kind: &str,
        wanted: &Value,
        live: Option<&Value>,
        refusal: &Refusal,
        anew: Option<&Anew>,
    ) -> Finding {
        if refusal.lacks_namespace() {
            return self.homeless(wanted, anew);
        }
        let anew = anew.map(|it| (it.reply.is_ok(), Refusal::of(it.reply.status, &it.reply.body)));
        let reason = refusal.words();
        let reason = if reason.is_empty() { format!("the server said {}", refusal.code) } else { reason };
        if let Some(live) = live.filter(|_| refusal.is_immutable()) {
            let verdict = if is_kept(kind) { Verdict::Immutable } else { Verdict::Replace };
            let differences = said(kind, live, wanted, self.applier);
            let taken = match anew {
                Some((true, _)) if verdict == Verdict::Replace => Some("the server takes the new one".to_owned()),
                Some((false, it)) if !it.is_fault() && !it.lacks_rights() => {
                    Some(format!("the server does not take the new one either: {}", it.words()))
                }
                _ => None,
            };
            let remarks = [Some(cost(kind, live, &differences)), taken];
            let finding = Finding::because(verdict, reason);
            let finding = remarks.iter().flatten().fold(finding, |finding, it| finding.remarked(it));
            return Finding { differences, ..finding };
        }
        match live.filter(|_| refusal.is_fault()) {
            Some(live) => {
                let finding = Finding::because(Verdict::Unknown, reason).remarked("the fields are compared here");
                Finding { differences: said(kind, live, wanted, self.applier), ..finding }
            }
            None => Finding::because(if refusal.is_fault() { Verdict::Unknown } else { Verdict::Refused }, reason),
        }
    }

    /// An object that nobody may try who asks, as far as it can be known without.
    fn untried(&self, kind: &str, wanted: &Value, live: Option<&Value>, has_namespace: Option<bool>) -> Finding {
        let found = match (live, has_namespace) {
            (Some(live), _) => predicted(kind, live, wanted, self.applier),
            (None, Some(false)) => self.homeless(wanted, None),
            (None, Some(true)) => absent(wanted),
            (None, None) => absent(wanted).remarked("whether its namespace is there is not known"),
        };
        let remark = "compared here, because you may not ask the server for a dry run";
        Finding { is_untried: true, ..found.remarked(remark) }
    }

    /// An object whose namespace is not there, with what the server said to the same in one like it.
    fn homeless(&self, wanted: &Value, anew: Option<&Anew>) -> Finding {
        let namespace = wanted["metadata"]["namespace"].as_str().unwrap_or("default");
        let is_made = |it: &Value| it["kind"] == "Namespace" && it["metadata"]["name"] == namespace;
        if !self.wanted.iter().any(is_made) {
            return Finding::because(Verdict::Refused, format!("the namespace `{namespace}` is not there"));
        }
        let made = format!("its namespace `{namespace}` is made by the same change");
        let said = anew.map(|it| (it, Refusal::of(it.reply.status, &it.reply.body)));
        match said {
            Some((anew, _)) if anew.reply.is_ok() => {
                let alike = "the server takes it in one with the same Pod Security";
                let other = "the server takes it in `default`; what its own Pod Security says is not proven";
                absent(wanted).remarked(&format!("{made}; {}", if anew.is_alike { alike } else { other }))
            }
            // Of the other namespace's own making are what it has no room for, and what nobody could say.
            Some((_, it)) if !it.is_fault() && (it.code != 403 || it.is_of_pod_security()) => {
                Finding::because(Verdict::Refused, it.words())
            }
            _ => absent(wanted).remarked(&format!("not proven: {made}")),
        }
    }

    fn field(&self, case: &Case<'_>, live: &Value, difference: &Difference) -> Field {
        let path = &difference.path;
        let named = name_beside(path);
        let show = |it: &Value| self.mask.value(case.object.kind(), path, named, it);
        let is_there = difference.before.is_some();
        let owners = if is_there { self.owners(owners::owners(live, path)) } else { Vec::new() };
        let way = path::nodes(path, &case.object.node);
        let inside = way.last().filter(|_| way.len() > path.len()).and_then(|it| self.line_inside(it));
        let line = inside.or_else(|| way.iter().rev().find_map(|it| self.line(it.origin)));
        Field {
            path: self.mask.inside(&path::shown(path)),
            pointer: self.mask.inside(&path::pointer(path)),
            before: difference.before.as_ref().map(show),
            after: difference.after.as_ref().map(show),
            owners,
            moved: owners::moved(live, path, is_there),
            line: line.or_else(|| Some(self.line_of(case.object))).unwrap_or_default(),
        }
    }

    fn line_of(&self, object: &Object) -> Line {
        let places = [object.node.at(["metadata", "name"]), object.node.get("spec"), Some(&object.node)];
        places.into_iter().flatten().find_map(|it| self.line(it.origin)).unwrap_or_default()
    }

    /// The line of a value, or the first one of what is in it.
    fn line_inside(&self, node: &Node) -> Option<Line> {
        self.line(node.origin).or_else(|| match &node.value {
            crate::source::Value::Map(map) => map.iter().find_map(|(_, it)| self.line_inside(it)),
            crate::source::Value::List(items) => items.iter().find_map(|it| self.line_inside(it)),
            _ => None,
        })
    }

    fn line(&self, origin: Origin) -> Option<Line> {
        let node = origin.node?;
        let span = self.sources.span(node, Part::Key);
        let shown = if self.sources.is_file(span.file) {
            format!("{}:{}", self.sources.name(span.file), self.sources.position(span).line)
        } else {
            let path = self.sources.text(span.file).split(" = ").next().unwrap_or_default();
            format!("--set {path}")
        };
        Some(Line { shown: Some(shown), origin })
    }
}

/// The name of the item of a list that a path leads through last.
fn name_beside(path: &[Step]) -> Option<&str> {
    path.iter().rev().find_map(|it| match it {
        Step::Item { keys, .. } => keys.iter().find(|(key, _)| *key == "name")?.1.as_str(),
        Step::Key(_) => None,
    })
}
