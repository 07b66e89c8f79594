//! Somebody's own Dockerfile, held to the rules that ours keep. It is read, and never changed.

use std::collections::BTreeMap;

use smol_str::{SmolStr, format_smolstr};

use super::{Case, Check, images};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::parse::{LITERAL_SECRET, credential, says_secret};
use crate::plan::{Dockerfile, Image, Making, OwnDockerfile};
use crate::spec::{ImageReference, nearest};

pub(super) static CHECK: Check =
    Check { codes: &[&BAD_DOCKERFILE, &DOCKERFILE_MISMATCH, &IMAGE_RUNS_AS_ROOT, &UNCHECKED_DOWNLOAD], run };

static BAD_DOCKERFILE: Code = Code {
    id: "bad-dockerfile",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a `dockerfile` of [images] that no builder would read, that has no stage, or that names its base image with a
variable without a value.

### Why it matters
The build would fail, and what cannot be read cannot be checked.

### Use instead
A Dockerfile that `docker build --check` accepts, and a value in `args` for an `ARG` without one.
",
};

static DOCKERFILE_MISMATCH: Code = Code {
    id: "dockerfile-mismatch",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a `target` that is no stage of the `dockerfile`, and a name in `args` that none of its `ARG` lines has.

### Why it matters
The build would fail for want of the stage; and a value that nothing reads is a mistake that nobody would notice.

### Use instead
The name behind `AS`, and the name behind `ARG`.
",
};

static IMAGE_RUNS_AS_ROOT: Code = Code {
    id: "image-runs-as-root",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports a `dockerfile` whose last stage ends as root, or names no user where the base image may be root.

### Why it matters
The pods of this project run it as another user all the same; but files that belong to root may be closed to that user,
and everybody else who starts the image runs it as root.

### Use instead
`USER 10001:10001` at the end, as a number, so that Kubernetes can tell that it is not root.
",
};

static UNCHECKED_DOWNLOAD: Code = Code {
    id: "unchecked-download",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports an `ADD` of a Dockerfile that fetches an address without saying what must come, and a `RUN` that hands what it
fetches to a shell, or fetches without encryption or without looking who answers.

### Why it matters
Whoever answers at that address on the day of the build decides what is in the image.

### Use instead
`ADD --checksum=sha256:… <address> <path>`, the file in the repository, or `sha256sum --check` before it is run.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for image in case.plan.images.values() {
        if let Making::Dockerfile(own) = &image.making {
            let shown = format_smolstr!("{}{}", case.prefix, own.path.value);
            Judge { case, image, own, shown, sink }.run();
        }
    }
}

struct Judge<'j, 's> {
    case: &'j Case<'j>,
    image: &'j Image,
    own: &'j OwnDockerfile,
    /// The Dockerfile as messages name it.
    shown: SmolStr,
    sink: &'s mut Sink,
}

impl Judge<'_, '_> {
    fn run(&mut self) {
        // A file that is not there is reported as that.
        let Ok(text) = self.case.inputs.files.text(&self.own.path) else { return };
        let Some(file) = &self.own.said else {
            let args = BTreeMap::new();
            let why = Dockerfile::read(&text, &args).err().unwrap_or_else(|| "cannot be read".to_owned());
            self.report(Diagnostic::new(&BAD_DOCKERFILE, format!("`{}`: {}", self.own.path.value, why.trim())), None);
            return;
        };
        self.args(file);
        self.secrets(file);
        for fetched in &file.fetched {
            let message = format!("`{}` fetches `{}`, whatever comes", self.own.path.value, fetched.text);
            let diagnostic = Diagnostic::new(&UNCHECKED_DOWNLOAD, message);
            self.report(diagnostic.help("say what must come with `--checksum=sha256:…`"), Some(fetched.line));
        }
        for command in file.commands.iter().filter(|it| it.name == "RUN") {
            if let Some(why) = fetches_blindly(&command.text) {
                let message = format!("a `RUN` of `{}` {why}", self.own.path.value);
                let diagnostic = Diagnostic::new(&UNCHECKED_DOWNLOAD, message);
                self.report(diagnostic.help("fetch it with `ADD --checksum=sha256:…`"), Some(command.line));
            }
        }
        match file.target(self.own.target.as_ref().map(|it| it.as_str())) {
            Some(target) => {
                self.bases(file, target);
                self.user(file, target);
            }
            None => self.no_target(file),
        }
    }

    /// A diagnostic with the line of the Dockerfile, and the place of the spec that names it.
    fn report(&mut self, diagnostic: Diagnostic, line: Option<usize>) {
        let place = line.map_or(Spot::Nowhere, |it| Spot::Line(self.shown.clone(), it));
        self.sink.report(diagnostic.at(place, "").at(&self.own.path, "used here"));
    }

    fn no_target(&mut self, file: &Dockerfile) {
        let path = &self.own.path.value;
        let names: Vec<&str> = file.stages.iter().filter_map(|it| it.name.as_deref()).collect();
        let Some(target) = &self.own.target else {
            self.report(
                Diagnostic::new(&BAD_DOCKERFILE, format!("`{path}` has no stage: no line begins with FROM")),
                None,
            );
            return;
        };
        let diagnostic = Diagnostic::new(&DOCKERFILE_MISMATCH, format!("`{path}` has no stage `{target}`"));
        let diagnostic = diagnostic.at(target, "not one of its stages");
        self.sink.report(match nearest(target, names.iter().copied()) {
            Some(near) => diagnostic.did_you_mean_text(target, Some(near)),
            None if names.is_empty() => diagnostic.help("none of its stages has a name"),
            None => diagnostic.help(format!("its stages are {}", super::case::listed(names))),
        });
    }

