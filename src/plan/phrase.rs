//! A text that a program gets: what stands there, and values that are known only when it starts.

use serde::{Serialize, Serializer};
use smol_str::{SmolStr, format_smolstr};

use super::identity::env_word;
use crate::spec::{Reference, TextPiece, text_pieces};

/// A text in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase(Vec<PhrasePiece>);

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhrasePiece {
    Literal(SmolStr),
    /// The value of an environment variable of the same container.
    Variable(SmolStr),
}

impl Phrase {
    /// The text of a stage, with the variables that its references become.
    pub(super) fn of_stage(text: &str) -> Self {
        let piece = |it: TextPiece<'_>| match it {
            TextPiece::Literal(text) => PhrasePiece::Literal(text.into()),
            TextPiece::Reference(name) => {
                let literal = || PhrasePiece::Literal(format_smolstr!("${{{name}}}"));
                Reference::parse(name).map_or_else(literal, |it| PhrasePiece::Variable(variable(&it)))
            }
        };
        Self(text_pieces(text).into_iter().map(piece).collect())
    }

    #[must_use]
    pub fn pieces(&self) -> &[PhrasePiece] {
        &self.0
    }

    /// The text, where all of it is known.
    #[must_use]
    pub fn known(&self) -> Option<&SmolStr> {
        match self.0.as_slice() {
            [PhrasePiece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The text in the words of a target: what literal texts and variables are there.
    pub fn spelled(&self, literal: impl Fn(&str) -> String, variable: impl Fn(&str) -> String) -> SmolStr {
        let piece = |it: &PhrasePiece| match it {
            PhrasePiece::Literal(text) => literal(text),
            PhrasePiece::Variable(name) => variable(name),
        };
        self.0.iter().map(piece).collect::<String>().into()
    }
}

impl<T: Into<SmolStr>> From<T> for Phrase {
    fn from(text: T) -> Self {
        Self(vec![PhrasePiece::Literal(text.into())])
    }
}

impl Serialize for Phrase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.spelled(str::to_owned, |it| format!("<{it}>")).serialize(serializer)
    }
}

/// The variable in which a container finds what a reference stands for.
fn variable(reference: &Reference<'_>) -> SmolStr {
    match reference {
        Reference::Param(name) => param_variable(name),
        Reference::Result { stage, name } => result_variable(stage, name),
    }
}

/// `PARAM_<NAME>`.
#[must_use]
pub fn param_variable(name: &str) -> SmolStr {
    format_smolstr!("PARAM_{}", env_word(name))
}

/// `RESULT_<STAGE>_<NAME>`.
#[must_use]
pub fn result_variable(stage: &str, name: &str) -> SmolStr {
    format_smolstr!("RESULT_{}_{}", env_word(stage), env_word(name))
}

/// The variable in which whoever starts a stage gives it a parameter: `PARAM_<STAGE>_<NAME>`.
#[must_use]
pub fn caller_variable(stage: &str, name: &str) -> SmolStr {
    format_smolstr!("PARAM_{}_{}", env_word(stage), env_word(name))
}
