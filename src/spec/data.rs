//! `[data.*]`: named datasets. The graph, the mounts and the rules about protected health information come from here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::short::short_text;
use super::{Duration, FilePath, Name, ObjectName, OneLine, Quantity, Short, UnixPath};
use crate::source::At;

/// What a dataset may hold, from the least to the most sensitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Published, or meant to be.
    Public,
    /// Made up; no person stands behind it.
    Synthetic,
    /// De-identified under 45 CFR 164.514(b).
    Deidentified,
    /// A limited data set under 45 CFR 164.514(e).
    Limited,
    /// Protected health information.
    Phi,
}

/// How many nodes may mount a dataset at once, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
pub enum AccessMode {
    /// By one node, to read and write.
    ReadWriteOnce,
    /// By one pod, to read and write.
    ReadWriteOncePod,
    /// By many nodes, to read.
    ReadOnlyMany,
    /// By many nodes, to read and write.
    ReadWriteMany,
}

/// Who fills a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "DataSource")]
pub enum Source {
    /// Somebody outside this project.
    External,
}

/// A dataset: a folder that stages and services read and write.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Data {
    /// `false` switches it off, and every input and output that names it.
    pub enabled: Option<At<bool>>,
    /// What it may hold. Without a class it is treated as protected health information wherever that matters.
    pub class: Option<At<Class>>,
    /// How large it is. Assumed: 10Gi.
    pub size: Option<At<Quantity>>,
    /// How many nodes may mount it at once. Assumed: `ReadWriteOnce` where one pod uses it, else `ReadWriteMany`.
    pub access: Option<At<AccessMode>>,
    /// The storage class of the cluster. Without one it is the cluster's default.
    pub storage_class: Option<At<ObjectName>>,
    /// How long a file stays: a purge CronJob removes older ones every night.
    pub retention: Option<At<Short<Retention>>>,
    /// `"external"` where nobody in this project writes it.
    pub source: Option<At<Source>>,
    /// The name of a claim that exists; nothing is emitted for it.
    pub claim: Option<At<ObjectName>>,
    /// An NFS export: a PersistentVolume and a claim bound to it.
    pub nfs: Option<At<Nfs>>,
    /// One claim for each replica of the StatefulSet that writes it.
    pub per_replica: Option<At<bool>>,
    /// Where it is mounted. Assumed: `/data/<name>`.
    pub path: Option<At<UnixPath>>,
}

/// How long data stays.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Retention {
    /// Files that were last changed longer ago are removed.
    pub age: Option<At<Duration>>,
}

short_text!(Retention.age = "age": Duration, "a length of time such as `30d`, or a table with `age`");

/// An NFS export.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Nfs {
    /// The server's address or name.
    pub server: Option<At<super::DnsName>>,
    /// The exported path.
    pub path: Option<At<UnixPath>>,
    /// Mount options, such as `nfsvers=4.2` and `sec=krb5p`.
    #[serde(default)]
    pub options: Vec<At<OneLine>>,
}

/// A dataset that a workload reads or writes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Mount {
    /// The dataset's name.
    pub data: Option<At<Name>>,
    /// Where it is mounted in this workload.
    pub path: Option<At<UnixPath>>,
    /// The folder of the dataset that is mounted. Assumed: all of it.
    pub sub_path: Option<At<FilePath>>,
}

short_text!(Mount.data = "data": Name, "the name of a dataset, or a table with `data`, `path` and `sub-path`");
