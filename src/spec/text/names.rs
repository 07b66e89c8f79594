//! Names of things: of this project, of Kubernetes, of the environment of a process.

use super::text_type;

text_type! {
    /// A name in this project: an RFC 1035 label, because it becomes the name of Kubernetes objects, a DNS name and
    /// part of an image's name. At most 40 characters, so that what the compiler appends still fits in 63.
    Name: "name", pattern "^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$", examples ["train", "mri-classifier"];
    |text| label(text, 40)
}

text_type! {
    /// The name of an object that exists in the cluster: an RFC 1123 subdomain of at most 253 characters.
    ObjectName: "object-name", pattern "^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$";
    |text| {
        let parts_fit = text.split('.').all(|it| has_edges(it) && it.chars().all(is_label_char));
        explain(parts_fit && text.len() <= 253, "lower-case letters, digits, `-` and `.`, at most 253 characters")
    }
}

text_type! {
    /// A DNS name (RFC 1123), of at most 253 characters; a first part of `*` stands for any name.
    DnsName: "dns-name";
    |text| {
        let rest = text.strip_prefix("*.").unwrap_or(text);
        let fits = |it: &str| it.len() <= 63 && has_edges(it) && it.chars().all(is_label_char);
        explain(rest.split('.').all(fits) && text.len() <= 253, "a DNS name in lower case, such as `mri.hospital.example`")
    }
}

text_type! {
    /// The key of a label or annotation: an optional DNS prefix and `/`, then a name of at most 63 characters.
    LabelKey: "label-key", examples ["hospital.example/cost-centre"];
    |text| {
        let (prefix, name) = text.rsplit_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
        let prefix_fits = prefix.is_none_or(|it| DnsName::check(it).is_ok() && !it.starts_with('*'));
        let fits = prefix_fits && !name.is_empty() && label_value(name);
        explain(fits, "an optional DNS name and `/`, then letters, digits, `-`, `_` and `.`, at most 63 of them")
    }
}

text_type! {
    /// The value of a label: at most 63 letters, digits, `-`, `_` and `.`, the first and last a letter or digit.
    LabelValue: "label-value";
    |text| explain(label_value(text), "at most 63 letters, digits, `-`, `_` and `.`, from a letter or digit to one")
}

text_type! {
    /// The name of an environment variable: a C identifier, which every shell and language can read.
    EnvName: "env-name", pattern "^[A-Za-z_][A-Za-z0-9_]*$";
    |text| {
        let fits = text.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
            && text.starts_with(|it: char| !it.is_ascii_digit());
        explain(fits, "letters, digits and `_`, not a digit first")
    }
}

text_type! {
    /// A key of a Secret or ConfigMap: letters, digits, `-`, `_` and `.`, at most 253 characters; also a file name.
    SecretKey: "secret-key", pattern "^[-._a-zA-Z0-9]{1,253}$", examples ["password", "tls.crt"];
    |text| {
        let known = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
        let fits = !text.is_empty() && text.len() <= 253 && text.chars().all(known) && !matches!(text, "." | "..");
        explain(fits, "letters, digits, `-`, `_` and `.`, at most 253 characters")
    }
}

text_type! {
    /// A taint as `kubectl taint` takes it: `key=value:Effect` or `key:Effect`.
    Taint: "taint", examples ["nvidia.com/gpu=:NoSchedule"];
    |text| {
        let fits = text.rsplit_once(':').is_some_and(|(left, effect)| {
            let (key, value) = left.split_once('=').unwrap_or((left, ""));
            let known = matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute");
            LabelKey::check(key).is_ok() && LabelValue::check(value).is_ok() && known
        });
        explain(fits, "`key=value:Effect`, the effect being NoSchedule, PreferNoSchedule or NoExecute")
    }
}

fn label(text: &str, most: usize) -> Result<(), String> {
    let fits = text.len() <= most
        && text.starts_with(|it: char| it.is_ascii_lowercase())
        && has_edges(text)
        && text.chars().all(is_label_char);
    let rule =
        format!("lower-case letters, digits and `-`, from a letter to a letter or digit, at most {most} characters");
    explain(fits, &rule)
}

fn label_value(text: &str) -> bool {
    let known = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    let edge = |it: Option<char>| it.is_none_or(|it| it.is_ascii_alphanumeric());
    text.len() <= 63 && text.chars().all(known) && edge(text.chars().next()) && edge(text.chars().last())
}

fn is_label_char(it: char) -> bool {
    it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-'
}

/// Neither empty nor with `-` at an end.
fn has_edges(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('-') && !text.ends_with('-')
}

/// The rule as the reason, unless it was kept.
pub(super) fn explain(fits: bool, rule: &str) -> Result<(), String> {
    if fits { Ok(()) } else { Err(format!("expected {rule}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_where_kubernetes_ends_them() {
        for good in ["a", "train", "mri-classifier", "a2", &"a".repeat(40)] {
            assert_eq!(Name::check(good), Ok(()), "{good}");
        }
        for bad in ["", "A", "2a", "-a", "a-", "a_b", "a.b", &"a".repeat(41), "ä", "a\n"] {
            assert!(Name::check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn label_keys_have_at_most_one_prefix() {
        for good in ["a", "A_b.c", "hospital.example/cost-centre", "nvidia.com/gpu"] {
            assert_eq!(LabelKey::check(good), Ok(()), "{good}");
        }
        for bad in ["", "/a", "a/", "a/b/c", "A.example/x", "-a", "a b", "a\n"] {
            assert!(LabelKey::check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn taints_are_what_kubectl_takes() {
        for good in ["nvidia.com/gpu=:NoSchedule", "a:NoExecute", "a=b:PreferNoSchedule"] {
            assert_eq!(Taint::check(good), Ok(()), "{good}");
        }
        for bad in ["a", "a=b", "a=b:Never", ":NoSchedule", "a=b c:NoSchedule"] {
            assert!(Taint::check(bad).is_err(), "{bad:?}");
        }
    }
}
