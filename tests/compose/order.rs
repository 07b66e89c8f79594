//! What waits for what, and how health is asked.

use super::*;
use crate::support::judges::harness::tests;

tests!(
    what_needs_another_waits_for_it,
    services_that_name_each_other_still_start,
    health_is_asked_as_the_probes_ask,
    a_dense_net_of_services_is_ordered_in_no_time
);

fn what_needs_another_waits_for_it() {
    let emission = Emission::of(SPEC);
    let Some(model) = &emission.model else { return };
    let waits = |name: &str| -> BTreeMap<String, String> {
        let before = model["services"][name]["depends_on"].as_object().into_iter().flatten();
        before.map(|(name, it)| (name.clone(), it["condition"].as_str().expect("a condition").to_owned())).collect()
    };
    let expected = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, condition)| ((*name).to_owned(), format!("service_{condition}"))).collect()
    };
    let done = "completed_successfully";
    assert_eq!(waits("train"), expected(&[("prepare_volumes", done), ("prepare", done), ("api", "healthy")]));
    // What somebody starts by hand waits for no stage, in the cluster neither.
    assert_eq!(waits("tune"), expected(&[]));
    assert_eq!(waits("api_fetch"), expected(&[("db", "healthy")]));
    assert_eq!(waits("api_migrate"), expected(&[("db", "healthy"), ("api_fetch", done)]));
    assert_eq!(waits("api"), expected(&[("db", "healthy"), ("api_migrate", done)]));
    let profiles = |name: &str| model["services"][name].get("profiles").cloned();
    assert_eq!(profiles("train"), Some(json!(["pipeline"])));
    assert_eq!(profiles("prepare"), Some(json!(["pipeline"])));
    assert_eq!(profiles("tune"), Some(json!(["job-tune"])));
    assert_eq!(profiles("purge-model"), Some(json!(["job-purge-model"])));
    assert_eq!([profiles("api"), profiles("api_fetch"), profiles("db")], [None, None, None]);
    let restart = |name: &str| model["services"][name].get("restart").and_then(Value::as_str);
    assert_eq!(restart("prepare"), Some("on-failure:2"));
    assert_eq!(restart("train"), None);
    assert_eq!([restart("api"), restart("api_fetch")], [Some("unless-stopped"), Some("on-failure")]);
}

fn services_that_name_each_other_still_start() {
    let spec = "\
[services.left]
entry = \"api.py\"
port = 8080
env = { OTHER = { service = \"right\" }, SELF = { service = \"left\" } }
[services.right]
image = \"registry.example.org/tools/viewer:2\"
port = 8081
env = { OTHER = { service = \"left\" } }
";
    let emission = Emission::of(spec);
    emission.notes_once(&["`right` does not wait for `left`"]);
    let Some(model) = emission.model else { return };
    // Nothing in a ready-made image is known to ask after its health.
    let started = json!({ "right": { "condition": "service_started", "required": true } });
    assert_eq!(model["services"]["left"]["depends_on"], started);
    assert_eq!(model["services"]["right"].get("depends_on"), None);
}

fn health_is_asked_as_the_probes_ask() {
    let emission = Emission::of(SPEC);
    let Some(model) = &emission.model else { return };
    let health = &model["services"]["api"]["healthcheck"];
    let test = health["test"].as_array().expect("a command");
    assert_eq!(test[..3], ["CMD", "python", "-c"]);
    assert_eq!(test[4..], ["http://127.0.0.1:8080/ready?full=$x"]);
    assert_eq!(health["interval"], "5s");
    assert_eq!(health["timeout"], "3s");
    assert_eq!(health["retries"], 4);
    assert_eq!(health["start_period"], "2m0s");
    let test = json!(["CMD", "pg_isready", "-h", "127.0.0.1"]);
    assert_eq!(model["services"]["db"]["healthcheck"]["test"], test);
    assert_eq!(model["services"]["viewer"].get("healthcheck"), None);
    assert_eq!(model["services"]["train"].get("healthcheck"), None);
    emission.notes_once(&["health of `viewer`"]);
}

fn a_dense_net_of_services_is_ordered_in_no_time() {
    let service = |at: usize| {
        let clients: String = (at.saturating_sub(5)..at).map(|it| format!("{{ service = \"s{it}\" }},")).collect();
        let named: String =
            (at + 1..(at + 6).min(60)).map(|it| format!("E{it} = {{ service = \"s{it}\" }},")).collect();
        format!("[services.s{at}]\nentry = \"api.py\"\nport = 8080\nclients = [{clients}]\nenv = {{ {named} }}\n")
    };
    let spec: String = (0..60).map(service).collect();
    let (done, wait) = std::sync::mpsc::channel();
    std::thread::spawn(move || done.send(compiled(&spec).sink.has_errors()));
    assert_eq!(wait.recv_timeout(std::time::Duration::from_mins(1)), Ok(false), "every way through it is gone");
}
