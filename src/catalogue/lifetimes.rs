//! Until when versions are supported.

/// The last day of support of each minor version of Python 3 (PEPs 569, 596, 619, 664, 693, 719, 745).
pub const PYTHON_END_OF_LIFE: &[(u32, &str)] = &[
    (6, "2021-12-23"),
    (7, "2023-06-27"),
    (8, "2024-10-07"),
    (9, "2025-10-31"),
    (10, "2026-10-31"),
    (11, "2027-10-31"),
    (12, "2028-10-31"),
    (13, "2029-10-31"),
    (14, "2030-10-31"),
];

/// The last day of support of a version such as `3.8` or `3.8.20`.
#[must_use]
pub fn python_end_of_life(version: &str) -> Option<&'static str> {
    let minor: u32 = version.strip_prefix("3.")?.split('.').next()?.parse().ok()?;
    PYTHON_END_OF_LIFE.iter().find(|(it, _)| *it == minor).map(|(_, day)| *day)
}
