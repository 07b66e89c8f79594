//! The README is true: its commands run, its paths exist, its words are the program's.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod support;

use std::collections::BTreeSet;

use support::binary::{copy_folder, mlopsc};
use support::project::{compile_folder, root};
use tempfile::TempDir;

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// The commands in `console` blocks, without the prompt.
fn commands() -> Vec<String> {
    let text = readme();
    let blocks = text.split("```console\n").skip(1).map(|it| it.split("```").next().unwrap());
    blocks.flat_map(|it| it.lines()).filter_map(|it| it.strip_prefix("$ ")).map(str::to_owned).collect()
}

#[test]
fn the_commands_of_the_readme_run() {
    let folder = TempDir::new().unwrap();
    copy_folder(&root().join("examples"), &folder.path().join("examples"));
    let own = TempDir::new().unwrap();
    let mut run = 0;
    for command in commands() {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
            // The README's first command is run as what cargo would start.
            ["cargo", "run", "--", arguments @ ..] => {
                mlopsc(folder.path(), arguments).exits_with(0);
            }
            // The tests of the cluster run it.
            ["cargo", "run", "--example", "cluster", "--", project] => {
                assert!(root().join(project).join("mlops.toml").is_file(), "{command}");
            }
            // This is that run.
            ["cargo", "test"] => {}
            ["mlopsc", "explain", what] => {
                mlopsc(&folder.path().join("examples/mri-classifier"), &["explain", what]).exits_with(0);
            }
            ["mlopsc", arguments @ ..] => {
                mlopsc(own.path(), arguments).exits_with(0);
            }
            // A cluster is needed; what it is given is there.
            ["kubectl", "apply", "--kustomize", path] => {
                assert!(own.path().join(path).join("kustomization.yaml").is_file(), "{command}");
            }
            // What it does is tested where the other commands are.
            ["sh", path] => {
                let status = std::process::Command::new("sh").arg("-n").arg(own.path().join(path)).status().unwrap();
                assert!(status.success(), "{command}");
            }
            _ => panic!("nobody tests `{command}`"),
        }
        run += 1;
    }
    assert!(run >= 6, "the README shows {run} commands");
}

#[test]
fn the_paths_of_the_readme_exist() {
    let compiled = compile_folder(&root().join("examples/mri-classifier"), "");
    let mut made: BTreeSet<String> = BTreeSet::from([".mlopsc-manifest.json".to_owned()]);
    for environment in &compiled.environments {
        made.extend(environment.files().iter().map(|(path, _)| path.to_string()));
    }
    let mut missing = Vec::new();
    for word in readme().split('`').skip(1).step_by(2) {
        let is_path = word.contains('/') || word.ends_with(".yaml") || word.ends_with(".sh") || word.ends_with(".toml");
        // Secrets are put there by people.
        if !is_path || word.contains("<secret>") || word.contains(' ') || word.contains('…') || word.starts_with('/')
        {
            continue;
        }
        let folder = word.trim_end_matches('/');
        let of_image = word.replace("<image>", "python");
        let is_made = made
            .iter()
            .any(|it| *it == of_image || it.starts_with(&format!("{folder}/")) || it.ends_with(&format!("/{word}")));
        let is_ours = root().join(word).exists() || word == "mlops.toml" || word == "deploy/<environment>/";
        if !is_made && !is_ours {
            missing.push(word.to_owned());
        }
    }
    assert!(missing.is_empty(), "the README names {missing:?}");
}

#[test]
fn the_readme_knows_every_command_and_exit_code() {
    let text = readme();
    let help = mlopsc(root(), &["--help"]).exits_with(0).stdout;
    let section = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let is_name = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    for line in section.lines().filter(is_name) {
        let name = line.split_whitespace().next().unwrap();
        assert!(
            text.contains(&format!("`{name}")) || text.contains(&format!("mlopsc {name}")),
            "the README does not say `{name}`"
        );
    }
    for code in ["0 nothing", "1 findings", "2 the spec", "3 the world", "101 a bug"] {
        assert!(text.contains(code) && help.contains(code.split_whitespace().next().unwrap()), "{code}");
    }
}

#[test]
fn examples_are_described() {
    for (name, folder) in support::project::examples() {
        let text = std::fs::read_to_string(folder.join("README.md")).unwrap_or_default();
        assert!(text.contains("mlopsc"), "examples/{name}/README.md does not say how to compile it");
    }
}
