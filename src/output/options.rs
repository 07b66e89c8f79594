//! What a write or a check may do, and where.

use std::path::Path;

use super::disk::Watch;

/// What a write or a check may do, and where.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The folder that the output folder must be in. Links are followed before the two are compared.
    pub project: &'a Path,
    /// Whether files of ours that were edited by hand are overwritten. Foreign files never are.
    pub force: bool,
    /// All environments that there are. The folders of others, if we wrote them, are removed.
    pub prune_environments: Option<&'a [&'a str]>,
    /// Is told of every file operation before it happens.
    pub watch: Option<Watch<'a>>,
}

impl<'a> Options<'a> {
    /// Overwrites no edit, removes no environment.
    #[must_use]
    pub const fn new(project: &'a Path) -> Self {
        Self { project, force: false, prune_environments: None, watch: None }
    }
}
