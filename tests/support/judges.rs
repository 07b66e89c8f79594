//! Independent programs that read what the compiler wrote, and say what they object to.
//!
//! Each function hands many files to one process, because most of these programs start slowly.
//! They come through pip, go and cargo, at the versions pinned in `tests/judges`; `setup` installs them
//! once into the target folder. A program that cannot be had is [`Missing`], which is never the same
//! as satisfied: see [`OrNotRun`]. A program that breaks fails the test. What the findings mean is
//! for the calling test to say.

#![allow(clippy::panic, reason = "a judge that cannot be understood ends the test")]
#![allow(dead_code, unused_imports, reason = "every test binary uses some of the judges, none uses them all")]

#[path = "judges/call.rs"]
mod call;
#[path = "harness.rs"]
pub(crate) mod harness;
#[path = "kit.rs"]
pub(crate) mod kit;
#[path = "missing.rs"]
mod missing;
#[path = "judges/output.rs"]
mod output;
#[path = "judges/setup.rs"]
mod setup;
#[path = "judges/verdict.rs"]
mod verdict;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use call::Tool;
pub(crate) use missing::{Missing, OrNotRun};
pub(crate) use verdict::{Finding, Judged, Reading, findings};

/// Which of its rules checkov applies.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Framework {
    Dockerfile,
    Kubernetes,
}

/// All judges; each is set up when it is first asked for.
pub(crate) struct Judges {
    python: LazyLock<Judged<Tool>>,
    go: LazyLock<Judged<Tool>>,
    droast: LazyLock<Judged<Tool>>,
    kube_score: LazyLock<Judged<Tool>>,
}

pub(crate) fn judges() -> &'static Judges {
    static JUDGES: Judges = Judges {
        python: LazyLock::new(setup::python),
        go: LazyLock::new(setup::go),
        droast: LazyLock::new(setup::droast),
        kube_score: LazyLock::new(setup::kube_score),
    };
    &JUDGES
}

/// Dockerfiles.
impl Judges {
    /// All rules of hadolint; a file cannot excuse itself by a comment.
    pub(crate) fn hadolint(&self, files: &[impl AsRef<Path>]) -> Judged<Vec<Finding>> {
        let options = ["--format=json", "--no-fail", "--disable-ignore-pragma"];
        let run = self.python()?.call("bin/hadolint").args(options).args(absolute(files));
        Ok(output::hadolint(&run.finish(&[0])))
    }

    /// The warnings and errors of droast, which reads the ignore file beside each Dockerfile, too.
    pub(crate) fn droast(&self, files: &[impl AsRef<Path>]) -> Judged<Vec<Finding>> {
        let options = ["--format=json", "--no-fail", "--min-severity=warning"];
        let tool = self.droast.as_ref().map_err(Clone::clone)?;
        Ok(output::droast(&tool.call("bin/droast").args(options).args(absolute(files)).finish(&[0])))
    }

    /// The checks of `docker build --check`, with the ignore file beside each Dockerfile.
    pub(crate) fn buildkit(&self, files: &[impl AsRef<Path>]) -> Judged<Vec<Finding>> {
        Ok(findings(self.read("dockerfile", files)?))
    }
}

/// Compose files, Kubernetes manifests and Kustomize folders.
impl Judges {
    /// What `docker compose config` says without any variable set; the document is the project.
    pub(crate) fn compose(&self, files: &[impl AsRef<Path>]) -> Judged<Vec<Reading>> {
        self.read("compose", files)
    }

    /// The documents of each file as kubectl understands them.
    pub(crate) fn kubectl_yaml(&self, files: &[impl AsRef<Path>]) -> Judged<Vec<Reading>> {
        self.read("yaml", files)
    }

    /// What `kubectl kustomize` makes of each folder; the documents are the objects.
    pub(crate) fn kustomize(&self, folders: &[impl AsRef<Path>]) -> Judged<Vec<Reading>> {
        self.read("kustomize", folders)
    }

    /// Strict validation against the schemas of each version, such as `1.34`. Kinds that the schemas
    /// do not know are findings of the rule `unknown-kind`, with apiVersion and kind as the subject.
    pub(crate) fn kubernetes(&self, versions: &[&str], files: &[impl AsRef<Path>]) -> Judged<Vec<Finding>> {
        let read = self.go()?.call("judges").args(["yaml"]).lines(files).finish(&[0]);
        let script = setup::source("validate.py");
        let run = self.python()?.call("bin/python").args([script]).args(versions);
        Ok(findings(output::readings(&run.input(&read.stdout).finish(&[0]))))
    }

