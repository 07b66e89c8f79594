//! Secrets: what makes them in the cluster, never a value.

use std::sync::Arc;

use smol_str::SmolStr;

use super::custom::{certificate, external_secret};
use super::emission::Emission;
use crate::backend::{Text, path};
use crate::object::Object;
use crate::plan::{Plan, SecretRef};
use crate::source::RelPath;
use crate::spec::{SecretFrom, SecretType};

pub(super) fn emit(plan: &Plan, out: &mut Emission<'_>) {
    for secret in plan.secrets.values() {
        match secret.from.value {
            SecretFrom::ExternalSecrets => external_secret(secret, out),
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

/// The type as Kubernetes spells it.
pub(super) fn type_name(kind: SecretType) -> SmolStr {
    SmolStr::new_static(match kind {
        SecretType::Opaque => "Opaque",
        SecretType::Tls => "kubernetes.io/tls",
        SecretType::Registry => "kubernetes.io/dockerconfigjson",
    })
}
