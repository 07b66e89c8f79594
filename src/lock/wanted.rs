//! Which images need a digest, and where they are to be had.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::Plan;

/// An image whose digest belongs into the lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What it is called there.
    pub name: String,
    /// Where it comes from: itself, or mirrors that are said to hold the same.
    pub places: Vec<String>,
}

/// The images that these environments fetch, without those that the spec itself names by digest.
pub fn wanted<'p>(plans: impl Iterator<Item = &'p Plan>) -> Vec<Wanted> {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for image in plans.flat_map(Plan::fetched) {
        if let Some(place) = image.place() {
            places.entry(image.name.to_string()).or_default().insert(place.to_owned());
        }
    }
    places.into_iter().map(|(name, places)| Wanted { name, places: places.into_iter().collect() }).collect()
}
