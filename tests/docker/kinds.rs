//! One Dockerfile for each way to say what an image is.

use std::path::PathBuf;

use tempfile::TempDir;

use super::{PROJECT, compile_memory, compiled, dockerfile, files, instructions, languages, locks, shown};
use crate::support::judges::harness::tests;
use crate::support::judges::{Framework, OrNotRun, judges};

tests!(
    files_of_secrets_stay_out_whatever_they_are_called,
    a_folder_that_is_called_like_a_program_is_copied_with_them,
    a_lock_with_hashes_is_installed_with_hashes_and_nothing_else,
    uv_installs_its_own_lock,
    r_restores_from_its_snapshot_or_the_mirror,
    nothing_is_executed_in_the_image_that_is_run,
    a_base_without_a_shell_gets_its_packages_from_another_image,
    the_standard_library_is_compiled_where_its_interpreter_runs,
    what_an_own_base_brings_along_stays_visible,
    old_builders_get_what_they_understand,
    a_service_asks_after_its_own_health,
    packages_of_the_distribution_can_be_pinned,
    packages_of_the_distribution_come_from_the_mirror_and_the_image_does_not_know,
    build_secrets_are_mounted_and_never_kept,
    neither_data_nor_keys_get_into_the_context,
    weights_get_into_the_image_that_names_them_and_into_no_other,
    no_linter_finds_anything_in_any_kind,
);

const PIP: &str = "[stages.train]\nentry = \"train.py\"\noutputs = [\"model\"]\n";
const UNHASHED: &str = "[stages.train]\nentry = \"plain/train.py\"\noutputs = [\"model\"]\n";
const UV: &str = "[stages.train]\nentry = \"uv/train.py\"\noutputs = [\"model\"]\n";
const R: &str = "[stages.analyse]\nentry = \"analyse.R\"\noutputs = [\"model\"]\n";
pub(super) const MIRRORED: &str = "[build.mirrors]\npypi = \"https://nexus.hospital.example/simple\"\n\
    cran = \"https://nexus.hospital.example/cran\"\nnpm = \"https://nexus.hospital.example/npm\"\n\
    maven = \"https://nexus.hospital.example/maven\"\napt = \"https://nexus.hospital.example/apt?a&b\"\nimages = \"nexus.hospital.example\"\n";
const WITHOUT_SHELL: &str = "[stages.train]\nentry = \"train.py\"\nbase = \"gcr.io/distroless/python3-debian13:nonroot\"\n\
    outputs = [\"model\"]\n";
const OWN_BASE: &str = "[stages.train]\nentry = \"train.py\"\nbase = \"pytorch/pytorch:2.10.0-cuda12.8-cudnn9-runtime\"\noutputs = [\"model\"]\n";
const SERVICE: &str = "[services.api]\nentry = \"train.py\"\nport = 8080\nprobes = { ready = \"/ready?deep=1\" }\n";
const CLASSIC: &str = "[build]\ndialect = \"classic\"\n[services.api]\nentry = \"train.py\"\nport = 8080\n";
const FRONTEND: &str = "[build]\nfrontend = \"docker/dockerfile:1.26.0\"\n[stages.train]\nentry = \"train.py\"\n\
    outputs = [\"model\"]\n";
const PACKAGES: &str = "[build]\nsystem-packages = [\"libgomp1\", \"libstdc++6=14.2.0-19\"]\n[stages.train]\n\
    entry = \"train.py\"\noutputs = [\"model\"]\n";

const WEIGHTS: &str = "[images.net]\nlock = \"requirements.lock\"\nweights = [\"weights/lung.onnx\", \"net/inside.pt\"]\n\
    [stages.train]\nimage = { use = \"net\" }\nentry = \"net/train.py\"\noutputs = [\"model\"]\n";

fn a_lock_with_hashes_is_installed_with_hashes_and_nothing_else() {
    let text = dockerfile(PIP, &[]);
    assert!(text.contains(" install --no-compile --require-hashes --no-deps --only-binary=:all: --requirement"));
    let text = dockerfile(UNHASHED, &[]);
    assert!(text.contains("COPY --link plain/requirements.txt /build/requirements.lock"), "{text}");
    assert!(text.contains(" install --no-compile --requirement"), "{text}");
}

