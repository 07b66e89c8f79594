//! What a manifest says: the digest that it has, and for which platforms there is an image.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::spec::is_platform;

/// An image that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub digest: String,
    /// `linux/amd64`, `linux/arm64/v8`, in the order of the alphabet.
    pub platforms: Vec<String>,
}

/// The media types that are asked for: an index first, because it stands for all platforms.
pub(super) const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// A manifest, as far as anybody asks (OCI image specification).
#[derive(Deserialize)]
struct Manifest {
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
}

/// A pointer to another document.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    #[serde(default)]
    pub(super) media_type: String,
    pub(super) digest: String,
    platform: Option<Platform>,
    #[serde(default)]
    pub(super) annotations: std::collections::BTreeMap<String, String>,
}

/// Of a descriptor, or of the configuration of an image.
#[derive(Deserialize)]
struct Platform {
    os: String,
    architecture: String,
    variant: Option<String>,
}

impl Platform {
    /// The usual spelling; `None` for what is attached to an image and is none itself.
    fn spelled(&self) -> Option<String> {
        let parts = [Some(&self.os), Some(&self.architecture), self.variant.as_ref()];
        let spelled = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("/");
        (self.os != "unknown" && is_platform(&spelled)).then_some(spelled)
    }
}

/// The digest of a document.
pub(super) fn digest_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// What a manifest says. The configuration of an image for one platform is read with `blob`.
pub(super) fn describe<E: From<String>>(
    bytes: &[u8],
    blob: impl FnOnce(&str) -> Result<Vec<u8>, E>,
) -> Result<Found, E> {
    let manifest = read(bytes)?;
    let digest = digest_of(bytes);
    let mut platforms: Vec<String> = match (&manifest.manifests, &manifest.config) {
        (Some(list), _) => list.iter().filter_map(|it| it.platform.as_ref()?.spelled()).collect(),
        (None, Some(config)) => {
            let bytes = blob(&config.digest)?;
            if digest_of(&bytes) != config.digest {
                return Err(format!("the configuration is not the one of {digest}").into());
            }
            let platform: Option<Platform> = serde_json::from_slice(&bytes).ok();
            platform.and_then(|it| it.spelled()).into_iter().collect()
        }
        (None, None) => return Err("a manifest of a form that is no longer used".to_owned().into()),
    };
    platforms.sort();
    platforms.dedup();
    Ok(Found { digest, platforms })
}

/// Whether the layers of an image for one platform are as a builder keeps them and no registry does.
pub(super) fn is_unpacked(bytes: &[u8]) -> bool {
    read(bytes).is_ok_and(|it| it.layers.iter().any(|it| it.media_type.ends_with(".tar")))
}

/// The descriptors of an index.
pub(super) fn index(bytes: &[u8]) -> Result<Vec<Descriptor>, String> {
    read(bytes)?.manifests.ok_or_else(|| "no index of images".to_owned())
}

fn read(bytes: &[u8]) -> Result<Manifest, String> {
    serde_json::from_slice(bytes).map_err(|_| "no manifest of an image".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_lists_platforms_and_not_what_is_attached() {
        let text = br#"{"manifests": [
            {"digest": "sha256:1", "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
            {"digest": "sha256:2", "platform": {"os": "linux", "architecture": "amd64"}},
            {"digest": "sha256:3", "platform": {"os": "unknown", "architecture": "unknown"}}]}"#;
        let found = describe(text, |_| Err::<Vec<u8>, String>("not asked".into())).unwrap();
        assert_eq!(found.platforms, ["linux/amd64", "linux/arm64/v8"]);
        assert_eq!(found.digest, digest_of(text));
    }

    #[test]
    fn one_platform_is_read_from_the_configuration() {
        let config = br#"{"os": "linux", "architecture": "amd64"}"#;
        let text = format!(r#"{{"config": {{"digest": "{}"}}, "layers": []}}"#, digest_of(config));
        let found = describe(text.as_bytes(), |_| Ok::<_, String>(config.to_vec())).unwrap();
        assert_eq!(found.platforms, ["linux/amd64"]);
        assert!(describe(text.as_bytes(), |_| Ok::<_, String>(b"{}".to_vec())).is_err());
        assert!(describe(b"<html>", |_| Ok::<_, String>(Vec::new())).is_err());
    }
}
