//! The same through the program: what it says, and the exit codes 0 fine, 1 differences, 2 bad input, 3 the world failed.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::disks::on;
use crate::project::{GUEST, Tree, guest, leftovers, put, put_guest, times, whole_tree};
use crate::support::binary::{Run, mlopsc, run};
use crate::support::judges::harness::tests;

tests!(
    a_secret_file_that_is_missing_is_named_and_one_that_is_there_is_kept,
    version_control_never_sees_a_secret_file,
    an_unchanged_tree_is_not_touched,
    a_check_prints_the_diff_and_exits_with_one,
    stale_files_are_pruned_and_foreign_and_edited_ones_refused,
    an_output_folder_outside_the_project_is_bad_input,
    a_link_in_the_output_folder_is_refused,
    a_read_only_disk_is_the_worlds_fault,
    a_full_disk_is_the_worlds_fault,
    a_limit_is_the_worlds_fault_and_a_signal_leaves_the_old_tree,
    killed_at_any_time_it_leaves_the_old_tree_or_the_new_one,
    what_another_run_locks_is_the_worlds_fault
);

const SPEC: &str = "[project]\nname = \"demo\"\nregistry = \"registry.example.org/team\"\n\n[data.model]\nclass = \"public\"\n\
    size = \"1Gi\"\n\n[secrets]\nsite = { from = \"file\", keys = [\"token\"] }\n\n\
    [stages.train]\nentry = \"train.py\"\noutputs = [\"model\"]\nsecrets = [\"site\"]\n";

/// A project with one environment, `default`, that has a secret from a file.
struct Home {
    _folder: Option<TempDir>,
    path: PathBuf,
    prod: PathBuf,
}

impl Home {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().canonicalize().unwrap();
        Self { _folder: Some(folder), ..Self::at(path) }
    }

    /// In a folder of the caller's, which may be on a disk of its own.
    fn at(path: PathBuf) -> Self {
        put(&path.join("mlops.toml"), SPEC);
        put(&path.join("train.py"), "print('trained')\n");
        put(&path.join("requirements.lock"), "");
        Self { _folder: None, prod: path.join("deploy/default"), path }
    }

    /// Compiled, and with its secret.
    fn compiled(self) -> Self {
        mlopsc(&self.path, &["compile"]).exits_with(0);
        put_guest(&self.prod);
        self
    }

    /// Lets the spec say something else.
    fn change(&self) {
        put(&self.path.join("mlops.toml"), &SPEC.replace("1Gi", "2Gi"));
    }

    fn compile(&self, arguments: &[&str]) -> Run {
        mlopsc(&self.path, &[&["compile"], arguments].concat())
    }

    /// Everything in the output folder, which must be of environments.
    fn tree(&self) -> Tree {
        assert_eq!(leftovers(&self.path.join("deploy")), Vec::<String>::new());
        whole_tree(&self.path.join("deploy"))
    }
}

fn a_secret_file_that_is_missing_is_named_and_one_that_is_there_is_kept() {
    let home = Home::new();
    let expected = format!("not there yet: deploy/default/{GUEST}");
    let how = "deploy/default/kubernetes/secrets/.gitignore says how to make it";
    home.compile(&[]).exits_with(0).says(&[&expected, how]);
    let hint = fs::read_to_string(home.prod.join("kubernetes/secrets/.gitignore")).unwrap();
    assert!(hint.contains(&format!("#   cp .secrets/site/token deploy/default/{GUEST}\n")), "{hint}");
    let before = put_guest(&home.prod);
    assert!(!home.compile(&[]).exits_with(0).stderr.contains("not there"));
    home.compile(&["--check"]).exits_with(0);
    home.change();
    home.compile(&[]).exits_with(0).says(&["0 added, 1 changed, 0 removed"]);
    assert_eq!(guest(&home.prod), Some(before));
    // The environment that has it is not removed either.
    put(&home.path.join("mlops.toml"), &format!("{SPEC}\n[environments.prod]\n"));
    home.compile(&[]).exits_with(3).says(&["site_token", "mlopsc did not write it"]);
    assert!(home.prod.join(GUEST).exists());
}

