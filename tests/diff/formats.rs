//! The same findings for every reader.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::meaning;
use crate::support::binary::{copy_folder, mlopsc, run};
use crate::support::project::root;

#[test]
fn both_sides_stand_beside_each_other_as_wide_as_the_terminal() {
    let case = root().join("golden/diff/network");
    for width in [60, 100, 200] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mlopsc"));
        command.args(["diff", "--desired", "desired.yaml", "--live", "live.yaml", "-y"]).current_dir(&case);
        let text = run(command.env("COLUMNS", width.to_string())).exits_with(1).stdout;
        let column = (width - 9) / 2;
        let rows: Vec<&str> = text.lines().filter(|it| it.starts_with("      ")).collect();
        let sign = |it: &&str| it.chars().nth(6 + column + 1).unwrap_or(' ');
        for row in &rows {
            assert!(
                row.chars().count() <= width && [' ', '|', '<', '>'].contains(&sign(row)),
                "{width}: {row}\n{text}"
            );
        }
        // A field that is new has nothing on its left, one that goes nothing on its right.
        assert!(rows.iter().any(|it| sign(it) == '>' && it[..6 + column].trim().is_empty()), "{text}");
        assert!(rows.iter().any(|it| sign(it) == '<' && it.ends_with('<')), "{text}");
    }
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let case = root().join("golden/diff/traffic");
    assert!(!meaning::run(&case, &[]).stdout.contains('\u{1b}'));
    let coloured = meaning::run(&case, &["--color", "always"]).stdout;
    assert!(coloured.contains("\u{1b}[31m      - blue\u{1b}[0m") && coloured.contains("\u{1b}[32m"), "{coloured:?}");
    assert!(!meaning::run(&case, &["--color", "always", "--format", "markdown"]).stdout.contains('\u{1b}'));
}

#[test]
fn edits_that_are_the_same_are_shown_once_and_every_object_is_listed() {
    let case = root().join("golden/diff/settings");
    for format in [&[][..], &["--format", "markdown"]] {
        let text = meaning::run(&case, format).stdout;
        assert_eq!(text.matches("+ debug").count(), 1, "{text}");
        assert!(text.contains("[1] the same on 5 objects"), "{text}");
        for name in ["files", "part", "runs", "unread", "variables"] {
            assert!(text.contains(&format!("ConfigMap prod/{name}")), "{name}:\n{text}");
        }
    }
}

