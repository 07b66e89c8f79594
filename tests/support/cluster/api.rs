//! What tests ask of a cluster: requests to its API, by path or by object, and kubectl.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::control::Cluster;
use super::guard::Guard;
use super::http::{Reply, Request, send};

/// What a program said.
#[derive(Clone, Debug)]
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A kind of objects, as the API server describes it.
#[derive(Clone, Debug)]
pub struct Resource {
    pub kind: String,
    /// With a `/` for a part of it, such as `pods/log`.
    pub plural: String,
    pub namespaced: bool,
    pub verbs: Vec<String>,
}

const JSON: &str = "application/json";

impl Cluster {
    /// Runs kubectl with the cluster's kubeconfig.
    pub fn kubectl(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Said {
        let mut command = self.guard.command(&self.kubectl);
        command.arg(self.kubeconfig_option("kubeconfig")).args(arguments).env("HOME", self.folder());
        let output = command.output().unwrap_or_else(|it| panic!("{command:?}: {it}"));
        Said::from(output)
    }

    /// Runs a program where it reaches the cluster.
    pub fn program(&self, program: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Said {
        let mut command = self.guard.command(program);
        command.args(arguments).env("HOME", self.folder()).env("NO_COLOR", "1");
        Said::from(command.output().unwrap_or_else(|it| panic!("{command:?}: {it}")))
    }

    /// Runs a script of people who have kubectl, but without its pauses.
    pub fn script(&self, script: &Path, variables: &[(String, String)]) -> Said {
        let programs = self.folder().join("bin");
        let path = std::env::join_paths([programs.as_path(), Path::new("/usr/bin"), Path::new("/bin")]);
        let mut command = self.guard.command(Path::new("/bin/sh"));
        command.arg(script).arg(self.kubeconfig_option("kubeconfig"));
        command.env("PATH", path.expect("the folder has no colon")).env("HOME", self.folder());
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        if !programs.exists() {
            fs::create_dir(&programs).expect("the folder is writable");
            // On a played node no program runs that could write results.
            let real = self.kubectl.display();
            let kubectl = format!(
                "case \"$*\" in\n*.terminated.message*) printf %s \"$PLAYED_RESULTS\" ;;\n*) exec '{real}' \"$@\" ;;\nesac\n"
            );
            for (name, text) in [("kubectl", kubectl.as_str()), ("sleep", "exec /bin/sleep 0.3\n")] {
                let program = programs.join(name);
                fs::write(&program, format!("#!/bin/sh\n{text}")).expect("the folder is writable");
                fs::set_permissions(&program, Permissions::from_mode(0o755)).expect("it is ours");
            }
        }
        Said::from(command.output().unwrap_or_else(|it| panic!("{command:?}: {it}")))
    }

    /// The network interfaces that the programs of the cluster have, where they are kept apart.
    pub fn interfaces(&self) -> Option<Vec<String>> {
        let Guard::Namespaces { .. } = &self.guard else { return None };
        let output = self.guard.command(Path::new("/bin/cat")).arg("/proc/thread-self/net/dev").output();
        let text = Said::from(output.expect("the guard starts programs")).stdout;
        let names = text.lines().filter_map(|it| Some(it.split_once(':')?.0.trim().to_owned()));
        Some(names.collect())
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Reply {
        self.request("GET", path, JSON, "")
    }

    /// As [`get`](Self::get) while nobody may be listening yet.
    pub(super) fn try_get(&self, path: &str) -> Option<Reply> {
        send(&self.socket, Request { method: "GET", path, content_type: JSON, headers: &[], body: "" }).ok()
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.request("POST", path, JSON, &body.to_string())
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Reply {
        self.request("DELETE", path, JSON, "")
    }

    /// Changes fields of what is at `path`.
    #[track_caller]
    pub fn merge(&self, path: &str, patch: &Value) -> Reply {
        self.request("PATCH", path, "application/merge-patch+json", &patch.to_string())
    }

    /// A patch of any form, with whatever the path asks for.
    #[track_caller]
    pub fn patch(&self, path: &str, content_type: &str, body: &Value) -> Reply {
        self.request("PATCH", path, content_type, &body.to_string())
    }

    /// As somebody else.
    #[track_caller]
    pub fn post_as(&self, user: &str, path: &str, body: &Value) -> Reply {
        let (headers, body) = ([format!("Impersonate-User: {user}")], body.to_string());
        let request = Request { method: "POST", path, content_type: JSON, headers: &headers, body: &body };
        send(&self.socket, request).unwrap_or_else(|it| panic!("POST {path}: {it}"))
    }

    #[track_caller]
    fn request(&self, method: &str, path: &str, content_type: &str, body: &str) -> Reply {
        let request = Request { method, path, content_type, headers: &[], body };
        send(&self.socket, request).unwrap_or_else(|it| panic!("{method} {path}: {it}"))
    }

    /// Server-side apply of one object with strict validation of its fields.
    #[track_caller]
    pub fn apply(&self, object: &Value) -> Reply {
        let path = format!("{}?fieldManager=mlopsc&fieldValidation=Strict", self.path_of(object));
        self.request("PATCH", &path, "application/apply-patch+yaml", &object.to_string())
    }

    /// Makes an object that must be accepted.
    #[track_caller]
    pub fn create(&self, object: &Value) -> Value {
        let path = self.path_of(object);
        let (folder, _) = path.rsplit_once('/').expect("a path of an object has a name");
        self.post(folder, object).ok()
    }

    /// The path of an object in the API.
    #[track_caller]
    pub fn path_of(&self, object: &Value) -> String {
        let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        let (version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
        let resource = self.resources(&version).into_iter().find(|it| it.kind == kind && !it.plural.contains('/'));
        let resource = resource.unwrap_or_else(|| panic!("the cluster has no {version} {kind}"));
        let namespace = text(&object["metadata"]["namespace"]);
        let name = text(&object["metadata"]["name"]);
        let namespace = resource.namespaced.then_some(namespace.as_str());
        format!("{}/{name}", plural_path(&version, namespace, &resource.plural))
    }

    /// What a version of a group has, such as `apps/v1`.
    pub fn resources(&self, version: &str) -> Vec<Resource> {
        let mut known = self.resources.lock().expect("no test panics here");
        if let Some(known) = known.get(version) {
            return known.clone();
        }
        let reply = self.get(&root(version));
        let listed = reply.body["resources"].as_array().cloned().unwrap_or_default();
        let found: Vec<Resource> = listed.iter().map(resource).collect();
        if reply.is_ok() {
            known.insert(version.to_owned(), found.clone());
        }
        found
    }

    /// The versions of all groups that the server prefers, `v1` first.
    pub fn versions(&self) -> Vec<String> {
        let groups = self.get("/apis").ok();
        let groups = groups["groups"].as_array().cloned().unwrap_or_default();
        let preferred = groups.iter().filter_map(|it| it["preferredVersion"]["groupVersion"].as_str());
        std::iter::once("v1").chain(preferred).map(str::to_owned).collect()
    }

    /// Waits until a question has an answer; the test fails with the last complaint when it has none in time.
    #[track_caller]
    pub fn eventually<T>(&self, what: &str, seconds: u64, mut ask: impl FnMut() -> Result<T, String>) -> T {
        let start = Instant::now();
        loop {
            match ask() {
                Ok(answer) => return answer,
                Err(complaint) if start.elapsed() > Duration::from_secs(seconds) => {
                    panic!("{what}: not after {seconds} s: {complaint}")
                }
                Err(_) => self.must_be_running(),
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// The items of a list.
    #[track_caller]
    pub fn list(&self, path: &str) -> Vec<Value> {
        let Value::Object(mut list) = self.get(path).ok() else { return Vec::new() };
        match list.remove("items") {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        }
    }
}

/// The path of all objects of a kind, in one namespace or everywhere.
pub fn plural_path(version: &str, namespace: Option<&str>, plural: &str) -> String {
    let namespace = namespace.map(|it| format!("namespaces/{it}/")).unwrap_or_default();
    format!("{}/{namespace}{plural}", root(version))
}

fn root(version: &str) -> String {
    if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") }
}

fn resource(it: &Value) -> Resource {
    let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
    let verbs = it["verbs"].as_array().cloned().unwrap_or_default();
    Resource {
        kind: text("kind"),
        plural: text("name"),
        namespaced: it["namespaced"].as_bool().unwrap_or_default(),
        verbs: verbs.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Said {
    /// Fails the test unless the program succeeded and warned of nothing.
    #[track_caller]
    pub fn ok(self) -> Self {
        let warns = self.stderr.lines().any(|it| it.starts_with("Warning:"));
        assert!(self.code == 0 && !warns, "{}: {}{}", self.code, self.stdout, self.stderr);
        self
    }
}
