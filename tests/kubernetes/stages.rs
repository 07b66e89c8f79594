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
    let lists = objects.iter().filter(|it| it["kind"] == "Kustomization").filter_map(|it| it["resources"].as_array());
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

const HANDED: &str = r#"
[stages.measure]
entry = "train.py"
params = { study = { type = "string" }, slices = { type = "int", default = 32 } }
args = ["--study", "${params.study}", "costs $5 of $(HOME): ${params.slices}$", "$${params.study}"]
env = { LABEL = "study ${params.study}" }
results = ["dice", "report-path"]
[stages.report]
entry = "train.py"
args = ["${stages.measure.results.dice}"]
[stages.nightly]
entry = "train.py"
schedule = "0 2 * * *"
params = { slices = { type = "int", default = 32 } }
args = ["${params.slices}"]
"#;

fn container<'o>(objects: &'o [serde_json::Value], stage: &str) -> &'o serde_json::Value {
    &object(objects, "Job", stage)["spec"]["template"]["spec"]["containers"][0]
}

fn variable<'c>(container: &'c serde_json::Value, name: &str) -> &'c serde_json::Value {
    let all = container["env"].as_array().expect("a list");
    all.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("no variable {name}"))
}

#[test]
fn a_parameter_is_a_variable_and_stands_in_texts() {
    let objects = objects(HANDED);
    let measure = container(&objects, "measure");
    let from = json!({ "configMapKeyRef": { "key": "study", "name": "measure-params" } });
    assert_eq!(variable(measure, "PARAM_STUDY")["valueFrom"], from);
    assert_eq!(variable(measure, "PARAM_SLICES")["valueFrom"]["configMapKeyRef"]["key"], "slices");
    let literal = "costs $$5 of $$(HOME): $(PARAM_SLICES)$$";
    assert_eq!(measure["args"], json!(["--study", "$(PARAM_STUDY)", literal, "${params.study}"]));
    assert_eq!(variable(measure, "LABEL")["value"], "study $(PARAM_STUDY)");
    let names: Vec<_> = measure["env"].as_array().expect("a list").iter().map(|it| it["name"].clone()).collect();
    let place = |name: &str| names.iter().position(|it| it == name);
    assert!(place("PARAM_STUDY") < place("LABEL"), "the kubelet replaces only what stands before");
}

#[test]
fn what_starts_by_the_clock_gets_its_default() {
    let objects = objects(HANDED);
    let nightly = &object(&objects, "CronJob", "nightly")["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    let container = &nightly["containers"][0];
    assert_eq!(variable(container, "PARAM_SLICES"), &json!({ "name": "PARAM_SLICES", "value": "32" }));
    assert_eq!(container["args"], json!(["$(PARAM_SLICES)"]));
}

#[test]
fn results_are_the_termination_message_and_a_variable_of_those_that_name_them() {
    let objects = objects(HANDED);
    let (measure, report) = (container(&objects, "measure"), container(&objects, "report"));
    assert_eq!(variable(measure, "RESULTS_FILE")["value"], measure["terminationMessagePath"]);
    assert_eq!(measure["terminationMessagePath"], "/dev/termination-log");
    assert_eq!(report.get("terminationMessagePath"), None);
    let from = json!({ "configMapKeyRef": { "key": "dice", "name": "measure-results" } });
    assert_eq!(variable(report, "RESULT_MEASURE_DICE")["valueFrom"], from);
    assert_eq!(report["args"], json!(["$(RESULT_MEASURE_DICE)"]));
}
