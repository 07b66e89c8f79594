//! Somebody who is given the printed roles before anything is there, and whose plan somebody else then applies.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::cluster::harness::tests;
use crate::faults::{config, diff, found, kubeconfig_with, place};

tests!(the_printed_roles_are_given_as_they_say_and_a_plan_made_with_them_holds);

fn the_printed_roles_are_given_as_they_say_and_a_plan_made_with_them_holds() {
    let Some(cluster) = place("reviewers") else { return };
    let name = "reviewed-later";
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r", "namespace": name},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]});
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"a": "b"}}});
    let mut labelled = config(name, "c", &json!({"k": "1"}));
    labelled["metadata"]["labels"] =
        json!({"app.kubernetes.io/managed-by": "mlopsc", "app.kubernetes.io/instance": name});
    let wanted = [namespace, labelled, role];
    let file = cluster.folder().join("reviewed.json");
    fs::write(&file, json!({"apiVersion": "v1", "kind": "List", "items": wanted}).to_string()).unwrap();
    let file = file.display().to_string();
    let printed =
        cluster.program(Path::new(env!("CARGO_BIN_EXE_mlopsc")), ["diff", "--desired", &file, "--print-rbac"]);
    assert_eq!(printed.code, 0, "{printed:?}");
    let roles = cluster.folder().join("roles.yaml");
    fs::write(&roles, &printed.stdout).unwrap();
    let commands: Vec<&str> = printed.stdout.lines().filter_map(|it| it.strip_prefix("#   kubectl ")).collect();
    assert_eq!(commands.len(), 4, "{}", printed.stdout);
    for command in commands {
        let command = command.split("   (").next().unwrap();
        let command = command.replace("WHO", "a-reviewer").replace("-f -", &format!("-f {}", roles.display()));
        let said = cluster.kubectl(command.split(' '));
        assert_eq!(said.code, 0, "{command}: {said:?}");
    }
    let reviewer = kubeconfig_with(cluster, "reviewer", "    token:", "    as: a-reviewer\n    token:");
    let all = cluster.eventually("what the rights allow", 20, || {
        let (said, all) = diff(cluster, &wanted, &reviewer, &[]);
        if said.code == 1 { Ok(all) } else { Err(format!("{said:?}")) }
    });
    assert_eq!(all["summary"]["create"], 2, "{all:#}");
    let reason = found(&all, "Role", "r")["reason"].as_str().unwrap();
    assert!(reason.contains("you may not ask"), "who may try roles may take rights from others: {reason}");
    let plan = all["plan"].as_str().unwrap();
    let (said, _) = diff(cluster, &wanted, cluster.kubeconfig(), &["--expect", plan]);
    assert_eq!(said.code, 0, "what was approved is applied by somebody who may: {said:?}");
    let (_, all) = diff(cluster, &wanted, cluster.kubeconfig(), &[]);
    let (said, _) = diff(cluster, &wanted, &reviewer, &["--expect", all["plan"].as_str().unwrap()]);
    assert!(said.code == 1 && said.stderr.contains("your rights do not let the server say of 1 object"), "{said:?}");
}
