//! Programs in other languages than Python, built from their lock files and run: a service of Node, whose package comes from
//! the mirror, one of Java, where a wrapper that has no Maven makes the jar, one of pages alone, and a stage of R, whose
//! package comes from the mirror as source.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use libtest_mimic::Failed;

use super::container::Container;
use super::docker::said;
use super::project::Project;
use super::scene::Scene;

/// Each is there, answers as the strictest cluster would run it, and ends when it is told to, or by itself.
pub(super) fn serve(scene: &Scene, name: &'static str) -> Result<(), Failed> {
    let project = project(scene, name)?;
    project.bake(scene, &[])?;
    // Another commit of the same files.
    let again = project.bake(scene, &["--set=*.args.SOURCE_DATE_EPOCH=1700000000", "node"])?;
    if !is_cached(&again, "npm ci") {
        return Err(format!("the packages are installed once more:\n{again}").into());
    }
    let statistics = Container::of(scene, &project.images()["r"]).run(&[]);
    if statistics.all.trim() != "greeting greeting" {
        return Err(statistics.all.into());
    }
    for (target, port, answer) in
        [("node", 3000, "greeting"), ("java", 8080, "routed"), ("static", 8088, "<title>pages</title>\n")]
    {
        let service = Container::of(scene, &project.images()[target]).start(target, &[]);
        let ask = format!("exec 3<>/dev/tcp/127.0.0.1/{port} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3");
        service.until("answers", 30, |it| it.exec(&["bash", "-c", &ask]).stdout.ends_with(answer));
        let (code, took) = service.stop();
        if ![0, 143].contains(&code) || took > Duration::from_secs(5) {
            return Err(format!("{target} ended with {code} after {took:?}:\n{}", service.log()).into());
        }
    }
    Ok(())
}

/// The project in a folder of this name, with the package that its lock file names.
pub(super) fn project(scene: &Scene, name: &str) -> Result<Project, String> {
    let integrity = package(scene);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images/languages");
    let project = Project::copied(scene, &source, name, "default")?;
    let lock = project.folder.join("web/package-lock.json");
    let text = fs::read_to_string(&lock).expect("it was just copied");
    fs::write(&lock, text.replace("sha512-MADE-BY-THE-TEST", &integrity)).expect("the copy is writable");
    project.compile()?;
    Ok(project)
}

/// Puts the one package of npm into the mirror; its integrity.
fn package(scene: &Scene) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images/stand_in_npm.py");
    let folder = scene.engine.folder().join("mirror");
    said(Command::new("python3").arg(script).args(["greeting", "1.0.0"]).arg(folder)).ok().trim().to_owned()
}

/// Whether the step with these words came from the cache.
fn is_cached(log: &str, words: &str) -> bool {
    let step = log.lines().find(|it| it.contains(words)).and_then(|it| it.split(' ').next());
    step.is_some_and(|step| log.lines().any(|it| it == format!("{step} CACHED")))
}
