//! The origin of a value: the node of a file that set it, the rule that made it, or both.

use std::num::{NonZeroU16, NonZeroU32};

/// A key or value that was written in a file; an index into [`Sources`](super::Sources).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(NonZeroU32);

impl NodeId {
    /// The id of the node at `index` of the arena.
    ///
    /// # Panics
    /// When there are more than 2³² − 2 nodes, which no readable file has.
    pub(super) fn from_index(index: usize) -> Self {
        let number = u32::try_from(index + 1).expect("internal error: too many nodes");
        Self(NonZeroU32::new(number).expect("internal error: an index plus one is not zero"))
    }

    pub(super) fn index(self) -> usize {
        self.0.get() as usize - 1
    }

    pub(super) fn number(self) -> u32 {
        self.0.get()
    }

    pub(super) fn from_number(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }
}

/// A named rule of the compiler; the room that owns the rules gives it meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(NonZeroU16);

impl RuleId {
    /// The rule at `index` of the catalogue.
    #[must_use]
    pub const fn from_index(index: u16) -> Self {
        Self(NonZeroU16::new(index + 1).expect("internal error: an index plus one is not zero"))
    }

    /// The place of the rule in its catalogue.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// Where a value came from.
///
/// A value that a user wrote has a node. A value that the compiler decided has a rule, and also a node where the rule
/// followed from something written. Eight bytes, because every field of every emitted object carries one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The key or value of a file that this follows from.
    pub node: Option<NodeId>,
    /// The rule that made something of it.
    pub rule: Option<RuleId>,
}

impl Origin {
    /// No origin: a value of a test, or of a document that nobody will ask about.
    pub const NONE: Self = Self { node: None, rule: None };

    /// Written by the user at `node`.
    #[must_use]
    pub const fn written(node: NodeId) -> Self {
        Self { node: Some(node), rule: None }
    }

    /// Decided by `rule` alone.
    #[must_use]
    pub const fn rule(rule: RuleId) -> Self {
        Self { node: None, rule: Some(rule) }
    }

    /// The same place, but now `rule` has made something of it.
    #[must_use]
    pub const fn by(self, rule: RuleId) -> Self {
        Self { node: self.node, rule: Some(rule) }
    }

    /// This origin, or `other` where this one is unknown.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self == Self::NONE { other } else { self }
    }
}
