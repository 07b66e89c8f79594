//! Which files of the project go into an image, and the hash of what does.

use sha2::{Digest, Sha256};
use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::ignore::takes;
use crate::blueprint::of_ours;
use crate::plan::context::Context;
use crate::plan::storage::hex;
use crate::plan::{Image, Making, Recipe};
use crate::source::{Files, RelPath};
use crate::spec::{FilePath, Language};

/// What never gets into an image, even from a folder that is copied: patients' data, keys, and what programs leave
/// behind. The patterns are those of `.dockerignore`.
pub const KEPT_OUT: &[&str] = &[
    "**/.*",
    "**/__pycache__",
    "**/*.py[cod]",
    "**/*.[dD][cC][mM]",
    "**/*.[dD][cC][mM].[gG][zZ]",
    "**/*.[nN][iI][iI]",
    "**/*.[nN][iI][iI].[gG][zZ]",
    "**/*.mh[ad]",
    "**/*.nrrd",
    "**/DICOMDIR",
    "**/*.env",
    "**/*.key",
    "**/*.p12",
    "**/*.pem",
    "**/*.pfx",
    "**/id_rsa*",
    "**/id_dsa*",
    "**/id_ecdsa*",
    "**/id_ed25519*",
    "**/kubeconfig",
    "**/credentials.json",
];

/// How files with the weights of models end. They are data too: they get into an image whose table in the spec names
/// them, and into no other.
pub const WEIGHTS: &[&str] = &[
    ".pt",
    ".pth",
    ".ckpt",
    ".safetensors",
    ".onnx",
    ".h5",
    ".keras",
    ".tflite",
    ".gguf",
    ".joblib",
    ".pkl",
    ".pickle",
    ".npy",
    ".npz",
    "saved_model.pb",
];

/// What the image is made from: for an entry in a folder the first folder of its path (of a site the folder that it is
/// in); for one beside `mlops.toml` all programs there, with the packages there. Folders and patterns, and single files.
pub(super) fn sources<'e>(
    context: &Context<'_>,
    entries: impl Iterator<Item = &'e str>,
    language: Language,
) -> (Vec<SmolStr>, Vec<SmolStr>) {
    let mut sources: Vec<SmolStr> = Vec::new();
    let mut files: Vec<SmolStr> = Vec::new();
    for entry in entries {
        match (entry.split_once('/'), language) {
            (Some(_), Language::Static) => sources.extend(entry.rsplit_once('/').map(|(folder, _)| folder.into())),
            (Some((folder, _)), _) => sources.push(folder.into()),
            (None, Language::R) if entry.ends_with(".R") => sources.push("*.R".into()),
            (None, Language::Python) if entry.ends_with(".py") => {
                sources.push("*.py".into());
                sources.extend(folders(context, &|it| it == "__init__.py"));
            }
            (None, Language::Node) => {
                let ending = entry.rsplit_once('.').map_or("js", |(_, ending)| ending);
                sources.push(format_smolstr!("*.{ending}"));
                let is_module = |it: &str| Language::of_file(it) == Some(Language::Node);
                sources.extend(folders(context, &is_module).filter(|it| it != "node_modules" && it != "test"));
            }
            (None, Language::Java) => {
                files.push(entry.into());
                for name in JAVA {
                    let path = RelPath::parse(name).expect("internal error: a good name");
                    if context.files.is_file(&path) {
                        files.push((*name).into());
                    } else if context.files.is_folder(&path) {
                        sources.push((*name).into());
                    }
                }
            }
            (None, _) => files.push(entry.into()),
        }
    }
    for list in [&mut sources, &mut files] {
        list.sort();
        list.dedup();
    }
    (sources, files)
}

/// What belongs to a Java project beside `mlops.toml`.
const JAVA: &[&str] = &[
    "mvnw",
    ".mvn",
    "gradlew",
    "gradle",
    "gradle.properties",
    "gradle.lockfile",
    "settings.gradle",
    "settings.gradle.kts",
    "src",
];

