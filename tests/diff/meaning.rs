//! What changes cause and weaken: each folder of `golden/diff` holds both sides and what is said of them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::binary::{Run, mlopsc};
use crate::support::golden::check_file;
use crate::support::project::root;

/// The folders of all cases.
pub(crate) fn cases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("golden/diff")).unwrap();
    let mut cases: Vec<PathBuf> = entries.map(|it| it.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() > 5, "{cases:?}");
    cases
}

pub(crate) fn run(case: &std::path::Path, format: &[&str]) -> Run {
    let sides = ["diff", "--desired", "desired.yaml", "--live", "live.yaml"];
    mlopsc(case, &[&sides, format].concat()).exits_with(1)
}

#[test]
fn every_case_says_what_it_should() {
    let check = |case: &PathBuf| check_file(&case.join("diff.txt"), &run(case, &[]).stdout).err();
    let faults: Vec<String> = cases().iter().filter_map(check).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The words of an enumeration of the published schema.
fn words(schema: &Value, of: &str) -> BTreeSet<String> {
    let branches = schema["$defs"][of]["oneOf"].as_array().unwrap_or_else(|| panic!("{of}"));
    branches.iter().map(|it| it["const"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_cause_and_every_risk_has_a_case() {
    let (mut impacts, mut risks) = (BTreeSet::new(), BTreeSet::new());
    for case in cases() {
        let document: Value = serde_json::from_str(&run(&case, &["--format", "json"]).stdout).unwrap();
        for object in document["environments"][0]["objects"].as_array().unwrap() {
            let codes = |key: &str| -> Vec<String> {
                object[key].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect()
            };
            impacts.extend(codes("impact"));
            risks.extend(codes("risks"));
        }
    }
    assert_eq!(impacts, words(&mlopsc::diff::schema(), "Impact"));
    let verdicts = 9;
    let known: BTreeSet<String> = mlopsc::diff::codes().skip(verdicts).map(|it| it.id.to_owned()).collect();
    assert_eq!(risks, known);
}

/// Words in back quotes stay so in a comment: the code around them has more of them.
#[test]
fn a_comment_has_no_escapes_for_back_quotes() {
    let run = run(&root().join("golden/diff/being-deleted"), &["--format", "markdown"]);
    assert!(run.stdout.contains("`kubectl get -o yaml --show-managed-fields` keeps that ``"), "{}", run.stdout);
    assert!(!run.stdout.contains("u{60}"), "{}", run.stdout);
}

#[test]
fn what_programs_read_follows_the_published_schema() {
    let schema: Value = serde_json::from_str(mlopsc::diff::schema_text()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for case in cases() {
        let document: Value = serde_json::from_str(&run(&case, &["--format", "json"]).stdout).unwrap();
        let errors: Vec<String> = validator.iter_errors(&document).map(|it| it.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", case.display());
        // The schema is no schema of everything.
        let mut other = document.clone();
        other["environments"][0]["objects"][0]["verdict"] = "perhaps".into();
        assert!(!validator.is_valid(&other));
        other = document;
        other["environments"][0]["more"] = 1.into();
        assert!(!validator.is_valid(&other));
    }
    let printed = mlopsc(root(), &["schema", "--of", "diff"]).exits_with(0).stdout;
    assert_eq!(printed, mlopsc::diff::schema_text());
}
