//! One engine for all tests, the mirror that its builds install from, and the examples, each built once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use super::docker::{Engine, Mirror, Missing};
use super::project::Project;

pub(super) const EXAMPLES: [&str; 4] = ["ct-segmentation", "minimal", "mri-classifier", "reading-room"];

/// What all tests share.
pub(super) struct Scene {
    pub(super) engine: Engine,
    pub(super) mirror: Mirror,
    projects: BTreeMap<&'static str, OnceLock<Result<Project, String>>>,
}

static SCENE: Mutex<Option<Result<Arc<Scene>, Missing>>> = Mutex::new(None);

/// Starts it for the first who asks.
pub(super) fn scene() -> Result<Arc<Scene>, Missing> {
    let mut scene = SCENE.lock().unwrap_or_else(PoisonError::into_inner);
    scene.get_or_insert_with(|| Scene::start().map(Arc::new)).clone()
}

/// Whoever wants to be the only one writes.
static TURN: RwLock<()> = RwLock::new(());

/// Runs a check while others do, too.
pub(super) fn beside_others<T>(check: impl FnOnce() -> T) -> T {
    let _turn = TURN.read().unwrap_or_else(PoisonError::into_inner);
    check()
}

/// Runs a check while no other one does, so that what the engine asks for is asked for by this one.
pub(super) fn alone<T>(check: impl FnOnce() -> T) -> T {
    let _turn = TURN.write().unwrap_or_else(PoisonError::into_inner);
    check()
}

/// Ends what was started.
pub(super) fn end() {
    SCENE.lock().unwrap_or_else(PoisonError::into_inner).take();
}

impl Scene {
    fn start() -> Result<Self, Missing> {
        let engine = Engine::start()?;
        let mirror = Mirror::start(&engine)?;
        let projects = EXAMPLES.iter().map(|it| (*it, OnceLock::new())).collect();
        Ok(Self { engine, mirror, projects })
    }

    /// The development environment of an example, compiled, with all of its images built.
    #[track_caller]
    pub(super) fn built(&self, example: &str) -> &Project {
        let cell = &self.projects[example];
        match cell.get_or_init(|| Project::of(self, example).and_then(|it| it.bake(self, &[]).map(|_| it))) {
            Ok(project) => project,
            Err(said) => panic!("{example} is not built:\n{said}"),
        }
    }
}
