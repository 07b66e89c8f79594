//! Texts as Compose reads them.

use smol_str::{SmolStr, format_smolstr};

use crate::source::{At, Node, Value};
use crate::spec::Quantity;

/// Doubles every `$` of a tree, so that Compose, which replaces `$NAME` and `${NAME}` in all values, takes them as they
/// are.
pub(super) fn take_literally(node: &mut Node) {
    match &mut node.value {
        Value::Str(text) if text.contains('$') => *text = text.replace('$', "$$").into(),
        Value::List(items) => items.iter_mut().for_each(take_literally),
        Value::Map(map) => map.iter_mut().for_each(|(_, it)| take_literally(it)),
        Value::Str(_) | Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
    }
}

/// An amount of bytes as Compose writes it: `2gb`, `1536mb`. Its units are powers of 1024.
pub(super) fn bytes(amount: u64) -> SmolStr {
    format_smolstr!("{}b", short_bytes(amount))
}

/// An amount of bytes as `mount` takes it: `2g`, `1536m`.
pub(super) fn short_bytes(amount: u64) -> SmolStr {
    let units = [(30, "g"), (20, "m"), (10, "k")];
    let unit = units.iter().find(|(power, _)| amount > 0 && amount.is_multiple_of(1 << power));
    unit.map_or_else(|| format_smolstr!("{amount}"), |(power, unit)| format_smolstr!("{}{unit}", amount >> power))
}

/// The bytes of an amount that is written as Kubernetes writes it.
pub(super) fn quantity(text: &str) -> u64 {
    Quantity::parse(text).expect("internal error: the plan holds good quantities").bytes()
}

/// Keys and values as words, `key=value`. In a map Compose takes a key that begins with `x-` for an extension.
pub(super) fn words<'p>(pairs: impl IntoIterator<Item = &'p (SmolStr, At<SmolStr>)>) -> Vec<At<SmolStr>> {
    pairs.into_iter().map(|(key, value)| At::new(format_smolstr!("{key}={value}"), value.origin)).collect()
}

/// A number of seconds as Compose writes it.
pub(super) fn seconds(number: i64) -> SmolStr {
    format_smolstr!("{number}s")
}

/// Thousandths of a core as a decimal number of cores.
pub(super) fn cores(millis: u64) -> SmolStr {
    let (whole, rest) = (millis / 1000, millis % 1000);
    let text = format!("{whole}.{rest:03}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_take_the_largest_unit_that_divides_them() {
        assert_eq!(bytes(2 << 30), "2gb");
        assert_eq!(bytes((1 << 30) + (1 << 29)), "1536mb");
        assert_eq!(bytes(1500), "1500b");
        assert_eq!(short_bytes(3 << 10), "3k");
        assert_eq!([cores(500), cores(2000), cores(1250), cores(1)], ["0.5", "2", "1.25", "0.001"]);
    }
}
