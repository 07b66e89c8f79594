//! What may stand on either side: a revision, folders of other tools, the standard input; and what cannot.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::binary::{Run, copy_folder, mlopsc, run};
use crate::support::project::root;

/// Runs git in a folder, where nothing of the user's own settings counts.
fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args([
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.org",
        "-c",
        "commit.gpgsign=false",
    ]);
    command.args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository in which an example is a folder of its own, committed with what is compiled of it.
fn repository() -> TempDir {
    let folder = TempDir::new().unwrap();
    let project = folder.path().join("projects/mri");
    copy_folder(&root().join("examples/mri-classifier"), &project);
    mlopsc(&project, &["compile", "--quiet"]).exits_with(0);
    git(folder.path(), &["init", "--quiet", "--initial-branch", "main"]);
    git(folder.path(), &["add", "--all", "--force"]);
    git(folder.path(), &["commit", "--quiet", "--message", "first"]);
    folder
}

fn change(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(file, text.replace(from, to)).unwrap();
}

fn objects(run: &Run) -> Vec<Value> {
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    document["environments"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|it| it["objects"].as_array().unwrap().clone())
        .collect()
}

#[test]
fn a_spec_is_compared_with_what_it_was_in_a_revision() {
    let repository = repository();
    let project = repository.path().join("projects/mri");
    let spec = project.join("mlops.toml");
    mlopsc(&project, &["diff", "--base", "main"]).exits_with(0);
    mlopsc(&project, &["diff", "--base", "HEAD", "--env", "prod", "--set", "project.owner=Somebody"]).exits_with(0);
    change(&spec, "registry = ", "registry = \"other.example.org/x\" # ");
    let changed = mlopsc(&project, &["diff", "--base", "HEAD", "--format", "json"]).exits_with(1);
    let differing: Vec<Value> = objects(&changed).into_iter().filter(|it| it["verdict"] != "same").collect();
    assert!(!differing.is_empty());
    for object in &differing {
        // A Job is never changed.
        assert_eq!(object["verdict"], if object["kind"] == "Job" { "replace" } else { "changed" }, "{object:#}");
        assert!(
            object["fields"]
                .as_array()
                .unwrap()
                .iter()
                .all(|it| it["line"].as_str().unwrap().starts_with("mlops.toml:"))
        );
    }
    // From elsewhere, and by the path of the spec.
    let named = ["diff", "--file", "projects/mri/mlops.toml", "--base", "HEAD", "--format", "json"];
    let elsewhere = mlopsc(repository.path(), &named).exits_with(1);
    assert_eq!(objects(&elsewhere).len(), objects(&changed).len());
    assert!(elsewhere.stdout.contains("projects/mri/mlops.toml:"), "{}", elsewhere.stdout);
    // Nothing was written, nothing is left in git.
    let status = Command::new("git").arg("-C").arg(repository.path()).args(["status", "--porcelain"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&status.stdout), " M projects/mri/mlops.toml\n");
}

#[test]
fn stages_environments_and_services_come_and_go_between_revisions() {
    let repository = repository();
    let project = repository.path().join("projects/mri");
    let old = fs::read_to_string(project.join("mlops.toml")).unwrap();
    fs::write(
        project.join("mlops.toml"),
        "[project]\nname = \"mri\"\nregistry = \"registry.example.org/x\"\n[stages.train]\nimage = \"registry.example.org/t:1\"\n\
         [environments.prod]\ntargets = [\"kubernetes\"]\n",
    )
    .unwrap();
    let run = mlopsc(&project, &["diff", "--base", "main", "--format", "json"]);
    let run = if run.code == 2 { panic!("{}", run.stderr) } else { run.exits_with(1) };
    let found = objects(&run);
    let is = |kind: &str, verdict: &str| found.iter().any(|it| it["kind"] == kind && it["verdict"] == verdict);
    assert!(is("Job", "create") && is("Deployment", "orphan"), "{}", run.stdout);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let names: Vec<&str> =
        document["environments"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names[0], "prod");
    assert!(names.len() > 1, "environments that are gone are shown: {names:?}");
    assert!(found.iter().all(|it| it["verdict"] != "not-started"));
    fs::write(project.join("mlops.toml"), old + "\n[environments.more]\ntargets = [\"kubernetes\"]\n").unwrap();
    let run = mlopsc(&project, &["diff", "--base", "main", "--env", "more", "--format", "json"]);
    assert!(
        run.code == 1 && objects(&run).iter().all(|it| it["verdict"] == "create"),
        "{}\n{}",
        run.stderr,
        run.stdout
    );
    assert!(
        run.stdout.contains("the revision `main` has no environment `more`") && run.stdout.contains("`prod`"),
        "{}",
        run.stdout
    );
}

