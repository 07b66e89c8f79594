//! The plan as data: every name, label, port, image, volume and edge decided, and no choice left to a target.
//!
//! Values carry their origins. Serialized without them, the plan is a golden file that tells a change of decision from
//! a change of spelling.

use std::collections::BTreeSet;

use serde::Serialize;
use smol_str::SmolStr;

use super::Phrase;
use crate::catalogue::{Framework, Libc};
use crate::source::{At, Node, Origin, RelPath};
use crate::spec::{
    AccessMode, Budget, Class, Dialect, EnvName, ExposeType, KubernetesVersion, Language, Operation, ParamType,
    Protocol, SecretFrom, SecretType, Spread,
};

/// Things by name, in the order of their names where they stand in a table of the spec.
pub type Index<T> = indexmap::IndexMap<SmolStr, T>;

/// What one environment becomes.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    pub identity: Identity,
    pub images: Index<Image>,
    pub volumes: Index<Volume>,
    pub configs: Index<ConfigTable>,
    pub secrets: Index<SecretRef>,
    pub workloads: Index<Workload>,
    pub roles: Vec<HumanRole>,
    pub priorities: Vec<PriorityClass>,
    /// The managed namespaces, the home first.
    pub namespaces: Vec<NamespacePlan>,
    /// What builds are told of a proxy; it stays out of the images.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub build_proxy: Vec<(SmolStr, At<SmolStr>)>,
    /// By service, the ports of the machine of Compose that the environment gives it.
    #[serde(skip_serializing_if = "Index::is_empty")]
    pub host_ports: Index<Vec<HostPortPlan>>,
    /// Manifests of the user's own.
    #[serde(skip)]
    pub manifests: Vec<Manifest>,
    #[serde(skip)]
    pub patches: Vec<ObjectPatch>,
}

/// Whose plan it is.
#[derive(Clone, Debug, Serialize)]
pub struct Identity {
    pub project: At<SmolStr>,
    pub environment: SmolStr,
    /// `<project>-<environment>`: one installation of the project.
    pub instance: At<SmolStr>,
    pub namespace: At<SmolStr>,
    pub version: Option<At<SmolStr>>,
    pub owner: Option<At<SmolStr>>,
    /// Labels of the user's on every object.
    pub labels: Vec<(SmolStr, At<SmolStr>)>,
    pub kubernetes: At<KubernetesVersion>,
    pub has_kubernetes: bool,
    pub has_compose: bool,
}

/// A namespace of the project's.
#[derive(Clone, Debug, Serialize)]
pub struct NamespacePlan {
    /// The table of `[namespaces]`; `default` is the home.
    pub key: SmolStr,
    /// Its name in the cluster.
    pub name: At<SmolStr>,
    /// The Pod Security level that it enforces.
    pub pod_security: At<&'static str>,
    /// Why that is a lower one than `restricted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<At<SmolStr>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<(SmolStr, At<SmolStr>)>,
    pub quota: Option<Quota>,
}

/// An image that the project builds.
#[derive(Clone, Debug, Serialize)]
pub struct Image {
    /// Its name in the project.
    pub name: At<SmolStr>,
    /// `<project>-<image>`.
    pub title: SmolStr,
    /// Who answers for the project.
    pub owner: Option<At<SmolStr>>,
    /// Registry, project and name, without tag.
    pub repository: At<SmolStr>,
    pub tag: At<SmolStr>,
    #[serde(flatten)]
    pub making: Making,
    /// The files that are run, in order; the first one is what the image runs by itself if it is the only one.
    pub entries: Vec<SmolStr>,
    /// Where its health can be asked, if exactly one service runs it.
    pub health: Option<HealthCheck>,
    /// The ports of the services that run it.
    pub ports: Vec<(u16, Protocol)>,
    /// Folders that its programs write datasets to. They are in the image, owned by its user, because an engine gives a
    /// new volume the owner of the folder that it is mounted on.
    pub folders: Vec<SmolStr>,
    pub uid: At<u32>,
    pub gid: At<u32>,
    /// Whether a workload that runs it has GPUs.
    pub gpu: bool,
    #[serde(skip)]
    pub origin: Origin,
}

