//! A run of the tests that is killed, so that nothing of its own can clear up, leaves no engine, no container and no mount.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use super::docker::{Engine, OrNotRun, stand_in_of};
use super::scene::Scene;

/// Makes this program the one that is killed.
const VICTIM: &str = "MLOPSC_TEST_VICTIM";

/// What the container runs: so long that no other one does.
const SLEEP: [&str; 2] = ["sleep", "86417"];

/// Whether this process is the victim; it never returns then, unless there is no engine.
pub(super) fn is_victim() -> bool {
    if std::env::var_os(VICTIM).is_none() {
        return false;
    }
    let Ok(engine) = Engine::start() else { return true };
    let python = stand_in_of("python");
    if engine.have(python).is_ok() {
        let volume = format!("--volume={}:/here", engine.folder().display());
        engine.run(["run", "--detach", &volume, &python.image()].iter().chain(&SLEEP)).ok();
        let _ = writeln!(std::io::stdout(), "{}", engine.folder().display());
        std::thread::sleep(Duration::from_mins(5));
    }
    true
}

pub(super) fn leaves_nothing(scene: &Scene) -> Result<(), Failed> {
    let Some(()) = scene.engine.is_ours().or_not_run("the end of an engine") else { return Ok(()) };
    let mut victim = Command::new(std::env::current_exe()?);
    let mut victim = victim.env(VICTIM, "yes").stdout(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(victim.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
    let folder = lines.find(|it| it.starts_with('/')).ok_or("the victim started no engine")?;
    let container = SLEEP.join("\0");
    let is_there = || [processes(&folder) > 0, processes(&container) > 0, Path::new(&folder).exists()];
    // A container that was started is still the runtime for a moment.
    let start = Instant::now();
    while processes(&container) == 0 && start.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let seen = (is_there(), is_mounted(&folder));
    victim.kill()?;
    victim.wait()?;
    if seen != ([true; 3], true) {
        return Err(format!("the test is blind: {seen:?} of {folder}").into());
    }
    let start = Instant::now();
    while is_there() != [false; 3] || is_mounted(&folder) {
        if start.elapsed() > Duration::from_mins(1) {
            return Err(format!("engine, container, folder: {:?} of {folder}", is_there()).into());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// How many processes of this machine have `text` on their command line.
fn processes(text: &str) -> usize {
    let lines = of_processes("cmdline");
    lines.filter(|it| it.contains(text)).count()
}

/// Whether any process of this machine has something mounted at the folder.
fn is_mounted(folder: &str) -> bool {
    of_processes("mountinfo").any(|it| it.contains(folder))
}

/// A file of every process of this machine.
fn of_processes(file: &'static str) -> impl Iterator<Item = String> {
    let entries = fs::read_dir("/proc").expect("processes can be listed").flatten();
    let texts = entries.filter_map(move |it| fs::read(it.path().join(file)).ok());
    texts.map(|it| String::from_utf8_lossy(&it).into_owned())
}
