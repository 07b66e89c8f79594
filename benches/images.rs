//! How large an image is, and how long it takes to build and to start, beside the Dockerfile that most teams write and the one
//! that BentoML generates: `cargo bench --bench images`.
//!
//! One service with one lock file, built three times by the engine of the tests. Bases are stand-ins of Debian's packages:
//! a slim one, and one with compilers and headers, as the full image of Python has them. BentoML's own package is
//! left out of its image, because it is not in the lock file. Ratios are measured in the same run; seconds depend on the machine.
//! A bar that is missed is named, and the exit code is 1; so it is in `CI` where something cannot be measured.

#![allow(clippy::print_stdout, reason = "a benchmark prints ratios")]

#[path = "images/bars.rs"]
mod bars;
#[path = "../tests/support/docker.rs"]
mod docker;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use bars::{Row, missed};
use docker::{Engine, Kit, Mirror, Missing, OrNotRun, Site, ready, said, stand_in_of};

/// An image of the service.
struct Variant {
    name: &'static str,
    context: PathBuf,
    dockerfile: PathBuf,
    /// The image that it begins with, and what takes its place.
    base: (&'static str, &'static str),
    /// The program in the context, and where it is in the image.
    program: (PathBuf, &'static str),
}

fn main() -> ExitCode {
    let Some((engine, mirror)) = start().or_not_run("size and speed of images") else { return ExitCode::SUCCESS };
    let variants = [ours(&engine), plain(&engine)].into_iter().map(Ok).chain([bentoml(&engine)]);
    let variants: Vec<Variant> = variants.filter_map(|it| it.or_not_run("beside BentoML")).collect();
    let built: Vec<[f64; 4]> = variants.iter().map(|it| measure(&engine, &mirror, it)).collect();
    let starts = starts(&engine, &variants);
    let Some(firsts) = first_starts(&engine, &variants).or_not_run("first starts") else { return ExitCode::SUCCESS };
    let row = |([size, no_cache, line, lock], (start, first)): ([f64; 4], (Rounds, Rounds))| Row {
        size,
        no_cache,
        line,
        lock,
        start: [start.least, start.median],
        first: [first.least, first.median],
    };
    let rows: Vec<Row> = built.into_iter().zip(starts.into_iter().zip(firsts)).map(row).collect();
    print(&variants, &rows);
    let others = variants.iter().zip(&rows).skip(1);
    let missed: Vec<String> = others.flat_map(|(it, row)| missed(&rows[0], row, it.name, it.name == PLAIN)).collect();
    for bar in &missed {
        println!("missed: {bar}");
    }
    if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn print(variants: &[Variant], rows: &[Row]) {
    let head = ["size", "no cache", "line", "lock", "start", "(median)", "first", "(median)"];
    println!("{:<18}{}", "", head.map(|it| format!("{it:>10}")).concat());
    let values = |it: &Row| [&[it.size, it.no_cache, it.line, it.lock], &it.start[..], &it.first].concat();
    for (variant, row) in variants.iter().zip(rows) {
        let seconds = values(row)[1..].iter().map(|it| format!("{it:>8.2} s")).collect::<String>();
        println!("{:<18}{:>7.0} MB{seconds}", variant.name, row.size);
    }
    for (variant, row) in variants.iter().zip(rows).skip(1) {
        let ratios = values(&rows[0]).into_iter().zip(values(row)).map(|(ours, it)| format!("{:>10.2}", ours / it));
        println!("{:<18}{}", format!("ours to {}", variant.name), ratios.collect::<String>());
    }
}

/// The engine, the mirror with what BentoML's Dockerfile installs as well, and both bases.
fn start() -> Result<(Engine, Mirror), Missing> {
    let engine = Engine::start()?;
    let mirror = Mirror::start(&engine)?;
    let folder = engine.folder().join("mirror");
    let uv = fs::read_dir(docker::uv()?).expect("it was just made").flatten().map(|it| it.path());
    for wheel in uv.filter(|it| it.extension().is_some_and(|it| it == "whl")) {
        fs::copy(&wheel, folder.join(wheel.file_name().expect("it has a name"))).expect("the folder is writable");
    }
    copy_files(&debian()?, &folder);
    for (name, of) in [("slim", "python"), ("full", "python-full")] {
        let stand_in = stand_in_of(of);
        engine.have(stand_in)?;
        let mut build = engine.command(["buildx", "build", "--quiet", "--provenance=false"]);
        build.arg(format!("--tag=mlopsc-test/bench-{name}")).arg(format!("--build-arg=BASE={}", stand_in.image()));
        build.arg(format!("--build-arg=HOST={}", mirror.host_of(""))).arg("--file").arg(own("base.Dockerfile"));
        said(build.arg(mirror.ca.parent().expect("it is in a folder"))).ok();
    }
    Ok((engine, mirror))
}

/// A file beside this one.
fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/images").join(name)
}

/// A folder with the service and its lock file.
fn project(engine: &Engine, name: &str) -> PathBuf {
    let folder = engine.folder().join("bench").join(name);
    fs::create_dir_all(&folder).expect("the folder is writable");
    copy_files(&own("project"), &folder);
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/mri-classifier/requirements.lock");
    fs::copy(lock, folder.join("requirements.lock")).expect("the folder is writable");
    folder
}

fn copy_files(from: &Path, to: &Path) {
    for file in fs::read_dir(from).expect("the folder is there").flatten().filter(|it| it.path().is_file()) {
        fs::copy(file.path(), to.join(file.file_name())).expect("the folder is writable");
    }
}

fn ours(engine: &Engine) -> Variant {
    let context = project(engine, "ours");
    said(Command::new(env!("CARGO_BIN_EXE_mlopsc")).args(["compile", "--quiet"]).current_dir(&context)).ok();
    Variant {
        name: "mlopsc",
        dockerfile: context.join("deploy/default/images/python/Dockerfile"),
        base: ("python:3.12-slim-trixie", "slim"),
        program: (context.join("serve.py"), "/app/serve.py"),
        context,
    }
}

/// What most teams write.
const PLAIN: &str = "one stage";

fn plain(engine: &Engine) -> Variant {
    let context = project(engine, "plain");
    copy_files(&own("plain"), &context);
    Variant {
        name: PLAIN,
        dockerfile: context.join("Dockerfile"),
        base: ("python:3.12", "full"),
        program: (context.join("serve.py"), "/app/serve.py"),
        context,
    }
}

fn bentoml(engine: &Engine) -> Result<Variant, Missing> {
    let install = |site: &Site| {
        site.run(Command::new("python3").args(["-m", "venv"]).arg(&site.folder))?;
        let mut pip = Command::new(site.folder.join("bin/pip"));
        site.run(pip.args(["install", "--quiet", "--no-input", "--requirement"]).arg(&site.sources))
    };
    let sources = own("bentoml/requirements.txt");
    let kit = ready(&Kit { group: "docker", name: "bentoml", sources, program: "bin/bentoml", install })?;
    let folder = project(engine, "bentoml");
    copy_files(&own("bentoml"), &folder);
    let home = folder.join("home");
    let mut build = Command::new(kit.join("bin/bentoml"));
    build.arg("build").envs([("BENTOML_DO_NOT_TRACK", "True")]).env("BENTOML_HOME", &home);
    said(build.current_dir(&folder)).ok();
    let mut versions = fs::read_dir(home.join("bentos/bench")).expect("it was built").flatten().map(|it| it.path());
    let context = versions.find(|it| it.is_dir()).expect("it was built");
    // Its own package and the sixty that this needs would make it larger, and are not in the lock file.
    let lock = context.join("env/python/requirements.txt");
    let text = fs::read_to_string(&lock).expect("it was built");
    let kept: String = text.lines().filter(|it| !it.starts_with("bentoml==")).map(|it| format!("{it}\n")).collect();
    fs::write(lock, kept).expect("the folder is writable");
    Ok(Variant {
        name: "BentoML",
        dockerfile: context.join("env/docker/Dockerfile"),
        base: ("python:3.13-slim", "slim"),
        program: (context.join("src/serve.py"), "/home/bentoml/bento/src/serve.py"),
        context,
    })
}

/// The packages of Debian, with what they need, as a repository.
fn debian() -> Result<PathBuf, Missing> {
    let install = |site: &Site| {
        let text = fs::read_to_string(&site.sources).map_err(|it| it.to_string())?;
        let names: Vec<&str> = text.lines().filter(|it| !it.starts_with('#')).collect();
        let mut mmdebstrap = Command::new("mmdebstrap");
        mmdebstrap.args(["--variant=minbase", "--include=python3,python3-pip,python3-venv,ca-certificates"]);
        mmdebstrap.arg("--aptopt=Acquire::Check-Valid-Until \"false\"");
        let download = "chroot \"$1\" apt-get --yes --download-only --no-install-recommends install";
        mmdebstrap.arg(format!("--customize-hook={download} {}", names.join(" ")));
        mmdebstrap.arg(format!("--customize-hook=sync-out /var/cache/apt/archives {}", site.folder.display()));
        site.run(mmdebstrap.args(["trixie", "/dev/null"]))?;
        let script = "rm -rf partial lock; for it in *%3a*; do mv \"$it\" \"$(echo \"$it\" | sed s/%3a/_/)\"; done; \
            dpkg-scanpackages --multiversion . > Packages";
        site.run(Command::new("sh").args(["-ec", script]).current_dir(&site.folder))
    };
    ready(&Kit { group: "docker", name: "debian", sources: own("packages"), program: "Packages", install })
}

/// Megabytes, and the seconds of a build without a cache, after a changed line, and after a changed lock file.
fn measure(engine: &Engine, mirror: &Mirror, variant: &Variant) -> [f64; 4] {
    let cold = build(engine, mirror, variant, FIRST, &["--no-cache"]);
    let source = median(["first", "second", "third"].into_iter().map(|round| {
        change(&variant.program.0);
        build(engine, mirror, variant, round, &[])
    }));
    let history = engine.run(["history", "--human=false", "--format={{.Size}}", &tag(variant, FIRST)]).ok();
    let bytes: f64 = history.lines().filter_map(|it| it.trim().parse::<f64>().ok()).sum();
    let locks = ["requirements.lock", "env/python/requirements.txt"].map(|it| variant.context.join(it));
    locks.iter().filter(|it| it.exists()).for_each(|it| change(it));
    let lock = build(engine, mirror, variant, "lock", &[]);
    [bytes / 1e6, cold, source, lock]
}

/// What some rounds took, in seconds. Others use the machine, too: the least is what it takes by itself.
struct Rounds {
    least: f64,
    median: f64,
}

/// Measures all variants in turns.
fn rounds(count: usize, variants: &[Variant], seconds: impl Fn(&Variant) -> f64) -> Vec<Rounds> {
    let rounds: Vec<Vec<f64>> = (0..count).map(|_| variants.iter().map(&seconds).collect()).collect();
    let of = |at: usize| {
        let least = rounds.iter().map(|it| it[at]).fold(f64::INFINITY, f64::min);
        Rounds { least, median: median(rounds.iter().map(|it| it[at])) }
    };
    (0..variants.len()).map(of).collect()
}

/// Seconds until the program of each has imported its packages.
fn starts(engine: &Engine, variants: &[Variant]) -> Vec<Rounds> {
    rounds(31, variants, |it| seconds_of(engine, &tag(it, FIRST), it.program.1))
}

/// The same on a node that has nothing of the image yet: loaded from an archive into an engine with nothing else in it, where
/// what a registry's network takes is left out, and unpacking is not.
fn first_starts(engine: &Engine, variants: &[Variant]) -> Result<Vec<Rounds>, Missing> {
    let node = Engine::start()?;
    node.is_ours()?;
    let archive = |it: &Variant| node.folder().join(format!("{}.tar", it.name)).display().to_string();
    for it in variants {
        engine.run(["save", &tag(it, FIRST), "--output", &archive(it)]).ok();
    }
    Ok(rounds(7, variants, |it| {
        let start = Instant::now();
        node.run(["load", "--quiet", "--input", &archive(it)]).ok();
        seconds_of(&node, &tag(it, FIRST), it.program.1);
        let seconds = start.elapsed().as_secs_f64();
        node.run(["image", "rm", "--force", &tag(it, FIRST)]).ok();
        seconds
    }))
}

fn seconds_of(engine: &Engine, image: &str, program: &str) -> f64 {
    let start = Instant::now();
    let run = ["run", "--rm", "--read-only", "--tmpfs=/tmp", "--network=none", "--entrypoint=python"];
    engine.run(run.into_iter().chain([image, program, "--check"])).ok();
    start.elapsed().as_secs_f64()
}

/// The tag of the build without a cache.
const FIRST: &str = "no-cache";

/// Another one for each build: what loses its tag is removed, and with it what the next build is being put on.
fn tag(variant: &Variant, round: &str) -> String {
    format!("mlopsc-test/bench-of-{}:{round}", variant.name.to_lowercase().replace(' ', "-"))
}

fn build(engine: &Engine, mirror: &Mirror, variant: &Variant, round: &str, options: &[&str]) -> f64 {
    let mut build = engine.command(["buildx", "build", "--progress=plain", "--provenance=false"]);
    build.args(options);
    build.arg(format!("--tag={}", tag(variant, round))).arg("--file").arg(&variant.dockerfile);
    let (base, stand_in) = variant.base;
    build.arg(format!("--build-context={base}=docker-image://mlopsc-test/bench-{stand_in}"));
    build.arg(format!("--add-host={}:{}", mirror.host_of(""), mirror.address));
    build.arg(format!("--secret=id=ca_bundle,src={}", mirror.ca.display())).arg(&variant.context);
    let start = Instant::now();
    let first = said(&mut build);
    if !first.lost_a_layer() {
        first.ok();
        return start.elapsed().as_secs_f64();
    }
    let start = Instant::now();
    said(&mut build).ok();
    start.elapsed().as_secs_f64()
}

/// Adds a comment: another file, with the same meaning.
fn change(file: &Path) {
    let text = fs::read_to_string(file).expect("it was copied");
    fs::write(file, format!("# changed\n{text}")).expect("the copy is writable");
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
