//! The one type that stages, services and init steps share, so that a key means the same everywhere.

use std::borrow::Cow;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, format_smolstr};

use super::build::Base;
use super::reference::{Reference, references};
use super::{
    Amount, Autoscale, Checkpoint, CloudIdentity, ConfigUse, Count, Cron, Disruption, Distributed, Duration, EnvName,
    EnvValue, Expose, FilePath, Gpu, ImageUse, LabelKey, LabelValue, Language, Metrics, Mount, Name, OneLine, Param,
    Peer, Permission, Placement, Port, PortNumber, Probes, Proxy, PythonVersion, Quantity, Resources, Rollout, Route,
    SecretUse, ServiceSettings, Short, Split, SplitBy, StageRole, Stop, Table, Text, TimeZone, UnixPath, User, Variant,
    VariantOf, When,
};
use crate::source::{At, Origin};

/// What a workload becomes in Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
pub enum Kind {
    Job,
    CronJob,
    Deployment,
    StatefulSet,
    /// One pod on every node of its pool. Services only, and never assumed.
    DaemonSet,
}

/// The part that a workload plays; some keys mean something for some parts only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Runs to completion.
    Stage,
    /// Runs until it is stopped.
    Service,
    /// Runs to completion in the same pod before the main container starts.
    Init,
    /// Runs in the same pod beside the main container, from before its start until after its end.
    Sidecar,
}

/// The keys that only some parts may carry, with those parts. Every other key is for all of them.
pub const APPLIES: &[(&str, &[Role])] = &[
    ("name", &[Role::Init, Role::Sidecar]),
    ("role", &[Role::Stage]),
    ("after", &[Role::Stage, Role::Service]),
    ("when", &[Role::Stage]),
    ("schedule", &[Role::Stage]),
    ("timezone", &[Role::Stage]),
    ("parallelism", &[Role::Stage]),
    ("distributed", &[Role::Stage]),
    ("retries", &[Role::Stage]),
    ("timeout", &[Role::Stage]),
    ("keep-failed", &[Role::Stage]),
    ("params", &[Role::Stage]),
    ("results", &[Role::Stage]),
    ("checkpoint", &[Role::Stage]),
    ("port", &[Role::Service, Role::Sidecar]),
    ("ports", &[Role::Service, Role::Sidecar]),
    ("replicas", &[Role::Service]),
    ("autoscale", &[Role::Service]),
    ("probes", &[Role::Service, Role::Sidecar]),
    ("disruption", &[Role::Service]),
    ("clients", &[Role::Service]),
    ("namespace", &[Role::Service]),
    ("rollout", &[Role::Service]),
    ("split", &[Role::Service]),
    ("variants", &[Role::Service]),
    ("service", &[Role::Service]),
    ("route", &[Role::Service]),
    ("expose", &[Role::Service]),
    ("metrics", &[Role::Service]),
    ("stop", &[Role::Stage, Role::Service]),
    ("permissions", &[Role::Stage, Role::Service]),
    ("identity", &[Role::Stage, Role::Service]),
    ("sidecars", &[Role::Stage, Role::Service]),
    ("kind", &[Role::Stage, Role::Service]),
    ("init", &[Role::Stage, Role::Service]),
    ("egress", &[Role::Stage, Role::Service]),
    ("placement", &[Role::Stage, Role::Service]),
    ("pull-secret", &[Role::Stage, Role::Service]),
    ("gpu", &[Role::Stage, Role::Service]),
    ("shm", &[Role::Stage, Role::Service]),
    ("labels", &[Role::Stage, Role::Service]),
    ("annotations", &[Role::Stage, Role::Service]),
];