/// The folders beside `mlops.toml` with a file of such a name in them.
fn folders<'f>(context: &'f Context<'_>, is_one: &'f dyn Fn(&str) -> bool) -> impl Iterator<Item = SmolStr> + 'f {
    let is_package = move |folder: &str| {
        // A name that no path of a spec could have is nobody's package.
        if FilePath::check(folder).is_err() {
            return false;
        }
        let inside = RelPath::parse(folder).map(|it| context.files.list(&it)).unwrap_or_default();
        folder != "tests" && inside.iter().any(|it| is_one(it))
    };
    let names = context.files.list(&RelPath::root()).into_iter();
    names.filter_map(move |it| it.strip_suffix('/').filter(|it| is_package(it)).map(SmolStr::new))
}

/// `sha-` and twelve digits of a hash over what the plan says of the image, the lock file, the templates of Dockerfiles
/// (the project's and ours: another version of the compiler may make another image) and every copied file.
pub(super) fn content_hash(context: &Context<'_>, image: &Image) -> SmolStr {
    let mut hash = Sha256::new();
    hash.update(serde_json::to_vec(image).expect("internal error: a plan is JSON"));
    if image.recipe().is_some() {
        of_ours("docker").for_each(|it| hash.update(it));
    }
    for path in files(context, image) {
        hash.update(path.as_str().as_bytes());
        hash.update([0]);
        // A file that cannot be read is reported where it is named, or by the builder.
        let is_read = context.files.parts(&path, &mut |it| hash.update(it)).is_ok();
        hash.update([u8::from(!is_read)]);
    }
    format_smolstr!("sha-{}", hex(&hash.finalize()[..6]))
}

/// Every file of the project that an image is made of.
pub(in crate::plan) fn files(context: &Context<'_>, image: &Image) -> Vec<RelPath> {
    match &image.making {
        Making::Recipe(recipe) => of_recipe(context, recipe),
        Making::Dockerfile(own) => super::own::files(context, own),
    }
}

/// The same hash for an image that is planned, whatever registry it is pushed to. A tag that is such a hash itself says
/// nothing more; a version does, because it is in the image.
pub(in crate::plan) fn definition(context: &Context<'_>, image: &Image) -> SmolStr {
    let mut image = image.clone();
    image.repository.value = SmolStr::default();
    if context.spec.project.as_ref().is_none_or(|it| it.version.is_none()) {
        image.tag.value = SmolStr::default();
    }
    content_hash(context, &image)
}

fn of_recipe(context: &Context<'_>, recipe: &Recipe) -> Vec<RelPath> {
    let lock = recipe.lock.iter().flat_map(|it| std::iter::once(it.path.clone()).chain(it.project()));
    let templates = context.files.walk(&RelPath::parse(TEMPLATES).expect("internal error: a good name"), &|_| true);
    let members = recipe.lock.iter().filter(|_| !recipe.workspace.is_empty()).flat_map(|it| it.member_projects());
    lock.chain(members).chain(templates).chain(recipe.copied(context.files)).collect()
}

/// The project's own templates of Dockerfiles.
const TEMPLATES: &str = "blueprints/docker";

/// The pattern that keeps a file out of every image, if one does.
#[must_use]
pub fn kept_out(path: &RelPath) -> Option<&'static str> {
    KEPT_OUT.iter().copied().find(|it| takes(it, path.as_str()))
}

/// Whether a file holds the weights of a model, as far as its name tells.
#[must_use]
pub fn is_weights(path: &RelPath) -> bool {
    let path = path.as_str();
    let ending = path.rfind('.').map_or("", |at| &path[at..]);
    WEIGHTS.iter().any(|it| if it.starts_with('.') { *it == ending } else { path.ends_with(it) })
}

/// The files of secrets, whether they are there today or not, that lie among what is copied.
pub(super) fn secret_files(context: &Context<'_>, recipe: &Recipe) -> Vec<SmolStr> {
    let workspace = recipe.workspace.iter().map(|(folder, _)| folder);
    let copied: Vec<&SmolStr> = recipe.sources.iter().chain(workspace).collect();
    let is_copied = |path: &str| {
        copied.iter().any(|source| match source.strip_prefix('*') {
            Some(ending) => path.split('/').next().is_some_and(|it| it.ends_with(ending)),
            None => takes(source, path),
        })
    };
    let files = context.spec.secrets.values().filter_map(|it| it.file.as_ref());
    files.filter(|it| is_copied(it)).map(|it| it.to_smolstr()).collect()
}

