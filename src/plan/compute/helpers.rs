//! Pods that the compiler brings in: the nightly purge of datasets with a retention.

use smol_str::{SmolStr, format_smolstr};

use super::Parts;
use super::container::user_ids;
use super::resources::of_helper;
use crate::catalogue::BUSYBOX;
use crate::plan::context::Context;
use crate::plan::identity::pairs;
use crate::plan::image::external;
use crate::plan::{
    CRON, Component, Container, CronRun, DATA_PATH, GRACE, ImageRef, Index, JOB_END, JobRun, OBJECT_NAME, PURGE,
    PlacementPlan, Pod, PodVolume, ProbeSet, READ_ONLY_ROOT, Run, UserIds, Volume, VolumeMount, VolumeSource, Workload,
};
use crate::source::{At, Origin};
use crate::spec::{self, ImageReference};

/// Adds the helper pods that follow from the datasets.
pub(in crate::plan) fn add_helpers(context: &Context<'_>, parts: &Parts<'_>, workloads: &mut Index<Workload>) {
    for volume in parts.volumes.values() {
        let asked = volume.retention.map(|it| it.origin).or(volume.max_size.map(|it| it.origin));
        if let Some(origin) = asked {
            let purge = purge(context, parts, volume, origin.by(PURGE));
            workloads.insert(purge.name.value.clone(), purge);
        }
    }
}

/// Removes files of a folder: first those that are older than the third argument, in minutes, where it is not empty;
/// then the oldest ones, until what is left is not more than the second argument, in bytes.
///
/// Names may hold anything but the end of a line: a file with one is counted, and stays.
const PURGE_TO_SIZE: &str = r#"set -eu
folder=$0 most=$1 minutes=$2
newline='
'
if [ -n "$minutes" ]; then
  find "$folder" -type f -mmin "+$minutes" -print -delete
fi
add() {
  total=0
  while read -r size; do total=$((total + size)); done
  echo "$total"
}
{
  find "$folder" -type f -exec stat -c %s {} + | add
  find "$folder" -type f ! -path "*$newline*" -exec stat -c %Y/%s/%n {} + | sort -n
} | {
  read -r total
  while [ "$total" -gt "$most" ] && IFS= read -r line; do
    rest=${line#*/}
    rm -f -- "${rest#*/}"
    echo "${rest#*/}"
    total=$((total - ${rest%%/*}))
  done
}
"#;

fn command(volume: &Volume, path: &SmolStr) -> Vec<SmolStr> {
    let minutes = volume.retention.map(|it| format_smolstr!("{}", it.value / 60));
    match (volume.max_size, minutes) {
        (Some(most), minutes) => {
            let most = format_smolstr!("{}", *most);
            vec!["sh".into(), "-c".into(), PURGE_TO_SIZE.into(), path.clone(), most, minutes.unwrap_or_default()]
        }
        (None, minutes) => {
            let older = format_smolstr!("+{}", minutes.unwrap_or_default());
            let words = ["find", path, "-type", "f", "-mmin", &older, "-print", "-delete"];
            words.map(SmolStr::new).to_vec()
        }
    }
}

/// Who writes the files may remove them; another user would also take the volume over with its group.
fn user_of_writers(context: &Context<'_>, volume: &Volume) -> Option<UserIds> {
    let spec = context.spec;
    let written = |name: &SmolStr| {
        let stage = spec.stages.get(name.as_str()).map(|it| (&***it, it.origin));
        stage.or_else(|| spec.services.get(name.as_str()).map(|it| (&***it, it.origin)))
    };
    volume.writers.iter().find_map(written).map(|(workload, origin)| user_ids(workload, None, origin))
}

fn purge(context: &Context<'_>, parts: &Parts<'_>, volume: &Volume, of: Origin) -> Workload {
    let name = format_smolstr!("purge-{}", volume.name);
    // Helpers take what [defaults] says about every pod, but ask for little.
    let defaults = defaults(context);
    let user = user_of_writers(context, volume).unwrap_or_else(|| user_ids(&defaults, None, of));
    let path = format_smolstr!("/data/{}", volume.name);
    let mount = SmolStr::new_static("data");
    let mounted = VolumeMount {
        volume: mount.clone(),
        path: At::new(path.clone(), of.by(DATA_PATH)),
        sub_path: None,
        read_only: false,
    };
    let main =
        Container { mounts: vec![mounted], ..container(context, "purge".into(), command(volume, &path), user, of) };
    let data = VolumeSource::Data { volume: volume.name.clone(), read_only: false };
    let pull_secret = defaults.pull_secret.as_ref().and_then(|it| parts.secrets.get(it.as_str()));
    Workload {
        name: At::new(name, of.by(OBJECT_NAME)),
        component: Component::Helper,
        namespace: volume.namespace.clone(),
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

/// A container that the compiler brings in: it asks for little, and has nothing to write to but what is mounted.
pub(super) fn container(
    context: &Context<'_>,
    name: SmolStr,
    command: Vec<SmolStr>,
    user: UserIds,
    of: Origin,
) -> Container {
    Container {
        name: At::new(name, of.by(OBJECT_NAME)),
        image: busybox(context, of),
        command: command.into_iter().map(|it| At::new(it.into(), of)).collect(),
        args: Vec::new(),
        ports: Vec::new(),
        before_stop: Vec::new(),
        awaits: None,
        env: Vec::new(),
        mounts: Vec::new(),
        resources: of_helper(of),
        probes: ProbeSet::default(),
        user,
        read_only_root: At::new(true, of.by(READ_ONLY_ROOT)),
        as_root: None,
    }
}

/// The image of all that the compiler brings in.
pub(super) fn busybox(context: &Context<'_>, of: Origin) -> ImageRef {
    external(context, &ImageReference::parse(BUSYBOX).expect("internal error: a good reference"), of)
}

/// The defaults of the spec as a workload.
pub(super) fn defaults(context: &Context<'_>) -> spec::Workload {
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
        node_selector: pairs(&said.node_selector),
        tolerations: said.tolerations.iter().map(|it| super::placement::toleration(it, it.origin)).collect(),
        priority: super::placement::priority(context, instance, said),
        ..PlacementPlan::default()
    }
}