impl Image {
    /// What the compiler's own Dockerfile is made from, where the image has one.
    #[must_use]
    pub fn recipe(&self) -> Option<&Recipe> {
        match &self.making {
            Making::Recipe(recipe) => Some(recipe),
            Making::Dockerfile(_) => None,
        }
    }

    /// Secrets that the build mounts: id and the environment variable of the builder.
    #[must_use]
    pub fn build_secrets(&self) -> &[(At<SmolStr>, SmolStr)] {
        match &self.making {
            Making::Recipe(recipe) => &recipe.build_secrets,
            Making::Dockerfile(own) => &own.build_secrets,
        }
    }
}

/// How an image is made.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Making {
    /// By a Dockerfile that the compiler writes.
    Recipe(Box<Recipe>),
    /// By a Dockerfile of the project.
    Dockerfile(Box<OwnDockerfile>),
}

/// A Dockerfile of the project, which is used as it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OwnDockerfile {
    pub path: At<RelPath>,
    /// The folder that it copies from.
    pub context: At<RelPath>,
    /// The file that says what stays out of the build; `None` where there is none.
    pub ignore: Option<RelPath>,
    /// The stage that is built; the last one where none is named.
    pub target: Option<At<SmolStr>>,
    pub args: Vec<(SmolStr, At<SmolStr>)>,
    /// Images that it names and that are fetched from elsewhere than it says, or by their digest: as it names them, and
    /// what is taken.
    pub replaced: Vec<(SmolStr, SmolStr)>,
    /// Every image that the build fetches.
    pub bases: Vec<SmolStr>,
    /// What these are, wherever they come from, in the same order.
    #[serde(skip)]
    pub names: Vec<SmolStr>,
    /// Secrets that the build may mount: id and the environment variable of the builder.
    pub build_secrets: Vec<(At<SmolStr>, SmolStr)>,
    /// What it says; `None` where it cannot be read, which is reported elsewhere.
    #[serde(skip)]
    pub said: Option<crate::plan::Dockerfile>,
}

/// What decides the content of an image, apart from the project's own files.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recipe {
    pub language: Language,
    pub base: At<BaseImage>,
    /// The base is none of ours: what it brings along is used.
    pub has_own_base: bool,
    /// The image that packages are installed on, where the base has no shell to do so.
    pub builder: Option<BaseImage>,
    /// The image of uv, where the lock file is one of its own.
    pub uv: Option<ImageRef>,
    pub python: Option<At<SmolStr>>,
    pub framework: Option<Framework>,
    pub lock: Option<At<Lock>>,
    pub system_packages: Vec<At<SmolStr>>,
    /// Folders of the project that are installed as packages, with the packages' names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workspace: Vec<(SmolStr, SmolStr)>,
    /// Files with the weights of a model, which are copied into `/app` although others like them are not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<SmolStr>,
    /// What the build runs beside the installer, each a line for `sh`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<At<SmolStr>>,
    /// Folders that are copied into `/app`, and files as `COPY` names them with an asterisk.
    pub sources: Vec<SmolStr>,
    /// Single files beside `mlops.toml` that are copied into `/app`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<SmolStr>,
    pub dialect: Dialect,
    pub frontend: Option<ImageRef>,
    /// Secrets that the build mounts: id and the environment variable of the builder.
    pub build_secrets: Vec<(At<SmolStr>, SmolStr)>,
    pub pypi: Option<At<SmolStr>>,
    pub cran: Option<At<SmolStr>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub npm: Option<At<SmolStr>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maven: Option<At<SmolStr>>,
}

/// The image that another one is built on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BaseImage {
    /// The full reference, with its digest where the lock file has one.
    pub reference: SmolStr,
    /// Without the mirror and the digest: what it is, wherever it comes from.
    pub name: SmolStr,
    pub libc: Option<Libc>,
}

