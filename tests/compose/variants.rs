//! Variants of services, each in a profile of its own.

use super::*;
use crate::support::judges::harness::tests;

tests!(a_variant_runs_where_its_profile_is_asked_for);

fn a_variant_runs_where_its_profile_is_asked_for() {
    let emission = Emission::of(
        r#"
[services.viewer]
entry = "api.py"
port = 8081
replicas = 4
clients = [{ service = "portal" }]
[services.viewer.variants.b]
args = ["--fast"]
weight = 25
[services.portal]
entry = "api.py"
port = 8000
clients = []
env = { VIEWER = { service = "viewer" } }
"#,
    );
    emission.notes_once(&["profile `variant-viewer-b`", "no share of the requests of `viewer`"]);
    let Some(model) = &emission.model else { return };
    let service = |name: &str| &model["services"][name];
    assert_eq!(service("viewer-b")["profiles"], json!(["variant-viewer-b"]));
    assert_eq!(service("viewer-b")["command"], json!(["--fast"]));
    assert_eq!(service("viewer").get("profiles"), None);
    assert_eq!(names(&service("portal")["depends_on"]), BTreeSet::from(["viewer"]));
    assert_eq!(service("viewer-b").get("ports"), None, "the service has the port of this machine");
    assert_eq!(service("viewer-b")["image"], service("viewer")["image"]);
    assert_eq!(service("viewer-b")["healthcheck"], service("viewer")["healthcheck"]);
}
