//! How an image starts a program, by its language.

use smol_str::{SmolStr, format_smolstr};

use crate::spec::Language;

/// The words that start an entry of the project.
#[must_use]
pub fn started(language: Language, entry: &str) -> Vec<SmolStr> {
    let file = || format_smolstr!("/app/{entry}");
    match language {
        Language::Python => vec!["python".into(), file()],
        Language::R => vec!["Rscript".into(), "--vanilla".into(), file()],
        Language::Node => vec!["node".into(), file()],
        Language::Java => vec!["java".into(), "-jar".into(), format_smolstr!("/app/{}", jar(entry))],
        Language::Static => vec!["nginx".into()],
    }
}

/// The name of the jar that a build file makes: that of its folder.
#[must_use]
pub fn jar(entry: &str) -> SmolStr {
    match entry.rsplit_once('/') {
        Some((folder, _)) => format_smolstr!("{}.jar", folder.replace('/', "-")),
        None => "app.jar".into(),
    }
}
