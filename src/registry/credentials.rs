//! Logins that the user has: from Docker's configuration, the helpers that it names, or that of Podman.

use std::collections::BTreeMap;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential, get_podman_credential};

/// A name and a password, or why there is none.
#[derive(Clone)]
pub(super) enum Login {
    With {
        name: String,
        password: String,
    },
    /// There is none for this registry.
    None,
    /// There is one, which cannot be used.
    Unfit(&'static str),
}

/// The logins by registry; each is looked for once.
#[derive(Default)]
pub(super) struct Logins(Mutex<BTreeMap<String, Login>>);

impl Logins {
    /// The login under the name that a configuration has for a registry.
    pub(super) fn of(&self, registry: &str, patience: Duration) -> Login {
        let mut known = self.0.lock().expect("internal error: looking for a login does not panic");
        known.entry(registry.to_owned()).or_insert_with(|| look(registry, patience)).clone()
    }
}

fn look(registry: &str, patience: Duration) -> Login {
    let (sender, receiver) = mpsc::channel();
    let wanted = registry.to_owned();
    // A helper may wait for somebody who is not there, and cannot be waited for in any other way.
    std::thread::spawn(move || drop(sender.send(find(&wanted))));
    receiver.recv_timeout(patience).unwrap_or(Login::Unfit("the credential helper did not answer in time"))
}

fn find(registry: &str) -> Login {
    let docker = get_credential(registry);
    let found = match docker {
        Err(it) if is_absent(&it) => get_podman_credential(registry),
        found => found,
    };
    match found {
        Ok(DockerCredential::UsernamePassword(name, password)) => Login::With { name, password },
        Ok(DockerCredential::IdentityToken(_)) => {
            Login::Unfit("it is an identity token, which could only be used with a request that writes")
        }
        Err(it) if is_absent(&it) => Login::None,
        // Helpers say so in words of their own, which may hold anything.
        Err(CredentialRetrievalError::HelperFailure { stdout, .. }) if stdout.contains("not found") => Login::None,
        Err(CredentialRetrievalError::HelperFailure { .. }) => Login::Unfit("the credential helper failed"),
        Err(CredentialRetrievalError::HelperCommunicationError) => {
            Login::Unfit("the credential helper that the Docker configuration names does not start or does not listen")
        }
        Err(_) => Login::Unfit("the entry of the Docker configuration cannot be read"),
    }
}

fn is_absent(error: &CredentialRetrievalError) -> bool {
    use CredentialRetrievalError::{ConfigNotFound, ConfigReadError, NoCredentialConfigured};
    matches!(error, ConfigNotFound | ConfigReadError | NoCredentialConfigured)
}
