//! What the Dockerfile's template is given.

use minijinja::Value;
use serde::Serialize;
use smol_str::{SmolStr, format_smolstr};

use crate::catalogue::{ASK_HTTP, ASK_TCP, release};
use crate::plan::{HealthCheck, Image, Lock, LockForm, Recipe};
use crate::spec::{Dialect, Language};

/// The values of the template.
#[derive(Serialize)]
pub(super) struct Values {
    frontend: Option<SmolStr>,
    /// The images of the stages `uv`, `base` and `runtime`; the last one is `base` unless it has no shell.
    uv: Option<SmolStr>,
    builder: SmolStr,
    runtime: SmolStr,
    packages: Vec<SmolStr>,
    uid: u32,
    gid: u32,
    folders: Vec<Folder>,
    /// The template that installs the locked packages: `pip`, `uv` or `renv`.
    installer: Option<&'static str>,
    lock: Option<String>,
    /// The `pyproject.toml` of an `uv.lock`.
    project: Option<String>,
    hashed: bool,
    /// The base is the project's own choice: what it brings along stays visible.
    own_base: bool,
    /// Byte code is made in advance, because nobody can write it beside the sources later. It would add much to a
    /// GPU framework and save little.
    compiles: bool,
    index: Option<SmolStr>,
    repository: Option<SmolStr>,
    secrets: Vec<Secret>,
    labels: Vec<Label>,
    copy: Value,
    /// The folder of installed packages.
    library: Option<&'static str>,
    sources: Vec<Source>,
    environment: Vec<Variable>,
    ports: Vec<String>,
    health: Option<Vec<String>>,
    start_interval: Value,
    entrypoint: Vec<String>,
}

/// A folder for a dataset: where it is made, and where it is in the image.
#[derive(Serialize)]
struct Folder {
    made: String,
    path: SmolStr,
}

#[derive(Serialize)]
struct Secret {
    id: SmolStr,
    variable: SmolStr,
}

#[derive(Serialize)]
struct Label {
    key: &'static str,
    value: SmolStr,
}

#[derive(Serialize)]
struct Source {
    from: Value,
    to: String,
}

/// A variable with its value as the file has it.
#[derive(Serialize)]
struct Variable {
    name: &'static str,
    value: Value,
}

pub(super) fn values(image: &Image, recipe: &Recipe) -> Values {
    let lock = recipe.lock.as_ref().map(|it| &it.value);
    let is_buildkit = recipe.dialect == Dialect::Buildkit;
    let installer = lock.map(|it| match it.form {
        LockForm::Requirements => "pip",
        LockForm::Uv => "uv",
        LockForm::Renv => "renv",
    });
    let index = if recipe.language == Language::R { &recipe.cran } else { &recipe.pypi };
    Values {
        frontend: recipe.frontend.as_ref().map(|it| it.value.clone()),
        uv: recipe.uv.as_ref().map(|it| it.reference.value.clone()),
        builder: recipe.builder.as_ref().unwrap_or(&recipe.base).reference.clone(),
        runtime: if recipe.builder.is_some() { recipe.base.reference.clone() } else { "base".into() },
        packages: recipe.system_packages.iter().map(|it| it.value.clone()).collect(),
        uid: image.uid.value,
        gid: image.gid.value,
        folders: folders(image),
        installer,
        lock: lock.map(|it| plain(it.path.as_str())),
        project: lock.and_then(Lock::project).map(|it| plain(it.as_str())),
        hashed: lock.is_some_and(|it| it.hashed),
        own_base: recipe.has_own_base,
        compiles: recipe.framework.is_none(),
        index: index.as_ref().map(|it| it.value.clone()),
        repository: index.as_ref().map(|it| it.value.clone()).or_else(|| lock?.repository.clone()),
        secrets: recipe
            .build_secrets
            .iter()
            .map(|(id, variable)| Secret { id: id.value.clone(), variable: variable.clone() })
            .collect(),
        labels: labels(image, recipe),
        copy: Value::from_safe_string(if is_buildkit { "COPY --link" } else { "COPY" }.to_owned()),
        library: installer.map(|it| if it == "renv" { "/opt/rlib" } else { "/opt/venv" }),
        sources: sources(recipe),
        environment: environment(image, recipe),
        ports: image.ports.iter().map(|(number, protocol)| format!("{number}/{}", protocol.lower())).collect(),
        health: image.health.as_ref().filter(|_| recipe.language == Language::Python).map(health),
        start_interval: Value::from_safe_string(if is_buildkit { " --start-interval=2s" } else { "" }.to_owned()),
        entrypoint: entrypoint(image, recipe),
    }
}

/// Everything that the Dockerfile copies from the project.
pub(super) fn copied(recipe: &Recipe) -> Vec<String> {
    let lock = recipe.lock.as_ref();
    let files = lock.into_iter().flat_map(|it| std::iter::once(it.path.clone()).chain(it.project()));
    files.map(|it| plain(it.as_str())).chain(recipe.sources.iter().map(|it| plain(it))).collect()
}