#[test]
fn committed_manifests_are_compared_with_what_they_were() {
    let repository = repository();
    let folder = "projects/mri/deploy/prod";
    let deployment = repository.path().join(folder).join("kubernetes/classify.deployment.yaml");
    let arguments = ["diff", "--desired", folder, "--base", "main"];
    mlopsc(repository.path(), &arguments).exits_with(0);
    change(&deployment, "kind: Deployment", "kind: Deployment\n# a comment");
    mlopsc(repository.path(), &arguments).exits_with(0);
    change(&deployment, "imagePullPolicy: Always", "imagePullPolicy: Never");
    let run = mlopsc(repository.path(), &arguments).exits_with(1);
    assert!(run.stdout.contains("against main ("), "{}", run.stdout);
    assert!(run.stdout.contains("imagePullPolicy"), "{}", run.stdout);
    let one = format!("{folder}/kubernetes/classify.deployment.yaml");
    mlopsc(repository.path(), &["diff", "--desired", &one, "--base", "main"]).exits_with(1);
}

#[test]
fn a_revision_that_cannot_be_had_is_explained() {
    let repository = repository();
    let project = repository.path().join("projects/mri");
    let base = |folder: &Path, named: &str| mlopsc(folder, &["diff", "--base", named]);
    base(&project, "nowhere").exits_with(2).says(&["there is no revision `nowhere`", "a branch or a tag"]);
    base(&project, "--all").exits_with(2);
    mlopsc(&project, &["diff", "--base=--all"]).exits_with(2).says(&["there is no revision `--all`"]);
    base(&project, "mian").exits_with(2).says(&["there is no revision `mian`", "did you mean `main`?"]);
    let fresh = TempDir::new().unwrap();
    copy_folder(&root().join("examples/mri-classifier"), fresh.path());
    git(fresh.path(), &["init", "--quiet"]);
    base(fresh.path(), "HEAD").exits_with(2).says(&["there is no revision `HEAD`", "has no commits yet"]);
    // A folder of manifests that is in no repository.
    fs::create_dir(repository.path().join("projects/none")).unwrap();
    mlopsc(repository.path(), &["diff", "--desired", "projects/none", "--base", "main"])
        .exits_with(2)
        .says(&["holds no manifest"]);
    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("c.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlopsc"));
    command.args(["diff", "--base", "main", "--desired"]).arg(outside.path()).current_dir(repository.path());
    run(command.env("GIT_CEILING_DIRECTORIES", "/")).exits_with(2).says(&["in no git repository"]);
    // Without git, without a repository, and before there was a spec.
    let mut without = Command::new(env!("CARGO_BIN_EXE_mlopsc"));
    without.args(["diff", "--base", "main"]).current_dir(&project).env("PATH", "/nowhere");
    run(&mut without).exits_with(3).says(&["needs the program `git`"]);
    let bare = TempDir::new().unwrap();
    copy_folder(&root().join("examples/mri-classifier"), bare.path());
    let mut outside = Command::new(env!("CARGO_BIN_EXE_mlopsc"));
    outside.args(["diff", "--base", "main"]).current_dir(bare.path()).env("GIT_CEILING_DIRECTORIES", "/");
    run(&mut outside).exits_with(2).says(&["in no git repository"]);
    let late = repository.path().join("projects/late");
    copy_folder(&project, &late);
    base(&late, "main").exits_with(2).says(&["is not there in the revision `main`"]);
    // A spec that was wrong then.
    change(&project.join("mlops.toml"), "[project]", "[project]\nnme = 1");
    git(repository.path(), &["commit", "--quiet", "--all", "--message", "wrong"]);
    change(&project.join("mlops.toml"), "[project]\nnme = 1", "[project]");
    base(&project, "HEAD").exits_with(2).says(&["unknown-key", "HEAD:mlops.toml"]);
    base(&project, "HEAD~1").exits_with(0);
    // A folder of manifests that was not there.
    mlopsc(repository.path(), &["diff", "--desired", "projects/late/deploy/prod", "--base", "main"])
        .exits_with(2)
        .says(&["is not there in the revision"]);
}

