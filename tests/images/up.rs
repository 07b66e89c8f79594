//! A development environment that is up, and what must be true of each: whatever runs is healthy, every service of every
//! profile has run, secrets are files, and nothing is root, nor was anything that has ended.
//!
//! Beside `compose.yaml` stands a second file with what one machine without a registry, GPU and file server needs:
//! stand-ins for ready-made images, no devices, volumes of the engine in place of exports.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::docker::{Said, said, stand_in_of};
use super::project::{Project, contexts};
use super::scene::Scene;

/// A development environment that is up; it is down when this is dropped.
pub(super) struct Up<'s> {
    pub(super) scene: &'s Scene,
    project: &'s Project,
    override_file: PathBuf,
    /// What Compose understood of both files.
    model: Value,
}

/// They publish the same ports.
pub(super) static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The value of every secret of a development environment.
const SECRET: &str = "planted-secret-91c4";

impl<'s> Up<'s> {
    /// Writes the secrets' files and the second file.
    pub(super) fn prepare(scene: &'s Scene, example: &str) -> Self {
        let project = scene.built(example);
        let mut up = Self { scene, project, override_file: project.folder.join("override.yaml"), model: Value::Null };
        fs::write(&up.override_file, "{}").expect("the folder is writable");
        let model = up.config();
        for file in model["secrets"].as_object().into_iter().flatten().filter_map(|(_, it)| it["file"].as_str()) {
            let file = PathBuf::from(file);
            fs::create_dir_all(file.parent().expect("it is in a folder")).expect("the folder is writable");
            fs::write(file, SECRET).expect("the folder is writable");
        }
        fs::write(&up.override_file, second_file(scene, project, &model)).expect("the folder is writable");
        up.model = up.config();
        // What has no name in a registry is built by Compose alone.
        let services = up.model["services"].as_object().expect("there are services");
        let nameless: Vec<&str> =
            services.iter().filter(|(_, it)| it.get("image").is_none()).map(|(name, _)| name.as_str()).collect();
        if !nameless.is_empty() {
            up.compose(&[&["build"][..], &nameless].concat()).ok();
        }
        up
    }

    fn config(&self) -> Value {
        let text = self.compose(&["--profile=*", "config", "--format=json"]).ok();
        serde_json::from_str(&text).unwrap_or_else(|it| panic!("{it}: {text}"))
    }

    pub(super) fn compose(&self, arguments: &[&str]) -> Said {
        let mut compose = self.scene.engine.command(["compose", "--progress=plain", "--file"]);
        compose.arg(self.project.deploy().join("compose.yaml")).arg("--file").arg(&self.override_file);
        compose.envs([("SECRET_DATABASE_USERNAME", "reader"), ("PARAM_MEASURE_STUDY", "1.2.3"), ("PIP_TOKEN", "")]);
        said(compose.args(arguments).current_dir(&self.project.folder))
    }

    /// Brings up services, or all that run without being asked, and waits until they are healthy.
    #[track_caller]
    pub(super) fn up(&self, services: &[&str]) {
        let up = ["up", "--detach", "--wait", "--wait-timeout=120", "--no-build"];
        let up = self.compose(&[&up[..], services].concat());
        assert!(up.is_ok(), "{}\n{}", up.all, self.compose(&["logs"]).all);
    }

    /// Runs a stage to its end, after those that it waits for; what it said.
    #[track_caller]
    pub(super) fn run(&self, profile: &str, service: &str) -> String {
        let profile = format!("--profile={profile}");
        let started = self.compose(&[&profile, "up", "--detach", "--no-build", service]);
        let log = || self.compose(&[&profile, "logs"]).all;
        assert!(started.is_ok(), "{}\n{}", started.all, log());
        let id = self.compose(&[&profile, "ps", "--all", "--quiet", service]).ok();
        let start = Instant::now();
        let state = loop {
            let state = self.scene.engine.inspect("container", id.trim())["State"].clone();
            if state["Status"] == "exited" {
                break state;
            }
            assert!(start.elapsed() < Duration::from_mins(2), "{service} does not end: {state}\n{}", log());
            std::thread::sleep(Duration::from_millis(200));
        };
        assert_eq!(state["ExitCode"], 0, "{service}: {}", log());
        self.compose(&[&profile, "logs", "--no-log-prefix", service]).ok()
    }

    #[track_caller]
    pub(super) fn exec(&self, service: &str, program: &[&str]) -> Said {
        self.compose(&[&["exec", "--no-TTY", service][..], program].concat())
    }

