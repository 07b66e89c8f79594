//! Secrets: what makes them in the cluster, never a value.

use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};

use super::custom::{certificate, external_secret, generated};
use super::emission::Emission;
use crate::backend::{Emitted, Job, Text, path};
use crate::object::Object;
use crate::plan::{LOCAL_SECRET, Plan, SecretEntry, SecretRef};
use crate::source::{Node, Origin, RelPath};
use crate::spec::{SecretFrom, SecretType};

pub(super) fn emit(plan: &Plan, out: &mut Emission<'_>) {
    for secret in plan.secrets.values() {
        // What makes it is where the pods are that read it; an encrypted file is for one namespace.
        let places = plan.places_of(secret);
        match secret.from.value {
            SecretFrom::ExternalSecrets => places.iter().for_each(|it| external_secret(secret, it, out)),
            SecretFrom::Generated => places.iter().for_each(|it| generated(secret, it, out)),
            SecretFrom::CertManager => places.iter().for_each(|it| certificate(secret, it, out)),
            SecretFrom::Sealed => {
                if let Some(node) = &secret.document {
                    out.add_verbatim(Object { node: in_namespace(plan, node) }, false);
                }
            }
            SecretFrom::Sops | SecretFrom::Existing | SecretFrom::File | SecretFrom::Env => {}
        }
    }
}

/// A sealed form in the namespace of the project, where it names none: kubectl would put it into that of the caller.
fn in_namespace(plan: &Plan, sealed: &Node) -> Node {
    let mut sealed = sealed.clone();
    let namespace = &plan.identity.namespace;
    if let Some(metadata) = sealed.pointer_mut("/metadata").and_then(Node::as_map_mut)
        && metadata.get("namespace").is_none()
    {
        metadata.set("namespace", Node::new(namespace.value.clone(), namespace.origin));
    }
    sealed
}

/// Secrets that SOPS encrypted, as they are in the repository: beside the manifests and in no kustomization, because
/// only a tool with the key can apply them.
pub(super) fn encrypted(plan: &Plan) -> Vec<(RelPath, Text)> {
    let sops = plan.secrets.values().filter(|it| it.from.value == SecretFrom::Sops);
    let text = |it: &SecretRef| {
        let text: Arc<str> = it.text.clone()?;
        Some((path(format!("sops/{}.secret.yaml", it.object)), Text { text, origin: it.origin }))
    };
    sops.filter_map(text).collect()
}

/// Secrets from git-ignored files: kustomize reads them when it applies, so no value is ever in what is written.
pub(super) fn local(plan: &Plan) -> impl Iterator<Item = &SecretRef> {
    plan.secrets.values().filter(|it| it.from.value == SecretFrom::File)
}

/// Where kustomize finds a key of one. It reads no file outside the folder of the kustomization, and follows no link out
/// of it. No name of a secret holds a `_`.
pub(super) fn copied(secret: &SecretRef, entry: &SecretEntry) -> SmolStr {
    format_smolstr!("secrets/{}_{}", secret.name, entry.key)
}

/// The places of files that a person puts there, and what keeps version control from them: also from a copy that an
/// editor left, or a name that was misspelt.
pub(super) fn put_by_hand(job: &Job<'_>, emitted: &mut Emitted) {
    let keys = local(job.plan).flat_map(|secret| secret.keys.iter().map(move |it| (secret, it)));
    let mut steps = String::new();
    for (secret, entry) in keys {
        let copy = path(format!("kubernetes/{}", copied(secret, entry)));
        steps += &format!("#   cp {} {}/{copy}\n", entry.place, job.folder);
        emitted.guests.push(copy);
    }
    if !steps.is_empty() {
        let text = Text { text: Arc::from(format!("{HEAD}{steps}{TAIL}")), origin: Origin::rule(LOCAL_SECRET) };
        emitted.texts.push((path("kubernetes/secrets/.gitignore"), text));
    }
}

const HEAD: &str = "\
# Made by mlopsc: change mlops.toml instead.
#
# Secrets lie here for as long as kustomize has to read them, and are never committed. Each key is a file that holds its
# value and nothing else, also no end of a line. From the folder of mlops.toml, where Compose reads the same values:
#
";

const TAIL: &str = "\
#
# mlopsc leaves these files as they are, and refuses any other.
*
!.gitignore
";

/// The type as Kubernetes spells it.
pub(super) fn type_name(kind: SecretType) -> SmolStr {
    SmolStr::new_static(match kind {
        SecretType::Opaque => "Opaque",
        SecretType::Tls => "kubernetes.io/tls",
        SecretType::Registry => "kubernetes.io/dockerconfigjson",
        SecretType::BasicAuth => "kubernetes.io/basic-auth",
        SecretType::Ssh => "kubernetes.io/ssh-auth",
    })
}