fn uv_installs_its_own_lock() {
    let text = dockerfile(UV, &[]);
    assert!(text.contains("FROM ghcr.io/astral-sh/uv:"), "{text}");
    assert!(text.contains("COPY --link uv/uv.lock uv/pyproject.toml /build/\n"), "{text}");
    assert!(text.contains(" && uv sync --directory /build --locked --no-install-project \\\n"), "{text}");
    let text = dockerfile(&format!("{MIRRORED}{UV}"), &[]);
    assert!(text.contains("FROM nexus.hospital.example/astral-sh/uv:"), "{text}");
    assert!(text.contains("ENV UV_DEFAULT_INDEX=\"https://nexus.hospital.example/simple\"\n"), "{text}");
    assert!(text.contains("--require-hashes /build/requirements.lock \\\n") && !text.contains("uv sync"), "{text}");
    let files = files(UV, &[]);
    let ignore = &files["images/python/Dockerfile.dockerignore"];
    assert!(ignore.contains("**\n!uv/uv.lock\n!uv/pyproject.toml\n!uv\n"), "{ignore}");
}

fn r_restores_from_its_snapshot_or_the_mirror() {
    let text = dockerfile(R, &[]);
    assert!(text.contains("FROM docker.io/rocker/r-ver:4.6.1 AS base"), "{text}");
    assert!(text.contains("ENV CRAN=\"https://cran.hospital.example/2026-11-02\"\n"), "{text}");
    assert!(text.ends_with("ENTRYPOINT [\"Rscript\", \"--vanilla\", \"/app/analyse.R\"]\n"), "{text}");
    let text = dockerfile(&format!("{MIRRORED}{R}"), &[]);
    assert!(text.contains("ENV RENV_CONFIG_REPOS_OVERRIDE=\"https://nexus.hospital.example/cran\"\n"), "{text}");
}

fn nothing_is_executed_in_the_image_that_is_run() {
    for (name, spec) in KINDS.iter().chain(languages::KINDS).chain(locks::KINDS) {
        let text = dockerfile(spec, &[]);
        let (_, runtime) = text.split_once(" AS runtime\n").expect("a last stage");
        let instructions = instructions(&format!("FROM x\n{runtime}"));
        assert!(!instructions.contains(&"RUN"), "{name}: {instructions:?}");
        assert_eq!(instructions.iter().filter(|it| **it == "USER").count(), 1, "{name}");
        assert!(!runtime.contains("/run/secrets"), "{name}");
    }
}

fn a_base_without_a_shell_gets_its_packages_from_another_image() {
    let text = dockerfile(WITHOUT_SHELL, &[]);
    assert!(text.contains("FROM docker.io/library/python:3.13-slim-trixie AS base\n"), "{text}");
    assert!(text.contains("FROM gcr.io/distroless/python3-debian13:nonroot AS runtime\n"), "{text}");
    assert!(text.contains("PYTHONPATH=/app:/venv/lib/python3.13/site-packages"), "{text}");
    assert!(!text.contains("PATH=/venv/bin"), "{text}");
}

fn the_standard_library_is_compiled_where_its_interpreter_runs() {
    let compiles = |spec| dockerfile(spec, &[]).contains("{ python -B -m compileall ");
    assert!(compiles(PIP) && compiles(UV) && compiles(OWN_BASE));
    assert!(!compiles(WITHOUT_SHELL) && !compiles(R));
}

fn what_an_own_base_brings_along_stays_visible() {
    let text = dockerfile(OWN_BASE, &[]);
    assert!(text.contains("python -m venv --system-site-packages /venv"), "{text}");
    assert!(!text.contains("pip check"), "{text}");
}

fn old_builders_get_what_they_understand() {
    let text = dockerfile(CLASSIC, &[]);
    assert!(!text.contains("--link") && !text.contains("--start-interval"), "{text}");
    let text = dockerfile(FRONTEND, &[]);
    assert!(text.starts_with("# syntax=docker.io/docker/dockerfile:1.26.0\n# check=error=true\n"), "{text}");
}

fn a_service_asks_after_its_own_health() {
    let text = dockerfile(SERVICE, &[]);
    assert!(
        text.contains("HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --start-interval=2s --retries=3")
    );
    assert!(text.contains("\"http://127.0.0.1:8080/ready?deep=1\"]\n"), "{text}");
    assert!(text.contains("EXPOSE 8080/tcp\n"), "{text}");
}

