//! Some builds are elsewhere, as far as a step can tell: where the clock shows another year, in another time zone and
//! language, on a machine of another name, with nothing left of earlier builds.
//!
//! `elsewhere/runc` sees to it in an engine of the tests' own. The clock is another one for programs that ask libc: one that
//! is linked statically, such as a program of Go, is told the time of the machine. Times of new files are the machine's, too.

use std::fs;
use std::time::SystemTime;

use libtest_mimic::Failed;

use super::docker::{OrNotRun, built, stand_in_of};
use super::project::{MYSELF, Person, SOMEBODY_ELSE};
use super::scene::Scene;

/// How far the other clock is ahead, in seconds.
const AHEAD: u64 = 1234 * 24 * 60 * 60;

/// How long the build itself may take, in seconds.
const PATIENCE: u64 = 10 * 60;

/// Without this test, that two builds are one image would say as little as if both were made here and now.
pub(super) fn is_elsewhere(scene: &Scene) -> Result<(), Failed> {
    let Some(()) = scene.engine.is_ours().or_not_run("builds of another time") else { return Ok(()) };
    let (here, there) = (told(scene, "here", &MYSELF)?, told(scene, "there", &SOMEBODY_ELSE)?);
    for (place, ahead, told, expected) in [
        ("here", 0, here, ["buildkitsandbox", "+0000 January", "1970-01-01 here"]),
        ("there", AHEAD, there, ["elsewhere", "+0545 Ocak", "1970-01-01"]),
    ] {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs() + ahead;
        let (clocks, rest) = told.split_at_checked(2).ok_or("it says too little")?;
        let is_now = |it: &String| it.parse::<u64>().is_ok_and(|it| it.abs_diff(now) < PATIENCE);
        if !clocks.iter().all(is_now) || rest != expected {
            return Err(format!("{place} it is {told:?}, and not {now} {expected:?}").into());
        }
    }
    Ok(())
}

/// What a step says of where it is: lines.
fn told(scene: &Scene, name: &str, person: &Person) -> Result<Vec<String>, Failed> {
    let folder = scene.engine.folder().join("projects/told").join(name);
    fs::create_dir_all(&folder)?;
    let image = stand_in_of("python").image();
    fs::write(folder.join("Dockerfile"), format!("FROM {image} AS step\n{STEP}"))?;
    let mut build = scene.engine.command(["buildx", "build", "--no-cache", "--provenance=false"]);
    build.arg(format!("--output=type=local,dest={}", folder.display())).args(person.machine_argument("--build-arg="));
    built(build.arg(&folder)).ok();
    Ok(fs::read_to_string(folder.join("told"))?.lines().map(str::to_owned).collect())
}

/// The times of a program and of a shell; the machine; zone and language, which make the first month; the date that a file
/// was given, and what the step before left in the cache, that is to say here.
const STEP: &str = "\
    RUN --mount=type=cache,id=mlopsc-told,target=/root/.cache/told echo here > /root/.cache/told/file\n\
    RUN --mount=type=cache,id=mlopsc-told,target=/root/.cache/told \\\n\
        python -c 'import time; print(int(time.time()))' > /told && date +%s >> /told \\\n\
     && hostname >> /told \\\n\
     && python -c 'import locale, time; locale.setlocale(locale.LC_ALL, \"\"); print(time.strftime(\"%z %B\", time.localtime(0)))' >> /told \\\n\
     && touch -d @0 /tmp/old && echo $(TZ=UTC stat --format=%y /tmp/old | cut -c 1-10) $(cat /root/.cache/told/*) >> /told\n\
    FROM scratch\n\
    COPY --from=step /told /told\n";
