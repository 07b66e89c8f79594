//! Workloads: what runs, when, how often, and who may reach it.

use serde::Serialize;
use smol_str::SmolStr;

use super::{ExposePlan, Flow, MetricsPlan, Pod, Port, RoutePlan};
use crate::source::{At, Origin};
use crate::spec::{Budget, ParamType};

/// Something that runs.
#[derive(Clone, Debug, Serialize)]
pub struct Workload {
    pub name: At<SmolStr>,
    pub component: Component,
    /// The namespace that it is in.
    pub namespace: At<SmolStr>,
    pub run: Run,
    pub pod: Pod,
    pub ports: Vec<Port>,
    /// The Service that clients use.
    pub service: Option<ServicePlan>,
    /// The Service without an address, which gives each pod a name.
    pub headless: Option<At<SmolStr>>,
    pub ingress: Vec<Flow>,
    pub egress: Vec<Flow>,
    /// Stages that must have ended before it.
    pub after: Vec<At<SmolStr>>,
    /// Of a stage that is a Job: the run that it is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn: Option<At<Turn>>,
    /// Of a service with variants, and of a variant: what they have in common, and what tells them apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<VariantPlan>,
    /// Values that whoever starts it gives it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<ParamPlan>,
    /// Values that it writes for other stages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<At<SmolStr>>,
    /// What it may ask the API server for; without any it gets no token.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<PermissionPlan>,
    /// Annotations of its ServiceAccount.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identity: Vec<(SmolStr, At<SmolStr>)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<RoutePlan>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expose: Option<ExposePlan>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<MetricsPlan>,
    /// Labels and annotations of the user's.
    pub labels: Vec<(SmolStr, At<SmolStr>)>,
    pub annotations: Vec<(SmolStr, At<SmolStr>)>,
    #[serde(skip)]
    pub origin: Origin,
}

impl Workload {
    /// Whether it is started in its turn, by a script, when those before it have ended.
    #[must_use]
    pub fn takes_turn(&self) -> bool {
        self.turn.is_some()
    }

    /// Whether it is of the same run as another, which must have ended before it.
    #[must_use]
    pub fn waits_for(&self, other: &Self) -> bool {
        self.turn.is_some() && self.turn == other.turn && self.after.iter().any(|it| it.value == other.name.value)
    }

    /// Whether it is a variant of another one.
    #[must_use]
    pub fn is_variant(&self) -> bool {
        self.variant.as_ref().is_some_and(|it| it.name.is_some())
    }
}

/// A service among its variants.
#[derive(Clone, Debug, Serialize)]
pub struct VariantPlan {
    /// The workload that is the service itself.
    pub service: SmolStr,
    /// The variant's own name; the service itself has none.
    pub name: Option<SmolStr>,
}

/// A value that whoever starts a stage gives it.
#[derive(Clone, Debug, Serialize)]
pub struct ParamPlan {
    pub name: SmolStr,
    /// The variable of the program.
    pub variable: SmolStr,
    /// The variable of whoever starts it.
    pub caller: SmolStr,
    pub kind: ParamType,
    pub default: Option<At<SmolStr>>,
    #[serde(skip)]
    pub origin: Origin,
}

/// The Service of a workload.
#[derive(Clone, Debug, Serialize)]
pub struct ServicePlan {
    /// Its name, by which clients call it.
    pub name: At<SmolStr>,
    /// The name by which they call it from another namespace of the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_name: Option<SmolStr>,
    /// A client stays with one pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sticky: Option<At<()>>,
    /// It has no address of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headless: Option<At<()>>,
    /// The pods of the workload's variants answer as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared: Option<At<()>>,
}

impl ServicePlan {
    /// The name that leads to it from everywhere in the project.
    #[must_use]
    pub fn host(&self) -> &str {
        self.full_name.as_ref().unwrap_or(&self.name.value)
    }
}

/// A rule of a Role.
#[derive(Clone, Debug, Serialize)]
pub struct PermissionPlan {
    pub api: At<SmolStr>,
    pub resources: Vec<At<SmolStr>>,
    pub verbs: Vec<At<SmolStr>>,
    pub names: Vec<At<SmolStr>>,
    #[serde(skip)]
    pub origin: Origin,
}

/// What part of the project a workload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Component {
    Stage,
    Service,
    /// Brought in by the compiler.
    Helper,
}

