//! What hides nothing and changes nothing: objects that a real server refuses, readers without other rights, webhooks
//! that are not there, plans that moved, and the server's own log of all that it was asked.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cluster::harness::tests;
use crate::cluster::{Cluster, OrNotRun, Said};
use crate::cluster_of_all;

tests!(
    a_reader_gets_a_prediction_and_is_told_so,
    a_broken_webhook_hides_nothing_of_others,
    what_the_same_change_makes_is_predicted,
    what_can_never_change_is_replaced_with_its_cost,
    a_plan_that_moved_is_not_the_expected_one,
    what_cannot_be_applied_is_never_as_expected,
    another_authority_and_an_old_token_have_their_message,
    what_a_client_applied_needs_no_dry_run_until_something_goes,
);

const APPLY: &str = "application/apply-patch+yaml";

/// The cluster, with a namespace of the test's own.
pub(crate) fn place(name: &str) -> Option<&'static Cluster> {
    let cluster = cluster_of_all().or_not_run(name)?;
    cluster.create(
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"faults": name}}}),
    );
    Some(cluster)
}

pub(crate) fn config(namespace: &str, name: &str, data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": data})
}

pub(crate) fn applied(cluster: &Cluster, object: &Value) {
    cluster.patch(&format!("{}?fieldManager=kubectl", cluster.path_of(object)), APPLY, object).ok();
}

/// A run on some objects, and what was found of each.
pub(crate) fn diff(cluster: &Cluster, wanted: &[Value], kubeconfig: &Path, more: &[&str]) -> (Said, Value) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("wanted.json");
    fs::write(&file, json!({"apiVersion": "v1", "kind": "List", "items": wanted}).to_string()).unwrap();
    let (file, kubeconfig) = (file.display().to_string(), kubeconfig.display().to_string());
    let arguments = ["diff", "--format", "json", "--desired", &file, "--kubeconfig", &kubeconfig];
    let said = cluster.program(Path::new(env!("CARGO_BIN_EXE_mlopsc")), [&arguments, more].concat());
    let document: Value = serde_json::from_str(&said.stdout).unwrap_or_default();
    (said, document["environments"][0].clone())
}

pub(crate) fn found<'f>(environment: &'f Value, kind: &str, name: &str) -> &'f Value {
    let objects = environment["objects"].as_array().unwrap_or_else(|| panic!("{environment}"));
    objects.iter().find(|it| it["kind"] == kind && it["name"] == name).unwrap_or_else(|| panic!("{environment:#}"))
}

/// The kubeconfig with something else in it.
pub(crate) fn kubeconfig_with(cluster: &Cluster, name: &str, old: &str, new: &str) -> PathBuf {
    let text = fs::read_to_string(cluster.kubeconfig()).unwrap();
    assert!(text.contains(old));
    let file = cluster.folder().join(name);
    fs::write(&file, text.replace(old, new)).unwrap();
    file
}

/// The kubeconfig of somebody who may read some kinds and change nothing.
pub(crate) fn reader_of(cluster: &Cluster, name: &str, resources: &[&str]) -> PathBuf {
    let role = format!("faults-{name}");
    let rule = json!({"apiGroups": ["*"], "resources": resources, "verbs": ["get", "list"]});
    cluster.create(
        &json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": role},
        "rules": [rule]}),
    );
    cluster.create(
        &json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": role},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": role}]}),
    );
    kubeconfig_with(cluster, name, "    token:", &format!("    as: {role}\n    token:"))
}

