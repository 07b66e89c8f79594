//! Lock files that other tools make, and workspaces.

use super::{dockerfile, files, must_compile};
use crate::kinds::MIRRORED;
use crate::support::judges::harness::tests;
use crate::support::project::compile_memory;

tests!(
    the_dependencies_of_a_workspace_are_a_layer_of_their_own,
    a_change_in_a_member_that_is_installed_is_another_image,
    other_tools_lock_files_become_requirements_with_hashes,
);

const UV_LOCK: &str = "version = 1\n[[package]]\nname = \"core\"\nversion = \"1\"\nsource = { editable = \"packages/core\" }\n\
    [[package]]\nname = \"reading\"\nversion = \"1\"\nsource = { virtual = \".\" }\n\
    [[package]]\nname = \"extra\"\nversion = \"1\"\nsource = { editable = \"packages/extra\" }\n\
    [[package]]\nname = \"viewer\"\nversion = \"1\"\nsource = { editable = \"packages/viewer\" }\n\
    dependencies = [{ name = \"core\" }]\n";

pub(super) const FILES: &[(&str, &str)] = &[
    ("space/uv.lock", UV_LOCK),
    ("space/pyproject.toml", ""),
    ("space/packages/core/pyproject.toml", ""),
    ("space/packages/core/src/core/__init__.py", ""),
    ("space/packages/extra/pyproject.toml", ""),
    ("space/packages/viewer/pyproject.toml", ""),
    ("viewer.py", ""),
    ("poetry/train.py", ""),
    (
        "poetry/poetry.lock",
        "[[package]]\nname = \"numpy\"\nversion = \"2.3.0\"\ngroups = [\"main\"]\n\
        files = [{ file = \"a.whl\", hash = \"sha256:00\" }]\n",
    ),
    ("pipenv/train.py", ""),
    ("pipenv/Pipfile.lock", "{\"default\": {\"numpy\": {\"version\": \"==2.3.0\", \"hashes\": [\"sha256:00\"]}}}"),
];

const WORKSPACE: &str = "[images.viewer]\nworkspace = [\"space/packages/core\", \"space/packages/viewer\"]\n\
    lock = \"space/uv.lock\"\n[services.viewer]\nimage = { use = \"viewer\" }\nentry = \"viewer.py\"\nport = 8080\n";
const POETRY: &str = "[stages.train]\nentry = \"poetry/train.py\"\noutputs = [\"model\"]\n";
const PIPENV: &str = "[stages.train]\nentry = \"pipenv/train.py\"\noutputs = [\"model\"]\n";

/// Every kind, with its name.
pub(super) const KINDS: &[(&str, &str)] = &[("workspace", WORKSPACE), ("poetry", POETRY), ("pipenv", PIPENV)];

fn the_dependencies_of_a_workspace_are_a_layer_of_their_own() {
    let text = dockerfile(WORKSPACE, &[]);
    let parts = [
        "COPY --link space/uv.lock space/pyproject.toml /build/\n\
         COPY --link space/packages/core/pyproject.toml /build/packages/core/\n\
         COPY --link space/packages/extra/pyproject.toml /build/packages/extra/\n\
         COPY --link space/packages/viewer/pyproject.toml /build/packages/viewer/\n",
        " && uv sync --directory /build --locked --no-install-workspace --package core --package viewer \\\n",
        "COPY --link space/packages/core /build/packages/core/\n\
         COPY --link space/packages/viewer /build/packages/viewer/\n",
        " && uv sync --directory /build --locked --no-editable --package core --package viewer \\\n",
    ];
    let at: Vec<_> = parts.iter().map(|it| text.find(it)).collect();
    assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{at:?}\n{text}");
    let ignore = &files(WORKSPACE, &[])["images/viewer/Dockerfile.dockerignore"];
    assert!(ignore.contains("!space/packages/extra/pyproject.toml\n") && !ignore.contains("!space/packages/extra\n"));
    let text = dockerfile(&format!("{MIRRORED}{WORKSPACE}"), &[]);
    assert!(text.contains("--no-emit-workspace --package core --package viewer --format"), "{text}");
    assert!(text.contains("--no-deps /build/packages/core/ /build/packages/viewer/ \\\n"), "{text}");
}

fn a_change_in_a_member_that_is_installed_is_another_image() {
    let tag = |more: &[(&str, &str)]| {
        let text = format!("[project]\nname = \"demo\"\nregistry = \"registry.example.org/team\"\n{WORKSPACE}");
        let all = FILES.iter().chain(more).copied().chain([("mlops.toml", text.as_str())]);
        let compiled = must_compile(compile_memory(all.collect::<std::collections::BTreeMap<_, _>>()));
        compiled.environments[0].plan.images["viewer"].tag.to_string()
    };
    let before = tag(&[]);
    assert_ne!(tag(&[("space/packages/core/src/core/__init__.py", "x = 1\n")]), before);
    assert_ne!(tag(&[("space/packages/extra/pyproject.toml", "changed")]), before);
    assert_eq!(tag(&[("space/packages/extra/README.md", "changed")]), before);
}

fn other_tools_lock_files_become_requirements_with_hashes() {
    for (spec, from) in [(POETRY, "poetry/poetry.lock"), (PIPENV, "pipenv/Pipfile.lock")] {
        let files = files(spec, &[]);
        let expected = format!("# Made by mlopsc from {from}.\nnumpy==2.3.0 \\\n    --hash=sha256:00\n");
        assert_eq!(files["images/python/requirements.lock"], expected);
        let text = &files["images/python/Dockerfile"];
        let copied = "COPY --link [\"deploy/default/images/python/requirements.lock\", \"/build/requirements.lock\"]\n";
        assert!(text.contains(copied) && text.contains("--require-hashes --no-deps --only-binary=:all:"), "{text}");
        let ignore = &files["images/python/Dockerfile.dockerignore"];
        assert!(ignore.contains("**\n!deploy/default/images/python/requirements.lock\n"), "{ignore}");
        let text = dockerfile(&format!("{MIRRORED}{spec}"), &[]);
        assert!(text.contains("ENV PIP_INDEX_URL=\"https://nexus.hospital.example/simple\"\n"), "{text}");
    }
}
