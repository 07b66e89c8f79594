//! Until when versions are supported.

use crate::spec::ImageReference;

/// A product whose versions end one after the other.
#[derive(Debug, PartialEq, Eq)]
pub struct Product {
    /// Its name in a sentence.
    pub name: &'static str,
    /// The image that it is published as.
    image: &'static str,
    /// Its versions, the oldest first.
    pub versions: &'static [Version],
}

/// A version of a product.
#[derive(Debug, PartialEq, Eq)]
pub struct Version {
    /// As tags have it.
    pub number: &'static str,
    /// The name of a release, where it has one.
    word: &'static str,
    /// The last day of its support.
    pub last: &'static str,
}

const fn of(number: &'static str, last: &'static str) -> Version {
    Version { number, word: "", last }
}

const fn called(number: &'static str, word: &'static str, last: &'static str) -> Version {
    Version { number, word, last }
}

/// Python 3 (PEPs 361, 375, 392, 398, 429, 478, 494, 537, 569, 596, 619, 664, 693, 719, 745).
pub static PYTHON: Product = Product {
    name: "Python",
    image: "python",
    versions: &[
        of("3.0", "2009-06-27"),
        of("3.1", "2012-04-09"),
        of("3.2", "2016-02-20"),
        of("3.3", "2017-09-29"),
        of("3.4", "2019-03-18"),
        of("3.5", "2020-09-30"),
        of("3.6", "2021-12-23"),
        of("3.7", "2023-06-27"),
        of("3.8", "2024-10-07"),
        of("3.9", "2025-10-31"),
        of("3.10", "2026-10-31"),
        of("3.11", "2027-10-31"),
        of("3.12", "2028-10-31"),
        of("3.13", "2029-10-31"),
        of("3.14", "2030-10-31"),
    ],
};

/// The distributions that other images are built on, and say so in their tags: Debian with its long-term support (the
/// Debian wiki, "LTS"), Ubuntu with its standard support (ubuntu.com, "Releases"), Alpine (alpinelinux.org,
/// "Releases").
static DISTRIBUTIONS: [Product; 3] = [
    Product {
        name: "Debian",
        image: "debian",
        versions: &[
            called("8", "jessie", "2020-06-30"),
            called("9", "stretch", "2022-06-30"),
            called("10", "buster", "2024-06-30"),
            called("11", "bullseye", "2026-08-31"),
            called("12", "bookworm", "2028-06-30"),
            called("13", "trixie", "2030-06-30"),
        ],
    },
    Product {
        name: "Ubuntu",
        image: "ubuntu",
        versions: &[
            called("14.04", "trusty", "2019-04-25"),
            called("16.04", "xenial", "2021-04-30"),
            called("18.04", "bionic", "2023-05-31"),
            called("20.04", "focal", "2025-05-31"),
            called("22.04", "jammy", "2027-04-30"),
            called("24.04", "noble", "2029-04-30"),
        ],
    },
    Product {
        name: "Alpine",
        image: "alpine",
        versions: &[
            of("3.12", "2022-05-01"),
            of("3.13", "2022-11-01"),
            of("3.14", "2023-05-01"),
            of("3.15", "2023-11-01"),
            of("3.16", "2024-05-23"),
            of("3.17", "2024-11-22"),
            of("3.18", "2025-05-09"),
            of("3.19", "2025-11-01"),
            of("3.20", "2026-04-01"),
            of("3.21", "2026-11-01"),
            of("3.22", "2027-05-01"),
            of("3.23", "2027-11-01"),
        ],
    },
];

