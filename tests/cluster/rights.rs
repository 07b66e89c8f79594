//! The rights that `mlopsc diff --print-rbac` prints: with all of them a diff says everything, and without any one of them
//! it says less, and says so.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Failed;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::apply::apply_all;
use crate::case::Case;
use crate::cluster::{Cluster, Said};

/// Roles are compared without a dry run, whoever asks.
const NEVER_TRIED: &[&str] = &["Role", "RoleBinding"];

pub(crate) fn suffice(case: Case, cluster: &Cluster) -> Result<(), Failed> {
    // Where others have given rights to everybody, nothing would be shown.
    if cluster.is_foreign {
        return Ok(());
    }
    let objects = case.objects(cluster);
    apply_all(case, cluster, &objects)?;
    let objects: Vec<Value> = objects.iter().map(|it| it.node.to_json()).collect();
    // Rights in the whole cluster that another case gives are not this one's.
    let who = format!("a-reviewer-of-{}", case.namespace());
    let scene = Scene::of(cluster, &objects, &who);
    let roles = scene.print();
    let mut bindings = Vec::new();
    for role in &roles {
        assert!(cluster.apply(role).is_ok(), "{role:#}");
        bindings.push(bound(role, &who));
    }
    // Nothing yet is given to anybody: nothing is said of anything.
    assert_eq!(scene.ask("less").code, 3, "who has no rights is told nothing");
    bindings.iter().for_each(|it| assert!(cluster.apply(it).is_ok(), "{it:#}"));
    let full = scene.ask("all");
    let same = |said: &Said| if document(said) == document(&full) { Ok(()) } else { Err(differing(said, &full)) };
    cluster.eventually("what the rights allow", 20, || same(&scene.ask("less")));
    let before = log(cluster).len();
    let again = scene.ask("less");
    assert_eq!(again.code, full.code, "{again:?}");
    let refused = refused(&log(cluster)[before..], &who);
    assert!(refused.is_empty(), "{}: asked for without a right: {refused:#?}", case.name());
    for role in &roles {
        for index in 0..role["rules"].as_array().map_or(0, Vec::len) {
            let mut less = role.clone();
            let removed = less["rules"].as_array_mut().expect("rules").remove(index);
            if !is_served(cluster, &removed) {
                continue;
            }
            assert!(cluster.apply(&less).is_ok(), "{less:#}");
            let what = format!("{}: a diff without the right {removed}", case.name());
            cluster.eventually(&what, 10, || match same(&scene.ask("less")) {
                Ok(()) => Err("it says the same".to_owned()),
                Err(_) => Ok(()),
            });
            assert!(cluster.apply(role).is_ok(), "{role:#}");
            cluster.eventually("what the rights allow again", 10, || same(&scene.ask("less")));
        }
    }
    bindings.iter().for_each(|it| drop(cluster.delete(&cluster.path_of(it))));
    Ok(())
}

/// Two sides that differ in every object.
struct Scene<'s> {
    cluster: &'s Cluster,
    folder: TempDir,
}

impl<'s> Scene<'s> {
    fn of(cluster: &'s Cluster, objects: &[Value], who: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let mut wanted = objects.to_vec();
        for object in &mut wanted {
            object["metadata"]["annotations"]["example.org/reviewed"] = "soon".into();
        }
        // What is not there yet, of each kind that a cluster has one place for.
        for object in objects.iter().filter(|it| it["metadata"]["namespace"].is_null()) {
            let mut new = object.clone();
            new["metadata"]["name"] = format!("{}-new", object["metadata"]["name"].as_str().unwrap_or_default()).into();
            wanted.push(new);
        }
        let list = json!({"apiVersion": "v1", "kind": "List", "items": wanted});
        fs::write(folder.path().join("wanted.json"), list.to_string()).expect("it is writable");
        let config: Value = read(cluster.kubeconfig());
        for (name, who) in [("all", None), ("less", Some(who))] {
            let mut config = config.clone();
            if let Some(who) = who {
                config["users"][0]["user"]["as"] = who.into();
            }
            fs::write(folder.path().join(name), config.to_string()).expect("it is writable");
        }
        Self { cluster, folder }
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let wanted = self.path("wanted.json");
        self.cluster.program(
            Path::new(env!("CARGO_BIN_EXE_mlopsc")),
            [&["diff", "--desired", &wanted.display().to_string()], arguments].concat(),
        )
    }