/// A program that runs in a pod.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Workload {
    /// `false` switches it off, and everything that follows from it.
    pub enabled: Option<At<bool>>,
    /// The name of an init step or a side-car.
    pub name: Option<At<Name>>,
    /// What it becomes in Kubernetes. Assumed for stages: `CronJob` with a `schedule` or `when = "manual"`, else
    /// `Job`. Assumed for services: `StatefulSet` where they write a dataset that one pod at a time may mount, else
    /// `Deployment`.
    pub kind: Option<At<Kind>>,

    // The program.
    /// An image that is not built from `entry`: a ready-made one by its reference, or `{ use = "…" }` of `[images]`.
    pub image: Option<At<Short<ImageUse>>>,
    /// The file of the project that is run: a program of Python, R or Node, the build file of a Java program
    /// (`pom.xml`, `build.gradle`), or the first page of a static site (`.html`).
    pub entry: Option<At<FilePath>>,
    /// The language of `entry`. Assumed from its ending.
    pub language: Option<At<Language>>,
    /// What the image is built on: a named base (`python`, `pytorch`, `tensorflow`, `jax`, `onnxruntime`, `r`) or an
    /// image reference. Assumed: the official image of the language.
    pub base: Option<At<Base>>,
    /// The lock file, where it is not the one of `[build]`.
    pub lock: Option<At<FilePath>>,
    /// The version of Python, where it is not the one of `[build]`.
    pub python: Option<At<PythonVersion>>,
    /// Packages of the base image's distribution, beside those of `[build]`.
    #[serde(default)]
    pub system_packages: Vec<At<super::PackageName>>,
    /// The command, in place of the image's.
    #[serde(default)]
    pub command: Vec<At<Text>>,
    /// The arguments of the command.
    #[serde(default)]
    pub args: Vec<At<Text>>,

    // What reaches the program.
    /// Environment variables: texts, or where their values come from.
    #[serde(default)]
    pub env: Table<EnvName, Short<EnvValue>>,
    /// Tables of `[config]` that it reads.
    #[serde(default)]
    pub config: Vec<At<Short<ConfigUse>>>,
    /// Secrets that it reads, as files or as environment variables.
    #[serde(default)]
    pub secrets: Vec<At<Short<SecretUse>>>,
    /// Datasets that it reads. A stage runs after the stages that write them.
    #[serde(default)]
    pub inputs: Vec<At<Short<Mount>>>,
    /// Datasets that it writes. One that `[data]` does not have comes to be by being written.
    #[serde(default)]
    pub outputs: Vec<At<Short<Mount>>>,
    /// Folders that stay writable; everything else but datasets and `/tmp` is read-only.
    #[serde(default)]
    pub writable: Vec<At<UnixPath>>,

    // What it asks for.
    /// Cpu, memory and scratch space.
    pub resources: Option<At<Resources>>,
    /// GPUs: a number, or a table.
    pub gpu: Option<At<Short<Gpu>>>,
    /// The size of `/dev/shm`, which counts as memory. Assumed for GPU stages: half of their memory.
    pub shm: Option<At<Quantity>>,
    /// The user and groups that it runs as.
    pub user: Option<At<User>>,
    /// On which nodes it runs.
    pub placement: Option<At<Placement>>,
    /// The secret (of type `registry`) with which its images are pulled.
    pub pull_secret: Option<At<Name>>,
    /// How it is stopped.
    pub stop: Option<At<Stop>>,
    /// Steps that run before it in the same pod, one after the other.
    #[serde(default)]
    pub init: Vec<At<Init>>,
    /// Programs that run beside it in the same pod, started after the `init` steps and stopped last.
    #[serde(default)]
    pub sidecars: Vec<At<Sidecar>>,
    /// What it may ask the API server for. Assumed: nothing, and it gets no token.
    #[serde(default)]
    pub permissions: Vec<At<Permission>>,
    /// Who it is to a cloud.
    pub identity: Option<At<CloudIdentity>>,
    /// Labels on its objects and pods.
    #[serde(default)]
    pub labels: Table<LabelKey, LabelValue>,
    /// Annotations on its objects and pods.
    #[serde(default)]
    pub annotations: Table<LabelKey, OneLine>,

    // The network.
    /// Whom it may reach, beside DNS and the services that its `env` names. Datasets need none: the node mounts them.
    pub egress: Option<At<Vec<At<Peer>>>>,
    /// The table of `[namespaces]` that it is in. Assumed: `default`.
    pub namespace: Option<At<Name>>,
    /// The proxy that it goes through; `false` for none. Assumed: the one of `[defaults]`.
    pub proxy: Option<At<Short<Proxy>>>,
    /// The port that it listens on.
    pub port: Option<At<PortNumber>>,
    /// The ports that it listens on, where there are several.
    #[serde(default)]
    pub ports: Vec<At<Short<Port>>>,
    /// Who may reach its ports, beside those whose `egress` or `env` names it. Assumed where nobody does: every pod of
    /// the namespace. An empty list means nobody else.
    pub clients: Option<At<Vec<At<Peer>>>>,

    // Services.
    /// How many there are. Assumed: 1.
    pub replicas: Option<At<Amount>>,
    /// Lets load decide how many there are.
    pub autoscale: Option<At<Autoscale>>,
    /// How the kubelet asks after its health.
    pub probes: Option<At<Probes>>,
    /// How many may be away when nodes are drained.
    pub disruption: Option<At<Disruption>>,
    /// The Service by which others call it.
    pub service: Option<At<ServiceSettings>>,
    /// How it is reached by a host name.
    pub route: Option<At<Route>>,
    /// Opens ports to addresses outside the cluster.
    pub expose: Option<At<Expose>>,
    /// Where metrics are read: a PodMonitor of the Prometheus operator. Name the namespace of Prometheus in `clients`.
    pub metrics: Option<At<Metrics>>,
    /// How a change reaches the pods.
    pub rollout: Option<At<Short<Rollout>>>,
    /// How requests are shared out between it and its variants.
    pub split: Option<At<Split>>,
    /// Other forms of it that run beside it, each as `<service>-<variant>`, for comparisons (A/B) and careful changes.
    #[serde(default)]
    pub variants: Table<Name, Variant>,
    /// Whose variant it is.
    #[serde(skip)]
    pub variant: Option<VariantOf>,

    // Stages.
    /// What it does, where that changes what it may do.
    pub role: Option<At<StageRole>>,
    /// Of a stage: stages that must have ended before it, beside those that write its inputs. Of a service: services
    /// that must answer before it starts.
    #[serde(default)]
    pub after: Vec<At<Name>>,
    /// When it runs: `pipeline`, `manual`, `install` or `upgrade`. Assumed: `pipeline`.
    pub when: Option<At<When>>,
    /// Runs it again and again, by itself.
    pub schedule: Option<At<Cron>>,
    /// The time zone of `schedule`. Assumed: `Etc/UTC`.
    pub timezone: Option<At<TimeZone>>,
    /// In how many parts it runs at once: an Indexed Job. Each part finds its number in `JOB_COMPLETION_INDEX` and
    /// their number in `JOB_COMPLETIONS`.
    pub parallelism: Option<At<Count>>,
    /// Runs one training on several nodes.
    pub distributed: Option<At<Short<Distributed>>>,
    /// How often it is tried again after a failure. Assumed: 2.
    pub retries: Option<At<Amount>>,
    /// How long it may run. Assumed: 24h.
    pub timeout: Option<At<Duration>>,
    /// How long a failed run is kept for its logs, at least. Of a stage with a schedule, or one that people start, these
    /// are the last three failed runs. Assumed: a day.
    pub keep_failed: Option<At<Duration>>,
    /// Values that whoever starts it gives it.
    #[serde(default)]
    pub params: Table<Name, Param>,
    /// Small values for later stages. The program writes each as a line `<name>=<value>` to the file in `RESULTS_FILE`,
    /// at most 4096 bytes together; in `command`, `args` and texts of `env` of other stages
    /// `${stages.<stage>.results.<name>}` stands for it, and those stages run after this one. With `distributed` they
    /// are those of the first pod.
    #[serde(default)]
    pub results: Vec<At<Name>>,
    /// Where it keeps its state to go on after a restart.
    pub checkpoint: Option<At<Checkpoint>>,
}

