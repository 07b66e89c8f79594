//! Of which type a secret is, whether it can be generated, and how programs take it.
//!
//! What each origin of a secret needs is checked beside this.

use super::case::Program;
use super::secrets::SECRET_INCOMPLETE;
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::source::At;
use crate::spec::{Secret, SecretFrom, SecretType};

pub(super) static CHECK: Check = Check { codes: &[&GENERATED_IMPOSSIBLE, &SECRET_NO_VARIABLE], run };

static GENERATED_IMPOSSIBLE: Code = Code {
    id: "generated-impossible",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a secret with `from = \"generated\"` that no password generator can make: a certificate, a private key, the
credentials of a registry, or a key with a path in a store.

### Why it matters
Each key gets random letters and digits, which are none of these things.

### Use instead
`from = \"cert-manager\"` for a certificate, and `from = \"external-secrets\"` for what somebody else issues.
",
};

static SECRET_NO_VARIABLE: Code = Code {
    id: "secret-no-variable",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a secret that a workload takes with `as = \"env\"` and of which a key cannot be the name of an environment
variable, or that has a `path` as well.

### Why it matters
Each key becomes the variable of its name. A key such as `tls.crt` would be left out without a word, and a secret of
one `key` has none that anybody named.

### Use instead
`keys` such as `POSTGRES_PASSWORD`; or in `env`, `POSTGRES_PASSWORD = { secret = \"database\", key = \"password\" }`.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for (name, secret) in &case.spec().secrets {
        let Some(from) = secret.from else { continue };
        keys_of_type(name.as_str(), secret, from, sink);
        if from.value == SecretFrom::Generated {
            not_generated(name.as_str(), secret, from, sink);
        }
    }
    case.programs().for_each(|it| as_variables(case, &it, sink));
}

/// The keys that Kubernetes asks for in a Secret of a type. Where they are not written down they are assumed, but for
/// those that are read from a store, of which each needs a path.
fn keys_of_type(name: &str, secret: &At<Secret>, from: At<SecretFrom>, sink: &mut Sink) {
    let Some(kind) = secret.kind else { return };
    let is_read = from.value == SecretFrom::ExternalSecrets;
    let has = |key: &str| {
        let keys = secret.keys.as_ref();
        keys.map_or(!is_read, |it| it.0.iter().any(|(known, _)| known.as_str() == key))
    };
    let one = secret.key.is_some();
    let (fits, what) = match kind.value {
        SecretType::Opaque => return,
        SecretType::Registry => (has(".dockerconfigjson") || one, "`keys` with `.dockerconfigjson`"),
        SecretType::Tls => (has("tls.crt") && has("tls.key"), "`keys` with `tls.crt` and `tls.key`"),
        SecretType::BasicAuth => (has("username") || has("password"), "`keys` with `username` or `password`"),
        SecretType::Ssh => (has("ssh-privatekey") || one, "`keys` with `ssh-privatekey`"),
    };
    if !fits {
        let diagnostic = Diagnostic::new(&SECRET_INCOMPLETE, format!("`secrets.{name}` has no {what}"));
        sink.report(diagnostic.at(kind.origin, "a Secret of this type has them"));
    }
}

/// What a password generator cannot make.
fn not_generated(name: &str, secret: &At<Secret>, from: At<SecretFrom>, sink: &mut Sink) {
    let mut report = |message: String, at: Spot, label: &str, help: &str| {
        let diagnostic = Diagnostic::new(&GENERATED_IMPOSSIBLE, message).at(at, label);
        sink.report(diagnostic.at(from.origin, "made of random letters and digits").help(help));
    };
    let typed = secret.kind.filter(|it| !matches!(it.value, SecretType::Opaque | SecretType::BasicAuth));
    if let Some(kind) = typed {
        let message = format!("`secrets.{name}` cannot be generated: its type holds more than a password");
        let help = "use `from = \"cert-manager\"` for a certificate, a store for every other key";
        report(message, Spot::value(kind.origin), "no password", help);
    }
    let path = secret.keys.iter().flat_map(|it| &it.0).find_map(|(key, path)| Some((key, path.as_ref()?)));
    if let Some((key, path)) = path {
        let message = format!("the key `{key}` of `secrets.{name}` is generated, and has a path in a store");
        let help = "list the names of the keys, `keys = [\"…\"]`, or read them with `from = \"external-secrets\"`";
        report(message, Spot::value(path.origin), "nothing is read from there", help);
    }
}

fn as_variables(case: &Case<'_>, program: &Program<'_>, sink: &mut Sink) {
    for used in program.workload.secrets.iter().filter(|it| it.is_env()) {
        let origin = used.form.map(|it| it.origin).unwrap_or_default();
        let Some(secret) = used.name.as_ref().and_then(|it| case.plan.secrets.get(it.as_str())) else { continue };
        let name = &secret.name;
        if let Some(entry) = secret.keys.iter().find(|it| it.variable().is_none()) {
            let message = format!("the key `{}` of `secrets.{name}` cannot be an environment variable", entry.key);
            let diagnostic = Diagnostic::new(&SECRET_NO_VARIABLE, message).at(origin, "each key becomes a variable");
            let diagnostic = diagnostic.at(Spot::key(entry.key.origin), "this key");
            sink.report(diagnostic.help("give it `keys` such as `POSTGRES_PASSWORD`, or name the variable in `env`"));
        }
        if let Some(path) = &used.path {
            let message = format!("`{}` gives the secret `{name}` a path, and takes it as variables", program.path);
            let diagnostic = Diagnostic::new(&SECRET_NO_VARIABLE, message);
            let diagnostic = diagnostic.at(Spot::key(path.origin), "there are no files");
            sink.report(diagnostic.at(origin, "because of this"));
        }
    }
}
