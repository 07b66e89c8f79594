//! Real disks: full, read-only, without a right to write, and made of layers.
//!
//! Each one is mounted in a name space of its own, which the system takes away with the process. Where that is not to
//! be had, the test says so, and fails in CI.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use mlopsc::output::{Options, Outcome, OutputError, check, write};

use crate::project::{leftovers, set, tree, whole_tree};
use crate::support::judges::Missing;
use crate::support::judges::harness::tests;

tests!(full, read_only, without_a_right, made_of_layers, with_any_mask);

const DISK: &str = "OUTPUT_TEST_DISK";
const OLD: &[(&str, &str)] = &[("compose.yaml", "old\n"), ("kubernetes/api.yaml", "api\n")];
const NEW: &[(&str, &str)] = &[("compose.yaml", "new\n"), ("kubernetes/job.yaml", "job\n")];

fn full() {
    let Some(project) = on("disks::full", "mount -t tmpfs -o size=512k none \"$DISK\"") else { return };
    let (out, options) = (project.join("deploy"), Options::new(&project));
    write(&out, &[("prod", &set(OLD))], &options).unwrap();
    let before = whole_tree(&out);
    let long = "x".repeat(100_000);
    let names: Vec<_> = (0..10).map(|it| format!("long/{it}.yaml")).collect();
    let files: Vec<_> = names.iter().map(|name| (&**name, &*long)).collect();
    let error = write(&out, &[("dev", &set(NEW)), ("prod", &set(&files))], &options).unwrap_err();
    let OutputError::Disk { path, source, .. } = &error else { panic!("{error}") };
    assert!(path.starts_with(out.join(".mlopsc-stage-prod")), "{error}");
    assert_eq!(source.kind(), ErrorKind::StorageFull);
    assert!(error.to_string().ends_with("No space left on device (os error 28)"), "{error}");
    assert_eq!(whole_tree(&out), before);
    assert_eq!(leftovers(&out), Vec::<String>::new());
    write(&out, &[("prod", &set(NEW))], &options).unwrap();
    assert_eq!(check(&out, &[("prod", &set(NEW))], &options).unwrap(), []);
}

fn read_only() {
    let Some(project) = on("disks::read_only", "mount -t tmpfs none \"$DISK\"") else { return };
    let (out, options) = (project.join("deploy"), Options::new(&project));
    write(&out, &[("prod", &set(OLD))], &options).unwrap();
    assert!(Command::new("mount").args(["-o", "remount,bind,ro"]).arg(&project).status().unwrap().success());
    let error = write(&out, &[("prod", &set(NEW))], &options).unwrap_err();
    let expected = format!("cannot create `{}/.mlopsc-lock`: Read-only file system (os error 30)", out.display());
    assert_eq!(error.to_string(), expected);
    // What is as it should be needs no right to write.
    let report = write(&out, &[("prod", &set(OLD))], &options).unwrap();
    assert_eq!(report.environments[0].outcome, Outcome::Unchanged);
    assert_eq!(check(&out, &[("prod", &set(NEW))], &options).unwrap().len(), 4);
    let elsewhere = project.join("elsewhere");
    let error = write(&elsewhere, &[("prod", &set(NEW))], &options).unwrap_err();
    assert!(error.to_string().starts_with("cannot create the folder"), "{error}");
}

fn without_a_right() {
    let Some(project) = on("disks::without_a_right", "mount -t tmpfs none \"$DISK\" && drop_rights") else { return };
    let (out, options) = (project.join("deploy"), Options::new(&project));
    let may = |path: PathBuf, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    write(&out, &[("prod", &set(OLD))], &options).unwrap();
    let denied = |path: PathBuf, files| {
        let error = write(&out, &[("prod", &set(files))], &options).unwrap_err();
        assert!(error.to_string().contains(&format!("`{}`: Permission denied", path.display())), "{error}");
        assert_eq!(
            tree(&out.join("prod")).keys().cloned().collect::<Vec<_>>(),
            ["compose.yaml", "kubernetes/api.yaml"]
        );
    };
    may(out.clone(), 0o555);
    denied(out.join(".mlopsc-lock"), NEW);
    may(out.clone(), 0o755);
    may(out.join("prod"), 0o333);
    let error = write(&out, &[("prod", &set(NEW))], &options).unwrap_err();
    assert!(error.to_string().contains("prod`: Permission denied"), "{error}");
    may(out.join("prod"), 0o755);
    may(out.join("prod/compose.yaml"), 0o000);
    let error = write(&out, &[("prod", &set(NEW))], &options).unwrap_err();
    assert!(error.to_string().contains("cannot read"), "{error}");
    assert_eq!(leftovers(&out), Vec::<String>::new());
    may(out.join("prod/compose.yaml"), 0o644);
    // The old tree cannot be taken apart: the new one is in its place, and the next run is the one to be told again.
    may(out.join("prod/kubernetes"), 0o555);
    let error = write(&out, &[("prod", &set(NEW))], &options).unwrap_err();
    assert!(error.to_string().starts_with("cannot remove"), "{error}");
    assert_eq!(tree(&out.join("prod")).keys().cloned().collect::<Vec<_>>(), ["compose.yaml", "kubernetes/job.yaml"]);
    may(out.join(".mlopsc-stage-prod/kubernetes"), 0o755);
    write(&out, &[("prod", &set(NEW))], &options).unwrap();
    assert_eq!(leftovers(&out), Vec::<String>::new());
}

