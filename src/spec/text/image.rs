//! References to container images (the grammar of the OCI distribution specification, "Pulling manifests").

use smol_str::SmolStr;

use super::names::explain;
use super::text_type;

text_type! {
    /// An image: `registry/path/name:tag`, or with `@sha256:` and its digest. Without a registry it is of
    /// `docker.io`.
    ImageReference: "image-reference", examples ["postgres:18.4-trixie"];
    check_reference
}

text_type! {
    /// A tag: at most 128 letters, digits, `_`, `.` and `-`, the first neither `.` nor `-`.
    Tag: "tag", pattern "^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$", examples ["1.4.0"];
    |text| explain(is_tag(text), "at most 128 letters, digits, `_`, `.` and `-`, the first a letter, digit or `_`")
}

text_type! {
    /// A registry, or a path in one: `registry.hospital.example`, `ghcr.io/example`.
    RegistryPath: "registry-path", examples ["registry.hospital.example", "ghcr.io/example"];
    |text| {
        let has_host = text.split('/').next().is_some_and(is_registry);
        let fits = has_host && check_reference(&format!("{text}/name")).is_ok() && !text.contains('@');
        explain(fits, "a registry such as `registry.hospital.example`, or a path in one")
    }
}

impl RegistryPath {
    /// Whether an image is of this registry, and below this path in it.
    #[must_use]
    pub fn holds(&self, image: &ImageReference) -> bool {
        image.qualified().strip_prefix(self.as_str()).is_some_and(|it| it.starts_with('/'))
    }
}

text_type! {
    /// A package of the base image's distribution, with its version where it is pinned: `libgomp1`,
    /// `libgomp1=14.2.0-19` (Debian Policy, sections 5.6.1 and 5.6.12).
    PackageName: "package", examples ["libgomp1", "libgomp1=14.2.0-19"];
    |text| {
        let (name, version) = text.split_once('=').unwrap_or((text, "0"));
        let first = |it: &str| it.starts_with(|it: char| it.is_ascii_alphanumeric());
        let of = |it: &str, known: &str| it.chars().all(|it| it.is_ascii_alphanumeric() || known.contains(it));
        let fits = first(name) && name.len() >= 2 && of(name, "+-.") && first(version) && of(version, ".+-~:");
        explain(fits && text.len() <= 200, "a package's name such as `libgomp1`, or `name=version`")
    }
}

impl ImageReference {
    /// The registry's host, where one is named.
    #[must_use]
    pub fn registry(&self) -> Option<&str> {
        let (first, _) = self.as_str().split_once('/')?;
        is_registry(first).then_some(first)
    }

    /// Registry and path without tag and digest.
    #[must_use]
    pub fn repository(&self) -> &str {
        split(self.as_str()).0
    }

    /// The path below the registry; `library/` is left out, so `postgres` is `postgres` under every spelling.
    #[must_use]
    pub fn path(&self) -> &str {
        let repository = self.repository();
        let path = self.registry().map_or(repository, |it| &repository[it.len() + 1..]);
        path.strip_prefix("library/").unwrap_or(path)
    }

    /// The name of an image that Docker publishes itself, from its registry or a mirror that keeps `library/`.
    #[must_use]
    pub fn official(&self) -> Option<&str> {
        let repository = self.repository();
        let name = match repository.rsplit_once("library/") {
            Some((_, name)) => name,
            None => repository.strip_prefix("docker.io/").unwrap_or(repository),
        };
        (!name.contains('/')).then_some(name)
    }

    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        split(self.as_str()).1
    }

    /// The digest, with its algorithm.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        split(self.as_str()).2
    }

    /// The reference with its registry, as container engines without defaults need it.
    #[must_use]
    pub fn qualified(&self) -> SmolStr {
        match self.registry() {
            Some(_) => self.as_str().into(),
            None if self.repository().contains('/') => format!("docker.io/{self}").into(),
            None => format!("docker.io/library/{self}").into(),
        }
    }
}

/// Repository, tag and digest.
fn split(text: &str) -> (&str, Option<&str>, Option<&str>) {
    let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
    let name_start = rest.rfind('/').map_or(0, |it| it + 1);
    match rest[name_start..].rfind(':') {
        Some(colon) => (&rest[..name_start + colon], Some(&rest[name_start + colon + 1..]), digest),
        None => (rest, None, digest),
    }
}

