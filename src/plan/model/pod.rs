//! Pods: containers with everything that they see, and where they may run.

use std::collections::BTreeSet;

use serde::Serialize;
use smol_str::SmolStr;

use super::Port;
use crate::plan::Phrase;
use crate::source::{At, Origin};
use crate::spec::Spread;

/// A pod.
#[derive(Clone, Debug, Serialize)]
pub struct Pod {
    pub init: Vec<Container>,
    /// Programs beside the main one, started after the steps and stopped last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sidecars: Vec<Container>,
    pub main: Container,
    pub user: UserIds,
    pub placement: PlacementPlan,
    pub grace: At<i64>,
    pub pull_secret: Option<At<SmolStr>>,
    pub volumes: Vec<PodVolume>,
}

impl Pod {
    /// All containers: the steps, the main one, and those beside it.
    pub fn containers(&self) -> impl Iterator<Item = &Container> {
        self.init.iter().chain([&self.main]).chain(&self.sidecars)
    }

    /// The datasets that a container writes to, or mounts a part of.
    pub fn changed<'p>(&'p self, container: &'p Container) -> impl Iterator<Item = (&'p SmolStr, &'p VolumeMount)> {
        let mounts = container.mounts.iter().filter(|it| !it.read_only || it.sub_path.is_some());
        mounts.filter_map(|mount| match &self.volumes.iter().find(|it| it.name == mount.volume)?.source {
            VolumeSource::Data { volume, .. } => Some((volume, mount)),
            _ => None,
        })
    }

    /// The names of the secrets that its containers read.
    #[must_use]
    pub fn secrets(&self) -> BTreeSet<&SmolStr> {
        let mounted = self.volumes.iter().filter_map(|it| match &it.source {
            VolumeSource::Secret { secret } => Some(secret),
            _ => None,
        });
        let variables = self.containers().flat_map(|it| &it.env).filter_map(|it| match &it.value {
            EnvSource::Secret { secret, .. } => Some(secret),
            _ => None,
        });
        mounted.chain(variables).collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct UserIds {
    pub uid: At<u32>,
    pub gid: At<u32>,
    pub fs_group: At<u32>,
}

/// A container.
#[derive(Clone, Debug, Serialize)]
pub struct Container {
    pub name: At<SmolStr>,
    pub image: ImageRef,
    pub command: Vec<At<Phrase>>,
    pub args: Vec<At<Phrase>>,
    /// The ports that it listens on itself.
    pub ports: Vec<Port>,
    /// What runs in it before it is stopped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before_stop: Vec<At<SmolStr>>,
    /// The service that a step waits for; it does nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awaits: Option<At<SmolStr>>,
    pub env: Vec<EnvVar>,
    pub mounts: Vec<VolumeMount>,
    pub resources: ResourcePlan,
    pub probes: ProbeSet,
    pub user: UserIds,
    pub read_only_root: At<bool>,
    /// The image decides who it starts as, and may start as root: by an exception of the spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_root: Option<At<()>>,
}

impl Container {
    /// The capabilities that it does without. A program that starts as root needs some to become somebody else, which the
    /// level `baseline` allows; none needs raw packets.
    #[must_use]
    pub fn dropped_capabilities(&self, of: Origin) -> At<&'static str> {
        self.as_root.map_or(At::new("ALL", of), |it| At::new("NET_RAW", it.origin))
    }
}

/// What a container runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImageRef {
    /// The whole reference.
    pub reference: At<SmolStr>,
    /// The name of the image in the plan, if the project builds it.
    pub built: Option<SmolStr>,
    pub has_digest: bool,
    /// What it is, wherever it comes from: without the mirror and the lock file's digest.
    #[serde(skip)]
    pub name: SmolStr,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EnvVar {
    pub name: SmolStr,
    pub value: EnvSource,
    #[serde(skip)]
    pub origin: Origin,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EnvSource {
    Text(At<SmolStr>),
    /// A text with values in it that are known only when the program starts.
    Phrase(At<Phrase>),
    /// A value that whoever starts a stage gives, or that another stage has written.
    Given(Given),
    /// The path of the file that takes the results of a stage.
    ResultsFile,
    /// A key of a Secret: the secret's name in the plan, and the key.
    Secret {
        secret: SmolStr,
        key: At<SmolStr>,
    },
    Field(At<SmolStr>),
    Resource(At<SmolStr>),
    /// The number of the pod among the parts of a Job or the replicas of a StatefulSet.
    Rank {
        stateful: bool,
    },
}

/// A value that is given to a stage when it is started.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Given {
    /// The ConfigMap that the script of its run makes, and the key in it.
    pub map: SmolStr,
    pub key: At<SmolStr>,
    /// The variable of whoever starts it, where there is no such script.
    pub caller: SmolStr,
    /// What it is where that variable is not set; without this it must be.
    pub default: Option<SmolStr>,
}

