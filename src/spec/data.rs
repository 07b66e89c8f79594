//! `[data.*]`: named datasets. The graph, the mounts and the rules about protected health information come from here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::short::short_text;
use super::{
    BucketUrl, DnsName, Duration, LabelKey, Name, ObjectName, OneLine, Quantity, Short, SubPath, Table, UnixPath,
};
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

/// How long the bytes of a dataset stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Lifetime {
    /// As long as the run that uses it: each pod gets a volume of the storage class, which is removed with it.
    Run,
    /// As long as the pod: a folder of its node, on disk or in memory.
    Pod,
}

/// What the folder of a pod is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Medium {
    /// The node's disk; what is in it counts as scratch space.
    Disk,
    /// The node's memory; what is in it counts as memory of the program that wrote it.
    Memory,
}

/// How programs reach a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BucketMount {
    /// As files: a CSI driver of the cluster mounts it.
    Csi,
    /// By themselves: its URL is in `DATA_<NAME>`, and the keys of its secret are environment variables.
    Url,
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
    /// How long a file stays, and how much there may be: a purge CronJob removes the rest every night.
    pub retention: Option<At<Short<Retention>>>,
    /// `"external"` where nobody in this project writes it.
    pub source: Option<At<Source>>,
    /// The name of a claim that exists; nothing is emitted for it.
    pub claim: Option<At<ObjectName>>,
    /// An NFS export: a PersistentVolume and a claim bound to it.
    pub nfs: Option<At<Nfs>>,
    /// A bucket of an object store: as files through a CSI driver, or by its URL.
    pub bucket: Option<At<Bucket>>,
    /// One claim for each replica of the StatefulSet that writes it.
    pub per_replica: Option<At<bool>>,
    /// Its bytes go with the run or the pod that uses it, in place of staying in a claim. Such a dataset belongs to one
    /// stage or service.
    pub lifetime: Option<At<Lifetime>>,
    /// What the folder of `lifetime = "pod"` is made of. Assumed: `disk`.
    pub medium: Option<At<Medium>>,
    /// Nobody in this project may write it: an output that names it is an error, and it is mounted read-only
    /// everywhere.
    pub read_only: Option<At<bool>>,
    /// It survives the removal of the project: Argo CD, Flux and Helm are told never to prune or delete its claim.
    pub keep: Option<At<bool>>,
    /// Where it is mounted. Assumed: `/data/<name>`.
    pub path: Option<At<UnixPath>>,
}

/// How long data stays, and how much of it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Retention {
    /// Files that were last changed longer ago are removed.
    pub age: Option<At<Duration>>,
    /// How much there may be: the files that were changed longest ago are removed until the rest is not more.
    pub max_size: Option<At<Quantity>>,
}

short_text!(Retention.age = "age": Duration, "a length of time such as `30d`, or a table with `age` and `max-size`");

/// An NFS export.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Nfs {
    /// The server's address or name.
    pub server: Option<At<DnsName>>,
    /// The exported path.
    pub path: Option<At<UnixPath>>,
    /// Mount options, such as `nfsvers=4.2` and `sec=krb5p`.
    #[serde(default)]
    pub options: Vec<At<OneLine>>,
}

/// A bucket of an object store.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bucket {
    /// Its address, such as `s3://reading-models`; a path behind the name is a folder of it.
    pub url: Option<At<BucketUrl>>,
    /// The secret with the credentials, by its name in `[secrets]`.
    pub secret: Option<At<Name>>,
    /// How programs reach it. Assumed: `csi` where there is a `driver`, else `url`.
    pub mount: Option<At<BucketMount>>,
    /// The CSI driver of the cluster that mounts it, such as `s3.csi.aws.com`.
    pub driver: Option<At<DnsName>>,
    /// What the driver is told about the volume (its `volumeAttributes`), beside `url`. Which keys it knows is in the
    /// driver's documentation.
    #[serde(default)]
    pub options: Table<LabelKey, OneLine>,
}

impl Bucket {
    /// How programs reach it, as it is written or assumed.
    #[must_use]
    pub fn reached_by(&self) -> BucketMount {
        let assumed = if self.driver.is_some() { BucketMount::Csi } else { BucketMount::Url };
        self.mount.map_or(assumed, |it| it.value)
    }
}

impl Data {
    /// Whether programs see it as files of the node or the cluster, and not by a URL.
    #[must_use]
    pub fn is_mounted(&self) -> bool {
        self.bucket.as_ref().is_none_or(|it| it.reached_by() == BucketMount::Csi)
    }
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
    pub sub_path: Option<At<SubPath>>,
}

short_text!(Mount.data = "data": Name, "the name of a dataset, or a table with `data`, `path` and `sub-path`");
