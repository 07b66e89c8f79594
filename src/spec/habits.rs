//! Keys of other tools, for the hint to somebody who writes them by habit.

/// A key as Compose, Kubernetes, GitLab CI and others call it, and the key of a workload that does the same here.
pub const HABITS: &[(&str, &str)] = &[
    ("script", "entry"),
    ("main", "entry"),
    ("file", "entry"),
    ("program", "entry"),
    ("cmd", "command"),
    ("entrypoint", "command"),
    ("arguments", "args"),
    ("environment", "env"),
    ("variables", "env"),
    ("depends-on", "after"),
    ("needs", "after"),
    ("cron", "schedule"),
    ("gpus", "gpu"),
    ("shm-size", "shm"),
    ("healthcheck", "probes"),
    ("liveness-probe", "probes"),
    ("readiness-probe", "probes"),
    ("instances", "replicas"),
    ("scale", "replicas"),
    ("requirements", "lock"),
    ("packages", "system-packages"),
    ("image-pull-secret", "pull-secret"),
];
