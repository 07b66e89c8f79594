//! Why there is no client, in words that hold nothing of what was read: a kubeconfig is full of credentials, and so is
//! what a program that logs in prints, is called with and finds in its environment.

use std::error::Error;

use kube::client::AuthError;
use kube::config::{KubeconfigError, LoadDataError};

/// What is wrong with a kubeconfig.
pub(super) fn of_kubeconfig(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::Parse(why) => match why.location() {
            Some(place) => format!("what is written in line {}, column {} is not of one", place.line(), place.column()),
            None => "it is not written as one".to_owned(),
        },
        KubeconfigError::LoadContext(name) => format!("it has no context `{name}`"),
        KubeconfigError::LoadClusterOfContext(name) => format!("it has no cluster `{name}`"),
        KubeconfigError::ParseClusterUrl(_) => "the address of its cluster is none".to_owned(),
        KubeconfigError::ParseProxyUrl(_) => "the address of its proxy is none".to_owned(),
        KubeconfigError::ParseCertificates(_) => "its certificate authority is no certificate".to_owned(),
        KubeconfigError::LoadCertificateAuthority(why) => format!("its certificate authority {}", unread(why)),
        KubeconfigError::LoadClientCertificate(why) => format!("its client certificate {}", unread(why)),
        KubeconfigError::LoadClientKey(why) => format!("its client key {}", unread(why)),
        other => causes(other),
    }
}

fn unread(error: &LoadDataError) -> String {
    match error {
        LoadDataError::ReadFile(why, path) => format!("cannot be read from `{}`: {why}", path.display()),
        _ => "is not written in base64".to_owned(),
    }
}

/// What is wrong with the way to log in, or with the keys for it.
pub(super) fn of_client(error: &(dyn Error + 'static)) -> String {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(login) = cause.downcast_ref::<AuthError>() {
            return of_login(login);
        }
        if let Some(kubeconfig) = cause.downcast_ref::<KubeconfigError>() {
            return of_kubeconfig(kubeconfig);
        }
        next = cause.source();
    }
    causes(error)
}

fn of_login(error: &AuthError) -> String {
    match error {
        AuthError::AuthExecStart(why) => format!("logging in cannot begin: {why}"),
        AuthError::AuthExecRun { out, .. } => format!("logging in failed ({})", out.status),
        AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed | AuthError::AuthExec(_) => {
            "logging in gave no ExecCredential".to_owned()
        }
        AuthError::ReadTokenFile(why, path) => format!("the token cannot be read from `{}`: {why}", path.display()),
        AuthError::MissingCommand => "logging in names no program".to_owned(),
        AuthError::InvalidBasicAuth(_) | AuthError::InvalidBearerToken(_) => {
            "the user or the token holds what no request can carry".to_owned()
        }
        _ => "logging in gave nothing to log in with".to_owned(),
    }
}

/// An error with what led to it; each text once, because some errors say their cause's already.
pub(super) fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let part = cause.to_string();
        if !text.contains(&part) {
            text += &format!(": {part}");
        }
        next = cause.source();
    }
    text
}
