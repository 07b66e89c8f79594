//! An environment lives: its pods are made, placed where they belong, count as the compiler counted them, run and end.
//!
//! First without anybody who plays the nodes, so that every pod that may run at once is there at once and stays; then
//! with, so that they run.

use std::collections::{BTreeMap, BTreeSet};

use libtest_mimic::Failed;
use mlopsc::plan::{Component, Run, Workload, budget_of};
use mlopsc::spec::{Cpu, Quantity};
use serde_json::{Value, json};
use smol_str::SmolStr;

use crate::case::Case;
use crate::cluster::{Cluster, Missing, OrNotRun, Parts, Reach};
use crate::{nodes, pipeline, reach};

/// Long enough for a slow machine; what is good takes a few seconds.
const PATIENCE: u64 = 90;

const WORKLOAD: &str = "app.kubernetes.io/name";

pub(crate) fn lives(case: Case) -> Result<(), Failed> {
    let what = format!("{}: life", case.name());
    let Some(cluster) = start().or_not_run(&what) else { return Ok(()) };
    nodes::make(case, &cluster);
    apply(case, &cluster);
    let life = Life { case, cluster: &cluster };
    life.autoscalers_reach_their_minimum();
    life.everything_at_once()?;
    cluster.play_nodes().map_err(|it| it.reason)?;
    life.everything_ends_or_is_available();
    life.services_find_their_pods();
    reach::matrix(case, &life.all_pods())?;
    pipeline::runs_in_order(case, &cluster)?;
    life.nodes_can_be_drained();
    life.nothing_was_refused()
}

fn start() -> Result<Cluster, Missing> {
    let cluster = Cluster::start(Parts::Control, Reach::Test)?;
    if cluster.is_foreign {
        return Err(Missing { reason: "the nodes of the cluster that was named are not the spec's".to_owned() });
    }
    Cluster::can_play_nodes()?;
    Ok(cluster)
}

/// Applies everything; scheduled stages are triggered by the test, and not by the clock.
fn apply(case: Case, cluster: &Cluster) {
    for object in case.objects(cluster) {
        let mut json = object.node.to_json();
        if object.kind() == "CronJob" {
            json["spec"]["suspend"] = json!(true);
        }
        let reply = cluster.apply(&json);
        assert!(reply.is_ok(), "{}", case.refusal(object, &reply));
        if object.kind() == "Namespace" && object.name() == case.namespace() {
            nodes::make_what_others_bring(case, cluster);
        }
    }
    let all = ["requests.cpu", "requests.memory", "requests.nvidia.com/gpu", "requests.storage"];
    let plenty: BTreeMap<&str, &str> = all.into_iter().map(|it| (it, "1000000Gi")).collect();
    // Counts what the emitted quota leaves out.
    for namespace in case.namespaces() {
        cluster.create(&json!({
            "apiVersion": "v1", "kind": "ResourceQuota",
            "metadata": {"namespace": namespace, "name": "everything"}, "spec": {"hard": plenty},
        }));
    }
}

struct Life<'l> {
    case: Case,
    cluster: &'l Cluster,
}

