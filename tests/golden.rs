//! Every example in every environment: the exact tree that `compile` writes, and the plan behind it.

mod support;

use std::collections::BTreeMap;

use libtest_mimic::{Arguments, Failed, Trial};
use mlopsc::compile::{Compiled, Environment};
use support::golden::check_tree;
use support::project::{compile_folder, examples, must_compile, root};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let mut known = Vec::new();
    for (example, folder) in examples() {
        let compiled = must_compile(compile_folder(&folder, ""));
        known.push(example.clone());
        trials.extend(orphans(&example, &compiled));
        for environment in compiled.environments {
            let name = format!("{example}/{}", environment.name);
            trials.push(Trial::test(name.clone(), move || check(&name, &environment)));
        }
    }
    trials.push(Trial::test("no golden tree without an example", move || no_strangers(&known)));
    libtest_mimic::run(&arguments, trials).exit();
}

fn check(name: &str, environment: &Environment) -> Result<(), Failed> {
    verify_all(environment)?;
    let files = environment.files();
    let mut tree: BTreeMap<String, String> =
        files.iter().map(|(path, text)| (path.to_string(), text.to_owned())).collect();
    let plan = serde_json::to_string_pretty(&environment.plan).expect("a plan is JSON") + "\n";
    tree.insert("plan.json".to_owned(), plan);
    Ok(check_tree(&root().join("golden").join(name), &tree)?)
}

/// Every object decodes into its typed struct and comes back as it was.
fn verify_all(environment: &Environment) -> Result<(), Failed> {
    const CUSTOM: [&str; 7] =
        ["ExternalSecret", "Password", "Certificate", "SealedSecret", "PodMonitor", "HTTPRoute", "ReferenceGrant"];
    for (path, object) in &environment.emitted.objects {
        match mlopsc::object::verify(object) {
            Some(Ok(())) => {}
            Some(Err(why)) => return Err(format!("{path}: {why}").into()),
            None if CUSTOM.contains(&object.kind()) => {}
            None => return Err(format!("{path}: nobody judges the kind {}", object.kind()).into()),
        }
    }
    Ok(())
}

/// Environments that the example does not have any more.
fn orphans(example: &str, compiled: &Compiled) -> Vec<Trial> {
    let names: Vec<String> = compiled.environments.iter().map(|it| it.name.to_string()).collect();
    let folder = root().join("golden").join(example);
    let check = move || {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !names.contains(&name) {
                return Err(format!("{} belongs to no environment", entry.path().display()).into());
            }
        }
        Ok(())
    };
    vec![Trial::test(format!("{example}: no orphans"), check)]
}

fn no_strangers(known: &[String]) -> Result<(), Failed> {
    for entry in std::fs::read_dir(root().join("golden")).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !known.contains(&name) && name != "errors" && name != "diff" {
            return Err(format!("golden/{name} belongs to no example").into());
        }
    }
    Ok(())
}
