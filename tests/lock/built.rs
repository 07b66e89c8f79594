//! Digests of the project's own images: written down after a build, used, and handed on.

use std::fs;
use std::path::Path;

use mlopsc::source::{Files, RelPath};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::judges::harness::tests;
use crate::support::project::{compile_files, must_compile};
use crate::{lock_file, mlopsc};

tests!(
    a_build_is_used_by_its_digest_in_its_environment,
    metadata_of_something_else_is_refused,
    a_change_after_a_build_is_named,
    one_digest_goes_from_staging_to_prod,
    only_the_same_image_is_promoted,
    another_registry_gets_the_same_digest,
    a_build_that_nothing_uses_any_more_goes,
    nobody_deploys_what_is_not_of_these_files_without_being_told,
    only_what_was_built_makes_a_check_read_what_is_in_an_image,
);

const SPEC: &str = "[project]\nname = \"demo\"\nversion = \"1.0.0\"\nregistry = \"registry.example.org/team\"\n\
    [data.model]\nclass = \"public\"\nsize = \"1Gi\"\n[stages.train]\nentry = \"train.py\"\noutputs = [\"model\"]\n\
    [environments.staging]\n[environments.prod]\n";

const NAME: &str = "registry.example.org/team/demo-python:1.0.0";

fn project() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in [("mlops.toml", SPEC), ("train.py", "print()\n"), ("requirements.lock", "")] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn digest(of: char) -> String {
    format!("sha256:{}", of.to_string().repeat(64))
}

/// What `docker buildx bake --metadata-file` writes.
fn metadata(folder: &Path, digest: &str) {
    let target = json!({"buildx.build.ref": "default/default/x", "containerimage.config.digest": self::digest('f'),
        "containerimage.digest": digest, "image.name": NAME});
    let document = json!({"buildx.build.warnings": [], "python": target});
    fs::write(folder.join("built.json"), document.to_string()).unwrap();
}

/// Records a build of staging.
fn built(folder: &Path, of: char) {
    metadata(folder, &digest(of));
    mlopsc(folder, &["lock", "--built", "built.json", "--env", "staging"]).exits_with(0);
}

/// Locks the one base image without asking a registry: the arguments, and another lock file as the source.
fn base(folder: &Path) -> [&'static str; 3] {
    let text = format!("[images.\"docker.io/library/python:3.12-slim-trixie\"]\ndigest = \"{}\"\n", digest('c'));
    fs::write(folder.join("base.lock"), text).unwrap();
    let lock = ["lock", "--from", "base.lock"];
    mlopsc(folder, &lock).exits_with(0);
    lock
}

/// The manifests of an environment.
fn manifests(folder: &Path, environment: &str) -> String {
    mlopsc(folder, &["compile", "--stdout", "--env", environment]).stdout
}

fn a_build_is_used_by_its_digest_in_its_environment() {
    let folder = project();
    let folder = folder.path();
    built(folder, 'a');
    let text = lock_file(folder);
    let table = format!("[built.staging.python]\nimage = \"{NAME}\"\ndigest = \"{}\"\ncontent = \"sha-", digest('a'));
    assert!(text.contains(&table), "{text}");
    let pinned = format!("image: {NAME}@{}", digest('a'));
    assert!(manifests(folder, "staging").contains(&pinned), "{}", manifests(folder, "staging"));
    assert!(!manifests(folder, "prod").contains("@sha256"));
    built(folder, 'a');
    assert_eq!(lock_file(folder), text, "the same build changes nothing");
    // With another version it is another image, and the digest is not that one's.
    fs::write(folder.join("mlops.toml"), SPEC.replace("1.0.0", "1.1.0")).unwrap();
    assert!(!manifests(folder, "staging").contains(&digest('a')));
}

fn metadata_of_something_else_is_refused() {
    let folder = project();
    let folder = folder.path();
    let target = |it: Value| json!({"python": it}).to_string();
    for (text, why) in [
        ("nonsense".to_owned(), "it is no JSON"),
        ("[]".to_owned(), "it is no object"),
        ("{}".to_owned(), "it has no target"),
        (json!({"containerimage.digest": digest('a')}).to_string(), "of a single build"),
        (json!({"other": {"containerimage.digest": digest('a')}}).to_string(), "the targets `other`"),
        (target(json!({"image.name": NAME})), "with `--push`"),
        (target(json!({"containerimage.digest": "sha256:1"})), "is no digest"),
        (
            target(json!({"containerimage.digest": digest('a'), "containerimage.config.digest": digest('a')})),
            "no registry has",
        ),
        (
            target(
                json!({"containerimage.digest": digest('a'), "image.name": "registry.example.org/team/demo-python:0.9.0"}),
            ),
            "0.9.0",
        ),
    ] {
        fs::write(folder.join("built.json"), &text).unwrap();
        mlopsc(folder, &["lock", "--built", "built.json", "--env", "staging"]).exits_with(2).says(&["built.json", why]);
        assert!(!folder.join("mlops.lock").exists(), "{text}");
    }
    metadata(folder, &digest('a'));
    mlopsc(folder, &["lock", "--built", "built.json"]).exits_with(2).says(&["name one with --env"]);
    mlopsc(folder, &["lock", "--built", "none.json", "--env", "prod"]).exits_with(2).says(&["cannot read `none.json`"]);
    mlopsc(folder, &["lock", "--built", "built.json", "--env", "pord"]).exits_with(2).says(&["pord"]);
}