fn packages_of_the_distribution_can_be_pinned() {
    let text = dockerfile(PACKAGES, &[]);
    assert!(text.contains("    libgomp1 \\\n    libstdc++6=14.2.0-19 \\\n && rm -rf /var/lib/apt/lists/* "), "{text}");
}

fn packages_of_the_distribution_come_from_the_mirror_and_the_image_does_not_know() {
    let text = dockerfile(&format!("{MIRRORED}{PACKAGES}"), &[]);
    let sed = "-exec sed -i -E 's|https?://[^/[:space:]]+|https://nexus.hospital.example/apt?a\\&b|g' {} + \\\n";
    assert!(text.contains(sed), "{text}");
    assert!(text.contains(" && rm -r /tmp/start /tmp/apt \\\n"), "{text}");
    assert!(!dockerfile(PACKAGES, &[]).contains("/tmp/apt"));
}

fn build_secrets_are_mounted_and_never_kept() {
    let spec = format!(
        "[build]\nsecrets = [\"index\"]\n[secrets]\nindex = {{ from = \"env\", key = \"INDEX_TOKEN\" }}\n{PIP}"
    );
    let text = dockerfile(&spec, &[]);
    assert!(text.contains("    --mount=type=secret,id=index,target=/run/secrets/index \\\n"), "{text}");
    assert!(text.contains("INDEX_TOKEN=\"$(cat /run/secrets/index)\"; export INDEX_TOKEN; fi"), "{text}");
    assert!(!text.contains("ARG INDEX") && !text.contains("ENV INDEX"), "{text}");
    let bake: serde_json::Value = serde_json::from_str(&files(&spec, &[])["docker-bake.json"]).expect("JSON");
    assert_eq!(bake["target"]["python"]["secret"], serde_json::json!(["id=index,env=INDEX_TOKEN"]));
    assert_eq!(bake["target"]["python"]["dockerfile"], "deploy/default/images/python/Dockerfile");
}

fn neither_data_nor_keys_get_into_the_context() {
    let ignore = files(PIP, &[("mri/__init__.py", ""), ("scan.dcm", "PATIENT")]);
    let ignore = &ignore["images/python/Dockerfile.dockerignore"];
    let lines: Vec<&str> = ignore.lines().filter(|it| !it.starts_with('#')).collect();
    assert_eq!(lines[..4], ["**", "!requirements.lock", "!*.py", "!mri"]);
    for kept_out in ["**/*.[dD][cC][mM]", "**/*.pem", "**/.*"] {
        assert!(lines[4..].contains(&kept_out), "{kept_out}");
    }
}

fn files_of_secrets_stay_out_whatever_they_are_called() {
    let secret = |file: &str| format!("{PIP}\n[secrets.salt]\nfrom = \"file\"\nfile = \"{file}\"\n");
    let ignore =
        |file: &str| files(&secret(file), &[("mri/__init__.py", "")])["images/python/Dockerfile.dockerignore"].clone();
    for (file, among) in [("mri/salt.txt", "!mri"), ("salt.py", "!*.py"), ("old.py/salt.txt", "!*.py")] {
        let ignore = ignore(file);
        let at = |line: &str| ignore.lines().position(|it| it == line).unwrap_or_else(|| panic!("{line}: {ignore}"));
        assert!(at(among) < at(file), "{ignore}");
    }
    assert!(!ignore("elsewhere/salt.txt").contains("salt"));
}

fn a_folder_that_is_called_like_a_program_is_copied_with_them() {
    let made = |more: &[(&str, &str)]| {
        let spec = format!("{}{PIP}", PROJECT.replace("version = \"1.0.0\"\n", ""));
        let files = [("mlops.toml", &*spec), ("train.py", ""), ("requirements.lock", "")];
        let compiled = compile_memory(files.into_iter().chain(more.iter().copied()));
        let shown = shown(&compiled);
        (compiled.environments[0].plan.images["python"].tag.to_string(), shown.contains("weights-left-out"))
    };
    let (before, _) = made(&[]);
    let (with_it, _) = made(&[("old.py/notes.txt", "1")]);
    assert_ne!(with_it, before);
    assert_ne!(made(&[("old.py/notes.txt", "2")]).0, with_it);
    assert_eq!(made(&[("old.py/scan.dcm", "1")]), (before.clone(), false), "data stays out of it");
    assert_eq!(made(&[("old.py/net.pt", "1")]), (before, true));
    // What is a package besides is not two times there.
    let package = [("old.py/__init__.py", ""), ("old.py/net.pt", "1")];
    let shown = shown(&compiled(PIP, &package));
    assert!(shown.contains("`old.py/net.pt` stays out of image"), "{shown}");
}

