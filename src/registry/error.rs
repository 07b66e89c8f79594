//! Why an image could not be had, and what to do about it.

use thiserror::Error;

/// Why the digest of one image could not be had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RegistryError {
    #[error("`{0}` names no registry that could be asked")]
    NoRegistry(String),
    #[error("`{host}` cannot be reached: {why}")]
    Unreachable { host: String, why: String },
    #[error("`{host}` cannot prove that it is who it says: {why}")]
    Untrusted { host: String, why: String },
    #[error("`{host}` did not answer within {seconds} s")]
    TimedOut { host: String, seconds: u64 },
    #[error("`{host}` has no such image, or wants a login that it accepts (401){codes}; {login}")]
    Unauthorized { host: String, codes: String, login: String },
    #[error("`{host}` refuses (403){codes}")]
    Forbidden { host: String, codes: String },
    #[error("`{host}` has no such image (404){codes}")]
    Missing { host: String, codes: String },
    #[error("`{host}` wants fewer requests (429){}", wait.map(|it| format!(", and to be asked again in {it} s")).unwrap_or_default())]
    TooMany { host: String, wait: Option<u64> },
    #[error("`{host}` failed ({status}){codes}")]
    Failed { host: String, status: u16, codes: String },
    #[error("what `{host}` answered cannot be used: {why}")]
    Garbled { host: String, why: String },
    #[error("the login for `{host}` cannot be used: {why}")]
    Credentials { host: String, why: String },
    #[error("it is in none of {0}")]
    NotThere(String),
}

impl RegistryError {
    /// What the user can do.
    #[must_use]
    pub fn way_out(&self) -> String {
        match self {
            Self::NoRegistry(_) => "name a registry in `project.registry`, or before the image's name".to_owned(),
            Self::Unreachable { .. } | Self::TimedOut { .. } => {
                "look at the network, the proxy and `[build] mirrors`, or take the image from a file with `--from`"
                    .into()
            }
            Self::Untrusted { .. } => {
                "name the certificate of the authority that signed it with `--ca FILE`, or in SSL_CERT_FILE".to_owned()
            }
            Self::Unauthorized { host, .. } | Self::Credentials { host, .. } => {
                format!(
                    "log in with `docker login {host}` (a name and a password or access token), and look at the name"
                )
            }
            Self::Forbidden { .. } => "ask for the right to pull this image".to_owned(),
            Self::Missing { .. } => "look at the name and the tag, or push the image first".to_owned(),
            Self::TooMany { .. } => "run `mlopsc lock` again later; a login often raises the limit".to_owned(),
            Self::Failed { .. } | Self::Garbled { .. } => {
                "run `mlopsc lock` again later, or ask who runs the registry".to_owned()
            }
            Self::NotThere(_) => {
                "add the file that holds it with another `--from`, and `--from NAME=PATH` where the file \
                                  does not say what it holds"
                    .to_owned()
            }
        }
    }
}

/// Why a file or folder cannot be used as a source of images, or a setting of the access cannot.
#[derive(Debug, Error)]
pub enum SourceError {
    #[error("cannot read `{path}`: {source}")]
    Disk { path: String, source: std::io::Error },
    #[error("`{path}` {why}")]
    Unfit { path: String, why: String },
}
