//! Encrypted secrets of the repository: whether they are encrypted, and the ones that pods look for.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::plan::SecretRef;
use crate::source::{Node, Origin};
use crate::spec::SecretFrom;

pub(super) static CHECK: Check = Check { codes: &[&SECRET_NOT_ENCRYPTED, &SECRET_MISNAMED], run };

static SECRET_NOT_ENCRYPTED: Code = Code {
    id: "secret-not-encrypted",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a file of a `sealed` or `sops` secret that is not what that tool makes, above all a Secret with plain values.

### Why it matters
The file is in the repository, and would be copied into the output: everybody who can read either would know the value.

### Use instead
The output of `kubeseal` (kind SealedSecret), or of `sops --encrypt` (a Secret with a `sops` table, whose values all
begin with `ENC[`).
",
};

static SECRET_MISNAMED: Code = Code {
    id: "secret-misnamed",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an encrypted secret whose name or namespace, as its file has it, is not the one that pods look for.

### Why it matters
The Secret would be made, and nobody would find it: every pod that mounts it waits for ever.

### Use instead
The file encrypted under the right name and for the namespace of the environment, or `name` in the secret's table.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for secret in case.plan.secrets.values() {
        for namespace in case.plan.places_of(secret) {
            encrypted(secret, &namespace, sink);
        }
    }
}

fn text_at<'n>(document: &'n Node, path: &[&str]) -> Option<&'n str> {
    document.at(path.iter().copied()).and_then(Node::as_str)
}

/// Values stand below `spec.encryptedData` and nowhere else.
fn is_sealed(document: &Node) -> bool {
    let is_kind = text_at(document, &["apiVersion"]) == Some("bitnami.com/v1alpha1")
        && text_at(document, &["kind"]) == Some("SealedSecret");
    let template = document.at(["spec", "template"]);
    let plain = [document.get("data"), document.get("stringData"), template.and_then(|it| it.get("data"))];
    is_kind && document.at(["spec", "encryptedData"]).is_some() && plain.iter().all(Option::is_none)
}

/// Every value is in the form that SOPS writes, and the whole is signed.
fn is_sops(document: &Node) -> bool {
    let is_signed = text_at(document, &["sops", "mac"]).is_some();
    let values = [document.get("data"), document.get("stringData")].into_iter().flatten();
    let mut values = values.filter_map(Node::as_map).flat_map(|it| it.iter());
    let is_encrypted = |it: &Node| it.as_str().is_some_and(|it| it.starts_with("ENC[") && it.ends_with(']'));
    text_at(document, &["kind"]) == Some("Secret") && is_signed && values.all(|(_, it)| is_encrypted(it))
}

/// The pods know the Secret by its name in this namespace.
fn misnamed(secret: &SecretRef, namespace: &str, origin: Origin, sink: &mut Sink) {
    let Some(document) = &secret.document else { return };
    let name = text_at(document, &["metadata", "name"]).unwrap_or_default();
    let other = text_at(document, &["metadata", "namespace"]).filter(|it| *it != namespace);
    let file = secret.file.as_ref().map(|it| it.as_str()).unwrap_or_default();
    if name != secret.object.as_str() {
        let message = format!("`{file}` is the secret `{}`, not `{}`", name.escape_default(), secret.object);
        let diagnostic = Diagnostic::new(&SECRET_MISNAMED, message).at(origin, "pods would not find it");
        sink.report(diagnostic.help(format!("encrypt it under that name, or say `name` in `secrets.{}`", secret.name)));
    }
    if let Some(other) = other {
        let message = format!("`{file}` is for the namespace `{}`, not `{namespace}`", other.escape_default());
        let diagnostic = Diagnostic::new(&SECRET_MISNAMED, message).at(origin, "pods would not find it");
        sink.report(diagnostic.help("encrypt it for this namespace; a sealed one opens in no other"));
    }
}

fn encrypted(secret: &SecretRef, namespace: &str, sink: &mut Sink) {
    let Some(text) = &secret.text else { return };
    let origin = secret.file.as_ref().map_or(Origin::NONE, |it| it.origin);
    let document = secret.document.as_ref();
    let (fits, expected) = match secret.from.value {
        SecretFrom::Sealed => (document.is_some_and(is_sealed), "a SealedSecret, as `kubeseal` makes it"),
        _ => (document.is_some_and(is_sops), "a Secret all of whose values `sops --encrypt` encrypted"),
    };
    if fits {
        misnamed(secret, namespace, origin, sink);
    }
    if !fits || text.is_empty() {
        let file = secret.file.as_ref().map(|it| it.as_str()).unwrap_or_default();
        let diagnostic = Diagnostic::new(&SECRET_NOT_ENCRYPTED, format!("`{file}` is not {expected}"));
        let diagnostic = diagnostic.at(origin, "would be copied into the output as it is");
        sink.report(diagnostic.help("encrypt it, and take the values back where they were issued"));
    }
}
