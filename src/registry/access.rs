//! Registries, asked with patience that ends.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::credentials::{Login, Logins};
use super::login::{Challenge, basic, challenge, token};
use super::manifest::{ACCEPT, Found, describe, digest_of};
use super::place::Place;
use super::request::{Answer, Fault, Method, Question, ask};
use super::{RegistryError, SourceError};

/// How registries are reached.
#[derive(Clone, Debug)]
pub struct Access {
    /// How long one answer may take.
    pub patience: Duration,
    /// Certificates beside those of the system, such as those of a network that signs everything anew.
    pub authorities: Option<PathBuf>,
    /// Hosts that are asked without TLS. Those on this machine always are.
    pub plain_http: Vec<String>,
}

/// Registries that can be asked.
pub struct Registries {
    secure: Agent,
    plain: Agent,
    /// Never by way of a proxy.
    local: Agent,
    access: Access,
    logins: Logins,
}

/// How often something is asked that the server was too busy for, or that broke off.
const ATTEMPTS: u32 = 3;

/// The longest pause that is made for a server.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Registries {
    /// Prepares to ask.
    ///
    /// # Errors
    /// The file of certificates cannot be read, or holds none.
    pub fn new(access: Access) -> Result<Self, SourceError> {
        let config = || {
            let config = Agent::config_builder().timeout_global(Some(access.patience)).http_status_as_error(false);
            config.user_agent(concat!("mlopsc/", env!("CARGO_PKG_VERSION")))
        };
        let tls = TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(roots(&access)?)));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = tls.unversioned_rustls_crypto_provider(provider).build();
        Ok(Self {
            secure: config().https_only(true).tls_config(tls).build().new_agent(),
            plain: config().build().new_agent(),
            local: config().proxy(None).build().new_agent(),
            logins: Logins::default(),
            access,
        })
    }

    /// What a reference stands for now. Where it is still what is `known`, one small question is enough.
    ///
    /// # Errors
    /// The image cannot be had; the error says why.
    pub fn find(&self, reference: &str, known: Option<&Found>) -> Result<Found, RegistryError> {
        let place = Place::parse(reference)?;
        let is_plain = self.access.plain_http.contains(&place.host);
        let (agent, scheme) = match place.is_loopback() {
            true => (&self.local, "http"),
            false if is_plain => (&self.plain, "http"),
            false => (&self.secure, "https"),
        };
        let visit =
            Visit { registries: self, agent, base: format!("{scheme}://{}/v2/{}", place.server(), place.path), place };
        visit.find(known)
    }
}

fn roots(access: &Access) -> Result<Vec<Certificate<'static>>, SourceError> {
    // Those that cannot be read are missed when a server's certificate is one of theirs.
    let system = rustls_native_certs::load_native_certs().certs;
    let mut roots: Vec<_> = system.iter().map(|it| Certificate::from_der(it).to_owned()).collect();
    if let Some(path) = &access.authorities {
        let shown = path.display().to_string();
        let text = std::fs::read(path).map_err(|source| SourceError::Disk { path: shown.clone(), source })?;
        let before = roots.len();
        roots.extend(parse_pem(&text).filter_map(|it| match it {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        }));
        if roots.len() == before {
            let why = "holds no certificate: expected PEM, with lines `-----BEGIN CERTIFICATE-----`".to_owned();
            return Err(SourceError::Unfit { path: shown, why });
        }
    }
    Ok(roots)
}

/// Everything that is asked about one image.
struct Visit<'r> {
    registries: &'r Registries,
    agent: &'r Agent,
    /// The address of the repository.
    base: String,
    place: Place,
}