/// A workload in one of its parts: the same decoding, and of the schema the view of that part.
macro_rules! part {
    ($(#[$doc:meta])* $name:ident, $role:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Workload);

        impl Deref for $name {
            type Target = Workload;

            fn deref(&self) -> &Workload {
                &self.0
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                view(generator, $role)
            }
        }
    };
}

part! {
    /// `[stages.*]`: runs to completion.
    Stage, Role::Stage
}
part! {
    /// `[services.*]`: runs until it is stopped.
    Service, Role::Service
}
part! {
    /// `[[….init]]`: runs before the main container of the same pod.
    Init, Role::Init
}

part! {
    /// `[[….sidecars]]`: runs beside the main container of the same pod.
    Sidecar, Role::Sidecar
}

/// The schema of a workload without the keys that the part may not carry.
fn view(generator: &mut SchemaGenerator, role: Role) -> Schema {
    let mut schema = Workload::json_schema(generator);
    if let Some(properties) = schema.get_mut("properties").and_then(|it| it.as_object_mut()) {
        properties.retain(|key, _| applies(key, role));
    }
    let about = match role {
        Role::Stage => "A program that runs to completion.",
        Role::Service => "A program that runs until it is stopped.",
        Role::Sidecar => "A program that runs beside the main container of its pod.",
        Role::Init => "A step that runs before the main container of its pod.",
    };
    schema.insert("description".into(), about.into());
    schema
}

impl Workload {
    /// The programs of its pod beside the main one, with the key that they stand under and their place there.
    pub fn others(&self) -> impl Iterator<Item = (Role, &'static str, usize, &Self, Origin)> {
        let steps = self.init.iter().enumerate().map(|(at, it)| (Role::Init, "init", at, &***it, it.origin));
        let beside = self.sidecars.iter().enumerate();
        steps.chain(beside.map(|(at, it)| (Role::Sidecar, "sidecars", at, &***it, it.origin)))
    }

    /// The texts in which references may stand: the command, the arguments, and the texts of the environment.
    pub fn phrases(&self) -> impl Iterator<Item = &At<Text>> {
        let texts = self.env.values().filter_map(|it| it.value.value.as_ref());
        self.command.iter().chain(&self.args).chain(texts)
    }

    /// The stages whose results the programs of its pod name, each with the place that does.
    pub fn results_of(&self) -> impl Iterator<Item = (&str, Origin)> {
        let stages = |text| {
            references(text).filter_map(Reference::parse).filter_map(|it| match it {
                Reference::Result { stage, .. } => Some(stage),
                Reference::Param(_) => None,
            })
        };
        let texts = self.programs().flat_map(Self::phrases);
        texts.flat_map(move |it| stages(it.as_str()).map(|stage| (stage, it.origin)))
    }

    /// Who sends requests to its variants.
    #[must_use]
    pub fn splits_by(&self) -> SplitBy {
        let has_gateway = self.route.as_ref().is_some_and(|it| it.class.is_none());
        let assumed = if has_gateway { SplitBy::Gateway } else { SplitBy::Replicas };
        self.split.as_ref().and_then(|it| it.by).map_or(assumed, |it| it.value)
    }

    /// Its path in the spec: `stages.train`, `services.viewer.variants.b`.
    #[must_use]
    pub fn path(&self, table: &str, name: &str) -> SmolStr {
        self.variant.as_ref().map_or_else(
            || format_smolstr!("{table}.{name}"),
            |it| format_smolstr!("{table}.{}.variants.{}", it.service, it.name),
        )
    }

    /// All programs of its pod, the main one first.
    pub fn programs(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.others().map(|(_, _, _, it, _)| it))
    }
}

/// Whether a workload that plays `role` may carry `key`.
#[must_use]
pub fn applies(key: &str, role: Role) -> bool {
    APPLIES.iter().find(|(it, _)| *it == key).is_none_or(|(_, roles)| roles.contains(&role))
}
