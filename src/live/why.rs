//! Why there is no client, in words that hold nothing of what was read: a kubeconfig is full of credentials, and so is
//! what a program that logs in prints, is called with and finds in its environment.

use std::error::Error;
use std::io::ErrorKind;

use jiff::Timestamp;
use kube::client::AuthError;
use kube::config::{KubeconfigError, LoadDataError};
use rustls::CertificateError;
use rustls::pki_types::UnixTime;

/// What is wrong with a kubeconfig.
pub(super) fn of_kubeconfig(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::Parse(why) => match why.location() {
            Some(place) => format!("what is written in line {}, column {} is not of one", place.line(), place.column()),
            None => "it is not written as one".to_owned(),
        },
        KubeconfigError::ReadConfig(why, path) => {
            let path = path.display();
            match why.kind() {
                ErrorKind::NotFound => {
                    format!("`{path}` is not there; name the file with `--kubeconfig` or in KUBECONFIG")
                }
                ErrorKind::IsADirectory => format!("`{path}` is a folder; name the file in it"),
                _ => format!("`{path}` cannot be read: {why}"),
            }
        }
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

/// That a context is not there, and which may be meant.
pub(super) fn no_context(name: &str, mut names: Vec<&str>) -> String {
    names.sort_unstable();
    let like = names.iter().map(|it| (strsim::jaro_winkler(name, it), *it)).filter(|(score, _)| *score >= 0.8);
    let nearest = like.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, it)| it);
    match (nearest, names.as_slice()) {
        (_, []) => "it has no contexts".to_owned(),
        (_, names) if name.is_empty() => {
            format!("it has no current context; name one with `--context`: {}", shown(names))
        }
        (Some(it), _) => format!("it has no context `{name}`; is `{it}` meant?"),
        (None, names) => format!("it has no context `{name}`, but {}", shown(names)),
    }
}

/// The first few of many names.
fn shown(names: &[&str]) -> String {
    const MOST: usize = 8;
    let more = names.len().saturating_sub(MOST);
    let named = names.iter().take(MOST).map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
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
        AuthError::ReadTokenFile(why, path) => format!("the token cannot be read from `{}`: {why}", path.display()),
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

/// Which part of a library an error went through, which says nothing to whoever reads it.
const OF_LIBRARIES: [&str; 5] = [
    "ServiceError: ",
    "HyperError: ",
    "client error (Connect): ",
    "client error (SendRequest): ",
    "tcp connect error: ",
];

/// Why nothing came through, with what people can do about it where they see no cause.
pub(super) fn of_transport(error: &(dyn Error + 'static)) -> String {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(rustls::Error::InvalidCertificate(why)) = cause.downcast_ref() {
            return of_certificate(why);
        }
        // What TLS says is inside an error of the system's, which does not call it its cause.
        let inside = cause.downcast_ref::<std::io::Error>().and_then(|it| it.get_ref());
        next = inside.map(|it| it as &(dyn Error + 'static)).or_else(|| cause.source());
    }
    OF_LIBRARIES.iter().fold(causes(error), |text, it| text.replace(it, ""))
}

fn of_certificate(error: &CertificateError) -> String {
    let day = |it: &UnixTime| i64::try_from(it.as_secs()).ok().and_then(|it| Timestamp::from_second(it).ok());
    let day = |it: &UnixTime| day(it).map(|it| it.to_string()).unwrap_or_default();
    let clock = |time: &UnixTime| format!("and the clock of this machine says {}", day(time));
    match error {
        CertificateError::ExpiredContext { time, not_after } => format!(
            "its certificate was valid until {}, {}: one of them is to be renewed or set",
            day(not_after),
            clock(time)
        ),
        CertificateError::NotValidYetContext { time, not_before } => {
            format!("its certificate is valid from {} on, {}: is that clock right?", day(not_before), clock(time))
        }
        CertificateError::UnknownIssuer => {
            "its certificate is of an unknown authority; is the `certificate-authority` of the kubeconfig that of this \
             cluster?"
                .to_owned()
        }
        other => format!("its certificate is not accepted: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(error: CertificateError) -> String {
        let tls = rustls::Error::InvalidCertificate(error);
        of_transport(&std::io::Error::other(std::io::Error::other(tls)))
    }

    #[test]
    fn a_clock_that_is_off_is_told_from_a_certificate_that_ended() {
        let [early, late] =
            [1_600_000_000, 1_700_000_000].map(|it| UnixTime::since_unix_epoch(std::time::Duration::from_secs(it)));
        let ended = said(CertificateError::ExpiredContext { time: late, not_after: early });
        assert!(
            ended.contains("valid until 2020-09-13T12:26:40Z") && ended.contains("says 2023-11-14T22:13:20Z"),
            "{ended}"
        );
        let not_yet = said(CertificateError::NotValidYetContext { time: early, not_before: late });
        assert!(not_yet.contains("valid from 2023-11-14T22:13:20Z on") && not_yet.contains("clock right"), "{not_yet}");
        assert!(said(CertificateError::UnknownIssuer).contains("`certificate-authority`"));
        assert_eq!(of_transport(&std::io::Error::other("Connection refused")), "Connection refused");
    }

    #[test]
    fn a_kubeconfig_that_is_none_is_named_with_the_way_out() {
        let read = |path: &str| of_kubeconfig(&kube::config::Kubeconfig::read_from(path).unwrap_err());
        assert_eq!(read("no-such"), "`no-such` is not there; name the file with `--kubeconfig` or in KUBECONFIG");
        assert_eq!(read("src"), "`src` is a folder; name the file in it");
    }

    #[test]
    fn the_context_that_is_meant_is_named() {
        let names = || vec!["staging-eu", "production-eu", "minikube"];
        assert!(no_context("prodution-eu", names()).ends_with("is `production-eu` meant?"));
        let other = no_context("zzz", names());
        assert!(other.contains("`minikube`, `production-eu`, `staging-eu`"), "{other}");
        assert!(no_context("", names()).contains("`--context`"));
        assert!(no_context("x", Vec::new()).contains("no contexts"));
    }
}
