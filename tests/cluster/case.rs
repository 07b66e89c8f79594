//! An example in one environment, as it is handed to a cluster.

use std::fs;
use std::path::Path;

use mlopsc::compile::{Compiled, Environment};
use mlopsc::object::Object;
use mlopsc::plan::Plan;
use mlopsc::source::{Origin, Part, RelPath, steps_of};
use mlopsc::spec::{Name, Pool, Spec};
use serde_json::Value;
use tempfile::TempDir;

use crate::cluster::{Cluster, OrNotRun, Reply, crds_of};
use crate::project::{compile_folder, examples, must_compile, root};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    example: &'static str,
    compiled: &'static Compiled,
    environment: &'static Environment,
}

/// Every example in every environment that has Kubernetes, and a project of what no example uses: the largest first, or
/// the others would be done before it and wait.
pub(crate) fn cases() -> Vec<Case> {
    let examples = examples().into_iter().map(|(name, folder)| (format!("examples/{name}"), folder));
    let unusual = "tests/cluster/unusual";
    let unusual = (unusual.to_owned(), root().join(unusual));
    std::iter::once(unusual).chain(examples).flat_map(|(shown, folder)| cases_of(&folder, &shown)).collect()
}

/// The project of a folder, which messages call `shown`, in every environment that has Kubernetes.
pub(crate) fn cases_of(folder: &Path, shown: &str) -> Vec<Case> {
    let shown = shown.trim_end_matches('/');
    let compiled = must_compile(compile_folder(folder, &format!("{shown}/")));
    // They are needed until the end, by many threads.
    let compiled: &'static Compiled = Box::leak(Box::new(compiled));
    let example: &'static str = shown.rsplit('/').next().unwrap_or_default().to_owned().leak();
    let environments = compiled.environments.iter().filter(|it| it.plan.identity.has_kubernetes);
    environments.map(|environment| Case { example, compiled, environment }).collect()
}

