//! `mlopsc diff` against a real API server: nothing is there, nothing differs, and each difference has its verdict.

use std::fs;
use std::path::Path;

use libtest_mimic::Failed;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::case::Case;
use crate::cluster::{Cluster, Said};

type Outcome = Result<(), Failed>;

pub(crate) fn server_side(case: Case, cluster: &Cluster) -> Outcome {
    let wanted = follows(case, cluster, &["apply", "--server-side"])?;
    if cluster.is_foreign { Ok(()) } else { changes(cluster, &wanted) }
}

pub(crate) fn client_side(case: Case, cluster: &Cluster) -> Outcome {
    let wanted = follows(case, cluster, &["apply"])?;
    if cluster.is_foreign { Ok(()) } else { removals(cluster, &wanted) }
}

/// All is to be made; then it is applied, and nothing differs, for the server and for who has a dump.
fn follows(case: Case, cluster: &Cluster, apply: &[&str]) -> Result<Vec<Value>, Failed> {
    let wanted: Vec<Value> = case.objects(cluster).iter().map(|it| it.node.to_json()).collect();
    let before = diff(cluster, &wanted);
    let is_new = |it: &&Value| it["verdict"] != "create" && it["verdict"] != "not-started";
    none("before anything was applied", &before, is_new, 1)?;
    let folder = case.write(cluster);
    let said = cluster.kubectl([apply, &["-k", &folder.path().display().to_string()]].concat());
    if said.code != 0 {
        return Err(said.stderr.into());
    }
    let differs = |it: &&Value| it["verdict"] != "same" && it["verdict"] != "not-started";
    none("after it was applied", &diff(cluster, &wanted), differs, 0)?;
    let live = wanted.iter().map(|it| cluster.get(&cluster.path_of(it))).filter(|it| it.is_ok());
    let dump = list(&live.map(|it| it.body).collect::<Vec<_>>());
    of_spec(case, cluster, &wanted)?;
    none("against a dump", &offline(&wanted, &dump), differs, 0)?;
    Ok(wanted)
}

/// The same from the spec, with a line for whatever would be changed, and an orphan for what is switched off.
fn of_spec(case: Case, cluster: &Cluster, wanted: &[Value]) -> Outcome {
    let spec = crate::project::root()
        .join(format!("examples/{}/mlops.toml", case.name().split('/').next().unwrap_or_default()));
    if !spec.is_file() || wanted.len() < case.emitted().count() {
        return Ok(());
    }
    let (spec, kubeconfig) = (spec.display().to_string(), cluster.kubeconfig().display().to_string());
    let run = |more: &[&str]| {
        let arguments =
            ["diff", "--format", "json", "--file", &spec, "--kubeconfig", &kubeconfig, "--context", "tests"];
        let environment = ["--env", case.environment_name()];
        let environment = if case.environment_name() == "default" { &[][..] } else { &environment };
        read(cluster.program(Path::new(env!("CARGO_BIN_EXE_mlopsc")), [&arguments, environment, more].concat()))
    };
    let differs = |it: &&Value| it["verdict"] != "same" && it["verdict"] != "not-started";
    none("from the spec", &run(&[]), differs, 0)?;
    let (_, changed) = run(&["--set", "project.owner=Somebody else"]);
    let has_line = |it: &Value| it["fields"][0]["line"] == "--set project.owner";
    assert!(changed.iter().filter(differs).all(has_line), "{changed:#?}");
    let service = wanted.iter().find(|it| it["kind"] == "Deployment");
    let Some(name) = service.and_then(|it| it["metadata"]["name"].as_str()) else { return Ok(()) };
    let off = format!("services.{name}.enabled=false");
    let (said, objects) = run(&["--set", &off]);
    if said.code != 2 {
        let is_orphan = |it: &Value| it["kind"] == "Deployment" && it["name"] == name && it["verdict"] == "orphan";
        assert!(objects.iter().any(is_orphan), "{said:?}");
    }
    Ok(())
}

