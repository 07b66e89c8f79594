//! The command line as a user meets it: exit codes, streams, messages, and nothing half-written.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod support;

#[path = "cli/init.rs"]
mod init;
#[path = "cli/init_data.rs"]
mod init_data;
#[path = "cli/init_web.rs"]
mod init_web;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::binary::{copy_folder, mlopsc};
use support::project::{examples, root};
use tempfile::TempDir;

const GOOD: &str = "[project]\nname = \"demo\"\nregistry = \"registry.example.org/team\"\n\n[data.model]\nclass = \"public\"\n\
    size = \"1Gi\"\n\n[stages.train]\nentry = \"train.py\"\noutputs = [\"model\"]\n";

/// A folder with a spec and the files that it names.
fn project(spec: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("mlops.toml"), spec).unwrap();
    fs::write(folder.path().join("train.py"), "print('trained')\n").unwrap();
    fs::write(folder.path().join("requirements.lock"), "").unwrap();
    folder
}

#[test]
fn a_missing_spec_is_the_users_mistake() {
    let folder = TempDir::new().unwrap();
    mlopsc(folder.path(), &["check"]).exits_with(2).says(&["there is no mlops.toml", "mlopsc init"]);
    mlopsc(folder.path(), &["check", "--file", "x/y.toml"]).exits_with(2).says(&["x/y.toml", "does not exist"]);
    mlopsc(folder.path(), &["check", "--file", "."]).exits_with(2).says(&["is a folder"]);
    mlopsc(folder.path(), &["chekc"]).exits_with(2).says(&["check"]);
    mlopsc(folder.path(), &["--help"]).exits_with(0);
    mlopsc(folder.path(), &["--version"]).exits_with(0);
}

#[test]
fn the_spec_is_found_upwards_and_named_from_there() {
    let folder = project(&GOOD.replace("entry", "entri"));
    fs::create_dir_all(folder.path().join("a/b")).unwrap();
    mlopsc(&folder.path().join("a/b"), &["check"])
        .exits_with(2)
        .says(&["../../mlops.toml:10:1", "did you mean `entry`?"]);
    let parent = folder.path().parent().unwrap();
    let name = folder.path().file_name().unwrap().to_str().unwrap();
    let file = format!("{name}/mlops.toml");
    mlopsc(parent, &["check", "-f", &file]).exits_with(2).says(&[&format!("{file}:10:1")]);
}

#[test]
fn findings_exit_with_one_and_errors_with_two() {
    let folder = project(GOOD);
    fs::remove_file(folder.path().join("requirements.lock")).unwrap();
    mlopsc(folder.path(), &["check"]).exits_with(1).says(&["warning[no-lock-file]"]);
    mlopsc(folder.path(), &["check", "--quiet"]).exits_with(1);
    mlopsc(folder.path(), &["check", "--set", "stages.train.gpu=x"]).exits_with(2).says(&["the command line (--set)"]);
    mlopsc(folder.path(), &["check", "--set", "nonsense"]).exits_with(2).says(&["bad-set"]);
    mlopsc(folder.path(), &["check", "--env", "prod"]).exits_with(2).says(&["no environment `prod`", "`default`"]);
    mlopsc(folder.path(), &["check", "--as-of", "yesterday"]).exits_with(2).says(&["--as-of"]);
}

#[test]
fn every_format_is_what_it_says() {
    let folder = project(&GOOD.replace("entry", "entri"));
    let json = mlopsc(folder.path(), &["check", "--format", "json"]).exits_with(2);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let first = &json["diagnostics"][0];
    assert_eq!(first["code"], "unknown-key");
    assert_eq!(first["labels"][0]["range"]["line"], 10);
    assert_eq!(first["helps"][0]["edits"][0]["text"], "entry");
    let sarif = mlopsc(folder.path(), &["check", "--format", "sarif"]).exits_with(2);
    let sarif: Value = serde_json::from_str(&sarif.stdout).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "unknown-key");
    let github = mlopsc(folder.path(), &["check", "--format", "github"]).exits_with(2);
    assert!(github.stdout.starts_with("::error file=mlops.toml,line=10,endLine=10,col=1,"), "{}", github.stdout);
}

