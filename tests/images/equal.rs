//! Two builds are one image, bit by bit: in other folders, of files with other times and modes, by people with other homes,
//! masks of new files, languages and time zones, and on builders that are `elsewhere`: years later, in another language,
//! with empty caches. The processor and the kernel are the same.
//!
//! The digest is that of the engine's own builder, as `docker buildx bake` leaves it in the engine and pushes it.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use libtest_mimic::Failed;
use serde_json::Value;

use super::docker::{Missing, OrNotRun, registry, said, stand_in_of};
use super::project::{Project, SOMEBODY_ELSE};
use super::scene::Scene;

/// Every image that is generated for an example.
pub(super) fn images(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let [one, other] = twice(scene, example)?;
    let built = |project: &Project, side: &str| {
        let targets = generated(project);
        let tags = targets.iter().map(|it| format!("--set={it}.tags={}", tag(example, side, it)));
        bake(scene, project, tags.collect(), &targets)
    };
    let (first, second) = (built(&one, "one")?, built(&other, "other")?);
    let differ = first.iter().filter(|(target, digest)| second[*target] != **digest);
    let differ: Vec<String> = differ.map(|(it, _)| format!("{it}:\n{}", differences(scene, example, it))).collect();
    if differ.is_empty() { Ok(()) } else { Err(differ.join("\n").into()) }
}

/// The same where images are pushed, by what the registry says.
pub(super) fn pushed(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let Some(port) = serve(scene).or_not_run("equal digests in a registry") else { return Ok(()) };
    let [one, other] = twice(scene, example)?;
    let digests = |project: &Project, side: &str| {
        let targets = generated(project);
        let reference = |target: &String| format!("127.0.0.1:{port}/{side}/{target}");
        let tags = targets.iter().map(|it| format!("--set={it}.tags={}", reference(it)));
        let told = bake(scene, project, tags.chain(["--push".to_owned()]).collect(), &targets)?;
        let ask = |it: &String| scene.engine.run(["exec", REGISTRY, "/registry", "digest", &reference(it)]).ok();
        let there: BTreeMap<String, String> =
            targets.iter().map(|it| (it.clone(), ask(it).trim().to_owned())).collect();
        if there == told { Ok(there) } else { Err(format!("{told:?} was pushed, and {there:?} is there")) }
    };
    let (first, second) = (digests(&one, "one")?, digests(&other, "other")?);
    if first == second { Ok(()) } else { Err(format!("{first:?}\n{second:?}").into()) }
}

/// The name of the container with the registry.
const REGISTRY: &str = "mlopsc-test-registry";

/// Starts a registry on the loopback of the engine; its port.
fn serve(scene: &Scene) -> Result<u16, Missing> {
    let program = scene.engine.folder().join("registry");
    fs::copy(registry()?, &program).expect("the folder is writable");
    let volume = format!("--volume={}:/registry:ro", program.display());
    let image = stand_in_of("python").image();
    // It ends when its input does.
    let run = ["run", "--detach", "--interactive", "--network=host", "--name", REGISTRY, &volume, &image];
    scene.engine.run(run.iter().chain(&["/registry", "serve"])).ok();
    let start = std::time::Instant::now();
    loop {
        let said = scene.engine.run(["logs", REGISTRY]).all;
        if let Ok(port) = said.trim().parse() {
            return Ok(port);
        }
        assert!(start.elapsed().as_secs() < 30, "{said}");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

/// The example here, and as if somebody else had checked it out elsewhere and later.
fn twice(scene: &Scene, example: &str) -> Result<[Project; 2], String> {
    let here = Project::under(scene, example, &format!("one/{example}"))?;
    let mut there = Project::under(scene, example, &format!("another/and/deeper/{example}"))?;
    fs::remove_dir_all(there.deploy()).expect("the copy is writable");
    there.person = SOMEBODY_ELSE;
    there.compile()?;
    said(Command::new("find").arg(&there.folder).args(["-exec", "touch", "-d", "2031-01-02 03:04:05", "{}", "+"])).ok();
    said(Command::new("chmod").args(["--recursive", "u=rwX,go="]).arg(&there.folder)).ok();
    Ok([here, there])
}

/// The targets with a Dockerfile of ours. What somebody's own does is their own affair.
fn generated(project: &Project) -> Vec<String> {
    let ours = |it: &String| project.deploy().join("images").join(it).is_dir();
    let generated: Vec<_> = project.images().into_keys().filter(ours).collect();
    assert!(!generated.is_empty(), "nothing is built in {}", project.folder.display());
    generated
}

/// Builds the targets without what is there from before; the digest of each.
fn bake(
    scene: &Scene,
    project: &Project,
    options: Vec<String>,
    targets: &[String],
) -> Result<BTreeMap<String, String>, String> {
    let file = project.folder.join("built.json");
    let metadata = format!("--metadata-file={}", file.display());
    let all = ["--no-cache", &metadata].into_iter().chain(options.iter().chain(targets).map(String::as_str));
    project.bake(scene, &all.collect::<Vec<_>>())?;
    let text = fs::read_to_string(file).expect("the builder wrote it");
    let built: Value = serde_json::from_str(&text).expect("JSON");
    let digest = |it: &String| built[it]["containerimage.digest"].as_str().expect("a digest").to_owned();
    Ok(targets.iter().map(|it| (it.clone(), digest(it))).collect())
}

fn tag(example: &str, side: &str, target: &str) -> String {
    format!("mlopsc-test/{example}-{side}:{target}")
}

/// What differs between the layers of both images: modes, owners, times, links and contents.
fn differences(scene: &Scene, example: &str, target: &str) -> String {
    let folder = tempfile::tempdir_in(scene.engine.folder()).expect("a temporary folder can be made");
    for side in ["one", "other"] {
        let archive = folder.path().join(side).with_extension("tar").display().to_string();
        scene.engine.run(["save", &tag(example, side, target), "--output", &archive]).ok();
    }
    let mut shell = Command::new("bash");
    shell.args(["-c", DIFFER]).current_dir(folder.path());
    said(&mut shell).all
}

const DIFFER: &str = "for side in one other; do mkdir -p $side/files; tar xf $side.tar -C $side; cd $side\n\
    for blob in blobs/sha256/*; do tar tzf $blob > /dev/null 2>&1 || continue\n\
    tar tvzf $blob --full-time --numeric-owner; tar xzf $blob -C files; done 2>/dev/null > list\n\
    (cd files && find . -type f -exec sha256sum '{}' ';') >> list; sort -o list list; cd ..; done\n\
    diff one/list other/list | head -n 60";