#[test]
fn sides_that_exclude_each_other_are_named() {
    let folder = TempDir::new().unwrap();
    let refused = |arguments: &[&str], said: &[&str]| {
        mlopsc(folder.path(), &[&["diff"], arguments].concat()).exits_with(2).says(said);
    };
    refused(&["--base", "main", "--live", "x"], &["--live", "cannot be used with"]);
    refused(&["--base", "main", "--context", "x"], &["--context", "cannot be used with"]);
    refused(&["--print-rbac", "--live", "x"], &["cannot be used with"]);
    refused(&["--print-rbac", "--base", "x"], &["cannot be used with"]);
    refused(&["--side-by-side", "--format", "json"], &["is for the terminal"]);
    refused(&["--desired", "-", "--live", "-"], &["the standard input is one side"]);
    refused(&["--desired", "-", "--base", "main"], &["holds no manifest"]);
    refused(&["--desired", "no-such", "--base", "main"], &["`no-such` does not exist"]);
    refused(&["--base", "main"], &["there is no mlops.toml"]);
}

/// With a text on the standard input.
fn piped(folder: &Path, arguments: &[&str], text: &str) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlopsc"));
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn what_other_tools_print_is_read_and_their_folders_are_not_mistaken() {
    let folder = TempDir::new().unwrap();
    let config = |value: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c, namespace: ns}}\ndata: {{a: {value}}}\n")
    };
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("base/c.yaml", &config("x"));
    write("base/kustomization.yaml", "resources: [c.yaml]\n");
    write("overlay/c.yaml", &config("x"));
    write(
        "overlay/kustomization.yaml",
        "resources: [c.yaml, ../base, https://evil.example/x]\nnamePrefix: a-\nimages: []\npatches: [{path: p.yaml}]\n",
    );
    write("chart/Chart.yaml", "name: x\n");
    write("chart/templates/c.yaml", "a: {{ .Values.a }}\n");
    let plain = mlopsc(folder.path(), &["diff", "--desired", "base", "--live", "base/c.yaml"]).exits_with(0);
    assert!(!plain.stdout.contains("note:"), "{}", plain.stdout);
    let overlay = mlopsc(folder.path(), &["diff", "--desired", "overlay", "--live", "base"]).exits_with(0);
    for part in [
        "note: `kustomization.yaml` is not followed",
        "`namePrefix`",
        "`patches`",
        "the resource `../base`",
        "kubectl kustomize",
    ] {
        assert!(overlay.stdout.contains(part), "{part}:\n{}", overlay.stdout);
    }
    assert!(!overlay.stdout.contains("`images`"), "{}", overlay.stdout);
    mlopsc(folder.path(), &["diff", "--desired", "chart", "--live", "base"])
        .exits_with(2)
        .says(&["is a chart", "helm template"]);
    let arguments = ["diff", "--desired", "-", "--live", "base"];
    let text = piped(folder.path(), &arguments, &config("z")).exits_with(1).stdout;
    assert!(text.contains("standard input against base") && text.contains("+ z"), "{text}");
    let dump = json!({"apiVersion": "v1", "kind": "List", "items": []}).to_string();
    piped(folder.path(), &["diff", "--desired", "base", "--live", "-"], &dump).exits_with(1);
    piped(folder.path(), &arguments, "a: [").exits_with(2).says(&["`standard input`", "YAML"]);
    piped(folder.path(), &arguments, "").exits_with(2).says(&["holds no manifest"]);
}

