//! The model of a diff, which every renderer reads.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::diag::Code;
use crate::object::Identity;
use crate::source::Origin;

/// Everything that was found out about one environment.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One for each object on either side, in the order of their identities.
    pub changes: Vec<Change>,
    /// What the reader should know about how it was found out.
    pub notes: Vec<String>,
    /// Kinds of which nobody could look for what is there and not wanted any more.
    pub unlisted: BTreeSet<String>,
    /// A digest of what is wanted, what is there of it and what would become of it, where a cluster said so.
    pub plan: Option<String>,
    /// Of how many objects no server was asked what would become of them, because who asks may not.
    pub untried: usize,
}

/// What would become of one object.
#[derive(Clone, Debug)]
pub struct Change {
    pub identity: Identity,
    pub verdict: Verdict,
    /// The fields that differ. Values that may be secret are not in them.
    pub fields: Vec<Field>,
    /// What the change would cause.
    pub effects: Vec<Effect>,
    /// What it would weaken.
    pub risks: Vec<Risk>,
    /// Why it is so, in the server's words where it is the server that says it.
    pub reason: Option<String>,
    /// Where the spec says what the object was made from.
    pub line: Line,
    /// Whether removing it would lose data, so that nobody should.
    pub protected: bool,
    /// Since when it is there, where that matters.
    pub since: Option<String>,
    /// Who applied it, where that matters.
    pub owners: Vec<Owner>,
}

/// The sum of what would become of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing would change.
    Same,
    /// A stage that nobody has started; applying what is declared does not start it.
    NotStarted,
    /// Fields would change.
    Changed,
    /// It is not there, and would be made.
    Create,
    /// It was made from this spec once, and is not in it any more.
    Orphan,
    /// It is being deleted, and what is applied to it goes with it.
    Terminating,
    /// Somebody else owns a field and says otherwise.
    Conflict,
    /// The change needs the object to be deleted and made anew.
    Replace,
    /// The change touches what can never change, and making the object anew would lose data.
    Immutable,
    /// The server does not take it.
    Refused,
    /// The server could not say.
    Unknown,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// `spec.template.spec.containers[name=api].image`
    pub path: String,
    /// The same as a JSON pointer into the desired object, or into the live one where the field would go.
    pub pointer: String,
    /// What is there now; a secret is [`HIDDEN`](super::HIDDEN).
    pub before: Option<Value>,
    pub after: Option<Value>,
    /// Who set what is there now.
    pub owners: Vec<Owner>,
    /// Which side moved, as far as the owners tell.
    pub moved: Option<Moved>,
    /// Where the spec says what is wanted.
    pub line: Line,
}

/// Somebody who set a field, as the server knows them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// The name under which they wrote: `kubectl`, `argocd-controller`, `kubectl-edit`.
    pub manager: String,
    /// When they last did (RFC 3339), where the server says it.
    pub since: Option<String>,
}

/// Which side a difference comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Moved {
    /// What is there was applied, and the spec says something else now.
    Spec,
    /// Somebody changed it in the cluster.
    Cluster,
}

/// A place in a file of the spec, where one is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// `mlops.toml:12`, or `--set services.api.replicas`
    pub shown: Option<String>,
    pub origin: Origin,
}

/// A consequence of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    pub impact: Impact,
    /// How much, for whom, when.
    pub detail: Option<String>,
}

/// Something that protects people's data and would not any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Risk {
    pub code: &'static Code,
    /// What it is about.
    pub detail: String,
}

/// What a change would cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Impact {
    /// Pods are exchanged for new ones, a few at a time.
    RollsPods,
    /// Pods come or go, and none restarts.
    Scales,
    /// An autoscaler decides about the number of pods.
    AutoscalerOwns,
    /// The object is deleted and made anew.
    Replaces,
    /// A run that is in progress ends.
    EndsActiveRun,
    /// The next run is the first that notices.
    NextRunOnly,
    /// Pods notice when they restart.
    AtRestart,
    /// Programs find it in their files by themselves.
    HotReload,
    /// Requests go elsewhere.
    TrafficMoves,
    /// Connections come through that did not.
    OpensPaths,
    /// Connections do not come through any more.
    ClosesPaths,
    /// Somebody may do more.
    Permits,
    /// Somebody may do less.
    Forbids,
    /// A volume grows.
    VolumeExpands,
    /// A volume cannot become what is wanted.
    VolumeStays,
    /// Other limits hold for what runs.
    Quota,
    /// More is in use than would be allowed.
    QuotaBelowUsage,
    /// It goes on until somebody deletes it.
    Stays,
    /// Nothing that runs notices.
    NoRestart,
}