#[test]
fn a_check_shows_the_difference_and_writes_nothing() {
    let folder = project(GOOD);
    mlopsc(folder.path(), &["compile", "--check"]).exits_with(1).says(&["missing"]);
    assert!(!folder.path().join("deploy").exists());
    mlopsc(folder.path(), &["compile"]).exits_with(0);
    fs::write(folder.path().join("mlops.toml"), GOOD.replace("1Gi", "2Gi")).unwrap();
    let check = mlopsc(folder.path(), &["compile", "--check"]).exits_with(1);
    assert!(
        check.stdout.contains("-      storage: 1Gi") && check.stdout.contains("+      storage: 2Gi"),
        "{}",
        check.stdout
    );
    let claim = folder.path().join("deploy/default/kubernetes/model.persistentvolumeclaim.yaml");
    assert!(fs::read_to_string(claim).unwrap().contains("1Gi"));
}

#[test]
fn errors_leave_the_old_tree() {
    let folder = project(GOOD);
    mlopsc(folder.path(), &["compile"]).exits_with(0);
    let job = folder.path().join("deploy/default/kubernetes/train.job.yaml");
    let before = fs::read_to_string(&job).unwrap();
    fs::write(folder.path().join("mlops.toml"), GOOD.replace("entry", "entri")).unwrap();
    mlopsc(folder.path(), &["compile"]).exits_with(2).says(&["nothing was written"]);
    assert_eq!(fs::read_to_string(&job).unwrap(), before);
}

#[test]
fn output_stays_inside_the_project() {
    let folder = project(GOOD);
    mlopsc(folder.path(), &["compile", "--out", "../elsewhere"]).exits_with(2).says(&["inside the project"]);
    mlopsc(folder.path(), &["compile", "--out", "."]).exits_with(2).says(&["inside the project"]);
    mlopsc(folder.path(), &["compile", "--out", "a/b"]).exits_with(0);
    assert!(folder.path().join("a/b/default/kustomization.yaml").is_file());
    mlopsc(folder.path(), &["compile", "--only", "kubernets", "--stdout"])
        .exits_with(2)
        .says(&["there is no target `kubernets`"]);
    let printed = mlopsc(folder.path(), &["compile", "--only", "kubernetes", "--stdout"]).exits_with(0);
    assert!(printed.stdout.contains("==> deploy/default/kubernetes/train.job.yaml <=="));
    mlopsc(folder.path(), &["compile", "--stdout", "--format", "json"]).exits_with(2).says(&["use one"]);
}

#[test]
fn explain_names_the_line_the_overlay_or_the_rule() {
    let spec = format!("{GOOD}\n[environments.dev]\n[environments.prod]\nstages.train.retries = 7\n");
    let folder = project(&spec);
    let explain = |what: &str| mlopsc(folder.path(), &["explain", what]).exits_with(0).stdout;
    let image = explain("deploy/prod/kubernetes/train.job.yaml:/spec/template/spec/containers/0/image");
    assert!(image.contains("rule image-name") && image.contains("mlops.toml:10:1  entry = \"train.py\""), "{image}");
    let retries = explain("deploy/prod/kubernetes/train.job.yaml:/spec/backoffLimit");
    assert!(retries.contains("mlops.toml:15:14  stages.train.retries = 7"), "{retries}");
    let assumed = explain("deploy/dev/kubernetes/train.job.yaml:/spec/backoffLimit");
    assert!(assumed.contains("rule retries"), "{assumed}");
    assert!(explain("stages.train.retries").contains("prod: 7"));
    assert!(explain("no-lock-file").contains("### Why it matters"));
    assert!(explain("read-only-root").contains("read-only"));
    mlopsc(folder.path(), &["explain", "no-lock-fil"]).exits_with(2).says(&["did you mean `no-lock-file`?"]);
    mlopsc(folder.path(), &["explain", "read-only-rot"]).exits_with(2).says(&["did you mean `read-only-root`?"]);
    mlopsc(folder.path(), &["explain", "nothing"]).exits_with(2).says(&["`nothing` is no code"]);
    mlopsc(folder.path(), &["explain", "deploy/prod/x.yaml:/a"]).exits_with(2).says(&["not one of the files"]);
    let near =
        mlopsc(folder.path(), &["explain", "deploy/prod/kubernetes/train.job.yaml:/spec/replicas"]).exits_with(2);
    assert!(near.stderr.contains("`backoffLimit`"), "{}", near.stderr);
}