/// Whatever the containers are called, and whatever makes the pods.
#[test]
fn one_image_for_many_pods_is_shown_once_with_what_is_the_same_for_all() {
    let side = |tag: &str| {
        let pod = |name: &str| json!({"spec": {"containers": [{"name": name, "image": format!("x:{tag}")}, {"name": format!("{name}-side"), "image": format!("x:{tag}")}]}});
        let object = |version: &str, kind: &str, name: &str, spec: Value| json!({"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "n"}, "spec": spec});
        let items = [
            object("apps/v1", "Deployment", "a", json!({"template": pod("a")})),
            object("apps/v1", "StatefulSet", "b", json!({"template": pod("b")})),
            object(
                "batch/v1",
                "CronJob",
                "c",
                json!({"schedule": "@daily", "jobTemplate": {"spec": {"template": pod("c")}}}),
            ),
        ];
        json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
    };
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.json"), side("1")).unwrap();
    fs::write(folder.path().join("b.json"), side("2")).unwrap();
    for format in [&[][..], &["--format", "markdown"], &["--side-by-side"]] {
        let arguments = ["diff", "--desired", "b.json", "--live", "a.json"];
        let text = mlopsc(folder.path(), &[&arguments, format].concat()).exits_with(1).stdout;
        assert!(
            text.contains("[1] the same on 3 objects") && text.contains("spec.template.spec.containers[*].image"),
            "{text}"
        );
        assert_eq!(text.matches("x:2").count(), 1, "{text}");
    }
}

/// Objects and fields stand in one order, and are counted in one way, whoever reads.
#[test]
fn every_format_says_the_same_in_the_same_order() {
    for case in meaning::cases() {
        let document: Value = serde_json::from_str(&meaning::run(&case, &["--format", "json"]).stdout).unwrap();
        let environment = &document["environments"][0];
        let differs = |it: &&Value| !["same", "not-started"].contains(&it["verdict"].as_str().unwrap());
        let objects: Vec<&Value> = environment["objects"].as_array().unwrap().iter().filter(differs).collect();
        let title = |it: &Value| {
            format!(
                "{} {}{}",
                it["kind"].as_str().unwrap(),
                it["namespace"]
                    .as_str()
                    .map(|it| if it.is_empty() { String::new() } else { format!("{it}/") })
                    .unwrap(),
                it["name"].as_str().unwrap()
            )
        };
        let titles: Vec<String> = objects.iter().map(|it| title(it)).collect();
        let in_order = |text: &str, parts: &[String]| {
            let mut rest = text;
            for part in parts {
                let at = rest
                    .find(part.as_str())
                    .unwrap_or_else(|| panic!("{}: {part} is not in its place:\n{text}", case.display()));
                rest = &rest[at + part.len()..];
            }
        };
        let terminal = meaning::run(&case, &[]).stdout;
        let markdown = meaning::run(&case, &["--format", "markdown"]).stdout;
        in_order(&terminal, &titles);
        in_order(&markdown, &titles);
        in_order(&meaning::run(&case, &["--side-by-side"]).stdout, &titles);
        // Annotations stand by how grave they are, because only the first ones are shown.
        let annotations = meaning::run(&case, &["--format", "github"]).stdout;
        titles.iter().for_each(|it| assert!(annotations.contains(it), "{it}:\n{annotations}"));
        let summary = terminal.trim_end().lines().last().unwrap();
        assert!(markdown.contains(summary), "{summary}:\n{markdown}");
        for (verdict, count) in environment["summary"].as_object().unwrap() {
            let count = count.as_u64().unwrap();
            let said = format!("{count} {}", verdict.replace('-', " "));
            assert_eq!(summary.contains(&said), count > 0, "{said} in {summary}");
            assert_eq!(
                environment["objects"].as_array().unwrap().iter().filter(|it| it["verdict"] == *verdict).count() as u64,
                count
            );
        }
        for object in objects {
            let paths: Vec<String> =
                object["fields"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap().to_owned()).collect();
            let paragraph = |text: &str, start: &str, end: &str| {
                text.split(start).nth(1).map(|it| it.split(end).next().unwrap().to_owned())
            };
            let shown = |text: &str| paths.iter().filter(|it| text.contains(it.as_str())).cloned().collect::<Vec<_>>();
            if let Some(text) = paragraph(&terminal, &title(object), "\n\n") {
                in_order(&text, &shown(&text));
            }
            if let Some(text) = paragraph(&markdown, &format!("<code>{}</code>", title(object)), "</details>") {
                in_order(&text, &shown(&text));
            }
        }
    }
}

#[test]
fn hidden_values_are_never_said_to_be_the_same() {
    let side = |value: &str| {
        let item = |at: usize| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": format!("s{at}")}, "stringData": {"a": format!("{value}{at}")}});
        json!({"apiVersion": "v1", "kind": "List", "items": (0..5).map(item).collect::<Vec<_>>()})
    };
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.json"), side("one").to_string()).unwrap();
    fs::write(folder.path().join("b.json"), side("two").to_string()).unwrap();
    let run = mlopsc(folder.path(), &["diff", "--desired", "a.json", "--live", "b.json"]).exits_with(1);
    assert!(!run.stdout.contains("the same on") && run.stdout.matches("another value").count() == 5, "{}", run.stdout);
}

#[test]
fn a_comment_keeps_its_table_whatever_is_cut() {
    let side = |value: &str| {
        let item = |at: usize| {
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("c{at}"), "namespace": "n"},
                "data": {"a": format!("{at} {}", value.repeat(3000))}})
        };
        json!({"apiVersion": "v1", "kind": "List", "items": (0..60).map(item).collect::<Vec<_>>()})
    };
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.json"), side("é").to_string()).unwrap();
    fs::write(folder.path().join("b.json"), side("x").to_string()).unwrap();
    let text = mlopsc(folder.path(), &["diff", "--desired", "a.json", "--live", "b.json", "--format", "markdown"])
        .exits_with(1)
        .stdout;
    assert!(text.len() < 65_536, "{}", text.len());
    assert_eq!(text.matches("| `ConfigMap n/c").count(), 60);
    let shown = text.matches("<details>").count();
    assert!(shown > 0 && shown == text.matches("</details>").count());
    assert!(text.contains(&format!("the details of {} paragraphs", 60 - shown)), "{}", &text[text.len() - 300..]);
}

