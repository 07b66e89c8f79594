//! The parts of a reference that a registry is asked with.

use super::RegistryError;
use crate::spec::ImageReference;

/// Where an image is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// As it stands in the reference.
    pub(super) host: String,
    pub(super) path: String,
    /// The digest where there is one, else the tag.
    pub(super) version: String,
}

impl Place {
    pub(super) fn parse(text: &str) -> Result<Self, RegistryError> {
        let image = ImageReference::parse(text).ok();
        let parts = image.as_ref().and_then(|it| Some((it, it.registry()?)));
        let (image, host) = parts.ok_or_else(|| RegistryError::NoRegistry(text.to_owned()))?;
        let path = image.repository()[host.len() + 1..].to_owned();
        let version = image.digest().or(image.tag()).unwrap_or("latest").to_owned();
        Ok(Self { host: host.to_owned(), path, version })
    }

    /// The host that answers: Docker's registry has another name than its images.
    pub(super) fn server(&self) -> &str {
        if self.host == DOCKER { "registry-1.docker.io" } else { &self.host }
    }

    /// Under what a Docker configuration keeps the login.
    pub(super) fn login(&self) -> &str {
        if self.host == DOCKER { "https://index.docker.io/v1/" } else { &self.host }
    }

    /// Whether the host is this machine, where nobody listens on the way.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.host.rsplit_once(':').map_or(self.host.as_str(), |(host, _)| host);
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
    }
}

const DOCKER: &str = "docker.io";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_from_a_reference() {
        let place = Place::parse("docker.io/library/python:3.12").unwrap();
        assert_eq!((place.path.as_str(), place.version.as_str()), ("library/python", "3.12"));
        assert!(!place.is_loopback() && place.server() != place.host);
        let place = Place::parse("127.0.0.1:5000/a/b").unwrap();
        assert_eq!((place.path.as_str(), place.version.as_str()), ("a/b", "latest"));
        assert!(place.is_loopback() && Place::parse("localhost/a:1").unwrap().is_loopback());
        assert!(Place::parse("team/a:1").is_err());
    }
}