    /// Runs a program where a service is: in its container, or once more in one that is made like it.
    #[track_caller]
    pub(super) fn inside(&self, service: &str, program: &[&str]) -> Said {
        if self.running().iter().any(|it| it == service) {
            return self.exec(service, program);
        }
        let entrypoint = format!("--entrypoint={}", program[0]);
        let run = ["--profile=*", "run", "--rm", "--no-deps", "--no-TTY", &entrypoint, service];
        self.compose(&[&run[..], &program[1..]].concat())
    }

    /// What a service without its own way to say so answers to who connects to it by name.
    #[track_caller]
    pub(super) fn reaches(&self, service: &str, host: &str, port: u16) {
        let script = format!("import socket; socket.create_connection(('{host}', {port}), 5)");
        self.exec(service, &["python3", "-c", &script]).ok();
    }

    /// Asks a service for a page, from where it is, until there is one.
    #[track_caller]
    pub(super) fn answers(&self, service: &str, page: &str) {
        let script = format!("import urllib.request as r; print(r.urlopen('{page}', timeout=5).status)");
        let start = Instant::now();
        loop {
            let said = self.exec(service, &["python", "-c", &script]);
            if said.is_ok() {
                return assert_eq!(said.stdout.trim(), "200", "{service}: {page}");
            }
            assert!(start.elapsed() < Duration::from_mins(1), "{service} does not answer: {}", said.all);
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// A name of a volume, as the engine knows it.
    pub(super) fn volume(&self, data: &str) -> &str {
        self.model["volumes"][data]["name"].as_str().unwrap_or_else(|| panic!("{data} is no volume"))
    }

    /// The job that removes what is too old removes that, and nothing else.
    #[track_caller]
    pub(super) fn purges(&self, data: &str) {
        let volume = format!("--volume={}:/there:nocopy", self.volume(data));
        let image = stand_in_of("busybox").image();
        let change = |script: &str| {
            let run =
                ["run", "--rm", "--network=none", "--user=0:0", "--entrypoint=sh", &volume, &image, "-ec", script];
            self.scene.engine.run(run).ok()
        };
        change("touch -d '2001-02-03 04:05:06' /there/old && touch /there/new");
        let service = format!("purge-{data}");
        let said = self.run(&format!("job-{service}"), &service);
        assert!(said.trim().ends_with("/old") && said.lines().count() == 1, "{service}: {said}");
        assert_eq!(change("cd /there && ls -d old new || true").trim(), "new", "{service}");
    }

    /// The services that run now.
    pub(super) fn running(&self) -> Vec<String> {
        self.compose(&["ps", "--services"]).ok().lines().map(str::to_owned).collect()
    }

    /// Every container that Compose has made, of every profile, also one that has ended: by the service that it is of.
    fn containers(&self) -> BTreeMap<String, Value> {
        let ids = self.compose(&["--profile=*", "ps", "--all", "--quiet"]).ok();
        let containers = ids.lines().map(|it| self.scene.engine.inspect("container", it.trim()));
        let service = |it: &Value| it["Config"]["Labels"]["com.docker.compose.service"].as_str().map(str::to_owned);
        containers.map(|it| (service(&it).expect("it is of Compose"), it)).collect()
    }

    /// Every service has run, also those that only a profile starts. What runs is healthy as far as it has a check, and
    /// what has ended has succeeded. Nothing is or was root, can or could write its root or become more.
    #[track_caller]
    pub(super) fn is_sound(&self) {
        let containers = self.containers();
        for (service, _) in self.model["services"].as_object().into_iter().flatten() {
            assert!(containers.contains_key(service), "{service} has no container: {:?}", containers.keys());
        }
        for (service, container) in &containers {
            let state = &container["State"];
            if state["Running"] == true && self.model["services"][service]["healthcheck"].is_object() {
                assert_eq!(state["Health"]["Status"], "healthy", "{service}");
            }
            assert!(state["Running"] == true || state["ExitCode"] == 0, "{service}: {state}");
            is_restricted(service, container);
            self.is_nobody_special(service, state["Running"] == true);
        }
    }

    /// What the kernel says of a program; of one that has ended, what it says of another in the same place.
    #[track_caller]
    fn is_nobody_special(&self, service: &str, runs: bool) {
        let process = if runs { "/proc/1/status" } else { "/proc/self/status" };
        let status = self.inside(service, &["cat", process]).ok();
        let field = |name: &str| status.lines().find_map(|it| it.strip_prefix(name)).unwrap_or_default().to_owned();
        for ids in [field("Uid:"), field("Gid:")] {
            let is_other = |it: &str| it.parse::<u32>().is_ok_and(|it| it > 0);
            assert!(!ids.is_empty() && ids.split_whitespace().all(is_other), "{service} is root: {status}");
        }
        assert!(!field("Groups:").split_whitespace().any(|it| it == "0"), "{service} is in root's group: {status}");
        assert_eq!(field("CapEff:").trim(), "0000000000000000", "{service}");
        assert_eq!(field("NoNewPrivs:").trim(), "1", "{service}");
        let touched = self.inside(service, &["touch", "/written"]);
        assert_ne!(touched.code, 0, "{service} writes its root");
        assert!(touched.all.contains("/written") && touched.all.contains("Read-only file system"), "{}", touched.all);
    }

    /// Secrets are files that whoever needs them can read, and in nobody's environment; who needs any, in the order of
    /// the alphabet.
    #[track_caller]
    pub(super) fn secrets_arrive(&self) -> Vec<&str> {
        let services = self.model["services"].as_object().into_iter().flatten();
        let needs = services.filter_map(|(name, it)| Some((name.as_str(), it["secrets"].as_array()?)));
        let mut needs: Vec<_> = needs.filter(|(_, secrets)| !secrets.is_empty()).collect();
        needs.sort_by_key(|(service, _)| *service);
        for (service, secrets) in &needs {
            for target in secrets.iter().map(|it| it["target"].as_str().expect("a path")) {
                assert_eq!(self.inside(service, &["cat", target]).ok(), SECRET, "{service}: {target}");
            }
            let variables = self.inside(service, &["env"]).ok();
            assert!(!variables.contains(SECRET), "{service} has a secret in its environment");
        }
        needs.into_iter().map(|(service, _)| service).collect()
    }
}

/// What the engine was told about a container.
#[track_caller]
fn is_restricted(service: &str, container: &Value) {
    let user = container["Config"]["User"].as_str().unwrap_or_default();
    let uid = user.split(':').next().unwrap_or_default();
    assert!(uid.parse::<u32>().is_ok_and(|it| it > 0), "{service} is started as `{user}`");
    let host = &container["HostConfig"];
    assert_eq!(host["Privileged"], false, "{service}");
    assert_eq!(host["CapDrop"], json!(["ALL"]), "{service}");
    assert_eq!(host["CapAdd"], Value::Null, "{service}");
    assert_eq!(host["SecurityOpt"], json!(["no-new-privileges:true"]), "{service}");
    assert_eq!(host["ReadonlyRootfs"], true, "{service}");
}

impl Drop for Up<'_> {
    fn drop(&mut self) {
        self.compose(&["--profile=*", "down", "--volumes", "--rmi=local", "--timeout=5", "--remove-orphans"]);
    }
}

/// What takes the place of what one machine of the tests does not have.
fn second_file(scene: &Scene, project: &Project, model: &Value) -> String {
    let ours: Vec<String> = project.images().into_values().collect();
    let mut text = String::from("services:\n");
    for (name, service) in model["services"].as_object().expect("there are services") {
        text.push_str(&format!("  {name}:\n    pull_policy: never\n"));
        let Some(image) = service["image"].as_str() else {
            text.push_str("    build:\n      additional_contexts:\n");
            let folder = Path::new(service["build"]["context"].as_str().expect("it is built"));
            for (image, stand_in) in contexts(scene, &folder.join("Dockerfile")) {
                text.push_str(&format!("        {image:?}: {stand_in:?}\n"));
            }
            continue;
        };
        let variant = ours.iter().find(|it| image != **it && image.split(':').next() == it.split(':').next());
        if let Some(built) = variant {
            text.push_str(&format!("    image: {built}\n"));
        } else if !ours.iter().any(|it| it == image) {
            let it = stand_in_of(image);
            scene.engine.have(it).unwrap_or_else(|it| panic!("{}", it.reason));
            text.push_str(&format!("    image: {}\n", it.image()));
        }
        if service["deploy"]["resources"]["reservations"].is_object() {
            text.push_str("    deploy:\n      resources:\n        reservations: !reset null\n");
        }
    }
    let far: Vec<&String> = model["volumes"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, it)| it["driver_opts"].is_object())
        .map(|(name, _)| name)
        .collect();
    if !far.is_empty() {
        text.push_str("volumes:\n");
    }
    for name in far {
        text.push_str(&format!("  {name}:\n    driver_opts: !reset null\n"));
    }
    text
}