/// A lock file and what it says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lock {
    pub path: RelPath,
    pub form: LockForm,
    #[serde(skip)]
    pub packages: Vec<Package>,
    /// Packages that are folders of the project.
    #[serde(skip)]
    pub members: Vec<Member>,
    /// The same as requirements with hashes, for pip, where the tool of the lock file is not fetched into a build.
    #[serde(skip)]
    pub requirements: Option<SmolStr>,
    /// Whether every package has a hash.
    pub hashed: bool,
    /// The greatest glibc (minor of 2.x) that a package needs because it has no older wheel, with that package.
    pub glibc: Option<(u32, SmolStr)>,
    /// The option by which a requirements file refers to another file or to a folder, which no image would have.
    #[serde(skip)]
    pub refers: Option<SmolStr>,
    /// The repository that an `renv.lock` names.
    pub repository: Option<SmolStr>,
    /// The version of the language that the lock file was made for.
    pub language_version: Option<SmolStr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LockForm {
    Requirements,
    Uv,
    Poetry,
    Pipenv,
    Renv,
    Npm,
    Gradle,
    Maven,
}

/// A package that a lock file pins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// In the normal form of its language (of Python: PEP 503).
    pub name: SmolStr,
    /// Empty where the lock file says none.
    pub version: SmolStr,
    /// `sha256:` and 64 digits for each file that it may be installed from.
    pub hashes: Vec<SmolStr>,
    /// Only who works on the project gets it, and no image.
    pub for_developers: bool,
}

/// A package that is a folder of the project.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub name: SmolStr,
    /// From the lock file's folder.
    pub folder: SmolStr,
    /// The names of the packages that it needs.
    pub needs: Vec<SmolStr>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HealthCheck {
    pub port: u16,
    /// A path to request; without one, a connection is enough.
    pub path: Option<SmolStr>,
}

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

/// How requests for a host name reach a service.
#[derive(Clone, Debug, Serialize)]
pub struct RoutePlan {
    pub host: At<SmolStr>,
    /// The name of the Secret with the certificate.
    pub tls: Option<At<SmolStr>>,
    pub by: RouteBy,
    /// Paths, each with what takes its place.
    pub paths: Vec<(At<SmolStr>, Option<At<SmolStr>>)>,
    /// Name and number on the Service.
    pub port: (At<SmolStr>, At<u16>),
    /// The variants that the gateway sends requests to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<RouteVariant>,
    pub annotations: Vec<(SmolStr, At<SmolStr>)>,
    #[serde(skip)]
    pub origin: Origin,
}

/// A variant that a gateway sends requests to.
#[derive(Clone, Debug, Serialize)]
pub struct RouteVariant {
    /// The name of its Service.
    pub service: At<SmolStr>,
    /// Its share in hundredths.
    pub weight: Option<At<u32>>,
    /// Headers by which its requests are known.
    pub headers: Vec<(SmolStr, At<SmolStr>)>,
    #[serde(skip)]
    pub origin: Origin,
}

/// Who takes requests in.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RouteBy {
    /// A Gateway: its name and namespace.
    Gateway { name: At<SmolStr>, namespace: At<SmolStr> },
    /// The controller of an IngressClass.
    Ingress { class: At<SmolStr> },
}

/// Ports that are open to addresses outside the cluster.
#[derive(Clone, Debug, Serialize)]
pub struct ExposePlan {
    pub kind: At<ExposeType>,
    pub ip: Option<At<SmolStr>>,
    pub node_port: Option<At<i32>>,
    pub ports: Vec<Port>,
    /// The ranges of addresses that may connect.
    pub sources: Vec<At<SmolStr>>,
    #[serde(skip)]
    pub origin: Origin,
}

