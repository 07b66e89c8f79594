//! Values that the server gives where nobody says them: no difference, whichever side says them.

use serde_json::{Value, json};

use crate::offline::diff;

fn object(version: &str, kind: &str, spec: Value) -> Value {
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": "a", "namespace": "n"}, "spec": spec})
}

/// A pod that says what it must, and more.
fn pod(more: &Value) -> Value {
    let mut pod = json!({
        "containers": [{
            "name": "c", "image": "x:1", "ports": [{"containerPort": 80}], "readinessProbe": {"httpGet": {"port": 80}},
            "env": [{"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
            "resources": {"limits": {"cpu": "1"}},
        }],
        "volumes": [{"name": "v", "configMap": {"name": "c"}}],
    });
    merge(&mut pod, more);
    pod
}

fn deployment(pod: &Value, more: &Value) -> Value {
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": pod});
    let mut it =
        object("apps/v1", "Deployment", json!({"selector": {"matchLabels": {"a": "b"}}, "template": template}));
    merge(&mut it["spec"], more);
    it
}

fn service(more: &Value) -> Value {
    let mut it = object("v1", "Service", json!({"ports": [{"port": 80}], "selector": {"a": "b"}}));
    merge(&mut it["spec"], more);
    it
}

fn policy(more: &Value) -> Value {
    let mut it = object(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        json!({"podSelector": {}, "egress": [{"ports": [{"port": 53}]}]}),
    );
    merge(&mut it["spec"], more);
    it
}

fn cron_job(more: &Value) -> Value {
    let job = json!({"spec": {"template": {"spec": pod(&json!({"restartPolicy": "Never"}))}}});
    let mut it = object("batch/v1", "CronJob", json!({"schedule": "@daily", "jobTemplate": job}));
    merge(&mut it["spec"], more);
    it
}

#[test]
fn a_default_that_one_side_says_is_no_difference() {
    let nothing = &json!({});
    let of_pod = pod(&json!({
        "restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
        "securityContext": {}, "terminationGracePeriodSeconds": 30, "hostNetwork": false,
        "containers": [{
            "imagePullPolicy": "IfNotPresent", "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File", "ports": [{"protocol": "TCP"}],
            "readinessProbe": {"periodSeconds": 10, "httpGet": {"path": "/", "scheme": "HTTP"}},
            "env": [{"valueFrom": {"fieldRef": {"apiVersion": "v1"}}}],
            "resources": {"requests": {"cpu": "1"}}, "tty": false,
        }],
        "volumes": [{"configMap": {"defaultMode": 420}}],
    }));
    let of_deployment = json!({
        "replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
    });
    let of_service =
        json!({"type": "ClusterIP", "sessionAffinity": "None", "ports": [{"protocol": "TCP", "targetPort": 80}]});
    let of_policy = json!({"policyTypes": ["Ingress", "Egress"], "egress": [{"ports": [{"protocol": "TCP"}]}]});
    let of_cron_job =
        json!({"suspend": false, "concurrencyPolicy": "Allow", "jobTemplate": {"spec": {"backoffLimit": 6}}});
    let pairs = [
        (deployment(&pod(nothing), nothing), deployment(&of_pod, &of_deployment)),
        (service(nothing), service(&of_service)),
        (policy(nothing), policy(&of_policy)),
        (cron_job(nothing), cron_job(&of_cron_job)),
    ];
    for (short, long) in &pairs {
        for (wanted, live) in [(short, long), (long, short), (short, short), (long, long)] {
            let run = diff(wanted, live, &[]);
            assert!(run.code == 0, "{}", run.stdout);
        }
    }
}

/// So does what a custom resource says, whose schema has defaults of its own, and what is under a key of somebody's.
#[test]
fn what_is_no_default_differs_on_whichever_side_it_stands() {
    let nothing = &json!({});
    let data = |more: Value| {
        let mut it = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "b"}});
        merge(&mut it["data"], &more);
        it
    };
    let pulled = |policy: &str| deployment(&pod(&json!({"containers": [{"imagePullPolicy": policy}]})), nothing);
    let broker = |more: Value| object("x.org/v1", "Broker", more);
    for (one, other) in [
        (service(nothing), service(&json!({"clusterIP": "None"}))),
        (service(nothing), service(&json!({"type": "NodePort"}))),
        (data(json!({})), data(json!({"type": "Opaque"}))),
        (data(json!({})), data(json!({"value": ""}))),
        (broker(json!({"a": 1})), broker(json!({"a": 1, "timeoutSeconds": 1}))),
        (pulled("IfNotPresent"), pulled("Always")),
        (deployment(&pod(nothing), nothing), pulled("Always")),
    ] {
        diff(&one, &other, &[]).exits_with(1);
        diff(&other, &one, &[]).exits_with(1);
    }
}

/// The fields of one value added to another, item by item of its lists.
fn merge(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            more.iter().for_each(|(key, it)| merge(into.entry(key).or_insert(Value::Null), it));
        }
        (Value::Array(into), Value::Array(more)) => into.iter_mut().zip(more).for_each(|(one, it)| merge(one, it)),
        (into, more) => *into = more.clone(),
    }
}
