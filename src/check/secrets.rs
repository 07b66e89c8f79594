//! Secrets: whether each says what its origin needs, and arrives where it can.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::source::At;
use crate::spec::{Secret, SecretFrom, SecretType};

pub(super) static CHECK: Check =
    Check { codes: &[&SECRET_INCOMPLETE, &SECRET_KEY_USELESS, &SECRET_ONLY_FOR_BUILD, &SECRET_KEY_UNKNOWN], run };

pub(super) static SECRET_INCOMPLETE: Code = Code {
    id: "secret-incomplete",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a secret that does not say what its `from` needs:

| from | needs |
|---|---|
| external-secrets | `store`, and `key` or `keys` with a path for each |
| sealed, sops | `file`; `keys` where workloads read single files |
| existing | `keys`, unless it is a TLS or registry secret |
| cert-manager | `issuer` and `dns` |
| file | `keys`, unless the type says which: `tls`, `registry`, `basic-auth`, `ssh` |
| generated | `keys` |
| env | `key`, the name of an environment variable |
",
};

static SECRET_KEY_USELESS: Code = Code {
    id: "secret-key-useless",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a key of a secret that means nothing for its `from`, such as a `store` beside `from = \"file\"`.

### Why it matters
It would have no effect, and a reader would believe that it has.
",
};

static SECRET_ONLY_FOR_BUILD: Code = Code {
    id: "secret-only-for-build",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a secret with `from = \"env\"` that a workload reads, or one of another kind in `[build] secrets`.

### Why it matters
An environment variable of whoever builds the images does not exist in the cluster, and a secret of the cluster does not
exist where images are built.

### Use instead
One secret for the build (`from = \"env\"`) and one for the workload.
",
};

static SECRET_KEY_UNKNOWN: Code = Code {
    id: "secret-key-unknown",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an environment variable that takes its value from a key that the secret or the table of settings does not
declare, or that names no key where there are several.

### Use instead
One of the keys that `[secrets]` or `[config]` declares.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for (name, secret) in &case.spec().secrets {
        if let Some(from) = secret.from {
            incomplete(name.as_str(), secret, from, sink);
            useless(name.as_str(), secret, from, sink);
        }
    }
    uses(case, sink);
}

fn incomplete(name: &str, secret: &At<Secret>, from: At<SecretFrom>, sink: &mut Sink) {
    let mut need = |there: bool, what: &str| {
        if !there {
            let diagnostic = Diagnostic::new(&SECRET_INCOMPLETE, format!("`secrets.{name}` has no {what}"));
            sink.report(diagnostic.at(from.origin, "cannot do without"));
        }
    };
    let is_typed = secret.kind.is_some_and(|it| it.value != SecretType::Opaque);
    let keys = secret.keys.as_ref();
    match from.value {
        SecretFrom::ExternalSecrets => {
            need(secret.store.is_some(), "`store`");
            let each_has_path = keys.is_none_or(|it| it.0.iter().all(|(_, path)| path.is_some()));
            need(secret.key.is_some() || keys.is_some(), "`key` or `keys`");
            need(each_has_path, "path in the store for each key: `keys = { name = \"path\" }`");
        }
        SecretFrom::Generated => need(keys.is_some(), "`keys`"),
        SecretFrom::Sealed | SecretFrom::Sops => need(secret.file.is_some(), "`file`"),
        SecretFrom::Existing => need(keys.is_some() || is_typed, "`keys`"),
        SecretFrom::File => need(keys.is_some() || is_typed || secret.file.is_some(), "`file` or `keys`"),
        SecretFrom::CertManager => {
            need(secret.issuer.is_some(), "`issuer`");
            need(!secret.dns.is_empty(), "`dns`");
        }
        SecretFrom::Env => {
            need(secret.key.is_some(), "`key` with the name of an environment variable");
            if let Some(key) = secret.key.as_ref().filter(|_| secret.env_key().is_none()) {
                let diagnostic =
                    Diagnostic::new(&SECRET_INCOMPLETE, format!("`{key}` is no name of an environment variable"));
                sink.report(
                    diagnostic.at(key, "letters, digits and `_`").at(from.origin, "comes from the environment"),
                );
            }
        }
    }
}

/// The keys that mean something for each origin, beside `from`, `enabled` and `type`.
const MEANT: &[(SecretFrom, &[&str])] = &[
    (SecretFrom::ExternalSecrets, &["store", "key", "keys", "name"]),
    (SecretFrom::Sealed, &["file", "keys", "name"]),
    (SecretFrom::Sops, &["file", "keys", "name"]),
    (SecretFrom::Existing, &["keys", "name"]),
    (SecretFrom::CertManager, &["issuer", "dns", "name"]),
    (SecretFrom::File, &["file", "keys", "name"]),
    (SecretFrom::Generated, &["store", "keys", "name", "length"]),
    (SecretFrom::Env, &["key"]),
];

