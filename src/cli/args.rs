//! What the command line takes.

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};

use crate::diff::PLAN_DIGITS;

/// Compiles one mlops.toml into everything that a medical-imaging AI project needs to run.
#[derive(Debug, Parser)]
#[command(name = "mlopsc", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(
    after_help = "Exit codes: 0 nothing to report, 1 findings or differences, 2 the spec or the command line is \
    wrong, 3 the world failed (disk, files in the way, cluster, registry), 101 a bug of mlopsc."
)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,

    /// The spec. By default mlops.toml in this folder or the nearest one above.
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,

    /// An environment of the spec; may be given several times. By default all of them.
    #[arg(short, long, global = true, value_name = "NAME")]
    pub(super) env: Vec<String>,

    /// Changes a value of the spec, such as services.api.replicas=3; may be given several times.
    #[arg(long, global = true, value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,

    /// The day that counts as today for what expires, such as 2026-12-31. It never changes what is written.
    #[arg(long, global = true, value_name = "DAY")]
    pub(super) as_of: Option<jiff::civil::Date>,

    /// How diagnostics are written. All but terminal go to the standard output.
    #[arg(long, global = true, value_enum, default_value_t = Format::Terminal)]
    pub(super) format: Format,

    /// Whether to use colour.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub(super) color: Colour,

    /// Says only what is wrong.
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,

    /// Says more: the assumptions with their lines, the files that are written.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(super) verbose: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Terminal,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub workflows.
    Github,
    /// A comment on a pull request, of `diff` alone.
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Makes a first mlops.toml: a small project, or a proposal for the code that is here.
    Init(Init),
    /// Finds everything that is wrong with the spec, and writes nothing.
    #[command(alias = "validate")]
    Check(Check),
    /// Writes the files of every environment.
    Compile(Compile),
    /// Shows what would change in the cluster, what that would cause, and why. Changes nothing.
    Diff(Diff),
    /// Explains a code, a rule, a value of the spec, or a field of an emitted file.
    Explain(Explain),
    /// Writes the digests of images to mlops.lock, so that their tags can move without any effect here.
    Lock(Lock),
    /// Lists every image that the project uses, for mirroring.
    Images,
    /// Prints the JSON Schema of the language, for editors, or of what a command prints, for programs.
    Schema(Schema),
    /// Prints completions for a shell.
    Completions(Completions),
}

#[derive(Debug, clap::Args)]
pub(super) struct Init {
    /// The folder of the project.
    #[arg(default_value = ".", value_name = "FOLDER")]
    pub(super) folder: PathBuf,

    /// The project's name. By default the folder's.
    #[arg(long)]
    pub(super) name: Option<String>,

    /// Prints what would be written.
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Check {}

#[derive(Debug, clap::Args)]
pub(super) struct Compile {
    /// Where the files go: a folder inside the project.
    #[arg(short, long, value_name = "FOLDER")]
    pub(super) out: Option<PathBuf>,

    /// Writes nothing, and fails with a diff when the files are not what the spec says.
    #[arg(long)]
    pub(super) check: bool,

    /// Makes the files of one target only; may be given several times. Needs --stdout, because a folder is always whole.
    #[arg(long, value_name = "TARGET", requires = "stdout")]
    pub(super) only: Vec<String>,

    /// Prints the files instead of writing them.
    #[arg(long, conflicts_with = "check")]
    pub(super) stdout: bool,

    /// Writes over files that were made by mlopsc and edited by hand since.
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 no difference, 1 differences or risks, 2 the spec, a manifest or the command line is wrong, 3 the \
    cluster cannot be asked or could not say. Only requests that read, and dry runs, are sent."
)]
pub(super) struct Diff {
    /// The context of the kubeconfig. By default the environment's `kube-context`, then the current one.
    #[arg(long, value_name = "NAME", conflicts_with = "live")]
    pub(super) context: Option<String>,

    /// The kubeconfig. By default what KUBECONFIG names, or ~/.kube/config.
    #[arg(long, value_name = "FILE", conflicts_with = "live")]
    pub(super) kubeconfig: Option<PathBuf>,

    /// Compares these manifests (a folder, a file of YAML or JSON, or `-`) instead of compiling the spec. What is made of
    /// them before they are applied, by kustomize or Helm, is not done here: give what those print, as `-`. In a folder,
    /// files without any object are passed over; what is no object beside objects is a mistake.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["env", "file", "set"])]
    pub(super) desired: Option<PathBuf>,

    /// Compares with these objects (a folder, a dump of YAML or JSON, or `-`) instead of asking a cluster. What was removed
    /// from the spec is seen in what `kubectl get -o yaml --show-managed-fields` prints, which says who set which field.
    #[arg(long, value_name = "PATH")]
    pub(super) live: Option<PathBuf>,

