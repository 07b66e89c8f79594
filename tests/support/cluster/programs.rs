//! Where the programs of a cluster come from.
//!
//! In this order: a cluster that runs already, whose kubeconfig `MLOPSC_TEST_KUBECONFIG` names (never the default
//! context of whoever runs the tests); a folder of programs in `KUBEBUILDER_ASSETS`, as `setup-envtest` makes it; the Go
//! modules in `tests/cluster`, built once into `target/cluster`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::kit::{Kit, Site, ready};
use super::missing::Missing;

pub(super) const KUBECONFIG: &str = "MLOPSC_TEST_KUBECONFIG";
const ASSETS: &str = "KUBEBUILDER_ASSETS";

/// The programs of a control plane, and its client.
#[derive(Debug)]
pub(super) struct Programs {
    pub(super) etcd: PathBuf,
    pub(super) apiserver: PathBuf,
    pub(super) kubectl: PathBuf,
    /// `setup-envtest` brings none.
    pub(super) controllers: Result<PathBuf, Missing>,
    pub(super) scheduler: Result<PathBuf, Missing>,
}

/// The kubeconfig of a cluster that runs already.
pub(super) fn running() -> Option<PathBuf> {
    env::var_os(KUBECONFIG).filter(|it| !it.is_empty()).map(PathBuf::from)
}

pub(super) fn programs() -> Result<Programs, Missing> {
    match env::var_os(ASSETS).filter(|it| !it.is_empty()) {
        Some(folder) => from_folder(Path::new(&folder)),
        None => from_folder(&control_plane()?),
    }
}

/// A client, for a cluster that is there without its programs.
pub(super) fn kubectl() -> Result<PathBuf, Missing> {
    on_path("kubectl").map_or_else(|| Ok(programs()?.kubectl), Ok)
}

/// The program that plays nodes.
pub(super) fn kwok() -> Result<PathBuf, Missing> {
    if let Some(program) = env::var_os(ASSETS).map(|it| PathBuf::from(it).join("kwok")).filter(|it| it.is_file()) {
        return Ok(program);
    }
    let install = |site: &Site| site.go_build("kwok", "sigs.k8s.io/kwok/cmd/kwok", &[]);
    let kit = Kit { group: "cluster", name: "kwok", sources: sources("kwok"), program: "kwok", install };
    Ok(ready(&kit)?.join("kwok"))
}

/// The program that keeps the others together; see `tests/cluster/guard`.
pub(super) fn guard() -> Result<PathBuf, Missing> {
    let install = |site: &Site| site.go_build("guard", ".", &[]);
    let kit = Kit { group: "cluster", name: "guard", sources: sources("guard"), program: "guard", install };
    Ok(ready(&kit)?.join("guard"))
}

/// One binary, which is each program that it is called by.
fn control_plane() -> Result<PathBuf, Missing> {
    ready(&Kit { group: "cluster", name: "go", sources: sources("go"), program: "kubectl", install: build })
}

const NAMES: [&str; 5] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"];

fn build(site: &Site) -> Result<(), String> {
    let version = version(&site.sources)?;
    let (major, minor) = version.trim_start_matches('v').split_once('.').unwrap_or_default();
    let minor = minor.split('.').next().unwrap_or_default();
    // A server without a version is one that clients refuse.
    let variable = |name: &str| format!("k8s.io/component-base/version.{name}");
    let [full, first, second] = ["gitVersion", "gitMajor", "gitMinor"].map(variable);
    site.go_build("cluster", ".", &[(&full, &version), (&first, major), (&second, minor)])?;
    NAMES.iter().try_for_each(|name| {
        std::os::unix::fs::symlink("cluster", site.folder.join(name)).map_err(|it| format!("{name}: {it}"))
    })
}

/// The version of Kubernetes that the module pins.
fn version(module: &Path) -> Result<String, String> {
    let text = fs::read_to_string(module.join("go.mod")).map_err(|it| it.to_string())?;
    let found = text.lines().find_map(|it| it.trim().strip_prefix("k8s.io/kubernetes "));
    found.map(str::to_owned).ok_or_else(|| "go.mod does not name k8s.io/kubernetes".to_owned())
}

fn from_folder(folder: &Path) -> Result<Programs, Missing> {
    let program = |name: &str| {
        let path = folder.join(name);
        let reason = format!("there is no {name} in {}", folder.display());
        if path.is_file() { Ok(path) } else { Err(Missing { reason }) }
    };
    Ok(Programs {
        etcd: program("etcd")?,
        apiserver: program("kube-apiserver")?,
        kubectl: program("kubectl")?,
        controllers: program("kube-controller-manager"),
        scheduler: program("kube-scheduler"),
    })
}

fn sources(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster").join(name)
}

fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|it| it.join(name)).find(|it| it.is_file())
}
