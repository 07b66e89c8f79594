//! The program that mounts volumes before all others do.
//!
//! A new volume of Docker takes after the folder of the image that it is first mounted on: owner, group and mode. So the
//! image has a folder for each volume that is prepared, and is the only one that hands anything on. The program itself
//! makes the parts of volumes, says which volumes are another's, and need not be root for either.

use std::collections::BTreeSet;

use serde::Serialize;
use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::order;
use super::program::Program;
use super::resources;
use crate::backend::{Content, Emitted, Job, Later, path};
use crate::diag::Diagnostic;
use crate::object::fields;
use crate::plan::{DENY_ALL, PULL_POLICY, Plan, Preparation, PreparedVolume, RESTRICTED};
use crate::source::{At, Node};

/// The name of the Compose service; no name of the spec holds a `_`.
pub(super) const NAME: &str = "prepare_volumes";

/// Where its Dockerfile is, below the environment's folder.
const FOLDER: &str = "compose/volumes";

/// Whether a volume is prepared.
pub(super) fn is_prepared(plan: &Plan, volume: &str) -> bool {
    plan.preparation.as_ref().is_some_and(|it| it.volumes.contains_key(volume))
}

/// Whether a program needs a volume as it is prepared. Where none of those that always run does, all of them wait all
/// the same: `up --wait` takes what has ended for a failure, unless something that runs waits for its end.
pub(super) fn is_awaited_by(plan: &Plan, program: &Program<'_>) -> bool {
    let always_runs = |it: &Program<'_>| order::profile(it).is_none();
    let is_for_all = || always_runs(program) && !Program::all(plan).any(|it| always_runs(&it) && needs(plan, &it));
    needs(plan, program) || (plan.preparation.is_some() && is_for_all())
}

fn needs(plan: &Plan, program: &Program<'_>) -> bool {
    program.workload.pod.changed(program.container).any(|(volume, _)| is_prepared(plan, volume))
}

/// The Compose service, where any volume is prepared.
pub(super) fn service(job: &Job<'_>) -> Option<Node> {
    let plan = job.plan;
    let preparation = plan.preparation.as_ref()?;
    let (origin, user) = (preparation.origin, preparation.user);
    let groups: BTreeSet<u32> = preparation.volumes.values().map(|it| *it.group).collect();
    let others = groups.iter().filter(|it| **it != *user.gid);
    let restricted = origin.by(RESTRICTED);
    let mount = |name: &SmolStr| {
        fields!(plan.volumes[name].origin;
            "type" => "volume",
            "source" => name,
            "target" => folder(name),
        )
    };
    Some(fields!(origin;
        "build" => fields!(origin; "context" => format!("./{FOLDER}")),
        "pull_policy" => At::new("build", origin.by(PULL_POLICY)),
        "entrypoint" => vec!["sh", "-e", "-c"],
        "command" => vec![script(preparation)],
        "user" => user.uid.map(|uid| format_smolstr!("{uid}:{}", user.gid)),
        "group_add" => others.map(ToSmolStr::to_smolstr).collect::<Vec<_>>(),
        "read_only" => true,
        "cap_drop" => vec![At::new("ALL", restricted)],
        "security_opt" => vec![At::new("no-new-privileges:true", restricted)],
        "init" => true,
        "volumes" => preparation.volumes.keys().map(mount).collect::<Vec<_>>(),
        "network_mode" => At::new("none", origin.by(DENY_ALL)),
        "deploy" => resources::of_helper(origin),
    ))
}

/// A volume that somebody restored may belong to another user, who then decides about it. Names and paths hold nothing
/// that a shell or `stat` would read.
fn script(preparation: &Preparation) -> String {
    let mut script = "umask 002\n".to_owned();
    for (name, PreparedVolume { group, parts }) in &preparation.volumes {
        let folder = folder(name);
        let said = format!("the volume {name} stays as it is: mode %a of %u:%g, and group {group} may not write to it");
        script +=
            &format!("find {folder} -maxdepth 0 ! '(' -group {group} -perm -070 ')' -exec stat -c '{said}' {{}} ';'\n");
        for part in parts {
            script += &format!("mkdir -p {folder}/{part}\n");
        }
    }
    script
}

fn folder(volume: &str) -> SmolStr {
    format_smolstr!("/volumes/{volume}")
}

/// The values of the Dockerfile's template.
#[derive(Serialize)]
struct Values {
    base: SmolStr,
    uid: u32,
    gid: u32,
    folders: Vec<Folder>,
}

#[derive(Serialize)]
struct Folder {
    path: SmolStr,
    group: u32,
}

/// The files that the image is built from: it takes nothing from the project.
pub(super) fn emit(job: &Job<'_>, emitted: &mut Emitted) {
    let Some(preparation) = &job.plan.preparation else { return };
    let mut add = |file: &str, make: fn(&Job<'_>, &str) -> Result<Content, Box<Diagnostic>>| {
        let later = Later { name: SmolStr::default(), origin: preparation.origin, make };
        emitted.later.push((path(format!("{FOLDER}/{file}")), later));
    };
    add("Dockerfile", |job, _| {
        let preparation = job.plan.preparation.as_ref().expect("internal error: a file of no preparation");
        job.blueprints.render("compose/Dockerfile.j2", values(preparation)).map(Content::Text)
    });
    add("Dockerfile.dockerignore", |_, _| Ok(Content::Text("# Made by mlopsc.\n**\n".to_owned())));
}

fn values(preparation: &Preparation) -> Values {
    let folder = |(name, volume): (&SmolStr, &PreparedVolume)| Folder { path: folder(name), group: volume.group.value };
    Values {
        base: preparation.base.reference.value.clone(),
        uid: preparation.user.uid.value,
        gid: preparation.user.gid.value,
        folders: preparation.volumes.iter().map(folder).collect(),
    }
}