impl Life<'_> {
    /// Without any metrics, which an autoscaler needs for nothing else.
    fn autoscalers_reach_their_minimum(&self) {
        for workload in self.workloads() {
            let Some(scale) = workload.run.autoscale() else { continue };
            let path = Self::path(workload);
            self.cluster.eventually(&format!("the autoscaler of {}", self.title(workload)), PATIENCE, || {
                let replicas = &self.cluster.get(&path).ok()["spec"]["replicas"];
                if *replicas == scale.min.value { Ok(()) } else { Err(format!("{replicas} replicas")) }
            });
        }
    }

    /// Everything that may run at the same time does, on the nodes where it belongs, and counts as it was counted.
    fn everything_at_once(&self) -> Result<(), Failed> {
        self.workloads().for_each(|it| self.start_fully(it));
        self.case.namespaces().try_for_each(|it| self.all_of(it))
    }

    fn all_of(&self, namespace: &str) -> Result<(), Failed> {
        let (demand, [cpu, memory, gpu, storage]) = budget_of(self.case.plan(), namespace);
        let amounts = [
            ("requests.cpu", demand.cpu, &cpu),
            ("requests.memory", demand.memory, &memory),
            ("requests.nvidia.com/gpu", demand.gpu, &gpu),
        ];
        for (resource, amount, shares) in amounts {
            // Stages that wait for each other never run together; which of them ask for most is for each resource its own.
            let in_turn: BTreeSet<&str> = shares.iter().map(|(name, _)| name.as_str()).collect();
            self.run_in_turn(&|it| in_turn.contains(it.name.as_str()));
            self.all_are_placed(&|it| !takes_turns(it) || in_turn.contains(it.name.as_str()))?;
            self.counts_as(namespace, resource, amount, shares);
        }
        // What lives as long as a run is there while the run is.
        self.run_in_turn(&|_| true);
        let is_home = u64::from(namespace == self.case.namespace());
        let of_others = is_home * nodes::foreign_claims(self.case).len() as u64 * nodes::FOREIGN_SIZE;
        self.counts_as(namespace, "requests.storage", demand.storage + of_others, &storage);
        Ok(())
    }

    fn everything_ends_or_is_available(&self) {
        self.run_in_turn(&|_| true);
        for workload in self.workloads() {
            let path = Self::path(workload);
            self.cluster.eventually(&format!("{} at its end", self.title(workload)), PATIENCE, || {
                nodes::provide(self.case, self.cluster);
                let status = self.cluster.get(&path).ok()["status"].take();
                let most = workload.run.most_pods();
                let done = match &workload.run {
                    Run::Job(_) | Run::CronJob(_) => condition(&status, "Complete"),
                    Run::Deployment(_) => condition(&status, "Available") && status["availableReplicas"] == most,
                    Run::StatefulSet(_) => status["availableReplicas"] == most,
                    Run::DaemonSet(_) => status["numberAvailable"] == most,
                };
                if done { Ok(()) } else { Err(status.to_string()) }
            });
        }
    }

    /// Every pod of a service that is up answers under its address.
    fn services_find_their_pods(&self) {
        for workload in self.workloads().filter(|it| !matches!(it.run, Run::Job(_) | Run::CronJob(_))) {
            let Some(service) = &workload.service else { continue };
            let slices = format!("/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices", workload.namespace.value);
            let path = format!("{slices}?labelSelector=kubernetes.io/service-name%3D{}", service.name.value);
            let mine = |it: &&Value| it["metadata"]["labels"][WORKLOAD] == workload.name.as_str();
            self.cluster.eventually(&format!("Service of {}", self.title(workload)), PATIENCE, || {
                let slices = self.cluster.list(&path);
                let ends = slices.iter().flat_map(|it| it["endpoints"].as_array().into_iter().flatten());
                let found: BTreeSet<&str> = ends.filter_map(|it| it["targetRef"]["name"].as_str()).collect();
                let pods = self.pods();
                let lost = pods.iter().filter(mine).filter_map(|it| it["metadata"]["name"].as_str());
                let lost: Vec<&str> = lost.filter(|it| !found.contains(it)).collect();
                if lost.is_empty() { Ok(()) } else { Err(format!("it does not find {lost:?}")) }
            });
        }
    }

    /// With the least number of replicas that there ever is, where a budget could stand in the way.
    fn nodes_can_be_drained(&self) {
        let budgeted = self.workloads().filter(|it| it.run.disruption().is_some());
        for workload in budgeted {
            self.scale(workload, workload.run.least_pods());
            let name = workload.name.as_str();
            let mine = |it: &&Value| it["metadata"]["labels"][WORKLOAD] == name;
            self.cluster.eventually(&format!("{name} with its least replicas"), PATIENCE, || {
                let count = self.pods().iter().filter(mine).count();
                let wanted = workload.run.least_pods() as usize;
                if count == wanted { Ok(()) } else { Err(format!("{count} pods, not {wanted}")) }
            });
            let pods = self.pods();
            let nodes: BTreeSet<&str> =
                pods.iter().filter(mine).filter_map(|it| it["spec"]["nodeName"].as_str()).collect();
            for node in nodes {
                self.evictions_are_over();
                let drain = ["drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=60s"];
                let said = self.cluster.kubectl(drain);
                assert_eq!(said.code, 0, "{node}, because of {}: {}", self.title(workload), said.stderr);
                self.cluster.kubectl(["uncordon", node]).ok();
            }
        }
    }

    /// The disruption controller counts evicted pods by name, until it has seen them end or two minutes have passed. Pods
    /// on played nodes end at once, so that it may see only the next one of the same name.
    fn evictions_are_over(&self) {
        for budget in self.case.list(self.cluster, "/apis/policy/v1", "poddisruptionbudgets") {
            let path = format!("/apis/policy/v1/{}/status", place(&budget, "poddisruptionbudgets"));
            self.cluster.merge(&path, &json!({"status": {"disruptedPods": null}})).ok();
        }
    }

    /// Neither admission nor quota nor limits kept a controller from making a pod.
    fn nothing_was_refused(&self) -> Result<(), Failed> {
        let events = self.case.list(self.cluster, "/api/v1", "events");
        // Two pods that are counted at the same moment are no refusal: the controller asks again.
        let again = |it: &Value| it["message"].as_str().is_some_and(|it| it.contains("the object has been modified"));
        let refused = events.iter().filter(|it| it["reason"] == "FailedCreate" && !again(it));
        let refused: Vec<String> =
            refused.map(|it| format!("{}: {}", it["involvedObject"]["name"], it["message"])).collect();
        if refused.is_empty() { Ok(()) } else { Err(refused.join("\n").into()) }
    }
}