    /// As one of two users: with all rights, or with less.
    fn ask(&self, user: &str) -> Said {
        let kubeconfig = self.path(user).display().to_string();
        self.run(&["--format", "json", "--field-manager", "mlopsc", "--verify", "full", "--kubeconfig", &kubeconfig])
    }

    /// The roles, as kubectl takes them too.
    fn print(&self) -> Vec<Value> {
        let said = self.run(&["--print-rbac"]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        let file = self.path("roles.yaml");
        fs::write(&file, &said.stdout).expect("it is writable");
        let applied =
            self.cluster.kubectl(["apply", "--dry-run=server", "-o", "json", "-f", &file.display().to_string()]);
        assert_eq!(applied.code, 0, "{}", applied.stderr);
        let documents: Vec<Value> = serde_yaml::from_multiple(&said.stdout).expect("it is YAML");
        documents.into_iter().filter(|it| !it.is_null()).collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn log(cluster: &Cluster) -> String {
    fs::read_to_string(cluster.audit_log()).expect("the server writes a log")
}

/// What the server says that somebody asked for and may not have, but for roles and lists of Secrets, which nobody should
/// be given and which are asked for all the same.
fn refused(log: &str, who: &str) -> Vec<String> {
    let events = log.lines().map(|it| serde_json::from_str::<Value>(it).expect("a line of the log is JSON"));
    let asked: Vec<Value> = events.filter(|it| it["impersonatedUser"]["username"] == who).collect();
    assert!(!asked.is_empty(), "nothing is in the log");
    let is_of_roles = |it: &Value| it["objectRef"]["apiGroup"] == "rbac.authorization.k8s.io" && it["verb"] == "patch";
    let is_of_secrets = |it: &Value| it["objectRef"]["resource"] == "secrets" && it["verb"] == "list";
    let refused = asked.iter().filter(|it| it["responseStatus"]["code"] == 403);
    let refused = refused.filter(|it| !is_of_roles(it) && !is_of_secrets(it));
    refused.map(|it| format!("{} {}", it["verb"], it["requestURI"])).collect()
}

fn read(path: &Path) -> Value {
    serde_yaml::from_str(&fs::read_to_string(path).expect("it is readable")).expect("it is YAML")
}

fn bound(role: &Value, who: &str) -> Value {
    let kind = if role["kind"] == "ClusterRole" { "ClusterRoleBinding" } else { "RoleBinding" };
    json!({
        "apiVersion": role["apiVersion"], "kind": kind, "metadata": role["metadata"],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role["kind"], "name": role["metadata"]["name"]},
        "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": who}],
    })
}

/// Whether the server has anything that a rule is about.
fn is_served(cluster: &Cluster, rule: &Value) -> bool {
    let group = rule["apiGroups"][0].as_str().unwrap_or_default();
    let resources = rule["resources"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let versions: Vec<String> = cluster
        .versions()
        .into_iter()
        .filter(|it| it.split_once('/').map_or("", |(group, _)| group) == group)
        .collect();
    let served: Vec<String> = versions.iter().flat_map(|it| cluster.resources(it)).map(|it| it.plural).collect();
    resources.into_iter().any(|it| served.iter().any(|served| served == it))
}

/// What was said of objects, without what is said of roles, and without the plan, which tells what was not proven.
fn document(said: &Said) -> Value {
    let mut document: Value = serde_json::from_str(&said.stdout).unwrap_or_default();
    let environment = &mut document["environments"][0];
    environment["plan"] = Value::Null;
    if let Some(notes) = environment["notes"].as_array_mut() {
        notes.retain(|it| it.as_str().is_none_or(|it| !it.starts_with("orphaned Secrets are not looked for")));
    }
    if let Some(objects) = environment["objects"].as_array_mut() {
        for object in objects.iter_mut().filter(|it| NEVER_TRIED.iter().any(|kind| it["kind"] == *kind)) {
            object["reason"] = Value::Null;
        }
    }
    document
}

fn differing(said: &Said, full: &Said) -> String {
    let (one, other) = (format!("{:#}", document(said)), format!("{:#}", document(full)));
    let lines = one.lines().zip(other.lines()).filter(|(one, other)| one != other).take(6);
    let lines: String = lines.map(|(one, other)| format!("\n- {one}\n+ {other}")).collect();
    format!("exit {}: {}{lines}", said.code, said.stderr)
}