#[test]
fn every_field_of_every_object_can_be_explained() {
    for (name, folder) in examples() {
        let compiled = support::project::must_compile(support::project::compile_folder(&folder, ""));
        for environment in &compiled.environments {
            for (path, object) in &environment.emitted.objects {
                explained(&object.node, &format!("{name}/{}/{path}:", environment.name));
            }
        }
    }
}

/// Every leaf has a line of the spec, or a named rule, or both.
fn explained(node: &mlopsc::source::Node, at: &str) {
    use mlopsc::source::{Origin, Value};
    match &node.value {
        Value::Map(map) => map.iter().for_each(|(key, it)| explained(it, &format!("{at}/{key}"))),
        Value::List(list) => list.iter().enumerate().for_each(|(index, it)| explained(it, &format!("{at}/{index}"))),
        _ => assert_ne!(node.origin, Origin::NONE, "nobody knows where {at} comes from"),
    }
}

#[test]
fn images_lists_what_has_to_be_mirrored() {
    let folder = TempDir::new().unwrap();
    copy_folder(&root().join("examples/ct-segmentation"), folder.path());
    let images = mlopsc(folder.path(), &["images"]).exits_with(0).stdout;
    for part in ["postgres:18.4-trixie\trun", "python:3.12-slim-trixie\tbase", "\tbuilt", "busybox"] {
        assert!(images.contains(part), "{part} is missing in\n{images}");
    }
}

#[test]
fn completions_and_schema_are_data() {
    let folder = TempDir::new().unwrap();
    let schema = mlopsc(folder.path(), &["schema"]).exits_with(0).stdout;
    assert_eq!(schema, fs::read_to_string(root().join("schema/mlops.schema.json")).unwrap());
    for shell in ["bash", "zsh", "fish"] {
        assert!(mlopsc(folder.path(), &["completions", shell]).exits_with(0).stdout.contains("mlopsc"));
    }
}

#[test]
fn a_file_in_the_way_and_a_read_only_folder_are_the_worlds_fault() {
    let folder = project(GOOD);
    fs::create_dir_all(folder.path().join("deploy/default")).unwrap();
    fs::write(folder.path().join("deploy/default/mine.yaml"), "x").unwrap();
    mlopsc(folder.path(), &["compile"]).exits_with(3).says(&["mine.yaml"]);
    assert_eq!(fs::read_to_string(folder.path().join("deploy/default/mine.yaml")).unwrap(), "x");
    assert!(!Path::new(&folder.path().join("deploy/default/kustomization.yaml")).exists());
}

#[test]
fn a_lock_file_that_is_there_and_no_file_of_the_project_is_called_that() {
    let folder = project(GOOD);
    let lock = folder.path().join("requirements.lock");
    fs::remove_file(&lock).unwrap();
    let elsewhere = TempDir::new().unwrap();
    fs::write(elsewhere.path().join("requirements.lock"), "").unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("requirements.lock"), &lock).unwrap();
    let outside = "`requirements.lock` is outside the project's folder";
    mlopsc(folder.path(), &["check"]).exits_with(2).says(&["lock-unreadable", outside, "put the file itself"]);
    let named = GOOD.replace("entry =", "lock = \"requirements.lock\"\nentry =");
    fs::write(folder.path().join("mlops.toml"), named).unwrap();
    mlopsc(folder.path(), &["check"]).exits_with(2).says(&["missing-file", outside, "mlops.toml:10:8"]);
    fs::remove_file(&lock).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(&lock).unwrap();
    mlopsc(folder.path(), &["check"]).exits_with(2).says(&["cannot read `requirements.lock`: not a regular file"]);
}

