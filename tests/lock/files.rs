//! Images from files, where no registry can be reached.

use std::fs;
use std::path::Path;

use crate::registry::Registry;
use crate::{lock_file, mlopsc, project};

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

#[test]
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

#[test]
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

#[test]
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

#[test]
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

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_the_lock_file_is_refused() {
    let Some((_registry, folder)) = prepared("a link") else { return };
    let folder = folder.path();
    std::os::unix::fs::symlink("layout/index.json", folder.join("mlops.lock")).unwrap();
    let run = mlopsc(folder, &["lock", "--from", "layout"]);
    assert!(run.code == 2 || run.code == 3, "{}", run.stderr);
    assert!(fs::symlink_metadata(folder.join("mlops.lock")).unwrap().is_symlink());
}
