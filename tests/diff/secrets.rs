//! Planted values never come out: wherever they were planted, however they are written, in whatever format.

use std::fs;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::server::{Act, Server};
use crate::support::binary::{mlopsc, run};

pub(crate) const FORMATS: &[&[&str]] = &[
    &["-v"],
    &["--side-by-side", "--color", "always"],
    &["--format", "json"],
    &["--format", "markdown"],
    &["--format", "sarif"],
    &["--format", "github"],
];

/// So many bytes of a secret may not come out.
const WINDOW: usize = 6;

pub(crate) fn encoded(text: &str) -> String {
    STANDARD.encode(text)
}

pub(crate) fn hex(text: &str) -> String {
    text.bytes().map(|it| format!("{it:02x}")).collect()
}

/// Every byte as RFC 3986 writes what it must not write otherwise.
fn percent(text: &str) -> String {
    text.bytes().map(|it| format!("%{it:02X}")).collect()
}

/// With every character as JSON writes what it cannot write otherwise.
fn escaped(text: &str) -> String {
    text.chars().map(|it| format!("\\u{:04x}", u32::from(it))).collect()
}

/// In lines of so many characters.
pub(crate) fn broken(text: &str, width: usize) -> String {
    text.as_bytes().chunks(width).map(|it| format!("  {}\n", String::from_utf8_lossy(it))).collect()
}

/// No run of a secret's bytes, plain or in any encoding, is in a text.
pub(crate) fn holds_nothing_of(text: &str, secret: &str) -> Result<(), TestCaseError> {
    let encoded = encoded(secret);
    // The last digit may be another in a longer text, and then it tells nothing of the secret's last byte.
    let encoded = &encoded[..encoded.trim_end_matches('=').len() - 1];
    let unbroken: String = text.split_whitespace().collect();
    let forms = [
        (secret.to_owned(), WINDOW),
        (encoded.to_owned(), WINDOW),
        (hex(secret), 2 * WINDOW),
        (hex(secret).to_uppercase(), 2 * WINDOW),
        (percent(secret), 3 * WINDOW),
        (percent(secret).to_lowercase(), 3 * WINDOW),
        (escaped(secret), 6 * WINDOW),
    ];
    for (form, window) in forms {
        for window in form.as_bytes().windows(window) {
            let window = std::str::from_utf8(window).unwrap();
            prop_assert!(!text.contains(window) && !unbroken.contains(window), "`{window}` of `{form}`:\n{text}");
        }
    }
    Ok(())
}

fn secret() -> impl Strategy<Value = String> {
    "[a-z][0-9][A-Z][a-zA-Z0-9!%+<&\"\\\\]{6,21}"
}

/// A way in which a value stands in a text of a cluster.
#[derive(Clone, Debug)]
enum Way {
    Harmless,
    Plain,
    Inside,
    Part(usize, usize),
    Encoded,
    EncodedInside(usize),
    Quoted,
    Address,
    Dump,
    Hex,
    UpperHex,
    Percent,
    LowerPercent,
    Escaped,
    ForAddresses,
    Broken(usize),
    EncodedBroken(usize),
    HexEncoded,
    QuotedTwice,
    Manifest,
}

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![
        2 => Just(Way::Harmless),
        1 => Just(Way::Plain),
        1 => Just(Way::Inside),
        1 => (0..4_usize, 6..9_usize).prop_map(|(from, length)| Way::Part(from, length)),
        1 => Just(Way::Encoded),
        1 => (1..4_usize).prop_map(Way::EncodedInside),
        1 => Just(Way::Quoted),
        1 => Just(Way::Address),
        1 => Just(Way::Dump),
        1 => Just(Way::Hex),
        1 => Just(Way::UpperHex),
        1 => Just(Way::Percent),
        1 => Just(Way::LowerPercent),
        1 => Just(Way::Escaped),
        1 => Just(Way::ForAddresses),
        1 => (3..9_usize).prop_map(Way::Broken),
        1 => (3..9_usize).prop_map(Way::EncodedBroken),
        1 => Just(Way::HexEncoded),
        1 => Just(Way::QuotedTwice),
        1 => Just(Way::Manifest),
    ]
}

