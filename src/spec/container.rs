//! What one container is: its image, its environment, what it asks for.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use smol_str::ToSmolStr;

use super::short::{short_number, short_text};
use super::{
    Amount, Cpu, ImageReference, MigProfile, Name, PodField, Quantity, ResourceField, SecretKey, ShortForm, ShortValue,
    Tag, Text, UserId,
};
use crate::source::At;

/// Which image a workload runs, where it is not built from `entry`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ImageUse {
    /// A ready-made image.
    #[serde(rename = "ref")]
    pub reference: Option<At<ImageReference>>,
    /// The name of an image in `[images]`.
    #[serde(rename = "use")]
    pub shared: Option<At<Name>>,
    /// With `use`: another tag of that image than the one that is built here, such as a candidate for a release. It is
    /// not built by this compile, but pulled: compile the version that it names with `--set project.version=…`, build
    /// and push that, and let `mlops.lock` hold its digest.
    pub tag: Option<At<Tag>>,
}

short_text!(ImageUse.reference = "ref": ImageReference, "an image reference, or a table with `use`");

/// The value of an environment variable: a text, or where to take it from.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EnvValue {
    /// The text itself; numbers and booleans become text.
    pub value: Option<At<Text>>,
    /// A secret of `[secrets]`. A file is safer: other processes and crash reports can read an environment.
    pub secret: Option<At<Name>>,
    /// A table of `[config]`.
    pub config: Option<At<Name>>,
    /// The key in the secret or the table.
    pub key: Option<At<SecretKey>>,
    /// With `secret`: the path of the key's file instead of its value, for programs that read `…_FILE` variables.
    pub file: Option<At<bool>>,
    /// A service of this project: its host name.
    pub service: Option<At<Name>>,
    /// A dataset that the workload mounts: its path.
    pub data: Option<At<Name>>,
    /// A field of the pod, as the downward API names it: `metadata.name`, `spec.nodeName`, `status.podIP` …
    pub field: Option<At<PodField>>,
    /// An amount that the container asks for: `limits.cpu`, `requests.memory` …
    pub resource: Option<At<ResourceField>>,
}

impl ShortForm for EnvValue {
    const FIELD: &'static str = "value";
    const EXPECTED: &'static str = "a text, a number, a boolean, or a table that says where the value comes from";

    fn from_short(it: At<ShortValue<'_>>) -> Result<Self, Option<String>> {
        let text = match it.value {
            ShortValue::Str(text) => text.to_smolstr(),
            ShortValue::Int(number) => number.to_smolstr(),
            ShortValue::Float(number) => number.to_smolstr(),
            ShortValue::Bool(flag) => flag.to_smolstr(),
        };
        let value = Text::parse(&text).map_err(Some)?;
        Ok(Self { value: Some(At::new(value, it.origin)), ..Self::default() })
    }

    fn short_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"], "format": Text::FORMAT})
    }
}

/// What a container asks for. Request and limit are the same unless `limits` says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Resources {
    /// Cpu cores. Assumed: 1 for stages, 500m for services.
    pub cpu: Option<At<Cpu>>,
    /// Memory. Assumed: 2Gi for stages, 1Gi for services, and 8Gi for each whole GPU.
    pub memory: Option<At<Quantity>>,
    /// Scratch space on the node's disk: `/tmp`, `writable` folders and logs. Assumed: 2Gi.
    pub scratch: Option<At<Quantity>>,
    /// Where the container may take more than it asks for.
    pub limits: Option<At<Limits>>,
}

/// The most that a container may take.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Limits {
    /// Cpu cores: beyond this the container is slowed down.
    pub cpu: Option<At<Cpu>>,
    /// Memory: beyond this the container is killed.
    pub memory: Option<At<Quantity>>,
}

/// GPUs for the main container; helpers and init steps never get one.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Gpu {
    /// How many, for each pod. Assumed: 1.
    pub count: Option<At<Amount>>,
    /// A slice of a GPU instead of a whole one: a MIG profile such as `1g.10gb`, which a pool must offer.
    pub mig: Option<At<MigProfile>>,
    /// The least memory of each GPU.
    pub min_memory: Option<At<Quantity>>,
}

short_number!(Gpu.count = "count": Amount, "a number of GPUs, or a table with `count`, `mig` or `min-memory`");

/// The user and groups that a container runs as.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct User {
    /// The numeric user. Assumed: 10001.
    pub uid: Option<At<UserId>>,
    /// The numeric group. Assumed: the same as `uid`.
    pub gid: Option<At<UserId>>,
    /// The group that owns the volumes. Assumed: the same as `gid`.
    pub fs_group: Option<At<UserId>>,
}