#[test]
fn a_name_that_no_path_may_have_is_no_way_into_an_image() {
    use std::os::unix::ffi::OsStrExt;
    let spec = GOOD.replace("entry = \"train.py\"", "entry = \"src/train.py\"\nlock = \"requirements.lock\"");
    for (name, shown) in [(&b"IM\\0001"[..], "IM\\\\0001"), (b"IM\n0001", "IM\\n0001"), (b"M\xfcller", "M\u{fffd}ller")]
    {
        let folder = project(&spec);
        fs::create_dir_all(folder.path().join("src/trial")).unwrap();
        fs::write(folder.path().join("src/train.py"), "").unwrap();
        mlopsc(folder.path(), &["check"]).exits_with(0);
        fs::write(folder.path().join("src/trial").join(std::ffi::OsStr::from_bytes(name)), "").unwrap();
        let run = mlopsc(folder.path(), &["check"]).exits_with(2);
        run.says(&["data-in-image", &format!("`{shown}` in `src/trial`, which image `python` gets")]);
    }
}

#[test]
fn a_large_file_is_part_of_the_tag_to_its_end() {
    let folder =
        project(&GOOD.replace("train.py", "src/train.py").replace("outputs", "lock = \"requirements.lock\"\noutputs"));
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/train.py"), "").unwrap();
    let tag_with = |last: u8| {
        let mut large = vec![0; 3 << 20];
        large.push(last);
        fs::write(folder.path().join("src/table.bin"), large).unwrap();
        mlopsc(folder.path(), &["images"]).exits_with(0).stdout.clone()
    };
    let (one, other) = (tag_with(1), tag_with(2));
    assert!(one.contains(":sha-") && one != other, "{one}");
    assert_eq!(tag_with(1), one);
}

#[test]
fn a_sum_without_end_is_no_bug() {
    let most = "18446744073709551615";
    let scratch = format!("services.gateway.resources.scratch=\"{most}\"");
    let cache = format!("data.cache.size=\"{most}\"");
    let folder = root().join("examples/reading-room");
    mlopsc(&folder, &["check", "--env", "site-a", "--set", &scratch, "--set", &cache]).exits_with(0);
}

#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let folder = project("[project]\nname = \"a\\u001b[31mb\"\n\"ev\\u001b]0;il\" = 1\n");
    let said = mlopsc(folder.path(), &["check"]).exits_with(2);
    assert!(!said.stderr.contains('\u{1b}'), "{:?}", said.stderr);
}

/// A `kubectl` that writes down what it is asked and says of every Job how it ended.
fn pipeline_with(ended: &str) -> (i32, String) {
    let folder = TempDir::new().unwrap();
    let project = folder.path().join("project");
    copy_folder(&root().join("examples/mri-classifier"), &project);
    mlopsc(&project, &["compile", "--quiet", "--env", "prod"]).exits_with(0);
    let log = folder.path().join("log");
    let fake =
        format!("#!/bin/sh\ncase \"$*\" in *' get job '*) {ended} ;; *) echo \"$*\" >> {} ;; esac\n", log.display());
    let kubectl = folder.path().join("kubectl");
    fs::write(&kubectl, fake).unwrap();
    fs::set_permissions(&kubectl, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let script = project.join("deploy/prod/kubernetes/run-pipeline.sh");
    let status = std::process::Command::new("sh")
        .args([script.to_str().unwrap(), "--context", "here"])
        .env("PATH", path)
        .output()
        .unwrap();
    (status.status.code().unwrap(), fs::read_to_string(log).unwrap())
}

#[test]
fn the_pipeline_runs_stages_in_their_order() {
    let (code, log) = pipeline_with("echo Complete");
    assert_eq!(code, 0, "{log}");
    let applied: Vec<&str> = log.lines().filter_map(|it| it.strip_prefix("--context here apply --filename ")).collect();
    let names = ["deidentify", "validate-data", "preprocess", "train"].map(|it| format!("{it}.job.yaml"));
    assert_eq!(applied, names);
    assert_eq!(log.matches("--cascade=foreground").count(), applied.len(), "{log}");
}

#[test]
fn the_pipeline_ends_at_the_first_stage_that_fails() {
    let (code, log) =
        pipeline_with("case \"$*\" in *validate-data*) echo FailureTargetFailed ;; *) echo Complete ;; esac");
    assert_eq!(code, 1, "{log}");
    assert_eq!(log.matches(" apply ").count(), 2, "{log}");
}
