//! Files on both sides.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::binary::{Run, mlopsc};
use crate::support::project::root;

/// A run on two sets of objects.
pub(crate) fn diff(wanted: &Value, live: &Value, more: &[&str]) -> Run {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("wanted.json"), wanted.to_string()).unwrap();
    fs::write(folder.path().join("live.json"), live.to_string()).unwrap();
    let arguments = ["diff", "--desired", "wanted.json", "--live", "live.json"];
    mlopsc(folder.path(), &[&arguments, more].concat())
}

fn objects(run: &Run) -> Value {
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    document["environments"][0]["objects"].clone()
}

fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api", "namespace": "prod"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {
            "containers": [{"name": "api", "image": "api:1", "resources": {"limits": {"cpu": "1000m"}},
                "ports": [{"containerPort": 80}]}]}}}
    })
}

/// As a server gives it back.
fn live() -> Value {
    let mut live = deployment();
    let metadata =
        json!({"uid": "1", "resourceVersion": "7", "generation": 2, "creationTimestamp": "2026-01-01T00:00:00Z"});
    live["metadata"].as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
    live["spec"]["replicas"] = 1.into();
    live["spec"]["progressDeadlineSeconds"] = 600.into();
    live["spec"]["strategy"] =
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}});
    let pod = &mut live["spec"]["template"]["spec"];
    pod["restartPolicy"] = "Always".into();
    pod["securityContext"] = json!({});
    let container = &mut pod["containers"][0];
    container["resources"] = json!({"limits": {"cpu": "1"}, "requests": {"cpu": "1"}});
    container["ports"][0]["protocol"] = "TCP".into();
    container["imagePullPolicy"] = "IfNotPresent".into();
    live["status"] = json!({"replicas": 1});
    live
}

#[test]
fn what_the_server_adds_is_no_difference() {
    let run = diff(&deployment(), &live(), &["--format", "json"]).exits_with(0);
    assert_eq!(objects(&run)[0]["verdict"], "same");
}

#[test]
fn fields_are_shown_with_what_they_cause() {
    let mut wanted = deployment();
    wanted["spec"]["template"]["spec"]["containers"][0]["image"] = "api:2".into();
    let run = diff(&wanted, &live(), &[]).exits_with(1);
    for part in ["~ Deployment prod/api  changed · rolls pods", "containers[name=api].image", "- api:1", "+ api:2"] {
        assert!(run.stdout.contains(part), "{part}:\n{}", run.stdout);
    }
    let run = diff(&wanted, &live(), &["--format", "json"]).exits_with(1);
    let object = &objects(&run)[0];
    assert_eq!(object["impact"][0]["code"], "rolls-pods");
    assert_eq!(object["fields"][0]["pointer"], "/spec/template/spec/containers/0/image");
    assert_eq!(object["fields"].as_array().unwrap().len(), 1);
}

#[test]
fn a_selector_can_never_change() {
    let mut wanted = deployment();
    wanted["spec"]["selector"]["matchLabels"]["a"] = "c".into();
    let run = diff(&wanted, &live(), &["--format", "json"]).exits_with(1);
    assert_eq!(objects(&run)[0]["verdict"], "replace");
}

#[test]
fn fields_of_others_stay_and_applied_ones_go() {
    let mut live = live();
    live["spec"]["replicas"] = 5.into();
    live["spec"]["paused"] = true.into();
    live["metadata"]["managedFields"] = json!([
        {"manager": "hpa", "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
        {"manager": "kubectl", "operation": "Apply", "fieldsV1": {"f:spec": {"f:paused": {}}}},
    ]);
    let run = diff(&deployment(), &live, &["--format", "json"]).exits_with(1);
    let fields = &objects(&run)[0]["fields"];
    assert_eq!(fields.as_array().unwrap().len(), 1, "{fields}");
    assert_eq!((&fields[0]["path"], &fields[0]["op"]), (&json!("spec.paused"), &json!("remove")));
    assert_eq!(fields[0]["owners"], json!([{"manager": "kubectl", "since": null}]));
    // Where nobody says who set what, nothing goes but what a client wrote down.
    live["metadata"].as_object_mut().unwrap().remove("managedFields");
    let run = diff(&deployment(), &live, &["--format", "json"]).exits_with(0);
    assert!(run.stdout.contains("--show-managed-fields"), "{}", run.stdout);
    let mut applied = deployment();
    applied["spec"]["paused"] = true.into();
    live["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": applied.to_string()});
    let run = diff(&deployment(), &live, &["--format", "json"]).exits_with(1);
    assert_eq!(objects(&run)[0]["fields"].as_array().unwrap().len(), 1);
    assert!(!run.stdout.contains("--show-managed-fields"), "{}", run.stdout);
    // A manifest in the place of a cluster says all there is.
    let mut manifest = deployment();
    manifest["spec"]["paused"] = true.into();
    assert_eq!(
        objects(&diff(&deployment(), &manifest, &["--format", "json"]))[0]["fields"].as_array().unwrap().len(),
        1
    );
}