fn a_change_after_a_build_is_named() {
    let folder = project();
    let folder = folder.path();
    metadata(folder, &digest('a'));
    let record = ["lock", "--built", "built.json", "--env", "staging"];
    let quiet = mlopsc(folder, &record).exits_with(0);
    assert!(!quiet.stderr.contains("newer than"), "{}", quiet.stderr);
    fs::write(folder.join("train.py"), "print(2)\n").unwrap();
    mlopsc(folder, &record).exits_with(0).says(&["`train.py` is newer than `built.json`", "`python`"]);
    built(folder, 'b');
    fs::write(folder.join("mlops.toml"), format!("{SPEC}\n")).unwrap();
    mlopsc(folder, &record).exits_with(0).says(&["`mlops.toml` is newer than `built.json`"]);
}

fn one_digest_goes_from_staging_to_prod() {
    let folder = project();
    let folder = folder.path();
    let promote = ["lock", "--promote", "staging", "--to", "prod"];
    mlopsc(folder, &promote).exits_with(2).says(&["`python` has no digest in `staging`", "--built"]);
    built(folder, 'a');
    let run = mlopsc(folder, &promote).exits_with(0);
    assert!(run.stdout.contains("prod: python  new") && run.stdout.contains(&digest('a')), "{}", run.stdout);
    assert!(manifests(folder, "prod").contains(&format!("{NAME}@{}", digest('a'))));
    built(folder, 'b');
    let run = mlopsc(folder, &promote).exits_with(0);
    for part in ["prod: python  moved".to_owned(), format!("- {}", digest('a')), format!("+ {}", digest('b'))] {
        assert!(run.stdout.contains(&part), "{part}:\n{}", run.stdout);
    }
    let run = mlopsc(folder, &promote).exits_with(0).says(&["unchanged"]);
    assert!(run.stdout.contains("prod: python  same"), "{}", run.stdout);
    mlopsc(folder, &["lock", "--promote", "staging", "--to", "staging"]).exits_with(2);
    mlopsc(folder, &["lock", "--promote", "staging"]).exits_with(2).says(&["--to"]);
}

fn only_the_same_image_is_promoted() {
    let folder = project();
    let folder = folder.path();
    let promote = ["lock", "--promote", "staging", "--to", "prod"];
    built(folder, 'a');
    let before = lock_file(folder);
    let other =
        SPEC.replace("[environments.prod]\n", "[environments.prod.project]\nversion = \"2.0.0\"\n[environments.prod.stages.train]\nsystem-packages = [\"libgomp1\"]\n");
    fs::write(folder.join("mlops.toml"), other).unwrap();
    mlopsc(folder, &promote).exits_with(2).says(&["another image in `prod`", "system_packages"]);
    fs::write(folder.join("mlops.toml"), SPEC).unwrap();
    fs::write(folder.join("train.py"), "print(2)\n").unwrap();
    mlopsc(folder, &promote).exits_with(2).says(&["was built from other files than these"]);
    assert_eq!(lock_file(folder), before);
}

fn another_registry_gets_the_same_digest() {
    let folder = project();
    let folder = folder.path();
    let spec = SPEC.replace("[environments.prod]\n", "[environments.prod.project]\nregistry = \"prod.example.org\"\n");
    fs::write(folder.join("mlops.toml"), spec).unwrap();
    built(folder, 'a');
    let run = mlopsc(folder, &["lock", "--promote", "staging", "--to", "prod"]).exits_with(0);
    let copy = format!("copy `registry.example.org/team/demo-python@{}`", digest('a'));
    assert!(
        run.stderr.contains(&copy) && run.stderr.contains("`prod.example.org/demo-python:1.0.0`"),
        "{}",
        run.stderr
    );
    let image = format!("prod.example.org/demo-python:1.0.0@{}", digest('a'));
    assert!(manifests(folder, "prod").contains(&image));
}