impl Recipe {
    /// Every file that goes into the image.
    #[must_use]
    pub fn copied(&self, all: &Files) -> Vec<RelPath> {
        let mut files = self.found(all);
        let made = self.left_out();
        files.retain(|it| {
            let stays_out =
                kept_out(it).is_some() || is_weights(it) || made.iter().any(|glob| takes(glob, it.as_str()));
            !stays_out
        });
        let root = RelPath::root();
        let let_in = self.let_in();
        let folders = let_in.iter().filter_map(|it| root.join(it).ok());
        files.extend(folders.flat_map(|it| all.walk_all(&it, &|_| true)));
        files.extend(self.weights.iter().filter_map(|it| root.join(it).ok()));
        files
    }

    /// Every file in the places that are copied, and what stays out of the image among them.
    #[must_use]
    pub fn found(&self, files: &Files) -> Vec<RelPath> {
        let root = RelPath::root();
        let mut found: Vec<RelPath> = self.files.iter().filter_map(|it| root.join(it).ok()).collect();
        let workspace = self.workspace.iter().map(|(folder, _)| folder);
        for source in self.sources.iter().chain(workspace) {
            if let Some(ending) = source.strip_prefix('*') {
                found.extend(self.ending(files, ending));
            } else if let Ok(folder) = root.join(source) {
                found.extend(files.walk(&folder, &|_| true));
            }
        }
        found
    }

    /// What lies in the folders that are copied under a name that no path here may have, with its folder.
    #[must_use]
    pub fn odd(&self, files: &Files) -> Vec<(RelPath, String)> {
        let folders = self.sources.iter().chain(self.workspace.iter().map(|(folder, _)| folder));
        folders.filter_map(|it| RelPath::root().join(it).ok()).flat_map(|it| files.odd(&it)).collect()
    }

    /// The files in the project's folder that end so. `COPY` takes what is in a folder of such a name, too.
    fn ending(&self, files: &Files, ending: &str) -> Vec<RelPath> {
        let names = files.list(&RelPath::root());
        let paths = names.iter().filter_map(|it| RelPath::parse(it).ok()).filter(|it| it.as_str().ends_with(ending));
        // A package is a source of its own.
        let is_source = |path: &RelPath| self.sources.iter().any(|it| it == path.as_str());
        let inside = |it| if files.is_file(&it) { vec![it] } else { files.walk(&it, &|_| true) };
        paths.filter(|it| !is_source(it)).flat_map(inside).collect()
    }

    /// The weights that come along with no folder, and are copied by themselves.
    pub fn weights_beside(&self) -> impl Iterator<Item = &SmolStr> {
        let workspace = self.workspace.iter().map(|(folder, _)| folder);
        let folders: Vec<&SmolStr> = self.sources.iter().chain(workspace).collect();
        let is_below = |path: &str, folder: &str| path.strip_prefix(folder).is_some_and(|it| it.starts_with('/'));
        self.weights.iter().filter(move |path| !folders.iter().any(|it| is_below(path, it)))
    }

    /// What stays out of this image and not of every one: what earlier builds on this machine left in copied folders, and
    /// files of secrets.
    #[must_use]
    pub fn left_out(&self) -> Vec<String> {
        let secrets = self.secret_files.iter().map(ToString::to_string);
        self.waste().into_iter().chain(secrets).collect()
    }

    fn waste(&self) -> Vec<String> {
        match self.language {
            Language::Node => vec!["**/node_modules".to_owned()],
            Language::Java => {
                let folders = self.sources.iter().filter(|it| !JAVA.contains(&it.as_str()));
                folders.flat_map(|it| [format!("{it}/target"), format!("{it}/build")]).collect()
            }
            Language::Python | Language::R | Language::Static => Vec::new(),
        }
    }

    /// Hidden folders that a build needs all the same.
    #[must_use]
    pub fn let_in(&self) -> Vec<String> {
        if self.language != Language::Java {
            return Vec::new();
        }
        let folder = |it: &SmolStr| if JAVA.contains(&it.as_str()) { ".mvn".to_owned() } else { format!("{it}/.mvn") };
        let mut folders: Vec<String> = self.sources.iter().map(folder).collect();
        folders.sort();
        folders.dedup();
        folders
    }
}
