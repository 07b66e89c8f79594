//! Secrets as what exists in the cluster.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use crate::plan::context::Context;
use crate::plan::{Index, SECRET_FILE, SECRET_OBJECT, SecretEntry, SecretRef, TLS_KEYS, env_word};
use crate::source::{At, Node, Origin, RelPath};
use crate::spec::{Secret, SecretFrom, SecretType};

/// The key of a secret that has one.
const ONLY_KEY: &str = "value";

/// All secrets that pods can read; those of the build are with the images.
pub(in crate::plan) fn secrets(context: &Context<'_>) -> Index<SecretRef> {
    let secrets = context.spec.secrets.by_key();
    let in_cluster = secrets.filter_map(|(name, secret)| {
        let from = secret.from.filter(|it| it.value != SecretFrom::Env)?;
        Some((name.as_str().into(), reference(context, name.as_str(), secret, from)))
    });
    in_cluster.collect()
}

fn reference(context: &Context<'_>, name: &str, secret: &At<Secret>, from: At<SecretFrom>) -> SecretRef {
    let assumed = if from.value == SecretFrom::CertManager { SecretType::Tls } else { SecretType::Opaque };
    let kind = secret.kind.unwrap_or_else(|| At::new(assumed, from.origin.by(SECRET_OBJECT)));
    let object = secret.name.as_ref().map(|it| it.clone().map(|it| it.to_smolstr()));
    let path = secret.file.as_ref().and_then(|it| RelPath::root().join(it.as_str()).ok());
    let is_encrypted = matches!(from.value, SecretFrom::Sealed | SecretFrom::Sops);
    // A file that cannot be read is reported elsewhere; a plain one never gets this far.
    let content = path.filter(|_| is_encrypted).and_then(|it| context.files.text(&it).ok());
    let document = content.as_ref().and_then(|it| serde_yaml::from_str::<serde_json::Value>(it).ok());
    let text = |at: &Option<At<crate::spec::RemoteKey>>| at.as_ref().map(|it| it.clone().map(|it| it.to_smolstr()));
    SecretRef {
        name: name.into(),
        object: object.unwrap_or_else(|| At::new(name.into(), secret.origin.by(SECRET_OBJECT))),
        from,
        kind,
        keys: entries(name, secret, kind.value),
        store: text(&secret.store),
        file: secret.file.as_ref().map(|it| it.clone().map(|it| it.to_smolstr())),
        issuer: text(&secret.issuer),
        dns: secret.dns.iter().map(|it| it.clone().map(|it| it.to_smolstr())).collect(),
        document: document.map(|it| Node::from_json(&it, secret.file.as_ref().map_or(secret.origin, |it| it.origin))),
        text: content,
        origin: secret.origin,
    }
}

fn entries(name: &str, secret: &At<Secret>, kind: SecretType) -> Vec<SecretEntry> {
    let prefix = format!("SECRET_{}", env_word(name));
    let entry = |key: SmolStr, origin: Origin, remote: Option<At<SmolStr>>| SecretEntry {
        env: format_smolstr!("{prefix}_{}_FILE", env_word(&key)),
        key: At::new(key, origin),
        remote,
    };
    if let Some(keys) = &secret.keys {
        let remote =
            |it: &Option<At<crate::spec::RemoteKey>>| it.as_ref().map(|it| it.clone().map(|it| it.to_smolstr()));
        return keys.0.iter().map(|(key, path)| entry(key.to_smolstr(), key.origin, remote(path))).collect();
    }
    if kind == SecretType::Tls {
        let keys = ["tls.crt", "tls.key"];
        return keys.iter().map(|it| entry((*it).into(), secret.origin.by(TLS_KEYS), None)).collect();
    }
    let Some(key) = &secret.key else { return Vec::new() };
    let remote = Some(key.clone().map(|it| it.to_smolstr()));
    if kind == SecretType::Registry {
        return vec![entry(".dockerconfigjson".into(), key.origin.by(SECRET_OBJECT), remote)];
    }
    let env = format_smolstr!("{prefix}_FILE");
    vec![SecretEntry { key: At::new(ONLY_KEY.into(), key.origin.by(SECRET_FILE)), remote, env }]
}
