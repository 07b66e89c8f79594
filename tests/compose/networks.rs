//! Networks and ports: who reaches whom.

use super::*;
use crate::support::judges::harness::tests;

tests!(
    programs_share_a_network_exactly_where_a_flow_connects_them,
    what_is_open_to_all_shares_one_network,
    networks_lead_nowhere_else,
    a_training_reaches_itself_by_its_name,
    ports_are_open_to_this_machine_only_and_once,
    an_environment_says_which_ports_of_the_machine_lead_where,
    who_is_in_another_namespace_is_called_by_its_full_name,
);

fn programs_share_a_network_exactly_where_a_flow_connects_them() {
    for spec in [SPEC, OPEN, "[services.db]\nimage = \"postgres:18.4-trixie\"\n"] {
        let emission = Emission::of(spec);
        let Some(model) = &emission.model else { return };
        let networks = |name: &str| names(&model["services"][name]["networks"]);
        for server in emission.workloads() {
            for client in emission.workloads().filter(|it| it.name.value != server.name.value) {
                let flows = server.ingress.iter().any(|it| match &it.peer {
                    FlowPeer::Workload(name) => *name == client.name.value,
                    FlowPeer::Everyone => true,
                    FlowPeer::Namespace(_) | FlowPeer::Cidr(_) => false,
                });
                let common: BTreeSet<&str> =
                    networks(&server.name).intersection(&networks(&client.name)).copied().collect();
                let way = if is_open(server) { "everyone".to_owned() } else { format!("to_{}", server.name) };
                assert_eq!(common.contains(way.as_str()), flows, "{} to {}", client.name, server.name);
                // What leads out is nobody else's.
                assert!(common.iter().all(|it| !it.starts_with("edge_")), "{} and {}", client.name, server.name);
            }
            let is_alone = networks(&server.name).is_empty();
            let mode = model["services"][server.name.as_str()].get("network_mode").and_then(Value::as_str);
            assert_eq!(mode, is_alone.then_some("none"), "{}", server.name);
        }
    }
}

/// Whether everyone may reach a workload.
fn is_open(workload: &Workload) -> bool {
    workload.ingress.iter().any(|it| it.peer == FlowPeer::Everyone)
}

