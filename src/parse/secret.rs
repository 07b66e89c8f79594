//! Secrets that stand in a file as text: reported, kept out of everything that is shown, and taken out of the tree.
//!
//! Asked of every file and of every `--set` before anything is merged. A value in a repository is known to all who can
//! read it, whether an environment uses it or not.

use smol_str::SmolStr;

use super::credential::{credential, has_password_of_user, is_value, option_tells};
use super::toml::span_of;
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::source::{FileId, Map, Node, NodeId, Part, Sources, Span, Value};

pub static LITERAL_SECRET: Code = Code {
    id: "literal-secret",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a text anywhere in a file that is a credential by its form (a private key, an access key of a cloud, a token of
a forge, a password in an address), one whose key says that it is one (`password`, `DB_TOKEN`, `--api-key=…`), and a
value in [secrets], where only references stand. The value itself is never shown.

### Why it matters
The spec is in a repository, and what is written from it is in another: a value in it is known to everybody who can read
either, for ever.

### Example
```toml
[services.predict.env]
DB_PASSWORD = \"correct-horse\"
```

### Use instead
A table in [secrets] and `secrets = [\"…\"]`: the program finds the path of a file in `SECRET_<NAME>_FILE`. A key that
ends in `_FILE` or `_PATH` says that the text is a path, and is no mistake.
",
};

const LABEL: &str = "a value in a repository is no secret";
const REVOKE: &str = "take it back where it was issued, and declare a reference in [secrets]";
const DECLARE: &str = "declare where it comes from in [secrets], and list its name in `secrets`";

/// Keys of the language that tell of a secret and hold the name of one.
const REFERENCES: [&str; 2] = ["secret", "pull-secret"];

/// The keys of a table in [secrets].
const KEYS: [&str; 11] = ["enabled", "from", "type", "key", "keys", "store", "file", "name", "issuer", "dns", "length"];

/// Keys under which a table of [secrets] might be thought to hold its value.
const VALUES: [&str; 4] = ["value", "data", "string-data", "content"];

/// Where a secret may come from, and what it may be: `from` and `type` of the language.
const ORIGINS: [&str; 8] =
    ["external-secrets", "generated", "sealed", "sops", "existing", "cert-manager", "file", "env"];
const ORIGINS_ELSEWHERE: [&str; 8] =
    ["vault", "aws", "azure", "gcp", "kubernetes", "external-secret", "sealed-secrets", "literal"];
const TYPES: [&str; 5] = ["opaque", "tls", "registry", "basic-auth", "ssh"];

/// Reports every secret of a tree, hides it, and leaves an empty text in its place.
pub fn take_secrets(tree: &mut Node, sources: &mut Sources, sink: &mut Sink) {
    Walk { sources, sink, path: Vec::new() }.node(tree);
}

/// Reports the first credential of a text in another format, and hides the line that it begins on.
pub fn take_credentials(file: FileId, sources: &mut Sources, sink: &mut Sink) {
    let text = sources.text(file).clone();
    let lines = text.split_inclusive('\n').scan(0, |start, line| {
        *start += line.len();
        Some((*start - line.len(), line.trim_end()))
    });
    for (start, line) in lines.filter(|(_, line)| !line.is_empty()) {
        let is_key = line.contains("-----BEGIN") && line.contains("PRIVATE KEY");
        // What follows the first line of a key is the key.
        let end = if is_key { text.len() } else { start + line.len() };
        if let Some(what) = credential(line) {
            let span = span_of(file, &(start..end));
            sources.hide(span);
            let message = format!("`{}` holds {what}", sources.name(file));
            let diagnostic = Diagnostic::new(&LITERAL_SECRET, message);
            let first = span_of(file, &(start..start + line.len()));
            sink.report(diagnostic.at(first, LABEL).help(REVOKE));
            return;
        }
    }
}