    /// The failed and the skipped checks of checkov; each folder is a cluster of its own.
    pub(crate) fn checkov(&self, framework: Framework, folders: &[impl AsRef<Path>]) -> Judged<Vec<Finding>> {
        let name = match framework {
            Framework::Dockerfile => "dockerfile",
            Framework::Kubernetes => "kubernetes",
        };
        let script = setup::source("scan.py");
        let run = self.python()?.call("bin/python").args([script]).args([name]).lines(folders);
        Ok(findings(output::readings(&run.finish(&[0]))))
    }

    /// The default checks of kube-score that are not met; the files are one cluster.
    pub(crate) fn kube_score(&self, files: &[impl AsRef<Path>]) -> Judged<Vec<Finding>> {
        let options = [
            "score",
            "--output-format=json",
            "--kubernetes-version=v1.34",
            "--disable-ignore-checks-annotations",
            "--disable-optional-checks-annotations",
        ];
        let tool = self.kube_score.as_ref().map_err(Clone::clone)?;
        let run = tool.call("kube-score").args(options).args(absolute(files));
        Ok(output::kube_score(&run.finish(&[0, 1])))
    }
}

/// Files of formats that have a JSON Schema.
impl Judges {
    /// Checks YAML or JSON files against a schema that check-jsonschema carries, such as
    /// `github-workflows`, `gitlab-ci` or `compose-spec`.
    pub(crate) fn vendor_schema(&self, schema: &str, files: &[impl AsRef<Path>]) -> Judged<Vec<Finding>> {
        let run = self.python()?.call("bin/check-jsonschema").args(["--output-format=json"]);
        let run = run.args([format!("--builtin-schema=vendor.{schema}")]);
        // GitLab has tags of its own, which no schema can speak of.
        let transform = (schema == "gitlab-ci").then_some("--data-transform=gitlab-ci");
        let run = run.args(transform).args(absolute(files));
        Ok(output::check_jsonschema(&run.finish(&[0, 1])))
    }

    /// The strict schema of CycloneDX, and whether the references of a bill of materials lead somewhere.
    pub(crate) fn cyclonedx(&self, files: &[impl AsRef<Path>]) -> Judged<Vec<Finding>> {
        let run = self.python()?.call("bin/python").args([setup::source("bom.py")]).lines(files);
        Ok(findings(output::readings(&run.finish(&[0]))))
    }

    /// What an editor with the Tombi language server underlines in TOML files of this schema.
    pub(crate) fn tombi_lint(&self, schema: &Path, files: &[impl AsRef<Path>]) -> Judged<Vec<Finding>> {
        let schema = schema_path(schema);
        let config = format!("[[schemas]]\npath = '{schema}'\ninclude = ['**/*.toml']\n");
        let options = ["lint", "--offline", "--diagnostics-format=json", "--diagnostics-file=/dev/stdout"];
        let run = self.python()?.call("bin/tombi").file("tombi.toml", &config);
        Ok(output::tombi(&run.args(options).args(absolute(files)).finish(&[0, 1])))
    }

    /// What an editor with the Taplo language server underlines in TOML files of this schema.
    pub(crate) fn taplo_check(&self, schema: &Path, files: &[impl AsRef<Path>]) -> Judged<Vec<Finding>> {
        let schema = format!("--schema=file://{}", schema_path(schema));
        let options = ["check", "--no-auto-config", "--colors=never", &schema];
        let run = self.python()?.call("bin/taplo").args(options).args(absolute(files));
        Ok(output::taplo(&run.finish(&[0, 1])))
    }
}

impl Judges {
    fn python(&self) -> Judged<&Tool> {
        self.python.as_ref().map_err(Clone::clone)
    }

    fn go(&self) -> Judged<&Tool> {
        self.go.as_ref().map_err(Clone::clone)
    }

    fn read(&self, judge: &str, paths: &[impl AsRef<Path>]) -> Judged<Vec<Reading>> {
        let run = self.go()?.call("judges").args([judge]).lines(paths);
        Ok(output::readings(&run.finish(&[0])))
    }
}

/// Judges run in a folder of their own, and a judge that is given nothing approves of everything.
fn absolute(paths: &[impl AsRef<Path>]) -> Vec<PathBuf> {
    assert!(!paths.is_empty(), "nothing to judge");
    let absolute = |path: &_| std::path::absolute(path).expect("the working directory is known");
    paths.iter().map(|path| absolute(path.as_ref())).collect()
}

/// Without its schema an editor underlines nothing.
fn schema_path(schema: &Path) -> String {
    assert!(schema.is_file(), "no schema at {}", schema.display());
    absolute(&[schema])[0].display().to_string()
}
