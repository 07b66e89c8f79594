//! Planted values never come out, wherever they were planted and however it is written.

use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::binary::mlopsc;

/// Base64, as the data of a Secret is written.
fn encoded(text: &str) -> String {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for part in text.as_bytes().chunks(3) {
        let mut bytes = [0; 3];
        bytes[..part.len()].copy_from_slice(part);
        let bits = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
        let digit = |at: usize| char::from(digits[(bits >> (18 - 6 * at) & 63) as usize]);
        out.extend((0..4).map(|at| if at <= part.len() { digit(at) } else { '=' }));
    }
    out
}

/// Objects of both sides that hold the values in every way in which a cluster holds them.
fn planted(old: &str, new: &str) -> (Value, Value) {
    let side = |value: &str, before: &str| {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"},
            "data": {"password": encoded(value), value: encoded(value)}, "stringData": {"x": value}});
        let mut shown = secret.clone();
        shown["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration":
            json!({"kind": "Secret", "stringData": {"a": before}, "data": {"b": encoded(before)}}).to_string()});
        let pod = json!({"containers": [{"name": "c", "image": format!("x:{}", value.len()), "args": ["--db-password", value,
            format!("--api-token={value}")], "env": [{"name": "DB_PASSWORD", "value": value},
            {"name": "ELSEWHERE", "value": format!("user:{value}@db")}]}]});
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "n"},
            "spec": {"template": {"spec": pod}}});
        let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n",
            "annotations": {"token": value}}, "data": {"app.ini": format!("a = 1\npassword = {value}\n"), "plain": value}});
        let custom = json!({"apiVersion": "x.org/v1", "kind": "Broker", "metadata": {"name": "b", "namespace": "n"},
            "spec": {"adminPassword": value, "nested": {"apiKey": value, "list": [{"secretKey": value}]}}});
        vec![shown, deployment, config, custom]
    };
    let list = |items: Vec<Value>| json!({"apiVersion": "v1", "kind": "List", "items": items});
    let mut live = side(old, new);
    live.push(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "gone", "namespace": "n"},
        "data": {"a": encoded(old)}}));
    (list(side(new, old)), list(live))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_planted_value_comes_out(old in "[a-zA-Z0-9!%+]{8,24}", new in "[a-zA-Z0-9!%+]{8,24}", at in 0..4_usize) {
        let folder = TempDir::new().unwrap();
        let (mut wanted, live) = planted(&old, &new);
        // One object is on one side only, so that its content would be shown as a whole.
        wanted["items"].as_array_mut().unwrap().remove(at);
        fs::write(folder.path().join("wanted.json"), wanted.to_string()).unwrap();
        fs::write(folder.path().join("live.json"), live.to_string()).unwrap();
        for format in ["terminal", "json", "markdown"] {
            let arguments = ["diff", "--desired", "wanted.json", "--live", "live.json", "-v", "--format", format];
            let run = mlopsc(folder.path(), &arguments);
            for value in [&old, &new] {
                for form in [value.clone(), encoded(value), encoded(value).trim_end_matches('=').to_owned()] {
                    prop_assert!(!run.stdout.contains(&form), "{}: {form}\n{}", format, run.stdout);
                    prop_assert!(!run.stderr.contains(&form), "{}: {form}\n{}", format, run.stderr);
                }
            }
        }
    }
}
