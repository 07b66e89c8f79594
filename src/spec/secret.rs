//! `[secrets.*]`: references to secrets. A value does not parse.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use super::short::short_text;
use super::{DnsName, EnvName, FilePath, Name, ObjectName, Ranged, RemoteKey, SecretKey, UnixPath};
use crate::source::At;

/// Where a secret comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecretFrom {
    /// The External Secrets Operator reads it from a store: `store`, and `key` or `keys`.
    ExternalSecrets,
    /// A SealedSecret in a file of the repository: `file`.
    Sealed,
    /// A Secret encrypted with SOPS in a file of the repository: `file`.
    Sops,
    /// Somebody else makes the Secret in the namespace: `name`, and `keys`.
    Existing,
    /// cert-manager issues a certificate: `issuer` and `dns`.
    CertManager,
    /// Git-ignored files, for local clusters and small sites: `keys`, each of which is the file `.secrets/<secret>/<key>`
    /// beside `mlops.toml`. Compose reads these files; for kustomize they are copied to `kubernetes/secrets/` of the
    /// environment, which says how in its `.gitignore`.
    File,
    /// Made once in the cluster by the password generator of the External Secrets Operator, and never changed: `keys`,
    /// each with a value of its own, and `length`.
    Generated,
    /// An environment variable of whoever builds the images: `key`. For `[build]` only.
    Env,
}

/// The type of a Kubernetes Secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecretType {
    /// Any keys: `Opaque`.
    #[default]
    Opaque,
    /// A certificate and its key: `kubernetes.io/tls`, with `tls.crt` and `tls.key`.
    Tls,
    /// Credentials of an image registry: `kubernetes.io/dockerconfigjson`.
    Registry,
    /// A name and a password: `kubernetes.io/basic-auth`, with `username`, `password` or both.
    BasicAuth,
    /// A private key of SSH: `kubernetes.io/ssh-auth`, with `ssh-privatekey`.
    Ssh,
}

/// How a secret reaches a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SecretForm {
    /// Each key as a file.
    File,
    /// Each key as an environment variable of its name.
    Env,
}

/// How many characters a value that is made has.
pub type SecretLength = Ranged<16, 1024>;

/// A secret that exists elsewhere. Its keys arrive as files `/run/secrets/<name>/<key>`; the path of each is in
/// `SECRET_<NAME>_<KEY>_FILE`, or in `SECRET_<NAME>_FILE` where the secret has one `key`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Secret {
    /// `false` switches it off, and everything that follows from it.
    pub enabled: Option<At<bool>>,
    /// Where it comes from. Required.
    pub from: Option<At<SecretFrom>>,
    /// What type of Secret it becomes. Assumed: `opaque`, and `tls` from cert-manager.
    #[serde(rename = "type")]
    pub kind: Option<At<SecretType>>,
    /// The one value of the secret: its path in the store (with `#property` for one property of an entry), or the
    /// environment variable of the builder. It arrives under the key `value`.
    pub key: Option<At<RemoteKey>>,
    /// Several values: the names of the keys, and for a store the path of each.
    pub keys: Option<At<SecretKeys>>,
    /// The SecretStore of the External Secrets Operator. A ClusterSecretStore is written `cluster/<name>`. A `generated`
    /// secret can do without: a store only decides which installation of the operator makes it.
    pub store: Option<At<RemoteKey>>,
    /// The file of the repository that holds the encrypted form; from `file`, the git-ignored one that holds the one value
    /// of the secret, which arrives under the key `value` where `keys` names no other.
    pub file: Option<At<FilePath>>,
    /// The name of the Secret in the cluster. Assumed: the name of this table.
    pub name: Option<At<ObjectName>>,
    /// How many letters and digits each value of a `generated` secret has. Assumed: 32.
    pub length: Option<At<SecretLength>>,
    /// The issuer of cert-manager. A ClusterIssuer is written `cluster/<name>`.
    pub issuer: Option<At<RemoteKey>>,
    /// The DNS names of the certificate.
    #[serde(default)]
    pub dns: Vec<At<DnsName>>,
}

/// The keys of a secret: a list of names, or a table from each name to its path in the store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SecretKeys(pub Vec<(At<SecretKey>, Option<At<RemoteKey>>)>);

impl<'de> Deserialize<'de> for SecretKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> serde::de::Visitor<'de> for Keys {
            type Value = SecretKeys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<SecretKeys, A::Error> {
                let mut keys = Vec::new();
                while let Some(key) = items.next_element::<At<SecretKey>>()? {
                    keys.push((key, None));
                }
                Ok(SecretKeys(keys))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<SecretKeys, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, remote)) = map.next_entry::<SecretKey, At<RemoteKey>>()? {
                    keys.push((At::new(key, remote.origin), Some(remote)));
                }
                Ok(SecretKeys(keys))
            }
        }
        deserializer.deserialize_any(Keys)
    }
}

const EXPECTED: &str = "a list of keys, or a table from each key to its path in the store";

impl JsonSchema for SecretKeys {
    fn schema_name() -> Cow<'static, str> {
        "SecretKeys".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let key = generator.subschema_for::<SecretKey>();
        json_schema!({
            "x-expected": EXPECTED,
            "anyOf": [
                {"type": "array", "items": key},
                {"type": "object", "propertyNames": key, "additionalProperties": generator.subschema_for::<RemoteKey>()},
            ],
        })
    }
}

/// A secret that a workload reads.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SecretUse {
    /// The name of the secret in `[secrets]`.
    pub name: Option<At<Name>>,
    /// How it reaches the program. Assumed: `file`. Files can be replaced while the program runs, and no child process
    /// inherits them; `env` is for programs that read nothing else.
    #[serde(rename = "as")]
    pub form: Option<At<SecretForm>>,
    /// The folder of its files. Assumed: `/run/secrets/<name>`.
    pub path: Option<At<UnixPath>>,
}

short_text!(SecretUse.name = "name": Name, "the name of a secret, or a table with `name`, `as` and `path`");

impl SecretUse {
    /// Whether its keys are environment variables.
    #[must_use]
    pub fn is_env(&self) -> bool {
        self.form.is_some_and(|it| it.value == SecretForm::Env)
    }
}

impl Secret {
    /// The environment variable of the builder that holds a build secret.
    #[must_use]
    pub fn env_key(&self) -> Option<At<&str>> {
        let key = self.key.as_ref()?;
        EnvName::check(key.as_str()).ok()?;
        Some(At::new(key.as_str(), key.origin))
    }
}