fn version_control_never_sees_a_secret_file() {
    let home = Home::new().compiled();
    put(&home.prod.join("kubernetes/secrets/site_token~"), "token=secret\n");
    let git = |arguments: &[&str]| run(Command::new("git").args(arguments).current_dir(&home.path)).exits_with(0);
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);
    let tracked = git(&["ls-files", "deploy"]).stdout;
    assert!(tracked.contains("deploy/default/kubernetes/secrets/.gitignore\n"), "{tracked}");
    assert!(!tracked.contains("site_token"), "{tracked}");
}

fn an_unchanged_tree_is_not_touched() {
    let home = Home::new().compiled();
    let before = times(&home.path);
    home.compile(&[]).exits_with(0).says(&["deploy/default: unchanged"]);
    assert_eq!(times(&home.path), before);
}

fn a_check_prints_the_diff_and_exits_with_one() {
    let home = Home::new().compiled();
    home.change();
    let before = times(&home.path);
    let check = home.compile(&["--check"]).exits_with(1).says(&[
        "changed: ",
        "model.persistentvolumeclaim.yaml",
        "2 differences",
    ]);
    assert!(check.stdout.contains("\n-      storage: 1Gi\n+      storage: 2Gi\n"), "{}", check.stdout);
    assert_eq!(times(&home.path), before);
}

fn stale_files_are_pruned_and_foreign_and_edited_ones_refused() {
    let home = Home::new().compiled();
    put(
        &home.path.join("mlops.toml"),
        &SPEC.replace("secrets = [\"site\"]", "config = [\"tuning\"]\n\n[config.tuning]\nrate = 1"),
    );
    // Nothing uses the secret any more, which is a finding.
    home.compile(&[]).exits_with(1).says(&["removed", "unused-table"]);
    let before = whole_tree(&home.path.join("deploy"));
    put(&home.prod.join("notes.txt"), "mine\n");
    home.compile(&[]).exits_with(3).says(&["nothing was written", "notes.txt", "mlopsc did not write it"]);
    fs::remove_file(home.prod.join("notes.txt")).unwrap();
    put(&home.prod.join("compose.yaml"), "mine\n");
    home.compile(&[]).exits_with(3).says(&["compose.yaml", "edited since mlopsc wrote it", "--force"]);
    home.compile(&["--force"]).exits_with(1);
    assert_eq!(home.tree(), before);
}

fn an_output_folder_outside_the_project_is_bad_input() {
    let (home, theirs) = (Home::new(), TempDir::new().unwrap());
    symlink(theirs.path(), home.path.join("link")).unwrap();
    for out in ["..", "../deploy", "/tmp/deploy", "a/../../deploy", "."] {
        home.compile(&["--out", out]).exits_with(2).says(&["not a folder inside the project"]);
    }
    for out in ["link", "link/deep"] {
        home.compile(&["--out", out]).exits_with(2).says(&["leads outside the project's folder"]);
        home.compile(&["--check", "--out", out]).exits_with(2).says(&["leads outside the project's folder"]);
    }
    assert_eq!(fs::read_dir(theirs.path()).unwrap().count(), 0);
}

fn a_link_in_the_output_folder_is_refused() {
    let (home, theirs) = (Home::new().compiled(), TempDir::new().unwrap());
    home.change();
    fs::rename(home.prod.join("kubernetes"), theirs.path().join("kubernetes")).unwrap();
    symlink(theirs.path().join("kubernetes"), home.prod.join("kubernetes")).unwrap();
    let before = whole_tree(theirs.path());
    home.compile(&["--force"]).exits_with(3).says(&["kubernetes`: a symbolic link", "nothing was written"]);
    assert_eq!(whole_tree(theirs.path()), before);
}

