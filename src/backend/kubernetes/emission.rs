//! The objects of an environment as they come together, and where each is written.

use smol_str::SmolStr;

use super::meta::Meta;
use crate::backend::path;
use crate::object::{Object, fields};
use crate::plan::{OBJECT, Plan};
use crate::source::{Node, Origin, RelPath};

/// Objects with their files.
pub(super) struct Emission<'p> {
    pub(super) plan: &'p Plan,
    objects: Vec<(RelPath, Object)>,
}

impl<'p> Emission<'p> {
    pub(super) fn new(plan: &'p Plan) -> Self {
        Self { plan, objects: Vec::new() }
    }

    /// Adds an object of the namespace. `parts` are its fields after `metadata`.
    pub(super) fn add(&mut self, version: &'static str, kind: &'static str, meta: Meta<'_>, parts: Node) {
        let file = file_name(&meta.name, kind);
        let folder = self.plan.folder_of(meta.place(self.plan)).map(|it| format!("{it}/")).unwrap_or_default();
        let object = object(version, kind, meta.in_namespace(self.plan), parts);
        self.objects.push((path(format!("kubernetes/{folder}{file}")), object));
    }

    /// Adds an object of the whole cluster.
    pub(super) fn add_cluster(&mut self, version: &'static str, kind: &'static str, meta: Meta<'_>, parts: Node) {
        let file = file_name(&meta.name, kind);
        let object = object(version, kind, meta.of_cluster(self.plan), parts);
        self.objects.push((path(format!("platform/{file}")), object));
    }

    /// Adds an object that is there already, as it is.
    pub(super) fn add_verbatim(&mut self, object: Object, of_cluster: bool) {
        let file = file_name(object.name(), object.kind());
        let folder = if of_cluster { "platform" } else { "kubernetes" };
        self.objects.push((path(format!("{folder}/{file}")), object));
    }

    pub(super) fn objects(&self) -> &[(RelPath, Object)] {
        &self.objects
    }

    pub(super) fn objects_mut(&mut self) -> impl Iterator<Item = &mut Object> {
        self.objects.iter_mut().map(|(_, object)| object)
    }

    /// The first object of each kind must be what its kind says. Tests ask all of them, and what is released was tested.
    pub(super) fn verify_sample(&self) {
        let mut seen: Vec<&str> = Vec::new();
        for (path, object) in &self.objects {
            if !seen.contains(&object.kind()) {
                seen.push(object.kind());
                let judged = crate::object::verify(object).unwrap_or(Ok(()));
                assert!(judged.is_ok(), "internal error: {path}: {judged:?}");
            }
        }
    }

    pub(super) fn into_objects(self) -> Vec<(RelPath, Object)> {
        self.objects
    }
}

/// `predict.deployment.yaml`: a folder listing then shows together what belongs together.
fn file_name(name: &str, kind: &str) -> SmolStr {
    format!("{name}.{}.yaml", kind.to_ascii_lowercase()).into()
}

fn object(version: &'static str, kind: &'static str, metadata: Node, parts: Node) -> Object {
    let origin = Origin::rule(OBJECT);
    let mut node = fields!(origin; "apiVersion" => version, "kind" => kind, "metadata" => metadata);
    if let (Some(map), crate::source::Value::Map(parts)) = (node.as_map_mut(), parts.value) {
        parts.into_iter().for_each(|(key, part)| map.push(key, part));
    }
    Object { node }
}
