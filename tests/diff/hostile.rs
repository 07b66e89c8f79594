//! Text of a cluster acts on nobody: no reader's terminal, no page that shows a comment, no tool that reads a document.

use std::fs;

use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options, parse_document};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::{Act, Server};
use crate::support::binary::{Run, mlopsc};
use crate::support::hostile::STRINGS;

/// Texts that act in a comment, besides those that break grammars. Each that names somebody or leads somewhere is evil.
const ACTIVE: &[&str] = &[
    "@evil",
    "evil@evil.example",
    "https://evil.example",
    "www.evil.example",
    "[evil](https://evil.example)",
    "![evil](https://evil.example/a.png)",
    "<img src=evil onerror=evil()>",
    "</details><h1>evil</h1>",
    "</code></summary><script>evil()</script>",
    "<!-- evil",
    "| evil | evil |",
    "a`evil`b",
    "```\n# evil\n```",
    "````\n\n</details>\n\n# evil @evil",
    "\n\n# evil\n\n",
    "\r\n::error::evil",
    "%0A::error::evil",
    "before\n  ::error::evil\nbehind",
    "a long text, so that it is broken into lines in a column ::error::::error::::error::::error::::error::evil",
    "##[error]evil",
    "##vso[task.setvariable variable=evil]evil",
    "evil#1 GH-1",
    "$evil$",
    ":evil:",
    "~~evil~~ **evil** _evil_",
    "- [x] evil",
    "[^evil]",
    "\\|evil\\`",
    "\u{1b}]8;;https://evil.example\u{7}evil\u{1b}]8;;\u{7}",
    "\u{1b}[2Jevil",
    "\u{9b}31mevil",
    "\u{202e}live\u{2066}",
    "evil\u{2028}::error::evil",
    "\u{200b}evil\u{feff}\u{e0065}",
];

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![2 => select(ACTIVE), 1 => select(STRINGS)].prop_map(str::to_owned)
}

/// Objects of both sides with the texts wherever a cluster has texts.
fn sides(texts: &[String]) -> (Value, Value) {
    let text = |at: usize| texts[at % texts.len()].as_str();
    let name = |at: usize| if text(at).trim().is_empty() { "plain" } else { text(at) };
    let object = |side: usize, number: usize| {
        json!({"apiVersion": format!("v{}", text(1)), "kind": "ConfigMap",
            "metadata": {"name": format!("{number}{}", name(2)), "namespace": name(3),
                "annotations": {text(4): text(5 + side), "z": text(6 + side)},
                "managedFields": [{"manager": text(7), "operation": "Update", "time": text(8),
                    "fieldsV1": {"f:metadata": {"f:annotations": {"f:z": {}}}}}]},
            "data": {text(9): text(10 + side), "shared": format!("{side}{}", text(0))}})
    };
    let pods = |side: usize| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name(2), "namespace": name(3)},
            "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": text(3 + side)}},
                "spec": {"containers": [{"name": text(11), "image": text(12 + side), "env": [{"name": text(13), "value": text(14 + side)}],
                    "securityContext": {"privileged": side == 0}}]}}}})
    };
    let policy = |side: usize| {
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name(4), "namespace": name(3)},
            "spec": {"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": text(15 + side)}},
                {"podSelector": {"matchLabels": {text(1): text(2 + side)}}}], "ports": [{"port": text(side)}]}]}})
    };
    let side = |side: usize| {
        let mut items: Vec<Value> = (0..3).map(|it| object(side, it)).collect();
        items.extend([pods(side), policy(side)]);
        items
    };
    let list = |items: Vec<Value>| json!({"apiVersion": "v1", "kind": "List", "items": items});
    let mut live = side(1);
    live.push(
        json!({"apiVersion": "v1", "kind": name(6), "metadata": {"name": name(5), "creationTimestamp": text(0)}}),
    );
    (list(side(0)), list(live))
}

struct Both(TempDir);

impl Both {
    fn of(wanted: &Value, live: &Value) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("wanted.json"), wanted.to_string()).unwrap();
        fs::write(folder.path().join("live.json"), live.to_string()).unwrap();
        Self(folder)
    }

    fn run(&self, more: &[&str]) -> Run {
        let sides = ["diff", "--desired", "wanted.json", "--live", "live.json"];
        mlopsc(self.0.path(), &[&sides, more].concat()).exits_with(1)
    }
}

/// Whether a reader would act on a character, or not see it.
fn acts(it: char) -> bool {
    let unseen = ['\u{61c}', '\u{feff}', '\u{2028}', '\u{2029}'].contains(&it)
        || ('\u{200b}'..='\u{200f}').contains(&it)
        || ('\u{202a}'..='\u{202e}').contains(&it)
        || ('\u{2060}'..='\u{206f}').contains(&it)
        || ('\u{e0000}'..='\u{e007f}').contains(&it);
    unseen || (it.is_control() && it != '\n' && it != '\t')
}

/// The escapes that colour is made of.
const OURS: &[&str] = &["\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[2m", "\u{1b}[1m", "\u{1b}[0m"];

fn harmless_in_a_terminal(text: &str) {
    let plain = OURS.iter().fold(text.to_owned(), |text, it| text.replace(it, ""));
    assert!(!plain.contains(acts), "{plain:?}");
    commands_nobody(&plain);
}

