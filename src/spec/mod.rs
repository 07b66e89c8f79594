//! The language: one file for each table of `mlops.toml`.
//!
//! The types derive both the decoding and the JSON Schema, and their doc comments are the reference manual. Every
//! field may be left out: what is needed, and what is assumed where it is missing, is decided after all layers are
//! merged. This room knows no files, no environments' effects and no targets.

mod access;
mod build;
mod cluster;
mod compliance;
mod config;
mod container;
mod data;
mod defaults;
mod environment;
mod gitops;
mod habits;
mod house;
mod named;
mod namespace;
mod network;
mod object;
mod patch;
mod placement;
mod probe;
mod project;
mod proxy;
mod quota;
mod ranged;
mod reference;
mod root;
mod scale;
mod schema;
mod secret;
mod service;
mod short;
mod stage;
mod text;
mod unbuilt;
mod variant;
mod workload;

pub use access::{Access, AccessRole, BreakGlass};
pub use build::{Base, Build, Dialect, Image, Language, Mirrors};
pub use cluster::{Cluster, KubernetesVersion, MigPartition, Pool, PoolGpu, PoolNodes, Priority};
pub use compliance::{Compliance, Exception};
pub use config::{Config, ConfigUse, Scalar};
pub use container::{EnvValue, Gpu, ImageUse, Limits, Resources, User};
pub use data::{
    AccessMode, Bucket, BucketMount, Class, Data, Lifetime, Medium, Mount, Nfs, Retention, Source as DataSource,
};
pub use defaults::Defaults;
pub use environment::{ComposeHost, Environment, HostPorts, OVERLAY_KEYS, Target};
pub use gitops::{Gitops, GitopsEngine};
pub use habits::HABITS;
pub use house::House;
pub use named::{Named, Table};
pub use namespace::{Namespace, NamespaceMode, PodSecurity};
pub use network::{Peer, Port, PortRef, Protocol};
pub use object::Objects;
pub use patch::{ObjectRef, Operation, Patch, PatchStep};
pub use placement::{Placement, Spread};
pub use probe::{Probe, Probes};
pub use project::{Project, SchemaVersion};
pub use proxy::Proxy;
pub use quota::Quota;
pub use ranged::{Amount, Count, Percent, PortNumber, PriorityValue, Ranged, UserId};
pub use reference::{Reference, TextPiece, references, text_pieces};
pub use root::Spec;
pub use scale::{Autoscale, Budget, Disruption, Metric, Rollout, RolloutForm};
pub use schema::{has_key, json_schema, schema_text};
pub use secret::{Secret, SecretForm, SecretFrom, SecretKeys, SecretLength, SecretType, SecretUse};
pub use service::{
    Affinity, Expose, ExposeType, GatewayRef, Identity as CloudIdentity, Metrics, NodePort, Permission, Route,
    RoutePath, ServiceSettings, Stop,
};
pub use short::{Short, ShortForm, ShortValue};
pub use stage::{Checkpoint, Distributed, DistributedBackend, Param, ParamType, StageRole, When};
pub use text::FORMATS;
pub use text::{
    Address, ApiGroup, ApiWord, BucketUrl, Cidr, Cpu, Cron, Date, DnsName, Duration, EnvName, FilePath, FilePattern,
    GroupName, HeaderName, HostPort, HttpPath, ImageReference, KeyPath, KindName, LabelKey, LabelPair, LabelValue,
    MetricName, MigProfile, Name, NoProxy, ObjectName, OneLine, PackageName, PodField, Pointer, PythonVersion,
    Quantity, RegistryPath, RemoteKey, ResourceField, SecretKey, SubPath, Tag, Taint, Text, TimeZone, UnixPath, Url,
    is_digest, is_platform, near_miss, nearest,
};
pub use unbuilt::{UNBUILT, Unbuilt};
pub use variant::{Match, Split, SplitBy, Variant, VariantOf};
pub use workload::{APPLIES, Init, Kind, Role, Service, Sidecar, Stage, Workload, applies};