fn made_of_layers() {
    // The first is for root, the second for a user in a name space of its own.
    let mount = "mount -t tmpfs none \"$DISK\" && cd \"$DISK\" && mkdir lower upper work merged \
                 && cp -r \"$TREE/.\" lower && layers=lowerdir=lower,upperdir=upper,workdir=work \
                 && for also in redirect_dir=off userxattr; do \
                 mount -t overlay overlay merged -o $layers,$also 2>&1 && break; done && mountpoint merged";
    let written = crate::project::Project::with(OLD);
    write(&written.out, &[("gone", &set(OLD))], &written.options()).unwrap();
    let mount = mount.replace("$TREE", written.path.to_str().unwrap());
    let Some(disk) = on("disks::made_of_layers", &mount) else { return };
    let project = disk.join("merged");
    let out = project.join("deploy");
    let moved = fs::rename(out.join("prod"), out.join("moved")).map_err(|it| it.kind());
    assert_eq!(moved, Err(ErrorKind::CrossesDevices), "this is not the disk that the test is about");
    let options = Options { prune_environments: Some(&["prod"]), ..Options::new(&project) };
    write(&out, &[("prod", &set(NEW))], &options).unwrap();
    assert_eq!(check(&out, &[("prod", &set(NEW))], &options).unwrap(), []);
    assert!(!out.join("gone").exists());
    write(&out, &[("prod", &set(OLD))], &options).unwrap();
    assert_eq!(check(&out, &[("prod", &set(OLD))], &options).unwrap(), []);
    assert_eq!(leftovers(&out), Vec::<String>::new());
}

fn with_any_mask() {
    let Some(project) = on("disks::with_any_mask", "mount -t tmpfs none \"$DISK\" && umask 000") else { return };
    let out = project.join("deploy");
    write(&out, &[("prod", &set(&[("a.yaml", ""), ("local/up.sh", "")]))], &Options::new(&project)).unwrap();
    let mode = |path: &str| fs::metadata(out.join(path)).unwrap().permissions().mode() & 0o777;
    let paths = ["", "prod", "prod/local", "prod/a.yaml", "prod/.mlopsc-manifest.json", "prod/local/up.sh"];
    assert_eq!(paths.map(mode), [0o755, 0o755, 0o755, 0o644, 0o644, 0o755]);
}

/// In the process that has the disk: where it is. In the one that does not: starts the other, and gives nothing.
pub(crate) fn on(test: &str, mount: &str) -> Option<PathBuf> {
    if let Some(disk) = env::var_os(DISK) {
        return Some(disk.into());
    }
    let folder = tempfile::TempDir::new().unwrap();
    let drop = "drop_rights() { as=\"setpriv --bounding-set=-dac_override,-dac_read_search\"; }";
    let script = format!("{drop}\nDISK=\"${DISK}\"\n{mount} || exit 77\nexec $as \"$0\" --exact \"$1\" --nocapture");
    let mut unshare = Command::new("unshare");
    // Without the right to mount, a user of one's own name space has it.
    if !Command::new("unshare").args(["--mount", "true"]).output().is_ok_and(|it| it.status.success()) {
        unshare.arg("--map-root-user");
    }
    unshare.args(["--mount", "sh", "-c", &script]).arg(env::current_exe().unwrap()).arg(test);
    let done = unshare.env(DISK, folder.path().canonicalize().unwrap()).output();
    let code = done.as_ref().ok().and_then(|it| it.status.code());
    match done {
        Ok(done) if code != Some(77) && !done.stdout.is_empty() => {
            let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
            assert!(done.status.success() && said.contains("1 passed"), "{said}");
        }
        _ => {
            Missing { reason: format!("no disk can be mounted here: {done:?}") }.report(test);
        }
    }
    None
}
