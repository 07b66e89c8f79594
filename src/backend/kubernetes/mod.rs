//! Kubernetes manifests: one object a file, in `kubernetes/`; what belongs to the whole cluster in `platform/`, for
//! teams whose platform team applies it.
//!
//! `kubectl apply -k` of the environment's folder applies all of it in kustomize's order.

mod access;
mod autoscaler;
mod config;
mod container;
mod custom;
mod disruption;
mod emission;
mod job;
mod kustomization;
mod manifests;
mod meta;
mod namespace;
mod network;
mod outside;
mod patches;
mod pipeline;
mod pod;
mod priority;
mod quota;
mod replicated;
mod secret;
mod service;
mod storage;

use super::{Backend, Emitted, Job};
use crate::diag::Code;
use crate::plan::{Plan, Run};
use emission::Emission;

pub(super) static BACKEND: Backend = Backend {
    name: "kubernetes",
    about: "Kubernetes manifests, one object a file, and their kustomizations",
    wanted: |plan| plan.identity.has_kubernetes,
    emit,
};

/// The codes of this target.
pub(super) const CODES: &[&Code] = &[
    &manifests::OBJECT_UNREADABLE,
    &manifests::OBJECT_TAKEN,
    &manifests::OBJECT_ELSEWHERE,
    &manifests::OBJECT_HOLDS_SECRET,
    &manifests::OBJECT_AS_IT_IS,
    &patches::PATCH_WITHOUT_TARGET,
    &patches::PATCH_FAILS,
    &patches::PATCH_UNKNOWN_FIELD,
    &patches::PATCHED,
];

fn emit(job: &Job<'_>, emitted: &mut Emitted) {
    let plan = job.plan;
    let mut out = Emission::new(plan);
    namespace::emit(plan, &mut out);
    priority::emit(plan, &mut out);
    quota::emit(plan, &mut out);
    access::emit(plan, &mut out);
    storage::emit(plan, &mut out);
    config::emit(plan, &mut out);
    secret::emit(plan, &mut out);
    network::emit_shared(plan, &mut out);
    workloads(plan, &mut out);
    // What is verbatim is judged by itself; what a patch makes of an object is the user's, and newer versions of
    // Kubernetes may know it.
    if cfg!(debug_assertions) {
        out.verify_sample();
    }
    manifests::emit(plan, &mut out, &mut emitted.sink);
    patches::apply(plan, &mut out, &mut emitted.sink);
    kustomization::emit(plan, &out, emitted);
    pipeline::emit(job, emitted);
    emitted.objects.extend(out.into_objects());
    emitted.texts.extend(secret::encrypted(plan));
    secret::put_by_hand(job, emitted);
}

fn workloads(plan: &Plan, out: &mut Emission<'_>) {
    for workload in plan.workloads.values() {
        access::service_account(workload, out);
        match &workload.run {
            Run::Job(run) => job::job(plan, workload, run, out),
            Run::CronJob(run) => job::cron_job(plan, workload, run, out),
            Run::Deployment(run) => replicated::deployment(plan, workload, run, out),
            Run::StatefulSet(run) => replicated::stateful_set(plan, workload, run, out),
            Run::DaemonSet(run) => replicated::daemon_set(plan, workload, run, out),
        }
        service::emit(workload, out);
        outside::emit(workload, out);
        autoscaler::emit(workload, out);
        disruption::emit(workload, out);
        network::emit(plan, workload, out);
    }
}