    /// Compares with the same files as they were in a revision of git (a commit, a branch, a tag) instead of asking a
    /// cluster: the project, compiled with the same options, or the folder of --desired.
    #[arg(long, value_name = "REVISION", conflicts_with_all = ["live", "context", "kubeconfig", "field_manager"])]
    pub(super) base: Option<String>,

    /// Shows both sides beside each other, as wide as the terminal.
    #[arg(short = 'y', long)]
    pub(super) side_by_side: bool,

    /// Prints the roles that a diff of these objects needs, for `kubectl apply -f -`, and asks nobody.
    #[arg(long, conflicts_with_all = ["live", "base", "context", "kubeconfig", "field_manager"])]
    pub(super) print_rbac: bool,

    /// Who applies here, as the server knows them. By default what [gitops] says, then who applied most of what is
    /// there, or kubectl.
    #[arg(long, value_name = "NAME", conflicts_with = "live")]
    pub(super) field_manager: Option<String>,

    /// Which objects the server is asked about: those that are not proven unchanged by what it notes of who set which
    /// field (a webhook could change even these), or all of them.
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = Verified::Doubtful, conflicts_with = "live")]
    pub(super) verify: Verified,

    /// Fails (1) unless the plan is this one, which an earlier run printed: neither what is wanted nor what is there of it
    /// has moved since. With it, changes alone are no failure; what cannot be applied, or could not be said, is.
    #[arg(long, value_name = "PLAN", value_parser = plan, conflicts_with_all = ["live", "base", "print_rbac"])]
    pub(super) expect: Option<String>,

    /// How many seconds the cluster may take for one answer, and half of what a program that logs in may take. A run asks
    /// in several rounds, and some questions again: with a cluster that never answers it ends after about three times this
    /// (after this at once where the first question is lost).
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(super) timeout: u64,
}

/// A plan as a diff prints it.
fn plan(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.len() == PLAN_DIGITS && text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f')) {
        return Ok(text.to_owned());
    }
    Err(format!("a plan has {PLAN_DIGITS} digits and letters from a to f, as the last line of a diff prints it"))
}

/// Which objects a server is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Verified {
    Doubtful,
    Full,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without --built and --promote it looks at every image that the environments fetch (of the project's \
    mirror, where it has one), and writes what their tags stand for now. The login of a registry is that of `docker \
    login`. Only requests that read are sent. Exit codes: 0 all is locked, 1 with --check the file is not what it should \
    be, 2 the spec, a file or the command line is wrong, 3 some image could not be had: the others are locked, and it \
    keeps the digest that it had."
)]
pub(super) struct Lock {
    /// Writes nothing, and fails when a tag has moved, an image has no digest, no image uses one any more, or one of the
    /// project's own was built from other files than these.
    #[arg(long, conflicts_with_all = ["built", "promote"])]
    pub(super) check: bool,

    /// Takes images from here and asks no registry: a folder or an archive of the Open Container Initiative, what
    /// `docker save` writes, or another mlops.lock; may be given several times. NAME= says what is in an archive that
    /// does not.
    #[arg(long, value_name = "[NAME=]PATH", conflicts_with_all = ["built", "promote"])]
    pub(super) from: Vec<String>,

    /// Writes down the digests of the project's own images for the environment of --env, from what
    /// `docker buildx bake --push --metadata-file FILE` says; that they were pushed is believed. Files that are
    /// newer than FILE are named: a build may have had others. After a fresh checkout that is all of them.
    #[arg(long, value_name = "FILE", conflicts_with = "promote")]
    pub(super) built: Option<PathBuf>,

    /// Gives the digests of this environment's own images to the environment of --to, where they are the same images.
    #[arg(long, value_name = "NAME", requires = "to", conflicts_with = "env")]
    pub(super) promote: Option<String>,

    /// The environment that gets the digests of --promote.
    #[arg(long, value_name = "NAME", requires = "promote")]
    pub(super) to: Option<String>,

    /// Certificates (PEM) to trust beside those of the system.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "built", "promote"])]
    pub(super) ca: Option<PathBuf>,

    /// A registry that is asked without TLS, as one on this machine always is; may be given several times.
    #[arg(long, value_name = "HOST", conflicts_with_all = ["from", "built", "promote"])]
    pub(super) plain_http: Vec<String>,

    /// How many seconds a registry may take for an answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(super) timeout: u64,
}

#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// A code (no-lock-file), a rule (read-only-root), a path of the spec (services.api.replicas), or an emitted file
    /// and a JSON pointer into it (deploy/prod/kubernetes/api.deployment.yaml:/spec/replicas).
    #[arg(value_name = "WHAT")]
    pub(super) what: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct Schema {
    /// What it is the schema of.
    #[arg(long, value_enum, default_value_t = SchemaOf::Spec, value_name = "WHAT")]
    pub(super) of: SchemaOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    /// An mlops.toml.
    Spec,
    /// What `diff --format json` prints.
    Diff,
}

#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}
