//! What must be true of every build: nothing secret stays in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Failed;
use mlopsc::plan::KEPT_OUT;

use super::docker::said;
use super::project::{BUILD_SECRET, Project};
use super::scene::Scene;

/// Secrets of a project, planted in every folder of it, where people leave them.
const PLANTED: [(&str, &str); 6] = [
    (".secrets/deid-salt/value", "planted-secret-file-77aa"),
    (".env", "TOKEN=planted-secret-env-18bc\n"),
    ("service.key", "planted-secret-key-02ef"),
    ("client.pem", "planted-secret-pem-6d40"),
    (".netrc", "machine x password planted-secret-netrc-b31d"),
    ("id_ed25519", "planted-secret-identity-e70c"),
];

/// Images of patients that somebody tried a program with.
const SCANS: [&str; 3] = ["scan.dcm", "scan.nii.gz", "DICOMDIR"];

/// The login for a host of packages, as a secret of the build.
const LOGIN: &str = "machine packages.example.org login reader password planted-secret-login-93b2\n";

/// Of every example, its images by target, and a file that is in each.
const PROGRAMS: [(&str, &[(&str, &str)]); 5] = [
    ("ct-segmentation", &[("programs", "app/src/ct_segmentation/ingest.py")]),
    (
        "languages",
        &[
            ("java", "app/router.jar"),
            ("node", "app/web/server.js"),
            ("r", "app/statistics/analyse.R"),
            ("static", "app/pages/index.html"),
        ],
    ),
    ("minimal", &[("python", "app/serve.py"), ("pytorch", "app/train.py")]),
    ("mri-classifier", &[("python", "app/serve.py"), ("pytorch", "app/train.py"), ("r", "app/analyse.R")]),
    ("reading-room", &[("tools", "opt/tools/bin/migrate"), ("viewer", "app/viewer.py")]),
];

/// What says how an image was built.
const PROVENANCE: &str = "https://slsa.dev/provenance/";

/// No secret is in any layer, in the history, the labels, the provenance or the log of a build; nor is an image of a patient.
pub(super) fn nothing_stays(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let mut project = Project::under(scene, example, &format!("planted/{example}"))?;
    project.provenance = "mode=max";
    plant(&project.folder);
    let (_, programs) = PROGRAMS.iter().find(|(name, _)| *name == example).ok_or("it has no images")?;
    assert!(project.images().keys().eq(programs.iter().map(|(it, _)| it)), "every image is searched");
    let login = scene.engine.write(&format!("planted-{example}.netrc"), LOGIN);
    let archive = |target: &str| scene.engine.folder().join(format!("planted-{example}-{target}.tar"));
    let output =
        |(target, _): &(&str, &str)| format!("--set={target}.output=type=oci,dest={}", archive(target).display());
    let mut options = vec!["--no-cache".to_owned(), format!("--set=*.secrets+=id=netrc,src={}", login.display())];
    options.extend(programs.iter().map(output));
    let log = project.bake(scene, &options.iter().map(String::as_str).collect::<Vec<_>>())?;
    let authority = fs::read_to_string(&scene.mirror.ca)?;
    let authority = authority.lines().nth(1).ok_or("it has no certificate")?;
    let secrets = ["planted-secret", BUILD_SECRET, "planted-scan", authority];
    if let Some(secret) = secrets.into_iter().find(|it| log.contains(*it)) {
        return Err(format!("{secret} is in the log of the build").into());
    }
    for (target, program) in *programs {
        let text = unpacked(&archive(target));
        if let Some(secret) = secrets.into_iter().find(|it| text.contains(*it)) {
            return Err(format!("{secret} is in the image {target}").into());
        }
        // The same search finds what is there.
        if let Some(missing) = [*program, PROVENANCE].into_iter().find(|it| !text.contains(*it)) {
            return Err(format!("the search is blind: {missing} is not in {target}").into());
        }
    }
    Ok(())
}

/// A name that a pattern of what stays out is for: `**/*.[dD][cC][mM]` is for `planted.dcm`.
fn like(pattern: &str) -> String {
    let name = pattern.trim_start_matches("**/").replace('*', "planted");
    let (before, classes) = name.split_once('[').unwrap_or((&name, ""));
    let first_of_each = classes.split('[').filter_map(|it| Some((it.get(..1)?, it.split_once(']')?.1)));
    first_of_each.fold(before.to_owned(), |name, (letter, rest)| name + letter + rest)
}

/// Puts secrets and scans into each folder of a project but that of the compiled files: something for each pattern of what
/// stays out, too.
fn plant(folder: &Path) {
    for entry in fs::read_dir(folder).expect("it was copied").flatten() {
        if entry.path().is_dir() && entry.file_name() != "deploy" {
            plant(&entry.path());
        }
    }
    let kept_out = KEPT_OUT.iter().map(|it| (like(it), "planted-secret-or-scan-4d0e"));
    let known = PLANTED.into_iter().chain(SCANS.map(|it| (it, "planted-scan-5c1e")));
    for (path, value) in kept_out.chain(known.map(|(path, value)| (path.to_owned(), value))) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the copy is writable");
        fs::write(path, value).expect("the copy is writable");
    }
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
            let is_text = bytes.starts_with(b"{") || bytes.get(257..).is_some_and(|it| it.starts_with(b"ustar"));
            assert!(is_text, "nobody can search {}", blob.path().display());
            Ok(bytes)
        };
        text.push_str(&String::from_utf8_lossy(&read.expect("gzip is there")));
    }
    text
}
