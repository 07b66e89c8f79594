//! What a credential looks like: by its own form, by the name in front of it, and by the option of a command.

use super::secret::says_secret;

/// Prefixes that issuers document, how much follows at least, and what they stand for.
const PREFIXES: &[(&str, usize, &str)] = &[
    ("AKIA", 16, "an access key of a cloud"),
    ("ASIA", 16, "an access key of a cloud"),
    ("AIza", 35, "an access key of a cloud"),
    ("ya29.", 20, "an access key of a cloud"),
    ("AGE-SECRET-KEY-", 20, "a private key"),
    ("ghp_", 20, "an access token"),
    ("gho_", 20, "an access token"),
    ("ghs_", 20, "an access token"),
    ("github_pat_", 20, "an access token"),
    ("glpat-", 20, "an access token"),
    ("gldt-", 20, "an access token"),
    ("hf_", 20, "an access token"),
    ("hvs.", 20, "an access token"),
    ("hvb.", 20, "an access token"),
    ("dckr_pat_", 20, "an access token"),
    ("dapi", 32, "an access token"),
    ("xoxb-", 20, "an access token"),
    ("xoxp-", 20, "an access token"),
    ("xapp-", 20, "an access token"),
    ("pypi-", 20, "an access token"),
    ("npm_", 20, "an access token"),
    ("sk-", 20, "an access token"),
    ("sk_live_", 16, "an access token"),
    ("rk_live_", 16, "an access token"),
    ("SG.", 20, "an access token"),
    ("eyJ", 40, "an access token"),
];

/// What kind of credential a text holds.
#[must_use]
pub fn credential(text: &str) -> Option<&'static str> {
    if text.contains("-----BEGIN") && text.contains("PRIVATE KEY") {
        return Some("a private key");
    }
    if let Some(what) = words(text).find_map(by_prefix) {
        return Some(what);
    }
    if has_password_in_address(text) {
        return Some("a password in an address");
    }
    if has_authorization(text) {
        return Some("the credentials of an HTTP request");
    }
    has_assignment(text).then_some("a secret with its name in front").or_else(|| command_line(text))
}

/// The text from the beginning of each of its words on.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut before = ' ';
    text.char_indices().filter_map(move |(at, it)| {
        let begins = !std::mem::replace(&mut before, it).is_ascii_alphanumeric() && it.is_ascii_alphabetic();
        begins.then(|| &text[at..])
    })
}

/// What a word is that begins with a prefix and goes on for long enough.
fn by_prefix(word: &str) -> Option<&'static str> {
    let goes_on = |it: &char| it.is_ascii_alphanumeric() || "_-.".contains(*it);
    let run = |rest: &str| rest.chars().take_while(goes_on).count();
    let is = |(prefix, least): (&str, usize)| word.strip_prefix(prefix).is_some_and(|it| run(it) >= least);
    let near = PREFIXES.iter().filter(|(prefix, _, _)| prefix.as_bytes().first() == word.as_bytes().first());
    near.into_iter().find(|(prefix, least, _)| is((prefix, *least))).map(|(_, _, what)| *what)
}

/// `scheme://user:password@host`.
fn has_password_in_address(text: &str) -> bool {
    text.contains(':')
        && text.match_indices("://").any(|(at, _)| {
            let authority = text[at + 3..].split(['/', '?', '#', ' ', '"']).next().unwrap_or_default();
            let user = authority.rsplit_once('@').map(|(user, _)| user);
            let password = user.and_then(|it| it.split_once(':')).map(|(_, password)| password);
            password.is_some_and(is_value)
        })
}

/// `Authorization: Bearer …`, as in the header of a request (RFC 9110, section 11.6.2).
fn has_authorization(text: &str) -> bool {
    let schemes = ["Bearer ", "bearer ", "Basic ", "basic ", "Token ", "token "];
    let named = || text.to_ascii_lowercase().contains("authorization");
    text.contains(' ')
        && schemes.iter().any(|scheme| {
            text.match_indices(scheme).any(|(at, _)| {
                let value = text[at + scheme.len()..].trim_start();
                let run = value.chars().take_while(|it| it.is_ascii_alphanumeric() || "_-.+/=~".contains(*it)).count();
                is_value(value) && (run >= 20 || (run >= 6 && named()))
            })
        })
}

