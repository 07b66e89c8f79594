//! What must be true of every build: nothing secret stays in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Failed;

use super::docker::said;
use super::project::{BUILD_SECRET, Project};
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