/// What cannot be done, what would be lost and what is weakened is never what there is no room for.
#[test]
fn a_comment_leaves_out_what_matters_least() {
    let config = |at: usize, value: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("c{at:04}"), "namespace": "n"}, "data": {"a": format!("{at}{}", value.repeat(200))}});
    let claim = |class: &str| {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "n"},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": class, "resources": {"requests": {"storage": "1Gi"}}}})
    };
    let privileged = |is_so: bool| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "weakened", "namespace": "n"},
        "spec": {"containers": [{"name": "c", "image": "x:1", "securityContext": {"privileged": is_so}}]}})
    };
    let side = |value: &str, class: &str, is_so: bool| {
        let items = (0..3000).map(|at| config(at, value)).chain([claim(class), privileged(is_so)]);
        json!({"apiVersion": "v1", "kind": "List", "items": items.collect::<Vec<_>>()}).to_string()
    };
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.json"), side("x", "fast", true)).unwrap();
    fs::write(folder.path().join("b.json"), side("y", "slow", false)).unwrap();
    let text = mlopsc(folder.path(), &["diff", "--desired", "a.json", "--live", "b.json", "--format", "markdown"])
        .exits_with(1)
        .stdout;
    assert!(text.len() < 65_536 && text.contains("rows of the table"), "{}", text.len());
    for row in ["| `PersistentVolumeClaim n/data` | immutable", "| `Pod n/weakened` | "] {
        assert!(text.contains(row), "{row}");
    }
}

#[test]
fn findings_stand_at_the_lines_that_cause_them() {
    let folder = TempDir::new().unwrap();
    copy_folder(&root().join("examples/mri-classifier"), folder.path());
    mlopsc(folder.path(), &["compile", "--quiet"]).exits_with(0);
    let change = ["diff", "--env", "prod", "--live", "deploy/prod"];
    let spec = fs::read_to_string(folder.path().join("mlops.toml")).unwrap();
    let at = spec.lines().position(|it| it.contains("autoscale = { min = 2, max = 8")).unwrap() + 1;
    fs::write(folder.path().join("mlops.toml"), spec.replace("max = 8", "max = 9")).unwrap();
    let text = mlopsc(folder.path(), &[&change[..], &["--format", "sarif"]].concat()).exits_with(1).stdout;
    let typed: serde_sarif::sarif::Sarif = serde_json::from_str(&text).unwrap();
    // What the types do not know, or leave out, would be lost.
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_value(typed).unwrap(), document);
    let results = document["runs"][0]["results"].as_array().unwrap();
    let rules: Vec<&str> = document["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["id"].as_str().unwrap())
        .collect();
    assert_eq!(rules, ["object-differs"]);
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "mlops.toml");
        assert_eq!(place["region"]["startLine"], at, "{result:#}");
    }
    let text = results[0]["message"]["text"].as_str().unwrap();
    assert!(text.contains("`spec.maxReplicas`") && text.contains("2 to 8 pods becomes 2 to 9"), "{text}");
    let annotations = mlopsc(folder.path(), &[&change[..], &["--format", "github"]].concat()).exits_with(1).stdout;
    assert_eq!(annotations.lines().count(), results.len());
    assert!(annotations.starts_with(&format!("::notice file=mlops.toml,line={at}")), "{annotations}");
}