fn written(way: &Way, secret: &str, number: usize) -> String {
    match way {
        Way::Harmless => format!("plain {number}"),
        Way::Plain => secret.to_owned(),
        Way::Inside => format!("it is {secret}, since {number}"),
        Way::Part(from, length) => format!("…{}…", &secret[*from..(from + length).min(secret.len())]),
        Way::Encoded => encoded(secret),
        Way::EncodedInside(before) => encoded(&format!("{}{secret} and more", "x".repeat(*before))),
        Way::Quoted => format!("denied: {}", json!({ "quoted": secret })),
        Way::Address => format!("postgres://user:{secret}@db:5432/scans"),
        Way::Dump => json!({"kind": "Secret", "stringData": {"a": secret}}).to_string(),
        Way::Hex => format!("{number} {}", hex(secret)),
        Way::UpperHex => format!("\"{}\"", hex(secret).to_uppercase()),
        Way::Percent => format!("https://db.example.org/?a={}&b={number}", percent(secret)),
        Way::LowerPercent => percent(secret).to_lowercase(),
        Way::Escaped => format!("{{\"a\": \"{}\"}}", escaped(secret)),
        Way::ForAddresses => STANDARD.encode(secret).replace('+', "-").replace('/', "_").replace('=', ""),
        Way::Broken(width) => format!("a:\n{}b: {number}\n", broken(secret, *width)),
        Way::EncodedBroken(width) => broken(&encoded(secret), *width),
        Way::HexEncoded => encoded(&hex(secret)),
        Way::QuotedTwice => json!({"a": json!({ "b": secret }).to_string()}).to_string(),
        Way::Manifest => {
            format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\ndata:\n  a: {}\n", encoded(secret))
        }
    }
}

/// Names under which a cluster keeps texts, some of which tell.
const KEYS: &[&str] = &[
    "plain",
    "password",
    "app.ini",
    "apiKey",
    "kubectl.kubernetes.io/last-applied-configuration",
    "kapp.k14s.io/original",
    "objectset.rio.cattle.io/applied",
    "url",
];

/// A tree with texts at its leaves.
fn tree() -> impl Strategy<Value = Vec<(usize, usize, Way)>> {
    prop::collection::vec((0..KEYS.len(), 0..4_usize, way()), 1..8)
}

fn grown(leaves: &[(usize, usize, Way)], secret: &str, round: usize) -> Value {
    let mut map = Map::new();
    for (number, (key, depth, way)) in leaves.iter().enumerate() {
        let mut value: Value = written(way, secret, number + round).into();
        for (level, key) in KEYS.iter().enumerate().take(*depth) {
            value = if (number + level) % 2 == 0 { json!({ *key: value }) } else { json!([value, "more"]) };
        }
        map.insert(KEYS[*key].to_owned(), value);
    }
    map.into()
}

/// The texts of a tree alone.
fn flat(tree: &Value) -> Value {
    let text = |it: &Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
    tree.as_object().unwrap().iter().map(|(key, it)| (key.clone(), Value::from(text(it)))).collect::<Map<_, _>>().into()
}

/// Objects of one side that hold a value in every way in which a cluster holds them.
fn side(leaves: &[(usize, usize, Way)], secret: &str, round: usize) -> Vec<Value> {
    let tree = grown(leaves, secret, round);
    let texts = flat(&tree);
    let metadata =
        |name: &str| json!({"name": name, "namespace": "n", "annotations": texts, "labels": {"l": texts["plain"]}});
    let env: Vec<Value> =
        texts.as_object().unwrap().iter().map(|(key, it)| json!({"name": key.to_uppercase(), "value": it})).collect();
    let arguments = json!(["--db-password", secret, format!("--api-token={secret}"), "--level", round.to_string()]);
    let pod = json!({"containers": [{"name": "c", "image": format!("x:{round}"), "args": arguments, "env": env}],
        "volumes": [{"name": "v", "csi": {"volumeAttributes": texts}}]});
    vec![
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata("s"), "data": {"password": encoded(secret), secret: encoded(secret)},
            "stringData": {"x": secret}}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata("d"), "spec": {"template": {"spec": pod}}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("c"), "data": texts}),
        json!({"apiVersion": "x.org/v1", "kind": "Broker", "metadata": metadata("b"), "spec": tree}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata("p"),
            "spec": {"podSelector": {"matchLabels": {"a": texts["plain"]}}, "ingress": [{"from": [{"ipBlock": {"cidr": texts["url"]}}]}]}}),
    ]
}

