//! Secrets: what makes them in the cluster, never a value.

use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};

use super::custom::{certificate, external_secret, generated};
use super::emission::Emission;
use crate::backend::{Emitted, Job, Text, path};
use crate::object::Object;
use crate::plan::{Plan, SECRET_OBJECT, SecretRef};
use crate::source::{Origin, RelPath};
use crate::spec::{SecretFrom, SecretType};

pub(super) fn emit(plan: &Plan, out: &mut Emission<'_>) {
    for secret in plan.secrets.values() {
        match secret.from.value {
            SecretFrom::ExternalSecrets => external_secret(secret, out),
            SecretFrom::Generated => generated(secret, out),
            SecretFrom::CertManager => certificate(secret, out),
            SecretFrom::Sealed => {
                if let Some(node) = &secret.document {
                    out.add_verbatim(Object { node: node.clone() });
                }
            }
            SecretFrom::Sops | SecretFrom::Existing | SecretFrom::File | SecretFrom::Env => {}
        }
    }
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

/// Where kustomize finds one. It reads no file outside the folder of the kustomization, and follows no link out of it.
pub(super) fn local_file(secret: &SecretRef) -> SmolStr {
    format_smolstr!("secrets/{}.env", secret.name)
}

/// The places of files that a person puts there, and what keeps version control from them: also from a copy that an
/// editor left, or a name that was misspelt.
pub(super) fn put_by_hand(job: &Job<'_>, emitted: &mut Emitted) {
    let place = |secret: &SecretRef| path(format!("kubernetes/{}", local_file(secret)));
    emitted.guests.extend(local(job.plan).map(place));
    let step = |secret: &SecretRef| {
        let keys: Vec<&str> = secret.keys.iter().map(|it| it.key.as_str()).collect();
        let file = secret.file.as_ref().map(|it| it.as_str()).unwrap_or_default();
        format!("#   cp {file} {}/{}    # {}\n", job.folder, place(secret), keys.join(", "))
    };
    let steps: String = local(job.plan).map(step).collect();
    if !steps.is_empty() {
        let text = Text { text: Arc::from(format!("{HEAD}{steps}{TAIL}")), origin: Origin::rule(SECRET_OBJECT) };
        emitted.texts.push((path("kubernetes/secrets/.gitignore"), text));
    }
}

const HEAD: &str = "\
# Made by mlopsc: change mlops.toml instead.
#
# Secrets lie here for as long as kustomize has to read them, and are never committed. Each is a file of KEY=value lines
# with the keys that stand behind it. From the folder of mlops.toml:
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