/// What an argument sets is in no file, and a tool that opens files must not look for one.
#[test]
fn what_an_argument_sets_is_shown_at_the_object_and_named() {
    let folder = TempDir::new().unwrap();
    copy_folder(&root().join("examples/mri-classifier"), folder.path());
    mlopsc(folder.path(), &["compile", "--quiet"]).exits_with(0);
    let set = "services.classify.autoscale.max=9";
    let run = |format: &str| {
        mlopsc(folder.path(), &["diff", "--env", "prod", "--live", "deploy/prod", "--set", set, "--format", format])
            .exits_with(1)
            .stdout
    };
    let document: Value = serde_json::from_str(&run("sarif")).unwrap();
    let result = &document["runs"][0]["results"][0];
    assert!(
        result["message"]["text"].as_str().unwrap().contains("set by `--set services.classify.autoscale.max`"),
        "{result:#}"
    );
    assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "mlops.toml");
    let annotation = run("github");
    assert!(
        annotation.starts_with("::notice file=mlops.toml,line=") && annotation.contains("--set services"),
        "{annotation}"
    );
    assert!(run("terminal").contains("spec.maxReplicas  --set services.classify.autoscale.max\n"));
    let document: Value = serde_json::from_str(&run("json")).unwrap();
    let objects = document["environments"][0]["objects"].as_array().unwrap();
    let lines = objects.iter().flat_map(|it| it["fields"].as_array().unwrap()).map(|it| &it["line"]);
    assert_eq!(lines.collect::<Vec<_>>(), ["--set services.classify.autoscale.max"]);
}

/// Every leaf of every object of every example names a line of the spec when it differs.
#[test]
fn whatever_differs_names_a_line_of_the_spec() {
    for (name, folder) in crate::support::project::examples() {
        let copy = TempDir::new().unwrap();
        copy_folder(&folder, copy.path());
        mlopsc(copy.path(), &["compile", "--quiet"]);
        let deploy = copy.path().join("deploy");
        for environment in fs::read_dir(&deploy).unwrap().flatten().filter(|it| it.path().join("kubernetes").is_dir()) {
            let live = copy.path().join("live.json");
            fs::write(&live, changed_everywhere(&environment.path()).to_string()).unwrap();
            let named = environment.file_name().to_string_lossy().into_owned();
            let mut arguments = vec!["diff", "--live", "live.json", "--format", "json"];
            if named != "default" {
                arguments.extend(["--env", &named]);
            }
            let run = mlopsc(copy.path(), &arguments);
            let document: Value =
                serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{name}: {}", run.stderr));
            let mut fields = 0;
            for object in document["environments"][0]["objects"].as_array().unwrap() {
                for field in object["fields"].as_array().unwrap() {
                    fields += 1;
                    // What is there whatever anybody writes has no line.
                    let is_of_spec = object["line"].is_string();
                    let has_line = field["line"].as_str().is_some_and(|it| it.contains(':'));
                    assert_eq!(has_line, is_of_spec, "{name} {named}: {} {}", object["name"], field["path"]);
                }
            }
            assert!(fields > 20, "{name} {named}: {fields} fields");
        }
    }
}

/// The objects of a folder with other texts and numbers, but for what tells them apart.
fn changed_everywhere(folder: &std::path::Path) -> Value {
    let mut items = Vec::new();
    for part in ["kubernetes", "platform"] {
        for file in fs::read_dir(folder.join(part)).into_iter().flatten().flatten() {
            let path = file.path();
            if path.extension().is_some_and(|it| it == "yaml")
                && path.file_stem().is_some_and(|it| it != "kustomization")
            {
                let mut object: Value = serde_yaml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
                for (key, value) in object.as_object_mut().unwrap() {
                    if !["apiVersion", "kind", "metadata"].contains(&key.as_str()) {
                        other(value);
                    }
                }
                items.push(object);
            }
        }
    }
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

fn other(value: &mut Value) {
    match value {
        Value::Object(map) => map
            .iter_mut()
            .filter(|(key, _)| !["name", "mountPath", "containerPort", "port"].contains(&key.as_str()))
            .for_each(|(_, it)| other(it)),
        Value::Array(items) => items.iter_mut().for_each(other),
        Value::String(text) => text.push('x'),
        Value::Number(number) => *value = (number.as_i64().unwrap_or_default() + 1).into(),
        Value::Bool(is_so) => *is_so = !*is_so,
        Value::Null => {}
    }
}