fn weights_get_into_the_image_that_names_them_and_into_no_other() {
    let files = files(WEIGHTS, &[]);
    let ignore = &files["images/net/Dockerfile.dockerignore"];
    let at = |line: &str| ignore.lines().position(|it| it == line).unwrap_or_else(|| panic!("{line}: {ignore}"));
    assert!(at("!net") < at("**/*.pt") && at("**/*.pt") < at("!net/inside.pt"), "{ignore}");
    assert!(at("**/*.onnx") < at("!weights/lung.onnx"), "{ignore}");
    let copies: Vec<&str> = files["images/net/Dockerfile"].lines().filter(|it| it.contains(" /image/app")).collect();
    assert_eq!(
        copies,
        ["COPY --link weights/lung.onnx /image/app/weights/lung.onnx", "COPY --link net /image/app/net/"],
        "the weights of a copied folder come along with it"
    );
}

/// Every kind, with its name.
const KINDS: &[(&str, &str)] = &[
    ("pip", PIP),
    ("unhashed", UNHASHED),
    ("uv", UV),
    ("r", R),
    ("without-shell", WITHOUT_SHELL),
    ("own-base", OWN_BASE),
    ("service", SERVICE),
    ("classic", CLASSIC),
    ("frontend", FRONTEND),
    ("packages", PACKAGES),
    ("weights", WEIGHTS),
];

fn no_linter_finds_anything_in_any_kind() {
    // checkov passes over hidden folders.
    let folder = tempfile::Builder::new().prefix("mlopsc-").tempdir().expect("a folder can be made");
    let mut paths = Vec::new();
    let all = KINDS.iter().chain(languages::KINDS).chain(locks::KINDS);
    for (name, spec) in all.copied() {
        paths.push(write(&folder, name, spec));
        paths.push(write(&folder, &format!("{name}-mirrored"), &format!("{MIRRORED}{spec}")));
    }
    if let Some(found) = judges().hadolint(&paths).or_not_run("hadolint") {
        // A version is the user's to pin, a base may have a user who cannot install, and steps are layers of their own;
        // the files say so to hadolint, but the judge here hears no excuses.
        let is_known = |it: &crate::support::judges::Finding| ["DL3002", "DL3008", "DL3059"].contains(&&*it.rule);
        let (known, unknown): (Vec<_>, Vec<_>) = found.into_iter().partition(is_known);
        assert!(unknown.is_empty(), "{unknown:#?}");
        let count = |rule: &str| known.iter().filter(|it| it.rule == rule).count();
        let counts = [count("DL3002"), count("DL3008"), count("DL3059")];
        assert_eq!(
            counts,
            [2, 2, 2],
            "an own base, a package without a version, a second step; each twice: {known:#?}"
        );
    }
    if let Some(found) = judges().droast(&paths).or_not_run("droast") {
        // It takes the JSON form of a COPY for words, and looks for a file whose name begins with a bracket.
        let (words, found): (Vec<_>, Vec<_>) = found.into_iter().partition(|it| it.message.contains("source '["));
        assert!(found.is_empty(), "{found:#?}");
        assert!(words.iter().all(|it| it.rule == "DF077"), "{words:#?}");
    }
    if let Some(found) = judges().buildkit(&paths).or_not_run("BuildKit's checks") {
        assert!(found.is_empty(), "{found:#?}");
    }
    let folders = [folder.path().to_path_buf()];
    if let Some(found) = judges().checkov(Framework::Dockerfile, &folders).or_not_run("checkov on Dockerfiles") {
        assert!(found.is_empty(), "{found:#?}");
    }
}

/// Writes a Dockerfile and its ignore file.
fn write(folder: &TempDir, name: &str, spec: &str) -> PathBuf {
    let target = folder.path().join(name);
    std::fs::create_dir_all(&target).expect("a folder can be made");
    for (path, text) in files(spec, &[]) {
        if let Some((_, file)) = path.split_once('/').and_then(|(_, rest)| rest.split_once('/'))
            && path.starts_with("images/")
        {
            std::fs::write(target.join(file), text).expect("a file can be written");
        }
    }
    target.join("Dockerfile")
}