fn a_reader_gets_a_prediction_and_is_told_so() {
    let Some(cluster) = place("reader") else { return };
    let reader = reader_of(cluster, "reader", &["configmaps", "deployments", "namespaces"]);
    let mut wanted = vec![
        config("reader", "a", &json!({"k": "1"})),
        config("reader", "b", &json!({"k": "1"})),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "reader"}, "stringData": {"k": "planted-value"}}),
    ];
    wanted.iter().for_each(|it| applied(cluster, it));
    wanted[1]["data"] = json!({"k": "2", "more": "x"});
    wanted.push(config("reader", "c", &json!({})));
    let (said, all) = diff(cluster, &wanted, &reader, &[]);
    assert_eq!(said.code, 3, "{said:?}");
    assert_eq!(found(&all, "ConfigMap", "a")["verdict"], "same");
    let b = found(&all, "ConfigMap", "b");
    assert_eq!((&b["verdict"], b["fields"].as_array().unwrap().len()), (&json!("changed"), 2), "{b}");
    assert!(b["reason"].as_str().unwrap().contains("you may not ask the server for a dry run"), "{b}");
    assert_eq!(found(&all, "ConfigMap", "c")["verdict"], "create");
    let secret = found(&all, "Secret", "s");
    assert_eq!(secret["verdict"], "unknown");
    assert!(secret["reason"].as_str().unwrap().contains("cannot get resource"), "{secret}");
    assert!(!said.stdout.contains("planted-value"), "{said:?}");
}

fn a_broken_webhook_hides_nothing_of_others() {
    let Some(cluster) = place("webhook") else { return };
    // Nobody listens there, and nothing leaves the machine.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let webhook = json!({"name": "broken.example.org", "admissionReviewVersions": ["v1"], "sideEffects": "None", "timeoutSeconds": 1,
        "clientConfig": {"url": format!("https://127.0.0.1:{port}/")}, "failurePolicy": "Fail",
        "objectSelector": {"matchLabels": {"hook": "broken"}},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "operations": ["CREATE", "UPDATE"]}]});
    let labelled = |name: &str, hook: &str| {
        let mut object = config("webhook", name, &json!({"k": "1"}));
        object["metadata"]["labels"] = json!({"hook": hook});
        object
    };
    let mut wanted = [labelled("a", "broken"), labelled("b", "none"), labelled("c", "broken")];
    wanted.iter().for_each(|it| applied(cluster, it));
    cluster.create(&json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "faults"}, "webhooks": [webhook]}));
    wanted[..2].iter_mut().for_each(|it| it["data"] = json!({"k": "2"}));
    let ask = || diff(cluster, &wanted, cluster.kubeconfig(), &[]);
    cluster.eventually("the webhook is called", 20, || {
        let (said, all) = ask();
        if found(&all, "ConfigMap", "a")["verdict"] == "unknown" { Ok(()) } else { Err(said.stdout) }
    });
    let (said, all) = ask();
    assert_eq!(said.code, 3, "{said:?}");
    let object = found(&all, "ConfigMap", "a");
    assert!(object["reason"].as_str().unwrap().contains("broken.example.org"), "{object}");
    assert_eq!(object["fields"][0]["path"], "data.k", "what is known is shown: {object}");
    assert_eq!(found(&all, "ConfigMap", "b")["verdict"], "changed");
    assert_eq!(found(&all, "ConfigMap", "c")["verdict"], "same", "nothing of it is asked");
}

