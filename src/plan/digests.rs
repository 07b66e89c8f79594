//! What `mlops.lock` says: the digests of images.
//!
//! It is here, because the plan decides which digest is used; what belongs into it is the work of another room.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use toml::de::DeTable;

use crate::plan::Image;
use crate::spec::{is_digest, is_platform};

/// What `mlops.lock` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Digests {
    /// Images that are fetched, by their full references: without the mirror that they come from.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub images: BTreeMap<String, Locked>,
    /// Images of the project, by environment and name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub built: BTreeMap<String, BTreeMap<String, Built>>,
}

/// What a tag stood for when it was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    pub digest: SmolStr,
    /// `linux/amd64`, `linux/arm64/v8`: what there is an image for, in the order of the alphabet. Held against the nodes
    /// whose architecture the spec says; empty where nobody has asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
}

/// An image of the project that was built and pushed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Built {
    /// Repository and tag that it was built as. The digest is of no use for another one.
    pub image: SmolStr,
    pub digest: SmolStr,
    /// The hash of what the image was defined by; see [`crate::plan::definition`].
    pub content: SmolStr,
    /// The environment that the digest was handed on from; none where the image was built for this one.
    #[serde(default, rename = "promoted-from", skip_serializing_if = "Option::is_none")]
    pub promoted_from: Option<SmolStr>,
}

/// Why a digest is not that of an image as it is planned now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outdated {
    pub message: String,
    /// The key of the lock file's table that says so.
    pub key: &'static str,
}

impl Built {
    /// Whether the image has to be built, or promoted, before its digest is that of `image`, whose `definition` is what
    /// [`crate::plan::definition`] makes of it; `None` where it is already.
    pub fn outdated(&self, image: &Image, definition: impl FnOnce() -> SmolStr) -> Option<Outdated> {
        let (name, was, reference) = (&image.name, &self.image, image.reference());
        if *was != reference {
            let message = format!("image `{name}` has no digest: the locked one is of `{was}`, not `{reference}`");
            return Some(Outdated { message, key: "image" });
        }
        let message = format!("the digest of image `{name}` is of a build from other files than these");
        (definition() != self.content).then_some(Outdated { message, key: "content" })
    }

    /// What the lock file says of it as of any image: its platforms are not asked for.
    #[must_use]
    pub fn locked(&self) -> Locked {
        Locked { digest: self.digest.clone(), platforms: Vec::new() }
    }

    /// What to do where it is outdated.
    #[must_use]
    pub fn way_out(&self, environment: &str) -> String {
        match &self.promoted_from {
            Some(from) => {
                format!("once `{from}` has what it should: `mlopsc lock --promote {from} --to {environment}`")
            }
            None => format!("build it, then `mlopsc lock --built FILE --env {environment}`"),
        }
    }
}

impl Digests {
    /// Reads the text of a lock file.
    ///
    /// # Errors
    /// It is no TOML, has unknown keys, or a digest or a platform is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let found = toml::from_str::<Self>(text).map_err(|it| fault(text, &it))?;
        let fetched = found.images.iter().map(|(name, it)| (name, &it.digest));
        let built = found.built.values().flatten().map(|(name, it)| (name, &it.digest));
        if let Some((name, digest)) = fetched.chain(built).find(|(_, digest)| !is_digest(digest)) {
            return Err(format!("`{digest}` of `{name}` is no digest"));
        }
        let mut platforms = found.images.iter().flat_map(|(name, it)| it.platforms.iter().map(move |it| (name, it)));
        if let Some((name, platform)) = platforms.find(|(_, platform)| !is_platform(platform)) {
            let form = "`os/architecture`, or `os/architecture/variant`";
            return Err(format!("`{platform}` of `{name}` is no platform, which is {form}"));
        }
        Ok(found)
    }

    /// The line of a lock file's text where these keys lead.
    #[must_use]
    pub fn line(text: &str, keys: &[&str]) -> Option<usize> {
        let tables = DeTable::parse(text).ok()?;
        let (first, rest) = keys.split_first()?;
        let found = rest.iter().try_fold(tables.get_ref().get(*first)?, |it, key| it.get_ref().get(*key));
        Some(line_at(text, found?.span().start))
    }

    /// The text of a lock file. The same digests always give the same text.
    ///
    /// # Panics
    /// Never: texts are TOML.
    #[must_use]
    pub fn to_text(&self) -> String {
        let tables = toml::to_string(self).expect("internal error: texts are TOML");
        format!("# Made by `mlopsc lock`, and read by `mlopsc compile`. Commit it; change nothing by hand.\n\n{tables}")
    }

    /// The digest of an image that is fetched, by its full reference.
    #[must_use]
    pub fn get(&self, reference: &str) -> Option<&SmolStr> {
        self.images.get(reference).map(|it| &it.digest)
    }

    /// The digest of an image of the project in an environment, as long as it has the same repository and tag.
    #[must_use]
    pub fn of_built(&self, environment: &str, image: &str, reference: &str) -> Option<&SmolStr> {
        self.built.get(environment)?.get(image).filter(|it| it.image == reference).map(|it| &it.digest)
    }
}

/// What is wrong, and in which line where that is known.
fn fault(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map(|it| format!("line {}: ", line_at(text, it.start))).unwrap_or_default();
    format!("{line}{}", error.message())
}

/// The line of a byte, from one.
fn line_at(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|it| *it == b'\n').count() + 1
}
