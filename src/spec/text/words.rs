//! Free text and small grammars that only one table needs.

use super::names::explain;
use super::text_type;

text_type! {
    /// One line of text.
    OneLine: "one-line";
    |text| {
        explain(text.len() <= 1024, "at most 1024 bytes")?;
        explain(!text.chars().any(char::is_control), "one line without control characters")
    }
}

text_type! {
    /// Any text, of several lines too.
    Text: "text";
    |text| {
        let active = |it: char| it.is_control() && !matches!(it, '\n' | '\t');
        explain(text.len() <= 65_536, "at most 65536 bytes")?;
        explain(!text.chars().any(active), "text without control characters")
    }
}

text_type! {
    /// A field of the pod that the downward API hands to a container.
    PodField: "pod-field", examples ["spec.nodeName", "metadata.name"];
    |text| {
        let known = [
            "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
            "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
        ];
        let keyed = |start: &str| {
            let key = text.strip_prefix(start).and_then(|it| it.strip_suffix("']"));
            key.is_some_and(|it| super::LabelKey::check(it).is_ok())
        };
        let fits = known.contains(&text) || keyed("metadata.labels['") || keyed("metadata.annotations['");
        explain(fits, &format!("one of {}, or metadata.labels['<key>']", known.join(", ")))
    }
}

text_type! {
    /// An amount that the container asks for.
    ResourceField: "resource-field", examples ["limits.cpu"];
    |text| {
        let known = text.split_once('.').is_some_and(|(side, what)| {
            matches!(side, "limits" | "requests") && matches!(what, "cpu" | "memory" | "ephemeral-storage")
        });
        explain(known, "`limits` or `requests`, a dot, and `cpu`, `memory` or `ephemeral-storage`")
    }
}

text_type! {
    /// A profile of NVIDIA Multi-Instance GPU: compute slices and memory, such as `1g.10gb`.
    MigProfile: "mig-profile", pattern r"^[1-7]g\.[0-9]{1,3}gb$", examples ["1g.10gb"];
    |text| {
        let fits = text.split_once("g.").is_some_and(|(slices, memory)| {
            let memory = memory.strip_suffix("gb").unwrap_or_default();
            let digits = (1..=3).contains(&memory.len()) && memory.bytes().all(|it| it.is_ascii_digit());
            matches!(slices, "1" | "2" | "3" | "4" | "5" | "6" | "7") && digits
        });
        explain(fits, "a MIG profile such as `1g.10gb`")
    }
}

text_type! {
    /// A group of people, as the cluster's identity provider names it.
    GroupName: "group-name", examples ["radiology-ai-scientists"];
    |text| {
        let known = |it: char| it.is_ascii_alphanumeric() || "._:/@-".contains(it);
        let fits = (1..=253).contains(&text.len()) && text.chars().all(known);
        if text.starts_with("system:") {
            return Err("groups of `system:` belong to the cluster".to_owned());
        }
        explain(fits, "letters, digits and `._:/@-`")
    }
}

text_type! {
    /// The name of a metric, as Prometheus spells it.
    MetricName: "metric-name", pattern r"^[a-zA-Z_:][a-zA-Z0-9_:]*$";
    |text| {
        let known = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | ':');
        explain(text.chars().all(known) && text.starts_with(|it: char| !it.is_ascii_digit()), "letters, digits, `_` and `:`")
    }
}

text_type! {
    /// A path in a secret store, or the name of something in the cluster behind `cluster/`.
    RemoteKey: "remote-key", pattern r"^[-A-Za-z0-9_./#:]+$", examples ["reading/db#password"];
    |text| {
        let known = |it: char| it.is_ascii_alphanumeric() || "-_./#:".contains(it);
        explain(!text.is_empty() && text.chars().all(known), "letters, digits and `-_./#:`")
    }
}

text_type! {
    /// The path of an HTTP request.
    HttpPath: "http-path", pattern r"^/[-A-Za-z0-9._~!$&'()*+,;=:@/%?]*$", examples ["/healthz"];
    |text| {
        let known = |it: char| it.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/%?".contains(it);
        explain(text.starts_with('/') && text.chars().all(known), "a path such as `/healthz`")
    }
}

text_type! {
    /// The name of a header of an HTTP request; upper and lower case are the same.
    HeaderName: "header-name", pattern "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$", examples ["x-cohort"];
    |text| {
        let known = |it: char| it.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(it);
        explain((1..=256).contains(&text.len()) && text.chars().all(known), "a name such as `x-cohort`")
    }
}

text_type! {
    /// A group of the Kubernetes API; the core group has an empty name.
    ApiGroup: "api-group", pattern "^([a-z][a-z0-9.-]*)?$", examples ["batch"];
    |text| {
        let known = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '.' | '-');
        explain(text.len() <= 253 && text.chars().all(known), "a group such as `batch`, or nothing for the core group")
    }
}

text_type! {
    /// A resource or a verb of the Kubernetes API. A wildcard is none: it would grant what a later version adds.
    ApiWord: "api-word", pattern "^[a-z][a-z0-9./-]*$", examples ["jobs", "pods/log"];
    |text| {
        if text.contains('*') {
            return Err("a wildcard grants more than anybody reads here; name each one".to_owned());
        }
        let known = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '.' | '-' | '/');
        let fits = text.starts_with(|it: char| it.is_ascii_lowercase()) && text.len() <= 253;
        explain(fits && text.chars().all(known), "a word such as `jobs`, `pods/log` or `list`")
    }
}

text_type! {
    /// A label as `key=value`.
    LabelPair: "label-pair", examples ["nvidia.com/gpu.present=true"];
    |text| {
        let (key, value) = text.split_once('=').ok_or("expected `key=value`")?;
        super::LabelKey::check(key)?;
        super::LabelValue::check(value)
    }
}

text_type! {
    /// A day.
    Date: "day", pattern "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", examples ["2027-03-31"];
    |text| explain(text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(), "a day such as `2027-03-31`")
}

text_type! {
    /// A kind of Kubernetes object.
    KindName: "kind-name", pattern "^[A-Z][A-Za-z]{0,62}$", examples ["Deployment"];
    |text| {
        let fits = text.len() <= 63 && text.starts_with(|it: char| it.is_ascii_uppercase());
        explain(fits && text.chars().all(|it| it.is_ascii_alphabetic()), "a kind such as `Deployment`")
    }
}

text_type! {
    /// A key of the language with the tables that it is in, `*` for any name and any item of a list.
    KeyPath: "key-path", examples ["defaults.user", "data.*.storage-class"];
    |text| {
        let known = |it: &str| it.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-');
        let fits = text.split('.').all(|it| it == "*" || (!it.is_empty() && known(it)));
        explain(fits && text.len() <= 255, "a key with its tables such as `defaults.user`, `*` for any name")
    }
}

text_type! {
    /// A JSON pointer (RFC 6901) that is not the whole document.
    Pointer: "json-pointer-inside", examples ["/spec/template/spec/hostAliases"];
    |text| explain(text.starts_with('/') && !text.chars().any(char::is_control), "a JSON pointer such as `/spec/replicas`")
}

impl LabelPair {
    /// Key and value.
    #[must_use]
    pub fn parts(&self) -> (&str, &str) {
        self.as_str().split_once('=').unwrap_or((self.as_str(), ""))
    }
}

impl Date {
    /// The day itself.
    #[must_use]
    pub fn day(&self) -> jiff::civil::Date {
        self.as_str().parse().expect("internal error: a day was checked")
    }
}