/// Whatever is wrong with a manifest or a dump, it is said with its place, and never left out.
#[test]
fn what_is_no_object_is_named_with_its_place() {
    let folder = TempDir::new().unwrap();
    let good = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: prod}\ndata: {a: b}\n";
    fs::write(folder.path().join("good.yaml"), good).unwrap();
    for (text, said) in [
        ("a: 1\n".to_owned(), &["it has no `kind`, and is no manifest"][..]),
        (format!("{good}---\n# of nobody\na: 1\n"), &["document 2 (line 7): it has no `kind`"]),
        (
            format!("{good}---\nkind: ConfigMap\napiversion: v1\n"),
            &["document 2 (line 6): it has no `apiVersion`", "`apiversion` is not read"],
        ),
        (format!("{good}---\njust text\n"), &["document 2 (line 6): it is no object"]),
        ("just text\n".to_owned(), &["it is no object"]),
        ("7\n".to_owned(), &["it is no object"]),
        ("[{\"kind\": \"ConfigMap\"}]".to_owned(), &["it is a list", "`kind: List`"]),
        (
            "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: ConfigMap, metadata: {}}]\n".to_owned(),
            &["item 1: a ConfigMap has no `metadata.name`"],
        ),
        (
            "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, metadata: {name: a}}]\n".to_owned(),
            &["item 1: it has no `kind`"],
        ),
        ("apiVersion: v1\nkind: List\nitems: 7\n".to_owned(), &["`items` are no list"]),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 7}\n".to_owned(),
            &["`metadata.name` of a ConfigMap is no text", "quotes"],
        ),
        (
            "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: a-}\n".to_owned(),
            &["`generateName`", "give it a name"],
        ),
        (
            format!("{good}---\n{}", good.replace("a: b", "a: c")),
            &["document 2 (line 6): the ConfigMap `c` is in `bad.yaml`, document 1 (line 1), too", "keep one"],
        ),
    ] {
        fs::write(folder.path().join("bad.yaml"), &text).unwrap();
        for sides in
            [["--desired", "bad.yaml", "--live", "good.yaml"], ["--desired", "good.yaml", "--live", "bad.yaml"]]
        {
            mlopsc(folder.path(), &[&["diff"], &sides[..]].concat())
                .exits_with(2)
                .says(&[&["`bad.yaml`"], said].concat());
        }
        piped(folder.path(), &["diff", "--desired", "good.yaml", "--live", "-"], &text)
            .exits_with(2)
            .says(&[&said[0].replace("`bad.yaml`", "`standard input`")]);
    }
    // In two files of a folder, and in one of which a part is no manifest.
    let write = |path: &str, text: &str| {
        fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
        fs::write(folder.path().join(path), text).unwrap();
    };
    write("twice/a.yaml", good);
    write("twice/b.yaml", good);
    mlopsc(folder.path(), &["diff", "--desired", "twice", "--live", "good.yaml"]).exits_with(0);
    write("twice/b.yaml", &good.replace("a: b", "a: c"));
    mlopsc(folder.path(), &["diff", "--desired", "twice", "--live", "good.yaml"])
        .exits_with(2)
        .says(&["`b.yaml`", "in `a.yaml`, too"]);
    write("mixed/a.yaml", good);
    write("mixed/values.yaml", "replicas: 3\n");
    write("mixed/part.json", "{\"a\": 1}\n");
    let mixed = mlopsc(folder.path(), &["diff", "--desired", "mixed", "--live", "good.yaml"]).exits_with(0);
    assert!(
        mixed.stdout.contains("passed over, because no object is in them: `part.json` and `values.yaml`"),
        "{}",
        mixed.stdout
    );
    // A tree that was compiled has files for other tools, in this folder or in one around it.
    write("tree/site/.mlopsc-manifest.json", "{}");
    write("tree/site/sbom.json", "{\"a\": 1}");
    write("tree/site/kubernetes/c.yaml", good);
    let tree = mlopsc(folder.path(), &["diff", "--desired", "tree", "--live", "good.yaml"]).exits_with(0);
    assert!(!tree.stdout.contains("note:"), "{}", tree.stdout);
    write("mixed/values.yaml", &format!("replicas: 3\n---\n{good}"));
    mlopsc(folder.path(), &["diff", "--desired", "mixed", "--live", "good.yaml"])
        .exits_with(2)
        .says(&["`values.yaml`: document 1 (line 1)"]);
}

