//! What a registry wants to be shown: its challenge, and the answer to it.
//!
//! A registry that wants a token says who makes one; that is asked with a GET, with the user's name and password where
//! there are any (CNCF distribution, "Token Authentication Specification").

use http_auth::{ChallengeRef, parse_challenges};

/// How a registry lets somebody in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// With a token that `realm` makes.
    Token { realm: String, service: Option<String>, scope: Option<String> },
    /// With name and password.
    Basic,
}

/// The way in that is taken of those that are offered.
pub(super) fn challenge(offered: &[String]) -> Option<Challenge> {
    let parsed: Vec<ChallengeRef<'_>> = offered.iter().filter_map(|it| parse_challenges(it).ok()).flatten().collect();
    let named = |name: &str| parsed.iter().find(|it| it.scheme.eq_ignore_ascii_case(name));
    let param = |it: &ChallengeRef<'_>, key: &str| {
        let found = it.params.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.map(|(_, value)| value.to_unescaped())
    };
    let token = named("bearer").and_then(|it| {
        Some(Challenge::Token { realm: param(it, "realm")?, service: param(it, "service"), scope: param(it, "scope") })
    });
    token.or_else(|| named("basic").map(|_| Challenge::Basic))
}

/// The token of an answer, under either of its two names.
pub(super) fn token(body: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Document {
        token: Option<String>,
        access_token: Option<String>,
    }
    let document: Document = serde_json::from_slice(body).ok()?;
    let token = document.token.or(document.access_token)?;
    // What is no token would break the header.
    token.bytes().all(|it| it.is_ascii_graphic()).then_some(token).filter(|it| !it.is_empty())
}

/// The header for a name and a password.
pub(super) fn basic(name: &str, password: &str) -> String {
    http_auth::basic::encode_credentials(name, password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_in_is_read_from_the_challenge() {
        let offered =
            ["Bearer realm=\"https://auth.example/token\",service=\"r\",scope=\"repository:a:pull\"".to_owned()];
        let expected = Challenge::Token {
            realm: "https://auth.example/token".into(),
            service: Some("r".into()),
            scope: Some("repository:a:pull".into()),
        };
        assert_eq!(challenge(&offered), Some(expected));
        assert_eq!(challenge(&["Basic realm=\"x\"".to_owned()]), Some(Challenge::Basic));
        assert_eq!(challenge(&["Negotiate".to_owned()]), None);
        assert_eq!(token(br#"{"access_token": "a"}"#).as_deref(), Some("a"));
        assert_eq!(token(b"{\"token\": \"a\\r\\nx: y\"}"), None);
    }
}
