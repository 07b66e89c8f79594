//! The script that runs the stages of the pipeline: one after the other, in the order of the spec, until one fails.

use std::fs;
use std::path::Path;

use libtest_mimic::Failed;
use mlopsc::plan::{Turn, Workload};
use serde_json::{Value, json};

use crate::case::Case;
use crate::cluster::Cluster;

/// Runs the script on played nodes, where every stage succeeds, and then with a stage in the middle that fails.
pub(crate) fn runs_in_order(case: Case, cluster: &Cluster) -> Result<(), Failed> {
    let folder = case.write(cluster);
    runs_once(case, cluster, &folder.path().join("kubernetes/run-install.sh"))?;
    let is_of_pipeline = |it: &&Workload| it.turn.as_ref().is_some_and(|it| it.value == Turn::Pipeline);
    let stages: Vec<&Workload> = case.plan().workloads.values().filter(is_of_pipeline).collect();
    if stages.is_empty() {
        return Ok(());
    }
    let variables = variables(&stages);
    let script = folder.path().join("kubernetes/run-pipeline.sh");
    let before = jobs(case, cluster, &stages);
    let said = cluster.script(&script, &variables);
    if said.code != 0 {
        return Err(format!("{}: the pipeline ended with {}: {}", case.name(), said.code, said.stderr).into());
    }
    let done = jobs(case, cluster, &stages);
    for (stage, (before, done)) in stages.iter().zip(before.iter().zip(&done)) {
        let title = title(case, stage);
        assert!(uid(before) != uid(done), "{title} has not run again");
        assert!(done["status"]["completionTime"].is_string(), "the script has not waited for {title}");
    }
    let order: Vec<&str> = said.stdout.lines().filter_map(|it| it.strip_prefix("stage ")).collect();
    let place = |name: &str| order.iter().position(|it| *it == name);
    for stage in &stages {
        for earlier in stages.iter().filter(|it| comes_after(case, stage, it)) {
            let title = title(case, stage);
            assert!(place(&earlier.name) < place(&stage.name), "{title} runs before {}: {order:?}", earlier.name);
        }
    }
    let failing = order[order.len() / 2];
    let file = folder.path().join(format!("kubernetes/{failing}.job.yaml"));
    let object = case.emitted().find(|it| it.kind() == "Job" && it.name() == failing).expect("it was emitted");
    let mut job = object.node.to_json();
    // Pods that no node takes, for a second.
    job["spec"]["activeDeadlineSeconds"] = json!(1);
    job["spec"]["template"]["spec"]["nodeSelector"] = json!({"tests.mlopsc.dev/nowhere": "yes"});
    fs::write(&file, job.to_string()).expect("the folder is writable");
    let said = cluster.script(&script, &variables);
    if said.code == 0 || !said.stderr.contains(failing) {
        return Err(format!("{}: {failing} failed, and the script ended with {}", case.name(), said.code).into());
    }
    for (stage, (before, after)) in stages.iter().zip(done.iter().zip(&jobs(case, cluster, &stages))) {
        let has_run = uid(before) != uid(after);
        let title = title(case, stage);
        assert_eq!(has_run, place(&stage.name) <= place(failing), "whether {title} has run, when {failing} failed");
    }
    Ok(())
}

/// What was installed is not installed again.
fn runs_once(case: Case, cluster: &Cluster, script: &Path) -> Result<(), Failed> {
    if !script.is_file() {
        return Ok(());
    }
    let said = cluster.script(script, &[]);
    let again = said.stdout.lines().filter(|it| it.starts_with("stage ") && !it.ends_with(" has completed before"));
    let again: Vec<&str> = again.collect();
    if said.code == 0 && again.is_empty() {
        return Ok(());
    }
    Err(format!("{}: the installation ended with {}: {again:?} {}", case.name(), said.code, said.stderr).into())
}

/// A value for each parameter of the stages, and for each of their results.
fn variables(stages: &[&Workload]) -> Vec<(String, String)> {
    let results: String =
        stages.iter().flat_map(|it| &it.results).map(|it| format!("{}=made-up\n", it.value)).collect();
    // A number is a text as well.
    let params = stages.iter().flat_map(|it| &it.params).map(|it| (it.caller.to_string(), "1".to_owned()));
    params.chain([("PLAYED_RESULTS".to_owned(), results)]).collect()
}

/// Whether the spec says that a stage comes right after another one, or that it reads what the other one writes.
fn comes_after(case: Case, stage: &Workload, earlier: &Workload) -> bool {
    let said = |it: &Workload| case.spec().stages.get(it.name.as_str()).expect("it is a stage");
    let read: Vec<&str> = said(stage).inputs.iter().filter_map(|it| it.data.as_ref()).map(|it| it.as_str()).collect();
    let mut written = said(earlier).outputs.iter().filter_map(|it| it.data.as_ref());
    let is_named = said(stage).after.iter().any(|it| it.as_str() == earlier.name.as_str());
    is_named || written.any(|it| read.contains(&it.as_str()))
}

fn jobs(case: Case, cluster: &Cluster, stages: &[&Workload]) -> Vec<Value> {
    let jobs = format!("/apis/batch/v1/namespaces/{}/jobs", case.namespace());
    stages.iter().map(|it| cluster.get(&format!("{jobs}/{}", it.name)).ok()).collect()
}

fn uid(job: &Value) -> &Value {
    &job["metadata"]["uid"]
}

fn title(case: Case, stage: &Workload) -> String {
    format!("{} ({})", stage.name, case.line_of_origin(stage.origin))
}
