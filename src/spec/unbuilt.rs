//! What the language will say and this version does not compile yet: an error that says so, never silence.

/// A key or value that is known but not built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unbuilt {
    /// The definition of the schema that it belongs to.
    pub within: &'static str,
    /// The key, or the value of an enumeration.
    pub word: &'static str,
}

const fn of(within: &'static str, word: &'static str) -> Unbuilt {
    Unbuilt { within, word }
}

/// All of them.
pub const UNBUILT: &[Unbuilt] = &[
    of("Spec", "dicom"),
    of("Spec", "deidentify"),
    of("Spec", "notebooks"),
    of("Spec", "pipeline"),
    of("Spec", "systems"),
    of("Spec", "monitoring"),
    of("Spec", "backup"),
    of("Spec", "ci"),
    of("Gitops", "repo"),
    of("Gitops", "path"),
    of("GitopsEngine", "fleet"),
    of("Compliance", "frameworks"),
    of("Compliance", "attestations"),
    of("Cluster", "distribution"),
    of("Cluster", "cni"),
    of("Cluster", "servers"),
    of("Cluster", "rancher"),
    of("Service", "model"),
    of("Stage", "metrics"),
    of("Stage", "engine"),
    of("Stage", "register"),
    of("Stage", "results-to"),
    of("Stage", "of"),
    of("Stage", "algorithm"),
    of("Stage", "objective"),
    of("Stage", "trials"),
    of("Stage", "space"),
    of("Stage", "override"),
    of("Gpu", "share"),
    of("Peer", "node"),
    of("SecretUse", "as"),
    of("When", "study"),
    of("SplitBy", "istio"),
    of("SplitBy", "kserve"),
    of("SplitBy", "rollouts"),
    of("SplitBy", "flagger"),
    of("DistributedBackend", "pytorchjob"),
    of("DistributedBackend", "trainjob"),
    of("DistributedBackend", "mpijob"),
    of("DistributedBackend", "tfjob"),
    of("DistributedBackend", "jobset"),
];
