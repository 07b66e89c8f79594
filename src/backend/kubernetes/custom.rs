//! Custom resources that make Secrets: of the External Secrets Operator and of cert-manager.

use smol_str::SmolStr;

use super::emission::Emission;
use super::meta::Meta;
use super::secret::type_name;
use crate::object::fields;
use crate::plan::{SECRET_OBJECT, SecretRef};
use crate::source::{At, Node};

/// `cluster/<name>` is one for the whole cluster.
fn scoped(reference: &At<SmolStr>, kind: &'static str, cluster_kind: &'static str) -> (At<SmolStr>, At<&'static str>) {
    match reference.strip_prefix("cluster/") {
        Some(name) => (At::new(name.into(), reference.origin), At::new(cluster_kind, reference.origin)),
        None => (reference.clone(), At::new(kind, reference.origin.by(SECRET_OBJECT))),
    }
}

/// An ExternalSecret (external-secrets.io/v1).
pub(super) fn external_secret(secret: &SecretRef, out: &mut Emission<'_>) {
    let origin = secret.origin.by(SECRET_OBJECT);
    let Some(store) = &secret.store else { return };
    let (name, kind) = scoped(store, "SecretStore", "ClusterSecretStore");
    let data = secret.keys.iter().filter_map(|it| {
        let remote = it.remote.as_ref()?;
        let (key, property) = remote.split_once('#').map_or((remote.as_str(), None), |(key, part)| (key, Some(part)));
        let at = |text: &str| At::new(SmolStr::new(text), remote.origin);
        let reference = fields!(remote.origin; "key" => at(key), "property" => property.map(at));
        Some(fields!(it.key.origin; "secretKey" => &it.key, "remoteRef" => reference))
    });
    let spec = fields!(origin;
        "refreshInterval" => "1h",
        "secretStoreRef" => fields!(origin; "name" => name, "kind" => kind),
        "target" => fields!(origin;
            "name" => &secret.object,
            "creationPolicy" => "Owner",
            "deletionPolicy" => "Retain",
            "template" => fields!(origin; "type" => secret.kind.map(type_name)),
        ),
        "data" => data.collect::<Vec<Node>>(),
    );
    let meta = Meta::shared(&secret.object);
    out.add("external-secrets.io/v1", "ExternalSecret", meta, fields!(origin; "spec" => spec));
}

/// A Certificate (cert-manager.io/v1), with a new key at every renewal.
pub(super) fn certificate(secret: &SecretRef, out: &mut Emission<'_>) {
    let origin = secret.origin.by(SECRET_OBJECT);
    let Some(issuer) = &secret.issuer else { return };
    let (name, kind) = scoped(issuer, "Issuer", "ClusterIssuer");
    let key = fields!(origin; "algorithm" => "ECDSA", "size" => 256, "rotationPolicy" => "Always");
    let spec = fields!(origin;
        "secretName" => &secret.object,
        "dnsNames" => secret.dns.clone(),
        "issuerRef" => fields!(origin; "name" => name, "kind" => kind, "group" => "cert-manager.io"),
        "privateKey" => key,
        "usages" => vec!["digital signature", "server auth", "client auth"],
    );
    let meta = Meta::shared(&secret.object);
    out.add("cert-manager.io/v1", "Certificate", meta, fields!(origin; "spec" => spec));
}
