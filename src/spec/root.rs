//! The whole file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::workload::{Service, Stage};
use super::{
    Access, Build, Cluster, Compliance, Config, Data, Defaults, Environment, FilePath, Gitops, House, Image, Named,
    Namespace, Objects, Patch, Project, Quota, SchemaVersion, Secret,
};
use crate::source::At;

/// An `mlops.toml`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Spec {
    /// The version of the language. Assumed: the current one.
    pub schema: Option<At<SchemaVersion>>,
    /// A file that this one builds on: what stands here adds to it or replaces it.
    pub extends: Option<At<FilePath>>,
    /// What this is and whose it is.
    pub project: Option<At<Project>>,
    /// How images are built.
    pub build: Option<At<Build>>,
    /// Images that several workloads share by name.
    #[serde(default)]
    pub images: Named<Image>,
    /// What holds for every pod that does not say otherwise.
    pub defaults: Option<At<Defaults>>,
    /// Settings that programs read.
    #[serde(default)]
    pub config: Named<Config>,
    /// Datasets.
    #[serde(default)]
    pub data: Named<Data>,
    /// References to secrets.
    #[serde(default)]
    pub secrets: Named<Secret>,
    /// Programs that run to completion.
    #[serde(default)]
    pub stages: Named<Stage>,
    /// Programs that run until they are stopped.
    #[serde(default)]
    pub services: Named<Service>,
    /// The variants of services, by the names of their workloads. Nobody writes them: they follow from the services.
    #[serde(skip)]
    pub variants: Named<Service>,
    /// Where the project's objects are, and its neighbours.
    #[serde(default)]
    pub namespaces: Named<Namespace>,
    /// What the namespace may use.
    pub quota: Option<At<Quota>>,
    /// Which people may do what.
    pub access: Option<At<Access>>,
    /// Exceptions from the hardened defaults.
    pub compliance: Option<At<Compliance>>,
    /// The cluster that the project runs on.
    pub cluster: Option<At<Cluster>>,
    /// Who applies what is compiled.
    pub gitops: Option<At<Gitops>>,
    /// Rules of a platform team for the files that extend this one.
    pub house: Option<At<House>>,
    /// Overlays, one output each. A file without environments has one, `default`.
    #[serde(default)]
    pub environments: Named<Environment>,
    /// Manifests of the user's own that join the tree.
    #[serde(default)]
    pub objects: Vec<At<Objects>>,
    /// The last resort: JSON patches on emitted objects.
    #[serde(default)]
    pub patches: Vec<At<Patch>>,
}