impl Case {
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.example, self.environment_name())
    }

    pub(crate) fn environment_name(&self) -> &'static str {
        &self.environment.name
    }

    pub(crate) fn plan(&self) -> &'static Plan {
        &self.environment.plan
    }

    pub(crate) fn spec(&self) -> &'static Spec {
        &self.environment.resolved.spec
    }

    pub(crate) fn emitted(&self) -> impl Iterator<Item = &'static Object> + use<> {
        self.environment.emitted.objects.iter().map(|(_, object)| object)
    }

    /// Where the objects of a kind are written, below the folder of the environment.
    pub(crate) fn files_of(&self, kind: &str) -> impl Iterator<Item = &'static str> {
        let objects = self.environment.emitted.objects.iter().filter(move |(_, it)| it.kind() == kind);
        objects.map(|(path, _)| path.as_str())
    }

    /// The groups of nodes that the spec declares.
    pub(crate) fn pools(&self) -> Vec<(&'static Name, &'static Pool)> {
        let cluster = self.spec().cluster.as_ref();
        cluster.into_iter().flat_map(|it| it.pools.iter()).map(|(name, pool)| (name, &pool.value)).collect()
    }

    /// The home.
    pub(crate) fn namespace(&self) -> &'static str {
        &self.plan().identity.namespace
    }

    /// All namespaces of the project, the home first.
    pub(crate) fn namespaces(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.plan().namespaces.iter().map(|it| it.name.as_str())
    }

    /// The objects of a kind in all namespaces of the project, as the server has them: `/apis/apps/v1`, `deployments`.
    pub(crate) fn list(&self, cluster: &Cluster, version: &str, plural: &str) -> Vec<Value> {
        self.namespaces().flat_map(|it| cluster.list(&format!("{version}/namespaces/{it}/{plural}"))).collect()
    }

    /// The objects that the cluster can take, in the order in which they were emitted: it has to learn some kinds first,
    /// and what it cannot learn is said and left out.
    pub(crate) fn objects(&self, cluster: &Cluster) -> Vec<&'static Object> {
        self.emitted().filter(|it| self.is_known(cluster, it)).collect()
    }

    fn is_known(&self, cluster: &Cluster, object: &Object) -> bool {
        let identity = object.identity();
        let knows = || cluster.resources(&identity.api_version).iter().any(|it| it.kind == identity.kind);
        if knows() {
            return true;
        }
        let (group, _) = identity.api_version.split_once('/').unwrap_or_default();
        let what = format!("{} of {}", title(object), self.name());
        let Some(definitions) = crds_of(&format!("{group}/{}", identity.kind)).or_left_out(&what) else { return false };
        cluster.define(&definitions);
        assert!(knows(), "{} is of a version that its definition does not have", title(object));
        true
    }

    /// The files as `compile` writes them; only what the cluster cannot take is not among the resources.
    pub(crate) fn write(&self, cluster: &Cluster) -> TempDir {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let known = self.objects(cluster);
        let left_out = self.environment.emitted.objects.iter().filter(|(_, it)| !known.contains(&it));
        let left_out: Vec<String> = left_out.map(|(path, _)| format!("- {}\n", file_name(path))).collect();
        for (path, text) in self.environment.files().iter() {
            let is_list = path.as_str().ends_with("kustomization.yaml");
            let without = left_out.iter().filter(|_| is_list).fold(text.to_owned(), |text, it| text.replace(it, ""));
            write(&folder.path().join(path.as_str()), &without);
        }
        // Values that people keep beside the manifests.
        for place in &self.environment.emitted.guests {
            write(&folder.path().join(place.as_str()), "made-up");
        }
        folder
    }

    /// Takes everything away again.
    pub(crate) fn remove(&self, cluster: &Cluster) {
        let objects = self.emitted().map(|it| it.node.to_json());
        let of_cluster: Vec<Value> = objects.filter(|it| it["metadata"]["namespace"].is_null()).collect();
        for object in of_cluster.iter().rev() {
            cluster.delete(&cluster.path_of(object));
        }
        for namespace in self.namespaces() {
            cluster.eventually(&format!("{namespace} is gone"), 120, || {
                let reply = cluster.get(&format!("/api/v1/namespaces/{namespace}"));
                if reply.status == 404 { Ok(()) } else { Err(reply.text) }
            });
        }
    }

    /// What a server said of an object: its message, and for each field that it objects to the line behind it.
    pub(crate) fn refusal(&self, object: &Object, reply: &Reply) -> String {
        let causes = reply.body["details"]["causes"].as_array().cloned().unwrap_or_default();
        let fields = causes.iter().filter_map(|it| it["field"].as_str());
        let fields = fields.map(|it| format!("\n  {it}: {}", self.line_of_field(object, it))).collect::<String>();
        let warnings = reply.warnings.iter().map(|it| format!("\n  warning: {it}")).collect::<String>();
        let message = if reply.is_ok() { String::new() } else { reply.message() };
        format!("{}: {message}{warnings}{fields}\n  made from {}", title(object), self.line_of(object))
    }

    /// The line of the spec that an object was made from.
    pub(crate) fn line_of(&self, object: &Object) -> String {
        let places = [object.node.at(["metadata", "name"]), object.node.get("spec"), Some(&object.node)];
        let written = places.into_iter().flatten().find_map(|it| self.line(it.origin));
        written.unwrap_or_else(|| "no line: the compiler adds it everywhere".to_owned())
    }

    /// The line behind `spec.template.spec.containers[0].image`, or behind the nearest field around it.
    fn line_of_field(&self, object: &Object, field: &str) -> String {
        let mut node = &object.node;
        let mut line = self.line(node.origin);
        for step in steps_of(field) {
            let Some(next) = node.at([step]) else { break };
            node = next;
            line = self.line(node.origin).or(line);
        }
        line.unwrap_or_else(|| self.line_of(object))
    }

    /// The line of the spec that a workload, a role or a quota was made from.
    pub(crate) fn line_of_origin(&self, origin: Origin) -> String {
        self.line(origin).unwrap_or_else(|| "no line: the compiler adds it everywhere".to_owned())
    }

    fn line(&self, origin: Origin) -> Option<String> {
        let sources = &self.compiled.sources;
        let written = origin.node?;
        let span = sources.span(written, Part::Key);
        let position = sources.position(span);
        Some(format!("{}:{}, {}", sources.name(span.file), position.line, sources.path(written)))
    }

    /// The lines behind the objects that kubectl names; none where it names none, as in most warnings.
    pub(crate) fn lines_named_in(&self, said: &str) -> String {
        // A warning of what a pod may not do names its container alone, which is called as its workload is.
        let of_containers = said.contains("(container ") || said.contains("(containers ");
        let named = |it: &&(RelPath, Object)| {
            let (name, kind) = (it.1.name(), it.1.kind().to_ascii_lowercase());
            let kind_fits = said.to_ascii_lowercase().contains(&kind)
                || of_containers && it.1.node.at(["spec", "template"]).is_some();
            said.contains(&format!("\"{name}\"")) && kind_fits
        };
        let objects = self.environment.emitted.objects.iter().filter(named);
        objects.map(|(_, it)| format!("  {} is made from {}\n", title(it), self.line_of(it))).collect()
    }
}

/// `Job train`
pub(crate) fn title(object: &Object) -> String {
    format!("{} {}", object.kind(), object.name())
}

fn file_name(path: &RelPath) -> &str {
    path.as_str().rsplit('/').next().unwrap_or_default()
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder is writable");
    fs::write(path, text).expect("the folder is writable");
}
