//! `mlopsc diff` says of every object what the API server's own dry run, or its real apply, says.
//!
//! Objects of the examples, and real ones of others, are applied in each of the ways in which people apply; then some of
//! what is there and some of what is wanted is changed at random, and every verdict and every field is compared with
//! the server's. `MLOPSC_TRUTH_SECONDS` says how long (by default a minute), `MLOPSC_TRUTH_SEED` where to begin.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test ends at the first surprise")]

#[path = "truth/beside.rs"]
mod beside;
#[path = "cluster/case.rs"]
#[allow(dead_code, reason = "the tests of clusters use all of it")]
mod case;
#[path = "truth/client.rs"]
mod client;
#[path = "support/cluster.rs"]
mod cluster;
#[path = "truth/definitions.rs"]
mod definitions;
#[path = "truth/deleted.rs"]
mod deleted;
#[path = "truth/edits.rs"]
mod edits;
#[path = "truth/faults.rs"]
mod faults;
#[path = "truth/fixed.rs"]
mod fixed;
#[path = "truth/objects.rs"]
mod objects;
#[path = "truth/oracle.rs"]
mod oracle;
#[allow(dead_code, unreachable_pub, reason = "each suite uses a part of it")]
#[path = "support/project.rs"]
mod project;
#[path = "truth/readers.rs"]
mod readers;
#[path = "truth/reviewer.rs"]
mod reviewer;
#[path = "truth/rounds.rs"]
mod rounds;

use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, Instant};

use cluster::{Cluster, Missing, OrNotRun, Parts, Reach};
use edits::Random;
use serde_json::Value;

use cluster::harness::tests;
use rounds::{Applied, Round, Tally};

tests!(what_was_applied_is_proven_unchanged, every_verdict_and_field_is_the_servers);

fn main() {
    cluster::harness::run(&[
        TESTS,
        beside::TESTS,
        client::TESTS,
        definitions::TESTS,
        deleted::TESTS,
        faults::TESTS,
        readers::TESTS,
        reviewer::TESTS,
    ]);
}

/// One API server for all, each test in namespaces of its own. That of somebody else is left alone.
fn cluster_of_all() -> Result<&'static Cluster, Missing> {
    static CLUSTER: LazyLock<Result<Cluster, Missing>> = LazyLock::new(|| {
        let cluster = Cluster::start(Parts::Api, Reach::Test)?;
        let reason = || "a cluster of others is not changed at random".to_owned();
        if cluster.is_foreign { Err(Missing { reason: reason() }) } else { Ok(cluster) }
    });
    CLUSTER.as_ref().map_err(Clone::clone)
}

fn pool(cluster: &Cluster) -> &'static [Value] {
    static POOL: OnceLock<Vec<Value>> = OnceLock::new();
    POOL.get_or_init(|| objects::pool(cluster))
}

/// Whoever applied it: next to nothing has to be asked when nothing changed.
fn what_was_applied_is_proven_unchanged() {
    let Some(cluster) = cluster_of_all().or_not_run("the proof of no change") else { return };
    for (number, applied) in (1_000_000..).zip([Applied::Kubectl, Applied::Argo, Applied::ClientSide, Applied::Ours]) {
        let (proven, all) = Round { number, applied }.untouched(cluster, pool(cluster));
        eprintln!("{applied:?}: {proven} of {all} objects proven unchanged without a dry run");
        assert!(proven * 100 >= all * 90, "{applied:?}: {proven} of {all}");
    }
}

fn every_verdict_and_field_is_the_servers() {
    let Some(cluster) = cluster_of_all().or_not_run("the truth of diffs") else { return };
    let number = |name: &str, default: u64| {
        std::env::var(name)
            .map_or(default, |it| it.parse().unwrap_or_else(|_| panic!("{name}={it}: a number is wanted")))
    };
    let (seconds, seed) = (number("MLOPSC_TRUTH_SECONDS", 60), number("MLOPSC_TRUTH_SEED", 1));
    let pool = pool(cluster);
    let (start, mut tally) = (Instant::now(), Tally::default());
    for number in seed.. {
        let ways = Applied::ALL;
        let round = Round { number, applied: ways[usize::try_from(number).unwrap() % ways.len()] };
        round.run(cluster, pool, &mut Random::new(number), &mut tally);
        let all_ways = number >= seed + u64::try_from(ways.len()).unwrap() - 1;
        if all_ways && start.elapsed() > Duration::from_secs(seconds) {
            break;
        }
    }
    eprintln!("{tally} in {:.0} s", start.elapsed().as_secs_f64());
    let asked = faults::only_questions_were_asked(cluster);
    assert!(asked > 100, "the log of the server has {asked} questions");
    eprintln!("{asked} requests, each a read or a dry run");
    assert!(
        tally.wrong.is_empty(),
        "{} wrong:\n{}",
        tally.wrong.len(),
        tally.wrong[..tally.wrong.len().min(5)].join("\n\n")
    );
}
