//! No text of a spec is read as anything else, in whatever field it stands.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;

use crate::outputs::{self, Skeleton};
use crate::projects::{PROJECTS, Project, project};
use crate::shape::SCHEMA;
use crate::support::hostile::STRINGS;
use crate::trees::{texts, with};
use crate::{cases, renderings};

/// What breaks out of quotes, lines, words, templates, terminals and annotations.
pub(crate) const PIECES: &[&str] = &[
    "\n::error file=x,line=1::forged",
    "\r\n::error::forged",
    "%0A::error::forged",
    "\nerror[literal-secret]: forged\n",
    "\u{1b}[2J",
    "\u{1b}]0;x\u{7}",
    "\u{9b}31m",
    "\u{0}",
    "\u{8}",
    "\u{7f}",
    "\u{202e}",
    "\u{2066}",
    "\nRUN id",
    "\\\n",
    "<<EOF\nRUN id\nEOF",
    "\"; id; \"",
    "'; id; '",
    "$(id)",
    "`id`",
    "${HOME}",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "\n- a: b\n",
    ": ",
    " #",
    "\n---\n",
    "&a *a",
    "--",
    ",",
    "=",
    "/../",
    " ",
    "\t",
    "x",
    "é",
    "🩻",
];

/// Such texts.
pub(crate) fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(STRINGS).prop_map(str::to_owned),
        prop::sample::select(PIECES).prop_map(str::to_owned),
        prop::collection::vec(prop::sample::select(PIECES), 1..5).prop_map(|it| it.concat()),
        any::<String>(),
    ]
}

/// A text that no grammar takes but those that take any line.
const ANYTHING: &str = "a \"b\" 'c' $d {e}, f";

/// Places where any line may stand, and those of them where several may.
struct Open {
    lines: Vec<String>,
    texts: Vec<String>,
    before: Skeleton,
}

/// The open places of each project, as many as compile with a text that no grammar takes.
static OPEN: LazyLock<Vec<Open>> = LazyLock::new(|| {
    let open = |project: &Project| {
        let takes =
            |at: &str, text: &str| !project.compile_tree(&with(&project.tree, at, text.into())).sink.has_errors();
        let fits = |at: &str| SCHEMA.is_valid(&with(&project.tree, at, ANYTHING.into()));
        let lines: Vec<String> =
            texts(&project.tree).into_iter().filter(|it| fits(it) && takes(it, ANYTHING)).collect();
        let texts = lines.iter().filter(|it| takes(it, "a\nb")).cloned().collect();
        Open { lines, texts, before: Skeleton::of(&project.compile(&project.spec)).unwrap() }
    };
    PROJECTS.iter().map(open).collect()
});

/// A text in all places at once that take it.
fn everywhere(project: &Project, places: &[String], text: &str) -> Value {
    let mut tree = project.tree.clone();
    for at in places {
        *tree.pointer_mut(at).unwrap() = text.into();
    }
    tree
}

fn check_everywhere(project: usize, text: &str) -> Result<(), TestCaseError> {
    let (project, open) = (&PROJECTS[project], &OPEN[project]);
    let places = if text.contains(char::is_control) { &open.texts } else { &open.lines };
    let compiled = project.compile_tree(&everywhere(project, places, text));
    renderings::check(&compiled)?;
    if !compiled.sink.has_errors() {
        outputs::check(&compiled)?;
        Skeleton::of(&compiled)?.check(&open.before)?;
    }
    Ok(())
}

/// Whether a text could be a word that chooses something: a name, a number, a version, a path.
fn is_word(text: &str) -> bool {
    let is_part = |it: char| it.is_ascii_alphanumeric() || "._-/:+*~=@,".contains(it);
    text.chars().all(is_part)
}

#[test]
fn the_known_hostile_texts_stand_where_any_text_may() {
    assert!(OPEN.iter().map(|it| it.lines.len()).sum::<usize>() > 30, "too few places are open");
    assert!(OPEN.iter().map(|it| it.texts.len()).sum::<usize>() > 10, "too few places take several lines");
    for (index, text) in STRINGS.iter().enumerate() {
        check_everywhere(index % PROJECTS.len(), text).unwrap_or_else(|it| panic!("{text:?}: {it}"));
    }
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn any_text_stands_where_any_text_may(project in 0..PROJECTS.len(), text in hostile()) {
        check_everywhere(project, &text)?;
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn any_text_in_any_field_is_a_mistake_or_itself(
        project in project(), at in any::<prop::sample::Index>(), text in hostile()
    ) {
        let places = texts(&project.tree);
        let at = at.get::<String>(&places);
        let compiled = project.compile_tree(&with(&project.tree, at, text.as_str().into()));
        renderings::check(&compiled)?;
        if compiled.sink.has_errors() {
            return Ok(());
        }
        outputs::check(&compiled)?;
        let after = Skeleton::of(&compiled)?;
        if !is_word(&text) {
            let before = Skeleton::of(&project.compile(&project.spec))?;
            after.check(&before).map_err(|it| TestCaseError::fail(format!("{at} = {text:?}: {it}")))?;
        }
    }
}
