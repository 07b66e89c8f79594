//! What the Dockerfile's template is given.

use minijinja::Value;
use serde::Serialize;
use smol_str::{SmolStr, format_smolstr};

use super::program::{self, Variable};
use crate::plan::{Image, Lock, LockForm, Recipe, jar};
use crate::source::RelPath;
use crate::spec::{Dialect, Language};

/// The values of the template.
#[derive(Serialize)]
pub(super) struct Values {
    frontend: Option<SmolStr>,
    /// The images of the stages. `builder` and `runtime` are built on `base`, unless a program is compiled in another
    /// image than it runs in, or runs in one without a shell.
    uv: Option<SmolStr>,
    base: SmolStr,
    builder: SmolStr,
    runtime: SmolStr,
    packages: Vec<SmolStr>,
    /// What `sed` does to the sources of these packages where there is a mirror.
    sources_changed: Option<String>,
    uid: u32,
    gid: u32,
    /// Folders for datasets, which belong to whoever runs the program.
    folders: Vec<SmolStr>,
    /// The template that installs the locked packages, or builds the program: `pip`, `uv`, `renv`, `npm`, `maven` …
    installer: Option<&'static str>,
    lock: Option<String>,
    /// Requirements that were made from the lock file, and where the builder looks for them.
    requirements: Option<[String; 2]>,
    /// The `pyproject.toml` of an `uv.lock`, the `package.json` of a `package-lock.json`.
    project: Option<String>,
    /// Where the packages of Node are installed: beside the files of the lock file's folder.
    modules: String,
    /// The project files of a workspace, and those of its folders that are installed.
    projects: Vec<Source>,
    workspace: Vec<Package>,
    /// Build files, and the jars that they make.
    builds: Vec<Build>,
    /// What Maven is told about a mirror.
    settings: Option<String>,
    steps: Vec<[String; 3]>,
    /// The folder of the program, where the builder makes it, and what comes from the project beside it.
    built: Option<&'static str>,
    beside: Vec<Source>,
    /// The configuration of nginx, and where it looks for it below `/image`.
    site: Option<[String; 2]>,
    hashed: bool,
    /// The base is the project's own choice: what it brings along stays visible.
    own_base: bool,
    /// Byte code of the standard library is made in advance, as that of the packages is, because nobody can write it
    /// beside the sources later.
    bytecode: bool,
    index: Option<SmolStr>,
    repository: Option<SmolStr>,
    secrets: Vec<Secret>,
    labels: Vec<Label>,
    copy: Value,
    /// The folder of installed packages, where that is not `/app`. It is in the root, because a builder gives folders that it
    /// makes above one that it copies the time of the build.
    library: Option<&'static str>,
    sources: Vec<Source>,
    weights: Vec<Source>,
    environment: Vec<Variable>,
    ports: Vec<String>,
    health: Option<Vec<String>>,
    start_interval: Value,
    /// What keeps a step from the network, where the dialect has a word for it; without one it also begins sooner.
    no_network: Value,
    entrypoint: Vec<String>,
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

/// A folder that is installed as a package.
#[derive(Serialize)]
struct Package {
    name: SmolStr,
    from: String,
    to: String,
}

/// A build file in its folder, and the jar that it makes.
#[derive(Serialize)]
struct Build {
    folder: String,
    jar: SmolStr,
}

pub(super) fn values(image: &Image, recipe: &Recipe, folder: &str) -> Values {
    let lock = recipe.lock.as_ref().map(|it| &it.value);
    let is_buildkit = recipe.dialect == Dialect::Buildkit;
    let is_compiled = recipe.language == Language::Java;
    let installer = installer(image, recipe);
    let index = match recipe.language {
        Language::Python => &recipe.pypi,
        Language::R => &recipe.cran,
        Language::Node => &recipe.npm,
        Language::Java => &recipe.maven,
        Language::Static => &None,
    };
    let other = recipe.builder.as_ref().map(|it| it.reference.clone());
    let (base, builder, runtime) = match other {
        Some(compiler) if is_compiled => (recipe.base.reference.clone(), compiler, "base".into()),
        Some(with_shell) => (with_shell, "base".into(), recipe.base.reference.clone()),
        None => (recipe.base.reference.clone(), "base".into(), "base".into()),
    };
    Values {
        frontend: recipe.frontend.as_ref().map(|it| it.reference.value.clone()),
        uv: recipe.uv.as_ref().map(|it| it.reference.value.clone()),
        base,
        builder,
        runtime,
        packages: recipe.system_packages.iter().map(|it| it.value.clone()).collect(),
        sources_changed: recipe.apt.as_ref().map(|it| sources_changed(it)),
        uid: image.uid.value,
        gid: image.gid.value,
        folders: image.folders.clone(),
        installer,
        lock: lock.map(|it| plain(it.path.as_str())),
        requirements: lock
            .filter(|it| it.requirements.is_some())
            .map(|_| [made(image, folder, REQUIREMENTS), "/build/requirements.lock".to_owned()]),
        project: lock.and_then(Lock::project).map(|it| plain(it.as_str())),
        modules: lock.map_or_else(String::new, modules),
        projects: projects(recipe),
        workspace: workspace(recipe),
        builds: image.entries.iter().filter(|_| is_compiled).map(|it| build(it)).collect(),
        settings: index.as_ref().filter(|_| is_compiled).map(|it| settings(it)),
        steps: recipe.steps.iter().map(|it| ["/bin/sh".to_owned(), "-ec".to_owned(), it.to_string()]).collect(),
        built: (is_compiled || !recipe.steps.is_empty() || installer == Some("npm")).then_some("/app"),
        beside: if is_compiled || !recipe.steps.is_empty() { Vec::new() } else { sources(recipe) },
        site: (recipe.language == Language::Static)
            .then(|| [made(image, folder, SITE), "/image/etc/nginx/nginx.conf".to_owned()]),
        hashed: lock.is_some_and(|it| it.hashed),
        own_base: recipe.has_own_base,
        // In a base without a shell the interpreter is another one than the builder's.
        bytecode: recipe.language == Language::Python && recipe.builder.is_none(),
        index: index.as_ref().map(|it| it.value.clone()),
        repository: index.as_ref().map(|it| it.value.clone()).or_else(|| lock?.repository.clone()),
        secrets: recipe
            .build_secrets
            .iter()
            .map(|(id, variable)| Secret { id: id.value.clone(), variable: variable.clone() })
            .collect(),
        labels: labels(image, recipe),
        copy: Value::from_safe_string(if is_buildkit { "COPY --link" } else { "COPY" }.to_owned()),
        library: match recipe.language {
            Language::R => installer.map(|_| "/library"),
            Language::Python => installer.map(|_| "/venv"),
            _ => None,
        },
        sources: sources(recipe),
        weights: recipe.weights_beside().map(weights).collect(),
        environment: program::environment(image, recipe),
        ports: image.ports.iter().map(|(number, protocol)| format!("{number}/{}", protocol.lower())).collect(),
        health: image.health.as_ref().filter(|_| recipe.language == Language::Python).map(program::health),
        start_interval: Value::from_safe_string(if is_buildkit { " --start-interval=2s" } else { "" }.to_owned()),
        no_network: Value::from_safe_string(if is_buildkit { " --network=none" } else { "" }.to_owned()),
        entrypoint: program::entrypoint(image, recipe),
    }
}

/// What is made beside the Dockerfile: requirements from another tool's lock file, and the configuration of nginx.
pub(super) const REQUIREMENTS: &str = "requirements.lock";
pub(super) const SITE: &str = "nginx.conf";

/// Where a file is that is made beside the Dockerfile.
fn made(image: &Image, folder: &str, name: &str) -> String {
    plain(&format!("{folder}/images/{}/{name}", image.name))
}

fn installer(image: &Image, recipe: &Recipe) -> Option<&'static str> {
    if recipe.language == Language::Java {
        let is_maven = image.entries.first().is_none_or(|it| it.ends_with("pom.xml"));
        return Some(if is_maven { "maven" } else { "gradle" });
    }
    recipe.lock.as_ref().and_then(|it| match it.form {
        LockForm::Requirements | LockForm::Poetry | LockForm::Pipenv => Some("pip"),
        LockForm::Uv => Some("uv"),
        LockForm::Renv => Some("renv"),
        LockForm::Npm => Some("npm"),
        LockForm::Gradle | LockForm::Maven => None,
    })
}