fn what_the_same_change_makes_is_predicted() {
    let Some(cluster) = place("made-before") else { return };
    let strict = json!({"pod-security.kubernetes.io/enforce": "restricted"});
    cluster.create(
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "strict-before", "labels": strict}}),
    );
    // A controller would make it.
    cluster.create(&json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "strict-before"}}));
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "made", "labels": strict}});
    let good = config("made", "good", &json!({"k": "1"}));
    let bad = config("made", "bad", &json!({"k/": "1"}));
    let job = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "root", "namespace": "made"},
        "spec": {"containers": [{"name": "c", "image": "registry.example.org/c:1"}]}});
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "required": ["size"], "properties": {
        "size": {"type": "integer", "minimum": 1}, "port": {"x-kubernetes-int-or-string": true}}}}});
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.faults.example.org"}, "spec": {"group": "faults.example.org", "scope": "Namespaced",
        "names": {"kind": "Thing", "plural": "things", "singular": "thing", "listKind": "ThingList"},
        "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}]}});
    let thing = |name: &str, spec: Value| json!({"apiVersion": "faults.example.org/v1", "kind": "Thing", "metadata": {"name": name, "namespace": "made"}, "spec": spec});
    let things = [
        thing("right", json!({"size": 1, "port": "http"})),
        thing("small", json!({"size": 0})),
        thing("odd", json!({"size": 1, "sise": 2})),
    ];
    let wanted = [vec![namespace, good, bad, job, definition], things.to_vec()].concat();
    let (said, all) = diff(cluster, &wanted, cluster.kubeconfig(), &[]);
    assert_eq!(said.code, 1, "{said:?}");
    let is = |kind: &str, name: &str, verdict: &str, word: &str| {
        let object = found(&all, kind, name);
        assert_eq!(object["verdict"], verdict, "{object}");
        assert!(object["reason"].as_str().unwrap_or_default().contains(word), "{object}");
    };
    is("Namespace", "made", "create", "");
    is("ConfigMap", "good", "create", "takes it in one with the same Pod Security");
    is("ConfigMap", "bad", "refused", "a valid config key");
    is("Pod", "root", "refused", "restricted");
    is("Thing", "right", "create", "follows its schema");
    is("Thing", "small", "refused", "`spec.size`");
    is("Thing", "odd", "refused", "sise");
    // No namespace has this Pod Security, and the rest of what the server says is worth having.
    let unlike =
        json!({"pod-security.kubernetes.io/enforce": "baseline", "pod-security.kubernetes.io/audit": "restricted"});
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "unlike", "labels": unlike}});
    let wanted =
        [namespace, config("unlike", "good", &json!({"k": "1"})), config("unlike", "bad", &json!({"k/": "1"}))];
    let (_, all) = diff(cluster, &wanted, cluster.kubeconfig(), &[]);
    let good = found(&all, "ConfigMap", "good");
    assert_eq!(good["verdict"], "create");
    assert!(good["reason"].as_str().unwrap().contains("takes it in `default`"), "{good}");
    assert_eq!(found(&all, "ConfigMap", "bad")["verdict"], "refused");
}

fn what_can_never_change_is_replaced_with_its_cost() {
    let Some(cluster) = place("replaced") else { return };
    let pod = json!({"restartPolicy": "Never", "containers": [{"name": "c", "image": "registry.example.org/c:1"}]});
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "train", "namespace": "replaced"},
        "spec": {"template": {"spec": pod}}});
    let claim = json!({"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    let mut set_pod = pod.clone();
    set_pod["restartPolicy"] = "Always".into();
    let set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "store", "namespace": "replaced"},
        "spec": {"serviceName": "store", "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": set_pod}, "volumeClaimTemplates": [claim]}});
    let mut wanted = vec![job, set];
    wanted.iter().for_each(|it| applied(cluster, it));
    let path = cluster.path_of(&wanted[0]);
    let status = json!({"status": {"active": 1, "startTime": "2026-01-02T03:04:05Z"}});
    cluster.patch(&format!("{path}/status"), "application/merge-patch+json", &status).ok();
    let image = "/spec/template/spec/containers/0/image";
    *wanted[0].pointer_mut(image).unwrap() = "registry.example.org/c:2".into();
    wanted[1]["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] = "2Gi".into();
    let (said, all) = diff(cluster, &wanted, cluster.kubeconfig(), &[]);
    assert_eq!(said.code, 1, "{said:?}");
    let reason = |kind: &str, name: &str| found(&all, kind, name)["reason"].as_str().unwrap_or_default().to_owned();
    let why = reason("Job", "train");
    for part in [
        "field is immutable",
        "kills the active run (active=1 since 2026-01-02T03:04:05Z)",
        "the server takes the new one",
    ] {
        assert!(why.contains(part), "{part}: {why}");
    }
    let why = reason("StatefulSet", "store");
    for part in ["stops all of its pods", "--cascade=orphan", "changed in each claim", "the server takes the new one"] {
        assert!(why.contains(part), "{part}: {why}");
    }
    *wanted[0].pointer_mut("/spec/template/spec/restartPolicy").unwrap() = "Always".into();
    let (_, all) = diff(cluster, &wanted, cluster.kubeconfig(), &[]);
    let why = found(&all, "Job", "train")["reason"].as_str().unwrap_or_default().to_owned();
    assert!(why.contains("does not take the new one either") && why.contains("restartPolicy"), "{why}");
}

