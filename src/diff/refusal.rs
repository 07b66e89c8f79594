//! What a server says when it does not take an object, in plain words and without the values that it quotes.

use serde_json::Value;

/// A server's answer that is no object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) message: String,
    /// Reason, field and message of each thing that is wrong.
    pub(super) causes: Vec<(String, String, String)>,
}

/// Longer than any message that somebody would read.
const LONGEST: usize = 600;

impl Refusal {
    pub(super) fn of(code: u16, body: &Value) -> Self {
        let text = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
        let causes = body["details"]["causes"].as_array().into_iter().flatten();
        let causes = causes.map(|it| (text(it, "reason"), text(it, "field"), text(it, "message")));
        Self { code, message: text(body, "message"), causes: causes.collect() }
    }

    /// Whether somebody else owns a field and says otherwise; a 409 may have other reasons.
    pub(super) fn is_conflict(&self) -> bool {
        self.code == 409 && self.causes.iter().any(|(reason, ..)| reason == "FieldManagerConflict")
    }

    /// Whether somebody else wrote while the object was tried.
    pub(super) fn is_race(&self) -> bool {
        self.code == 409 && !self.is_conflict()
    }

    /// Whether the rights of who asks do not suffice, which is not the object's fault.
    pub(super) fn lacks_rights(&self) -> bool {
        let verbs = ["get", "list", "create", "patch", "update"];
        self.code == 403 && verbs.iter().any(|it| self.message.contains(&format!("cannot {it} resource")))
    }

    /// Whether the object's namespace is not there.
    pub(super) fn lacks_namespace(&self) -> bool {
        self.code == 404 && self.message.starts_with("namespaces ")
    }

    /// Whether a pod asks for more than its namespace lets it have.
    pub(super) fn is_of_pod_security(&self) -> bool {
        self.message.contains("violates PodSecurity")
    }

    /// Whether a field that can never change would have to.
    pub(super) fn is_immutable(&self) -> bool {
        let says = |it: &str| {
            let phrases = [
                "immutable",
                "updates to statefulset spec",
                "cannot change roleRef",
                "may not be changed in an update",
                "may not be modified",
                "cannot be modified",
                "may not change",
                "can not be less than",
            ];
            phrases.iter().any(|phrase| it.contains(phrase))
                || (it.contains("updates to ") && it.contains(" are forbidden"))
        };
        self.code == 422 && (says(&self.message) || self.causes.iter().any(|(_, _, message)| says(message)))
    }

    /// Whether the server itself failed, or something that it asked, or the way to it.
    pub(super) fn is_fault(&self) -> bool {
        if self.code == 0 || self.is_race() {
            return true;
        }
        // An apply with a field that the kind does not have, or with a value of another type, is answered with 500.
        let is_ours = self.message.starts_with("failed to create typed patch object")
            || self.message.contains("unable to convert unstructured object")
            || self.message.contains(WITHOUT_KEY)
            || self.message.starts_with(MIXED);
        // A webhook that may have effects is never asked by a dry run.
        let is_unasked = self.code == 400 && self.message.contains("does not support dry run");
        (self.code >= 500 || self.code == 429 || is_unasked) && !is_ours
    }

    /// Whether all that is contested was applied from the client's side.
    pub(super) fn is_of_client_side(&self) -> bool {
        self.is_conflict()
            && self.causes.iter().all(|(_, _, message)| message.contains("\"kubectl-client-side-apply\""))
    }

    /// Why, for people: fields by name, without the values that were in them.
    pub(super) fn words(&self) -> String {
        if self.is_conflict() {
            let parts = self.causes.iter().map(|(_, field, message)| {
                let owner = message.strip_prefix("conflict with ").unwrap_or(message);
                format!("`{}` is owned by {owner}", field.trim_start_matches('.'))
            });
            return shortened(&parts.collect::<Vec<_>>().join("; "));
        }
        // What follows the first line is a picture of the whole pod.
        let line = |message: &str| unquoted(message.lines().next().unwrap_or_default());
        if self.code == 422 && !self.causes.is_empty() {
            let part = |(_, field, message): &(String, String, String)| match field.as_str() {
                "" => line(message),
                field => format!("`{field}`: {}", line(message)),
            };
            let mut parts: Vec<String> = self.causes.iter().map(part).collect();
            parts.dedup();
            return shortened(&parts.join("; "));
        }
        shortened(&if self.code == 422 { line(&self.message) } else { unquoted(&self.message) })
    }
}

