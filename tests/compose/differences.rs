//! What is not the same on one machine is said, once.

use super::*;
use crate::support::judges::harness::tests;

tests!(
    every_difference_is_noted_once,
    the_clients_of_a_service_are_neighbours,
    what_a_pod_would_say_has_the_nearest_value,
);

/// What a cluster says and one machine does not.
pub(crate) const DIFFERENT: &str = r#"
[secrets.database]
from = "existing"
keys = ["username", "password"]

[stages.parts]
entry = "tools.py"
parallelism = 8
timeout = "2h"
env = { NODE = { field = "spec.nodeName" } }

[stages.nightly]
entry = "tools.py"
schedule = "0 2 * * *"
timeout = "3h"

[stages.slice]
entry = "train.py"
gpu = { mig = "1g.10gb" }
distributed = 4

[stages.large]
entry = "train.py"
gpu = { count = 1, min-memory = "40Gi" }
egress = [{ cidr = "10.20.0.0/16", ports = [443] }, { namespace = "registry", ports = [5000] }]

[services.gateway]
image = "registry.example.org/tools/gateway:3"
port = 8080
autoscale = { min = 2, max = 5 }
clients = [{ namespace = "ris" }, { cidr = "10.0.0.0/8" }, { stage = "parts" }]
labels = { "hospital.example/team" = "imaging" }
resources = { cpu = "1500m", memory = "1Gi", limits = { cpu = "2500m" } }
[services.gateway.env]
DB_USER = { secret = "database", key = "username" }
NAME = { field = "metadata.name" }
SPACE = { field = "metadata.namespace" }
TEAM = { field = "metadata.labels['hospital.example/team']" }
ADDRESS = { field = "status.podIP" }
WORKERS = { resource = "limits.cpu" }
SHARE = { resource = "requests.cpu" }
BYTES = { resource = "requests.memory" }
SPACE_LEFT = { resource = "limits.ephemeral-storage" }

[services.rpc]
entry = "api.py"
port = 9000
clients = [{ service = "gateway" }]
probes = { ready = { grpc = true } }
[[patches]]
target = { kind = "Deployment", name = "rpc" }
patch = [{ op = "add", path = "/spec/paused", value = false }]

[services.back]
entry = "api.py"
port = 9001
clients = [{ service = "gateway" }, { service = "rpc" }]
"#;

/// What is said of every environment.
const EVERYWHERE: &str =
    "with Compose volumes have no size, scratch space is memory, and a failing liveness probe restarts nothing";

fn every_difference_is_noted_once() {
    let compiled = must_compile(compiled(DIFFERENT));
    let notes = notes(&compiled);
    let expected: &[&str] = &[
        "`parts` runs as part 0 of 1 with Compose, and in 8 parts in the cluster",
        "with Compose there is no pod that `parts` could ask: `NODE` is `localhost`",
        "Compose has no clock: `docker compose run --rm nightly` runs `nightly`, in the cluster it runs at `0 2 * * *`",
        "`slice` trains on one node with Compose, and on 4 in the cluster",
        "`slice` gets whole GPUs with Compose, not slices of 1g.10gb",
        "Compose gives `large` any GPU, not one with 40960 MiB of memory",
        "with Compose `large` may connect to every address, not only to namespace `registry` and `10.20.0.0/16`",
        "`gateway` runs once with Compose, and 2 to 5 times in the cluster",
        "with Compose there is no pod that `gateway` could ask: `NAME` is `gateway` and `ADDRESS` is not set",
        "Compose takes secrets of `gateway` from its own environment: set `SECRET_DATABASE_USERNAME` there",
        "with Compose `gateway` is open to this machine, not to namespace `ris` and `10.0.0.0/8`",
        "Compose does not ask after the health of `gateway`: nothing in its image is known to do it",
        "with Compose `back` and `rpc` may also connect to `gateway`, because they share a network with it",
        "with Compose `back` may also connect to `rpc`, because they share a network with it",
        "with Compose `rpc` is healthy when its port opens: nothing in its image is known to speak gRPC",
        "Compose does not stop `parts` after 7200 seconds, as the cluster does",
        "Compose does not stop `nightly` after 10800 seconds, as the cluster does",
        "with Compose the patch of the Deployment `rpc` changes nothing",
        EVERYWHERE,
    ];
    let found: BTreeSet<&str> = notes.iter().map(String::as_str).collect();
    assert_eq!(found, expected.iter().copied().collect());
    assert_eq!(notes.len(), found.len());
    let ours = compiled.sink.all().iter().filter(|it| it.code.id == "compose-differs");
    assert_eq!(ours.filter(|it| it.labels.is_empty()).count(), 0, "{}", shown(&compiled));
}

fn the_clients_of_a_service_are_neighbours() {
    let spec = "\
[services.hub]
entry = \"api.py\"
port = 8080
clients = [{ service = \"left\" }, { service = \"right\" }]
[services.left]
entry = \"api.py\"
port = 8081
clients = []
[services.right]
entry = \"api.py\"
port = 8082
clients = [{ service = \"left\" }]
";
    let emission = Emission::of(spec);
    emission.notes_once(&["with Compose `hub` and `right` may also connect to `left`"]);
    emission.notes_once(&["with Compose `hub` may also connect to `right`"]);
    assert_eq!(emission.notes[2..], [EVERYWHERE]);
}

fn what_a_pod_would_say_has_the_nearest_value() {
    let spec = DIFFERENT.replace("DB_USER = { secret = \"database\", key = \"username\" }", "");
    let Some(model) = Emission::of(&spec).model else { return };
    let expected = json!({
        "HOME": "/tmp", "PORT": "8080", "NAME": "gateway", "SPACE": "mri-default", "TEAM": "imaging", "WORKERS": "3",
        "SHARE": "2", "BYTES": (1_u64 << 30).to_string(), "SPACE_LEFT": (2_u64 << 30).to_string(),
    });
    assert_eq!(model["services"]["gateway"]["environment"], expected);
    let parts = json!({ "HOME": "/tmp", "JOB_COMPLETIONS": "1", "JOB_COMPLETION_INDEX": "0", "NODE": "localhost" });
    assert_eq!(model["services"]["parts"]["environment"], parts);
}