fn a_plan_that_moved_is_not_the_expected_one() {
    let Some(cluster) = place("plan") else { return };
    let mut wanted = vec![config("plan", "a", &json!({"k": "1"}))];
    applied(cluster, &wanted[0]);
    wanted[0]["data"]["k"] = "2".into();
    let plan = |wanted: &[Value], more: &[&str]| {
        let (said, all) = diff(cluster, wanted, cluster.kubeconfig(), more);
        (said, all["plan"].as_str().unwrap_or_default().to_owned())
    };
    let (_, approved) = plan(&wanted, &[]);
    assert!(approved.len() == 32 && approved.ends_with("00000000"), "everything could be asked: {approved}");
    assert_eq!(plan(&wanted, &["--verify", "full"]).1, approved);
    assert_eq!(plan(&wanted, &["--expect", &approved]).0.code, 0);
    // What nobody here wants does not move it.
    let path = cluster.path_of(&wanted[0]);
    cluster.merge(&path, &json!({"metadata": {"labels": {"others.example.org/x": "1"}}})).ok();
    assert_eq!(plan(&wanted, &["--expect", &approved]).0.code, 0);
    cluster.merge(&path, &json!({"data": {"k": "9"}})).ok();
    let (said, _) = plan(&wanted, &["--expect", &approved]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stderr.contains("has moved since") && said.stdout.contains("\"9\""), "{said:?}");
    cluster.merge(&path, &json!({"data": {"k": "1"}})).ok();
    let mut other = wanted.clone();
    other[0]["data"]["k"] = "3".into();
    assert_eq!(plan(&other, &["--expect", &approved]).0.code, 1);
}

fn what_cannot_be_applied_is_never_as_expected() {
    let Some(cluster) = place("impossible") else { return };
    let wanted =
        |key: &str| vec![config("impossible", "a", &json!({ key: "1" })), config("impossible", "b", &json!({}))];
    let (said, all) = diff(cluster, &wanted("no/key"), cluster.kubeconfig(), &[]);
    assert_eq!(found(&all, "ConfigMap", "a")["verdict"], "refused", "{said:?}");
    let plan = all["plan"].as_str().unwrap();
    let (said, _) = diff(cluster, &wanted("no/key"), cluster.kubeconfig(), &["--expect", plan]);
    assert!(said.code == 1 && said.stderr.contains("cannot be applied"), "{said:?}");
    let reader = reader_of(cluster, "impossible", &["configmaps", "namespaces"]);
    let (said, all) = diff(cluster, &wanted("key"), cluster.kubeconfig(), &[]);
    let (predicted, _) = diff(cluster, &wanted("key"), &reader, &["--expect", all["plan"].as_str().unwrap()]);
    assert!(said.code == 1 && predicted.code == 1, "{predicted:?}");
    let why = "your rights do not let the server say of 2 objects";
    assert!(predicted.stderr.contains(why) && !predicted.stderr.contains("moved"), "{predicted:?}");
    // Who may ask for more than whoever approved it finds out that it is so, or that it is not.
    let (_, foreseen) = diff(cluster, &wanted("key"), &reader, &[]);
    let foreseen = foreseen["plan"].as_str().unwrap();
    let (again, _) = diff(cluster, &wanted("key"), &reader, &["--expect", foreseen]);
    let (proven, _) = diff(cluster, &wanted("key"), cluster.kubeconfig(), &["--expect", foreseen]);
    assert_eq!((again.code, proven.code), (0, 0), "{again:?} {proven:?}");
    let (_, foreseen) = diff(cluster, &wanted("no/key"), &reader, &[]);
    let (refused, _) =
        diff(cluster, &wanted("no/key"), cluster.kubeconfig(), &["--expect", foreseen["plan"].as_str().unwrap()]);
    assert!(refused.code == 1 && refused.stderr.contains("made with other rights"), "{refused:?}");
    // Who may not list has not seen everything.
    let reader = reader_of(cluster, "impossible-less", &["namespaces"]);
    let (said, all) = diff(cluster, &wanted("key"), &reader, &[]);
    let (again, _) = diff(cluster, &wanted("key"), &reader, &["--expect", all["plan"].as_str().unwrap()]);
    assert!(said.code == 3 && again.code == 3 && again.stderr.contains("says not of everything"), "{again:?}");
}

