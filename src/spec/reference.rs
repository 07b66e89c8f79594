//! Values in texts that are known only when a stage runs: `${params.study}`, `${stages.measure.results.dice}`.
//!
//! They stand in the commands, arguments and variables of stages. `$${params.study}` is the text `${params.study}`, and
//! every other `$` is one.

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextPiece<'t> {
    Literal(String),
    /// What stands between `${` and `}`.
    Reference(&'t str),
}

/// What a reference stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference<'t> {
    /// A parameter of the stage that the text is of.
    Param(&'t str),
    /// A result of another stage.
    Result { stage: &'t str, name: &'t str },
}

impl<'t> Reference<'t> {
    /// Reads what stands between `${` and `}`; `None` for what stands for nothing.
    #[must_use]
    pub fn parse(text: &'t str) -> Option<Self> {
        if let Some(name) = text.strip_prefix("params.") {
            return (!name.contains('.')).then_some(Self::Param(name));
        }
        let (stage, result) = text.strip_prefix("stages.")?.split_once('.')?;
        let name = result.strip_prefix("results.")?;
        (!name.contains('.')).then_some(Self::Result { stage, name })
    }
}

/// The pieces of a text, in their order.
#[must_use]
pub fn text_pieces(text: &str) -> Vec<TextPiece<'_>> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, inside) = (&rest[..at], &rest[at + 2..]);
        // A shell has no variable with a dot: `${param.x}` is a reference misspelt.
        let is_ours =
            |name: &str| name.contains('.') && name.chars().all(|it| it.is_ascii_alphanumeric() || "-_.".contains(it));
        let Some(end) = inside.find('}').filter(|end| is_ours(&inside[..*end])) else {
            literal.push_str(&rest[..at + 2]);
            rest = inside;
            continue;
        };
        let name = &inside[..end];
        if let Some(before) = before.strip_suffix('$') {
            literal.push_str(before);
            literal.push_str(&format!("${{{name}}}"));
        } else {
            literal.push_str(before);
            if !literal.is_empty() {
                pieces.push(TextPiece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(TextPiece::Reference(name));
        }
        rest = &inside[end + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() || pieces.is_empty() {
        pieces.push(TextPiece::Literal(literal));
    }
    pieces
}

/// The references in a text.
pub fn references(text: &str) -> impl Iterator<Item = &str> {
    text_pieces(text).into_iter().filter_map(|it| match it {
        TextPiece::Reference(name) => Some(name),
        TextPiece::Literal(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> TextPiece<'_> {
        TextPiece::Literal(text.to_owned())
    }

    #[test]
    fn a_text_without_references_is_as_it_is() {
        for text in ["", "$", "${", "${HOME}", "$$", "$(PARAM_X)", "${params.x", "a${b}$c", "params.x}"] {
            assert_eq!(text_pieces(text), [literal(text)], "{text}");
        }
    }

    #[test]
    fn references_are_told_from_what_is_around_them() {
        let pieces = text_pieces("a${params.x}b$c${stages.m.results.d}");
        let reference = TextPiece::Reference;
        assert_eq!(pieces, [literal("a"), reference("params.x"), literal("b$c"), reference("stages.m.results.d")]);
        assert_eq!(text_pieces("$${params.x}!"), [literal("${params.x}!")], "two dollars are one, and no reference");
        assert_eq!(text_pieces("$${HOME}"), [literal("$${HOME}")]);
    }

    #[test]
    fn a_reference_is_a_parameter_or_a_result() {
        assert_eq!(Reference::parse("params.x"), Some(Reference::Param("x")));
        assert_eq!(Reference::parse("stages.m.results.d"), Some(Reference::Result { stage: "m", name: "d" }));
        for bad in ["params.x.y", "stages.m", "stages.m.results", "stages.m.outputs.d", "stages.m.results.d.e"] {
            assert_eq!(Reference::parse(bad), None, "{bad}");
        }
    }
}
