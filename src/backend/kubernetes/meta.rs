//! Names, labels and annotations of objects and pods.

use smol_str::SmolStr;

use crate::object::{Pairs, fields};
use crate::plan::{Component, Identity, LABELS, Plan, SPLIT, Workload};
use crate::source::{At, Node, Origin};

/// What an object's metadata is made from.
pub(super) struct Meta<'m> {
    pub(super) name: At<SmolStr>,
    /// The workload that it belongs to; what belongs to all of them has the project's name.
    pub(super) workload: Option<&'m Workload>,
    /// The namespace of what belongs to no workload. Without one it is the home.
    pub(super) namespace: Option<At<SmolStr>>,
    /// Annotations of its own.
    pub(super) annotations: Vec<(SmolStr, At<SmolStr>)>,
}

impl<'m> Meta<'m> {
    /// Metadata of an object that belongs to the project as a whole.
    pub(super) fn shared(name: &At<SmolStr>) -> Self {
        Self { name: name.clone(), workload: None, namespace: None, annotations: Vec::new() }
    }

    /// Metadata of an object of a workload that has the workload's name.
    pub(super) fn of(workload: &'m Workload) -> Self {
        Self::named(workload, &workload.name)
    }

    /// Metadata of an object of a workload that has a name of its own.
    pub(super) fn named(workload: &'m Workload, name: &At<SmolStr>) -> Self {
        Self {
            name: name.clone(),
            workload: Some(workload),
            namespace: None,
            annotations: workload.annotations.clone(),
        }
    }

    /// The same in a namespace.
    pub(super) fn within(self, namespace: &At<SmolStr>) -> Self {
        Self { namespace: Some(namespace.clone()), ..self }
    }

    /// The namespace that the object is in.
    pub(super) fn place<'p>(&'p self, plan: &'p Plan) -> &'p At<SmolStr> {
        let own = self.namespace.as_ref().or_else(|| self.workload.map(|it| &it.namespace));
        own.unwrap_or(&plan.identity.namespace)
    }

    pub(super) fn in_namespace(self, plan: &Plan) -> Node {
        let namespace = self.place(plan).clone();
        self.node(plan, Some(namespace))
    }

    pub(super) fn of_cluster(self, plan: &Plan) -> Node {
        self.node(plan, None)
    }

    fn node(self, plan: &Plan, namespace: Option<At<SmolStr>>) -> Node {
        let mut annotations = self.annotations;
        annotations.extend(plan.identity.owner.iter().map(|it| ("mlopsc.dev/owner".into(), it.clone())));
        annotations.sort_by(|a, b| a.0.cmp(&b.0));
        fields!(self.name.origin;
            "name" => &self.name,
            "namespace" => namespace,
            "labels" => Pairs(labels(&plan.identity, self.workload)),
            "annotations" => Pairs(annotations),
        )
    }
}

/// The labels that select the pods of a workload: those that can never change.
pub(super) fn selector(identity: &Identity, name: &At<SmolStr>) -> Vec<(SmolStr, At<SmolStr>)> {
    vec![
        (SmolStr::new_static("app.kubernetes.io/name"), name.clone()),
        (SmolStr::new_static("app.kubernetes.io/instance"), identity.instance.clone()),
    ]
}

/// The labels that select the pods of a service and of its variants.
pub(super) fn family(identity: &Identity, service: &At<SmolStr>) -> Vec<(SmolStr, At<SmolStr>)> {
    vec![
        (SmolStr::new_static("app.kubernetes.io/instance"), identity.instance.clone()),
        (SmolStr::new_static("mlopsc.dev/service"), service.clone()),
    ]
}

/// All labels of an object or a pod, in the order of their keys.
pub(super) fn labels(identity: &Identity, workload: Option<&Workload>) -> Vec<(SmolStr, At<SmolStr>)> {
    let rule = |value: &'static str| At::new(SmolStr::new_static(value), Origin::rule(LABELS));
    let name = workload.map_or_else(|| &identity.project, |it| &it.name);
    let mut labels = selector(identity, name);
    let component = workload.map(|it| match it.component {
        Component::Stage => rule("stage"),
        Component::Service => rule("service"),
        Component::Helper => rule("helper"),
    });
    labels.extend(component.map(|it| ("app.kubernetes.io/component".into(), it)));
    labels.push(("app.kubernetes.io/part-of".into(), identity.project.clone()));
    labels.push(("app.kubernetes.io/managed-by".into(), rule("mlopsc")));
    let environment = At::new(identity.environment.clone(), Origin::rule(LABELS));
    labels.push(("mlopsc.dev/environment".into(), environment));
    if let Some(variant) = workload.and_then(|it| it.variant.as_ref()) {
        let at = |it: &SmolStr| At::new(it.clone(), Origin::rule(SPLIT));
        labels.push(("mlopsc.dev/service".into(), at(&variant.service)));
        labels.extend(variant.name.as_ref().map(|it| ("mlopsc.dev/variant".into(), at(it))));
    }
    let own = workload.map(|it| it.labels.as_slice()).unwrap_or_default();
    for (key, value) in identity.labels.iter().chain(own) {
        // A user's label never takes the place of one that selects.
        if labels.iter().all(|(it, _)| it != key) {
            labels.push((key.clone(), value.clone()));
        }
    }
    labels.sort_by(|a, b| a.0.cmp(&b.0));
    labels
}
