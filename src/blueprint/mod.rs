//! What is embedded from `blueprints/`: text templates, and a user's own in their place.
//!
//! Templates are minijinja with strict undefined values. A project's folder `blueprints/` beside its `mlops.toml` may
//! hold files of the same names: each is used in place of ours, and with `{% extends "mlopsc/<name>" %}` on its first
//! line it changes only the blocks that it repeats. A value that a template prints must be a plain word, or be quoted
//! for the grammar of the file by a filter; any other value stops the rendering, so that no string of a spec can end
//! the text around it.

mod blocks;
mod grammar;
mod own;
mod texts;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};
use serde::Serialize;

use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::source::Files;
use texts::TEXTS;

static BAD_TEMPLATE: Code = Code {
    id: "bad-template",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a file of the project's folder `blueprints` that is no template of mlopsc, cannot be read as one, changes a
block that there is not, has text beside the blocks that it changes, or prints a value where it could break the file.

### Why it matters
A template or a block that is never used changes nothing, and a value without quotes could become an instruction.

### Use instead
A file with the name of a template of ours, such as `blueprints/docker/Dockerfile.j2`. It may change one block of it:

```
{% extends \"mlopsc/docker/Dockerfile.j2\" %}
{% block environment %}
{{ super() }}
ENV TZ=Europe/London
{% endblock %}
```

In a Dockerfile a value is printed as `{{ value | quoted }}` (a word in double quotes), `{{ value | json }}` (the form
of a command without a shell) or `{{ value | shell }}` (a word of a command).
",
};

/// The codes of this room.
pub static CODES: &[&Code] = &[&BAD_TEMPLATE];

/// The folder of a project's own templates.
const FOLDER: &str = "blueprints";
/// What stands before the name of a template of ours, where a project has one of the same name.
const OURS: &str = "mlopsc/";

/// The templates of a project.
#[derive(Debug)]
pub struct Blueprints {
    environment: Environment<'static>,
    /// The names of the project's own.
    own: Vec<String>,
    /// The way to the folder of the project's own, as messages show it.
    shown: String,
}

impl Blueprints {
    /// Ours, and those of the project in `files`; `prefix` is the way to the project. What is wrong with the project's
    /// own goes to `sink`.
    pub fn new(files: &Files, prefix: &str, sink: &mut Sink) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
        environment.set_syntax(syntax.expect("internal error: a good syntax"));
        environment.set_auto_escape_callback(|_| AutoEscape::Custom("word".into()));
        grammar::install(&mut environment);
        environment.set_loader(|name| Ok(ours(name).map(str::to_owned)));
        let own = own::read(files);
        let names = own.iter().map(|(name, _)| name.clone()).collect();
        let mut blueprints = Self { environment, own: names, shown: format!("{prefix}{FOLDER}/") };
        own::judge(files, &own, &blueprints, sink);
        for (name, text) in own {
            match text {
                Ok(text) => {
                    if let Err(error) = blueprints.environment.add_template_owned(name.clone(), text) {
                        sink.report(blueprints.bad(&error));
                    }
                }
                Err(why) => sink.report(blueprints.bad_file(&name, &why.to_string())),
            }
        }
        blueprints
    }

    /// Whether the project has templates of its own.
    #[must_use]
    pub fn are_changed(&self) -> bool {
        !self.own.is_empty()
    }

    /// The text of a template.
    ///
    /// # Errors
    /// What is wrong in a template of the project.
    pub fn render(&self, name: &str, values: impl Serialize) -> Result<String, Box<Diagnostic>> {
        let template = self.environment.get_template(name).map_err(|it| self.bad(&it))?;
        template.render(minijinja::value::Serde(values)).map_err(|it| Box::new(self.bad(&it)))
    }

    fn bad(&self, error: &Error) -> Diagnostic {
        let name = error.name().unwrap_or_default();
        assert!(self.own.iter().any(|it| it == name), "internal error: a template of ours fails: {error:#}");
        let line = error.line().map_or_else(String::new, |it| format!(", line {it}"));
        let why = error.detail().map_or_else(|| error.kind().to_string(), |it| format!("{}: {it}", error.kind()));
        self.bad_file(name, &format!("{}{line}", why.replace('\n', " ")))
    }

    fn bad_file(&self, name: &str, why: &str) -> Diagnostic {
        let diagnostic = Diagnostic::new(&BAD_TEMPLATE, format!("the template `{name}` cannot be used: {why}"));
        diagnostic.at(Spot::File(format!("{}{name}", self.shown).into()), "")
    }
}

/// The texts of our templates below a folder, in a fixed order: what is made with them changes when they do.
pub fn of_ours(folder: &str) -> impl Iterator<Item = &'static str> {
    TEXTS.iter().filter(move |(name, _)| name.split('/').next() == Some(folder)).map(|(_, text)| *text)
}

/// A template of ours by its name, also by the one under which those of a project extend it.
fn ours(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix(OURS).unwrap_or(name);
    TEXTS.iter().find(|(it, _)| *it == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blueprints(files: &[(&str, &str)]) -> (Blueprints, Vec<String>) {
        let mut sink = Sink::new();
        let blueprints = Blueprints::new(&Files::memory(files.iter().copied()), "", &mut sink);
        (blueprints, sink.all().iter().map(|it| it.message.clone()).collect())
    }

    #[test]
    fn a_template_of_the_project_stands_for_ours() {
        let (blueprints, messages) = blueprints(&[("blueprints/docker/secrets.j2", "mine {{ word }}\n")]);
        assert_eq!(messages, Vec::<String>::new());
        let text = blueprints.render("docker/secrets.j2", minijinja::context!(word => "a-1")).unwrap();
        assert_eq!(text, "mine a-1\n");
    }

    #[test]
    fn only_plain_words_are_printed_without_quotes() {
        let (blueprints, _) = blueprints(&[("blueprints/docker/secrets.j2", "\n{{ word }}\n")]);
        for bad in ["", "a b", "a\nb", "$x", "a\\", "\"", "'", "#", "`a`", "é"] {
            let diagnostic = blueprints.render("docker/secrets.j2", minijinja::context!(word => bad)).unwrap_err();
            assert!(diagnostic.message.contains("is no plain word"), "{}", diagnostic.message);
            assert!(diagnostic.message.ends_with(", line 2"), "{}", diagnostic.message);
        }
    }

    #[test]
    fn a_misspelt_block_is_a_mistake() {
        let text = "{% extends \"mlopsc/docker/Dockerfile.j2\" %}\n{# {% block no %} #}\n{% block pakages %}\n\
            {% block inner %}{% endblock %}\n{% endblock %}\n{%- block labels -%}{% endblock %}\n";
        let (_, messages) = blueprints(&[("blueprints/docker/Dockerfile.j2", text)]);
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].ends_with("there is no block `pakages`, line 3"), "{messages:?}");
    }

    #[test]
    fn unknown_values_and_names_are_mistakes() {
        let (_, messages) = blueprints(&[
            ("blueprints/docker/Dokerfile.j2", ""),
            ("blueprints/docker/Dockerfile.j2", "{% if %}"),
            ("blueprints/docker/part.j2", ""),
            ("blueprints/docker/secrets.j2", "{% include \"docker/part.j2\" %}"),
        ]);
        assert_eq!(messages.len(), 2, "{messages:?}");
        assert!(messages[1].contains("`docker/Dockerfile.j2` cannot be used: syntax error"), "{messages:?}");
        assert!(messages[0].contains("`docker/Dokerfile.j2` cannot be used: no file is made of it"), "{messages:?}");
    }
}