/// `export DB_PASSWORD=…`, `Server=db;Password=…;`, `?token=…`, `AccountKey=…`.
fn has_assignment(text: &str) -> bool {
    text.match_indices('=').any(|(at, _)| {
        let is_name = |it: char| it.is_ascii_alphanumeric() || "_-.".contains(it);
        let start = text[..at].rfind(|it| !is_name(it)).map_or(0, |it| it + 1);
        let name = text.get(start..at).unwrap_or_default();
        let value = text[at + 1..].trim_start_matches(['"', '\'']);
        let compared = value.starts_with('=') || !text.is_char_boundary(start);
        let camel = ["AccountKey", "SharedAccessKey", "SharedAccessSignature"].contains(&name);
        !compared && (camel || says_secret(name.trim_start_matches('-'))) && is_value(value)
    })
}

/// `curl -u user:password`, `mysql --password …` in one text.
fn command_line(text: &str) -> Option<&'static str> {
    if !text.contains('-') {
        return None;
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_command = words.len() > 2;
    let pair = |pair: &[&str]| is_command && option_tells(pair[0], pair[1]);
    words.windows(2).any(pair).then_some("a secret behind an option")
}

/// Whether an option of a command says that the next argument is a secret.
pub(super) fn option_tells(option: &str, value: &str) -> bool {
    let is_option = option.starts_with('-');
    let names_secret = is_option && says_secret(option.trim_start_matches('-'));
    let of_user = ["-u", "--user", "--proxy-user"].contains(&option) && has_password_of_user(value);
    (names_secret && is_value(value) && !value.starts_with('-')) || of_user
}

/// `user:password`, and not `uid:gid`.
pub(super) fn has_password_of_user(text: &str) -> bool {
    let numbers = |it: &str| it.chars().all(|it| it.is_ascii_digit());
    text.split_once(':').is_some_and(|(user, password)| !user.is_empty() && is_value(password) && !numbers(password))
}

/// Whether a text is a value, and no reference to one that a shell or a template puts in, and no path to one.
pub(super) fn is_value(text: &str) -> bool {
    !text.is_empty() && !text.starts_with(['$', '<', '{', '&', ';', ' ']) && !text.starts_with("/run/secrets/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_known_by_their_form() {
        let key = format!("AKIA{}", "ABCDEFGH12345678");
        let token = |prefix: &str| format!("{prefix}{}", "a".repeat(36));
        let account = format!("DefaultEndpointsProtocol=https;AccountName=x;AccountKey={}==", "a".repeat(80));
        for bad in [
            key.as_str(),
            &token("ghp_"),
            &token("hvs."),
            &token("dckr_pat_"),
            &token("AIza"),
            &account,
            "postgres://user:pa55@db/x",
            "-----BEGIN RSA PRIVATE KEY-----\nx",
            "Server=db;User=x;Password=hunter2;",
            "curl -u scanner:hunter2 https://pacs",
            "curl -H 'Authorization: Bearer hunter2' https://pacs",
            "export DB_PASSWORD=hunter2 && serve",
            "mysql --password hunter2 scans",
            "https://pacs/studies?token=hunter2",
        ] {
            assert!(credential(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn what_only_mentions_one_is_none() {
        for good in [
            "postgres://db/x",
            "postgres://user@db",
            "MAKIA",
            "risk-adjusted-model-of-2026",
            "http://a/b@c:d",
            "mysql --password $DB_PASSWORD scans",
            "export DB_PASSWORD=$(cat /run/secrets/db/password)",
            "test \"$TOKEN\" == \"\"",
            "docker run --user 1000:1000 x",
            "--pad-token=0 --max-tokens=5",
            "eyJust a sentence",
            "Bearer tokens are refused",
            "PASSWORD_FILE=/run/secrets/db/password",
        ] {
            assert_eq!(credential(good), None, "{good}");
        }
    }
}