/// Reports a variable of a file whose name or value says that it is a secret, and hides its value.
pub(super) fn take_variable(name: &str, value: &str, span: Span, sources: &mut Sources, sink: &mut Sink) -> bool {
    let (message, help) = match credential(value) {
        Some(what) => (format!("`{name}` of `{}` holds {what}", sources.name(span.file)), REVOKE),
        None if is_value(value) && says_secret(name) => {
            (format!("`{name}` of `{}` looks like a secret", sources.name(span.file)), DECLARE)
        }
        None => return false,
    };
    sources.hide(span);
    sink.report(Diagnostic::new(&LITERAL_SECRET, message).at(span, LABEL).help(help));
    true
}

/// Hides what may be a secret on a line of a file that could not be read.
pub(super) fn hide_on_line(line: Span, sources: &mut Sources) {
    let text = sources.text(line.file)[line.range()].to_owned();
    if let Some(from) = secret_on_line(&text) {
        let start = line.range().start;
        sources.hide(span_of(line.file, &(start + from..start + text.len())));
    }
}

/// Hides what may be a secret in a file that is no TOML: in the part of it that could be read, and on the lines that
/// will be shown.
pub(super) fn hide_secrets(tree: &mut Node, shown: &[Span], sources: &mut Sources) {
    take_secrets(tree, sources, &mut Sink::new());
    for span in shown {
        let text = sources.text(span.file).clone();
        let (_, mut start) = sources.line(span.file, span.range().start.min(text.len()));
        // What was opened and never closed goes on to the end of the file.
        while start <= span.range().end && start < text.len() {
            let end = text[start..].find('\n').map_or(text.len(), |it| start + it);
            if let Some(from) = secret_on_line(&text[start..end]) {
                sources.hide(span_of(span.file, &(start + from..end)));
            }
            start = end + 1;
        }
    }
}

/// Where on a line that could not be read a secret may begin: behind a key that tells of one, or at any value where the
/// line holds a credential.
fn secret_on_line(line: &str) -> Option<usize> {
    let whole = credential(line).is_some();
    line.match_indices(['=', ':']).map(|(at, _)| at).find_map(|at| {
        let key = line[..at].trim_end().trim_end_matches(['"', '\'']);
        let key = key.rsplit([' ', '\t', '.', ',', '{', '"', '\'']).next().unwrap_or_default();
        let value = line[at + 1..].trim_start();
        (whole || says_secret(key)).then_some(line.len() - value.len())
    })
}

/// Whether a map says by its `name`, or a patch by its `path`, that its `value` is a secret.
fn told_beside(map: &Map) -> bool {
    let text = |key: &str| map.get(key).and_then(Node::as_str);
    let last = text("path").and_then(|it| it.rsplit('/').next());
    text("name").into_iter().chain(last).any(says_secret)
}

/// Whether what a key of a table in [secrets] holds can be what the key asks for: one of its words or almost, a name, a
/// path. A key that is not known here asks for a word, a number or names: what reads otherwise is not shown.
fn refers(key: &str, node: &Node) -> bool {
    let Some(text) = node.as_str() else { return true };
    let of = |more: &'static str| text.chars().all(|it| it.is_ascii_alphanumeric() || more.contains(it));
    let near = |words: &[&str]| words.iter().any(|it| strsim::damerau_levenshtein(it, text) <= 2);
    match key {
        "from" => near(&ORIGINS) || near(&ORIGINS_ELSEWHERE),
        "type" => near(&TYPES),
        "file" => !text.contains(['=', '\n', '\t', ':', '!']),
        "key" | "keys" | "store" => of("/_-.#@+"),
        "issuer" => of("/-."),
        "dns" => of("-.*"),
        _ => of("-_."),
    }
}

struct Walk<'w> {
    sources: &'w mut Sources,
    sink: &'w mut Sink,
    path: Vec<SmolStr>,
}

