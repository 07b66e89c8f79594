//! A cluster for people: starts one with a project applied, and prints the kubeconfig to export, until Ctrl-C.
//!
//! `cargo run --example cluster -- examples/mri-classifier [ENVIRONMENT]`. Its nodes are played, so pods run and end
//! without a container; everything else is what a cluster has. Without an environment the last one that has Kubernetes
//! is taken.

#[path = "case.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod case;
#[path = "../support/cluster.rs"]
mod cluster;
#[path = "nodes.rs"]
mod nodes;
#[allow(dead_code, unreachable_pub, reason = "the tests use all of it")]
#[path = "../support/project.rs"]
mod project;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use case::{Case, cases_of};
use cluster::{Cluster, Missing, Parts, Reach};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((folder, environment)) = arguments.split_first() else {
        return failed("a folder with an mlops.toml is needed, such as examples/mri-classifier");
    };
    if !Path::new(folder).join("mlops.toml").is_file() {
        return failed(&format!("there is no mlops.toml in {folder}"));
    }
    let cases = cases_of(Path::new(folder), folder);
    let wanted = |it: &&Case| environment.first().is_none_or(|name| it.environment_name() == name);
    let Some(case) = cases.iter().rfind(wanted) else {
        return failed("there is no such environment with Kubernetes");
    };
    match start(*case) {
        Ok(cluster) => hold(*case, &cluster),
        Err(missing) => failed(&missing.reason),
    }
}

fn start(case: Case) -> Result<Cluster, Missing> {
    Cluster::can_play_nodes()?;
    let cluster = Cluster::start(Parts::Control, Reach::Machine)?;
    if !cluster.is_foreign {
        nodes::make(case, &cluster);
        cluster.play_nodes()?;
    }
    for object in case.objects(&cluster) {
        let reply = cluster.apply(&object.node.to_json());
        if !reply.is_ok() {
            say(&case.refusal(object, &reply));
        }
        if object.kind() == "Namespace" && object.name() == case.namespace() && !cluster.is_foreign {
            nodes::make_what_others_bring(case, &cluster);
        }
    }
    Ok(cluster)
}

/// Volumes are made as claims come; the rest is up to whoever asked for the cluster.
fn hold(case: Case, cluster: &Cluster) -> ! {
    let (name, namespace) = (case.name(), case.namespace());
    say(&format!(
        "{name} is applied in the namespace {namespace}. Until Ctrl-C:\n\n  export KUBECONFIG={}\n",
        cluster.kubeconfig().display()
    ));
    loop {
        if !cluster.is_foreign {
            nodes::provide(case, cluster);
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn failed(why: &str) -> ExitCode {
    say(why);
    ExitCode::FAILURE
}

fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
