//! `.mlopsc-manifest.json`: which files of an environment are ours, and what was in them.
//!
//! It lies in the environment's folder and is a file of the tree like any other, so it is exchanged with the files that
//! it speaks of. Its bytes depend on the files and the compiler's version only.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::FileSet;

/// Its path below the environment's folder.
pub(super) const MANIFEST: &str = ".mlopsc-manifest.json";

/// What a manifest says. Keys of a later version are passed over.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The compiler that wrote it.
    compiler: String,
    /// The digest of each file by its path.
    sha256: BTreeMap<String, String>,
}

impl Manifest {
    /// What is said of these files.
    pub(super) fn of(files: &FileSet) -> Self {
        let digest = |text: &str| hex(Sha256::digest(text));
        Self {
            compiler: concat!("mlopsc ", env!("CARGO_PKG_VERSION")).to_owned(),
            sha256: files.iter().map(|(path, text)| (path.to_string(), digest(text))).collect(),
        }
    }

    /// Reads one.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("internal error: a manifest is not JSON") + "\n"
    }

    /// The digest of a file that was ours, in hexadecimal digits.
    pub(super) fn digest(&self, path: &str) -> Option<&str> {
        self.sha256.get(path).map(String::as_str)
    }
}

/// The usual spelling of a digest.
pub(super) fn hex(digest: impl IntoIterator<Item = u8>) -> String {
    digest.into_iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("internal error: a string is full");
        text
    })
}