fn a_build_that_nothing_uses_any_more_goes() {
    let folder = project();
    let folder = folder.path();
    built(folder, 'a');
    let lock = base(folder);
    fs::write(folder.join("train.py"), "print(2)\n").unwrap();
    mlopsc(folder, &[&lock[..], &["--check"]].concat()).exits_with(1).says(&["a build from other files"]);
    // Of another version it is not used, but stays until there is a build of that one.
    fs::write(folder.join("mlops.toml"), SPEC.replace("1.0.0", "1.1.0")).unwrap();
    for _ in 0..2 {
        let run = mlopsc(folder, &[&lock[..], &["--check"]].concat()).exits_with(1).says(&["has no digest"]);
        assert!(run.stdout.contains("staging: python  outdated"), "{}", run.stdout);
        mlopsc(folder, &lock).exits_with(0);
        assert!(lock_file(folder).contains("[built.staging.python]"), "{}", lock_file(folder));
    }
    // What was built for an environment that is gone goes.
    fs::write(folder.join("mlops.toml"), SPEC).unwrap();
    fs::write(folder.join("mlops.toml"), SPEC.replace("[environments.staging]\n", "")).unwrap();
    let run = mlopsc(folder, &[&lock[..], &["--check"]].concat()).exits_with(1);
    assert!(run.stdout.contains("staging: python  unused"), "{}", run.stdout);
    mlopsc(folder, &[&lock[..], &["--check", "--env", "prod"]].concat()).exits_with(0);
}

fn nobody_deploys_what_is_not_of_these_files_without_being_told() {
    let folder = project();
    let folder = folder.path();
    let lock = base(folder);
    let checked = |env: &str| mlopsc(folder, &[&lock[..], &["--check", "--env", env]].concat());
    built(folder, 'a');
    mlopsc(folder, &["lock", "--promote", "staging", "--to", "prod"]).exits_with(0);
    let run = mlopsc(folder, &["check"]).exits_with(0);
    assert!(!run.stderr.contains("build-outdated"), "{}", run.stderr);
    checked("staging").exits_with(0).says(&["is what it should be"]);
    fs::write(folder.join("train.py"), "print(2)\n").unwrap();
    // Nothing says from which files a build was; that it gave the same digest is odd.
    let before = lock_file(folder);
    let run = mlopsc(folder, &["lock", "--built", "built.json", "--env", "staging"]).exits_with(0);
    assert!(run.stderr.contains("the digest that it had with other files"), "{}", run.stderr);
    fs::write(folder.join("mlops.lock"), before).unwrap();
    let line = |env: &str| {
        let text = lock_file(folder);
        let (before, rest) = text.split_once(&format!("[built.{env}.python]")).unwrap();
        let (inside, _) = rest.split_once("content").unwrap();
        format!(
            "note[build-outdated]: mlops.lock:{}:1: ",
            1 + before.matches('\n').count() + inside.matches('\n').count()
        )
    };
    for command in ["check", "compile"] {
        mlopsc(folder, &[command]).exits_with(0).says(&[
            &line("staging"),
            "(staging); build it, then `mlopsc lock --built FILE --env staging`\n",
            &line("prod"),
            "(prod); once `staging` has what it should: `mlopsc lock --promote staging --to prod`\n",
        ]);
    }
    // What was built for an environment should be of these files; what was promoted lags behind until it is again.
    let run = checked("staging").exits_with(1).says(&["until what is outdated is built again"]);
    assert!(run.stdout.contains("staging: python  outdated"), "{}", run.stdout);
    let run =
        checked("prod").exits_with(0).says(&["note: in `prod`, the digest of image `python`", "is what it should be"]);
    assert!(!run.stdout.contains("outdated"), "{}", run.stdout);
    mlopsc(folder, &lock).exits_with(0).says(&["unchanged"]);
    built(folder, 'b');
    checked("staging").exits_with(0);
    mlopsc(folder, &["check"]).exits_with(0).says(&["(prod); once `staging` has what it should"]);
    mlopsc(folder, &["lock", "--promote", "staging", "--to", "prod"]).exits_with(0);
    let run = mlopsc(folder, &["check"]).exits_with(0);
    assert!(!run.stderr.contains("build-outdated"), "{}", run.stderr);
}

fn only_what_was_built_makes_a_check_read_what_is_in_an_image() {
    let table =
        |env: &str| format!("[built.{env}.python]\nimage = \"{NAME}\"\ndigest = \"{}\"\ncontent = \"\"\n", digest('a'));
    for (lock, is_read) in [(String::new(), false), (table("gone"), false), (table("prod"), true)] {
        let spec = SPEC.replace("train.py", "src/train.py");
        let files = Files::memory([
            ("mlops.toml", &*spec),
            ("src/train.py", ""),
            ("src/deep/net.py", ""),
            ("mlops.lock", &lock),
        ]);
        must_compile(compile_files(files.clone(), "", &[]));
        let net = RelPath::parse("src/deep/net.py").unwrap();
        assert_eq!(files.read_so_far().contains(&net), is_read, "{lock}");
    }
}
