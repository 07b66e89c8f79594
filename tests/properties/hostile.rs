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

/// The open places of each project.
static OPEN: LazyLock<Vec<Open>> = LazyLock::new(|| {
    let open = |project: &Project| {
        let fits = |at: &String| SCHEMA.is_valid(&with(&project.tree, at, ANYTHING.into()));
        let candidates: Vec<String> = texts(&project.tree).into_iter().filter(fits).collect();
        let lines = taking(project, &candidates, ANYTHING);
        let texts = taking(project, &lines, "a\nb");
        Open { lines, texts, before: Skeleton::of(&project.compile(&project.spec)).unwrap() }
    };
    PROJECTS.iter().map(open).collect()
});

/// Those of the places that take a text. Most do: half of the places is asked about at once, and again by halves where
/// one of them does not.
fn taking(project: &Project, places: &[String], text: &str) -> Vec<String> {
    if places.is_empty() || !project.compile_tree(&everywhere(project, places, text)).sink.has_errors() {
        return places.to_vec();
    }
    let (left, right) = places.split_at(places.len() / 2);
    if left.is_empty() {
        return Vec::new();
    }
    [taking(project, left, text), taking(project, right, text)].concat()
}

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
    let (lines, texts) = OPEN.iter().fold((0, 0), |sum, it| (sum.0 + it.lines.len(), sum.1 + it.texts.len()));
    assert!(lines > 30 && texts > 10, "too few places are open: {lines}, {texts} for several lines");
    for (project, open) in PROJECTS.iter().zip(OPEN.iter()) {
        let all = [(&open.lines, ANYTHING), (&open.texts, "a\nb")];
        let is_taken = |(places, text): (&Vec<String>, &str)| {
            !project.compile_tree(&everywhere(project, places, text)).sink.has_errors()
        };
        assert!(all.into_iter().all(is_taken), "{}: what one place takes alone, not all take at once", project.name);
    }
    for (index, project) in PROJECTS.iter().enumerate() {
        for round in 0..ROUNDS {
            check_mixed(index, round).unwrap_or_else(|it| panic!("{}, round {round}: {it}", project.name));
        }
    }
    for (index, text) in STRINGS.iter().enumerate().filter(|(_, it)| is_refused(it)) {
        check_everywhere(index % PROJECTS.len(), text).unwrap_or_else(|it| panic!("{text:?}: {it}"));
    }
}

/// Whether no place takes a text, and the messages about it are what is asked for.
fn is_refused(text: &str) -> bool {
    text.contains(|it: char| it.is_control() && it != '\n' && it != '\t')
}

/// So often every place gets another one of the known texts.
const ROUNDS: usize = 6;

/// Another one of the known texts in each place. One that is a mistake somewhere would hide what the others do.
fn check_mixed(project: usize, round: usize) -> Result<(), TestCaseError> {
    let (project, open) = (&PROJECTS[project], &OPEN[project]);
    let (several, one): (Vec<&str>, Vec<&str>) =
        STRINGS.iter().filter(|it| !is_refused(it)).partition(|it| it.contains(char::is_control));
    let mut tree = project.tree.clone();
    for (index, at) in open.lines.iter().enumerate() {
        let known = if open.texts.contains(at) && index % 3 == 0 { &several } else { &one };
        *tree.pointer_mut(at).unwrap() = known[(index * ROUNDS + round) % known.len()].into();
    }
    let compiled = project.compile_tree(&tree);
    renderings::check(&compiled)?;
    prop_assert!(!compiled.sink.has_errors(), "{}", crate::support::project::shown(&compiled));
    outputs::check(&compiled)?;
    Skeleton::of(&compiled)?.check(&open.before)
}

proptest! {
    #![proptest_config(cases(4))]

    #[test]
    fn any_text_stands_where_any_text_may(project in 0..PROJECTS.len(), text in hostile()) {
        check_everywhere(project, &text)?;
    }
}

proptest! {
    #![proptest_config(cases(40))]

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
