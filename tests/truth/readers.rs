//! Who may only read gets a prediction: its verdicts are those of the server's own dry run.

use serde_json::{Value, json};

use crate::cluster::harness::tests;
use crate::faults::{applied, config, diff, found, place, reader_of};
use crate::fixed::{changes, object};

tests!(a_prediction_has_the_verdicts_of_the_server);

const MERGE: &str = "application/merge-patch+json";

fn a_prediction_has_the_verdicts_of_the_server() {
    let Some(cluster) = place("readers") else { return };
    let reader = reader_of(cluster, "readers", &["*"]);
    // A controller would make it.
    cluster.create(&object("v1", "ServiceAccount", "default", &json!({})));
    let changes = changes();
    let mut wanted = Vec::new();
    for it in &changes {
        applied(cluster, &it.before);
        if !it.status.is_null() {
            cluster.patch(&format!("{}/status", cluster.path_of(&it.before)), MERGE, &it.status).ok();
        }
        wanted.push(it.after.clone());
    }
    // Fields of others, fields that go, and fields that stay because others own them too.
    let four = |name: &str| config("readers", name, &json!({"ours": "1", "theirs": "1"}));
    for name in ["contested", "goes", "shared", "drifted"] {
        applied(cluster, &four(name));
    }
    let path = |name: &str| cluster.path_of(&four(name));
    let apply = "application/apply-patch+yaml";
    let other = |name: &str, theirs: &str| {
        let object = config("readers", name, &json!({"theirs": theirs}));
        cluster.patch(&format!("{}?fieldManager=somebody&force=true", path(name)), apply, &object).ok();
    };
    other("contested", "2");
    other("shared", "1");
    cluster
        .patch(&format!("{}?fieldManager=kubectl-edit", path("drifted")), MERGE, &json!({"data": {"ours": "9"}}))
        .ok();
    wanted.push(four("contested"));
    wanted.extend(["goes", "shared"].map(|it| config("readers", it, &json!({"ours": "1"}))));
    wanted.push(four("drifted"));
    // Where nothing is yet.
    wanted.push(config("readers", "new", &json!({})));
    wanted.push(config("readers-nowhere", "homeless", &json!({})));
    let (of_server, all) = diff(cluster, &wanted, cluster.kubeconfig(), &[]);
    let (of_reader, predicted) = diff(cluster, &wanted, &reader, &[]);
    assert_eq!((of_server.code, of_reader.code), (1, 1), "{of_reader:?}");
    let mut wrong = Vec::new();
    for it in &wanted {
        let (kind, name) = (it["kind"].as_str().unwrap(), it["metadata"]["name"].as_str().unwrap());
        let [one, other] = [&all, &predicted].map(|it| found(it, kind, name));
        let paths =
            |it: &Value| it["fields"].as_array().unwrap().iter().map(|it| it["path"].clone()).collect::<Vec<_>>();
        if one["verdict"] != other["verdict"] || paths(one) != paths(other) {
            wrong.push(format!(
                "{kind} {name}: {} {:?} {}\n  predicted {} {:?} {}",
                one["verdict"],
                paths(one),
                one["reason"],
                other["verdict"],
                paths(other),
                other["reason"]
            ));
        }
        let is_new = ["replace", "immutable"].iter().any(|it| one["verdict"] == *it);
        if one["reason"].as_str().is_some_and(|it| it.contains('\n')) {
            wrong.push(format!("{kind} {name}: more than a line: {}", one["reason"]));
        }
        for reason in [one, other].map(|it| it["reason"].as_str().unwrap_or_default()).into_iter().filter(|_| is_new) {
            if !reason.contains("replac") && !reason.contains("between deletion and creation") {
                wrong.push(format!("{kind} {name}: no cost: {reason}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (name, verdict) in [
        ("contested", "conflict"),
        ("goes", "changed"),
        ("shared", "same"),
        ("drifted", "conflict"),
        ("homeless", "refused"),
    ] {
        assert_eq!(found(&predicted, "ConfigMap", name)["verdict"], verdict);
    }
    assert_ne!(all["plan"], predicted["plan"], "what is not proven is another plan");
}