fn useless(name: &str, secret: &At<Secret>, from: At<SecretFrom>, sink: &mut Sink) {
    let written = [
        ("store", secret.store.as_ref().map(|it| it.origin)),
        ("key", secret.key.as_ref().map(|it| it.origin)),
        ("keys", secret.keys.as_ref().map(|it| it.origin)),
        ("file", secret.file.as_ref().map(|it| it.origin)),
        ("name", secret.name.as_ref().map(|it| it.origin)),
        ("length", secret.length.map(|it| it.origin)),
        ("issuer", secret.issuer.as_ref().map(|it| it.origin)),
        ("dns", secret.dns.first().map(|it| it.origin)),
    ];
    let meant = MEANT.iter().find(|(it, _)| *it == from.value).map(|(_, keys)| *keys).unwrap_or_default();
    let has_several = secret.keys.as_ref().is_some_and(|it| it.0.len() > 1)
        || secret.kind.is_some_and(|it| matches!(it.value, SecretType::Tls | SecretType::BasicAuth));
    for (key, origin) in written {
        let is_place = key == "file" && from.value == SecretFrom::File;
        if let Some(origin) = origin.filter(|_| !meant.contains(&key) || (is_place && has_several)) {
            let message = format!("`{key}` of `secrets.{name}` has no effect");
            let diagnostic = Diagnostic::new(&SECRET_KEY_USELESS, message).at(Spot::key(origin), "means nothing here");
            let diagnostic = diagnostic.at(from.origin, "because the secret comes from here");
            let help = format!("a file holds one value: put that of each key into `.secrets/{name}/<key>`");
            sink.report(if is_place { diagnostic.help(help) } else { diagnostic });
        }
    }
}

fn uses(case: &Case<'_>, sink: &mut Sink) {
    let spec = case.spec();
    let is_env =
        |name: &str| spec.secrets.get(name).and_then(|it| it.from).is_some_and(|it| it.value == SecretFrom::Env);
    for program in case.programs() {
        let files = program.workload.secrets.iter().filter_map(|it| it.name.as_ref());
        let variables = program.workload.env.values().filter_map(|it| it.secret.as_ref());
        for name in files.chain(variables).chain(&program.workload.pull_secret).filter(|it| is_env(it)) {
            let message =
                format!("`{}` reads the secret `{name}`, which is only there while images are built", program.path);
            let from = spec.secrets.get(name.as_str()).and_then(|it| it.from).map(|it| it.origin).unwrap_or_default();
            let diagnostic = Diagnostic::new(&SECRET_ONLY_FOR_BUILD, message).at(name, "read in the cluster");
            sink.report(diagnostic.at(from, "comes from whoever builds"));
        }
        keys(case, &program, sink);
    }
    for name in spec.build.iter().flat_map(|it| &it.secrets) {
        if spec.secrets.contains(name.as_str()) && !is_env(name) {
            let message = format!("the build cannot read the secret `{name}`, which is in the cluster");
            let from = spec.secrets.get(name.as_str()).and_then(|it| it.from).map(|it| it.origin).unwrap_or_default();
            let diagnostic = Diagnostic::new(&SECRET_ONLY_FOR_BUILD, message).at(name, "read while images are built");
            sink.report(diagnostic.at(from, "comes from the cluster"));
        }
    }
}

fn keys(case: &Case<'_>, program: &super::case::Program<'_>, sink: &mut Sink) {
    for (variable, value) in &program.workload.env {
        let secret = value.secret.as_ref().and_then(|it| case.plan.secrets.get(it.as_str()));
        let config = value.config.as_ref().and_then(|it| case.spec().config.get(it.as_str()));
        let (owner, known): (String, Vec<&str>) = match (secret, config) {
            (Some(secret), _) => {
                (format!("secrets.{}", secret.name), secret.keys.iter().map(|it| it.key.as_str()).collect())
            }
            (None, Some(config)) => {
                let name = value.config.as_ref().map(|it| it.as_str()).unwrap_or_default();
                (format!("config.{name}"), config.values.keys().map(|it| it.as_str()).collect())
            }
            (None, None) => continue,
        };
        let has = match known.as_slice() {
            [] => format!("declare it in `{owner}`"),
            [one] => format!("the only key is `{one}`"),
            all => format!("the keys are {}", super::case::listed(all.iter().copied())),
        };
        let names_other = value.key.as_ref().filter(|it| !known.contains(&it.as_str()));
        if value.key.is_none() && known.len() != 1 {
            let message = format!("`{variable}` of `{}` does not say which key it takes", program.path);
            let diagnostic = Diagnostic::new(&SECRET_KEY_UNKNOWN, message);
            sink.report(diagnostic.at(value.origin, "`key` is missing").help(has));
        } else if let Some(key) = names_other {
            let near = crate::spec::nearest(key, known.iter().copied());
            let diagnostic = Diagnostic::new(&SECRET_KEY_UNKNOWN, format!("`{owner}` has no key `{key}`"));
            sink.report(diagnostic.at(key, "").help(has).did_you_mean_text(key, near));
        }
    }
}