impl Walk<'_> {
    fn node(&mut self, node: &mut Node) {
        match &mut node.value {
            Value::Map(map) => self.map(map),
            Value::List(items) => self.list(items),
            Value::Str(_) | Value::Int(_) => {
                if let Some((message, help)) = self.fault(node) {
                    self.take(node, message, help);
                } else if self.is_misplaced()
                    && let Some(id) = node.origin.node
                {
                    self.hide(id);
                }
            }
            Value::Null | Value::Bool(_) | Value::Float(_) => {}
        }
    }

    fn map(&mut self, map: &mut Map) {
        let named = told_beside(map);
        for (key, node) in map.iter_mut() {
            self.path.push(key.clone());
            match node.as_str() {
                Some(text) if named && key == "value" && is_value(text) => {
                    let message = format!("`{}` holds what looks like a secret", self.path.join("."));
                    self.take(node, message, DECLARE);
                }
                _ => self.node(node),
            }
            self.path.pop();
        }
    }

    /// The items of a list; in one of arguments, `--password` tells of the item behind it.
    fn list(&mut self, items: &mut [Node]) {
        let mut before = SmolStr::default();
        for item in items {
            let text = item.as_str().map(SmolStr::new).unwrap_or_default();
            if option_tells(&before, &text) {
                let message = format!("`{}` holds what looks like a secret", self.path.join("."));
                self.take(item, message, DECLARE);
            } else {
                self.node(item);
            }
            before = text;
        }
    }

    /// What is wrong with a text or a number, and what to do about it.
    fn fault(&self, node: &Node) -> Option<(String, &'static str)> {
        let says = |what: &str| format!("`{}` {what}", self.path.join("."));
        if let Some(what) = node.as_str().and_then(credential) {
            return Some((says(&format!("holds {what}")), REVOKE));
        }
        let path: Vec<&str> = self.path.iter().map(SmolStr::as_str).collect();
        let path = match path.as_slice() {
            ["environments", _, rest @ ..] if !rest.is_empty() => rest,
            path => path,
        };
        match path {
            ["secrets", _] if node.as_str().is_some() => Some((says("is a text and no reference"), DECLARE)),
            ["secrets", _, key] if says_secret(key) || VALUES.contains(key) => {
                Some((says("is a value and no reference"), "say with `from` where the secret comes from"))
            }
            ["secrets", _, key] if !refers(key, node) => {
                Some((says("reads as no reference, and may be the secret itself"), DECLARE))
            }
            // What comes from elsewhere is named by a path, and an environment variable by a reference.
            ["secrets", ..] => None,
            [.., "stringData", _] if node.as_str().is_some_and(is_value) => {
                Some((says("is a value of a Secret"), DECLARE))
            }
            [.., "env", _, key] if *key != "value" => None,
            [.., key] if says_login(key) && node.as_str().is_some_and(has_password_of_user) => {
                Some((says("holds a user and a password"), DECLARE))
            }
            [.., "env", key, "value"] | [.., key] if tells(key, node) => {
                Some((says("looks like a secret, and its value is in the spec"), DECLARE))
            }
            _ => None,
        }
    }

    /// Whether this stands in [secrets] under a key that the language does not have: it may be a value, or a key
    /// misspelt.
    fn is_misplaced(&self) -> bool {
        let path = self.path.as_slice();
        let path = if let [first, _, rest @ ..] = path
            && first == "environments"
        {
            rest
        } else {
            path
        };
        matches!(path, [first, _, key, ..] if first == "secrets" && !KEYS.contains(&key.as_str()))
    }

    fn take(&mut self, node: &mut Node, message: String, help: &str) {
        let diagnostic = Diagnostic::new(&LITERAL_SECRET, message).at(Spot::key(node.origin), LABEL);
        self.sink.report(diagnostic.help(help));
        if let Some(id) = node.origin.node {
            self.hide(id);
        }
        node.value = Value::Str(SmolStr::default());
    }

    fn hide(&mut self, node: NodeId) {
        let span = self.sources.span(node, Part::Value);
        self.sources.hide(span);
    }
}

/// Whether a key says that its value is who logs in, and with what.
fn says_login(key: &str) -> bool {
    let mut parts = key.split(['_', '-', '.']).map(str::to_ascii_lowercase);
    parts.next_back().is_some_and(|it| ["auth", "login", "userpwd", "creds"].contains(&&*it))
}

