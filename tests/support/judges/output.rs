//! What each judge prints, turned into findings.
//!
//! A text that does not have the expected shape fails the test: a judge that cannot be understood
//! must not look like one that has nothing to say.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use super::{Finding, Reading};

/// The common form of the judges that are written here.
pub(super) fn readings(output: &Output) -> Vec<Reading> {
    array(&json(output)).iter().map(reading).collect()
}

fn reading(report: &Value) -> Reading {
    let file = PathBuf::from(text(report, "file"));
    let finding = |it: &Value| Finding {
        file: it["file"].as_str().map_or_else(|| file.clone(), PathBuf::from),
        line: it["line"].as_u64(),
        rule: text(it, "rule"),
        subject: it["subject"].as_str().map(str::to_owned),
        message: text(it, "message"),
    };
    Reading {
        findings: array(&report["findings"]).iter().map(finding).collect(),
        documents: report["documents"].as_array().cloned().unwrap_or_default(),
        file,
    }
}

pub(super) fn hadolint(output: &Output) -> Vec<Finding> {
    let finding = |it: &Value| Finding {
        file: text(it, "file").into(),
        line: it["line"].as_u64(),
        rule: text(it, "code"),
        subject: None,
        message: text(it, "message"),
    };
    array(&json(output)).iter().map(finding).collect()
}

pub(super) fn droast(output: &Output) -> Vec<Finding> {
    let of_file = |report: &Value| {
        let file = text(report, "file");
        let finding = |it: &Value| Finding {
            file: PathBuf::from(&file),
            line: it["line"].as_u64(),
            rule: text(it, "rule"),
            subject: None,
            message: text(it, "message"),
        };
        array(&report["findings"]).iter().map(finding).collect::<Vec<_>>()
    };
    array(&json(output)).iter().flat_map(of_file).collect()
}

pub(super) fn tombi(output: &Output) -> Vec<Finding> {
    let finding = |it: &Value| Finding {
        file: text(it, "path").into(),
        line: it["range"]["start"]["line"].as_u64(),
        rule: text(it, "code"),
        subject: None,
        message: text(it, "message"),
    };
    array(&json(output)).iter().map(finding).collect()
}

pub(super) fn check_jsonschema(output: &Output) -> Vec<Finding> {
    let verdict = json(output);
    let unreadable = verdict["parse_errors"].as_array().into_iter().flatten();
    let wrong = array(&verdict["errors"]).iter();
    let finding = |rule: &str, it: &Value| Finding {
        file: text(it, "filename").into(),
        line: None,
        rule: rule.to_owned(),
        subject: it["path"].as_str().map(str::to_owned),
        message: text(it, "message"),
    };
    let unreadable = unreadable.map(|it| finding("read", it));
    unreadable.chain(wrong.map(|it| finding("schema", it))).collect()
}

/// Grades go from 1, critical, over 5, warning, to 10.
const KUBE_SCORE_WARNING: u64 = 5;

pub(super) fn kube_score(output: &Output) -> Vec<Finding> {
    if output.stdout.is_empty() {
        // It gives up at the first file it cannot parse, and names it nowhere else.
        return vec![kube_score_refusal("read", &String::from_utf8_lossy(&output.stderr))];
    }
    let objects = json(output);
    if objects.is_null() {
        return vec![kube_score_refusal("nothing-read", "no object was recognised")];
    }
    // The order of the checks is that of a Go map: another one every time.
    let mut findings: Vec<_> = array(&objects).iter().flat_map(kube_score_object).collect();
    findings.sort();
    findings
}

fn kube_score_refusal(rule: &str, message: &str) -> Finding {
    Finding {
        file: PathBuf::new(),
        line: None,
        rule: rule.to_owned(),
        subject: None,
        message: message.trim().to_owned(),
    }
}

fn kube_score_object(object: &Value) -> Vec<Finding> {
    let bad = |check: &&Value| check["skipped"] == false && check["grade"].as_u64() <= Some(KUBE_SCORE_WARNING);
    let finding = |check: &Value| Finding {
        file: text(object, "file_name").into(),
        line: object["file_row"].as_u64(),
        rule: text(&check["check"], "id"),
        subject: Some(text(object, "object_name")),
        message: kube_score_comments(check),
    };
    array(&object["checks"]).iter().filter(bad).map(finding).collect()
}

fn kube_score_comments(check: &Value) -> String {
    let comments = check["comments"].as_array().into_iter().flatten();
    let comments: Vec<_> = comments.map(|it| format!("{} {}", text(it, "path"), text(it, "summary"))).collect();
    comments.join("; ").trim().to_owned()
}

/// Taplo prints for people only: `error: what`, and below it `┌─ file:line:column`.
pub(super) fn taplo(output: &Output) -> Vec<Finding> {
    let said = String::from_utf8_lossy(&output.stderr);
    let mut message = "";
    let mut findings = Vec::new();
    for line in said.lines() {
        if let Some(what) = line.strip_prefix("error: ") {
            message = what;
        } else if let Some(place) = line.trim_start().strip_prefix("┌─ ") {
            findings.push(taplo_finding(message, place));
        }
    }
    assert_eq!(output.status.success(), findings.is_empty(), "taplo broke:\n{said}");
    findings
}

fn taplo_finding(message: &str, place: &str) -> Finding {
    let mut parts = place.rsplitn(3, ':').skip(1);
    let line = parts.next().and_then(|line| line.parse().ok());
    let file = Path::new(parts.next().expect("taplo names file, line and column")).to_owned();
    let (rule, subject) = ("taplo".to_owned(), None);
    Finding { file, line, rule, subject, message: message.to_owned() }
}

fn json(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("the judge printed no JSON, {error}:\n{said}"))
}

fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("expected a list: {value}"))
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("expected a text in `{key}`: {value}")).to_owned()
}
