//! Which programs share an image: those with the same recipe.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::own::own;
use super::recipe::recipe;
use super::sources::{secret_files, sources};
use crate::plan::context::Context;
use crate::plan::{Making, Recipe};
use crate::source::{At, Origin};
use crate::spec::{Name, Tag, Workload};

/// A program of the spec: the main container of a stage or service, or an init step.
#[derive(Clone)]
pub(super) struct Program<'p> {
    pub(super) path: SmolStr,
    /// The stage or service.
    pub(super) owner: SmolStr,
    pub(super) workload: &'p Workload,
    pub(super) origin: Origin,
}

/// Programs with the same recipe.
pub(super) struct Group<'p> {
    pub(super) making: Making,
    /// The name in `[images]`, where the image has one.
    pub(super) shared: Option<&'p Name>,
    pub(super) members: Vec<Program<'p>>,
    pub(super) origin: Origin,
}

impl Group<'_> {
    fn recipe(&self) -> Option<&Recipe> {
        match &self.making {
            Making::Recipe(recipe) => Some(recipe),
            Making::Dockerfile(_) => None,
        }
    }
}

/// All programs that run an image of the project, by recipe, in the order of their names.
pub(super) fn groups<'p>(context: &Context<'p>) -> Vec<Group<'p>> {
    let mut groups: Vec<Group<'p>> = Vec::new();
    for program in programs(context) {
        let shared = program.workload.image.as_ref().and_then(|it| it.shared.as_ref()).map(|it| &it.value);
        let ready_made = program.workload.image.as_ref().is_some_and(|it| it.reference.is_some());
        if ready_made
            || elsewhere(context, program.workload).is_some()
            || (shared.is_none() && program.workload.entry.is_none())
        {
            continue;
        }
        let image = shared.and_then(|it| context.spec.images.get(it.as_str()));
        let making = match image.and_then(|image| Some((image, image.dockerfile.as_ref()?))) {
            Some((image, path)) => Making::Dockerfile(Box::new(own(context, image, path))),
            None => Making::Recipe(Box::new(recipe(context, &program, shared))),
        };
        match groups.iter_mut().find(|it| it.shared == shared && it.making == making) {
            Some(group) => group.members.push(program),
            None => groups.push(Group { making, shared, origin: program.origin, members: vec![program] }),
        }
    }
    for group in &mut groups {
        let Making::Recipe(recipe) = &mut group.making else { continue };
        let entries = group.members.iter().filter_map(|it| it.workload.entry.as_ref());
        (recipe.sources, recipe.files) = sources(context, entries.map(|it| it.as_str()), recipe.language);
        recipe.secret_files = secret_files(context, recipe);
    }
    groups
}

/// The image of the project that a program runs at another tag than the one that is built.
pub(super) fn elsewhere<'w>(context: &Context<'_>, workload: &'w Workload) -> Option<(&'w Name, &'w At<Tag>)> {
    let image = workload.image.as_ref()?;
    let version = context.spec.project.as_ref().and_then(|it| it.version.as_ref());
    let tag = image.tag.as_ref().filter(|tag| version.is_none_or(|it| it.as_str() != tag.as_str()))?;
    Some((image.shared.as_ref()?, tag))
}

fn programs<'p>(context: &Context<'p>) -> Vec<Program<'p>> {
    let stages = context.spec.stages.by_key().map(|(name, it)| ("stages", name, &***it, it.origin));
    let services = context.spec.services.by_key().map(|(name, it)| ("services", name, &***it, it.origin));
    let mut programs = Vec::new();
    let variants = context.spec.variants.by_key().map(|(name, it)| ("services", name, &***it, it.origin));
    for (table, name, workload, origin) in stages.chain(services).chain(variants) {
        let path = workload.path(table, name);
        for (_, key, index, part, origin) in workload.others() {
            let path = format_smolstr!("{path}.{key}[{index}]");
            programs.push(Program { path, owner: name.to_smolstr(), workload: part, origin });
        }
        programs.push(Program { path, owner: name.to_smolstr(), workload, origin });
    }
    programs
}

/// A name for each group: the one in `[images]`, else the base's where that is enough to tell them apart, else with
/// the lock file's, else the first stage's or service's.
pub(super) fn names(groups: &[Group<'_>]) -> Vec<SmolStr> {
    let base = |group: &Group<'_>| group.recipe().map_or_else(|| "image".into(), base_word);
    let with_lock = |group: &Group<'_>| {
        let lock = group.recipe()?.lock.as_ref().map(|it| stem(it.path.file_name()));
        lock.map(|it| format_smolstr!("{}-{it}", base(group)))
    };
    let is_alone = |name: &SmolStr, of: &dyn Fn(&Group<'_>) -> Option<SmolStr>| {
        groups.iter().filter(|it| it.shared.is_none() && of(it).as_ref() == Some(name)).count() == 1
    };
    let mut taken: Vec<SmolStr> = groups.iter().filter_map(|it| it.shared.map(|it| it.to_smolstr())).collect();
    let mut names = Vec::new();
    for group in groups {
        let name = group.shared.map(|it| it.to_smolstr()).unwrap_or_else(|| {
            let candidates = [
                Some(base(group)).filter(|it| is_alone(it, &|it| Some(base(it)))),
                with_lock(group).filter(|it| is_alone(it, &with_lock)),
                Some(group.members[0].owner.clone()),
            ];
            let free = |it: &SmolStr| !taken.contains(it);
            let name = candidates.into_iter().flatten().find(free);
            name.unwrap_or_else(|| format_smolstr!("{}-{}", group.members[0].owner, taken.len()))
        });
        taken.push(name.clone());
        names.push(name);
    }
    names
}

fn base_word(recipe: &Recipe) -> SmolStr {
    use crate::catalogue::Framework;
    use crate::spec::Language;
    match (recipe.framework, recipe.language) {
        (Some(Framework::Torch), _) => "pytorch".into(),
        (Some(Framework::Tensorflow), _) => "tensorflow".into(),
        (Some(Framework::Jax), _) => "jax".into(),
        (Some(Framework::OnnxRuntime), _) => "onnxruntime".into(),
        (None, Language::Python) => "python".into(),
        (None, Language::R) => "r".into(),
        (None, Language::Java) => "java".into(),
        (None, Language::Node) => "node".into(),
        (None, Language::Static) => "static".into(),
    }
}

/// The word of a lock file that tells it from others: `train` of `requirements-train.lock`.
fn stem(file_name: &str) -> SmolStr {
    let stem = file_name.split('.').next().unwrap_or_default().trim_start_matches("requirements");
    let word = |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' };
    let word: String = stem.chars().map(word).collect();
    word.trim_matches('-').into()
}
