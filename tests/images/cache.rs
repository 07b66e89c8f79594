//! What a second build redoes: nothing without a change, the last copy after one in a program, and after one in the lock
//! file the installation, once for all images that share it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use libtest_mimic::Failed;
use serde_json::Value;

use super::project::Project;
use super::scene::Scene;

pub(super) fn holds(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    let project = Project::copied(scene, &source, &format!("cached/{example}"), "default")?;
    let images = project.images().len();
    let lock = project.folder.join("requirements.lock");
    // Other tests of the same engine may have installed the example's own.
    add_first_line(&lock, "# for the cache");
    let first = redone(scene, &project, &[])?;
    expect(&first, "--require-hashes", 1, "a first build")?;
    let second = redone(scene, &project, &[])?;
    expect(&second, "", 0, "no change")?;

    let later = redone(scene, &project, &["--set=*.args.SOURCE_DATE_EPOCH=1700000000"])?;
    expect(&later, "requirements.lock", 0, "a later commit")?;

    add_line(&project.folder.join("serve.py"), "# changed");
    let source = redone(scene, &project, &[])?;
    // All images share them until they are put on what differs.
    expect(&source, "*.py /image/app/", 1, "a change of a program")?;
    expect(&source, " find /image -type d", 1, "a change of a program")?;
    expect(&source, "--from=files", images, "a change of a program")?;
    expect(&source, "", 2 + images, "a change of a program")?;

    let folder = project.folder.join("old.py");
    fs::create_dir(&folder).expect("the copy is writable");
    fs::write(folder.join("notes.txt"), "copied as a program is").expect("the copy is writable");
    let source = redone(scene, &project, &[])?;
    expect(&source, "*.py /image/app/", 1, "a file in a folder that is called like a program")?;

    add_line(&project.folder.join("mlops.toml"), "[data.model]\nsize = \"2Gi\"\n[data.more]\nsize = \"1Gi\"");
    let text = fs::read_to_string(project.folder.join("mlops.toml")).expect("it was copied");
    let text = text.replace("outputs = [\"model\"]", "outputs = [\"model\", \"more\"]");
    fs::write(project.folder.join("mlops.toml"), text).expect("the copy is writable");
    let folder = redone(scene, &project, &[])?;
    expect(&folder, "/data/more", 1, "another dataset")?;
    expect(&folder, "pip install", 0, "another dataset")?;

    add_first_line(&lock, "# changed");
    let dependencies = redone(scene, &project, &[])?;
    expect(&dependencies, "--require-hashes", 1, "a change of the lock file")?;
    expect(&dependencies, "*.py /image/app/", 0, "a change of the lock file")
}

/// The steps of a build of all images that do not come from the cache, each once however many images share it.
fn redone(scene: &Scene, project: &Project, options: &[&str]) -> Result<Vec<String>, Failed> {
    project.compile()?;
    let log = project.bake(scene, &[&["--progress=rawjson"], options].concat())?;
    let mut steps = BTreeMap::new();
    for line in log.lines() {
        let status: Value = serde_json::from_str(line).unwrap_or_default();
        for vertex in status["vertexes"].as_array().into_iter().flatten().filter(|it| it["completed"].is_string()) {
            let name = vertex["name"].as_str().unwrap_or_default();
            if ["] RUN ", "] COPY ", "] WORKDIR "].iter().any(|it| name.contains(it)) {
                let is_cached = vertex["cached"] == true;
                steps.insert(vertex["digest"].to_string(), (name.to_owned(), is_cached));
            }
        }
    }
    if steps.is_empty() {
        return Err(format!("no step was seen:\n{log}").into());
    }
    Ok(steps.into_values().filter(|(_, is_cached)| !is_cached).map(|(name, _)| name).collect())
}

/// Exactly so many of the steps have `part` in them.
fn expect(redone: &[String], part: &str, count: usize, after: &str) -> Result<(), Failed> {
    let found = redone.iter().filter(|it| it.contains(part)).count();
    if found == count {
        return Ok(());
    }
    Err(format!("after {after} {found} steps with `{part}` are redone, not {count}:\n{}", redone.join("\n")).into())
}

fn add_first_line(path: &Path, line: &str) {
    let text = fs::read_to_string(path).expect("it was copied");
    fs::write(path, format!("{line}\n{text}")).expect("the copy is writable");
}

fn add_line(path: &Path, line: &str) {
    let text = fs::read_to_string(path).expect("it was copied");
    fs::write(path, format!("{text}\n{line}\n")).expect("the copy is writable");
}
