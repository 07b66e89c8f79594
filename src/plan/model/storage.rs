//! Volumes: what keeps data, how it is claimed, and what is done to it where no cluster does.

use std::collections::BTreeSet;

use serde::Serialize;
use smol_str::SmolStr;

use super::{ImageRef, Index, UserIds};
use crate::source::{At, Origin};
use crate::spec::{AccessMode, Class};

/// A dataset.
#[derive(Clone, Debug, Serialize)]
pub struct Volume {
    pub name: SmolStr,
    /// The namespace that its claim is in: the one of those who mount it.
    pub namespace: At<SmolStr>,
    /// The class that the spec gives.
    pub class: Option<At<Class>>,
    pub claim: Claim,
    /// The claim's name; of a volume per replica the name of the claim template.
    pub claim_name: At<SmolStr>,
    pub size: At<SmolStr>,
    pub access: At<AccessMode>,
    pub storage_class: Option<At<SmolStr>>,
    /// Seconds after which a file is removed.
    pub retention: Option<At<i64>>,
    /// Bytes beyond which the oldest files are removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_size: Option<At<u64>>,
    /// Nobody may write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<At<()>>,
    /// It survives the removal of the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<At<()>>,
    pub writers: Vec<SmolStr>,
    pub readers: Vec<SmolStr>,
    #[serde(skip)]
    pub origin: Origin,
}

/// How a dataset's claim comes to be.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// Emitted.
    New,
    /// One for each replica of the StatefulSet of this name.
    PerReplica,
    /// There already.
    Existing,
    /// Bound to an NFS export.
    Nfs { server: At<SmolStr>, path: At<SmolStr>, options: Vec<At<SmolStr>>, volume: SmolStr },
    /// Bound to a bucket that a CSI driver mounts.
    Bucket(BucketVolume),
    /// None: programs reach a bucket by its URL, with the keys of a secret of the plan.
    Url { url: At<SmolStr>, secret: Option<At<SmolStr>> },
    /// One for each pod, removed with it.
    Run,
    /// None: a folder of the pod's node.
    Pod { memory: bool },
}

impl Claim {
    /// Whether there is one claim of this name, whoever uses it.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        matches!(self, Self::New | Self::Existing | Self::Nfs { .. } | Self::Bucket(_))
    }

    /// Whether the bytes go with the pod.
    #[must_use]
    pub const fn is_of_pod(&self) -> bool {
        matches!(self, Self::Run | Self::Pod { .. })
    }
}

/// A bucket as a volume.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BucketVolume {
    pub driver: At<SmolStr>,
    pub url: At<SmolStr>,
    pub options: Vec<(SmolStr, At<SmolStr>)>,
    /// The name of the secret in the plan.
    pub secret: Option<At<SmolStr>>,
    /// The PersistentVolume's name.
    pub volume: SmolStr,
}

/// An image with a folder for each volume that no other image makes writable. It mounts them before all others do.
#[derive(Clone, Debug, Serialize)]
pub struct Preparation {
    /// The image that it is built on.
    pub base: ImageRef,
    /// As whom it runs; it is in the groups of the volumes, too.
    pub user: UserIds,
    pub volumes: Index<PreparedVolume>,
    #[serde(skip)]
    pub origin: Origin,
}

/// A volume that belongs to root and a group that may write, as one of the cluster does.
#[derive(Clone, Debug, Serialize)]
pub struct PreparedVolume {
    /// The group of the first pod that writes to it.
    pub group: At<u32>,
    /// The parts of it that are mounted.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub parts: BTreeSet<SmolStr>,
}
