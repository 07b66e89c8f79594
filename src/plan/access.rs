//! Roles for people, priorities, the quota, and the patches of the user's.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::context::Context;
use super::{
    ACCESS_ROLE, BREAK_GLASS, Claim, HumanRole, Index, Manifest, ObjectPatch, PRIORITY, PatchAction, PriorityClass,
    Quota, Volume,
};
use crate::source::{At, RelPath};
use crate::spec::Operation;

pub(super) fn roles(context: &Context<'_>, volumes: &Index<Volume>) -> Vec<HumanRole> {
    let Some(access) = &context.spec.access else { return Vec::new() };
    let mut roles = Vec::new();
    for (name, role) in access.roles.by_key() {
        let Some(group) = &role.group else { continue };
        let claims = role.data.iter().filter_map(|it| {
            let volume = volumes.get(it.as_str()).filter(|it| it.claim.is_shared() || it.claim == Claim::PerReplica)?;
            Some(At::new(volume.claim_name.value.clone(), it.origin))
        });
        roles.push(HumanRole {
            name: At::new(name.to_smolstr(), role.origin.by(ACCESS_ROLE)),
            group: group.clone().map(|it| it.to_smolstr()),
            purpose: role.purpose.as_ref().map(|it| it.clone().map(|it| it.to_smolstr())),
            claims: claims.collect(),
            break_glass: false,
            origin: role.origin.by(ACCESS_ROLE),
        });
    }
    if let Some(glass) = &access.break_glass
        && let Some(group) = &glass.group
    {
        roles.push(HumanRole {
            name: At::new("break-glass".into(), glass.origin.by(BREAK_GLASS)),
            group: group.clone().map(|it| it.to_smolstr()),
            purpose: glass.runbook.as_ref().map(|it| it.clone().map(|it| it.to_smolstr())),
            claims: Vec::new(),
            break_glass: true,
            origin: glass.origin.by(BREAK_GLASS),
        });
    }
    roles
}

/// The name of a PriorityClass in the cluster: of one that the project brings along its own, so that two environments of
/// one cluster never hold the same one.
pub(super) fn priority_name(context: &Context<'_>, instance: &str, name: &str) -> SmolStr {
    let is_own = context.spec.cluster.as_ref().is_some_and(|it| it.priorities.contains(name));
    if is_own { format_smolstr!("{instance}-{name}") } else { name.into() }
}

pub(super) fn priorities(context: &Context<'_>, instance: &str) -> Vec<PriorityClass> {
    let Some(cluster) = &context.spec.cluster else { return Vec::new() };
    let class = |(name, it): (&crate::spec::Name, &At<crate::spec::Priority>)| {
        let value = it.value.value?;
        Some(PriorityClass {
            name: At::new(priority_name(context, instance, name.as_str()), it.origin.by(PRIORITY)),
            value: value.map(crate::spec::PriorityValue::get),
            preempt: it.preempt.unwrap_or_else(|| At::new(false, it.origin.by(PRIORITY))),
            description: it.description.as_ref().map(|it| it.clone().map(|it| it.to_smolstr())),
        })
    };
    cluster.priorities.by_key().filter_map(class).collect()
}

pub(super) fn quota_of(quota: &At<crate::spec::Quota>) -> Quota {
    Quota {
        gpu: quota.gpu.map(|it| it.map(crate::spec::Amount::u32)),
        cpu: quota.cpu.as_ref().map(|it| it.clone().map(|it| it.to_smolstr())),
        memory: quota.memory.as_ref().map(|it| it.clone().map(|it| it.to_smolstr())),
        storage: quota.storage.as_ref().map(|it| it.clone().map(|it| it.to_smolstr())),
        origin: quota.origin,
    }
}

/// The user's own manifests; a file that cannot be read is reported elsewhere.
pub(super) fn manifests(context: &Context<'_>) -> Vec<Manifest> {
    let files = context.spec.objects.iter().filter_map(|it| it.file.as_ref());
    let manifest = |file: &At<crate::spec::FilePath>| {
        let path = RelPath::root().join(file.as_str()).ok()?;
        Some(Manifest { file: file.clone().map(|it| it.to_smolstr()), text: context.files.text(&path).ok()? })
    };
    files.filter_map(manifest).collect()
}

pub(super) fn patches(context: &Context<'_>) -> Vec<ObjectPatch> {
    let patch = |it: &At<crate::spec::Patch>| {
        let target = it.target.as_ref()?;
        let steps = it.patch.iter().filter_map(|step| {
            let path = step.path.as_ref()?.clone().map(|it| it.to_smolstr());
            let op = step.op.map_or(Operation::Add, |it| it.value);
            Some(PatchAction { op, path, value: step.value.value.clone() })
        });
        Some(ObjectPatch {
            kind: target.kind.as_ref()?.clone().map(|it| it.to_smolstr()),
            name: target.name.as_ref()?.clone().map(|it| it.to_smolstr()),
            steps: steps.collect(),
            origin: it.origin,
        })
    };
    context.spec.patches.iter().filter_map(patch).collect()
}