/// What stood there once, and is in nobody's spec.
fn gone(secret: &str) -> Vec<Value> {
    let before = json!({"kind": "Secret", "data": {"a": encoded(secret)}}).to_string();
    let annotations = json!({"kubectl.kubernetes.io/last-applied-configuration": before});
    vec![
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "gone", "namespace": "n", "annotations": annotations},
            "data": {"a": encoded(secret)}}),
        json!({"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "metadata": {"name": "sh.helm.release.v1.a", "namespace": "n"},
            "data": {"release": encoded(&encoded(&format!("H4sI{secret}")))}}),
    ]
}

pub(crate) fn list(items: Vec<Value>) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_of_a_planted_value_comes_out(
        (old, new) in (secret(), secret()),
        leaves in tree(),
        missing in 0..5_usize,
        on_both in any::<bool>(),
    ) {
        let folder = TempDir::new().unwrap();
        let mut wanted = side(&leaves, &new, 1);
        // One object is on one side only, so that its content would be shown as a whole.
        if !on_both {
            wanted.remove(missing);
        }
        let mut live = side(&leaves, &old, 2);
        // Each value is told by a Secret somewhere, on whatever side.
        live.extend(gone(&old));
        live.extend(gone(&new).into_iter().map(|mut it| { it["metadata"]["namespace"] = "other".into(); it }));
        fs::write(folder.path().join("wanted.json"), list(wanted).to_string()).unwrap();
        fs::write(folder.path().join("live.json"), list(live).to_string()).unwrap();
        for format in FORMATS {
            let sides = [["--desired", "wanted.json", "--live", "live.json"], ["--desired", "live.json", "--live", "wanted.json"]];
            for side in sides {
                let run = mlopsc(folder.path(), &[&["diff"], &side[..], format].concat());
                prop_assert!(run.code == 1, "{}", run.stderr);
                for secret in [&old, &new] {
                    holds_nothing_of(&run.stdout, secret)?;
                    holds_nothing_of(&run.stderr, secret)?;
                }
            }
        }
    }
}

/// A server's faults quote what it was asked, whole, cut off and encoded; and programs are asked to log everything.
#[test]
fn neither_faults_of_a_server_nor_logs_tell() {
    let secret = "c0Rrect-h0rse-B4ttery";
    let quotes = move |code: u16| {
        let message =
            format!("denied: {secret} and {} and …{} and {}", encoded(secret), &secret[4..], json!({ "a": secret }));
        let cause = json!({"reason": "FieldManagerConflict", "field": ".data.a", "message": message});
        json!({"kind": "Status", "code": code, "message": message, "details": {"causes": [cause]}})
    };
    for code in [400, 403, 409, 422, 500] {
        let server = Server::start(move |method, path, _| match (method, path.split('?').next().unwrap_or_default()) {
            ("GET", "/api/v1") => Act::kinds(&[("secrets", "Secret")]),
            ("PATCH", _) => Act::Say(code, quotes(code)),
            ("GET", path) if path.contains("/secrets") && code == 500 => Act::Say(500, quotes(code)),
            _ => Act::Say(404, json!({"kind": "Status", "code": 404, "message": "not found"})),
        });
        let folder = TempDir::new().unwrap();
        let wanted = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"}, "stringData": {"a": secret}});
        fs::write(folder.path().join("wanted.json"), wanted.to_string()).unwrap();
        server.kubeconfig(&folder.path().join("config"));
        for format in FORMATS {
            let mut command = Command::new(env!("CARGO_BIN_EXE_mlopsc"));
            command.args(["diff", "--desired", "wanted.json", "--kubeconfig", "config"]).args(*format);
            let run = run(command.current_dir(folder.path()).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "1"));
            assert!(
                run.stdout.contains("denied") || run.stderr.contains("denied"),
                "{code}: {}{}",
                run.stdout,
                run.stderr
            );
            for text in [&run.stdout, &run.stderr] {
                holds_nothing_of(text, secret).unwrap();
                assert!(!text.contains("planted-bearer-token"), "{text}");
            }
        }
    }
}
