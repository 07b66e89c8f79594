//! Secrets as what exists in the cluster.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::config::short_hash;
use crate::plan::context::Context;
use crate::plan::{
    GENERATED, Index, SECRET_FILE, SECRET_HASH, SECRET_OBJECT, SecretEntry, SecretRef, TLS_KEYS, TYPE_KEYS, env_word,
};
use crate::source::{At, Node, Origin, RelPath};
use crate::spec::{FilePath, Secret, SecretFrom, SecretLength, SecretType};

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
    let mut secret = SecretRef {
        name: name.into(),
        object: object.unwrap_or_else(|| At::new(name.into(), secret.origin.by(SECRET_OBJECT))),
        from,
        kind,
        keys: entries(name, secret, kind.value, &in_file(document.as_ref(), secret)),
        store: text(&secret.store),
        length: (from.value == SecretFrom::Generated).then(|| {
            secret.length.map_or_else(|| At::new(32, from.origin.by(GENERATED)), |it| it.map(SecretLength::u32))
        }),
        file: secret.file.as_ref().map(|it| it.clone().map(|it| it.to_smolstr())),
        issuer: text(&secret.issuer),
        dns: secret.dns.iter().map(|it| it.clone().map(|it| it.to_smolstr())).collect(),
        document: document.map(|it| Node::from_json(&it, secret.file.as_ref().map_or(secret.origin, |it| it.origin))),
        text: content,
        origin: secret.origin,
        digest: None,
    };
    secret.digest = digest(&secret);
    secret
}

/// What decides the values of a secret: where they are read, what they are made for, or their encrypted form. A generated
/// one never changes, and what others make or a person puts there is not known here.
fn digest(secret: &SecretRef) -> Option<At<SmolStr>> {
    let keys = || secret.keys.iter().map(|it| (&it.key.value, it.remote.as_ref().map(|it| &it.value)));
    let decides = match secret.from.value {
        SecretFrom::ExternalSecrets => {
            let store = secret.store.as_ref().map(|it| &it.value);
            serde_json::to_string(&(secret.kind.value, store, keys().collect::<Vec<_>>()))
        }
        SecretFrom::CertManager => {
            let issuer = secret.issuer.as_ref().map(|it| &it.value);
            serde_json::to_string(&(issuer, secret.dns.iter().map(|it| &it.value).collect::<Vec<_>>()))
        }
        SecretFrom::Sealed | SecretFrom::Sops => serde_json::to_string(secret.document.as_ref()?),
        SecretFrom::Existing | SecretFrom::File | SecretFrom::Generated | SecretFrom::Env => return None,
    };
    let text = decides.expect("internal error: names and texts are JSON");
    Some(At::new(short_hash(&text), secret.origin.by(SECRET_HASH)))
}

/// The keys of an encrypted form, whose names are not encrypted.
fn in_file(document: Option<&serde_json::Value>, secret: &At<Secret>) -> Vec<At<SmolStr>> {
    let places = ["/spec/encryptedData", "/stringData", "/data"];
    let tables = places.iter().filter_map(|it| document?.pointer(it)?.as_object());
    let origin = secret.file.as_ref().map_or(secret.origin, |it| it.origin);
    tables.flat_map(|it| it.keys()).map(|it| At::new(it.to_smolstr(), origin)).collect()
}

fn entries(name: &str, secret: &At<Secret>, kind: SecretType, in_file: &[At<SmolStr>]) -> Vec<SecretEntry> {
    let prefix = format!("SECRET_{}", env_word(name));
    let entry = |key: SmolStr, origin: Origin, remote: Option<At<SmolStr>>| SecretEntry {
        env: format_smolstr!("{prefix}_{}_FILE", env_word(&key)),
        place: place(name, &key, secret),
        key: At::new(key, origin),
        remote,
    };
    if let Some(keys) = &secret.keys {
        let remote =
            |it: &Option<At<crate::spec::RemoteKey>>| it.as_ref().map(|it| it.clone().map(|it| it.to_smolstr()));
        return keys.0.iter().map(|(key, path)| entry(key.to_smolstr(), key.origin, remote(path))).collect();
    }
    if !in_file.is_empty() {
        return in_file.iter().map(|it| entry(it.value.clone(), it.origin, None)).collect();
    }
    let of_type: &[&str] = match kind {
        SecretType::Tls => &["tls.crt", "tls.key"],
        SecretType::BasicAuth => &["username", "password"],
        SecretType::Ssh => &["ssh-privatekey"],
        SecretType::Registry => &[".dockerconfigjson"],
        SecretType::Opaque => &[],
    };
    let rule = if kind == SecretType::Tls { TLS_KEYS } else { TYPE_KEYS };
    let remote = secret.key.as_ref().map(|it| it.clone().map(|it| it.to_smolstr()));
    let named = secret.key.as_ref().map(|it| it.origin).or_else(|| Some(own_file(secret)?.origin));
    match (of_type, named) {
        ([], None) => Vec::new(),
        ([], Some(origin)) => {
            let env = format_smolstr!("{prefix}_FILE");
            let key = At::new(ONLY_KEY.into(), origin.by(SECRET_FILE));
            vec![SecretEntry { key, remote, env, place: place(name, ONLY_KEY, secret) }]
        }
        ([only], Some(origin)) => vec![entry((*only).into(), origin.by(rule), remote)],
        (all, _) => all.iter().map(|it| entry((*it).into(), secret.origin.by(rule), None)).collect(),
    }
}

/// Where whoever runs the project on a machine of theirs puts a value: where the spec says, which is said of one value
/// only, or below `.secrets`.
fn place(name: &str, key: &str, secret: &Secret) -> SmolStr {
    own_file(secret).map_or_else(|| format_smolstr!(".secrets/{name}/{key}"), |it| it.to_smolstr())
}

/// The file that holds the one value of a secret.
fn own_file(secret: &Secret) -> Option<&At<FilePath>> {
    let is_file = secret.from.is_some_and(|it| it.value == SecretFrom::File);
    secret.file.as_ref().filter(|_| is_file)
}
