//! Things in a sentence.

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn in_words<T: AsRef<str>>(things: impl IntoIterator<Item = T>) -> String {
    let things: Vec<T> = things.into_iter().collect();
    let (last, most) = match things.split_last() {
        None => return String::new(),
        Some((last, [])) => return last.as_ref().to_owned(),
        Some(both) => both,
    };
    let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
    format!("{} and {}", most.join(", "), last.as_ref())
}