    fn args(&mut self, file: &Dockerfile) {
        for (name, value) in &self.own.args {
            if file.args.iter().any(|it| it == name) || is_predefined(name) {
                continue;
            }
            let message = format!("no `ARG` of `{}` is called `{name}`", self.own.path.value);
            let diagnostic = Diagnostic::new(&DOCKERFILE_MISMATCH, message);
            let diagnostic = diagnostic.at(Spot::key(value.origin), "nothing reads it");
            let near = nearest(name, file.args.iter().map(String::as_str));
            self.sink.report(diagnostic.did_you_mean(Spot::key(value.origin), near));
        }
    }

    fn secrets(&mut self, file: &Dockerfile) {
        const HELP: &str = "mount it while it is needed: `build.secrets`, and `RUN --mount=type=secret,id=…`";
        let path = &self.own.path.value;
        for variable in &file.variables {
            let is_value = !variable.text.is_empty() && !variable.text.starts_with('$');
            let is_number = variable.text.parse::<f64>().is_ok();
            if credential(&variable.text).is_some() || (says_secret(&variable.name) && is_value && !is_number) {
                let message = format!("`{}` in `{path}` looks like a secret, and its value is there", variable.name);
                self.report(Diagnostic::new(&LITERAL_SECRET, message).help(HELP), Some(variable.line));
            }
        }
        for command in &file.commands {
            if let Some(what) = credential(&command.text) {
                let message = format!("a `{}` of `{path}` holds {what}", command.name);
                self.report(Diagnostic::new(&LITERAL_SECRET, message).help(HELP), Some(command.line));
            }
        }
    }

    /// The images of the stages that the build runs through.
    fn bases(&mut self, file: &Dockerfile, target: usize) {
        for stage in file.needed(target) {
            if stage.base.is_none() {
                let message =
                    format!("nothing says which image line {} of `{}` means", stage.line, self.own.path.value);
                let diagnostic = Diagnostic::new(&BAD_DOCKERFILE, message);
                self.report(diagnostic.help("give its `ARG` a value, there or in `args`"), Some(stage.line));
            }
            for (name, line) in file.images(stage) {
                let place = Spot::Line(self.shown.clone(), line);
                let found = match ImageReference::parse(name) {
                    Ok(image) => images::judge(self.case, &image, &place),
                    Err(why) => {
                        let message = format!("`{name}` in `{}` names no image: {why}", self.own.path.value);
                        vec![Diagnostic::new(&BAD_DOCKERFILE, message).at(place, "used here")]
                    }
                };
                for found in found {
                    // A line whose text is not shown has no place for words.
                    let why = found.labels.first().map(|it| it.text.clone()).unwrap_or_default();
                    self.sink.report(found.at(&self.own.path, why));
                }
            }
        }
    }

    fn user(&mut self, file: &Dockerfile, target: usize) {
        let name = &self.image.name;
        let help = "end with `USER 10001:10001`";
        match file.user(target) {
            Some((user, line)) if is_root(user) => {
                let message = format!("image `{name}` ends as root");
                self.report(Diagnostic::new(&IMAGE_RUNS_AS_ROOT, message).help(help), Some(*line));
            }
            None if !file.root(target).is_some_and(|it| it.contains("nonroot") || it.contains("unprivileged")) => {
                let message = format!("image `{name}` names no user, and its base may be root");
                let line = file.stages[target].line;
                self.report(Diagnostic::new(&IMAGE_RUNS_AS_ROOT, message).help(help), Some(line));
            }
            _ => {}
        }
    }
}

/// What a command does with what it fetches, where nobody knows what comes.
fn fetches_blindly(command: &str) -> Option<&'static str> {
    let words: Vec<&str> = command.split(|it: char| it.is_whitespace() || ";&()".contains(it)).collect();
    let is = |names: &[&str]| words.iter().any(|it| names.contains(&it.rsplit('/').next().unwrap_or_default()));
    if !is(&["curl", "wget"]) {
        return None;
    }
    let pipes = command.split('|').skip(1).map(|it| it.split_whitespace().next().unwrap_or_default());
    let shells = ["sh", "bash", "dash", "ash", "python", "python3", "perl", "Rscript"];
    if pipes.into_iter().any(|it| shells.contains(&it.rsplit('/').next().unwrap_or_default())) {
        return Some("runs what it fetches");
    }
    if is(&["-k", "--insecure", "--no-check-certificate"]) {
        return Some("fetches from whoever answers");
    }
    words.iter().any(|it| it.trim_matches(['"', '\'']).starts_with("http://")).then_some("fetches without encryption")
}

fn is_root(user: &str) -> bool {
    matches!(user.split(':').next(), Some("root" | "0"))
}

/// Arguments that every builder knows (Dockerfile reference, "Predefined ARGs").
fn is_predefined(name: &str) -> bool {
    let known = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY", "SOURCE_DATE_EPOCH"];
    known.iter().any(|it| it.eq_ignore_ascii_case(name)) || name.starts_with("BUILDKIT_")
}

#[cfg(test)]
mod tests {
    use super::fetches_blindly;

    #[test]
    fn what_is_fetched_is_known_before_it_is_run() {
        for bad in [
            "curl -fsSL https://example.org/install | sh",
            "apt-get update && /usr/bin/curl https://example.org/x | bash -s",
            "wget -qO- http://example.org/x > /x",
            "curl -k https://example.org/x -o /x",
        ] {
            assert!(fetches_blindly(bad).is_some(), "{bad}");
        }
        for good in [
            "curl -fsSLO https://example.org/x && echo 'aa  x' | sha256sum --check",
            "apt-get install --yes curl",
            "echo http://example.org",
            "cat x | sh",
        ] {
            assert_eq!(fetches_blindly(good), None, "{good}");
        }
    }
}