/// Services that anybody may reach, one that not everybody does, and a training.
const OPEN: &str = "\
[services.api]
entry = \"api.py\"
port = 8080
[services.page]
entry = \"api.py\"
port = 8081
[services.inner]
entry = \"api.py\"
port = 8082
clients = [{ service = \"page\" }]
[stages.train]
entry = \"train.py\"
distributed = 2
";

fn what_is_open_to_all_shares_one_network() {
    let emission = Emission::of(OPEN);
    emission.notes_once(&["every program may connect to `inner`", "`api` is open"]);
    let Some(model) = emission.model else { return };
    let networks = |name: &str| names(&model["services"][name]["networks"]);
    assert_eq!(networks("api"), BTreeSet::from(["edge_api", "everyone"]));
    assert_eq!(networks("page"), BTreeSet::from(["edge_page", "everyone", "to_inner"]));
    assert_eq!(networks("inner"), BTreeSet::from(["edge_inner", "everyone", "to_inner"]));
    assert_eq!(model["networks"]["everyone"]["internal"], true);
}

fn networks_lead_nowhere_else() {
    let Some(model) = Emission::of(SPEC).model else { return };
    let networks = model["networks"].as_object().expect("networks");
    let expected = ["edge_api", "edge_db", "edge_viewer", "to_api", "to_db", "to_viewer"];
    assert_eq!(names(&model["networks"]), BTreeSet::from(expected));
    for (name, network) in networks {
        let is_edge = name.starts_with("edge_");
        assert_eq!(network.get("internal").and_then(Value::as_bool), (!is_edge).then_some(true), "{name}");
        // Only `viewer` may connect to addresses outside.
        let masquerade = network["driver_opts"].get("com.docker.network.bridge.enable_ip_masquerade");
        let expected = (is_edge && name != "edge_viewer").then_some("false");
        assert_eq!(masquerade.and_then(Value::as_str), expected, "{name}");
    }
    let services = &model["services"];
    assert_eq!(names(&services["api"]["networks"]), BTreeSet::from(["edge_api", "to_api", "to_db", "to_viewer"]));
    // An init step calls, and is not called; what its pod may reach, it may reach.
    assert_eq!(names(&services["api_fetch"]["networks"]), BTreeSet::from(["to_db", "to_viewer"]));
    assert_eq!(names(&services["train"]["networks"]), BTreeSet::from(["to_api"]));
    assert_eq!(services["prepare"]["network_mode"], "none");
    assert_eq!(services["window"]["network_mode"], "none");
    assert_eq!(services["prepare_volumes"]["network_mode"], "none");
}

fn a_training_reaches_itself_by_its_name() {
    let Some(model) = Emission::of(OPEN).model else { return };
    let train = &model["services"]["train"];
    assert_eq!(names(&train["networks"]), BTreeSet::from(["everyone", "to_train"]));
    assert_eq!(model["networks"]["to_train"]["internal"], true);
    let vars = &train["environment"];
    for (name, value) in [("MASTER_ADDR", "train"), ("NNODES", "1"), ("NODE_RANK", "0"), ("JOB_COMPLETION_INDEX", "0")]
    {
        assert_eq!(vars[name], value);
        assert!(name.starts_with("JOB") || vars[format!("PET_{name}")] == value, "{vars}");
    }
}

fn ports_are_open_to_this_machine_only_and_once() {
    let emission = Emission::of(SPEC);
    let Some(model) = &emission.model else { return };
    let port = |target: u16, published: &str, protocol: &str| json!({ "mode": "ingress", "host_ip": "127.0.0.1", "target": target, "published": published, "protocol": protocol });
    let services = &model["services"];
    assert_eq!(services["api"]["ports"], json!([port(8080, "8080", "tcp")]));
    assert_eq!(services["db"]["ports"], json!([port(5432, "15432", "tcp")]));
    assert_eq!(services["viewer"]["ports"], json!([port(9000, "9000", "tcp"), port(11112, "11112", "udp")]));
    assert_eq!(services["window"].get("ports"), None);
    assert_eq!(services["api_fetch"].get("ports"), None);
    emission.notes_once(&["9000", "`window`", "`viewer` has it"]);
    emission.notes_once(&["`db`", "on port 5432", "on 15432"]);
}

fn an_environment_says_which_ports_of_the_machine_lead_where() {
    let emission = Emission::of(
        r#"
[services.api]
entry = "api.py"
ports = [{ name = "http", port = 8080 }, { name = "dicom", port = 11112 }]
[services.viewer]
entry = "api.py"
port = 8080
[services.inner]
entry = "api.py"
port = 9000
[environments.dev]
compose.ports = { api = ["18080:http", "[::1]:104:11112"], inner = [] }
"#,
    );
    let Some(model) = &emission.model else { return };
    let services = &model["services"];
    let port = |address: &str, target: u16, published: &str| json!({ "mode": "ingress", "host_ip": address, "target": target, "published": published, "protocol": "tcp" });
    assert_eq!(services["api"]["ports"], json!([port("127.0.0.1", 8080, "18080"), port("::1", 11112, "104")]));
    assert_eq!(services["viewer"]["ports"], json!([port("127.0.0.1", 8080, "8080")]), "which nobody else has now");
    assert_eq!(services["inner"].get("ports"), None);
}

fn who_is_in_another_namespace_is_called_by_its_full_name() {
    let emission = Emission::of(
        r#"
[namespaces.workbench]
[services.api]
entry = "api.py"
port = 8080
[services.desk]
entry = "api.py"
port = 8081
namespace = "workbench"
env = { API = { service = "api" }, HERE = { field = "metadata.namespace" } }
"#,
    );
    let Some(model) = &emission.model else { return };
    let services = &model["services"];
    assert_eq!(services["desk"]["environment"]["API"], "api.mri-default.svc");
    assert_eq!(services["desk"]["environment"]["HERE"], "mri-default-workbench");
    assert_eq!(services["api"]["networks"]["to_api"]["aliases"], json!(["api.mri-default.svc"]));
}
