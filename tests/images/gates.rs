//! What must be true of every build: nothing secret stays in it, and two builds are one image.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Failed;
use serde_json::Value;

use super::docker::said;
use super::project::{BUILD_SECRET, Project, SOMEBODY_ELSE};
use super::scene::Scene;

/// Secrets of a project, planted where people leave them.
const PLANTED: [(&str, &str); 4] = [
    (".secrets/deid-salt/value", "planted-secret-file-77aa"),
    (".env", "TOKEN=planted-secret-env-18bc\n"),
    ("mri/service.key", "planted-secret-key-02ef"),
    ("mri/.netrc", "machine x password planted-secret-netrc-b31d"),
];

/// Images of patients that somebody tried a program with.
const SCANS: [&str; 3] = ["mri/scan.dcm", "mri/scan.nii.gz", "mri/DICOMDIR"];

/// By target, a program that is in its image.
const PROGRAMS: [(&str, &str); 3] = [("python", "app/serve.py"), ("pytorch", "app/train.py"), ("r", "app/analyse.R")];

/// What says how an image was built.
const PROVENANCE: &str = "https://slsa.dev/provenance/";

/// No secret is in any layer, in the history, the labels, the provenance or the log of a build; nor is an image of a patient.
pub(super) fn nothing_stays(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let mut project = example_copy(scene, example, "planted")?;
    project.provenance = "mode=max";
    for (path, value) in PLANTED {
        put(&project.folder.join(path), value);
    }
    for path in SCANS {
        put(&project.folder.join(path), "planted-scan-5c1e");
    }
    assert!(project.images().keys().eq(PROGRAMS.map(|(it, _)| it)), "every image is searched");
    for (target, program) in PROGRAMS {
        let archive = scene.engine.folder().join(format!("planted-{target}.tar"));
        let output = format!("--set={target}.output=type=oci,dest={}", archive.display());
        let log = project.bake(scene, &["--no-cache", &output, target])?;
        let text = unpacked(&archive);
        for planted in ["planted-secret", BUILD_SECRET, "planted-scan"] {
            if text.contains(planted) || log.contains(planted) {
                return Err(format!("{planted} is in the image {target} or in the log of its build").into());
            }
        }
        // The same search finds what is there.
        let name = format!("{example}-{target}");
        if let Some(missing) = [&name, program, PROVENANCE].into_iter().find(|it| !text.contains(*it)) {
            return Err(format!("the search is blind: {missing} is not in {target}").into());
        }
    }
    Ok(())
}

/// Two builds at other times, in other folders, of files with other times and modes, and by people with other homes, masks
/// of new files, languages and time zones are one image, bit by bit. The machine and its kernel are the same.
pub(super) fn reproducible(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let here = example_copy(scene, example, "one")?;
    let mut there = example_copy(scene, example, "another/and/deeper")?;
    fs::remove_dir_all(there.deploy()).expect("the copy is writable");
    there.person = SOMEBODY_ELSE;
    there.compile()?;
    // As if somebody had checked it out later.
    said(Command::new("find").arg(&there.folder).args(["-exec", "touch", "-d", "2031-01-02 03:04:05", "{}", "+"])).ok();
    said(Command::new("chmod").args(["--recursive", "u=rwX,go="]).arg(&there.folder)).ok();
    let [first, second] = [&here, &there].map(|it| exported(scene, it));
    for ((target, one), (_, other)) in first.iter().zip(&second) {
        if one != other {
            let [one, other] = [&here, &there].map(|it| it.folder.join(format!("{target}.tar")));
            return Err(format!("{target}: {}", differences(&one, &other)).into());
        }
    }
    Ok(())
}

/// What differs between the layers of two archives.
fn differences(first: &Path, second: &Path) -> String {
    let script = "for side in one two; do mkdir -p $side/files; tar xf \"$1\" -C $side; shift; cd $side\n\
        for blob in blobs/sha256/*; do tar xzf $blob -C files 2>/dev/null; done; cd files\n\
        find . -type f -printf '%m %p ' -exec sha256sum '{}' ';' | sort > ../list; cd ../..; done\n\
        diff one/list two/list";
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut shell = Command::new("bash");
    shell.args(["-c", script, "differences"]).args([first, second]).current_dir(folder.path());
    said(&mut shell).all
}

/// The digest of every image, built without what is there from before.
fn exported(scene: &Scene, project: &Project) -> Vec<(String, String)> {
    let digest = |target: &String| {
        let archive = project.folder.join(format!("{target}.tar"));
        let output = format!("--set={target}.output=type=oci,dest={},rewrite-timestamp=true", archive.display());
        project.bake(scene, &["--no-cache", &output, target]).unwrap_or_else(|it| panic!("{it}"));
        let index = said(Command::new("tar").arg("xOf").arg(&archive).arg("index.json")).ok();
        let index: Value = serde_json::from_str(&index).expect("an index");
        (target.clone(), index["manifests"][0]["digest"].as_str().expect("a digest").to_owned())
    };
    // What somebody's own Dockerfile does is their own affair.
    let ours = |it: &&String| project.deploy().join("images").join(it).is_dir();
    project.images().keys().filter(ours).map(digest).collect()
}

fn example_copy(scene: &Scene, example: &str, name: &str) -> Result<Project, Failed> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    Ok(Project::copied(scene, &source, &format!("{name}/{example}"), "dev")?)
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the copy is writable");
    fs::write(path, text).expect("the copy is writable");
}

/// All that an archive of an image holds, as text: its descriptions, and each layer unpacked.
fn unpacked(archive: &Path) -> String {
    let folder: PathBuf = archive.with_extension("unpacked");
    fs::create_dir_all(&folder).expect("the folder is writable");
    said(Command::new("tar").arg("xf").arg(archive).arg("--directory").arg(&folder)).ok();
    let mut text = String::new();
    for blob in fs::read_dir(folder.join("blobs/sha256")).expect("it is an OCI archive").flatten() {
        let bytes = fs::read(blob.path()).expect("it can be read");
        let is_layer = bytes.starts_with(&[0x1f, 0x8b]);
        let read = if is_layer {
            Command::new("gzip").args(["--decompress", "--stdout"]).arg(blob.path()).output().map(|it| it.stdout)
        } else {
            Ok(bytes)
        };
        text.push_str(&String::from_utf8_lossy(&read.expect("gzip is there")));
    }
    text
}