/// A path as a word of `COPY`, which takes what begins with `--` for an option.
fn plain(path: &str) -> String {
    if path.starts_with('-') { format!("./{path}") } else { path.to_owned() }
}

fn folders(image: &Image) -> Vec<Folder> {
    let made =
        |(index, path): (usize, &SmolStr)| Folder { made: format!("/build/folders/{index}"), path: path.clone() };
    image.folders.iter().enumerate().map(made).collect()
}

fn sources(recipe: &Recipe) -> Vec<Source> {
    let copy = |source: &SmolStr| Source {
        // A path of the spec is a plain word; only the asterisk of `*.py` is none.
        from: Value::from_safe_string(plain(source)),
        to: if source.starts_with('*') { "/app/".to_owned() } else { format!("/app/{source}/") },
    };
    recipe.sources.iter().map(copy).collect()
}

/// The annotations of the Open Container Initiative (image-spec, `annotations.md`).
fn labels(image: &Image, recipe: &Recipe) -> Vec<Label> {
    let base = &recipe.base;
    let digest = base.reference.split_once('@').map(|(_, digest)| SmolStr::new(digest));
    let cuda = recipe.framework_version().and_then(|(framework, version)| release(framework, version));
    let mut labels = vec![
        Label { key: "org.opencontainers.image.title", value: image.title.clone() },
        Label { key: "org.opencontainers.image.version", value: image.tag.value.clone() },
        Label { key: "org.opencontainers.image.base.name", value: base.name.clone() },
    ];
    let mut label = |key, value: Option<SmolStr>| labels.extend(value.map(|value| Label { key, value }));
    label("org.opencontainers.image.base.digest", digest);
    label("org.opencontainers.image.authors", image.owner.as_ref().map(|it| it.value.clone()));
    let cuda = cuda.filter(|_| image.gpu).map(|it| format_smolstr!("{}.{}", it.cuda.0, it.cuda.1));
    label("dev.mlopsc.cuda", cuda);
    labels
}

fn environment(image: &Image, recipe: &Recipe) -> Vec<Variable> {
    let safe = |text: &str| Value::from_safe_string(text.to_owned());
    let mut variables = Vec::new();
    let mut add = |name, value| variables.push(Variable { name, value });
    let is_installed = recipe.lock.is_some();
    add("LANG", safe("C.UTF-8"));
    match recipe.language {
        Language::Python => {
            let mut path = String::from("/app");
            if recipe.sources.iter().any(|it| it == "src") {
                path += ":/app/src";
            }
            match recipe.builder.as_ref().zip(recipe.python.as_ref()) {
                // The interpreter of such a base is not the one that the packages were installed with.
                Some((_, python)) if is_installed => {
                    path += &format!(":/opt/venv/lib/python{python}/site-packages");
                }
                _ if is_installed => add("PATH", safe("/opt/venv/bin:${PATH}")),
                _ => {}
            }
            add("PYTHONPATH", Value::from(path));
            add("PYTHONUNBUFFERED", safe("1"));
            add("PYTHONDONTWRITEBYTECODE", safe("1"));
        }
        Language::R if is_installed => add("R_LIBS", safe("/opt/rlib")),
        Language::R => {}
    }
    add("HOME", safe("/tmp"));
    if image.gpu {
        // Which GPUs a container sees is said by whoever starts it, never by the image.
        add("NVIDIA_DRIVER_CAPABILITIES", safe("compute,utility"));
        let cuda = recipe.framework_version().and_then(|(framework, version)| release(framework, version));
        if let Some(it) = cuda {
            // Any driver of a major version runs all of its releases (CUDA compatibility, minor versions).
            add("NVIDIA_REQUIRE_CUDA", safe(&format!("\"cuda>={}.0\"", it.cuda.0)));
        }
    }
    variables
}

/// Asks as a probe would, with what every image of Python has.
fn health(check: &HealthCheck) -> Vec<String> {
    let port = check.port;
    let (script, argument) = match &check.path {
        Some(path) => (ASK_HTTP, format!("http://127.0.0.1:{port}{path}")),
        None => (ASK_TCP, port.to_string()),
    };
    vec!["python".to_owned(), "-c".to_owned(), script.to_owned(), argument]
}

/// The one program of the image, or its interpreter where the workloads say what to run.
fn entrypoint(image: &Image, recipe: &Recipe) -> Vec<String> {
    let mut words: Vec<String> = match recipe.language {
        Language::Python => vec!["python".to_owned()],
        Language::R => vec!["Rscript".to_owned(), "--vanilla".to_owned()],
    };
    if let [entry] = image.entries.as_slice() {
        words.push(format!("/app/{entry}"));
    }
    words
}
