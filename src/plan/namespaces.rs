//! The namespaces of an environment, and what is in which.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::access::quota_of;
use super::context::Context;
use super::identity::{instance, pairs, shortened};
use super::{NAMESPACE, NamespacePlan, POD_SECURITY, Plan, SecretRef, VolumeSource, Workload};
use crate::resolve::Resolved;
use crate::source::{At, Origin};
use crate::spec::{self, NamespaceMode, Peer, PodSecurity, Spec};

/// The name of the namespace that everything is in unless it says otherwise.
pub const HOME_KEY: &str = "default";

/// The managed namespaces, the home first.
pub(super) fn namespaces(resolved: &Resolved) -> Vec<NamespacePlan> {
    let instance = instance(resolved);
    let home = resolved.spec.namespaces.get(HOME_KEY);
    let others = resolved.spec.namespaces.by_key().filter(|(name, it)| name.as_str() != HOME_KEY && !is_external(it));
    let others = others.map(|(name, it)| (name.to_smolstr(), Some(&**it)));
    let all = std::iter::once((HOME_KEY.to_smolstr(), home.map(|it| &**it))).chain(others);
    all.map(|(key, written)| plan(resolved, &instance, key, written)).collect()
}

fn is_external(it: &spec::Namespace) -> bool {
    it.mode.is_some_and(|it| it.value == NamespaceMode::External)
}

fn plan(resolved: &Resolved, instance: &At<SmolStr>, key: SmolStr, written: Option<&spec::Namespace>) -> NamespacePlan {
    let level = written.and_then(|it| it.pod_security);
    let quota = if key == HOME_KEY { resolved.spec.quota.as_ref() } else { written.and_then(|it| it.quota.as_ref()) };
    NamespacePlan {
        name: name(resolved, instance, &key, written),
        pod_security: level.map_or(At::new(PodSecurity::Restricted.word(), Origin::rule(POD_SECURITY)), |it| {
            it.map(PodSecurity::word)
        }),
        reason: written.and_then(|it| it.reason.as_ref()).map(|it| it.clone().map(|it| it.to_smolstr())),
        labels: written.map(|it| pairs(&it.labels)).unwrap_or_default(),
        quota: quota.map(quota_of),
        key,
    }
}

fn name(resolved: &Resolved, instance: &At<SmolStr>, key: &str, written: Option<&spec::Namespace>) -> At<SmolStr> {
    let own = resolved.environment.namespace.as_ref().filter(|_| key == HOME_KEY);
    let said = own.or_else(|| written?.name.as_ref()).map(|it| it.clone().map(|it| it.to_smolstr()));
    let assumed =
        if key == HOME_KEY { instance.value.clone() } else { shortened(&format_smolstr!("{instance}-{key}")) };
    said.unwrap_or_else(|| At::new(assumed, instance.origin.by(NAMESPACE)))
}

/// The namespace of the cluster that a table of `[namespaces]` stands for, or one of that name.
pub(super) fn namespace_called(spec: &Spec, managed: &[NamespacePlan], name: &str) -> SmolStr {
    let managed = managed.iter().find(|it| it.key == name && name != HOME_KEY);
    let external = spec.namespaces.get(name).and_then(|it| it.name.as_ref());
    let known = managed.map(|it| it.name.value.clone()).or_else(|| external.map(|it| it.to_smolstr()));
    known.unwrap_or_else(|| name.into())
}

/// Whether an entry of `clients` means a workload of this project, by its name or with all of its namespace.
#[must_use]
pub fn admits(spec: &Spec, managed: &[NamespacePlan], peer: &Peer, client: &Workload) -> bool {
    let mut names = [peer.service.as_ref(), peer.stage.as_ref()].into_iter().flatten();
    let is_its = |it: &At<spec::ObjectName>| namespace_called(spec, managed, it) == client.namespace.value;
    names.any(|it| it.as_str() == client.name.as_str()) || peer.namespace.as_ref().is_some_and(is_its)
}

impl Context<'_> {
    /// The namespace that a service is in.
    pub(super) fn namespace_of(&self, workload: &spec::Workload) -> At<SmolStr> {
        let said = workload.namespace.as_ref();
        let other = said.and_then(|said| {
            let plan = self.namespaces.iter().find(|it| it.key == said.as_str())?;
            Some(At::new(plan.name.value.clone(), said.origin))
        });
        other.unwrap_or_else(|| self.namespaces[0].name.clone())
    }

    /// The name that leads to a service from everywhere, where its own does not: where services are in several
    /// namespaces.
    pub(super) fn full_name(&self, service: &spec::Workload, name: &str) -> Option<SmolStr> {
        self.is_spread.then(|| format_smolstr!("{name}.{}.svc", self.namespace_of(service)))
    }
}

/// Whether a service is in another namespace than the home.
pub(super) fn is_spread(spec: &spec::Spec) -> bool {
    spec.services.values().any(|it| it.namespace.as_ref().is_some_and(|it| it.as_str() != HOME_KEY))
}

impl Plan {
    /// The namespaces of the workloads that use something; the home where none does.
    #[must_use]
    pub fn places(&self, uses: impl Fn(&Workload) -> bool) -> Vec<At<SmolStr>> {
        let mut places: Vec<At<SmolStr>> = Vec::new();
        for workload in self.workloads.values().filter(|it| uses(it)) {
            if places.iter().all(|it| it.value != workload.namespace.value) {
                places.push(workload.namespace.clone());
            }
        }
        if places.is_empty() {
            places.push(self.identity.namespace.clone());
        }
        places
    }

    /// The namespaces in which a secret has to be.
    #[must_use]
    pub fn places_of(&self, secret: &SecretRef) -> Vec<At<SmolStr>> {
        self.places(|it| it.uses(secret))
    }

    /// The folder of a namespace's files below `kubernetes`: its key, and none for the home.
    #[must_use]
    pub fn folder_of(&self, namespace: &str) -> Option<&SmolStr> {
        self.namespaces.iter().skip(1).find(|it| it.name.as_str() == namespace).map(|it| &it.key)
    }
}

impl Workload {
    fn uses(&self, secret: &SecretRef) -> bool {
        let mounted = self.pod.volumes.iter().any(|it| match &it.source {
            VolumeSource::Secret { secret: name } => *name == secret.name,
            _ => false,
        });
        let read = self.pod.containers().flat_map(|it| &it.env).any(|it| match &it.value {
            super::EnvSource::Secret { secret: name, .. } => *name == secret.name,
            _ => false,
        });
        let object = &secret.object.value;
        let pulls = self.pod.pull_secret.as_ref().is_some_and(|it| it.value == *object);
        let routes = self.route.as_ref().and_then(|it| it.tls.as_ref()).is_some_and(|it| it.value == *object);
        mounted || read || pulls || routes
    }
}
