//! The tables of a value: keys in the order in which they were written.

use smol_str::SmolStr;

use super::Node;

/// Keys and values in the order in which they were written; every key once.
///
/// A vector, because nearly all maps are small and there are millions of them in a large project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map(Vec<(SmolStr, Node)>);

impl Map {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// An empty map with room for as many keys.
    #[must_use]
    pub fn with_capacity(keys: usize) -> Self {
        Self(Vec::with_capacity(keys))
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.0.iter().find(|(it, _)| it == key).map(|(_, node)| node)
    }

    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.0.iter_mut().find(|(it, _)| it == key).map(|(_, node)| node)
    }

    /// Sets a key: in its place where it exists, else at the end.
    pub fn set(&mut self, key: impl Into<SmolStr>, node: Node) {
        let key = key.into();
        match self.get_mut(&key) {
            Some(old) => *old = node,
            None => self.0.push((key, node)),
        }
    }

    /// Adds a key that is known to be new; setting thousands of them one by one would be quadratic.
    pub fn push(&mut self, key: SmolStr, node: Node) {
        self.0.push((key, node));
    }

    pub fn remove(&mut self, key: &str) -> Option<Node> {
        let index = self.0.iter().position(|(it, _)| it == key)?;
        Some(self.0.remove(index).1)
    }

    /// Gives a key another name; what it holds and its place stay.
    pub fn rename(&mut self, old: &str, new: impl Into<SmolStr>) {
        if let Some((key, _)) = self.0.iter_mut().find(|(it, _)| it == old) {
            *key = new.into();
        }
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&SmolStr, &Node)> {
        self.0.iter().map(|(key, node)| (key, node))
    }

    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&SmolStr, &mut Node)> {
        self.0.iter_mut().map(|(key, node)| (&*key, node))
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Node) -> bool) {
        self.0.retain(|(key, node)| keep(key, node));
    }

    /// The same without room for more keys.
    pub(super) fn exact(self) -> Self {
        Self(exact(self.0))
    }

    /// Orders the keys; equal keys do not exist.
    pub fn sort_by_key<K: Ord>(&mut self, mut rank: impl FnMut(&str) -> K) {
        self.0.sort_by_key(|(key, _)| rank(key));
    }
}

impl FromIterator<(SmolStr, Node)> for Map {
    fn from_iter<I: IntoIterator<Item = (SmolStr, Node)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl IntoIterator for Map {
    type Item = (SmolStr, Node);
    type IntoIter = std::vec::IntoIter<(SmolStr, Node)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Without room for more: hardly any value grows, and a large project has millions. Shrinking may leave half of it.
pub(super) fn exact<T>(mut items: Vec<T>) -> Vec<T> {
    if items.len() == items.capacity() {
        return items;
    }
    let mut exact = Vec::with_capacity(items.len());
    exact.append(&mut items);
    exact
}
