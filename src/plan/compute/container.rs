//! One container: the main one of a pod, an init step, or a side-car.

use smol_str::{SmolStr, ToSmolStr};

use super::Parts;
use super::env::environment;
use super::mounts::{PodVolumes, mounts};
use super::probes::probes;
use super::resources::resources;
use crate::plan::context::Context;
use crate::plan::image::{image_ref, started};
use crate::plan::{
    Component, Container, ENTRY_COMMAND, NON_ROOT, OBJECT_NAME, Phrase, Port, READ_ONLY_ROOT, Run, UserIds,
};
use crate::source::{At, Origin, RuleId};
use crate::spec::{self, Language, Text, UserId};

/// The part that a container plays in its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Main,
    Init,
    Sidecar,
}

/// What a container is planned from.
#[derive(Clone)]
pub(super) struct Program<'p> {
    /// The name of the container: the workload's, or the init step's.
    pub(super) name: SmolStr,
    pub(super) component: Component,
    pub(super) workload: &'p spec::Workload,
    pub(super) origin: Origin,
    pub(super) ports: &'p Vec<Port>,
    pub(super) run: &'p Run,
    /// The stage that it is of, with its name.
    pub(super) stage: Option<(&'p str, &'p spec::Workload)>,
    /// The user of the pod, for what is in it beside the main container.
    pub(super) pod_user: Option<UserIds>,
}

pub(super) fn container(
    context: &Context<'_>,
    parts: &Parts<'_>,
    program: &Program<'_>,
    path: &str,
    part: Part,
    volumes: &mut PodVolumes,
) -> Container {
    let written = program.workload;
    let image = image_ref(context, parts.images, path, written, program.origin);
    let resources = resources(context, program, part);
    let language = language(context, parts, path, written);
    let name = written.name.as_ref().map_or_else(
        || At::new(program.name.clone(), program.origin.by(OBJECT_NAME)),
        |it| it.clone().map(|it| it.to_smolstr()),
    );
    Container {
        mounts: mounts(context, parts, program, &resources, volumes),
        env: environment(context, parts, program, part),
        probes: probes(context, program, part),
        command: command(program, language),
        args: phrases(program, &written.args),
        ports: program.ports.clone(),
        before_stop: written.stop.as_ref().map(|it| texts(&it.before)).unwrap_or_default(),
        awaits: None,
        user: user_ids(written, program.pod_user, program.origin),
        read_only_root: excepted(context, path, READ_ONLY_ROOT)
            .map_or_else(|| At::new(true, program.origin.by(READ_ONLY_ROOT)), |it| At::new(false, it)),
        as_root: excepted(context, path, NON_ROOT).map(|it| At::new((), it)),
        name,
        image,
        resources,
    }
}

/// The language of the entry; of an image that is not built here as far as the spec tells.
fn language(context: &Context<'_>, parts: &Parts<'_>, path: &str, written: &spec::Workload) -> Option<Language> {
    if let Some(image) = parts.images.built(path) {
        return image.recipe().map(|it| it.language);
    }
    let shared = written.image.as_ref().and_then(|it| it.shared.as_ref());
    let said = shared.and_then(|it| context.spec.images.get(it.as_str())).and_then(|it| it.language);
    said.map(|it| it.value).or_else(|| Language::of_file(written.entry.as_ref()?.as_str()))
}

/// The command of the spec, else the interpreter and the entry, else the image's own.
fn command(program: &Program<'_>, language: Option<Language>) -> Vec<At<Phrase>> {
    let written = program.workload;
    if !written.command.is_empty() {
        return phrases(program, &written.command);
    }
    let (Some(entry), Some(language)) = (&written.entry, language) else { return Vec::new() };
    let words = started(language, entry.as_str()).into_iter();
    words.map(|it| At::new(it.into(), entry.origin.by(ENTRY_COMMAND))).collect()
}

fn phrases(program: &Program<'_>, list: &[At<Text>]) -> Vec<At<Phrase>> {
    list.iter().map(|it| At::new(phrase(program, it), it.origin)).collect()
}

/// In the texts of a stage references may stand; those of a service are as they are.
pub(super) fn phrase(program: &Program<'_>, text: &Text) -> Phrase {
    match program.stage {
        Some(_) => Phrase::of_stage(text),
        None => Phrase::from(text.to_smolstr()),
    }
}

pub(super) fn texts(list: &[At<Text>]) -> Vec<At<SmolStr>> {
    list.iter().map(|it| it.clone().map(|it| it.to_smolstr())).collect()
}

/// The user and groups of a container: its own, those of the pod, or the assumed ones.
pub(super) fn user_ids(written: &spec::Workload, pod: Option<UserIds>, of: Origin) -> UserIds {
    let user = written.user.as_ref();
    if let Some(pod) = pod.filter(|_| user.is_none()) {
        return pod;
    }
    let number = |id: Option<At<UserId>>| id.map(|it| it.map(UserId::u32));
    let uid = number(user.and_then(|it| it.uid)).unwrap_or_else(|| At::new(10001, of.by(NON_ROOT)));
    let gid = number(user.and_then(|it| it.gid)).unwrap_or_else(|| At::new(uid.value, uid.origin.by(NON_ROOT)));
    let fs_group =
        number(user.and_then(|it| it.fs_group)).unwrap_or_else(|| At::new(gid.value, gid.origin.by(NON_ROOT)));
    UserIds { uid, gid, fs_group }
}

/// The exception of the spec from a rule, where there is one for this workload.
fn excepted(context: &Context<'_>, path: &str, rule: RuleId) -> Option<Origin> {
    let mut exceptions = context.spec.compliance.iter().flat_map(|it| &it.exceptions);
    let exception = exceptions.find(|it| {
        let is = |field: &Option<At<spec::OneLine>>, text: &str| field.as_ref().is_some_and(|it| it.as_str() == text);
        let target = it.target.as_ref().map(|it| it.as_str()).unwrap_or_default();
        is(&it.rule, crate::plan::rule(rule).id) && target == path
    });
    exception.map(|it| it.origin)
}