/// A dump of a namespace has what others made, too.
#[test]
fn what_carries_no_label_of_the_same_spec_and_environment_is_no_orphan() {
    let labels = |instance: &str, environment: &str| json!({"app.kubernetes.io/managed-by": "mlopsc", "app.kubernetes.io/instance": instance, "mlopsc.dev/environment": environment});
    let config = |name: &str, labels: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "n", "labels": labels}, "data": {"a": "b"}});
    let wanted = config("kept", labels("mri", "prod"));
    let all = [
        wanted.clone(),
        config("gone", labels("mri", "prod")),
        config("other-environment", labels("mri", "dev")),
        config("other-spec", labels("ct", "prod")),
        config("of-nobody", json!({})),
    ];
    let verdicts = |items: &[Value]| {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
        let found = objects(&diff(&wanted, &list, &["--format", "json"]).exits_with(1));
        let text = |it: &Value| format!("{} {}", it["name"].as_str().unwrap(), it["verdict"].as_str().unwrap());
        found.as_array().unwrap().iter().map(text).collect::<Vec<_>>()
    };
    assert_eq!(verdicts(&all), ["gone orphan", "kept same"]);
    let dumped: Vec<Value> = all
        .iter()
        .cloned()
        .map(|mut it| {
            it["metadata"]["uid"] = "1".into();
            it
        })
        .collect();
    assert_eq!(verdicts(&dumped), ["gone orphan", "kept same"]);
    // A dump that was not asked for a kind has none of it.
    let mut service = config("kept", labels("mri", "prod"));
    service["kind"] = "Service".into();
    let text = diff(&service, &json!({"apiVersion": "v1", "kind": "List", "items": dumped}), &[]).exits_with(1).stdout;
    assert!(text.contains("note: the dump has no object of these kinds: Service; "), "{text}");
}

#[test]
fn lists_are_read_and_what_is_left_over_is_an_orphan() {
    let claim =
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "old", "namespace": "prod"}});
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [live(), claim]});
    let run = diff(&deployment(), &list, &["--format", "json"]).exits_with(1);
    let objects = objects(&run);
    let verdicts: Vec<_> = objects.as_array().unwrap().iter().map(|it| (&it["verdict"], &it["protected"])).collect();
    assert_eq!(verdicts, [(&json!("same"), &json!(false)), (&json!("orphan"), &json!(true))]);
    let run = diff(&list, &deployment(), &[]).exits_with(1);
    assert!(run.stdout.contains("+ PersistentVolumeClaim prod/old  create"), "{}", run.stdout);
}

#[test]
fn text_of_a_cluster_acts_on_nothing() {
    let mut wanted = deployment();
    wanted["metadata"]["annotations"] = json!({"note": "plain"});
    let mut live = live();
    let hostile = "\u{1b}[2J\u{202e}</details>\n```\n# @everyone <img src=x> | `x` [a](b)";
    live["metadata"]["annotations"] = json!({"note": hostile});
    for format in ["terminal", "json", "markdown"] {
        let text = diff(&wanted, &live, &["--format", format]).exits_with(1).stdout;
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{format}: {text:?}");
        if format == "markdown" {
            // A fence that is longer than any in it holds all of it.
            let body = text.split("````diff\n").nth(1).unwrap().split("\n````\n").next().unwrap();
            assert!(body.contains("@everyone") && text.matches("@everyone").count() == 1, "{text}");
            assert!(text.ends_with("````\n\n</details>\n\n"), "{text}");
        }
    }
}

#[test]
fn wrong_arguments_are_the_users_mistake() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("bad.yaml"), "a: [").unwrap();
    fs::write(folder.path().join("empty.yaml"), "a: b\n").unwrap();
    let run = |arguments: &[&str]| mlopsc(folder.path(), &[&["diff"], arguments].concat()).exits_with(2);
    run(&["--desired", "no.yaml"]).says(&["`no.yaml` does not exist"]);
    run(&["--desired", "bad.yaml"]).says(&["`bad.yaml`", "cannot be read as YAML (line 1"]);
    run(&["--desired", "empty.yaml"]).says(&["has no `kind`, and is no manifest"]);
    run(&["--desired", "empty.yaml", "--env", "x"]).says(&["--env"]);
    run(&["--live", "empty.yaml"]).says(&["there is no mlops.toml"]);
    mlopsc(folder.path(), &["check", "--format", "markdown"]).exits_with(2).says(&["mlopsc diff"]);
    let example = root().join("examples/mri-classifier");
    mlopsc(&example, &["diff", "--context", "x"]).exits_with(2).says(&["name one with --env"]);
    mlopsc(&example, &["diff"]).exits_with(2).says(&["no `kube-context`", "name one with --env"]);
}

#[test]
fn the_line_of_the_spec_is_named() {
    let folder = TempDir::new().unwrap();
    crate::support::binary::copy_folder(&root().join("examples/mri-classifier"), folder.path());
    let out = |it: &Path| mlopsc(it, &["compile", "--quiet"]).exits_with(0);
    out(folder.path());
    let same = ["diff", "--env", "prod", "--live", "deploy/prod"];
    mlopsc(folder.path(), &same).exits_with(0);
    let change = ["--set", "project.registry=other.example.org/x"];
    let run = mlopsc(folder.path(), &[&same[..], &change].concat()).exits_with(1);
    assert!(run.stdout.contains("mlops.toml:") && run.stdout.contains("+ other.example.org/x"), "{}", run.stdout);
}

#[test]
fn a_comment_has_a_limit_and_says_what_is_left_out() {
    let list = |value: &str| {
        let item = |at: usize| {
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("c{at}"), "namespace": "n"},
                "data": {"a": value.repeat(40)}})
        };
        json!({"apiVersion": "v1", "kind": "List", "items": (0..1500).map(item).collect::<Vec<_>>()})
    };
    let run = diff(&list("x"), &list("y"), &["--format", "markdown"]).exits_with(1);
    assert!(run.stdout.len() < 65_536 && run.stdout.contains("Left out, because"), "{}", run.stdout.len());
    assert_eq!(run.stdout.matches("<details>").count(), run.stdout.matches("</details>").count());
    assert!(run.stdout.contains("1500 changed"));
}
