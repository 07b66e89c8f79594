//! A cluster of the kubeconfig, asked with patience that ends.

use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use thiserror::Error;
use tokio::runtime::{Builder, Runtime};

use super::asking::{Asking, all};
use super::client::client;
use super::login::log_in;
use super::trust::Trust;
use super::turns::Turns;
use super::why;
use crate::diff::{Question, Reply, Server};

/// Which cluster, and how long it may take to answer.
#[derive(Clone, Debug)]
pub struct Access {
    /// The file; by default what `KUBECONFIG` names, or the one in the home folder.
    pub kubeconfig: Option<PathBuf>,
    /// By default the current one.
    pub context: Option<String>,
    pub patience: Duration,
}

/// A cluster that can be asked.
pub struct Cluster {
    /// The context that leads there.
    pub context: String,
    /// The namespace of objects that name none.
    pub namespace: String,
    asking: Asking,
    runtime: Runtime,
}

/// Why a cluster cannot be asked at all.
#[derive(Debug, Error)]
pub enum LiveError {
    #[error("the kubeconfig cannot be used: {0}")]
    Kubeconfig(String),
    #[error("no client for the cluster `{server}`: {why}")]
    Client { server: String, why: String },
    #[error("the cluster `{server}` cannot be reached: {why}")]
    Unreachable { server: String, why: String },
    #[error("the cluster `{server}` did not answer within {seconds} s")]
    TimedOut { server: String, seconds: u64 },
    #[error("the cluster `{server}` does not know who asks (401): {why}; log in again, or name another context")]
    Unauthorized { server: String, why: String },
    #[error("the cluster `{server}` failed ({status}): {why}")]
    Failed { server: String, status: u16, why: String },
    #[error("the cluster `{server}` sends us elsewhere, as no Kubernetes does")]
    Elsewhere { server: String },
    #[error("{0}")]
    GivenUp(String),
}

impl LiveError {
    /// Whether other questions may have answers all the same.
    pub(super) fn is_of_one_question(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::TimedOut { .. } | Self::GivenUp(_))
    }
}

impl Cluster {
    /// Why the cluster was asked no more at some point, where it was.
    #[must_use]
    pub fn given_up(&self) -> Option<String> {
        self.asking.trust.given_up()
    }
}

/// Finds the cluster and prepares to ask it. A program that makes tokens is run here.
///
/// # Errors
/// The kubeconfig, its context or its way to log in cannot be used, or takes too long.
pub fn connect(access: &Access) -> Result<Cluster, LiveError> {
    let (sender, receiver) = mpsc::channel();
    let (wanted, patience) = (access.clone(), access.patience * 2 + Duration::from_secs(5));
    // A file may be a pipe into which nobody ever writes.
    std::thread::spawn(move || drop(sender.send(prepare(&wanted))));
    receiver.recv_timeout(patience).unwrap_or_else(|_| {
        let why = format!("what it says could not be read within {} s", patience.as_secs());
        Err(LiveError::Kubeconfig(why))
    })
}

fn prepare(access: &Access) -> Result<Cluster, LiveError> {
    let refused = |it: KubeconfigError| LiveError::Kubeconfig(why::of_kubeconfig(&it));
    let kubeconfig = match &access.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let kubeconfig = kubeconfig.map_err(refused)?;
    let context = access.context.clone().or_else(|| kubeconfig.current_context.clone()).unwrap_or_default();
    if !kubeconfig.contexts.iter().any(|it| it.name == context) {
        let names = kubeconfig.contexts.iter().map(|it| it.name.as_str()).collect();
        return Err(LiveError::Kubeconfig(why::no_context(&context, names)));
    }
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|it| LiveError::Kubeconfig(it.to_string()))?;
    let options = KubeConfigOptions { context: access.context.clone(), ..KubeConfigOptions::default() };
    let config = runtime.block_on(Config::from_custom_kubeconfig(kubeconfig, &options));
    let mut config = config.map_err(refused)?;
    config.connect_timeout = Some(access.patience.min(Duration::from_secs(10)));
    config.read_timeout = Some(access.patience);
    // It would go on for minutes; ours is in `asking.rs`.
    config.default_retry = false;
    let server = config.cluster_url.host().unwrap_or_default().to_owned();
    let namespace = config.default_namespace.clone();
    let patience = access.patience.min(Duration::from_secs(10));
    let failed = |why: String| LiveError::Client { server: server.clone(), why };
    log_in(&mut config.auth_info, access.patience * 2).map_err(failed)?;
    let client = runtime.block_on(async { client(config, patience) });
    let client = client.map_err(|it| failed(why::of_client(it.as_ref())))?;
    let turns = runtime.block_on(async { Arc::new(Turns::new()) });
    let trust = Arc::new(Trust::new(access.patience));
    Ok(Cluster {
        context,
        namespace,
        asking: Asking { server, client, patience: access.patience, turns, trust },
        runtime,
    })
}

impl Server for Cluster {
    type Error = LiveError;

    fn ask(&mut self, questions: Vec<Question>) -> Result<Vec<Reply>, LiveError> {
        self.runtime.block_on(all(&self.asking, questions))
    }
}