fn another_authority_and_an_old_token_have_their_message() {
    let Some(cluster) = place("strangers") else { return };
    let wanted = [config("strangers", "a", &json!({}))];
    let text = fs::read_to_string(cluster.kubeconfig()).unwrap();
    let authority = text.lines().find(|it| it.contains("certificate-authority:")).unwrap().to_owned();
    let stranger = kubeconfig_with(cluster, "stranger", &format!("{authority}\n"), "");
    let (said, _) = diff(cluster, &wanted, &stranger, &[]);
    assert!(said.code == 3 && said.stderr.contains("certificate-authority"), "{said:?}");
    let expired = kubeconfig_with(cluster, "expired", "    token: ", "    token: x");
    let (said, _) = diff(cluster, &wanted, &expired, &[]);
    assert!(said.code == 3 && said.stderr.contains("(401)") && said.stderr.contains("log in again"), "{said:?}");
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    assert!(document["error"].as_str().unwrap().contains("(401)"), "{document}");
    assert!(document["environments"].as_array().unwrap().is_empty(), "{document}");
}

fn what_a_client_applied_needs_no_dry_run_until_something_goes() {
    let Some(cluster) = place("client") else { return };
    let folder = TempDir::new().unwrap();
    let mut wanted = [config("client", "noted", &json!({"status": "1", "k": "1"}))];
    fs::write(folder.path().join("all.json"), wanted[0].to_string()).unwrap();
    assert_eq!(cluster.kubectl(["apply", "-f", &folder.path().join("all.json").display().to_string()]).code, 0);
    let tried = || {
        let log = fs::read_to_string(cluster.audit_log()).unwrap();
        log.lines().filter(|it| it.contains("\"verb\":\"patch\"") && it.contains("/noted?dryRun=All")).count()
    };
    let (said, all) = diff(cluster, &wanted, cluster.kubeconfig(), &["--field-manager", "kubectl"]);
    assert_eq!((said.code, tried()), (0, 0), "{all:#}");
    wanted[0]["data"].as_object_mut().unwrap().shift_remove("status");
    let (_, all) = diff(cluster, &wanted, cluster.kubeconfig(), &["--field-manager", "kubectl"]);
    let object = found(&all, "ConfigMap", "noted");
    assert_eq!(
        (&object["verdict"], &object["fields"][0]["path"]),
        (&json!("changed"), &json!("data.status")),
        "{object}"
    );
}

/// From the server's own log: whatever `mlopsc` asked was a question.
pub(crate) fn only_questions_were_asked(cluster: &Cluster) -> usize {
    let log = fs::read_to_string(cluster.audit_log()).unwrap();
    let mut count = 0;
    for line in log.lines().filter(|it| it.contains("\"userAgent\":\"mlopsc/")) {
        let event: Value = serde_json::from_str(line).unwrap();
        let (verb, path) = (event["verb"].as_str().unwrap(), event["requestURI"].as_str().unwrap());
        let is_dry = verb == "patch" && path.contains("?dryRun=All&");
        assert!(["get", "list"].contains(&verb) || is_dry, "{verb} {path}");
        count += 1;
    }
    count
}
