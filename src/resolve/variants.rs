//! Variants of services: each becomes a workload of its own, which is the service with what the variant says.

use crate::source::At;
use crate::spec::{Name, Resources, Service, ServiceSettings, Spec, Table, Variant, VariantOf, Workload};

/// Adds the variants of all services. One whose name cannot be, or is taken, is left out; a check reports it.
pub(super) fn add(spec: &mut Spec) {
    let mut variants: Table<Name, Service> = Table::default();
    for (service_name, service) in spec.services.by_key() {
        for (name, variant) in service.variants.by_key() {
            let full = Name::parse(&format!("{service_name}-{name}"));
            let is_off = variant.enabled.is_some_and(|it| !it.value);
            let Ok(full) = full.map_err(drop).and_then(|it| if is_off { Err(()) } else { Ok(it) }) else { continue };
            let is_taken = spec.services.contains(&full) || spec.stages.contains(&full) || variants.contains(&full);
            if !is_taken {
                let of = VariantOf { service: service_name.clone(), name: name.clone(), by: service.splits_by() };
                variants.insert(full, At::new(Service(changed(service, variant, of)), variant.origin));
            }
        }
    }
    spec.variants = variants;
}

/// The service as a variant says that it is.
fn changed(service: &Workload, variant: &Variant, of: VariantOf) -> Workload {
    let mut it = service.clone();
    if let Some(image) = &variant.image {
        if image.reference.is_some() {
            (it.entry, it.language, it.base, it.lock, it.python) = (None, None, None, None, None);
            it.system_packages = Vec::new();
        }
        it.image = Some(image.clone());
    }
    if !variant.args.is_empty() {
        it.args.clone_from(&variant.args);
    }
    for (name, value) in &variant.env {
        it.env.insert(name.clone(), value.clone());
    }
    if let Some(resources) = &variant.resources {
        it.resources = Some(resources.clone().map(|own| over(own, it.resources.map(|it| it.value))));
    }
    if variant.replicas.is_some() {
        (it.replicas, it.autoscale) = (variant.replicas, None);
    }
    // Whoever calls the service by its name, its host name or its address reaches the service.
    it.service = it.service.map(|it| it.map(|it| ServiceSettings { name: None, ..it }));
    (it.route, it.expose) = (None, None);
    (it.split, it.variants) = (None, Table::default());
    it.variant = Some(of);
    it
}

/// What a variant asks for, and what it does not say from the service.
fn over(own: Resources, service: Option<Resources>) -> Resources {
    let service = service.unwrap_or_default();
    Resources {
        cpu: own.cpu.or(service.cpu),
        memory: own.memory.or(service.memory),
        scratch: own.scratch.or(service.scratch),
        limits: own.limits.or(service.limits),
    }
}
