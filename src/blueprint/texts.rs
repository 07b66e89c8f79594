//! The templates of ours: one line each.

/// Names below `blueprints/`, and texts.
pub(super) static TEXTS: &[(&str, &str)] = &[
    ("compose/Dockerfile.j2", include_str!("../../blueprints/compose/Dockerfile.j2")),
    ("docker/Dockerfile.j2", include_str!("../../blueprints/docker/Dockerfile.j2")),
    ("docker/pip.j2", include_str!("../../blueprints/docker/pip.j2")),
    ("docker/uv.j2", include_str!("../../blueprints/docker/uv.j2")),
    ("docker/npm.j2", include_str!("../../blueprints/docker/npm.j2")),
    ("docker/maven.j2", include_str!("../../blueprints/docker/maven.j2")),
    ("docker/gradle.j2", include_str!("../../blueprints/docker/gradle.j2")),
    ("docker/compile.j2", include_str!("../../blueprints/docker/compile.j2")),
    ("docker/dated.j2", include_str!("../../blueprints/docker/dated.j2")),
    ("docker/steps.j2", include_str!("../../blueprints/docker/steps.j2")),
    ("docker/nginx.conf.j2", include_str!("../../blueprints/docker/nginx.conf.j2")),
    ("docker/renv.j2", include_str!("../../blueprints/docker/renv.j2")),
    ("docker/secrets.j2", include_str!("../../blueprints/docker/secrets.j2")),
    ("docker/exports.j2", include_str!("../../blueprints/docker/exports.j2")),
    ("kubernetes/run-stages.sh.j2", include_str!("../../blueprints/kubernetes/run-stages.sh.j2")),
    ("kubernetes/run-manual.sh.j2", include_str!("../../blueprints/kubernetes/run-manual.sh.j2")),
    ("kubernetes/values.sh.j2", include_str!("../../blueprints/kubernetes/values.sh.j2")),
    ("kubernetes/params.sh.j2", include_str!("../../blueprints/kubernetes/params.sh.j2")),
];
