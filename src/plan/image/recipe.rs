//! What decides the content of an image: its base, language, lock file and packages.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::group::Program;
use super::lock::{find_lock, language_of_lock};
use super::reference::{digest, external, mirrored};
use crate::catalogue::{UV, compiler, libc_of, named_base, usual_base, usual_version, without_shell};
use crate::plan::context::Context;
use crate::plan::{BaseImage, IMAGE_QUALIFIED, ImageRef, Lock, LockForm, Recipe};
use crate::source::{At, Origin};
use crate::spec::{Base, Build, FilePath, Image, ImageReference, Language, Name, OneLine, PythonVersion};

pub(super) fn recipe(context: &Context<'_>, program: &Program<'_>, shared: Option<&Name>) -> Recipe {
    let empty = Build::default();
    let build = context.spec.build.as_ref().map_or(&empty, |it| &it.value);
    let image = shared.and_then(|it| context.spec.images.get(it.as_str()));
    let layers = Layers { program, image: image.map(|it| &it.value), build };
    let base = layers.base();
    let named = base.as_ref().and_then(|it| named_base(it.as_str()));
    let language = layers.language(named.map(|it| it.language));
    let lock = find_lock(context, layers.lock(), program.workload.entry.as_ref().map(|it| it.as_str()), language);
    let without_shell = base.as_ref().and_then(|it| without_shell(&it.qualified()));
    let python = match without_shell {
        Some(known) => base.as_ref().map(|it| At::new(known.python.into(), it.origin.by(IMAGE_QUALIFIED))),
        None => (language == Language::Python).then(|| layers.python(program.origin)),
    };
    let version = layers.version(language, lock.as_ref(), program.origin);
    let mirrors = build.mirrors.as_ref();
    let web = |it: Option<&At<crate::spec::Url>>| it.map(|it| it.clone().map(|it| it.to_smolstr()));
    Recipe {
        language,
        has_own_base: base.is_some() && named.is_none() && without_shell.is_none(),
        builder: without_shell
            .map(|it| it.builder.to_owned())
            .or_else(|| compiler(language, &version))
            .map(|it| described(context, &it)),
        uv: uv(context, lock.as_ref()),
        base: base_image(context, base.filter(|_| named.is_none()), language, &version),
        python,
        framework: named.and_then(|it| it.framework),
        workspace: workspace(lock.as_ref(), image.map(|it| &*it.workspace).unwrap_or_default()),
        lock,
        // Pages need no packages.
        system_packages: if language == Language::Static { Vec::new() } else { layers.system_packages() },
        weights: image.map(|it| it.weights.iter().map(|it| it.to_smolstr()).collect()).unwrap_or_default(),
        steps: image.map(|it| it.run.iter().map(text).collect()).unwrap_or_default(),
        sources: Vec::new(),
        files: Vec::new(),
        secret_files: Vec::new(),
        dialect: build.dialect.map(|it| it.value).unwrap_or_default(),
        frontend: build.frontend.as_ref().map(|it| external(context, it, it.origin)),
        build_secrets: build_secrets(context, build),
        pypi: web(mirrors.and_then(|it| it.pypi.as_ref())),
        cran: web(mirrors.and_then(|it| it.cran.as_ref())),
        npm: web(mirrors.and_then(|it| it.npm.as_ref())),
        maven: web(mirrors.and_then(|it| it.maven.as_ref())),
        apt: web(mirrors.and_then(|it| it.apt.as_ref())),
    }
}

fn text(line: &At<OneLine>) -> At<SmolStr> {
    line.clone().map(|it| it.to_smolstr())
}

/// The folders of a workspace with the names of their packages, as far as the lock file knows them.
fn workspace(lock: Option<&At<Lock>>, folders: &[At<FilePath>]) -> Vec<(SmolStr, SmolStr)> {
    let Some(lock) = lock else { return Vec::new() };
    let of = |folder: &At<FilePath>| {
        let found =
            lock.members.iter().find(|it| lock.folder_of(it).is_some_and(|it| it.as_str() == folder.as_str()))?;
        Some((folder.to_smolstr(), found.name.clone()))
    };
    folders.iter().filter_map(of).collect()
}

/// Where a setting of an image may stand, the strongest first.
struct Layers<'r> {
    program: &'r Program<'r>,
    image: Option<&'r Image>,
    build: &'r Build,
}

