//! Architectures of processors, as nodes and images name them: by Go's words (`go tool dist list`).

use crate::spec::nearest;

/// With the names that Linux and its distributions have for them.
const ARCHITECTURES: &[(&str, &[&str])] = &[
    ("386", &["i386", "i686", "x86"]),
    ("amd64", &["x86_64", "x86-64", "x64"]),
    ("arm", &["armhf", "armv7", "armv7l"]),
    ("arm64", &["aarch64", "armv8"]),
    ("loong64", &["loongarch64"]),
    ("mips", &[]),
    ("mips64", &[]),
    ("mips64le", &["mips64el"]),
    ("mipsle", &["mipsel"]),
    ("ppc64", &["powerpc64"]),
    ("ppc64le", &["ppc64el", "powerpc64le"]),
    ("riscv64", &[]),
    ("s390x", &["s390"]),
];

#[must_use]
pub fn is_architecture(name: &str) -> bool {
    ARCHITECTURES.iter().any(|(known, _)| *known == name)
}

/// The architecture that is meant by another name, or by one with a mistake in it.
#[must_use]
pub fn architecture_like(name: &str) -> Option<&'static str> {
    let names = |(known, others): &(&'static str, &'static [&'static str])| [&[*known], *others].concat();
    let near = nearest(&name.to_ascii_lowercase(), ARCHITECTURES.iter().flat_map(names))?;
    ARCHITECTURES.iter().find(|it| names(it).contains(&near)).map(|(known, _)| *known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_and_mistakes_lead_to_the_one_that_is_meant() {
        for (name, meant) in [
            ("amd46", Some("amd64")),
            ("AMD64", Some("amd64")),
            ("x86_64", Some("amd64")),
            ("aarch64", Some("arm64")),
            ("arm46", Some("arm64")),
            ("ppc64el", Some("ppc64le")),
            ("banana", None),
        ] {
            assert_eq!(architecture_like(name), meant, "{name}");
            assert!(!is_architecture(name), "{name}");
        }
        assert!(is_architecture("arm64"));
    }
}
