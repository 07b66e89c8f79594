//! Starts and ends the daemon.
//!
//! In this order: the engine whose address `MLOPSC_TEST_DOCKER` holds, as one would give it to `DOCKER_HOST`, never the
//! one that somebody's shell happens to use; dockerd from Debian's packages. In an engine of somebody else only images,
//! containers and volumes with the tests' own prefix are made, and all of them are removed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use super::client::{Said, said};
use super::guard::{Guard, claim};
use super::missing::Missing;
use super::{roots, stand_ins};

/// An engine; it ends when this is dropped, and with the test in any case.
#[derive(Debug)]
pub struct Engine {
    pub(super) host: String,
    pub(super) client: PathBuf,
    /// Where the plugins of the client are, of an engine of the tests' own.
    pub(super) config: Option<PathBuf>,
    /// Which stand-ins are there already.
    pub(super) stand_ins: Mutex<Vec<&'static str>>,
    /// Whether it was there before, with images and containers of others in it.
    pub(super) is_foreign: bool,
    daemon: Option<Child>,
    guard: Option<Guard>,
    claim: File,
}

/// The address of an engine that runs already.
const ADDRESS: &str = "MLOPSC_TEST_DOCKER";

/// How long the daemon may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where the daemon is, seen from its containers, and where it and they ask for names.
pub(super) const GATEWAY: &str = "172.17.0.1";

/// Of all that the tests make in an engine.
pub(super) const PREFIX: &str = "mlopsc-test";

impl Engine {
    /// Starts one, or takes the one of the environment.
    pub fn start() -> Result<Self, Missing> {
        match std::env::var(ADDRESS) {
            Ok(host) if !host.is_empty() => Self::adopt(host),
            _ => Self::own(),
        }
    }

    fn adopt(host: String) -> Result<Self, Missing> {
        let guard = Guard::pipes();
        let claim = claim(guard.folder());
        let (client, config) = (PathBuf::from("docker"), None);
        let (daemon, stand_ins) = (None, Mutex::default());
        let engine = Self { host, client, config, stand_ins, is_foreign: true, daemon, guard: Some(guard), claim };
        engine.answers().then_some(engine).ok_or_else(|| Missing { reason: format!("{ADDRESS} does not answer") })
    }

    fn own() -> Result<Self, Missing> {
        let root = roots::engine()?;
        let guard = Guard::strict()?;
        let folder = guard.folder().to_owned();
        let claim = claim(&folder);
        sweep_groups();
        let config = client_config(&folder, &root);
        fs::create_dir_all(folder.join("etc/certs.d")).expect("the folder is writable");
        fs::write(folder.join("etc/resolv.conf"), format!("nameserver {GATEWAY}\n")).expect("the folder is writable");
        fs::write(folder.join("daemon.json"), settings(&folder)).expect("the folder is writable");
        put_runtime(&folder.join("bin"));
        let log = File::create(folder.join("daemon.log")).expect("the folder is writable");
        let mut daemon = inside(guard.lasting(Path::new("unshare")), &root, &folder);
        daemon.arg("dockerd").arg("--config-file").arg(folder.join("daemon.json"));
        let daemon = daemon.stdout(log.try_clone().expect("a file has two names")).stderr(log).spawn();
        let daemon = daemon.unwrap_or_else(|it| panic!("unshare: {it}"));
        let engine = Self {
            host: format!("unix://{}", folder.join("docker.sock").display()),
            client: root.join("usr/bin/docker"),
            config: Some(config),
            stand_ins: Mutex::default(),
            is_foreign: false,
            daemon: Some(daemon),
            guard: Some(guard),
            claim,
        };
        if engine.answers() {
            return Ok(engine);
        }
        let log = fs::read_to_string(folder.join("daemon.log")).unwrap_or_default();
        let tail = log.lines().rev().take(5).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n");
        Err(Missing { reason: format!("dockerd does not start here:\n{tail}") })
    }

    /// A folder that the daemon sees under the same path, and that is gone when the engine is.
    pub fn folder(&self) -> &Path {
        self.guard.as_ref().expect("it holds until the end").folder()
    }

    /// Whether the tests have started it; of one that was there before, neither network nor runtime nor end is known.
    pub fn is_ours(&self) -> Result<(), Missing> {
        let reason = || "the engine was there before, and may reach and run what it likes".to_owned();
        if self.is_foreign { Err(Missing { reason: reason() }) } else { Ok(()) }
    }

