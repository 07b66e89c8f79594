//! The model of a diff, which every renderer reads.

use serde::Serialize;
use serde_json::Value;

use crate::object::Identity;

/// Everything that was found out about one environment.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One for each object on either side, in the order of their identities.
    pub changes: Vec<Change>,
    /// What the reader should know about how it was found out.
    pub notes: Vec<String>,
}

/// What would become of one object.
#[derive(Clone, Debug)]
pub struct Change {
    pub identity: Identity,
    pub verdict: Verdict,
    /// The fields that differ. Values that may be secret are not in them.
    pub fields: Vec<Field>,
    /// What the change would cause.
    pub impact: Vec<Impact>,
    /// Why it is so, in the server's words where it is the server that says it.
    pub reason: Option<String>,
    /// The line of the spec that the object was made from.
    pub line: Option<String>,
    /// Whether removing it would lose data, so that nobody should.
    pub protected: bool,
}

/// The sum of what would become of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
    pub owners: Vec<String>,
    /// The line of the spec that sets what is wanted.
    pub line: Option<String>,
}

/// What a change would cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Impact {
    RollsPods,
    Scales,
    Replaces,
    EndsActiveRun,
    NextRunOnly,
    AtRestart,
    TrafficMoves,
    NetworkPaths,
    Permissions,
    VolumeExpands,
    Quota,
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
    pub const ALL: [Self; 10] = [
        Self::Changed,
        Self::Create,
        Self::Orphan,
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
            Self::Replaces => "replaces",
            Self::EndsActiveRun => "ends the active run",
            Self::NextRunOnly => "next run only",
            Self::AtRestart => "no restart, variables and sub-paths wait for one",
            Self::TrafficMoves => "traffic moves",
            Self::NetworkPaths => "opens or closes network paths",
            Self::Permissions => "changes permissions",
            Self::VolumeExpands => "volume changes size",
            Self::Quota => "changes what may run",
            Self::NoRestart => "no restart",
        }
    }
}

impl Report {
    /// How many objects have a verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.changes.iter().filter(|it| it.verdict == verdict).count()
    }

    /// Whether the cluster is not what is wanted.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.changes.iter().any(|it| it.verdict.differs())
    }

    /// `1 changed, 14 same`
    #[must_use]
    pub fn summary(&self) -> String {
        let counted = Verdict::ALL.map(|it| (self.count(it), it.words()));
        let parts = counted.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}"));
        let parts: Vec<String> = parts.collect();
        if parts.is_empty() { "no objects".to_owned() } else { parts.join(", ") }
    }
}
