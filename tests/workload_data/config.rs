//! Tables of settings: files, templates and env files, in Kubernetes and in Compose.

use mlopsc::compile::Compiled;
use serde_json::{Value, json};

use crate::{at, emitted, named, project};

const POD: &str = "/spec/template/spec";
const API: &str = "kubernetes/api.deployment.yaml";

const SITE: &[u8] = b"\
# {{ project.name }} in {{ environment }}
port = {{ services.api.ports.http }}
batch = {{ config.app.batch_size }}
archive = {{ data.archive.path }}
password = {{ secrets.database.path }}/password
{% if config.app.batch_size > 4 %}
peer = {{ services.database.host }}:{{ services.database.port }}
{% endif %}
";

const SPEC: &str = "\
[config.app]
batch-size = 8
[config.site]
template = \"conf/site.conf.j2\"
env-file = \"conf/site.env\"
[config.routes]
files = [\"conf/main.xml\", \"conf/routes.d/*.xml\"]
[data.archive]
class = \"synthetic\"
source = \"external\"
[secrets.database]
from = \"existing\"
keys = [\"password\"]
[services.api]
entry = \"serve.py\"
ports = [{ name = \"http\", port = 8080 }]
config = [{ name = \"site\", path = \"/etc/gateway/site.conf\" }, { name = \"routes\", path = \"/etc/gateway/routes\" }]
inputs = [{ data = \"archive\", path = \"/archive\" }]
secrets = [{ name = \"database\", path = \"/etc/db\" }]
[services.database]
image = \"postgres:18.4-trixie\"
port = 5432
service = { name = \"ct-database\" }
config = [\"app\"]
";

/// The project with these routes beside the main one.
fn with(template: &[u8], routes: &[(&str, &[u8])]) -> Compiled {
    let env: &[u8] = b"# of the site\nZONE=eu-1\nGREETING=\"costs $5\"\n";
    let standard: [(&str, &[u8]); 4] = [
        ("conf/site.conf.j2", template),
        ("conf/site.env", env),
        ("conf/main.xml", b"<main/>\n"),
        ("conf/routes.d/a.xml", b"<a/>"),
    ];
    project(SPEC, &[standard.as_slice(), routes].concat())
}

/// The name of the ConfigMap that a volume of a pod shows.
fn map(compiled: &Compiled, file: &str, volume: &str) -> String {
    let volumes = at(compiled, file, &format!("{POD}/volumes"));
    named(&volumes, volume)["configMap"]["name"].as_str().unwrap().to_owned()
}

#[test]
fn a_template_is_filled_with_what_the_spec_says() {
    let compiled = with(SITE, &[]);
    let name = map(&compiled, API, "config-site");
    let text = at(&compiled, &format!("kubernetes/{name}.configmap.yaml"), "/data");
    let expected = "# demo in default\nport = 8080\nbatch = 8\narchive = /archive\npassword = /etc/db/password\n\
        peer = ct-database:5432\n";
    assert_eq!(text, json!({ "site.conf": expected }));
    let written = compiled.environments[0].files();
    let path = mlopsc::source::RelPath::parse("compose/config/site/site.conf").unwrap();
    assert_eq!(written.get(&path), Some(expected));
}

#[test]
fn a_path_that_ends_in_a_file_is_that_file_and_any_other_the_folder() {
    let compiled = with(SITE, &[("conf/routes.d/b.xml", b"<b/>")]);
    let container = at(&compiled, API, &format!("{POD}/containers/0"));
    let mounts = &container["volumeMounts"];
    let mount = |path: &str| mounts.as_array().unwrap().iter().find(|it| it["mountPath"] == path).unwrap().clone();
    assert_eq!(mount("/etc/gateway/site.conf")["subPath"], "site.conf");
    assert_eq!(mount("/etc/gateway/routes").get("subPath"), None);
    let env = &container["env"];
    assert_eq!(named(env, "CONFIG_SITE")["value"], "/etc/gateway/site.conf");
    assert_eq!(named(env, "CONFIG_ROUTES")["value"], "/etc/gateway/routes");
    let name = map(&compiled, API, "config-routes");
    let data = at(&compiled, &format!("kubernetes/{name}.configmap.yaml"), "/data");
    assert_eq!(data, json!({ "main.xml": "<main/>\n", "a.xml": "<a/>", "b.xml": "<b/>" }));
    let compose = emitted(&compiled, "compose.yaml");
    let expected = json!([
        { "source": "site_site.conf", "target": "/etc/gateway/site.conf" },
        { "source": "routes_main.xml", "target": "/etc/gateway/routes/main.xml" },
        { "source": "routes_a.xml", "target": "/etc/gateway/routes/a.xml" },
        { "source": "routes_b.xml", "target": "/etc/gateway/routes/b.xml" },
    ]);
    assert_eq!(compose["services"]["api"]["configs"], expected);
    assert_eq!(compose["configs"]["routes_a.xml"]["file"], "./compose/config/routes/a.xml");
}

#[test]
fn an_env_file_becomes_variables() {
    let compiled = with(SITE, &[]);
    let env = at(&compiled, API, &format!("{POD}/containers/0/env"));
    assert_eq!(named(&env, "ZONE")["value"], "eu-1");
    assert_eq!(named(&env, "GREETING")["value"], "costs $5");
    let environment = at(&compiled, "compose.yaml", "/services/api/environment");
    assert_eq!((&environment["ZONE"], &environment["GREETING"]), (&json!("eu-1"), &json!("costs $$5")));
    assert_eq!(at(&compiled, "compose.yaml", "/services/database/environment/ZONE"), Value::Null);
}

#[test]
fn a_table_of_variables_alone_is_no_object_and_no_mount() {
    let compiled = project(
        "[config.site]\nenv-file = \"site.env\"\n[services.api]\nentry = \"serve.py\"\nport = 8080\nconfig = [\"site\"]\n",
        &[("site.env", b"ZONE=eu\n")],
    );
    let pod = at(&compiled, API, POD);
    assert_eq!(named(&pod["volumes"], "config-site"), &Value::Null);
    assert_eq!(named(&pod["containers"][0]["env"], "CONFIG_SITE"), &Value::Null);
    assert_eq!(named(&pod["containers"][0]["env"], "ZONE")["value"], "eu");
    assert_eq!(emitted(&compiled, "compose.yaml").get("configs"), None);
}

#[test]
fn a_change_rolls_exactly_those_that_read_it() {
    let templates = |compiled: &Compiled| {
        ["api", "database"].map(|it| at(compiled, &format!("kubernetes/{it}.deployment.yaml"), "/spec/template"))
    };
    let before = templates(&with(SITE, &[]));
    let other_text = templates(&with(b"port = {{ services.api.port }}\n", &[]));
    let other_route = templates(&with(SITE, &[("conf/routes.d/a.xml", b"<other/>")]));
    for after in [other_text, other_route] {
        assert_ne!(before[0], after[0]);
        assert_eq!(before[1], after[1]);
    }
}
