//! A registry as there are many: what is locked is what others see there, and a tag that moves is noticed.

use std::fs;

use serde_json::Value;

use crate::registry::Registry;
use crate::support::judges::harness::tests;
use crate::{leftovers, lock_file, mlopsc, project};

tests!(
    what_is_locked_is_what_the_registry_has,
    a_tag_that_moves_is_noticed,
    what_nothing_uses_any_more_goes,
    a_mirror_is_asked_in_place_of_everybody_else,
    a_floating_tag_is_none_once_it_is_locked,
);

const TWO: [&str; 2] = ["linux/arm64/v8", "linux/amd64"];

fn what_is_locked_is_what_the_registry_has() {
    let Some(registry) = Registry::start("a lock against a real registry") else { return };
    registry.push("team/tool:1.0", "one", &TWO);
    registry.push("team/single:2.0", "one", &["linux/amd64"]);
    let names = [registry.name("team/tool:1.0"), registry.name("team/single:2.0")];
    let folder = project(&names);
    let folder = folder.path();
    mlopsc(folder, &["lock", "--check"]).exits_with(1).says(&["is not what it should be"]);
    assert!(!folder.join("mlops.lock").exists(), "a check writes nothing");

    mlopsc(folder, &["lock"]).exits_with(0).says(&["wrote mlops.lock"]);
    let first = lock_file(folder);
    let table = |image: &str, platforms: &str| {
        let (name, digest) = (registry.name(image), registry.digest(image));
        format!("[images.\"{name}\"]\ndigest = \"{digest}\"\nplatforms = [{platforms}]\n")
    };
    assert!(first.contains(&table("team/tool:1.0", "\"linux/amd64\", \"linux/arm64/v8\"")), "{first}");
    assert!(first.contains(&table("team/single:2.0", "\"linux/amd64\"")), "{first}");
    let at = |image: &str| first.find(&registry.name(image)).unwrap();
    assert!(at("team/single:2.0") < at("team/tool:1.0"), "in the order of the alphabet");

    mlopsc(folder, &["lock"]).exits_with(0).says(&["mlops.lock: unchanged"]);
    assert_eq!(lock_file(folder), first, "nothing moved");
    mlopsc(folder, &["lock", "--check"]).exits_with(0);
    assert_eq!(leftovers(folder), [""; 0]);

    let compiled = mlopsc(folder, &["compile", "--stdout", "--only", "kubernetes"]);
    let pinned = format!("{}@{}", names[0], registry.digest("team/tool:1.0"));
    assert!(compiled.stdout.contains(&pinned), "{}", compiled.stdout);
}

fn a_tag_that_moves_is_noticed() {
    let Some(registry) = Registry::start("a tag that moves") else { return };
    registry.push("team/tool:1.0", "one", &TWO);
    let folder = project(&[registry.name("team/tool:1.0")]);
    let folder = folder.path();
    mlopsc(folder, &["lock"]).exits_with(0);
    let (before, was) = (registry.digest("team/tool:1.0"), lock_file(folder));
    registry.push("team/tool:1.0", "two", &TWO);
    let after = registry.digest("team/tool:1.0");
    assert_ne!(before, after);

    let run = mlopsc(folder, &["lock", "--check"]).exits_with(1);
    for part in ["moved", &format!("- {before}"), &format!("+ {after}")] {
        assert!(run.stdout.contains(part), "{part}:\n{}", run.stdout);
    }
    assert_eq!(lock_file(folder), was, "a check writes nothing");
    let run = mlopsc(folder, &["lock", "--check", "--format", "json"]).exits_with(1);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["images"][0]["verdict"], "moved");
    assert_eq!(document["images"][0]["digest"], *after);
    mlopsc(folder, &["lock"]).exits_with(0);
    assert!(lock_file(folder).contains(&after));
}

fn what_nothing_uses_any_more_goes() {
    let Some(registry) = Registry::start("entries that nothing uses") else { return };
    registry.push("team/tool:1.0", "one", &["linux/amd64"]);
    registry.push("team/tool:2.0", "two", &["linux/amd64"]);
    let folder = project(&[registry.name("team/tool:1.0"), registry.name("team/tool:2.0")]);
    let folder = folder.path();
    mlopsc(folder, &["lock"]).exits_with(0);
    let both = lock_file(folder);
    let spec = fs::read_to_string(folder.join("mlops.toml")).unwrap();
    let (first, _) = spec.split_once("[services.s1]").unwrap();
    fs::write(folder.join("mlops.toml"), first).unwrap();
    // Another environment may use what the one that was asked for does not.
    mlopsc(folder, &["lock", "--check", "--env", "default"]).exits_with(0);
    let run = mlopsc(folder, &["lock", "--check"]).exits_with(1);
    assert!(run.stdout.contains("tool:2.0  unused"), "{}", run.stdout);
    assert_eq!(lock_file(folder), both);
    mlopsc(folder, &["lock"]).exits_with(0);
    assert!(!lock_file(folder).contains("tool:2.0"), "{}", lock_file(folder));
}

fn a_mirror_is_asked_in_place_of_everybody_else() {
    let Some(registry) = Registry::start("a mirror") else { return };
    registry.push("library/postgres:18.4-trixie", "one", &TWO);
    let folder = project(&["postgres:18.4-trixie".to_owned()]);
    let path = folder.path().join("mlops.toml");
    let spec = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{spec}[build.mirrors]\nimages = \"127.0.0.1:{}\"\n", registry.port)).unwrap();
    mlopsc(folder.path(), &["lock"]).exits_with(0);
    let digest = registry.digest("library/postgres:18.4-trixie");
    let expected = format!("[images.\"docker.io/library/postgres:18.4-trixie\"]\ndigest = \"{digest}\"");
    assert!(lock_file(folder.path()).contains(&expected), "{}", lock_file(folder.path()));
}

fn a_floating_tag_is_none_once_it_is_locked() {
    let Some(registry) = Registry::start("a floating tag") else { return };
    registry.push("team/tool:latest", "one", &["linux/amd64"]);
    let folder = project(&[registry.name("team/tool:latest")]);
    let folder = folder.path();
    mlopsc(folder, &["check"]).exits_with(2).says(&["floating-tag", "mlopsc lock"]);
    mlopsc(folder, &["lock"]).exits_with(0);
    let run = mlopsc(folder, &["check"]);
    assert!(!run.stderr.contains("floating-tag"), "{}", run.stderr);
    assert_ne!(run.code, 2, "{}", run.stderr);
}