/// Where metrics are read.
#[derive(Clone, Debug, Serialize)]
pub struct MetricsPlan {
    /// The port's name.
    pub port: At<SmolStr>,
    pub path: At<SmolStr>,
    /// Seconds.
    pub every: At<i64>,
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

#[derive(Clone, Debug, Serialize)]
pub struct Port {
    pub name: At<SmolStr>,
    pub number: At<u16>,
    pub service_port: At<u16>,
    pub protocol: Protocol,
}

/// One direction of a connection that is allowed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flow {
    pub peer: FlowPeer,
    pub ports: Vec<FlowPort>,
    #[serde(skip)]
    pub origin: Origin,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlowPeer {
    /// Pods of a workload of this project.
    Workload(SmolStr),
    /// All pods of the project's namespace.
    Everyone,
    /// All pods of another namespace.
    Namespace(SmolStr),
    Cidr(SmolStr),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FlowPort {
    pub number: u16,
    /// The last port of a range.
    pub end: Option<u16>,
    pub protocol: Protocol,
}

/// A role for people.
#[derive(Clone, Debug, Serialize)]
pub struct HumanRole {
    pub name: At<SmolStr>,
    pub group: At<SmolStr>,
    pub purpose: Option<At<SmolStr>>,
    /// Claims that may be seen.
    pub claims: Vec<At<SmolStr>>,
    pub break_glass: bool,
    #[serde(skip)]
    pub origin: Origin,
}

#[derive(Clone, Debug, Serialize)]
pub struct PriorityClass {
    pub name: At<SmolStr>,
    pub value: At<i64>,
    pub preempt: At<bool>,
    pub description: Option<At<SmolStr>>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Quota {
    pub gpu: Option<At<u32>>,
    pub cpu: Option<At<SmolStr>>,
    pub memory: Option<At<SmolStr>>,
    pub storage: Option<At<SmolStr>>,
    #[serde(skip)]
    pub origin: Origin,
}

/// A patch of the user's on an emitted object.
#[derive(Clone, Debug)]
pub struct ObjectPatch {
    pub kind: At<SmolStr>,
    pub name: At<SmolStr>,
    pub steps: Vec<PatchAction>,
    pub origin: Origin,
}

/// A port of the machine that Compose runs on.
#[derive(Clone, Debug, Serialize)]
pub struct HostPortPlan {
    pub address: core::net::IpAddr,
    pub number: At<u16>,
    /// The port of the container behind it, and how it is spoken.
    pub target: (u16, Protocol),
}

/// A file of manifests that joins the tree.
#[derive(Clone, Debug)]
pub struct Manifest {
    pub file: At<SmolStr>,
    pub text: std::sync::Arc<str>,
}

#[derive(Clone, Debug)]
pub struct PatchAction {
    pub op: Operation,
    pub path: At<SmolStr>,
    pub value: Option<Node>,
}

impl SecretEntry {
    /// The environment variable of the key's own name, where it can be one. The key of a secret that has one was named by
    /// nobody.
    #[must_use]
    pub fn variable(&self) -> Option<&SmolStr> {
        let is_named = self.key.origin.rule != Some(super::SECRET_FILE);
        Some(&self.key.value).filter(|it| is_named && EnvName::check(it).is_ok())
    }
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
}

impl Workload {
    /// Whether it is a variant of another one.
    #[must_use]
    pub fn is_variant(&self) -> bool {
        self.variant.as_ref().is_some_and(|it| it.name.is_some())
    }
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

impl Container {
    /// The capabilities that it does without. A program that starts as root needs some to become somebody else, which the
    /// level `baseline` allows; none needs raw packets.
    #[must_use]
    pub fn dropped_capabilities(&self, of: Origin) -> At<&'static str> {
        self.as_root.map_or(At::new("ALL", of), |it| At::new("NET_RAW", it.origin))
    }
}

impl Pod {
    /// All containers: the steps, the main one, and those beside it.
    pub fn containers(&self) -> impl Iterator<Item = &Container> {
        self.init.iter().chain([&self.main]).chain(&self.sidecars)
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

impl Run {
    /// The greatest number of pods at once.
    #[must_use]
    pub fn most_pods(&self) -> u32 {
        let scaled = |replicas: u32, autoscale: &Option<Autoscaler>| autoscale.as_ref().map_or(replicas, |it| *it.max);
        match self {
            Self::Job(job) | Self::CronJob(CronRun { job, .. }) => *job.parts,
            Self::Deployment(it) => scaled(*it.replicas, &it.autoscale),
            Self::StatefulSet(it) => scaled(*it.replicas, &it.autoscale),
            Self::DaemonSet(it) => *it.nodes,
        }
    }

    /// The least number of pods while it runs.
    #[must_use]
    pub fn least_pods(&self) -> u32 {
        let scaled = |replicas: u32, autoscale: &Option<Autoscaler>| autoscale.as_ref().map_or(replicas, |it| *it.min);
        match self {
            Self::Job(job) | Self::CronJob(CronRun { job, .. }) => *job.parts,
            Self::Deployment(it) => scaled(*it.replicas, &it.autoscale),
            Self::StatefulSet(it) => scaled(*it.replicas, &it.autoscale),
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
