//! A secret that stands in a spec reaches nobody: no file, no message, in no form.

use mlopsc::compile::Compiled;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::projects::{project, written};
use crate::same::{literal, quoted};
use crate::trees::{places, steps, texts, with};
use crate::{cases, renderings};

/// The part of every secret that must not be seen.
const SECRET: &str = "Zq7Wk2Vx9Tb4Nm6Rj8Lc";

/// Texts that are credentials by their form. No scanner of repositories should take this file for a leak.
fn credential() -> impl Strategy<Value = String> {
    let forms =
        ["ghp_{}", "glpat-{}", "hf_{}", "postgres://reader:{}@db/x", "see https://u:{}@host/ for more", "a=b,ghp_{}"];
    let upper = format!("AKIA{}", SECRET.to_ascii_uppercase());
    let key = format!("-----BEGIN {}PRIVATE KEY-----\n{SECRET}\n-----END", "");
    let filled = forms.map(|it| it.replace("{}", SECRET));
    select(filled.into_iter().chain([upper, key]).collect::<Vec<_>>())
}

fn is_shown(text: &str) -> bool {
    text.to_ascii_uppercase().contains(&SECRET.to_ascii_uppercase())
}

/// Nothing that anybody sees holds the secret.
fn check_hidden(compiled: &Compiled) -> Result<(), TestCaseError> {
    renderings::check(compiled)?;
    for (name, text) in renderings::all(compiled) {
        prop_assert!(!is_shown(&text), "{}:\n{}", name, text);
    }
    for (path, text) in written(compiled) {
        prop_assert!(!is_shown(&text), "{}:\n{}", path, text);
    }
    Ok(())
}

fn is_reported(compiled: &Compiled) -> bool {
    compiled.sink.all().iter().any(|it| it.code.id == "literal-secret")
}

/// Keys that say that a secret is under them.
fn telling_key() -> impl Strategy<Value = String> {
    select(vec!["password", "DB_PASSWORD", "api-key", "HF_TOKEN", "aws_secret_access_key", "passphrase", "login.token"])
        .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn a_credential_in_any_field_is_reported_and_hidden(
        project in project(), at in any::<Index>(), text in credential(), other in any::<Index>(), wrong in any::<bool>()
    ) {
        let places = texts(&project.tree);
        let mut tree = project.tree.clone();
        if wrong {
            // A second mistake shows lines of its own.
            tree = with(&tree, other.get::<String>(&places), json!([1]));
        }
        let at = at.get::<String>(&places);
        prop_assume!(tree.pointer(at).is_some());
        let tree = with(&tree, at, text.as_str().into());
        for spec in [crate::projects::toml(&tree), one_line(&tree)] {
            let compiled = project.compile(&spec);
            prop_assert!(is_reported(&compiled), "{} = {:?}", at, text);
            check_hidden(&compiled)?;
        }
    }

    #[test]
    fn a_value_under_a_key_that_tells_is_reported_and_hidden(
        project in project(), at in any::<Index>(), key in telling_key()
    ) {
        let tables: Vec<String> =
            places(&project.tree).into_iter().filter(|it| project.tree.pointer(it).is_some_and(Value::is_object)).collect();
        let mut tree = project.tree.clone();
        let at = at.get::<String>(&tables);
        tree.pointer_mut(at).unwrap()[&key] = SECRET.into();
        let compiled = project.compile_tree(&tree);
        // What stands in a store is named by a path, and what `env` refers to by a name.
        if !at.contains("/secrets/") && !at.contains("/env/") {
            prop_assert!(is_reported(&compiled), "{}/{}", at, key);
            check_hidden(&compiled)?;
        }
    }

    #[test]
    fn a_secret_in_a_file_that_cannot_be_read_is_hidden(
        project in project(), at in any::<Index>(), text in credential(), cut in any::<Index>(), noise in select(vec!["\"", "[", "=", "}", "\n[", " x ", "'''"])
    ) {
        let places = texts(&project.tree);
        let spec = crate::projects::toml(&with(&project.tree, at.get::<String>(&places), text.as_str().into()));
        let boundaries: Vec<usize> = spec.char_indices().map(|it| it.0).collect();
        // Inside the secret the noise would make two harmless halves of it.
        let cut = *cut.get(&boundaries);
        let from = spec.to_ascii_uppercase().find(&SECRET.to_ascii_uppercase()).unwrap();
        prop_assume!(cut < from.saturating_sub(60) || cut > from + SECRET.len());
        let spoiled = format!("{}{noise}{}", &spec[..cut], &spec[cut..]);
        check_hidden(&project.compile(&spoiled))?;
    }

    #[test]
    fn a_secret_from_the_command_line_is_hidden(
        project in project(), at in any::<Index>(), text in credential(), quotes in any::<bool>()
    ) {
        let places = texts(&project.tree);
        let path: Vec<String> = steps(at.get::<String>(&places)).iter().map(|it| quoted(it)).collect();
        let value = if quotes { literal(&json!(text)) } else { text };
        let compiled = project.compile_with(&project.spec, &[], &[format!("{}={value}", path.join("."))]);
        check_hidden(&compiled)?;
    }
}

/// The whole spec on as few lines as TOML allows, where every message shows the line of the secret.
fn one_line(tree: &Value) -> String {
    tree.as_object().unwrap().iter().map(|(key, value)| format!("{key} = {}\n", literal(value))).collect()
}