/// One change after the other, with nothing left behind by asking.
fn changes(cluster: &Cluster, wanted: &[Value]) -> Outcome {
    for kind in ["Deployment", "StatefulSet"] {
        let Some(at) = wanted.iter().position(|it| it["kind"] == kind) else { continue };
        workload(cluster, wanted, at)?;
    }
    if let Some(at) = wanted.iter().position(|it| it["kind"] == "PersistentVolumeClaim") {
        let mut changed = wanted.to_vec();
        changed[at]["spec"]["accessModes"] = json!(["ReadOnlyMany"]);
        let found = one(&diff(cluster, &changed), &wanted[at])?;
        expect(&found, "immutable", &["spec.accessModes"])?;
        let left = [&wanted[..at], &wanted[at + 1..]].concat();
        let found = one(&diff(cluster, &left), &wanted[at])?;
        expect(&found, "orphan", &[])?;
        assert_eq!(found["protected"], true, "{found}");
    }
    let mut stage = wanted.iter().filter(|it| it["kind"] == "Job");
    if let Some(job) = stage.next() {
        assert!(cluster.apply(job).is_ok(), "a stage can be started");
        let mut changed = wanted.to_vec();
        let at = wanted.iter().position(|it| it == job).expect("it is wanted");
        changed[at]["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.org/other:2".into();
        // It was applied by another manager than the rest, whose name a conflict would tell: 422 comes before that.
        let found = one(&diff_as(cluster, &changed, &["--field-manager", "mlopsc"]), job)?;
        expect(&found, "replace", &["spec.template.spec.containers[name="])?;
    }
    Ok(())
}

fn workload(cluster: &Cluster, wanted: &[Value], at: usize) -> Outcome {
    let path = cluster.path_of(&wanted[at]);
    let version = || cluster.get(&path).ok()["metadata"]["resourceVersion"].clone();
    let before = version();

    let mut changed = wanted.to_vec();
    changed[at]["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.org/other:2".into();
    let found = one(&diff(cluster, &changed), &wanted[at])?;
    expect(&found, "changed", &[".image"])?;
    assert_eq!(found["impact"][0]["code"], "rolls-pods", "{found}");
    assert_eq!(found["fields"][0]["owners"][0]["manager"], "kubectl", "{found}");

    let mut changed = wanted.to_vec();
    changed[at]["spec"]["selector"]["matchLabels"]["more"] = "x".into();
    changed[at]["spec"]["template"]["metadata"]["labels"]["more"] = "x".into();
    expect(&one(&diff(cluster, &changed), &wanted[at])?, "replace", &["spec.selector"])?;

    let mut changed = wanted.to_vec();
    changed[at]["spec"]["unheard"] = 1.into();
    expect(&one(&diff(cluster, &changed), &wanted[at])?, "refused", &[])?;
    assert_eq!(version(), before, "asking changed something");

    let noted = cluster.merge(&path, &json!({"metadata": {"annotations": {"others.example.org/note": "x"}}}));
    assert!(noted.is_ok(), "{}", noted.text);
    expect(&one(&diff(cluster, wanted), &wanted[at])?, "same", &[])?;

    let scaled = cluster.merge(&format!("{path}?fieldManager=hpa"), &json!({"spec": {"replicas": 7}}));
    assert!(scaled.is_ok(), "{}", scaled.text);
    let mut changed = wanted.to_vec();
    changed[at]["spec"]["replicas"] = 3.into();
    let found = one(&diff(cluster, &changed), &wanted[at])?;
    expect(&found, "conflict", &["spec.replicas"])?;
    assert_eq!(found["fields"][0]["owners"][0]["manager"], "hpa", "{found}");
    changed[at]["spec"].as_object_mut().expect("a spec").remove("replicas");
    if wanted[at]["spec"]["replicas"].is_null() {
        expect(&one(&diff(cluster, &changed), &wanted[at])?, "same", &[])?;
    }

    let gone = cluster.delete(&path);
    assert!(gone.is_ok(), "{}", gone.text);
    expect(&one(&diff(cluster, wanted), &wanted[at])?, "create", &[])
}

/// Fields that a client-side apply would take away, which a dry run does not know.
fn removals(cluster: &Cluster, wanted: &[Value]) -> Outcome {
    // Of settings nothing is ever taken away: they are immutable, and have another name when they change.
    let Some(at) = wanted.iter().position(|it| it["kind"] == "Service") else { return Ok(()) };
    let mut changed = wanted.to_vec();
    let labels = changed[at]["metadata"]["labels"].as_object_mut().expect("it has labels");
    assert!(labels.remove("app.kubernetes.io/component").is_some(), "{labels:?}");
    let found = one(&diff(cluster, &changed), &wanted[at])?;
    expect(&found, "changed", &["metadata.labels"])?;
    assert_eq!(found["fields"][0]["op"], "remove", "{found}");
    Ok(())
}

/// The exit code, and what was found out.
type Found = (Said, Vec<Value>);

fn diff(cluster: &Cluster, wanted: &[Value]) -> Found {
    diff_as(cluster, wanted, &[])
}

fn diff_as(cluster: &Cluster, wanted: &[Value], more: &[&str]) -> Found {
    let folder = TempDir::new().expect("a temporary folder can be made");
    fs::write(folder.path().join("wanted.json"), list(wanted).to_string()).expect("it is writable");
    let path = folder.path().join("wanted.json").display().to_string();
    let kubeconfig = cluster.kubeconfig().display().to_string();
    let arguments = ["diff", "--format", "json", "--desired", &path, "--kubeconfig", &kubeconfig];
    read(cluster.program(Path::new(env!("CARGO_BIN_EXE_mlopsc")), [&arguments, more].concat()))
}

fn offline(wanted: &[Value], live: &Value) -> Found {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let [one, other] = ["wanted.json", "live.json"].map(|it| folder.path().join(it));
    fs::write(&one, list(wanted).to_string()).expect("it is writable");
    fs::write(&other, live.to_string()).expect("it is writable");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mlopsc"));
    command.args(["diff", "--format", "json", "--desired"]).arg(one).arg("--live").arg(other);
    read(Said::from(command.output().expect("the program can be started")))
}

fn read(said: Said) -> Found {
    let document: Value = serde_json::from_str(&said.stdout).unwrap_or_default();
    assert!(document.is_object(), "{said:?}");
    let objects = document["environments"][0]["objects"].as_array().cloned().unwrap_or_default();
    (said, objects)
}

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

/// Nothing may be found that `is_wrong`.
fn none(when: &str, (said, objects): &Found, is_wrong: impl Fn(&&Value) -> bool, code: i32) -> Outcome {
    let wrong: Vec<String> = objects.iter().filter(is_wrong).map(|it| format!("{it:#}")).collect();
    if wrong.is_empty() && said.code == code {
        return Ok(());
    }
    Err(format!("{when}: exit {} and not {code}; {}\n{}", said.code, said.stderr, wrong.join("\n")).into())
}

/// What was found out about an object.
fn one((said, objects): &Found, object: &Value) -> Result<Value, Failed> {
    let fits = |it: &&Value| it["kind"] == object["kind"] && it["name"] == object["metadata"]["name"];
    objects.iter().find(fits).cloned().ok_or_else(|| format!("{object:#} is not in {said:?}").into())
}

fn expect(found: &Value, verdict: &str, fields: &[&str]) -> Outcome {
    let shown: Vec<&str> =
        found["fields"].as_array().into_iter().flatten().filter_map(|it| it["path"].as_str()).collect();
    let has = |it: &&str| shown.iter().any(|path| path.contains(it));
    if found["verdict"] == verdict && fields.iter().all(has) {
        return Ok(());
    }
    Err(format!("expected {verdict} with {fields:?}:\n{found:#}").into())
}
