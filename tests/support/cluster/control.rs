//! Starts the control plane: etcd, the API server, the controllers, the scheduler and, when asked, played nodes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::guard::{Guard, Reach};
use super::missing::Missing;
use super::programs::{self, Programs};

/// How much of a cluster is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// Nothing changes what is stored but who asks: an API server without controllers.
    Api,
    /// Controllers and a scheduler too.
    Control,
}

/// A cluster; it ends when this is dropped, and with the test in any case.
#[derive(Debug)]
pub struct Cluster {
    pub(super) kubectl: PathBuf,
    kubeconfig: PathBuf,
    /// The API, for who can open a file.
    pub(super) socket: PathBuf,
    running: Mutex<BTreeMap<&'static str, Child>>,
    pub(super) guard: Guard,
    /// Whether it was there before, with controllers and things of others in it.
    pub is_foreign: bool,
    pub(super) resources: Mutex<BTreeMap<String, Vec<super::api::Resource>>>,
}

const TOKEN: &str = "the-token-of-the-tests";

/// How long anything may take to start.
const PATIENCE: Duration = Duration::from_secs(90);

impl Cluster {
    /// Starts one, or takes the one that `MLOPSC_TEST_KUBECONFIG` names.
    pub fn start(parts: Parts, reach: Reach) -> Result<Self, Missing> {
        if let Some(kubeconfig) = programs::running() {
            return Self::adopt(kubeconfig);
        }
        let programs = programs::programs()?;
        let guard = Guard::new(reach);
        let folder = guard.folder().to_owned();
        let [etcd, peer, api] = free_ports();
        let kubeconfig = folder.join("kubeconfig");
        fs::write(&kubeconfig, kubeconfig_for(&folder, api)).expect("the folder is writable");
        let cluster = Self::around(guard, programs.kubectl.clone(), kubeconfig, false);
        cluster.start_etcd(&programs, etcd, peer);
        cluster.start_apiserver(&programs, etcd, api);
        // Clients need the certificate that the server makes for itself.
        cluster.until("the API server has a certificate", || folder.join(KEY).exists());
        cluster.await_api();
        if parts == Parts::Control {
            cluster.start_controllers(&programs)?;
        }
        Ok(cluster)
    }

    fn adopt(kubeconfig: PathBuf) -> Result<Self, Missing> {
        let kubectl = programs::kubectl()?;
        let cluster = Self::around(Guard::pipes(), kubectl, kubeconfig, true);
        cluster.await_api();
        Ok(cluster)
    }

    fn around(guard: Guard, kubectl: PathBuf, kubeconfig: PathBuf, is_foreign: bool) -> Self {
        let socket = guard.folder().join("api");
        let (running, resources) = (Mutex::default(), Mutex::default());
        Self { kubectl, kubeconfig, socket, running, guard, is_foreign, resources }
    }

    /// Builds what plays nodes, for who wants to know before anything else.
    pub fn can_play_nodes() -> Result<(), Missing> {
        programs::kwok().map(drop)
    }

    /// Plays every node that there is or will be: pods on them run, are ready, and end if they are of a Job.
    pub fn play_nodes(&self) -> Result<(), Missing> {
        let program = programs::kwok()?;
        let arguments = ["--manage-all-nodes", "--node-lease-duration-seconds=40"];
        let mut kwok = self.guard.lasting(&program);
        kwok.args(arguments).arg(self.kubeconfig_option("kubeconfig"));
        self.launch("kwok", kwok);
        Ok(())
    }

    /// The file of an audit log that names every request, without bodies.
    pub fn audit_log(&self) -> PathBuf {
        self.folder().join("audit.log")
    }

    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    pub fn folder(&self) -> &Path {
        self.guard.folder()
    }

    fn start_etcd(&self, programs: &Programs, client: u16, peer: u16) {
        let mut etcd = self.guard.lasting(&programs.etcd);
        let [client, peer] = [client, peer].map(|it| format!("http://127.0.0.1:{it}"));
        etcd.arg(format!("--data-dir={}", self.folder().join("etcd").display()));
        etcd.args(["--unsafe-no-fsync", "--log-level=warn"]);
        etcd.args([format!("--listen-client-urls={client}"), format!("--advertise-client-urls={client}")]);
        etcd.args([format!("--listen-peer-urls={peer}"), format!("--initial-advertise-peer-urls={peer}")]);
        etcd.arg(format!("--initial-cluster=default={peer}"));
        self.launch("etcd", etcd);
    }

