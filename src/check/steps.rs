//! Steps of a build: what they may not do, and where they would leave nothing.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::spec::Language;

pub(super) static CHECK: Check = Check { codes: &[&STEP_NEEDS_NETWORK, &STEP_WITHOUT_EFFECT], run };

static STEP_NEEDS_NETWORK: Code = Code {
    id: "step-needs-network",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a step in `run` that fetches something: packages, files, a repository.

### Why it matters
Steps run without a network, so it would fail. And it should: what it fetches is pinned by no lock file, comes from no
mirror, and may be another thing at the next build.

### Example
```toml
[images.viewer]
run = [\"pip install dcmtk\", \"curl -O https://example.org/model.onnx\"]
```

### Use instead
`system-packages` for packages of the distribution, the lock file for those of the language, a dataset or a file of the
repository for everything else.
",
};

static STEP_WITHOUT_EFFECT: Code = Code {
    id: "step-without-effect",
    severity: Severity::Error,
    explain: "\
### What it does
Reports `run` in an image of Java, which the project's own wrapper builds.

### Why it matters
Only the jar that the wrapper makes gets into the image: what a step leaves would be lost.

### Use instead
A step of the Maven or Gradle build.
",
};

/// Programs that fetch, the verbs with which they do (all, where there are none), and what to use instead.
const FETCHING: &[(&[&str], &[&str], &str)] = &[
    (&["apt-get", "apt", "apk", "dnf", "yum", "microdnf", "zypper"], &[], "name the packages in `system-packages`"),
    (&["pip", "pip3", "pipx", "pipenv"], &["install", "download", "sync"], LOCK),
    (&["uv"], &["pip", "sync", "add", "tool", "run"], LOCK),
    (&["poetry", "conda", "mamba"], &["install", "add", "create", "update"], LOCK),
    (&["npm", "pnpm", "yarn"], &["install", "ci", "i", "add", "update"], LOCK),
    (&["npx"], &[], LOCK),
    (&["curl", "wget", "scp", "rsync", "sftp", "aria2c"], &[], "keep the file in the repository, or mount a dataset"),
    (&["git"], &["clone", "fetch", "pull", "submodule", "lfs"], "keep the files in the repository"),
    (&["huggingface-cli", "hf"], &["download"], "mount the model as a dataset"),
];

const LOCK: &str = "put the packages into the lock file";

fn run(case: &Case<'_>, sink: &mut Sink) {
    for step in case.spec().images.values().flat_map(|it| &it.run) {
        if let Some((program, instead)) = fetches(step) {
            let message = format!("a step of the build uses `{program}`, and has no network");
            let diagnostic = Diagnostic::new(&STEP_NEEDS_NETWORK, message).at(step, "would fetch something");
            sink.report(diagnostic.help(instead));
        }
    }
    for recipe in case.plan.images.values().filter_map(|it| it.recipe()).filter(|it| it.language == Language::Java) {
        if let Some(step) = recipe.steps.first() {
            let diagnostic = Diagnostic::new(&STEP_WITHOUT_EFFECT, "an image of Java is built by its own wrapper");
            sink.report(diagnostic.at(step, "leaves nothing in the image"));
        }
    }
}

/// The program of a line that fetches something, and what to use instead.
fn fetches(line: &str) -> Option<(&str, &'static str)> {
    const OF_R: &str = "install.packages";
    if line.contains(OF_R) {
        return Some((OF_R, LOCK));
    }
    let is_between = |it: char| it.is_whitespace() || "();|&`\"'".contains(it);
    let words: Vec<&str> = line.split(is_between).filter(|it| !it.is_empty()).collect();
    words.iter().enumerate().find_map(|(at, word)| {
        let name = word.rsplit('/').next().unwrap_or_default();
        let (_, verbs, instead) = FETCHING.iter().find(|(names, _, _)| names.contains(&name))?;
        // Options may stand before the verb.
        let next = words[at + 1..].iter().find(|it| !it.starts_with('-'));
        let does = verbs.is_empty() || next.is_some_and(|it| verbs.contains(it));
        does.then_some((*word, *instead))
    })
}

#[cfg(test)]
mod tests {
    use super::fetches;

    #[test]
    fn what_fetches_is_known_by_its_program_and_verb() {
        for bad in [
            "apt-get update",
            "python -m pip install numpy",
            "test -f x || wget https://example.org/x",
            "/usr/bin/curl -fsS https://example.org/x",
            "(git --no-pager clone https://example.org/x)",
            "npm ci",
            "Rscript -e 'install.packages(\"dplyr\")'",
            "sh -c \"pip install x\"",
        ] {
            assert!(fetches(bad).is_some(), "{bad}");
        }
        for good in ["python -m compileall /app", "npm run build", "pip check", "git describe", "sh curl.sh"] {
            assert!(fetches(good).is_none(), "{good}");
        }
    }
}
