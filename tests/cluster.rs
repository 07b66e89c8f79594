//! Every example in every environment on a real Kubernetes cluster: what is emitted is taken, lives, grants and connects
//! what the spec says.
//!
//! The clusters are started by the tests and end with them. Without one the tests say that they did not run, and with
//! `CI=true` that is a failure.

#[path = "cluster/apply.rs"]
mod apply;
#[path = "cluster/case.rs"]
mod case;
#[path = "support/cluster.rs"]
mod cluster;
#[path = "cluster/diff.rs"]
mod diff;
#[path = "cluster/flows.rs"]
mod flows;
#[path = "cluster/life.rs"]
mod life;
#[path = "cluster/mutants.rs"]
mod mutants;
#[path = "cluster/nodes.rs"]
mod nodes;
#[path = "cluster/permission.rs"]
mod permission;
#[path = "cluster/pipeline.rs"]
mod pipeline;
#[path = "cluster/policy.rs"]
mod policy;
#[path = "cluster/policy_cases.rs"]
mod policy_cases;
#[allow(dead_code, unreachable_pub, reason = "each suite uses a part of it")]
#[path = "support/project.rs"]
mod project;
#[path = "cluster/reach.rs"]
mod reach;
#[path = "cluster/rights.rs"]
mod rights;

use std::sync::{LazyLock, Mutex, PoisonError};

use case::{Case, cases};
use cluster::harness::trial;
use cluster::{Cluster, Missing, OrNotRun, Parts, Reach};
use libtest_mimic::{Arguments, Failed, Trial};

type Check = fn(Case, &Cluster) -> Result<(), Failed>;
type Shared = LazyLock<Result<Cluster, Missing>>;

/// Where nothing but the test changes anything; one for each way of applying, because each begins with nothing.
static KUSTOMIZED: Shared = LazyLock::new(|| Cluster::start(Parts::Api, Reach::Test));
static CLIENT_SIDE: Shared = LazyLock::new(|| Cluster::start(Parts::Api, Reach::Test));
static DIFFED: Shared = LazyLock::new(|| Cluster::start(Parts::Api, Reach::Test));
static DIFFED_CLIENT_SIDE: Shared = LazyLock::new(|| Cluster::start(Parts::Api, Reach::Test));
static RIGHTS: Shared = LazyLock::new(|| Cluster::start(Parts::Api, Reach::Test));
static ONE_BY_ONE: Shared = LazyLock::new(|| Cluster::start(Parts::Api, Reach::Test));

/// Examples have one namespace each, and in a cluster of others all ways of applying meet in it.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn main() {
    let mut arguments = Arguments::from_args();
    // They wait for controllers more than they compute.
    arguments.test_threads.get_or_insert(std::thread::available_parallelism().map_or(2, usize::from) * 2);
    let mut trials: Vec<Trial> = policy_cases::trials().collect();
    for case in cases() {
        trials.push(trial(format!("{}: life", case.name()), move || life::lives(case)));
        let mut add = |what: &str, cluster: &'static Shared, check: Check| {
            let name = format!("{}: {what}", case.name());
            trials.push(trial(name.clone(), move || run(case, &name, cluster, check)));
        };
        add("applied by kustomize", &KUSTOMIZED, apply::kustomized);
        add("applied from the client's side", &CLIENT_SIDE, apply::client_side);
        add("applied one by one", &ONE_BY_ONE, apply::one_by_one);
        add("diff after a server-side apply", &DIFFED, diff::server_side);
        add("diff after a client-side apply", &DIFFED_CLIENT_SIDE, diff::client_side);
        add("roles", &ONE_BY_ONE, permission::roles);
        // Each right is taken away and given back, which takes long; these have every kind, and the fewest.
        if ["reading-room/site-a", "minimal/default"].contains(&case.name().as_str()) {
            add("rights of a diff", &RIGHTS, rights::suffice);
        }
        add("service accounts", &ONE_BY_ONE, permission::service_accounts);
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn run(case: Case, name: &str, cluster: &Shared, check: Check) -> Result<(), Failed> {
    let Some(cluster) = cluster.as_ref().map_err(Clone::clone).or_not_run(name) else { return Ok(()) };
    let _turn = cluster.is_foreign.then(|| ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner));
    let result = check(case, cluster);
    if cluster.is_foreign {
        case.remove(cluster);
    }
    result
}