fn modules(lock: &Lock) -> String {
    format!("/app/{}", lock.path.parent().as_str()).trim_end_matches('/').to_owned()
}

/// The project files of a workspace in the folders that the lock file says.
fn projects(recipe: &Recipe) -> Vec<Source> {
    let Some(lock) = recipe.lock.as_ref().filter(|_| !recipe.workspace.is_empty()) else { return Vec::new() };
    let project = |it: RelPath| {
        let folder = it.below(&lock.path.parent()).rsplit_once('/').map_or("", |(folder, _)| folder);
        Source { from: Value::from(plain(it.as_str())), to: format!("/build/{folder}/") }
    };
    lock.member_projects().into_iter().map(project).collect()
}

fn workspace(recipe: &Recipe) -> Vec<Package> {
    let root = recipe.lock.as_ref().map_or(RelPath::root(), |it| it.path.parent());
    let package = |(folder, name): &(SmolStr, SmolStr)| {
        let below = RelPath::parse(folder).map_or_else(|_| folder.to_string(), |it| it.below(&root).to_owned());
        Package { name: name.clone(), from: plain(folder), to: format!("/build/{below}/") }
    };
    recipe.workspace.iter().map(package).collect()
}

fn build(entry: &str) -> Build {
    let folder = entry.rsplit_once('/').map_or("/build".to_owned(), |(folder, _)| format!("/build/{folder}"));
    Build { folder, jar: jar(entry) }
}

