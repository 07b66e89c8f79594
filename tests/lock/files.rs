//! Images from files, where no registry can be reached.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::registry::Registry;
use crate::support::binary::copy_folder;
use crate::support::judges::harness::tests;
use crate::support::project::examples;
use crate::{lock_file, mlopsc, project};

tests!(
    a_folder_and_an_archive_say_what_the_registry_says,
    a_nameless_image_gets_its_name_from_the_command_line,
    a_name_on_the_command_line_is_that_of_an_image_that_is_fetched,
    a_name_of_another_environment_is_said_to_be_there,
    what_is_said_of_the_others_is_so,
    an_image_that_is_made_for_more_by_now_can_be_locked_again,
    a_damaged_layout_is_not_believed,
    what_is_no_source_is_refused_before_anything_is_done,
    what_docker_unpacked_has_no_digest_that_a_registry_knows,
    every_image_of_every_example_is_looked_at,
    #[cfg(unix)]
    a_link_in_the_place_of_the_lock_file_is_refused,
);

/// Packs a folder as tools do that write archives of images.
fn pack(folder: &Path, archive: &Path) {
    let mut builder = tar::Builder::new(fs::File::create(archive).unwrap());
    builder.append_dir_all(".", folder).unwrap();
    builder.finish().unwrap();
}

/// A registry with one image, a project that uses it, and the image in the folder `layout`.
fn prepared(what: &str) -> Option<(Registry, tempfile::TempDir)> {
    let registry = Registry::start(what)?;
    registry.push("team/tool:1.0", "one", &["linux/amd64", "linux/arm64"]);
    let folder = project(&[registry.name("team/tool:1.0")]);
    registry.layout("team/tool:1.0", &folder.path().join("layout"));
    Some((registry, folder))
}

fn a_folder_and_an_archive_say_what_the_registry_says() {
    let Some((registry, folder)) = prepared("images from files") else { return };
    let folder = folder.path();
    mlopsc(folder, &["lock"]).exits_with(0);
    let expected = lock_file(folder);
    assert!(expected.contains(&registry.digest("team/tool:1.0")));
    drop(registry);
    pack(&folder.join("layout"), &folder.join("images.tar"));
    for source in ["layout", "images.tar"] {
        fs::remove_file(folder.join("mlops.lock")).unwrap();
        mlopsc(folder, &["lock", "--from", source]).exits_with(0);
        assert_eq!(lock_file(folder), expected, "{source}");
        mlopsc(folder, &["lock", "--check", "--from", source]).exits_with(0);
    }
    fs::rename(folder.join("mlops.lock"), folder.join("elsewhere.lock")).unwrap();
    mlopsc(folder, &["lock", "--from", "elsewhere.lock"]).exits_with(0);
    assert_eq!(lock_file(folder), expected, "of another lock file");
}

fn a_nameless_image_gets_its_name_from_the_command_line() {
    let Some((registry, folder)) = prepared("a layout without names") else { return };
    let folder = folder.path();
    let index = folder.join("layout/index.json");
    let text = fs::read_to_string(&index).unwrap();
    let name = registry.name("team/tool:1.0");
    fs::write(&index, text.replace(&name, "1.0")).unwrap();
    let run = mlopsc(folder, &["lock", "--from", "layout"]).exits_with(3);
    assert!(run.stdout.contains("it is in none of `layout`") && run.stdout.contains("NAME=PATH"), "{}", run.stdout);
    mlopsc(folder, &["lock", "--from", &format!("{name}=layout")]).exits_with(0);
    assert!(lock_file(folder).contains(&registry.digest("team/tool:1.0")));
    mlopsc(folder, &["lock", "--from", "UPPER=layout"]).exits_with(2).says(&["`UPPER`", "is no image"]);
}

fn a_name_on_the_command_line_is_that_of_an_image_that_is_fetched() {
    let name = "registry.example.org/team/tool:1.0";
    let folder = project(&[name.to_owned()]);
    let folder = folder.path();
    fs::write(folder.join("empty.lock"), "").unwrap();
    for (said, parts) in [
        (
            "registry.example.org/team/tol:1.0=layout",
            ["no image that is fetched here", "did you mean `registry.example.org/team/tool:1.0`?"],
        ),
        ("team/tool=layout", ["`team/tool` of", "did you mean `registry.example.org/team/tool:1.0`?"]),
        ("quay.io/other:1=layout", ["no image that is fetched here", "`mlopsc images` lists them"]),
        ("registry.example.org/team/tool:1.0=empty.lock", ["a lock file has names of its own", "leave it out"]),
        ("registry.example.org/team/tool:1.0=layout", ["cannot read `layout`", "layout"]),
    ] {
        mlopsc(folder, &["lock", "--from", said]).exits_with(2).says(&parts);
    }
    assert!(!folder.join("mlops.lock").exists());
}