    fn start_apiserver(&self, programs: &Programs, etcd: u16, port: u16) {
        let folder = self.folder();
        fs::write(folder.join("tokens.csv"), format!("{TOKEN},tester,tester,system:masters\n"))
            .expect("it is writable");
        fs::write(folder.join("audit.yaml"), AUDIT).expect("the folder is writable");
        let mut server = self.guard.lasting(&programs.apiserver);
        let file = |option: &str, name: &str| format!("--{option}={}", folder.join(name).display());
        server.args([format!("--etcd-servers=http://127.0.0.1:{etcd}"), format!("--secure-port={port}")]);
        server.args(["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--authorization-mode=RBAC"]);
        server.args(["--service-cluster-ip-range=10.0.0.0/16", "--endpoint-reconciler-type=none"]);
        // It makes a key for itself, which is good enough for tokens that nobody uses.
        server.args([file("cert-dir", "keys"), file("token-auth-file", "tokens.csv")]);
        server.arg("--service-account-issuer=https://kubernetes.default.svc");
        server.args(["service-account-key-file", "service-account-signing-key-file"].map(|it| file(it, KEY)));
        server.args([file("audit-policy-file", "audit.yaml"), file("audit-log-path", "audit.log")]);
        server.arg("--enable-priority-and-fairness=false");
        self.launch("kube-apiserver", server);
    }

    fn start_controllers(&self, programs: &Programs) -> Result<(), Missing> {
        let key = self.folder().join(KEY);
        let mut controllers = self.guard.lasting(programs.controllers.as_ref().map_err(Clone::clone)?);
        let identity = ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"];
        controllers.args(identity.map(|it| self.kubeconfig_option(it)));
        controllers.arg(format!("--service-account-private-key-file={}", key.display()));
        controllers.args(["--use-service-account-credentials=true", "--leader-elect=false", "--secure-port=0"]);
        // Tests are in a hurry, and nodes that nobody plays yet are there all the same.
        controllers.args(["--pvclaimbinder-sync-period=1s", "--horizontal-pod-autoscaler-sync-period=1s"]);
        controllers.args(["--node-monitor-grace-period=1h", "--resource-quota-sync-period=2s"]);
        self.launch("kube-controller-manager", controllers);
        let mut scheduler = self.guard.lasting(programs.scheduler.as_ref().map_err(Clone::clone)?);
        scheduler.args(identity.map(|it| self.kubeconfig_option(it)));
        scheduler.args(["--leader-elect=false", "--secure-port=0"]);
        self.launch("kube-scheduler", scheduler);
        Ok(())
    }

    /// Opens the socket, and waits until what is behind it is ready.
    fn await_api(&self) {
        let mut proxy = self.guard.lasting(&self.kubectl);
        proxy.args(["proxy", "--reject-paths=^$"]).arg(self.kubeconfig_option("kubeconfig"));
        proxy.arg(format!("--unix-socket={}", self.socket.display()));
        self.launch("kubectl", proxy);
        self.until("the API server is ready", || self.try_get("/readyz").is_some_and(|it| it.is_ok()));
    }

    #[track_caller]
    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let start = Instant::now();
        while !is_so() {
            self.must_be_running();
            assert!(start.elapsed() < PATIENCE, "not in time: {what}\n{}", self.last_words("kube-apiserver"));
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(super) fn kubeconfig_option(&self, name: &str) -> String {
        format!("--{name}={}", self.kubeconfig.display())
    }

    fn launch(&self, name: &'static str, mut command: Command) {
        let log = File::create(self.log(name)).expect("the folder is writable");
        command.stdout(log.try_clone().expect("a file can be shared")).stderr(log);
        command.env("HOME", self.folder());
        let child = command.spawn().unwrap_or_else(|it| panic!("{command:?}: {it}"));
        self.running.lock().expect("no test panics here").insert(name, child);
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder().join(format!("{name}.log"))
    }

    fn last_words(&self, name: &str) -> String {
        let text = fs::read_to_string(self.log(name)).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    #[track_caller]
    pub(super) fn must_be_running(&self) {
        let mut running = self.running.lock().expect("no test panics here");
        for (name, child) in running.iter_mut() {
            let end = child.try_wait().expect("a child can be asked");
            assert!(end.is_none(), "{name} ended, {end:?}:\n{}", self.last_words(name));
        }
    }
}

/// The API server makes it, in its folder for certificates.
const KEY: &str = "keys/apiserver.key";

const AUDIT: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
";

fn kubeconfig_for(folder: &Path, port: u16) -> String {
    let authority = folder.join("keys/apiserver.crt");
    format!(
        "\
apiVersion: v1
kind: Config
current-context: tests
contexts:
- name: tests
  context: {{ cluster: tests, user: tester }}
clusters:
- name: tests
  cluster:
    server: https://127.0.0.1:{port}
    certificate-authority: {}
users:
- name: tester
  user:
    token: {TOKEN}
",
        authority.display()
    )
}

/// All of them stay taken until the last is found.
fn free_ports<const N: usize>() -> [u16; N] {
    let listeners: [TcpListener; N] =
        std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").expect("there are free ports"));
    listeners.map(|it| it.local_addr().expect("it is bound").port())
}
