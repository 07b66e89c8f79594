//! Configuration and secrets: where values are, never what they are.

use serde::Serialize;
use smol_str::SmolStr;

use crate::source::{At, Node, Origin};
use crate::spec::{EnvName, SecretFrom, SecretType};

/// A table of settings.
#[derive(Clone, Debug, Serialize)]
pub struct ConfigTable {
    pub name: SmolStr,
    /// The ConfigMap's name: the table's, and a hash of the content.
    pub object: At<SmolStr>,
    /// The settings as the program reads them from its environment.
    pub values: Vec<(SmolStr, At<SmolStr>)>,
    /// The variables of its env file, under the names that they have there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<(SmolStr, At<SmolStr>)>,
    /// What programs see in its folder: the settings as JSON, files of the repository, what a template became.
    pub files: Vec<ConfigFile>,
}

/// A file of a table of settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfigFile {
    pub name: SmolStr,
    pub text: At<SmolStr>,
}

/// A secret that exists elsewhere.
#[derive(Clone, Debug, Serialize)]
pub struct SecretRef {
    pub name: SmolStr,
    /// The name of the Secret in the cluster.
    pub object: At<SmolStr>,
    pub from: At<SecretFrom>,
    pub kind: At<SecretType>,
    pub keys: Vec<SecretEntry>,
    pub store: Option<At<SmolStr>>,
    /// How many characters a value has that is made in the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<At<u32>>,
    /// The file of the repository that holds the encrypted form.
    pub file: Option<At<SmolStr>>,
    pub issuer: Option<At<SmolStr>>,
    pub dns: Vec<At<SmolStr>>,
    /// A hash of what decides its values, as far as that is known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<At<SmolStr>>,
    /// The encrypted form from a file of the repository, as it is.
    #[serde(skip)]
    pub text: Option<std::sync::Arc<str>>,
    /// The same as a tree.
    #[serde(skip)]
    pub document: Option<Node>,
    #[serde(skip)]
    pub origin: Origin,
}

#[derive(Clone, Debug, Serialize)]
pub struct SecretEntry {
    pub key: At<SmolStr>,
    /// Its path in the store.
    pub remote: Option<At<SmolStr>>,
    /// The environment variable that holds the path of its file.
    pub env: SmolStr,
    /// The file that holds its value on a machine that is no cluster, from the folder of the spec.
    pub place: SmolStr,
}

impl SecretEntry {
    /// The environment variable of the key's own name, where it can be one. The key of a secret that has one was named by
    /// nobody.
    #[must_use]
    pub fn variable(&self) -> Option<&SmolStr> {
        let is_named = self.key.origin.rule != Some(crate::plan::SECRET_FILE);
        Some(&self.key.value).filter(|it| is_named && EnvName::check(it).is_ok())
    }
}
