//! Names and labels of the installation as a whole.

use sha2::{Digest, Sha256};
use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::context::Context;
use super::storage::hex;
use super::{Identity, LABELS, POD_SECURITY};
use crate::resolve::Resolved;
use crate::source::{At, Origin};
use crate::spec::{KubernetesVersion, Target};

pub(super) fn identity(context: &Context<'_>) -> Identity {
    let project = context.spec.project.as_ref();
    let own = &context.resolved.environment;
    let targets = own.targets.as_ref().map_or_else(|| vec![Target::Compose, Target::Kubernetes], |it| it.value.clone());
    Identity {
        project: name(context.resolved),
        environment: context.resolved.name.as_str().into(),
        instance: instance(context.resolved),
        namespace: context.namespaces[0].name.clone(),
        version: project.and_then(|it| it.version.as_ref()).map(|it| it.clone().map(|it| (*it).clone())),
        owner: project.and_then(|it| it.owner.as_ref()).map(|it| it.clone().map(|it| (*it).clone())),
        labels: project.map(|it| pairs(&it.labels)).unwrap_or_default(),
        kubernetes: kubernetes(context),
        has_kubernetes: targets.contains(&Target::Kubernetes),
        has_compose: targets.contains(&Target::Compose),
    }
}

fn name(resolved: &Resolved) -> At<SmolStr> {
    let name = resolved.spec.project.as_ref().and_then(|it| it.name.as_ref());
    name.map_or_else(|| At::new("project".into(), Origin::NONE), |it| it.clone().map(|it| (*it).clone()))
}

/// One installation of the project: `<project>-<environment>`.
pub(super) fn instance(resolved: &Resolved) -> At<SmolStr> {
    let name = name(resolved);
    At::new(shortened(&format!("{name}-{}", resolved.name.as_str())), name.origin.by(LABELS))
}

/// A name of at most 63 characters; a longer one keeps its beginning and ends in a hash of all of it.
pub(super) fn shortened(name: &str) -> SmolStr {
    if name.len() <= 63 {
        return name.into();
    }
    let hash = hex(&Sha256::digest(name.as_bytes())[..4]);
    format_smolstr!("{}-{hash}", name[..54].trim_end_matches('-'))
}

fn kubernetes(context: &Context<'_>) -> At<KubernetesVersion> {
    let version = context.spec.cluster.as_ref().and_then(|it| it.kubernetes);
    version.unwrap_or_else(|| At::new(KubernetesVersion::default(), Origin::rule(POD_SECURITY)))
}

/// Labels, annotations and the like as plain texts.
pub(super) fn pairs<'t, K: ToSmolStr + 't, V: Clone + ToSmolStr + 't>(
    table: impl IntoIterator<Item = (&'t K, &'t At<V>)>,
) -> Vec<(SmolStr, At<SmolStr>)> {
    table.into_iter().map(|(key, value)| (key.to_smolstr(), value.clone().map(|it| it.to_smolstr()))).collect()
}

/// A name as part of an environment variable: upper case, `_` for everything else.
#[must_use]
pub fn env_word(name: &str) -> String {
    let word = |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_uppercase() } else { '_' };
    name.chars().map(word).collect()
}
