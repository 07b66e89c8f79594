//! The nightly purge, run as the pod would run it, on a folder of hostile names.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use crate::{at, project};

/// The command of the purge of a dataset with this retention.
fn command(retention: &str) -> Vec<String> {
    let compiled = project(
        &format!(
            "[data.inbox]\nclass = \"synthetic\"\nsize = \"2Ti\"\nretention = {retention}\n\
             [services.api]\nentry = \"serve.py\"\nport = 8080\noutputs = [\"inbox\"]\n"
        ),
        &[],
    );
    let container = "/spec/jobTemplate/spec/template/spec/containers/0/command";
    let words = at(&compiled, "kubernetes/purge-inbox.cronjob.yaml", container);
    // As the kubelet does: two dollars are one.
    words.as_array().unwrap().iter().map(|it| it.as_str().unwrap().replace("$$", "$")).collect()
}

fn purge(folder: &Path, retention: &str) {
    let place = |it: &String| if it == "/data/inbox" { folder.display().to_string() } else { it.clone() };
    let words: Vec<String> = command(retention).iter().map(place).collect();
    let output = Command::new(&words[0]).args(&words[1..]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A file of so many bytes that was changed so many days ago.
fn file(folder: &Path, name: &str, bytes: usize, days: u64) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, vec![b'x'; bytes]).unwrap();
    let changed = SystemTime::now() - Duration::from_secs(days * 86_400 + 60);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(changed).unwrap();
}

fn left(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap())
        .filter(|it| it.path().is_file())
        .map(|it| it.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn the_oldest_go_first_until_the_rest_fits() {
    let folder = TempDir::new().unwrap();
    let names = ["$(touch hacked)", "-rf", " led by a space and ending in one ", "it's \"quoted\"", "a/b", "newest"];
    for (days, name) in names.iter().rev().enumerate() {
        file(folder.path(), name, 400, days as u64);
    }
    purge(folder.path(), "{ max-size = \"1Ki\" }");
    assert_eq!(left(folder.path()), ["newest"]);
    assert!(folder.path().join("a/b").is_file());
    purge(folder.path(), "{ max-size = \"1Ki\" }");
    assert_eq!(left(folder.path()), ["newest"]);
}

#[test]
fn what_fits_stays() {
    let folder = TempDir::new().unwrap();
    file(folder.path(), "one", 512, 3);
    file(folder.path(), "two", 512, 2);
    purge(folder.path(), "{ max-size = \"1Ki\" }");
    assert_eq!(left(folder.path()), ["one", "two"]);
}

#[test]
fn a_name_with_a_newline_is_counted_and_stays() {
    let folder = TempDir::new().unwrap();
    file(folder.path(), "old\n0/9999/other", 600, 9);
    file(folder.path(), "other", 600, 1);
    purge(folder.path(), "{ max-size = \"1Ki\" }");
    assert_eq!(left(folder.path()), Vec::<String>::new());
    assert!(folder.path().join("old\n0/9999/other").is_file());
}

#[test]
fn what_is_too_old_goes_although_it_fits() {
    for retention in ["{ age = \"7d\", max-size = \"1Gi\" }", "\"7d\""] {
        let folder = TempDir::new().unwrap();
        file(folder.path(), "old", 10, 8);
        file(folder.path(), "new", 10, 6);
        purge(folder.path(), retention);
        assert_eq!(left(folder.path()), ["new"], "{retention}");
    }
}

#[test]
fn an_empty_folder_is_no_mistake() {
    let folder = TempDir::new().unwrap();
    purge(folder.path(), "{ max-size = \"1Ki\" }");
    assert!(left(folder.path()).is_empty());
}
