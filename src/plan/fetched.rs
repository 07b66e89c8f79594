//! Which images an environment fetches: those that it builds on, builds with, and runs as they are.

use smol_str::SmolStr;

use super::{ImageRef, Making, Plan};
use crate::source::Origin;

/// An image that is fetched and not built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// What it is, wherever it comes from: the full reference that the lock file knows.
    pub name: SmolStr,
    /// Where it comes from, and its digest as far as it is known.
    pub reference: SmolStr,
    pub role: FetchedAs,
    /// What made it be fetched.
    pub origin: Origin,
}

/// What an image is fetched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchedAs {
    Base,
    BuildTool,
    Run,
}

impl Fetched {
    fn new(name: &SmolStr, reference: &SmolStr, role: FetchedAs, origin: Origin) -> Self {
        Self { name: name.clone(), reference: reference.clone(), role, origin }
    }

    fn of(image: &ImageRef, role: FetchedAs) -> Self {
        Self::new(&image.name, &image.reference, role, image.reference.origin)
    }

    /// Where it comes from, without the digest of the lock file; `None` where the spec itself names a digest.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        let is_open = !self.name.contains('@');
        is_open.then(|| self.reference.split_once('@').map_or(self.reference.as_str(), |(place, _)| place))
    }
}

impl Plan {
    /// Every image that is fetched, in the order of the plan; one that is used twice is there twice.
    #[must_use]
    pub fn fetched(&self) -> Vec<Fetched> {
        let mut fetched = Vec::new();
        for image in self.images.values() {
            match &image.making {
                Making::Recipe(recipe) => {
                    let bases = std::iter::once(&recipe.base.value).chain(&recipe.builder);
                    let of = recipe.base.origin;
                    fetched.extend(bases.map(|it| Fetched::new(&it.name, &it.reference, FetchedAs::Base, of)));
                    let tools = recipe.uv.iter().chain(&recipe.frontend);
                    fetched.extend(tools.map(|it| Fetched::of(it, FetchedAs::BuildTool)));
                }
                Making::Dockerfile(own) => {
                    let bases = own.names.iter().zip(&own.bases);
                    fetched.extend(bases.map(|(name, it)| Fetched::new(name, it, FetchedAs::Base, own.path.origin)));
                }
            }
        }
        fetched.extend(self.preparation.iter().map(|it| Fetched::of(&it.base, FetchedAs::Base)));
        let containers = self.workloads.values().flat_map(|it| it.pod.containers());
        let ready_made = containers.filter(|it| it.image.built.is_none());
        fetched.extend(ready_made.map(|it| Fetched::of(&it.image, FetchedAs::Run)));
        fetched
    }
}