fn is_registry(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost"
}

fn is_tag(text: &str) -> bool {
    let known = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '.' | '-');
    (1..=128).contains(&text.len()) && text.chars().all(known) && !text.starts_with(['.', '-'])
}

fn check_reference(text: &str) -> Result<(), String> {
    let (repository, tag, digest) = split(text);
    let (registry, path) = match repository.split_once('/') {
        Some((first, path)) if is_registry(first) => (Some(first), path),
        _ => (None, repository),
    };
    if path.chars().any(|it| it.is_ascii_uppercase()) {
        return Err("an image's name is in lower case".to_owned());
    }
    explain(registry.is_none_or(is_host), "a registry such as `registry.hospital.example:5000`")?;
    explain(
        path.split('/').all(is_path_part),
        "parts of lower-case letters, digits and single `.`, `_` or `-` between them",
    )?;
    explain(tag.is_none_or(is_tag), "a tag of at most 128 letters, digits, `_`, `.` and `-`")?;
    explain(digest.is_none_or(is_digest), "a digest of `sha256:` and 64 hexadecimal digits")?;
    explain(text.len() <= 400, "at most 400 characters")
}

fn is_host(text: &str) -> bool {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let known = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '.');
    !host.is_empty() && host.chars().all(known) && port.is_none_or(|it| it.parse::<u16>().is_ok())
}

fn is_path_part(part: &str) -> bool {
    let edge = |it: Option<char>| it.is_some_and(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    let known = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '.' | '_' | '-');
    edge(part.chars().next()) && edge(part.chars().last()) && part.chars().all(known) && !part.contains("..")
}

/// Whether a text is `sha256:` and 64 hexadecimal digits.
#[must_use]
pub fn is_digest(text: &str) -> bool {
    let hex = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    text.strip_prefix("sha256:").is_some_and(|it| it.len() == 64 && it.bytes().all(hex))
}

/// Whether a text is a platform as an image index has it: `os/architecture`, or `os/architecture/variant`
/// in Go's names (image-spec, "image-index.md").
#[must_use]
pub fn is_platform(text: &str) -> bool {
    let known = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '-' | '_' | '.');
    let is_part = |it: &str| !it.is_empty() && it.chars().all(known);
    (2..=3).contains(&text.split('/').count()) && text.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(text: &str) -> ImageReference {
        ImageReference::parse(text).unwrap()
    }

    #[test]
    fn references_split_at_the_right_colon() {
        let it = image("registry.example:5000/a/b:1.0");
        assert_eq!((it.registry(), it.path(), it.tag()), (Some("registry.example:5000"), "a/b", Some("1.0")));
        let it = image("registry.example:5000/a");
        assert_eq!((it.tag(), it.digest()), (None, None));
        assert_eq!(image("docker.io/library/postgres:18").path(), "postgres");
        assert_eq!(image("postgres:18").qualified(), "docker.io/library/postgres:18");
        assert_eq!(image("grafana/grafana:12").qualified(), "docker.io/grafana/grafana:12");
        for (text, name) in [
            ("postgres:18", Some("postgres")),
            ("docker.io/postgres:18", Some("postgres")),
            ("public.ecr.aws/docker/library/postgres:18", Some("postgres")),
            ("registry.example/postgres:18", None),
            ("prom/prometheus", None),
        ] {
            assert_eq!(image(text).official(), name, "{text}");
        }
        let digest = format!("a@sha256:{}", "0".repeat(64));
        assert!(image(&digest).digest().is_some());
    }

    #[test]
    fn what_no_registry_takes_is_refused() {
        for bad in [
            "",
            "A/b",
            "a:",
            "a:-x",
            "a b",
            "a@sha256:12",
            "a//b",
            "a/../b",
            "a\nRUN x",
            "a$(x)",
            "-a",
            "r.example:x/a",
        ] {
            assert!(ImageReference::check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_platform_has_two_parts_or_three() {
        for (text, expected) in [
            ("linux/amd64", true),
            ("linux/arm64/v8", true),
            ("banana", false),
            ("linux/", false),
            ("linux/arm64/v8/more", false),
            ("linux/amd 64", false),
            ("Linux/ARM64", false),
            ("", false),
        ] {
            assert_eq!(is_platform(text), expected, "{text:?}");
        }
    }
}