impl Visit<'_> {
    fn find(&self, known: Option<&Found>) -> Result<Found, RegistryError> {
        let mut authorization = None;
        let manifest = format!("{}/manifests/{}", self.base, self.place.version);
        if let Some(known) = known {
            let answer = self.let_in(Method::Head, &manifest, ACCEPT, &mut authorization)?;
            if answer.status == 200 && answer.digest.as_ref() == Some(&known.digest) {
                return Ok(known.clone());
            }
        }
        let answer = self.good(self.let_in(Method::Get, &manifest, ACCEPT, &mut authorization)?)?;
        // Digests of other kinds than ours may be right, too.
        let is_other = |said: &String| said.starts_with("sha256:") && *said != digest_of(&answer.body);
        if answer.digest.as_ref().is_some_and(is_other) {
            return Err(self.garbled("the manifest is not the one that its digest says".to_owned()));
        }
        let found = describe(&answer.body, |digest| {
            let url = format!("{}/blobs/{digest}", self.base);
            let answer = self.let_in(Method::Get, &url, "*/*", &mut authorization).map_err(Stopped::Known)?;
            self.good(answer).map(|it| it.body).map_err(Stopped::Known)
        });
        found.map_err(|it| match it {
            Stopped::Known(error) => error,
            Stopped::Text(why) => self.garbled(why),
        })
    }

    /// An answer to a question that may first need a login.
    fn let_in(
        &self,
        method: Method,
        url: &str,
        accept: &str,
        authorization: &mut Option<String>,
    ) -> Result<Answer, RegistryError> {
        let question = |it: &Option<String>| self.ask(method, url, &[], accept, it.as_deref());
        let answer = question(authorization)?;
        if answer.status != 401 || authorization.is_some() {
            return Ok(answer);
        }
        let Some(shown) = self.log_in(&answer)? else { return Ok(answer) };
        *authorization = Some(shown);
        question(authorization)
    }

    /// What the registry wants to be shown; `None` where there is nothing to show.
    fn log_in(&self, refused: &Answer) -> Result<Option<String>, RegistryError> {
        let login = self.login();
        match challenge(&refused.challenges) {
            Some(Challenge::Basic) => match login {
                Login::With { name, password } => Ok(Some(basic(&name, &password))),
                Login::None => Ok(None),
                Login::Unfit(why) => Err(self.unfit(why)),
            },
            Some(Challenge::Token { realm, service, scope }) => {
                let is_safe = realm.starts_with("https://") || self.base.starts_with("http://");
                if !is_safe {
                    return Err(self.garbled("it wants the login to be sent without TLS".to_owned()));
                }
                let shown = match &login {
                    Login::With { name, password } => Some(basic(name, password)),
                    Login::None => None,
                    Login::Unfit(why) => return Err(self.unfit(why)),
                };
                let scope = scope.unwrap_or_else(|| format!("repository:{}:pull", self.place.path));
                let mut query = vec![("scope", scope.as_str())];
                query.extend(service.as_deref().map(|it| ("service", it)));
                let answer = self.ask(Method::Get, &realm, &query, "application/json", shown.as_deref())?;
                let made = token(&self.good(answer)?.body);
                let made = made.ok_or_else(|| self.garbled("it gives no token".to_owned()))?;
                Ok(Some(format!("Bearer {made}")))
            }
            None => Ok(None),
        }
    }

    /// Asks, and asks again where a server was too busy or broke off.
    fn ask(
        &self,
        method: Method,
        url: &str,
        query: &[(&str, &str)],
        accept: &str,
        authorization: Option<&str>,
    ) -> Result<Answer, RegistryError> {
        let host = || self.place.host.clone();
        let mut attempt = 1;
        loop {
            let (last, pause) = match ask(self.agent, &Question { method, url, query, accept, authorization }) {
                Ok(answer) if !matches!(answer.status, 429 | 502..=504) => return Ok(answer),
                Ok(busy) => {
                    let pause = busy.pause;
                    (Ok(busy), pause)
                }
                Err(Fault::Broken(why)) => (Err(RegistryError::Unreachable { host: host(), why }), None),
                Err(Fault::Untrusted(why)) => return Err(RegistryError::Untrusted { host: host(), why }),
                Err(Fault::Late) => {
                    let seconds = self.registries.access.patience.as_secs();
                    return Err(RegistryError::TimedOut { host: host(), seconds });
                }
            };
            // Who asks for a longer pause than anybody makes is not asked again.
            if attempt == ATTEMPTS || pause.is_some_and(|it| it > LONGEST_PAUSE) {
                return last;
            }
            std::thread::sleep(pause.unwrap_or(Duration::from_millis(200) * 2_u32.pow(attempt)));
            attempt += 1;
        }
    }

    /// The answer, where it is none of the many ways to say no.
    fn good(&self, answer: Answer) -> Result<Answer, RegistryError> {
        let host = self.place.host.clone();
        let codes = codes(&answer.body);
        Err(match answer.status {
            200 => return Ok(answer),
            401 => RegistryError::Unauthorized { host, codes, login: self.said_of_login().to_owned() },
            403 => RegistryError::Forbidden { host, codes },
            404 => RegistryError::Missing { host, codes },
            429 => RegistryError::TooMany { host, wait: answer.pause.map(|it| it.as_secs()) },
            status => RegistryError::Failed { host, status, codes },
        })
    }

    fn login(&self) -> Login {
        self.registries.logins.of(self.place.login(), self.registries.access.patience)
    }

    fn said_of_login(&self) -> &'static str {
        match self.login() {
            Login::With { .. } => "the login of the Docker configuration was shown",
            Login::None => "the Docker configuration has no login for it",
            Login::Unfit(why) => why,
        }
    }

    fn unfit(&self, why: &str) -> RegistryError {
        RegistryError::Credentials { host: self.place.host.clone(), why: why.to_owned() }
    }

    fn garbled(&self, why: String) -> RegistryError {
        RegistryError::Garbled { host: self.place.host.clone(), why }
    }
}

/// Why a manifest was not understood: because of what it is, or because the rest of it was not to be had.
enum Stopped {
    Text(String),
    Known(RegistryError),
}

impl From<String> for Stopped {
    fn from(why: String) -> Self {
        Self::Text(why)
    }
}

/// The codes of a registry's answer (OCI distribution specification, "Error Codes"). Nothing else of it is shown.
fn codes(body: &[u8]) -> String {
    let document: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let list = document["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_code = |it: &&str| it.len() <= 40 && it.bytes().all(|it| it.is_ascii_uppercase() || it == b'_');
    let codes: Vec<&str> = list.iter().filter_map(|it| it["code"].as_str()).filter(is_code).take(3).collect();
    if codes.is_empty() { String::new() } else { format!(": {}", codes.join(", ")) }
}