#[test]
fn nothing_is_there_only_where_somebody_says_so() {
    let folder = TempDir::new().unwrap();
    let write = |path: &str, text: &str| {
        fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
        fs::write(folder.path().join(path), text).unwrap();
    };
    write("good.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: prod}\n");
    write("empty.yaml", "");
    write("comment.yaml", "# nothing\n---\n");
    write("folder/README.md", "nothing");
    write("other/values.yaml", "a: 1\n");
    write("strange.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: prod}\n");
    fs::write(folder.path().join("bytes.yaml"), [0xff, 0xfe, 0x61]).unwrap();
    let run = |live: &str| mlopsc(folder.path(), &["diff", "--desired", "good.yaml", "--live", live]);
    run("bytes.yaml").exits_with(2).says(&["error: `bytes.yaml`: it is not UTF-8 text"]);
    run("/dev/null").exits_with(2).says(&["neither a file nor a folder", "as `-`"]);
    let strange = run("strange.yaml").exits_with(1).stdout;
    assert!(strange.contains("note: none of what is wanted is there, and another object is"), "{strange}");
    for live in ["empty.yaml", "comment.yaml", "folder", "other"] {
        let arguments = ["diff", "--desired", "good.yaml", "--live", live];
        mlopsc(folder.path(), &arguments).exits_with(2).says(&[&format!("`{live}` holds no object"), "items: []"]);
    }
    for list in [
        "apiVersion: v1\nkind: List\nitems: []\n",
        "apiVersion: v1\nkind: ConfigMapList\nitems: []\n",
        "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":null}",
    ] {
        write("list.yaml", list);
        let run = mlopsc(folder.path(), &["diff", "--desired", "good.yaml", "--live", "list.yaml"]).exits_with(1);
        assert!(run.stdout.contains("1 create"), "{}", run.stdout);
    }
}

#[test]
fn lists_streams_and_kinds_with_items_are_read() {
    let folder = TempDir::new().unwrap();
    let config = |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "prod"}, "data": {"a": "b"}});
    let item = |name: &str| json!({"metadata": {"name": name, "namespace": "prod"}, "data": {"a": "b"}});
    // Of another's own, and no list.
    let menu = json!({"apiVersion": "x.org/v1", "kind": "Menu", "metadata": {"name": "m", "namespace": "prod"}, "items": [{"name": "soup"}]});
    let stream = format!("{}\n{}\n{}", config("a"), config("b"), menu);
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "ConfigMapList", "items": [item("a"), item("b")]}, menu]});
    fs::write(folder.path().join("stream.json"), stream).unwrap();
    fs::write(folder.path().join("list.json"), list.to_string()).unwrap();
    let run = mlopsc(folder.path(), &["diff", "--desired", "stream.json", "--live", "list.json"]).exits_with(0);
    assert!(run.stdout.contains("3 same"), "{}", run.stdout);
}