fn a_name_of_another_environment_is_said_to_be_there() {
    let folder = project(&["registry.example.org/team/tool:1.0".to_owned()]);
    let folder = folder.path();
    let spec = fs::read_to_string(folder.join("mlops.toml")).unwrap();
    let more = "[environments.dev]\n[environments.test.services.s0]\nimage = \"registry.example.org/team/toy:1.0\"\n\
        [environments.prod.services.s0]\nimage = \"registry.example.org/team/toy:1.0\"\n";
    fs::write(folder.join("mlops.toml"), spec + more).unwrap();
    let said = "registry.example.org/team/toy:1.0=layout";
    let way_out = "no image that is fetched here; it is in `test` and `prod`, which --env leaves out";
    mlopsc(folder, &["lock", "--env", "dev", "--from", said]).exits_with(2).says(&[way_out]);
    mlopsc(folder, &["lock", "--env", "prod", "--from", said]).exits_with(2).says(&["cannot read `layout`"]);
    mlopsc(folder, &["lock", "--from", said]).exits_with(2).says(&["cannot read `layout`"]);
}

fn what_is_said_of_the_others_is_so() {
    let folder = project(&["registry.example.org/a:1".to_owned(), "registry.example.org/b:1".to_owned()]);
    let folder = folder.path();
    fs::write(folder.join("empty.lock"), "").unwrap();
    let table =
        |name: &str| format!("[images.\"registry.example.org/{name}:1\"]\ndigest = \"sha256:{}\"\n", "a".repeat(64));
    fs::write(folder.join("one.lock"), table("a")).unwrap();
    let last = |source: &str, more: &[&str]| {
        let run = mlopsc(folder, &[&["lock", "--from", source], more].concat()).exits_with(3);
        run.stderr.lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(last("empty.lock", &[]), "error: no image could be had, and nothing was written");
    assert_eq!(last("empty.lock", &["--check"]), "no image could be had; nothing was written");
    assert_eq!(last("one.lock", &["--check"]), "1 image could not be had; nothing was written");
    assert_eq!(last("one.lock", &[]), "error: 1 image could not be had; the others are locked");
    assert_eq!(last("empty.lock", &[]), "error: no image could be had; those that had a digest keep it");
    fs::write(folder.join("mlops.lock"), "").unwrap();
    assert_eq!(last("empty.lock", &[]), "error: no image could be had");
}

fn an_image_that_is_made_for_more_by_now_can_be_locked_again() {
    let name = "registry.example.org/team/tool:1.0";
    let folder = project(&[name.to_owned()]);
    let folder = folder.path();
    let spec = fs::read_to_string(folder.join("mlops.toml")).unwrap();
    let placed = "placement = { node-selector = { \"kubernetes.io/arch\" = \"arm64\" } }\n";
    fs::write(folder.join("mlops.toml"), spec + placed).unwrap();
    let table = |digit: &str, platforms: &str| {
        format!("[images.\"{name}\"]\ndigest = \"sha256:{}\"\nplatforms = [{platforms}]\n", digit.repeat(64))
    };
    fs::write(folder.join("mlops.lock"), table("a", "\"linux/amd64\"")).unwrap();
    mlopsc(folder, &["check"]).exits_with(2).says(&["error[platform-missing]", "mlops.lock:3:1"]);
    fs::write(folder.join("newer.lock"), table("b", "\"linux/amd64\", \"linux/arm64/v8\"")).unwrap();
    mlopsc(folder, &["lock", "--from", "newer.lock"]).exits_with(0);
    mlopsc(folder, &["check"]).exits_with(0);
}

fn a_damaged_layout_is_not_believed() {
    let Some((registry, folder)) = prepared("a damaged layout") else { return };
    let folder = folder.path();
    let digest = registry.digest("team/tool:1.0");
    let blob = folder.join("layout/blobs/sha256").join(digest.strip_prefix("sha256:").unwrap());
    fs::write(&blob, fs::read_to_string(&blob).unwrap() + " ").unwrap();
    let run = mlopsc(folder, &["lock", "--from", "layout"]).exits_with(3);
    assert!(run.stdout.contains("is damaged"), "{}", run.stdout);
    fs::remove_file(blob).unwrap();
    let run = mlopsc(folder, &["lock", "--from", "layout"]).exits_with(3);
    assert!(run.stdout.contains("is missing"), "{}", run.stdout);
}

fn what_is_no_source_is_refused_before_anything_is_done() {
    let folder = project(&["registry.example.org/a:1".to_owned()]);
    let folder = folder.path();
    fs::write(folder.join("text.tar"), "no archive").unwrap();
    fs::write(folder.join("packed.tar"), [0x1f, 0x8b, 8, 0]).unwrap();
    fs::write(folder.join("bad.lock"), "[images.a]\ndigest = \"sha256:1\"\n").unwrap();
    fs::create_dir(folder.join("empty")).unwrap();
    fs::create_dir(folder.join("old")).unwrap();
    fs::write(folder.join("old/manifest.json"), "[]").unwrap();
    pack(&folder.join("old"), &folder.join("old.tar"));
    for (source, why) in [
        ("none", "cannot read `none`"),
        ("text.tar", "is no archive of images"),
        ("packed.tar", "gunzip"),
        ("empty", "holds no `index.json`"),
        ("old.tar", "saved by a Docker before 25"),
        ("bad.lock", "is no digest"),
    ] {
        mlopsc(folder, &["lock", "--from", source]).exits_with(2).says(&[why]);
        assert!(!folder.join("mlops.lock").exists());
    }
}

/// Puts a document into a layout; its digest.
fn blob(layout: &Path, text: &str) -> String {
    let digits: String = Sha256::digest(text).iter().map(|it| format!("{it:02x}")).collect();
    fs::create_dir_all(layout.join("blobs/sha256")).unwrap();
    fs::write(layout.join("blobs/sha256").join(&digits), text).unwrap();
    format!("sha256:{digits}")
}

fn what_docker_unpacked_has_no_digest_that_a_registry_knows() {
    let name = "registry.example.org/team/tool:1.0";
    let folder = project(&[name.to_owned()]);
    let (folder, layout) = (folder.path(), folder.path().join("layout"));
    let config = blob(&layout, r#"{"os": "linux", "architecture": "amd64"}"#);
    for (media_type, is_saved_by_docker, exit) in [("tar", true, 3), ("tar", false, 0), ("tar+gzip", true, 0)] {
        let layer =
            json!({"mediaType": format!("application/vnd.oci.image.layer.v1.{media_type}"), "digest": "sha256:0"});
        let manifest = blob(&layout, &json!({"config": {"digest": config}, "layers": [layer]}).to_string());
        let named = json!({"digest": manifest, "annotations": {"io.containerd.image.name": name}});
        fs::write(layout.join("index.json"), json!({"manifests": [named]}).to_string()).unwrap();
        let _ = fs::remove_file(layout.join("manifest.json"));
        if is_saved_by_docker {
            fs::write(layout.join("manifest.json"), "[]").unwrap();
        }
        let run = mlopsc(folder, &["lock", "--from", "layout"]).exits_with(exit);
        assert_eq!(run.stdout.contains("unpacked layers"), exit == 3, "{media_type}: {}", run.stdout);
    }
}

fn every_image_of_every_example_is_looked_at() {
    for (example, source) in examples() {
        let folder = tempfile::TempDir::new().unwrap();
        copy_folder(&source, folder.path());
        fs::write(folder.path().join("empty.lock"), "").unwrap();
        let listed = mlopsc(folder.path(), &["images"]).exits_with(0).stdout;
        let listed = listed.lines().filter_map(|it| it.split_once('\t')).filter(|(_, what)| *what != "built");
        let mut listed: Vec<&str> =
            listed.map(|(name, _)| name.split_once('@').map_or(name, |(name, _)| name)).collect();
        listed.sort_unstable();
        let run = mlopsc(folder.path(), &["lock", "--check", "--from", "empty.lock", "--format", "json"]).exits_with(3);
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        let images = document["images"].as_array().unwrap();
        let used = images.iter().filter(|it| it["verdict"] != "unused");
        // The mirror of an example stands in the list, and its own name in the lock file.
        let path = |it: &str| it.split_once('/').unwrap().1.to_owned();
        let mut used: Vec<String> = used.map(|it| path(it["name"].as_str().unwrap())).collect();
        used.sort_unstable();
        let mut listed: Vec<String> = listed.into_iter().map(path).collect();
        listed.sort_unstable();
        assert_eq!(used, listed, "{example}");
        assert!(!images.iter().any(|it| it["verdict"] == "unused"), "{example}");
    }
}

#[cfg(unix)]
fn a_link_in_the_place_of_the_lock_file_is_refused() {
    let Some((_registry, folder)) = prepared("a link") else { return };
    let folder = folder.path();
    std::os::unix::fs::symlink("layout/index.json", folder.join("mlops.lock")).unwrap();
    let run = mlopsc(folder, &["lock", "--from", "layout"]);
    assert!(run.code == 2 || run.code == 3, "{}", run.stderr);
    assert!(fs::symlink_metadata(folder.join("mlops.lock")).unwrap().is_symlink());
}
