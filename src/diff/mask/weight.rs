//! Which values are so unlike what people write that finding them anywhere means that a secret was found.

/// Of fewer characters nothing is looked for inside of other texts.
pub(super) const LEAST: usize = 6;

/// Values that read as words are looked for from so many characters on.
const LEAST_WORDS: usize = 20;

/// The same where a name says that the value is a secret.
const LEAST_TOLD_WORDS: usize = 12;

/// A number of so many digits counts nothing.
const LEAST_DIGITS: usize = 12;

/// Words that are joined by capitals have so many letters each, by and large.
const LEAST_LETTERS: usize = 3;

/// What stands between the words of names, addresses, dates and sentences.
const BETWEEN: &str = " ./:_@-,;=\n\r\t()[]{}'";

/// Whether a value is looked for wherever it may stand. What reads as a word, a name, a number, an address or a path is
/// written by everybody: `postgres`, `8080`, `us-east-1`, `/var/lib/data`. Whether its name says that it is secret is
/// `told`.
pub(super) fn is_distinctive(text: &str, told: bool) -> bool {
    if text.len() < LEAST {
        return false;
    }
    if !is_plain(text) {
        return true;
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_number = digits > text.chars().filter(|it| it.is_alphabetic()).count();
    let is_address = text.starts_with('/') || text.contains("://") || text.split('/').next().is_some_and(is_host);
    match () {
        () if is_number => digits >= LEAST_DIGITS && digits == text.len(),
        () if is_address => false,
        () => text.len() >= if told { LEAST_TOLD_WORDS } else { LEAST_WORDS },
    }
}

/// Whether a text is made of nothing but words, numbers and what stands between them.
pub(super) fn is_plain(text: &str) -> bool {
    let words = || text.split(|it| BETWEEN.contains(it)).filter(|it| !it.is_empty());
    // Short ones such as `v1`, `s3` and `k8s` are part of many names; a secret made of them has more.
    let short = |it: &&str| !is_word(it) && it.len() <= 3;
    words().all(|it| is_word(it) || short(&it)) && words().filter(short).count() <= 2 && !has_many_cases(text)
}

/// Letters of one case or of words joined by capitals, or digits, or a number with its unit.
fn is_word(text: &str) -> bool {
    let rest = text.trim_start_matches(|it: char| it.is_ascii_digit());
    let has_number = rest.len() < text.len();
    let is_letters = text.chars().all(char::is_alphabetic);
    let words =
        1 + text.chars().zip(text.chars().skip(1)).filter(|(one, it)| it.is_uppercase() && !one.is_uppercase()).count();
    // `apiVersion` is two words, and `xKcdQqZw` is none.
    let is_joined = text.chars().count() >= words * LEAST_LETTERS;
    let is_unit = has_number && rest.len() <= 2 && rest.chars().all(|it| it.is_ascii_alphabetic());
    // `2026-01-01T00:00:00Z` has this in the middle.
    let is_time =
        has_number && rest.len() == 3 && rest.starts_with('T') && rest[1..].bytes().all(|it| it.is_ascii_digit());
    is_unit || is_time || (is_letters && (words == 1 || is_joined))
}

/// Whether short words change between small letters and capitals, as no name does.
fn has_many_cases(text: &str) -> bool {
    let mixed =
        |it: &str| it.contains(|it: char| it.is_ascii_digit()) && it.contains(|it: char| it.is_ascii_uppercase());
    let words = text.split(|it| BETWEEN.contains(it));
    words.filter(|it| mixed(it) && !is_word(it)).count() > 0
}

/// `db.prod.svc:5432`
fn is_host(text: &str) -> bool {
    let (host, port) = text.rsplit_once(':').unwrap_or((text, ""));
    let is_label = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
    host.contains('.') && host.split('.').all(is_label) && port.bytes().all(|it| it.is_ascii_digit())
}

/// Whether a text is one word that nobody would write: small letters, capitals, digits and signs take turns in it.
pub(super) fn looks_random(text: &[u8]) -> bool {
    let class = |it: u8| match it {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let is_word = !text.iter().any(|it| b" ./:_@-\"'\n\t,{}[]()".contains(it));
    let turns = text.windows(2).filter(|it| class(it[0]) != class(it[1])).count();
    is_word && turns >= (text.len() / 6).max(2)
}

/// Whether a run of bytes is no part of a word, an address or a number, which would be found everywhere.
pub(super) fn is_telling(run: &[u8]) -> bool {
    let count = |of: fn(&u8) -> bool| run.iter().filter(|it| of(it)).count();
    let lower = count(|it| it.is_ascii_lowercase());
    let upper = count(|it| it.is_ascii_uppercase());
    let digits = count(|it| it.is_ascii_digit());
    let plain = count(|it| b" ./:_@-\"'\n\t,={}[]()".contains(it));
    let odd = run.len() - lower - upper - digits - plain;
    let letters = lower + upper;
    (letters > 0 && digits > 0) || (lower > 0 && upper > 1) || (odd > 0 && odd < run.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_writes_is_not_looked_for() {
        for common in [
            "true",
            "postgres",
            "postgresql",
            "8080",
            "admin",
            "production",
            "us-east-1",
            "db.prod.svc:5432",
            "v1.2.3",
            "/var/lib/postgresql/data",
            "https://pacs.example.org/dicom-web/studies",
            "10.244.0.0/16",
            "1073741824",
            "2026-01-01T00:00:00Z",
            "512Mi",
            "1024Mi",
            "INFO",
            "mri_classifier",
            "t3.medium",
            "application/json",
            "quay.io/org/server:v1.2",
            "correct-horse",
            "s3.amazonaws.com",
            "Europe/Berlin",
            "apiVersion: v1",
            "PostgreSQL",
        ] {
            assert!(!is_distinctive(common, false), "{common}");
        }
        assert!(!is_distinctive("postgres", true) && !is_distinctive("8080", true));
    }

    #[test]
    fn what_nobody_else_would_write_is() {
        for odd in [
            "hunter22",
            "tr0ub4dor",
            "aB3xY9",
            "correct-horse-battery",
            "a1-b2-c3-d4",
            "p@ss!word",
            "xKcdQqZw",
            "550e8400-e29b-41d4-a716-446655440000",
            "0123456789012",
            "correct horse battery staple",
            "aB3:xY/9Zk",
        ] {
            assert!(is_distinctive(odd, false), "{odd}");
        }
        assert!(is_distinctive("correct-horse", true));
    }
}
