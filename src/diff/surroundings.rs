//! What else a cluster is asked, because it decides what a change causes: the classes of volumes that would grow.

use std::collections::BTreeSet;

use serde_json::Value;

use super::dialogue::{Question, Seen, Server};
use crate::object::Object;

/// What stands around the objects. What may not be read is left out.
///
/// # Errors
/// The whole run failed; see [`Server::ask`].
pub fn surroundings<S: Server>(server: &mut S, wanted: &[Object], seen: &Seen) -> Result<Vec<Value>, S::Error> {
    let claims = wanted.iter().zip(&seen.live).filter(|(object, _)| object.kind() == "PersistentVolumeClaim");
    let size = |it: &Value| it.pointer("/spec/resources/requests/storage").cloned();
    let grows = claims.filter_map(|(object, live)| Some((object.node.to_json(), live.as_ref()?)));
    let grows = grows.filter(|(wanted, live)| size(wanted) != size(live));
    let class = |(_, live): (_, &Value)| live["spec"]["storageClassName"].as_str().map(str::to_owned);
    let classes: BTreeSet<String> = grows.filter_map(class).filter(|it| is_name(it)).collect();
    let path = |it: &String| Question::Get { path: format!("/apis/storage.k8s.io/v1/storageclasses/{it}") };
    let replies = server.ask(classes.iter().map(path).collect())?;
    Ok(replies.into_iter().filter(|it| it.status == 200).map(|it| it.body).collect())
}

/// Whether a text of a cluster's can be a part of a path and nothing else.
fn is_name(text: &str) -> bool {
    let may = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-.".contains(&it);
    !text.is_empty() && text.bytes().all(may) && !text.starts_with('.')
}