/// One mirror in place of every host (sources.list(5); the replacement of sed's `s`).
fn sources_changed(mirror: &str) -> String {
    let mirror = mirror.trim_end_matches('/').replace('&', "\\&");
    format!("s|https?://[^/[:space:]]+|{mirror}|g")
}

/// One repository in place of all others (Maven's manual, "Using mirrors for repositories").
fn settings(mirror: &str) -> String {
    let url = mirror.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<settings><mirrors><mirror><id>mirror</id><mirrorOf>*</mirrorOf><url>{url}</url></mirror></mirrors></settings>"
    )
}

/// What nginx is told.
#[derive(Serialize)]
pub(super) struct Site {
    port: u16,
    root: String,
    page: String,
}

/// What nginx is told of an image with pages.
pub(super) fn site(image: &Image) -> Site {
    let entry = image.entries.first().map_or("index.html", |it| it.as_str());
    let (folder, page) = entry.rsplit_once('/').map_or(("", entry), |(folder, page)| (folder, page));
    let root = if folder.is_empty() { "/app".to_owned() } else { format!("/app/{folder}") };
    Site { port: image.ports.first().map_or(8080, |(number, _)| *number), root, page: page.to_owned() }
}

/// Everything that the Dockerfile copies from the project.
pub(super) fn copied(image: &Image, recipe: &Recipe, folder: &str) -> Vec<String> {
    let lock = recipe.lock.as_ref();
    let mut copied = Vec::new();
    match lock {
        Some(lock) if lock.requirements.is_some() => copied.push(made(image, folder, REQUIREMENTS)),
        // What verifies a build of Java is among its sources.
        Some(_) if recipe.language == Language::Java => {}
        Some(lock) => {
            copied.extend(std::iter::once(lock.path.clone()).chain(lock.project()).map(|it| plain(it.as_str())));
        }
        None => {}
    }
    if let Some(lock) = lock.filter(|_| !recipe.workspace.is_empty()) {
        copied.extend(lock.member_projects().iter().map(|it| plain(it.as_str())));
    }
    let folders = recipe.workspace.iter().map(|(folder, _)| folder);
    copied.extend(folders.chain(&recipe.sources).chain(&recipe.files).map(|it| plain(it)));
    if recipe.language == Language::Static {
        copied.push(made(image, folder, SITE));
    }
    copied
}

/// A path as a word of `COPY`, which takes what begins with `--` for an option.
fn plain(path: &str) -> String {
    if path.starts_with('-') { format!("./{path}") } else { path.to_owned() }
}

fn sources(recipe: &Recipe) -> Vec<Source> {
    let root = if recipe.language == Language::Java { "/build" } else { "/app" };
    let folder = |source: &SmolStr| Source {
        // A path of the spec is a plain word; only the asterisk of `*.py` is none.
        from: Value::from_safe_string(plain(source)),
        to: if source.starts_with('*') { format!("{root}/") } else { format!("{root}/{source}/") },
    };
    let file = |file: &SmolStr| Source { from: Value::from_safe_string(plain(file)), to: format!("{root}/") };
    recipe.sources.iter().map(folder).chain(recipe.files.iter().map(file)).collect()
}

fn weights(path: &SmolStr) -> Source {
    Source { from: Value::from(plain(path)), to: format!("/app/{path}") }
}

/// The annotations of the Open Container Initiative (image-spec, `annotations.md`).
fn labels(image: &Image, recipe: &Recipe) -> Vec<Label> {
    let base = &recipe.base;
    let digest = base.reference.split_once('@').map(|(_, digest)| SmolStr::new(digest));
    let mut labels = vec![
        Label { key: "org.opencontainers.image.title", value: image.title.clone() },
        Label { key: "org.opencontainers.image.version", value: image.tag.value.clone() },
        Label { key: "org.opencontainers.image.base.name", value: base.name.clone() },
    ];
    let mut label = |key, value: Option<SmolStr>| labels.extend(value.map(|value| Label { key, value }));
    label("org.opencontainers.image.base.digest", digest);
    label("org.opencontainers.image.authors", image.owner.as_ref().map(|it| it.value.clone()));
    let cuda = recipe.locked_framework().and_then(|it| it.cuda()).filter(|_| image.gpu);
    let cuda = cuda.map(|it| format_smolstr!("{}.{}", it.0, it.1));
    label("dev.mlopsc.cuda", cuda);
    labels
}