fn a_read_only_disk_is_the_worlds_fault() {
    let here = "program::a_read_only_disk_is_the_worlds_fault";
    let Some(disk) = on(here, "mount -t tmpfs none \"$DISK\"") else { return };
    let home = Home::at(disk).compiled();
    let before = home.tree();
    home.change();
    assert!(Command::new("mount").args(["-o", "remount,bind,ro"]).arg(&home.path).status().unwrap().success());
    home.compile(&[]).exits_with(3).says(&["cannot create", "deploy/.mlopsc-lock", "Read-only file system"]);
    home.compile(&["--check"]).exits_with(1).says(&["changed: "]);
    assert_eq!(home.tree(), before);
}

fn a_full_disk_is_the_worlds_fault() {
    let Some(disk) = on("program::a_full_disk_is_the_worlds_fault", "mount -t tmpfs -o size=256k none \"$DISK\"")
    else {
        return;
    };
    let home = Home::at(disk).compiled();
    let before = home.tree();
    home.change();
    let _ = fs::write(home.path.join("ballast"), vec![0; 1 << 20]);
    home.compile(&[]).exits_with(3).says(&["deploy/.mlopsc-stage-default", "No space left on device"]);
    assert_eq!(home.tree(), before);
    fs::remove_file(home.path.join("ballast")).unwrap();
    home.compile(&[]).exits_with(0);
}

/// Needs no right to mount: the system lets the program write no byte more.
fn a_limit_is_the_worlds_fault_and_a_signal_leaves_the_old_tree() {
    let home = Home::new().compiled();
    let before = home.tree();
    home.change();
    let limited = |before: &str| {
        let script = format!("{before} ulimit -f 0; exec \"$0\" compile");
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_mlopsc")]).current_dir(&home.path);
        command
    };
    run(&mut limited("trap '' XFSZ;")).exits_with(3).says(&[
        "cannot write",
        "deploy/.mlopsc-stage-default",
        "File too large",
    ]);
    assert_eq!(home.tree(), before);
    // The same limit, this time with its signal: the program is killed in the middle of its first file.
    let killed = limited("").stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(killed.signal().is_some(), "{killed}");
    assert_eq!(whole_tree(&home.prod), below(&before));
    home.compile(&[]).exits_with(0).says(&["1 changed"]);
    assert_eq!(home.tree()[&format!("default/{GUEST}")], "token=secret\n");
}

fn killed_at_any_time_it_leaves_the_old_tree_or_the_new_one() {
    let home = Home::new().compiled();
    let old = whole_tree(&home.prod);
    home.change();
    home.compile(&[]).exits_with(0);
    let new = whole_tree(&home.prod);
    let (mut killed, mut is_new) = (0, true);
    for round in 0_u64..60 {
        let spec = if is_new { SPEC.to_owned() } else { SPEC.replace("1Gi", "2Gi") };
        put(&home.path.join("mlops.toml"), &spec);
        let mut child = Command::new(env!("CARGO_BIN_EXE_mlopsc"));
        let child = child.arg("compile").current_dir(&home.path).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = child.spawn().unwrap();
        std::thread::sleep(Duration::from_micros(round * 700));
        child.kill().unwrap();
        killed += usize::from(child.wait().unwrap().code().is_none());
        let lies = whole_tree(&home.prod);
        assert!(lies == old || lies == new, "round {round}: {lies:#?}");
        is_new = lies == new;
    }
    assert!(killed > 0);
    home.compile(&[]).exits_with(0);
    home.tree();
}

fn what_another_run_locks_is_the_worlds_fault() {
    let home = Home::new().compiled();
    home.change();
    let path = home.path.join("deploy/.mlopsc-lock");
    let lock = fs::File::create(&path).unwrap();
    lock.lock().unwrap();
    home.compile(&[]).exits_with(3).says(&["another run is writing", ".mlopsc-lock` is locked"]);
    drop(lock);
    home.compile(&[]).exits_with(0);
    assert!(!Path::new(&path).exists());
}

/// The one environment's part of what lies in the output folder.
fn below(deploy: &Tree) -> Tree {
    deploy.iter().filter_map(|(path, text)| Some((path.strip_prefix("default/")?.to_owned(), text.clone()))).collect()
}
