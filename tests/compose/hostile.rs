//! No text of a spec is read as anything else.

use super::*;
use crate::support::judges::harness::tests;

tests!(no_text_is_read_as_anything_else);

/// Texts that break out where somebody forgot to quote, or change where somebody reads too much into them.
const HOSTILE: &[&str] = &[
    "$",
    "$$",
    "$HOME",
    "${HOME}",
    "${HOME:-x}",
    "${HOME:?x}",
    "$${HOME}",
    "a$",
    "$(id)",
    "`id`",
    "\"",
    "'",
    "\\",
    "a: b",
    "- a",
    "#",
    " # a",
    "!!int 1",
    "&a",
    "*a",
    "{a: b}",
    "[a]",
    "|",
    ">-",
    "%",
    "@",
    "~",
    "null",
    "yes",
    "No",
    "on",
    "true",
    "1",
    "1.0",
    "1e3",
    "0o17",
    "0x1f",
    "12:30",
    "0:10001",
    "2026-01-02",
    ".inf",
    ".nan",
    "",
    " ",
    " a ",
    "a\nb",
    "\na\n",
    "\ta",
    "a\t\n b\n",
    "---",
    "...",
    "é",
    "日本語",
    "👩‍⚕️",
    "\u{2028}",
    "\u{a0}",
    "\u{feff}",
    "x=y",
    "=",
    "<<",
];

/// Names that YAML or Compose may take for something else.
const NAMES: &[&str] =
    &["yes", "no", "on", "off", "null", "true", "y", "n", "e1", "nan", "x-ray", "default", "pipeline", "none"];

fn hostile() -> impl Strategy<Value = String> {
    let known = prop::sample::select(HOSTILE).prop_map(str::to_owned);
    let mixed = prop::collection::vec(prop::sample::select(HOSTILE), 2..4).prop_map(|it| it.concat());
    let any = any::<String>().prop_map(|it| it.chars().filter(|it| !it.is_control()).collect());
    prop_oneof![known, mixed, any]
}

/// As [`hostile`], on one line.
fn hostile_line() -> impl Strategy<Value = String> {
    hostile().prop_map(|it| it.replace(['\n', '\t'], " "))
}

/// What a hostile spec is made from.
#[derive(Clone, Debug)]
struct Hostile {
    args: Vec<String>,
    vars: Vec<String>,
    settings: Vec<String>,
    note: String,
    option: String,
    probe: Vec<String>,
    /// Of a stage, a service, a table of settings, a dataset and a secret.
    names: Vec<&'static str>,
}

impl Hostile {
    fn any() -> impl Strategy<Value = Self> {
        let texts = || prop::collection::vec(hostile(), 1..4);
        let names = prop::sample::subsequence(NAMES, 5).prop_shuffle();
        let all = (texts(), texts(), texts(), hostile_line(), hostile_line(), texts(), names);
        all.prop_map(|(args, vars, settings, note, option, probe, names)| Self {
            args,
            vars,
            settings,
            note,
            option,
            probe,
            names,
        })
    }

    fn spec(&self) -> String {
        let [stage, service, table, data, secret] = self.names[..] else { panic!("five names") };
        let spec = json!({
            "config": { table: numbered("k", &self.settings) },
            "data": { data: {
                "class": "synthetic", "size": "1Gi", "source": "external",
                "nfs": { "server": "files.example", "path": "/export", "options": [self.option] },
            } },
            "secrets": { secret: { "from": "existing", "keys": ["null"] } },
            "stages": { stage: { "entry": "train.py", "args": self.args, "inputs": [data], "when": "manual" } },
            "services": { service: {
                "image": "registry.example.org/tools/viewer:2", "port": 8080, "command": self.args, "config": [table],
                "secrets": [secret], "env": numbered("V", &self.vars), "probes": { "ready": { "exec": self.probe } },
                "annotations": { "null": self.note, "x-note": self.note }, "labels": { "on": "1.0", "x-label": "no" }, "clients": [{ "stage": stage }],
            } },
        });
        toml::to_string(&spec).expect("a spec is TOML")
    }
}

fn numbered(prefix: &str, texts: &[String]) -> Value {
    texts
        .iter()
        .enumerate()
        .map(|(index, it)| (format!("{prefix}{index}"), it.as_str().into()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    fn no_text_is_read_as_anything_else(hostile in Hostile::any()) {
        let emission = Emission::of(&hostile.spec());
        let [stage, service, table, data, secret] = hostile.names[..] else { panic!("five names") };
        let Some(model) = emission.model else { return Ok(()) };
        prop_assert_eq!(names(&model["services"]), BTreeSet::from([stage, service]));
        let api = &model["services"][service];
        prop_assert_eq!(&model["services"][stage]["command"], &json!(hostile.args));
        prop_assert_eq!(&api["entrypoint"], &json!(hostile.args));
        for (index, text) in hostile.vars.iter().enumerate() {
            prop_assert_eq!(&api["environment"][format!("V{index}")], text);
        }
        let prefix = format!("CONFIG_{}_K", table.to_uppercase().replace('-', "_"));
        for (index, text) in hostile.settings.iter().enumerate() {
            prop_assert_eq!(&api["environment"][format!("{prefix}{index}")], text);
        }
        prop_assert_eq!(&api["healthcheck"]["test"].as_array().expect("a command")[1..], &hostile.probe[..]);
        prop_assert_eq!(&api["annotations"], &json!({ "null": hostile.note, "x-note": hostile.note }));
        prop_assert_eq!(&api["labels"], &json!({ "on": "1.0", "x-label": "no" }));
        prop_assert_eq!(&model["volumes"][data]["driver_opts"]["o"], &format!("addr=files.example,{}", hostile.option));
        prop_assert_eq!(&model["services"][stage]["volumes"][0]["source"], data);
        prop_assert_eq!(&api["secrets"][0]["source"], &format!("{secret}_null"));
        let (edge, own) = (format!("edge_{service}"), format!("to_{service}"));
        prop_assert_eq!(names(&api["networks"]), BTreeSet::from([edge.as_str(), own.as_str()]));
        prop_assert_eq!(names(&model["services"][stage]["networks"]), BTreeSet::from([own.as_str()]));
    }
}
