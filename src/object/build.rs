//! Building objects field by field: every leaf keeps the origin of what it was made from.

use smol_str::SmolStr;

use crate::source::{At, Map, Node, Origin, Value};

/// Something that can become a field.
pub trait Emit {
    /// The field's value; `None` where the field is left out. `by` is the origin of what has none of its own.
    fn emit(self, by: Origin) -> Option<Node>;
}

/// Adds a field, unless it is left out.
pub fn put(map: &mut Map, key: SmolStr, value: impl Emit, by: Origin) {
    if let Some(node) = value.emit(by) {
        map.push(key, node);
    }
}

/// A map of fields: `fields!(origin; "key" => value, …)`. Fields that are `None`, and lists that are empty, are left
/// out.
macro_rules! fields {
    ($by:expr; $($key:literal => $value:expr),* $(,)?) => {{
        let by: $crate::source::Origin = $by;
        #[allow(unused_mut)]
        let mut map = $crate::source::Map::with_capacity(0 $(+ { let _ = $key; 1 })*);
        $($crate::object::put(&mut map, smol_str::SmolStr::new_static($key), $value, by);)*
        $crate::source::Node::new(map, by)
    }};
}
pub(crate) use fields;

impl Emit for Node {
    fn emit(self, _: Origin) -> Option<Node> {
        Some(self)
    }
}

impl<E: Emit> Emit for Option<E> {
    fn emit(self, by: Origin) -> Option<Node> {
        self.and_then(|it| it.emit(by))
    }
}

impl<E: Emit> Emit for Vec<E> {
    fn emit(self, by: Origin) -> Option<Node> {
        let items: Vec<Node> = self.into_iter().filter_map(|it| it.emit(by)).collect();
        (!items.is_empty()).then(|| Node::new(items, by))
    }
}

impl<T: Into<Value>> Emit for At<T> {
    fn emit(self, by: Origin) -> Option<Node> {
        Some(Node::new(self.value, self.origin.or(by)))
    }
}

impl<T: Clone + Into<Value>> Emit for &At<T> {
    fn emit(self, by: Origin) -> Option<Node> {
        Some(Node::new(self.value.clone(), self.origin.or(by)))
    }
}

macro_rules! emit_plain {
    ($($plain:ty),*) => {$(
        impl Emit for $plain {
            fn emit(self, by: Origin) -> Option<Node> {
                Some(Node::new(self, by))
            }
        }
    )*};
}
emit_plain!(bool, i64, i32, u32, u16, &str, String, SmolStr, &SmolStr);

/// Fields whose keys are data: labels, annotations, the keys of a ConfigMap. Without any the field is left out.
pub struct Pairs<T>(pub Vec<(SmolStr, T)>);

impl<T: Emit> Emit for Pairs<T> {
    fn emit(self, by: Origin) -> Option<Node> {
        let map: Map = self.0.into_iter().filter_map(|(key, value)| Some((key, value.emit(by)?))).collect();
        (!map.is_empty()).then(|| Node::new(map, by))
    }
}
