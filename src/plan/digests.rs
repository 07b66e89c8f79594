//! `mlops.lock`: the digests of images, an input beside the spec.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::SmolStr;

use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::source::{FileError, Files, RelPath};

pub(super) static BAD_LOCK: Code = Code {
    id: "bad-mlops-lock",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an `mlops.lock` that cannot be read.

### Why it matters
Without its digests, an image could change under its tag.

### Use instead
`[images.\"<full reference>\"]` tables, each with a `digest` of `sha256:` and 64 digits.
",
};

/// The digests of images by their full references.
#[derive(Clone, Debug, Default)]
pub struct Digests(BTreeMap<String, SmolStr>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    images: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    digest: SmolStr,
    #[serde(default, rename = "platforms")]
    _platforms: Vec<String>,
}

impl Digests {
    /// Reads `mlops.lock` beside the spec; a file that is not there is an empty one.
    pub fn read(files: &Files, spec: &RelPath, shown: &str, sink: &mut Sink) -> Self {
        let Ok(path) = spec.parent().join("mlops.lock") else { return Self::default() };
        let report = |why: String, sink: &mut Sink| {
            sink.report(Diagnostic::new(&BAD_LOCK, why).at(Spot::File(shown.into()), ""));
            Self::default()
        };
        let text = match files.text(&path) {
            Ok(text) => text,
            Err(FileError::Missing(_)) => return Self::default(),
            Err(error) => return report(error.to_string(), sink),
        };
        let document = match toml::from_str::<Document>(&text) {
            Ok(document) => document,
            Err(error) => return report(format!("`{path}`: {}", error.message()), sink),
        };
        let good = |digest: &str| {
            let hex = digest.strip_prefix("sha256:").unwrap_or_default();
            hex.len() == 64 && hex.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it))
        };
        if let Some((name, entry)) = document.images.iter().find(|(_, it)| !good(&it.digest)) {
            return report(format!("`{path}`: `{}` of `{name}` is no digest", entry.digest), sink);
        }
        Self(document.images.into_iter().map(|(name, entry)| (name, entry.digest)).collect())
    }

    /// The digest of a full reference.
    #[must_use]
    pub fn get(&self, reference: &str) -> Option<&SmolStr> {
        self.0.get(reference)
    }
}
