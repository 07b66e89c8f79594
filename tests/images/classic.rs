//! The dialect of builders without BuildKit, by one of them: buildah 1.28, which knows neither `COPY --link` nor
//! `RUN --network`.

use std::fs;
use std::path::Path;

use libtest_mimic::Failed;

use super::docker::{OrNotRun, stand_in_of};
use super::project::{Project, bases};
use super::scene::Scene;

/// An example in that dialect is built by a builder of its time, which does not take the other one.
pub(super) fn builds(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    let project = Project::copied(scene, &source, &format!("classic/{example}"), "default")?;
    let archive = scene.engine.folder().join("python.tar");
    let image = stand_in_of("python").image();
    scene.engine.run(["save", &image, "--output", &archive.display().to_string()]).ok();
    let pull = scene.engine.buildah(&["pull", &format!("docker-archive:{}", archive.display())]);
    let Some(pulled) = pull.or_not_run("buildah 1.28") else { return Ok(()) };
    let pulled = pulled.ok();
    let base = pulled.lines().last().unwrap_or_default();
    let dockerfile = |image: &str| project.deploy().join("images").join(image).join("Dockerfile");
    let refused = build(scene, &project, &dockerfile("python"), base);
    if !["--link", "--network"].iter().any(|it| refused.contains(it)) {
        return Err(format!("it is no builder of that time: {refused}").into());
    }
    let spec = project.folder.join("mlops.toml");
    let text = fs::read_to_string(&spec).expect("it was just copied");
    let steps = "[build]\ndialect = \"classic\"\n[images.tools]\nlanguage = \"python\"\n\
        run = [\"python -m compileall -q /app\"]\n[services.keeper]\nimage = \"registry.example.org/tools/keeper:1\"\n\
        outputs = [\"kept\"]\n[services.predict]\nimage = { use = \"tools\" }\n";
    fs::write(spec, text.replace("[services.predict]\n", steps)).expect("the copy is writable");
    project.compile()?;
    // A ready-made image writes, so that there is one that only Compose builds.
    let volumes = project.deploy().join("compose/volumes/Dockerfile");
    for file in project.images().keys().map(|it| dockerfile(it)).chain([volumes]) {
        let said = build(scene, &project, &file, base);
        if !said.ends_with("exit code 0") {
            return Err(format!("{}: {said}", file.display()).into());
        }
    }
    Ok(())
}

/// Builds one image on another base; what was said, with the exit code.
fn build(scene: &Scene, project: &Project, file: &Path, stand_in: &str) -> String {
    let text = fs::read_to_string(file).expect("it was compiled");
    for base in bases(&text) {
        scene.engine.buildah(&["tag", stand_in, &base]).expect("it was there before").ok();
    }
    let secret = format!("--secret=id=ca_bundle,src={}", scene.mirror.ca.display());
    let hosts = scene.mirror.hosts.iter().map(|it| format!("--add-host={it}:{}", scene.mirror.address));
    let limits = ["--ulimit=nofile=4096:4096", "--ulimit=nproc=4096:4096"].map(str::to_owned);
    let options = ["build", "--isolation=chroot", "--pull-never", "--format=docker", &secret].map(str::to_owned);
    let place = ["--file".to_owned(), file.display().to_string(), project.folder.display().to_string()];
    let ignore = format!("--ignorefile={}.dockerignore", file.display());
    let all: Vec<String> = options.into_iter().chain(limits).chain(hosts).chain([ignore]).chain(place).collect();
    let said = scene.engine.buildah(&all.iter().map(String::as_str).collect::<Vec<_>>()).expect("it was there before");
    format!("{}\nexit code {}", said.all, said.code)
}
