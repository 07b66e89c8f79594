//! One thing that is wrong, with its places and the way out.

use smol_str::SmolStr;

use super::{Code, Severity, Spot};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Its kind.
    pub code: &'static Code,
    /// Its weight here.
    pub severity: Severity,
    /// What is wrong: lower case, no period, literals in back quotes.
    pub message: String,
    /// Where; the first is the fault, the others are what it conflicts with.
    pub labels: Vec<Label>,
    /// What to do.
    pub helps: Vec<Help>,
    /// The environments in which it holds; empty where it holds in all of them.
    pub environments: Vec<SmolStr>,
}

/// A place and what is to be seen there.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    pub spot: Spot,
    pub text: String,
}

/// A way out: a sentence, and the edits that follow it where they are known.
#[derive(Clone, Debug, PartialEq)]
pub struct Help {
    pub text: String,
    pub edits: Vec<Edit>,
}

/// A text to put in place of another.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// What goes.
    pub spot: Spot,
    /// What comes.
    pub text: String,
}

impl Diagnostic {
    /// A diagnostic of `code` that has no place yet.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity,
            message: message.into(),
            labels: Vec::new(),
            helps: Vec::new(),
            environments: Vec::new(),
        }
    }

    /// Adds a place; the first one is the fault's.
    #[must_use]
    pub fn at(mut self, spot: impl Into<Spot>, text: impl Into<String>) -> Self {
        let spot = spot.into();
        if spot != Spot::Nowhere {
            self.labels.push(Label { spot, text: text.into() });
        }
        self
    }

    /// Adds a sentence that says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(Help { text: text.into(), edits: Vec::new() });
        self
    }

    /// Adds a sentence and the edit that does it.
    #[must_use]
    pub fn fix(mut self, text: impl Into<String>, spot: impl Into<Spot>, replacement: impl Into<String>) -> Self {
        let edit = Edit { spot: spot.into(), text: replacement.into() };
        self.helps.push(Help { text: text.into(), edits: vec![edit] });
        self
    }

    /// Adds the nearest known name as the replacement, if one is near.
    #[must_use]
    pub fn did_you_mean(self, spot: impl Into<Spot>, near: Option<impl Into<String>>) -> Self {
        match near.map(Into::into) {
            Some(near) => self.fix(format!("did you mean `{near}`?"), spot, near),
            None => self,
        }
    }

    /// As [`did_you_mean`](Self::did_you_mean), for a string: the replacement is in quotes.
    #[must_use]
    pub fn did_you_mean_text(self, spot: impl Into<Spot>, near: Option<impl Into<String>>) -> Self {
        match near.map(Into::into) {
            Some(near) => self.fix(format!("did you mean `{near}`?"), spot, format!("\"{near}\"")),
            None => self,
        }
    }

    /// Weighs this one differently from its kind.
    #[must_use]
    pub fn weighing(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}
