//! Custom resources that make Secrets: of the External Secrets Operator and of cert-manager.

use smol_str::SmolStr;

use super::emission::Emission;
use super::meta::Meta;
use super::secret::type_name;
use crate::object::fields;
use crate::plan::{GENERATED, SECRET_OBJECT, SecretEntry, SecretRef};
use crate::source::{At, Node};

/// `cluster/<name>` is one for the whole cluster.
fn scoped(reference: &At<SmolStr>, kind: &'static str, cluster_kind: &'static str) -> (At<SmolStr>, At<&'static str>) {
    match reference.strip_prefix("cluster/") {
        Some(name) => (At::new(name.into(), reference.origin), At::new(cluster_kind, reference.origin)),
        None => (reference.clone(), At::new(kind, reference.origin.by(SECRET_OBJECT))),
    }
}

/// An ExternalSecret (external-secrets.io/v1).
pub(super) fn external_secret(secret: &SecretRef, namespace: &At<SmolStr>, out: &mut Emission<'_>) {
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
        "target" => target(secret),
        "data" => data.collect::<Vec<Node>>(),
    );
    let meta = Meta::shared(&secret.object).within(namespace);
    out.add("external-secrets.io/v1", "ExternalSecret", meta, fields!(origin; "spec" => spec));
}

/// The Secret that the operator makes.
fn target(secret: &SecretRef) -> Node {
    let origin = secret.origin.by(SECRET_OBJECT);
    fields!(origin;
        "name" => &secret.object,
        "creationPolicy" => "Owner",
        "deletionPolicy" => "Retain",
        "template" => fields!(origin; "type" => secret.kind.map(type_name)),
    )
}

const GENERATORS: &str = "generators.external-secrets.io/v1alpha1";

/// A Password (generators.external-secrets.io/v1alpha1) and the ExternalSecret that asks it for the value of each key.
///
/// `CreatedOnce`, because the operator takes a new label or annotation, such as that of a release, for a change, and
/// would ask the generator again.
pub(super) fn generated(secret: &SecretRef, namespace: &At<SmolStr>, out: &mut Emission<'_>) {
    let origin = secret.origin.by(GENERATED);
    let password = fields!(origin;
        "length" => secret.length,
        "symbols" => 0,
        "noUpper" => false,
        "allowRepeat" => true,
    );
    out.add(
        GENERATORS,
        "Password",
        Meta::shared(&secret.object).within(namespace),
        fields!(origin; "spec" => password),
    );
    let store = secret.store.as_ref().map(|store| {
        let (name, kind) = scoped(store, "SecretStore", "ClusterSecretStore");
        fields!(origin; "name" => name, "kind" => kind)
    });
    // The generator's one value is called `password`, and takes the name of the key.
    let value = |it: &SecretEntry| {
        let generator = fields!(origin; "apiVersion" => GENERATORS, "kind" => "Password", "name" => &secret.object);
        let name = fields!(origin; "source" => "^password$", "target" => &it.key);
        fields!(it.key.origin;
            "sourceRef" => fields!(origin; "generatorRef" => generator),
            "rewrite" => vec![fields!(origin; "regexp" => name)],
        )
    };
    let spec = fields!(origin;
        "refreshPolicy" => "CreatedOnce",
        "refreshInterval" => "0",
        "secretStoreRef" => store,
        "target" => target(secret),
        "dataFrom" => secret.keys.iter().map(value).collect::<Vec<Node>>(),
    );
    out.add(
        "external-secrets.io/v1",
        "ExternalSecret",
        Meta::shared(&secret.object).within(namespace),
        fields!(origin; "spec" => spec),
    );
}

/// A Certificate (cert-manager.io/v1), with a new key at every renewal.
pub(super) fn certificate(secret: &SecretRef, namespace: &At<SmolStr>, out: &mut Emission<'_>) {
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
    let meta = Meta::shared(&secret.object).within(namespace);
    out.add("cert-manager.io/v1", "Certificate", meta, fields!(origin; "spec" => spec));
}