/// No runner that reads a log obeys a line of it.
fn commands_nobody(text: &str) {
    for line in text.lines() {
        let is_command = line.trim_start().starts_with("::") || line.contains("##[") || line.contains("##vso[");
        assert!(!is_command, "{line:?} in\n{text}");
    }
}

fn harmless_in_markdown(text: &str) {
    assert!(!text.contains(acts), "{text:?}");
    commands_nobody(text);
    let mut options = Options::default();
    let extension = &mut options.extension;
    (extension.table, extension.autolink, extension.strikethrough) = (true, true, true);
    (extension.tasklist, extension.footnotes, extension.math_dollars) = (true, true, true);
    let arena = Arena::new();
    let root = parse_document(&arena, text, &options);
    for node in root.descendants() {
        node_is_harmless(node, text);
    }
}

fn node_is_harmless<'a>(node: &'a AstNode<'a>, whole: &str) {
    let data = node.data.borrow();
    match &data.value {
        NodeValue::Text(text) => assert!(!text.contains("evil"), "{text:?} in\n{whole}"),
        NodeValue::HtmlBlock(html) => {
            let mut outside = String::new();
            for (at, part) in html.literal.split("<code>").enumerate() {
                outside += if at == 0 { part } else { part.split_once("</code>").unwrap_or_default().1 };
            }
            let tags = ["<details>", "</details>", "<summary>", "</summary>"];
            let rest = tags.iter().fold(outside, |rest, it| rest.replace(it, ""));
            assert!(!rest.contains(['<', '>']) && !rest.contains("evil"), "{rest:?} in\n{whole}");
            let inside = html.literal.replace("<code>", "").replace("</code>", "");
            let inside = tags.iter().fold(inside, |rest, it| rest.replace(it, ""));
            assert!(!inside.contains(['<', '>']), "{inside:?} in\n{whole}");
        }
        NodeValue::Document
        | NodeValue::Heading(_)
        | NodeValue::Paragraph
        | NodeValue::BlockQuote
        | NodeValue::Table(_)
        | NodeValue::TableRow(_)
        | NodeValue::TableCell
        | NodeValue::Code(_)
        | NodeValue::CodeBlock(_)
        | NodeValue::Strong
        | NodeValue::SoftBreak => {}
        other => panic!("{other:?} in\n{whole}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn texts_of_a_cluster_act_on_nobody(texts in prop::collection::vec(hostile(), 8..16)) {
        let (wanted, live) = sides(&texts);
        let both = Both::of(&wanted, &live);
        harmless_in_a_terminal(&both.run(&["-v"]).stdout);
        harmless_in_a_terminal(&both.run(&["--color", "always", "--side-by-side"]).stdout);
        harmless_in_markdown(&both.run(&["--format", "markdown"]).stdout);
        for format in ["json", "sarif"] {
            let text = both.run(&["--format", format]).stdout;
            prop_assert!(!text.contains(acts), "{}", text);
            commands_nobody(&text);
            let document: Value = serde_json::from_str(&text).unwrap();
            for result in document["runs"][0]["results"].as_array().into_iter().flatten() {
                let message = result["message"]["text"].as_str().unwrap();
                prop_assert!(!message.replace("\\](", "").contains("]("), "{}", message);
            }
        }
        let annotations = both.run(&["--format", "github"]).stdout;
        for line in annotations.lines() {
            prop_assert!(!line.contains("##[") && !line.contains("##vso["), "{}", annotations);
            let is_ours = ["::notice ", "::warning ", "::error ", "::notice::", "::warning::", "::error::"];
            prop_assert!(is_ours.iter().any(|it| line.starts_with(it)) && !line.contains(acts), "{}", annotations);
            prop_assert!(!line.starts_with("::error::evil"), "{}", annotations);
        }
    }
}

/// What a server says of an object is no better than the object.
#[test]
fn messages_of_a_server_act_on_nobody() {
    for text in ACTIVE {
        let server = Server::start(move |method, path, _| match (method, path.split('?').next().unwrap_or_default()) {
            ("GET", "/api/v1") => Act::kinds(&[("configmaps", "ConfigMap")]),
            ("PATCH", _) => Act::Say(400, json!({"kind": "Status", "code": 400, "message": text})),
            _ => Act::Say(404, json!({"kind": "Status", "code": 404, "message": "not found"})),
        });
        let both = Both::of(&json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}), &Value::Null);
        server.kubeconfig(&both.0.path().join("config"));
        let run = |format: &str| {
            let arguments = ["diff", "--desired", "wanted.json", "--kubeconfig", "config", "--format", format];
            mlopsc(both.0.path(), &arguments).exits_with(1).stdout
        };
        harmless_in_a_terminal(&run("terminal"));
        harmless_in_markdown(&run("markdown"));
    }
}

#[test]
fn the_judge_of_comments_sees_what_acts() {
    for text in ["see @evil", "<b>x</b>", "[a](b)", "www.evil.example", "- [x] y", "<details><summary>evil</summary>\n"]
    {
        let judged = std::panic::catch_unwind(|| harmless_in_markdown(text));
        assert!(judged.is_err(), "{text}");
    }
    harmless_in_markdown("### `@evil` against `x`\n\n| a | b |\n|---|---|\n| `www.evil.example` | c |\n");
}