impl Life<'_> {
    fn workloads(&self) -> impl Iterator<Item = &'static Workload> + use<> {
        self.case.plan().workloads.values()
    }

    fn all_pods(&self) -> Vec<Value> {
        self.case.list(self.cluster, "/api/v1", "pods")
    }

    /// Pods that have not ended.
    fn pods(&self) -> Vec<Value> {
        let pods = self.all_pods();
        let ended = |it: &Value| matches!(it["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
        pods.into_iter().filter(|it| it["metadata"]["deletionTimestamp"].is_null() && !ended(it)).collect()
    }

    fn start_fully(&self, workload: &Workload) {
        match &workload.run {
            Run::Job(_) if takes_turns(workload) => {}
            Run::Job(_) => self.suspend(workload, false),
            Run::CronJob(_) => {
                let name = workload.name.as_str();
                let from = format!("--from=cronjob/{name}");
                let namespace = format!("--namespace={}", workload.namespace.value);
                self.cluster.kubectl(["create", "job", name, &from, &namespace]).ok();
            }
            Run::Deployment(_) | Run::StatefulSet(_) => self.scale(workload, workload.run.most_pods()),
            Run::DaemonSet(_) => {}
        }
    }

    /// Lets those stages of the pipeline run that are wanted, and takes away the pods of the others.
    fn run_in_turn(&self, wanted: &dyn Fn(&Workload) -> bool) {
        for workload in self.workloads().filter(|it| takes_turns(it)) {
            self.suspend(workload, !wanted(workload));
            if !wanted(workload) {
                // Nobody plays the node yet, so nobody would say that the pod has ended.
                let selector = format!("{WORKLOAD}%3D{}", workload.name);
                let pods = format!("/api/v1/namespaces/{}/pods", workload.namespace.value);
                self.cluster.delete(&format!("{pods}?labelSelector={selector}&gracePeriodSeconds=0")).ok();
            }
        }
    }

    fn suspend(&self, workload: &Workload, suspend: bool) {
        self.cluster.merge(&Self::path(workload), &json!({"spec": {"suspend": suspend}})).ok();
    }

    fn scale(&self, workload: &Workload, replicas: u32) {
        let path = format!("{}/scale", Self::path(workload));
        self.cluster.merge(&path, &json!({"spec": {"replicas": replicas}})).ok();
    }

    /// Every pod of the workloads that run is on a node of its pool, with its volumes.
    fn all_are_placed(&self, running: &dyn Fn(&Workload) -> bool) -> Result<(), Failed> {
        let pods = self.cluster.eventually(&format!("the pods of {}", self.case.name()), PATIENCE, || {
            nodes::provide(self.case, self.cluster);
            self.those_in_order_are_ready();
            let pods = self.pods();
            let faults: Vec<String> =
                self.workloads().filter_map(|it| self.misplaced(it, &pods, running(it))).collect();
            if faults.is_empty() { Ok(pods) } else { Err(faults.join("\n")) }
        });
        let nodes = self.cluster.list("/api/v1/nodes");
        let pools: BTreeMap<&str, &str> = nodes
            .iter()
            .filter_map(|it| Some((it["metadata"]["name"].as_str()?, it["metadata"]["labels"][nodes::POOL].as_str()?)))
            .collect();
        for pod in &pods {
            let Some(workload) = self.workloads().find(|it| pod["metadata"]["labels"][WORKLOAD] == it.name.as_str())
            else {
                return Err(format!("a pod of nobody: {}", pod["metadata"]["name"]).into());
            };
            let pool = pod["spec"]["nodeName"].as_str().and_then(|it| pools.get(it)).copied().unwrap_or_default();
            let allowed = &workload.pod.placement.pools;
            if !allowed.is_empty() && allowed.iter().all(|it| it != pool) {
                let title = self.title(workload);
                return Err(format!("a pod of {title} is on a node of {pool}, not of {allowed:?}").into());
            }
        }
        Ok(())
    }

    /// Each pod of an ordered set waits for the one before it, and nobody plays the nodes yet.
    fn those_in_order_are_ready(&self) {
        for workload in self.workloads().filter(|it| matches!(&it.run, Run::StatefulSet(run) if !run.parallel)) {
            let waiting = |it: &&Value| {
                let is_mine = it["metadata"]["labels"][WORKLOAD] == workload.name.as_str();
                is_mine && it["spec"]["nodeName"].is_string() && !condition(&it["status"], "Ready")
            };
            for pod in self.pods().iter().filter(waiting) {
                let path = format!("/api/v1/{}/status", place(pod, "pods"));
                let ready = json!([{"type": "Ready", "status": "True"}]);
                self.cluster.merge(&path, &json!({"status": {"phase": "Running", "conditions": ready}})).ok();
            }
        }
    }

    /// What both quotas, the emitted one and the test's, say is used.
    fn counts_as(&self, namespace: &str, resource: &str, amount: u64, shares: &[(SmolStr, u64)]) {
        let quotas = format!("/api/v1/namespaces/{namespace}/resourcequotas");
        self.cluster.eventually(&format!("{} {resource} used", self.case.name()), PATIENCE, || {
            for quota in self.cluster.list(&quotas) {
                let Some(used) = quota["status"]["used"].get(resource).and_then(Value::as_str) else {
                    if quota["spec"]["hard"].get(resource).is_none() {
                        continue;
                    }
                    return Err(format!("{} does not count yet", quota["metadata"]["name"]));
                };
                if counted(resource, used) != amount {
                    let (used, shares) = (counted(resource, used), self.shares(shares));
                    return Err(format!("{used} are used, and the compiler said {amount}:{shares}"));
                }
            }
            Ok(())
        });
    }

    /// Who uses how much by the compiler's count, with the lines of the spec.
    fn shares(&self, shares: &[(SmolStr, u64)]) -> String {
        let plan = self.case.plan();
        let origin = |name: &SmolStr| {
            let workload = plan.workloads.get(name).map(|it| it.origin);
            workload.or_else(|| plan.volumes.get(name).map(|it| it.origin)).unwrap_or_default()
        };
        let line =
            |it: &(SmolStr, u64)| format!("\n  {} by {} ({})", it.1, it.0, self.case.line_of_origin(origin(&it.0)));
        shares.iter().map(line).collect()
    }

    /// What is wrong with the pods of a workload: too few, too many, or nowhere.
    fn misplaced(&self, workload: &Workload, pods: &[Value], is_running: bool) -> Option<String> {
        let wanted = if is_running { workload.run.most_pods() as usize } else { 0 };
        let mine: Vec<&Value> =
            pods.iter().filter(|it| it["metadata"]["labels"][WORKLOAD] == workload.name.as_str()).collect();
        let placed = mine.iter().filter(|it| it["spec"]["nodeName"].is_string()).count();
        let is_so = mine.len() == wanted && placed == wanted;
        (!is_so).then(|| {
            let title = self.title(workload);
            let warnings = self.warnings(workload);
            format!("{title}: {wanted} pods wanted, {} made, {placed} on nodes{warnings}", mine.len())
        })
    }

    /// A workload, and the line of the spec that it was made from.
    fn title(&self, workload: &Workload) -> String {
        format!("{} ({})", workload.name, self.case.line_of_origin(workload.origin))
    }

    /// What the cluster says of a workload and its pods; that autoscalers have no metrics is known.
    fn warnings(&self, workload: &Workload) -> String {
        let events = self.case.list(self.cluster, "/api/v1", "events");
        let is_of_it = |it: &&Value| {
            let (object, name) = (&it["involvedObject"], workload.name.as_str());
            object["kind"] != "HorizontalPodAutoscaler"
                && object["name"].as_str().is_some_and(|it| it.starts_with(name))
        };
        let warnings = events.iter().filter(|it| it["type"] == "Warning").filter(is_of_it);
        let lines: BTreeSet<String> = warnings.map(|it| format!("\n  {}: {}", it["reason"], it["message"])).collect();
        lines.into_iter().collect()
    }

    /// The object that runs a workload; of a scheduled one the Job that the test triggers.
    fn path(workload: &Workload) -> String {
        let (group, plural) = match &workload.run {
            Run::Job(_) | Run::CronJob(_) => ("batch", "jobs"),
            Run::Deployment(_) => ("apps", "deployments"),
            Run::StatefulSet(_) => ("apps", "statefulsets"),
            Run::DaemonSet(_) => ("apps", "daemonsets"),
        };
        format!("/apis/{group}/v1/namespaces/{}/{plural}/{}", workload.namespace.value, workload.name)
    }
}

/// Where an object of a list is: the server leaves out what the list says already.
fn place(object: &Value, plural: &str) -> String {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default();
    format!("namespaces/{}/{plural}/{}", text("namespace"), text("name"))
}

/// Whether the pipeline decides when it runs.
fn takes_turns(workload: &Workload) -> bool {
    workload.component == Component::Stage && matches!(workload.run, Run::Job(_))
}

fn condition(status: &Value, kind: &str) -> bool {
    let conditions = status["conditions"].as_array().into_iter().flatten();
    conditions.into_iter().any(|it| it["type"] == kind && it["status"] == "True")
}

/// Thousandths of a core, bytes, or pieces, as the compiler counts.
fn counted(resource: &str, amount: &str) -> u64 {
    match resource {
        "requests.cpu" => Cpu::parse(amount).map_or(0, |it| it.millis()),
        "requests.nvidia.com/gpu" => amount.parse().unwrap_or_default(),
        _ => Quantity::parse(amount).map_or(0, |it| it.bytes()),
    }
}