/// A run of several stages, one after the other, each a Job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Turn {
    Pipeline,
    /// Once; what has completed is not run again.
    Install,
    Upgrade,
}

impl Turn {
    pub const ALL: [Self; 3] = [Self::Pipeline, Self::Install, Self::Upgrade];

    /// Its word in the spec, in the name of its script and of its profile.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pipeline => "pipeline",
            Self::Install => "install",
            Self::Upgrade => "upgrade",
        }
    }
}

/// How a workload runs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Run {
    Job(JobRun),
    CronJob(CronRun),
    Deployment(DeploymentRun),
    StatefulSet(StatefulRun),
    DaemonSet(DaemonRun),
}

impl Run {
    /// The greatest number of pods at once.
    #[must_use]
    pub fn most_pods(&self) -> u32 {
        self.pods(|it| *it.max)
    }

    /// The least number of pods while it runs.
    #[must_use]
    pub fn least_pods(&self) -> u32 {
        self.pods(|it| *it.min)
    }

    fn pods(&self, scaled: fn(&Autoscaler) -> u32) -> u32 {
        let replicas = |fixed: u32, autoscale: &Option<Autoscaler>| autoscale.as_ref().map_or(fixed, scaled);
        match self {
            Self::Job(job) | Self::CronJob(CronRun { job, .. }) => *job.parts,
            Self::Deployment(it) => replicas(*it.replicas, &it.autoscale),
            Self::StatefulSet(it) => replicas(*it.replicas, &it.autoscale),
            Self::DaemonSet(it) => *it.nodes,
        }
    }

    #[must_use]
    pub fn disruption(&self) -> Option<&At<DisruptionPlan>> {
        match self {
            Self::Deployment(it) => it.disruption.as_ref(),
            Self::StatefulSet(it) => it.disruption.as_ref(),
            Self::Job(_) | Self::CronJob(_) | Self::DaemonSet(_) => None,
        }
    }

    #[must_use]
    pub fn autoscale(&self) -> Option<&Autoscaler> {
        match self {
            Self::Deployment(it) => it.autoscale.as_ref(),
            Self::StatefulSet(it) => it.autoscale.as_ref(),
            Self::Job(_) | Self::CronJob(_) | Self::DaemonSet(_) => None,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct JobRun {
    pub retries: At<u32>,
    pub timeout: At<i64>,
    /// Seconds for which it is kept after its end; without them it stays.
    pub kept: Option<At<i64>>,
    /// The number of parts; more than one makes it indexed.
    pub parts: At<u32>,
    /// The parts make up one training, and each needs all others.
    pub distributed: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct CronRun {
    pub schedule: At<SmolStr>,
    pub time_zone: At<SmolStr>,
    /// It runs only when somebody starts it.
    pub on_demand: Option<At<()>>,
    pub job: JobRun,
}

#[derive(Clone, Debug, Serialize)]
pub struct DeploymentRun {
    pub replicas: At<u32>,
    pub autoscale: Option<Autoscaler>,
    pub rollout: RolloutPlan,
    pub disruption: Option<At<DisruptionPlan>>,
}

#[derive(Clone, Debug, Serialize)]
pub struct StatefulRun {
    pub replicas: At<u32>,
    pub autoscale: Option<Autoscaler>,
    pub disruption: Option<At<DisruptionPlan>>,
    /// All pods start at once, as the parts of a training must.
    pub parallel: bool,
    /// The volumes that each replica has for itself.
    pub claims: Vec<SmolStr>,
}

/// One pod on every node of its pools.
#[derive(Clone, Debug, Serialize)]
pub struct DaemonRun {
    /// How many nodes there are, as far as the spec says.
    pub nodes: At<u32>,
    pub unavailable: At<Budget>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RolloutPlan {
    Rolling { surge: At<Budget>, unavailable: At<Budget>, deadline: At<i64> },
    Recreate { deadline: At<i64>, why: At<()> },
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DisruptionPlan {
    MinAvailable(Budget),
    MaxUnavailable(Budget),
}

#[derive(Clone, Debug, Serialize)]
pub struct Autoscaler {
    pub min: At<u32>,
    pub max: At<u32>,
    pub metrics: Vec<ScaleMetric>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScaleMetric {
    Cpu(At<u32>),
    Memory(At<u32>),
    Pods { name: At<SmolStr>, average: At<u32> },
    External { name: At<SmolStr>, average: At<u32>, labels: Vec<(SmolStr, At<SmolStr>)> },
}