impl Layers<'_> {
    fn base(&self) -> Option<At<Base>> {
        self.program.workload.base.clone().or_else(|| self.image?.base.clone())
    }

    fn lock(&self) -> Option<At<SmolStr>> {
        let own = self.program.workload.lock.as_ref();
        let lock = own.or_else(|| self.image?.lock.as_ref());
        // The lock file of [build] is of one language; a program in another one looks beside its entry.
        let of_build = self.build.lock.as_ref().filter(|it| language_of_lock(it.as_str()) == self.language(None));
        lock.or(of_build).map(|it| it.clone().map(|it| it.to_smolstr()))
    }

    fn language(&self, of_base: Option<Language>) -> Language {
        let said = self.program.workload.language.or_else(|| self.image?.language).map(|it| it.value);
        let by_ending = self.program.workload.entry.as_ref().and_then(|it| Language::of_file(it.as_str()));
        said.or(of_base).or(by_ending).unwrap_or(Language::Python)
    }

    fn python(&self, of: Origin) -> At<SmolStr> {
        let own = self.program.workload.python.as_ref();
        let version: Option<&At<PythonVersion>> =
            own.or_else(|| self.image?.python.as_ref()).or(self.build.python.as_ref());
        let usual = || At::new(usual_version(Language::Python).into(), of.by(IMAGE_QUALIFIED));
        version.map_or_else(usual, |it| it.clone().map(|it| it.to_smolstr()))
    }

    /// The version of the language.
    fn version(&self, language: Language, lock: Option<&At<Lock>>, of: Origin) -> At<SmolStr> {
        let said = match language {
            Language::Python => return self.python(of),
            Language::R => self.build.r.as_ref(),
            Language::Java => self.image.and_then(|it| it.java.as_ref()).or(self.build.java.as_ref()),
            Language::Node => self.image.and_then(|it| it.node.as_ref()).or(self.build.node.as_ref()),
            Language::Static => None,
        };
        let locked = lock.and_then(|it| it.language_version.clone());
        let usual = || At::new(locked.unwrap_or_else(|| usual_version(language).into()), of.by(IMAGE_QUALIFIED));
        said.map_or_else(usual, |it| it.clone().map(|it| it.to_smolstr()))
    }

    fn system_packages(&self) -> Vec<At<SmolStr>> {
        let own = self.program.workload.system_packages.iter();
        let shared = self.image.into_iter().flat_map(|it| &it.system_packages);
        let mut packages: Vec<At<SmolStr>> = self
            .build
            .system_packages
            .iter()
            .chain(shared)
            .chain(own)
            .map(|it| it.clone().map(|it| it.to_smolstr()))
            .collect();
        packages.sort_by(|a, b| a.value.cmp(&b.value));
        packages.dedup_by(|a, b| a.value == b.value);
        packages
    }
}

fn base_image(
    context: &Context<'_>,
    said: Option<At<ImageReference>>,
    language: Language,
    version: &At<SmolStr>,
) -> At<BaseImage> {
    match said {
        Some(base) => At::new(described(context, &base.qualified()), base.origin),
        None => {
            let name = usual_base(language, version);
            At::new(described(context, &name), version.origin.by(IMAGE_QUALIFIED))
        }
    }
}

/// What is known about a base by its full name.
fn described(context: &Context<'_>, name: &str) -> BaseImage {
    let reference = mirrored(context, name);
    let pinned = digest(context, name).map_or_else(|| reference.clone(), |it| format_smolstr!("{reference}@{it}"));
    let parsed = ImageReference::parse(name).ok();
    let libc = parsed.as_ref().and_then(|it| libc_of(it.path(), it.tag().unwrap_or_default()));
    // The images of rocker are built on Ubuntu 24.04 (rocker-versioned2).
    let libc = libc.or_else(|| name.starts_with("docker.io/rocker/").then_some(crate::catalogue::Libc::Glibc(39)));
    BaseImage { reference: if name.contains('@') { reference } else { pinned }, name: name.into(), libc }
}

fn uv(context: &Context<'_>, lock: Option<&At<Lock>>) -> Option<ImageRef> {
    let lock = lock.filter(|it| it.form == LockForm::Uv)?;
    let image = ImageReference::parse(UV).expect("internal error: a good reference");
    Some(external(context, &image, lock.origin.by(IMAGE_QUALIFIED)))
}

pub(super) fn build_secrets(context: &Context<'_>, build: &Build) -> Vec<(At<SmolStr>, SmolStr)> {
    let secret = |name: &At<Name>| {
        let secret = context.spec.secrets.get(name.as_str())?;
        let variable = secret.env_key()?.value.into();
        Some((name.clone().map(|it| it.to_smolstr()), variable))
    };
    build.secrets.iter().filter_map(secret).collect()
}
