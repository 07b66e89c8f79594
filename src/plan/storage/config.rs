//! Tables of settings as ConfigMaps: values as JSON, files as they are, and what is made of a template.

use sha2::{Digest, Sha256};
use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::template;
use crate::plan::context::Context;
use crate::plan::{
    CONFIG_ENV, CONFIG_FILES, CONFIG_HASH, ConfigFile, ConfigTable, ENV_FILE, Identity, Index, TEMPLATE, env_word,
};
use crate::resolve::Attached;
use crate::source::{At, RelPath};
use crate::spec::{Config, Name, Scalar};

/// The file with all values of a table.
pub(in crate::plan) const CONFIG_JSON: &str = "config.json";

pub(in crate::plan) fn configs(context: &Context<'_>, identity: &Identity) -> Index<ConfigTable> {
    let tables = context.spec.config.by_key();
    tables.map(|(name, table)| (name.as_str().into(), config(context, identity, name.as_str(), table))).collect()
}

fn config(context: &Context<'_>, identity: &Identity, name: &str, table: &At<Config>) -> ConfigTable {
    let prefix = format!("CONFIG_{}", env_word(name));
    let value = |(key, value): (&Name, &At<Scalar>)| {
        let variable = format_smolstr!("{prefix}_{}", env_word(key.as_str()));
        (variable, At::new(value.text(), value.origin))
    };
    let nothing = Attached::default();
    let attached = context.resolved.attachments.get(name).unwrap_or(&nothing);
    let files = files(context, identity, name, table, attached);
    let variables = attached.variables.iter();
    ConfigTable {
        name: name.into(),
        object: At::new(format_smolstr!("{name}-config-{}", hash(&files)), table.origin.by(CONFIG_HASH)),
        values: table.values.iter().map(value).collect(),
        variables: variables
            .map(|it| (it.name.to_smolstr(), At::new((&*it.value).into(), attached.env_file.by(ENV_FILE))))
            .collect(),
        files,
    }
}

fn files(
    context: &Context<'_>,
    identity: &Identity,
    name: &str,
    table: &At<Config>,
    attached: &Attached,
) -> Vec<ConfigFile> {
    let mut files = Vec::new();
    let has_others = !table.files.is_empty() || table.template.is_some() || table.env_file.is_some();
    if !table.values.is_empty() || !has_others {
        let json = serde_json::to_string_pretty(&table.values).expect("internal error: settings are JSON") + "\n";
        files.push(ConfigFile { name: CONFIG_JSON.into(), text: At::new(json.into(), table.origin.by(CONFIG_ENV)) });
    }
    for file in &attached.files {
        let text = At::new((&*file.text).into(), file.origin.by(CONFIG_FILES));
        files.push(ConfigFile { name: file.path.file_name().into(), text });
    }
    if let Some(file) = &attached.template {
        let text = template::render(context, identity, name, file).unwrap_or_default();
        let text = At::new(text.into(), file.origin.by(TEMPLATE));
        files.push(ConfigFile { name: made_of(&file.path).into(), text });
    }
    files
}

/// The name of the file that a template becomes.
fn made_of(template: &RelPath) -> &str {
    let name = template.file_name();
    name.strip_suffix(".j2").filter(|it| !it.is_empty()).unwrap_or(name)
}

/// Eight digits that tell the files of a table from others.
fn hash(files: &[ConfigFile]) -> SmolStr {
    let mut hash = Sha256::new();
    for file in files {
        // Settings alone are their text.
        if file.name != CONFIG_JSON {
            hash.update(format!("\0{}\0{}\0", file.name, file.text.len()));
        }
        hash.update(file.text.as_bytes());
    }
    hex(&hash.finalize()[..4])
}

/// Eight digits that tell a text from others.
pub(in crate::plan) fn short_hash(text: &str) -> SmolStr {
    hex(&Sha256::digest(text)[..4])
}

/// Bytes in hexadecimal digits.
pub(in crate::plan) fn hex(bytes: &[u8]) -> SmolStr {
    bytes.iter().map(|it| format!("{it:02x}")).collect::<String>().into()
}