/// A message without the values that it quotes: what follows `Invalid value:`, which may be a whole object, and what is
/// there in place of another type, which ends where the next field is complained of.
fn unquoted(message: &str) -> String {
    if message.contains(OF_ANOTHER_TYPE) {
        return message.lines().filter_map(complaint).collect::<Vec<_>>().join("; ");
    }
    // A patch that cannot be merged is quoted as a whole.
    if let Some((_, key)) = message.split_once(WITHOUT_KEY) {
        return format!("an item of a list{WITHOUT_KEY}{key}");
    }
    if message.starts_with(MIXED) {
        return MIXED.to_owned();
    }
    let mut out = String::new();
    let mut rest = message;
    while let Some((at, marker)) = MARKERS.iter().filter_map(|it| Some((rest.find(it)?, *it))).min() {
        out.push_str(&rest[..at]);
        out.push_str(marker.trim_end_matches([':', ' ']));
        rest = after_value(&rest[at + marker.len()..]);
    }
    out + rest
}

/// What a server says of a patch whose lists cannot be merged.
const WITHOUT_KEY: &str = " does not contain declared merge key";
const MIXED: &str = "list element types are not identical";

/// What a line complains of; a line that only goes on with a value says nothing.
fn complaint(line: &str) -> Option<&str> {
    match line.split_once(OF_ANOTHER_TYPE) {
        Some((before, _)) => Some(before.trim()),
        None => Some(line.trim()).filter(|it| it.ends_with("field not declared in schema")),
    }
}

/// What stands before a value as Go prints it.
const OF_ANOTHER_TYPE: &str = ", got ";

const MARKERS: [&str; 3] = ["Invalid value: ", "Duplicate value: ", "Unsupported value: "];

/// What follows a quoted text, or a structure in braces; of anything else, what follows its last colon.
fn after_value(text: &str) -> &str {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, it) in text.char_indices() {
        match it {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' | '[' | '(' if !quoted => depth += 1,
            '}' | ']' | ')' if !quoted => depth = depth.saturating_sub(1),
            ':' if !quoted && depth == 0 && text[at..].starts_with(": ") => return &text[at..],
            _ => {}
        }
    }
    ""
}

fn shortened(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quoted_values_are_left_out() {
        let body = json!({"message": "Job.batch \"x\" is invalid: spec.template: Invalid value: core.PodTemplateSpec{A:\"secret: \\\"x\"}: \
            field is immutable", "details": {"causes": [{"reason": "FieldValueInvalid", "field": "spec.template",
            "message": "Invalid value: {\"a\":\"secret: }\"}: field is immutable"}]}});
        let refusal = Refusal::of(422, &body);
        assert!(refusal.is_immutable());
        assert_eq!(refusal.words(), "`spec.template`: Invalid value: field is immutable");
        let whole = Refusal { causes: Vec::new(), ..refusal };
        assert!(!whole.words().contains("secret") && whole.words().ends_with("Invalid value: field is immutable"));
    }

    #[test]
    fn a_value_of_another_type_is_left_out() {
        let message = "failed to create typed patch object (a/b; /v1, Kind=Secret): errors:\n  .stringData.pin: expected string, \
            got &value.valueUnstructured{Value:99887766}\n  .stringData: expected map, got &{two\nlines}\n  .x: field not declared in schema";
        let words = Refusal::of(500, &json!({ "message": message })).words();
        assert!(words.ends_with(
            ".stringData.pin: expected string; .stringData: expected map; .x: field not declared in schema"
        ));
    }

    #[test]
    fn a_patch_that_cannot_be_merged_is_not_quoted() {
        for message in [
            "map: map[name:a value:x-secret] does not contain declared merge key: mountPath",
            "list element types are not identical: [[map[name:a value:x-secret]]]",
        ] {
            let refusal = Refusal::of(500, &json!({ "message": message }));
            assert!(!refusal.is_fault() && !refusal.words().contains("secret"), "{}", refusal.words());
        }
    }

    #[test]
    fn the_picture_of_a_pod_is_left_out() {
        let message = "Forbidden: pod updates may not change fields other than `spec.tolerations`\n@@ -1 +1 @@\n \"Value\": \"x-secret\",";
        let cause = json!({"reason": "FieldValueForbidden", "field": "spec", "message": message});
        for body in [json!({"message": message}), json!({"message": message, "details": {"causes": [cause]}})] {
            let refusal = Refusal::of(422, &body);
            assert!(refusal.is_immutable());
            assert!(refusal.words().ends_with("other than `spec.tolerations`"), "{}", refusal.words());
        }
    }

    #[test]
    fn a_conflict_names_the_owner() {
        let cause =
            json!({"reason": "FieldManagerConflict", "field": ".spec.replicas", "message": "conflict with \"hpa\""});
        let refusal = Refusal::of(409, &json!({"message": "x", "details": {"causes": [cause]}}));
        assert!(refusal.is_conflict());
        assert_eq!(refusal.words(), "`spec.replicas` is owned by \"hpa\"");
    }
}
