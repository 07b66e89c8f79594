//! Stages: when their Jobs run, and how long they are kept.

use serde_json::json;

use super::{object, objects};

const SPEC: &str = r#"
[stages.seed]
entry = "train.py"
when = "install"
[stages.migrate]
entry = "train.py"
when = "upgrade"
keep-failed = "7d"
[stages.train]
entry = "train.py"
keep-failed = "1h"
[stages.nightly]
entry = "train.py"
schedule = "0 2 * * *"
keep-failed = "30d"
"#;

#[test]
fn applying_what_is_declared_starts_no_stage() {
    let objects = objects(SPEC);
    let lists = objects.iter().filter(|it| it["kind"] == "Kustomization").flat_map(|it| it["resources"].as_array());
    let listed: Vec<String> = lists.flatten().map(ToString::to_string).collect();
    assert!(listed.iter().any(|it| it.contains("nightly.cronjob.yaml")), "{listed:?}");
    assert!(!listed.iter().any(|it| it.contains(".job.yaml")), "{listed:?}");
}

#[test]
fn a_run_is_kept_as_long_as_it_says_and_for_ever_where_it_tells_that_it_has_run() {
    let objects = objects(SPEC);
    let kept = |name| object(&objects, "Job", name)["spec"].get("ttlSecondsAfterFinished").cloned();
    assert_eq!(kept("seed"), None);
    assert_eq!(kept("migrate"), Some(json!(604_800)));
    assert_eq!(kept("train"), Some(json!(86_400)), "never shorter than without the key");
    let nightly = &object(&objects, "CronJob", "nightly")["spec"]["jobTemplate"]["spec"];
    assert_eq!(nightly["ttlSecondsAfterFinished"], 2_592_000);
}
