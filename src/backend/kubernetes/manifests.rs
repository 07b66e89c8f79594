//! The user's own manifests, as they are but for the labels and the namespace of the project.

use super::emission::Emission;
use super::meta::labels;
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::object::{Misfit, Object, is_of_cluster, read_manifests, verify};
use crate::plan::{Manifest, OBJECT, Plan};
use crate::source::{Map, Node, Origin};

pub(super) static OBJECT_UNREADABLE: Code = Code {
    id: "object-unreadable",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a file of [[objects]] that is no Kubernetes manifest: no YAML, no `apiVersion`, `kind` and `metadata.name`, or a
field that the kind does not have.

### Use instead
A YAML file with one object, or several between lines of `---`.
",
};

pub(super) static OBJECT_TAKEN: Code = Code {
    id: "object-taken",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an object of [[objects]] that is emitted already, by the compiler or from another file.

### Why it matters
Two manifests for one object: which of them holds would depend on which is applied last.

### Use instead
Another name, or [[patches]] to change what the compiler makes.
",
};

pub(super) static OBJECT_ELSEWHERE: Code = Code {
    id: "object-elsewhere",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an object of [[objects]] whose namespace is not the project's.

### Why it matters
The project would own an object among those of other people.

### Use instead
No `namespace` at all: the object gets that of the environment.
",
};

pub(super) static OBJECT_HOLDS_SECRET: Code = Code {
    id: "object-holds-secret",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a Secret with values among [[objects]].

### Why it matters
The file is in the repository, and is copied into the output.

### Use instead
A table in [secrets], which takes encrypted files and references.
",
};

pub(super) static OBJECT_AS_IT_IS: Code = Code {
    id: "object-as-it-is",
    severity: Severity::Note,
    explain: "\
### What it does
Says that an object of [[objects]] joined the tree.

### Why it matters
The hardened defaults do not hold for it, and no check but that of its type is made.
",
};

pub(super) fn emit(plan: &Plan, out: &mut Emission<'_>, sink: &mut Sink) {
    for manifest in &plan.manifests {
        match read_manifests(&manifest.text, manifest.file.origin) {
            Ok(objects) => objects.into_iter().for_each(|it| add(plan, manifest, it, out, sink)),
            Err(why) => {
                let diagnostic = Diagnostic::new(&OBJECT_UNREADABLE, format!("`{}`: {why}", manifest.file));
                sink.report(diagnostic.at(manifest.file.origin, ""));
            }
        }
    }
}

fn add(plan: &Plan, manifest: &Manifest, mut object: Object, out: &mut Emission<'_>, sink: &mut Sink) {
    let what = format!("{} `{}`", object.kind().escape_default(), object.name().escape_default());
    let origin = manifest.file.origin;
    let of_cluster = is_of_cluster(object.kind());
    let Some(metadata) = object.node.pointer_mut("/metadata").and_then(Node::as_map_mut) else { return };
    let namespace = metadata.get("namespace").and_then(Node::as_str).map(str::to_owned);
    if let Some(other) = namespace.filter(|it| of_cluster || *it != *plan.identity.namespace.value) {
        let message = format!("{what} is for the namespace `{}`", other.escape_default());
        sink.report(Diagnostic::new(&OBJECT_ELSEWHERE, message).at(origin, "").help("leave `namespace` out"));
    }
    if !of_cluster {
        let namespace = &plan.identity.namespace;
        metadata.set("namespace", Node::new(namespace.value.clone(), namespace.origin));
    }
    label(plan, metadata);
    if holds_values(&object) {
        let diagnostic = Diagnostic::new(&OBJECT_HOLDS_SECRET, format!("{what} has values, and is in the repository"));
        sink.report(diagnostic.at(origin, "would be copied into the output").help("declare it in [secrets]"));
        return;
    }
    match verify(&object) {
        Some(Err(Misfit::Wrong(why))) => {
            let message = format!("`{}`: {what} is none: {why}", manifest.file);
            sink.report(Diagnostic::new(&OBJECT_UNREADABLE, message).at(origin, ""));
        }
        Some(Err(Misfit::Unknown(fields))) => {
            let message = format!("`{}`: {what} has no {}", manifest.file, fields.join(", "));
            sink.report(Diagnostic::new(&OBJECT_UNREADABLE, message).at(origin, ""));
        }
        _ => {}
    }
    if out.objects().iter().any(|(_, it)| same(it, &object)) {
        sink.report(Diagnostic::new(&OBJECT_TAKEN, format!("{what} is there already")).at(origin, ""));
        return;
    }
    sink.report(Diagnostic::new(&OBJECT_AS_IT_IS, format!("{what} is taken as it is: unverified")).at(origin, ""));
    out.add_verbatim(object, of_cluster);
}

/// The project's labels, by which its objects are found; others stay as they are.
fn label(plan: &Plan, metadata: &mut Map) {
    if metadata.get("labels").is_none_or(|it| it.as_map().is_none()) {
        metadata.set("labels", Node::new(Map::new(), Origin::rule(OBJECT)));
    }
    let own = metadata.iter_mut().find(|(key, _)| *key == "labels").and_then(|(_, it)| it.as_map_mut());
    let Some(own) = own else { return };
    for (key, value) in labels(&plan.identity, None) {
        if key != "app.kubernetes.io/name" || own.get(&key).is_none() {
            own.set(key, Node::new(value.value, value.origin));
        }
    }
}

/// Values in a Secret that anybody can read.
fn holds_values(object: &Object) -> bool {
    let values = ["data", "stringData"].into_iter().filter_map(|it| object.node.get(it)?.as_map());
    object.kind() == "Secret" && values.flat_map(|it| it.iter()).next().is_some()
}

/// Versions of one API group are ways to say the same object.
fn same(a: &Object, b: &Object) -> bool {
    let (a, b) = (a.identity(), b.identity());
    let group = |version: &str| version.split_once('/').map(|(group, _)| group.to_owned());
    group(&a.api_version) == group(&b.api_version) && (a.kind, a.namespace, a.name) == (b.kind, b.namespace, b.name)
}