    /// A builder of before BuildKit, beside the containers: on the network that they are on, where nothing else is.
    pub fn buildah(&self, arguments: &[&str]) -> Result<Said, Missing> {
        self.is_ours()?;
        let root = roots::classic()?;
        let guard = self.guard.as_ref().expect("it holds until the end");
        let mut buildah = inside(guard.command(Path::new("unshare")), &root, self.folder());
        let storage = self.folder().join("buildah").display().to_string();
        buildah.args(["buildah", "--root", &storage, "--runroot=/run/buildah", "--storage-driver=overlay"]);
        Ok(said(buildah.args(arguments)))
    }

    fn answers(&self) -> bool {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if self.run(["version", "--format={{.Server.Version}}"]).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        false
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.is_foreign {
            stand_ins::remove_all(self);
        }
        // Ends everything inside: mounts and networks go with the namespaces, control groups do not.
        drop(self.guard.take());
        if let Some(daemon) = &mut self.daemon {
            let _ = daemon.wait();
        }
        remove_group(&group());
    }
}

/// `unshare`, which will run a program in a folder of Debian's packages.
fn inside(mut unshare: Command, root: &Path, folder: &Path) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images/inside.sh");
    unshare.args(["--mount", "sh"]).arg(script).arg(root).arg(folder);
    let path = format!("{}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", folder.join("bin").display());
    unshare.env_clear().env("PATH", path);
    unshare
}

/// What engines run in place of runc, so that builds can be elsewhere.
fn put_runtime(folder: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images/elsewhere");
    fs::create_dir_all(folder).expect("the folder is writable");
    for file in ["runc", "elsewhere.jq"] {
        fs::copy(source.join(file), folder.join(file)).expect("the folder is writable");
    }
}

/// The client finds its plugins in its own folder of settings.
fn client_config(folder: &Path, root: &Path) -> PathBuf {
    let config = folder.join("client");
    fs::create_dir_all(&config).expect("the folder is writable");
    std::os::unix::fs::symlink(root.join("usr/libexec/docker/cli-plugins"), config.join("cli-plugins"))
        .expect("the folder is writable");
    config
}

fn settings(folder: &Path) -> String {
    // Without the right to change limits, a container cannot get higher ones than its daemon.
    let limit = |name: &str| json!({"Name": name, "Hard": 4096, "Soft": 4096});
    json!({
        "data-root": folder.join("data"),
        "exec-root": "/run/docker",
        "pidfile": "/run/docker.pid",
        "bip": format!("{GATEWAY}/16"),
        "cgroup-parent": format!("/{}", group()),
        "hosts": [format!("unix://{}", folder.join("docker.sock").display())],
        "features": {"containerd-snapshotter": true},
        // Where a disk is rather full, it would throw away what the next build asks for.
        "builder": {"gc": {"enabled": false}},
        "default-ulimits": {"nofile": limit("nofile"), "nproc": limit("nproc")},
    })
    .to_string()
}

/// The control group of all containers, named after the process that ends them.
fn group() -> String {
    format!("{PREFIX}-{}", std::process::id())
}

/// Removes the groups that tests which were killed have left behind.
fn sweep_groups() {
    static ONCE: LazyLock<()> = LazyLock::new(|| {
        for group in controllers().iter().flat_map(|it| fs::read_dir(it).into_iter().flatten().flatten()) {
            let name = group.file_name().to_string_lossy().into_owned();
            let process = name.strip_prefix(PREFIX).and_then(|it| it.strip_prefix('-'));
            if process.is_some_and(|it| !Path::new("/proc").join(it).exists()) {
                remove_group(&name);
            }
        }
    });
    LazyLock::force(&ONCE);
}

fn remove_group(name: &str) {
    for controller in controllers() {
        remove_empty(&controller.join(name));
    }
}

/// Only folders can be removed there, the innermost first; one with processes stays.
fn remove_empty(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().filter(|it| it.path().is_dir()) {
        remove_empty(&entry.path());
    }
    let _ = fs::remove_dir(folder);
}

/// Where groups are: of the first version one hierarchy a controller, of the second one for all.
fn controllers() -> Vec<PathBuf> {
    let root = Path::new("/sys/fs/cgroup");
    let below = fs::read_dir(root).into_iter().flatten().flatten().map(|it| it.path());
    let is_hierarchy = |it: &PathBuf| it.join("cgroup.procs").exists();
    [root.to_owned()].into_iter().chain(below).filter(is_hierarchy).collect()
}
