//! `[gitops]`: who applies what is compiled.

use schemars::JsonSchema;
use serde::Deserialize;

use super::OneLine;
use crate::source::At;

/// Who applies what is compiled. `mlopsc diff` asks the cluster in this name, because fields of others are contested.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Gitops {
    /// The program that applies. Assumed: who applied most of what is there.
    pub engine: Option<At<GitopsEngine>>,
    /// The name under which it applies, as the server writes it into `managedFields`. Assumed: the program's own.
    pub field_manager: Option<At<OneLine>>,
}

/// A program that applies manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GitopsEngine {
    /// `kubectl apply --server-side`, by hand or in a pipeline.
    Kubectl,
    /// Argo CD.
    Argocd,
    /// Flux.
    Flux,
}

impl GitopsEngine {
    /// The name under which it applies unless it is told another.
    #[must_use]
    pub const fn field_manager(self) -> &'static str {
        match self {
            Self::Kubectl => "kubectl",
            Self::Argocd => "argocd-controller",
            Self::Flux => "kustomize-controller",
        }
    }
}

impl Gitops {
    /// The name under which is applied, where the spec says it.
    #[must_use]
    pub fn manager(&self) -> Option<&str> {
        let own = self.engine.as_ref().map(|it| it.field_manager());
        self.field_manager.as_ref().map(|it| it.as_str()).or(own)
    }
}
