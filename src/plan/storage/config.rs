//! Tables of settings as ConfigMaps.

use sha2::{Digest, Sha256};
use smol_str::{SmolStr, format_smolstr};

use crate::plan::context::Context;
use crate::plan::{CONFIG_ENV, CONFIG_HASH, ConfigTable, Index, env_word};
use crate::source::At;
use crate::spec::Config;

pub(in crate::plan) fn configs(context: &Context<'_>) -> Index<ConfigTable> {
    let tables = context.spec.config.by_key();
    tables.map(|(name, table)| (name.as_str().into(), config(name.as_str(), table))).collect()
}

fn config(name: &str, table: &At<Config>) -> ConfigTable {
    let prefix = format!("CONFIG_{}", env_word(name));
    let value = |(key, value): (&crate::spec::Name, &At<crate::spec::Scalar>)| {
        let variable = format_smolstr!("{prefix}_{}", env_word(key.as_str()));
        (variable, At::new(value.text(), value.origin))
    };
    let json = serde_json::to_string_pretty(&table.values).expect("internal error: settings are JSON") + "\n";
    let hash: SmolStr = hex(&Sha256::digest(json.as_bytes())[..4]);
    ConfigTable {
        name: name.into(),
        object: At::new(format_smolstr!("{name}-config-{hash}"), table.origin.by(CONFIG_HASH)),
        values: table.values.iter().map(value).collect(),
        json: At::new(json.into(), table.origin.by(CONFIG_ENV)),
    }
}

/// Bytes in hexadecimal digits.
/// Eight digits that tell a text from others.
pub(in crate::plan) fn short_hash(text: &str) -> SmolStr {
    hex(&Sha256::digest(text)[..4])
}

pub(in crate::plan) fn hex(bytes: &[u8]) -> SmolStr {
    bytes.iter().map(|it| format!("{it:02x}")).collect::<String>().into()
}
