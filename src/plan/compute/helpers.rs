//! Pods that the compiler brings in: the nightly purge of datasets with a retention.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::Parts;
use super::container::user_ids;
use super::resources::of_helper;
use crate::catalogue::BUSYBOX;
use crate::plan::context::Context;
use crate::plan::image::external;
use crate::plan::{
    CRON, Component, Container, CronRun, DATA_PATH, GRACE, Index, JOB_END, JobRun, OBJECT_NAME, PURGE, PlacementPlan,
    Pod, PodVolume, ProbeSet, READ_ONLY_ROOT, Run, Volume, VolumeMount, VolumeSource, Workload,
};
use crate::source::At;
use crate::spec::{self, ImageReference};

/// Adds the helper pods that follow from the datasets.
pub(in crate::plan) fn add_helpers(context: &Context<'_>, parts: &Parts<'_>, workloads: &mut Index<Workload>) {
    for volume in parts.volumes.values() {
        if let Some(age) = volume.retention {
            let purge = purge(context, parts, volume, age);
            workloads.insert(purge.name.value.clone(), purge);
        }
    }
}

fn purge(context: &Context<'_>, parts: &Parts<'_>, volume: &Volume, age: At<i64>) -> Workload {
    let of = age.origin.by(PURGE);
    let name = format_smolstr!("purge-{}", volume.name);
    // Helpers take what [defaults] says about every pod, but ask for little.
    let defaults = defaults(context);
    let user = user_ids(&defaults, None, of);
    let path = format_smolstr!("/data/{}", volume.name);
    let minutes = age.value / 60;
    let words = ["find", &path, "-type", "f", "-mmin", &format!("+{minutes}"), "-delete"];
    let mount = SmolStr::new_static("data");
    let image = ImageReference::parse(BUSYBOX).expect("internal error: a good reference");
    let main = Container {
        name: At::new("purge".into(), of.by(OBJECT_NAME)),
        image: external(context, &image, of),
        command: words.iter().map(|it| At::new(SmolStr::new(it).into(), of)).collect(),
        args: Vec::new(),
        ports: Vec::new(),
        before_stop: Vec::new(),
        awaits: None,
        env: Vec::new(),
        mounts: vec![VolumeMount {
            volume: mount.clone(),
            path: At::new(path.clone(), of.by(DATA_PATH)),
            sub_path: None,
            read_only: false,
        }],
        resources: of_helper(of),
        probes: ProbeSet::default(),
        user,
        read_only_root: At::new(true, of.by(READ_ONLY_ROOT)),
    };
    let data = VolumeSource::Data { volume: volume.name.clone(), read_only: false };
    let pull_secret = defaults.pull_secret.as_ref().and_then(|it| parts.secrets.get(it.as_str()));
    Workload {
        name: At::new(name, of.by(OBJECT_NAME)),
        component: Component::Helper,
        run: Run::CronJob(CronRun {
            schedule: At::new("17 3 * * *".into(), of),
            time_zone: At::new("Etc/UTC".into(), of.by(CRON)),
            on_demand: None,
            job: JobRun {
                retries: At::new(1, of),
                timeout: At::new(6 * 3600, of),
                kept: Some(At::new(86_400, of.by(JOB_END))),
                parts: At::new(1, of),
                distributed: false,
            },
        }),
        pod: Pod {
            init: Vec::new(),
            sidecars: Vec::new(),
            user,
            placement: helper_placement(context, parts.instance, &defaults),
            grace: At::new(30, of.by(GRACE)),
            pull_secret: pull_secret.map(|it| it.object.clone()),
            volumes: vec![PodVolume { name: mount, source: data, origin: of }],
            main,
        },
        ports: Vec::new(),
        service: None,
        headless: None,
        ingress: Vec::new(),
        egress: Vec::new(),
        after: Vec::new(),
        turn: None,
        variant: None,
        params: Vec::new(),
        results: Vec::new(),
        permissions: Vec::new(),
        identity: Vec::new(),
        route: None,
        expose: None,
        metrics: None,
        labels: Vec::new(),
        annotations: Vec::new(),
        origin: of,
    }
}

/// The defaults of the spec as a workload.
fn defaults(context: &Context<'_>) -> spec::Workload {
    let defaults = context.spec.defaults.as_ref();
    spec::Workload {
        user: defaults.and_then(|it| it.user.clone()),
        placement: defaults.and_then(|it| it.placement.clone()),
        pull_secret: defaults.and_then(|it| it.pull_secret.clone()),
        ..spec::Workload::default()
    }
}

fn helper_placement(context: &Context<'_>, instance: &str, defaults: &spec::Workload) -> PlacementPlan {
    let Some(said) = &defaults.placement else { return PlacementPlan::default() };
    PlacementPlan {
        node_selector: said
            .node_selector
            .iter()
            .map(|(key, it)| (key.to_smolstr(), it.clone().map(|it| it.to_smolstr())))
            .collect(),
        tolerations: said.tolerations.iter().map(|it| super::placement::toleration(it, it.origin)).collect(),
        priority: super::placement::priority(context, instance, said),
        ..PlacementPlan::default()
    }
}