/// Runtimes and databases (the release pages of Node.js, PostgreSQL, MySQL and MongoDB).
static PROGRAMS: [Product; 4] = [
    Product {
        name: "Node.js",
        image: "node",
        versions: &[
            of("10", "2021-04-30"),
            of("12", "2022-04-30"),
            of("14", "2023-04-30"),
            of("16", "2023-09-11"),
            of("18", "2025-04-30"),
            of("20", "2026-04-30"),
            of("22", "2027-04-30"),
            of("24", "2028-04-30"),
        ],
    },
    Product {
        name: "PostgreSQL",
        image: "postgres",
        versions: &[
            of("9", "2021-11-11"),
            of("10", "2022-11-10"),
            of("11", "2023-11-09"),
            of("12", "2024-11-21"),
            of("13", "2025-11-13"),
            of("14", "2026-11-12"),
            of("15", "2027-11-11"),
            of("16", "2028-11-09"),
            of("17", "2029-11-08"),
            of("18", "2030-11-14"),
        ],
    },
    Product {
        name: "MySQL",
        image: "mysql",
        versions: &[of("5.6", "2021-02-28"), of("5.7", "2023-10-31"), of("8.0", "2026-04-30"), of("8.4", "2032-04-30")],
    },
    Product {
        name: "MongoDB",
        image: "mongo",
        versions: &[
            of("4.2", "2023-04-30"),
            of("4.4", "2024-02-29"),
            of("5.0", "2024-10-31"),
            of("6.0", "2025-07-31"),
            of("7.0", "2027-08-31"),
            of("8.0", "2029-10-31"),
        ],
    },
];

/// The version of Python that `3.8` or `3.8.20` is of.
#[must_use]
pub fn python_version(text: &str) -> Option<&'static Version> {
    PYTHON.versions.iter().find(|it| is_of(text, it.number))
}

/// What an image consists of by its name and tag: its program, and the distribution below it.
#[must_use]
pub fn parts_of(image: &ImageReference) -> Vec<(&'static Product, &'static Version)> {
    let (path, tag) = (image.path(), image.tag().unwrap_or_default());
    let own =
        [&PYTHON].into_iter().chain(&PROGRAMS).chain(&DISTRIBUTIONS).filter(|it| image.official() == Some(it.image));
    let own = own.filter_map(|it| Some((it, it.versions.iter().find(|version| is_of(tag, version.number))?)));
    let name = path.rsplit('/').next().unwrap_or_default();
    let words: Vec<&str> = name.split('-').chain(tag.split(['-', '_'])).collect();
    let below = DISTRIBUTIONS.iter().filter_map(|it| {
        let is_below = |version: &&Version| {
            let said = |word: &&str| word.strip_prefix(it.image).is_some_and(|rest| is_of(rest, version.number));
            words.iter().any(|word| said(word) || (*word == version.word && !version.word.is_empty()))
        };
        Some((it, it.versions.iter().find(is_below)?))
    });
    let mut parts: Vec<_> = own.collect();
    parts.extend(below);
    parts.dedup();
    parts
}

/// Whether a text begins with this version and not with a longer number.
fn is_of(text: &str, number: &str) -> bool {
    text.strip_prefix(number).is_some_and(|rest| !rest.starts_with(|it: char| it.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_say_what_is_inside() {
        for (image, parts) in [
            ("python:3.8-slim-buster", "Python 3.8, Debian 10"),
            ("python:3.10-alpine3.15", "Python 3.10, Alpine 3.15"),
            ("docker.io/library/debian:10.13-slim", "Debian 10"),
            ("debian:buster-slim", "Debian 10"),
            ("debian:8", "Debian 8"),
            ("nvidia/cuda:11.0-base-ubuntu18.04", "Ubuntu 18.04"),
            ("gcr.io/distroless/python3-debian11:nonroot", "Debian 11"),
            ("postgres:9.6-alpine", "PostgreSQL 9"),
            ("postgres:18.4-trixie", "PostgreSQL 18, Debian 13"),
            ("alpine:3.2", ""),
            ("registry.example.org/postgres-backup:10", ""),
            ("mysql:8", ""),
        ] {
            let found = parts_of(&ImageReference::parse(image).unwrap());
            let found: Vec<String> =
                found.iter().map(|(it, version)| format!("{} {}", it.name, version.number)).collect();
            assert_eq!(found.join(", "), parts, "{image}");
        }
    }
}
