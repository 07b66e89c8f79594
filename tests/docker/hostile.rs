//! Whatever a spec says, a Dockerfile has the instructions that it would have with harmless texts.

use proptest::prelude::*;
use serde_json::json;

use super::{compiled, instructions, must_compile};
use crate::support::hostile::STRINGS;
use crate::support::judges::harness::tests;

tests!(
    no_text_becomes_an_instruction,
    steps_hold_any_line,
    labels_hold_any_line,
    every_field_reaches_the_file_when_it_is_good,
);

fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\nRUN id",
        "\\\n",
        "\"",
        "'",
        "`id`",
        "$(id)",
        "${PATH}",
        "#",
        "<<EOF\nRUN id\nEOF",
        "{{ 7 }}",
        "{% raw %}",
        " ",
        "x",
        "\r",
        "\u{2028}",
        "\t",
        "--from=x",
        "]",
        ", ",
        "\\",
        "é",
    ]);
    prop_oneof![
        prop::sample::select(STRINGS).prop_map(str::to_owned),
        prop::collection::vec(pieces, 1..6).prop_map(|it| it.concat()),
        any::<String>(),
    ]
}

/// A spec in which the text stands in every field that reaches a Dockerfile.
fn spec(text: &str, field: usize) -> String {
    let quoted = toml::Value::String(text.to_owned());
    let at = |it: usize, harmless: &str| if it == field { quoted.to_string() } else { json!(harmless).to_string() };
    format!(
        "[build]\nsystem-packages = [{}]\nfrontend = {}\n[build.mirrors]\npypi = {}\napt = {}\n\
         [stages.train]\nentry = {}\nbase = {}\npython = {}\nlock = {}\noutputs = [{{ data = \"model\", path = {} }}]\n",
        at(0, "libgomp1"),
        at(1, "docker/dockerfile:1.26.0"),
        at(2, "https://nexus.hospital.example/simple"),
        at(8, "https://nexus.hospital.example/apt"),
        at(3, "train.py"),
        at(4, "python:3.12-slim-trixie"),
        at(5, "3.12"),
        at(6, "requirements.lock"),
        at(7, "/data/model"),
    )
}

const FIELDS: usize = 9;

/// The instructions of a harmless spec; of the fields only a version or a path could change their number.
fn harmless() -> Vec<&'static str> {
    let compiled = must_compile(compiled(&spec("", FIELDS), &[]));
    instructions(&text_of(&compiled).expect("a Dockerfile"))
}

fn text_of(compiled: &mlopsc::compile::Compiled) -> Option<String> {
    if compiled.sink.has_errors() {
        return None;
    }
    let files = compiled.environments[0].files();
    files.iter().find(|(path, _)| path.as_str().ends_with("/Dockerfile")).map(|(_, text)| text.to_owned())
}

fn check(text: &str, field: usize) -> Result<bool, TestCaseError> {
    let compiled = compiled(&spec(text, field), &[]);
    let Some(dockerfile) = text_of(&compiled) else { return Ok(false) };
    prop_assert_eq!(instructions(&dockerfile), harmless(), "{:?} in field {}", text, field);
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    fn no_text_becomes_an_instruction(text in hostile(), field in 0..FIELDS) {
        check(&text, field)?;
    }

    fn steps_hold_any_line(text in hostile()) {
        let spec = |step: &str| {
            let step = toml::Value::String(step.to_owned());
            format!("[images.x]\nrun = [{step}]\n[stages.train]\nimage = {{ use = \"x\" }}\nentry = \"train.py\"\n\
                outputs = [\"model\"]\n")
        };
        let Some(dockerfile) = text_of(&compiled(&spec(&text), &[])) else { return Ok(()) };
        let harmless = text_of(&compiled(&spec("true"), &[])).expect("a Dockerfile");
        prop_assert_eq!(instructions(&dockerfile), instructions(&harmless), "{:?}", text);
    }

    fn labels_hold_any_line(text in hostile()) {
        let owner = toml::Value::String(text.clone());
        let spec = "[stages.train]\nentry = \"train.py\"\noutputs = [\"model\"]\n";
        let harmless = "[project]\nname = \"demo\"\nversion = \"1\"\nregistry = \"r.example.org/t\"\n";
        let whole = format!("{harmless}owner = {owner}\n[data.model]\nclass = \"public\"\nsize = \"1Gi\"\n{spec}");
        let files = [("mlops.toml", whole.as_str()), ("train.py", ""), ("requirements.lock", "a==1 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n")];
        let compiled = crate::support::project::compile_memory(files);
        let Some(dockerfile) = text_of(&compiled) else { return Ok(()) };
        prop_assert_eq!(instructions(&dockerfile).iter().filter(|it| **it == "LABEL").count(), 1);
        let parsed = parse_dockerfile::parse(&dockerfile).expect("a Dockerfile");
        let label = parsed.instructions.iter().find_map(|it| match it {
            parse_dockerfile::Instruction::Label(label) => Some(label.arguments.value.to_string()),
            _ => None,
        });
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
        let expected = format!("org.opencontainers.image.authors=\"{escaped}\"");
        prop_assert!(label.is_some_and(|it| it.contains(&expected)), "{}", expected);
    }
}

fn every_field_reaches_the_file_when_it_is_good() {
    let good = [
        "libxml2",
        "docker/dockerfile:1.25.0",
        "https://other.hospital.example/simple",
        "plain/train.py",
        "python:3.13-slim-trixie",
        "3.13",
        "plain/requirements.txt",
        "/somewhere/else",
    ];
    let before = text_of(&must_compile(compiled(&spec("", FIELDS), &[])));
    for (field, text) in good.into_iter().enumerate() {
        let after = text_of(&must_compile(compiled(&spec(text, field), &[])));
        // The version of Python is that of the base, where one is named.
        assert!(field == 5 || before != after, "field {field} with {text:?} changes nothing");
    }
}
