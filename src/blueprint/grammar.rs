//! What a template may print: plain words, or values that a filter has quoted for the file's grammar.

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Output, State, Value};

/// Adds the filters, and the guard for everything that is printed without one.
pub(super) fn install(environment: &mut Environment<'static>) {
    environment.set_formatter(word);
    environment.add_filter("quoted", quoted);
    environment.add_filter("json", json);
    environment.add_filter("shell", shell);
}

/// Writes what a filter has quoted, a number, or a plain word.
fn word(output: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    let text = value.to_string();
    let is_plain = !text.is_empty() && text.chars().all(|it| it.is_ascii_alphanumeric() || "_./:@%+=,-".contains(it));
    if value.is_safe() || (matches!(value.kind(), ValueKind::String | ValueKind::Number) && is_plain) {
        return output.write_str(&text).map_err(Error::from);
    }
    Err(refused(format!("{text:?} is no plain word; print it with `| quoted`, `| json` or `| shell`")))
}

/// A word of an `ENV` or `LABEL` instruction, in double quotes.
///
/// Inside them a backslash escapes `"`, `$` and itself (Dockerfile reference, "Environment replacement").
fn quoted(text: &str) -> Result<Value, Error> {
    let mut word = String::from("\"");
    for letter in one_line(text)?.chars() {
        if matches!(letter, '"' | '$' | '\\') {
            word.push('\\');
        }
        word.push(letter);
    }
    word.push('"');
    Ok(Value::from_safe_string(word))
}

/// The form of a command without a shell: a list of texts as JSON.
fn json(value: Value) -> Result<Value, Error> {
    let words: Result<Vec<String>, _> = value.try_iter()?.map(|it| serde_json::to_string(&it)).collect();
    let text = format!("[{}]", words.map_err(|it| refused(it.to_string()))?.join(", "));
    // JSON may hold these two as they are, and readers of lines end a line at them.
    let text = text.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    Ok(Value::from_safe_string(one_line(&text)?.to_owned()))
}

/// A word of a command for `sh`, in single quotes.
fn shell(text: &str) -> Result<Value, Error> {
    Ok(Value::from_safe_string(format!("'{}'", one_line(text)?.replace('\'', r"'\''"))))
}

fn one_line(text: &str) -> Result<&str, Error> {
    if text.chars().any(char::is_control) {
        return Err(refused(format!("{text:?} holds a control character, which no quotes can hold here")));
    }
    Ok(text)
}

fn refused(why: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_those_of_the_grammar() {
        assert_eq!(quoted("a \"b\" $c \\").unwrap().to_string(), r#""a \"b\" \$c \\""#);
        assert_eq!(shell("it's $x").unwrap().to_string(), r"'it'\''s $x'");
        assert_eq!(json(Value::from(vec!["a\n", "\"b\""])).unwrap().to_string(), r#"["a\n", "\"b\""]"#);
    }

    #[test]
    fn what_ends_a_line_is_refused() {
        for bad in ["a\nb", "a\rb", "\0", "\u{1b}[31m", "\u{85}"] {
            assert!(quoted(bad).is_err() && shell(bad).is_err(), "{bad:?}");
        }
    }
}