impl Verdict {
    /// As people read it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::NotStarted => "not started",
            Self::Changed => "changed",
            Self::Create => "create",
            Self::Orphan => "orphan",
            Self::Terminating => "terminating",
            Self::Conflict => "conflict",
            Self::Replace => "replace",
            Self::Immutable => "immutable",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the cluster is not what is wanted.
    #[must_use]
    pub const fn differs(self) -> bool {
        !matches!(self, Self::Same | Self::NotStarted)
    }

    /// All of them, in the order in which they are summed up.
    pub const ALL: [Self; 11] = [
        Self::Changed,
        Self::Create,
        Self::Orphan,
        Self::Terminating,
        Self::Conflict,
        Self::Replace,
        Self::Immutable,
        Self::Refused,
        Self::Unknown,
        Self::NotStarted,
        Self::Same,
    ];
}

impl Impact {
    /// As people read it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::RollsPods => "rolls pods",
            Self::Scales => "scales, no restart",
            Self::AutoscalerOwns => "an autoscaler owns it",
            Self::Replaces => "replaces",
            Self::EndsActiveRun => "ends the active run",
            Self::NextRunOnly => "next run only",
            Self::AtRestart => "no effect until a restart",
            Self::HotReload => "read without a restart",
            Self::TrafficMoves => "traffic moves",
            Self::OpensPaths => "opens network paths",
            Self::ClosesPaths => "closes network paths",
            Self::Permits => "permits more",
            Self::Forbids => "permits less",
            Self::VolumeExpands => "volume expands",
            Self::VolumeStays => "volume stays as it is",
            Self::Quota => "changes what may run",
            Self::QuotaBelowUsage => "quota below what is in use",
            Self::Stays => "stays until somebody deletes it",
            Self::NoRestart => "no restart",
        }
    }
}

impl Change {
    /// Whether there is something to see: a difference, or what others set that protects data, beside what is the same.
    #[must_use]
    pub fn is_finding(&self) -> bool {
        self.verdict.differs() || !self.risks.is_empty()
    }
}

impl Effect {
    pub(super) fn plain(impact: Impact) -> Self {
        Self { impact, detail: None }
    }

    pub(super) fn new(impact: Impact, detail: impl Into<String>) -> Self {
        Self { impact, detail: Some(detail.into()) }
    }
}

impl Report {
    /// How many objects have a verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.changes.iter().filter(|it| it.verdict == verdict).count()
    }

    /// Whether the cluster is not what is wanted, or not safe as it is.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.changes.iter().any(Change::is_finding)
    }

    /// Whether something could not be said: of an object, or of what is there beside what is wanted.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        self.count(Verdict::Unknown) > 0 || !self.unlisted.is_empty()
    }

    /// Whether a part of it would not come about, whoever applies it and however: it is refused, or goes.
    #[must_use]
    pub fn is_impossible(&self) -> bool {
        let impossible = [Verdict::Refused, Verdict::Immutable, Verdict::Terminating];
        impossible.into_iter().any(|it| self.count(it) > 0)
    }

    /// `1 changed, 14 same`
    #[must_use]
    pub fn summary(&self) -> String {
        let counted = Verdict::ALL.map(|it| (self.count(it), it.words()));
        let parts = counted.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}"));
        let parts: Vec<String> = parts.collect();
        let counted = if parts.is_empty() { "no objects".to_owned() } else { parts.join(", ") };
        match self.unlisted.len() {
            0 => counted,
            1 => format!("{counted}; orphans of 1 kind not all known"),
            more => format!("{counted}; orphans of {more} kinds not all known"),
        }
    }
}