/// A volume of a pod.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PodVolume {
    pub name: SmolStr,
    pub source: VolumeSource,
    #[serde(skip)]
    pub origin: Origin,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VolumeSource {
    /// A dataset.
    Data { volume: SmolStr, read_only: bool },
    /// The node's disk.
    Scratch { size: At<SmolStr> },
    /// The node's memory.
    Memory { size: At<SmolStr> },
    /// A table of settings, as its JSON file.
    Config { table: SmolStr },
    /// A secret.
    Secret { secret: SmolStr },
}

impl VolumeSource {
    /// Whether it is the table of settings of this name.
    #[must_use]
    pub fn is_config(&self, name: &str) -> bool {
        matches!(self, Self::Config { table, .. } if table == name)
    }

    /// Whether it is the dataset of this name.
    #[must_use]
    pub fn is_dataset(&self, name: &str) -> bool {
        matches!(self, Self::Data { volume, .. } if volume == name)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VolumeMount {
    /// The volume's name in the pod.
    pub volume: SmolStr,
    pub path: At<SmolStr>,
    pub sub_path: Option<At<SmolStr>>,
    pub read_only: bool,
}

/// What a container asks for and may take.
#[derive(Clone, Debug, Serialize)]
pub struct ResourcePlan {
    /// Thousandths of a core.
    pub cpu: At<u64>,
    /// Bytes.
    pub memory: At<u64>,
    /// Bytes.
    pub scratch: At<u64>,
    pub cpu_limit: At<u64>,
    pub memory_limit: At<u64>,
    pub gpu: Option<GpuPlan>,
}

#[derive(Clone, Debug, Serialize)]
pub struct GpuPlan {
    /// `nvidia.com/gpu` or `nvidia.com/mig-…`.
    pub resource: At<SmolStr>,
    pub count: At<u32>,
    /// MiB that each GPU must have.
    pub min_memory: Option<At<u64>>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct ProbeSet {
    pub startup: Option<ProbePlan>,
    pub ready: Option<ProbePlan>,
    pub live: Option<ProbePlan>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ProbePlan {
    pub check: ProbeCheck,
    /// Seconds between two tries.
    pub every: At<i64>,
    /// Seconds for one try.
    pub timeout: At<i64>,
    pub failures: At<u32>,
    #[serde(skip)]
    pub origin: Origin,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeCheck {
    /// Path and the port's name.
    Http {
        path: At<SmolStr>,
        port: At<SmolStr>,
        number: u16,
    },
    Tcp {
        port: At<SmolStr>,
        number: u16,
    },
    Grpc {
        number: At<u16>,
    },
    Exec(Vec<At<SmolStr>>),
}

/// On which nodes a pod runs.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PlacementPlan {
    pub node_selector: Vec<(SmolStr, At<SmolStr>)>,
    pub tolerations: Vec<At<Toleration>>,
    pub spread: Option<At<Spread>>,
    /// Names of workloads.
    pub near: Vec<At<SmolStr>>,
    /// Datasets that one node at a time may mount, and that other pods mount as well: all of them run on one node.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub together: Vec<At<SmolStr>>,
    pub priority: Option<At<SmolStr>>,
    /// The pools that can take it, where pools are declared.
    pub pools: Vec<SmolStr>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Toleration {
    pub key: SmolStr,
    /// With a value it must be equal; without one the key is enough.
    pub value: Option<SmolStr>,
    pub effect: Option<SmolStr>,
}