/// Whether a key tells that what is under it is a secret. Of a number only the last word is believed: `max-token-count`
/// counts tokens.
fn tells(key: &str, node: &Node) -> bool {
    match &node.value {
        _ if REFERENCES.contains(&key) => false,
        Value::Str(text) if text.parse::<f64>().is_err() => is_value(text) && says_secret(key),
        Value::Str(_) | Value::Int(_) => {
            key.rsplit(['_', '-', '.']).next().is_some_and(says_secret) && says_secret(key)
        }
        _ => false,
    }
}

/// Words that, as the last of a name, say that it stands for something about a secret.
const HARMLESS: [&str; 16] = [
    "file", "path", "public", "dir", "url", "name", "version", "ttl", "length", "count", "limit", "size", "type",
    "format", "policy", "store",
];
const TELLING: [&str; 10] =
    ["password", "passwd", "pass", "secret", "token", "apikey", "credential", "credentials", "passphrase", "pwd"];
/// The tokens of language models are words and no secrets.
const OF_MODELS: [&str; 14] =
    ["pad", "eos", "bos", "unk", "cls", "sep", "mask", "class", "special", "start", "end", "stop", "per", "image"];

/// Ends of words that say it without a break before them.
const RUN_TOGETHER: [&str; 5] = ["password", "passwd", "passphrase", "secretkey", "apikey"];
/// Keys that are secrets.
const OF_KEYS: [&str; 7] = ["api", "access", "private", "secret", "encryption", "signing", "master"];

/// Whether a name says that its value is secret, by its parts.
#[must_use]
pub fn says_secret(name: &str) -> bool {
    let parts: Vec<&str> = name.split(['_', '-', '.', '/']).collect();
    let is = |known: &[&str], part: &str| known.iter().any(|it| it.eq_ignore_ascii_case(part));
    // `PGPASSWORD`: two words without anything between them.
    let ends = |part: &str| {
        let end = |word: &str| part.len().checked_sub(word.len()).filter(|it| *it > 0).and_then(|it| part.get(it..));
        RUN_TOGETHER.iter().any(|it| end(it).is_some_and(|end| end.eq_ignore_ascii_case(it)))
    };
    let pair = |pair: &[&str]| match pair {
        [before, word] if word.eq_ignore_ascii_case("token") => !is(&OF_MODELS, before),
        [before, word] => is(&TELLING, word) || (word.eq_ignore_ascii_case("key") && is(&OF_KEYS, before)),
        _ => false,
    };
    let first = parts.first().is_some_and(|it| is(&TELLING, it));
    let last = parts.last().is_some_and(|it| ends(it));
    (first || last || parts.windows(2).any(pair)) && parts.last().is_some_and(|it| !is(&HARMLESS, it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_is_secret() {
        for secret in [
            "DB_PASSWORD",
            "PGPASSWORD",
            "DB_PASS",
            "ENCRYPTION_KEY",
            "API_KEY",
            "HF_TOKEN",
            "aws-secret-access-key",
            "GITHUB_TOKEN",
            "token",
            "x/token",
        ] {
            assert!(says_secret(secret), "{secret}");
        }
        for harmless in [
            "TOKEN_FILE",
            "PASSWORD_PATH",
            "KEY",
            "PUBLIC_KEY",
            "MONKEY",
            "SECRET_NAME",
            "TOKENIZER",
            "pad-token",
            "MAX_TOKENS",
            "secrets",
        ] {
            assert!(!says_secret(harmless), "{harmless}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_is_hidden_from_the_key_on() {
        assert_eq!(secret_on_line("api-key = hunter2"), Some(10));
        assert_eq!(secret_on_line("env = { LOG = info, \"DB_PASSWORD\" = \"hunter2\" }"), Some(36));
        assert_eq!(secret_on_line("password: hunter2"), Some(10));
        assert_eq!(secret_on_line("entry = serve.py"), None);
    }
}
