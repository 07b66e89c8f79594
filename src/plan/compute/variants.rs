//! Variants of services: how many pods each has, and which requests it gets.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use crate::plan::context::Context;
use crate::plan::identity::pairs;
use crate::plan::{RouteVariant, SPLIT, VariantPlan};
use crate::source::At;
use crate::spec::{self, Amount, Percent, SplitBy};

/// Whose variant a workload is, or that it has some.
pub(super) fn variant(context: &Context<'_>, name: &str, written: &spec::Workload) -> Option<VariantPlan> {
    if let Some(of) = &written.variant {
        return Some(VariantPlan { service: of.service.to_smolstr(), name: Some(of.name.to_smolstr()) });
    }
    let has_some = names(context, name, written).next().is_some();
    has_some.then(|| VariantPlan { service: name.into(), name: None })
}

/// Whether the Service of a workload is answered by its variants too.
pub(super) fn shares_service(context: &Context<'_>, name: &str, written: &spec::Workload) -> bool {
    written.splits_by() == SplitBy::Replicas && names(context, name, written).next().is_some()
}

/// Whether a workload is reached through the Service of another.
pub(super) fn is_behind_service(written: &spec::Workload) -> bool {
    written.variant.as_ref().is_some_and(|it| it.by == SplitBy::Replicas)
}

/// The number of pods. Where a service is split by replicas, they are shared out by weight, at least one to each.
pub(super) fn replicas(context: &Context<'_>, name: &str, written: &spec::Workload, assumed: At<u32>) -> At<u32> {
    let total_of = |it: &spec::Workload| it.replicas.map_or(assumed, |it| it.map(Amount::u32));
    if let Some(of) = written.variant.as_ref().filter(|it| it.by == SplitBy::Replicas) {
        let Some(service) = context.spec.services.get(of.service.as_str()) else { return assumed };
        let weight = service.variants.get(of.name.as_str()).and_then(|it| it.weight);
        let Some(weight) = weight else { return assumed };
        let total = total_of(service).value;
        let share = replica_share(total, weight.value);
        if share * 100 != total * weight.value.u32() {
            let message = format!("`{name}` is {share} of {total} replicas, as near to {weight} % as can be");
            context.note(weight.origin, message);
        }
        return At::new(share, weight.origin.by(SPLIT));
    }
    let total = total_of(written);
    if !shares_service(context, name, written) {
        return total;
    }
    let given: u32 = weights(written).map(|it| replica_share(total.value, it)).sum();
    At::new(total.value.saturating_sub(given), total.origin.by(SPLIT))
}

/// The shares that are given away.
fn weights(written: &spec::Workload) -> impl Iterator<Item = Percent> {
    let on = written.variants.values().filter(|it| it.enabled.is_none_or(|it| it.value));
    on.filter_map(|it| it.weight).map(|it| it.value)
}

/// The replicas that come nearest to a share; one at least.
#[must_use]
pub fn replica_share(total: u32, weight: Percent) -> u32 {
    ((total * weight.u32() + 50) / 100).max(1)
}

/// Where a gateway sends requests, beside the service itself.
pub(super) fn routed(context: &Context<'_>, name: &str, written: &spec::Workload) -> Vec<RouteVariant> {
    if written.splits_by() != SplitBy::Gateway {
        return Vec::new();
    }
    let variant = |(full, variant): (SmolStr, &At<spec::Variant>)| RouteVariant {
        service: At::new(full, variant.origin.by(SPLIT)),
        weight: variant.weight.map(|it| it.map(Percent::u32)),
        headers: pairs(variant.matching.iter().flat_map(|it| it.header.by_key())),
        origin: variant.origin.by(SPLIT),
    };
    names(context, name, written).map(variant).collect()
}

/// The variants of a service, with the names of their workloads.
fn names<'w>(
    context: &'w Context<'_>,
    name: &'w str,
    written: &'w spec::Workload,
) -> impl Iterator<Item = (SmolStr, &'w At<spec::Variant>)> {
    let named = written.variants.by_key().map(move |(variant, it)| (format_smolstr!("{name}-{variant}"), it));
    named.filter(|(full, _)| context.spec.variants.contains(full.as_str()))
}

/// The workloads of the variants of a service.
pub(in crate::plan) fn variants_of<'c>(context: &'c Context<'_>, service: &str) -> Vec<&'c str> {
    let is_of = |it: &spec::Workload| it.variant.as_ref().is_some_and(|it| it.service.as_str() == service);
    context.spec.variants.by_key().filter(|(_, it)| is_of(it)).map(|(name, _)| name.as_str()).collect()
}
