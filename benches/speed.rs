//! How long the compiler takes, beside what its users would otherwise run: `cargo bench`.
//!
//! Every row is the median of several runs. Ratios are measured in the same run; seconds depend on the machine.

#![allow(clippy::print_stdout, clippy::cast_precision_loss, reason = "a benchmark prints ratios")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mlopsc::compile::{Options, compile};
use mlopsc::resolve::Request;
use mlopsc::source::{Files, RelPath};

/// Makes the program measure its own memory instead of the rows.
const MEMORY: &str = "MLOPSC_BENCH_MEMORY";

fn main() {
    if let Ok(count) = std::env::var(MEMORY) {
        return memory(count.parse().expect("a number of workloads"));
    }
    println!("from text to rendered files, in memory");
    let mut base = None;
    for workloads in [34, 167, 1_000, 10_000] {
        let runs = if workloads > 1_000 { 3 } else { 9 };
        let (files, time) = in_memory(workloads, runs);
        let each = time.as_secs_f64() / files as f64 * 1e6;
        let base = *base.get_or_insert(each);
        println!(
            "  {workloads:>6} workloads {files:>6} files {:>9.1} ms  {each:>5.1} µs a file ({:.2} of the first row)",
            ms(time),
            each / base
        );
    }
    println!("  peak memory of 10,000 workloads: {} MB", child_memory(10_000));
    processes();
    disk();
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// A spec of so many workloads, half of them services with an autoscaler.
fn spec(workloads: usize) -> String {
    let mut text =
        String::from("[project]\nname = \"bench\"\nversion = \"1.0.0\"\nregistry = \"registry.example.org/bench\"\n");
    for index in 0..workloads / 2 {
        let _ = write!(
            text,
            "\n[data.d{index}]\nclass = \"public\"\nsize = \"1Gi\"\naccess = \"ReadWriteMany\"\n\n[stages.t{index}]\nentry = \"train.py\"\n\
             outputs = [\"d{index}\"]\nresources = {{ cpu = \"2\", memory = \"4Gi\" }}\nschedule = \"0 2 * * *\"\n\
             egress = [{{ cidr = \"10.0.0.0/24\", ports = [443] }}]\n\n[services.s{index}]\nentry = \"serve.py\"\nport = 8080\n\
             inputs = [\"d{index}\"]\nclients = [{{ namespace = \"portal\" }}]\nautoscale = {{ min = 2, max = 4 }}\n\
             probes = {{ ready = \"/readyz\", live = \"/healthz\" }}\n"
        );
    }
    text
}

fn files(spec: &str) -> Files {
    Files::memory([("mlops.toml", spec), ("train.py", "pass\n"), ("serve.py", "pass\n"), ("requirements.lock", "")])
}

fn once(spec: &str) -> usize {
    let compiled = compile(&Options {
        request: Request {
            files: files(spec),
            path: RelPath::parse("mlops.toml").expect("a good path"),
            prefix: String::new(),
            environments: Vec::new(),
            set: Vec::new(),
        },
        only: Vec::new(),
        as_of: jiff::civil::date(2026, 11, 21),
        out: mlopsc::source::RelPath::parse("deploy").expect("a good path"),
    });
    assert!(!compiled.sink.has_errors(), "the spec of the benchmark is good");
    compiled.environments.into_iter().map(|it| it.into_files().len()).sum()
}

fn in_memory(workloads: usize, runs: usize) -> (usize, Duration) {
    let spec = spec(workloads);
    let mut made = once(&spec);
    let times = (0..runs).map(|_| {
        let start = Instant::now();
        made = once(&spec);
        start.elapsed()
    });
    let time = median(times.collect());
    (made, time)
}

/// Compiles once and prints the greatest memory that this process had, in MB.
fn memory(workloads: usize) {
    once(&spec(workloads));
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|it| it.starts_with("VmHWM")).unwrap_or_default();
    let kilobytes: u64 = line.split_whitespace().nth(1).and_then(|it| it.parse().ok()).unwrap_or_default();
    println!("{}", kilobytes / 1024);
}

fn child_memory(workloads: usize) -> String {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program).env(MEMORY, workloads.to_string()).output().expect("this program runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Whole processes, as a user or a CI job waits for them.
fn processes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a folder can be made");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file can be written");
    write("mlops.toml", &spec(6));
    write("train.py", "pass\n");
    write("serve.py", "pass\n");
    write("requirements.lock", "");
    run(folder.path(), &["compile", "--quiet"]);
    println!("whole processes");
    row("mlopsc compile --check, unchanged, about 30 objects", 21, || {
        run(folder.path(), &["compile", "--check", "--quiet"]);
    });
    let example = root.join("examples/mri-classifier");
    row("mlopsc check of examples/mri-classifier", 21, || run(&example, &["check", "--quiet"]));
    row("mlopsc --version", 21, || run(folder.path(), &["--version"]));
    kustomize(folder.path());
}

fn row(name: &str, runs: usize, mut work: impl FnMut()) -> Duration {
    work();
    let times = (0..runs).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed()
    });
    let time = median(times.collect());
    println!("  {name:<58} {:>8.2} ms", ms(time));
    time
}

fn run(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlopsc"));
    command.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().expect("the program runs").success(), "{arguments:?}");
}

/// `kubectl kustomize` reads what we wrote and prints it: less work than compiling, on the same objects.
fn kustomize(small: &Path) {
    let has_kubectl =
        Command::new("kubectl").arg("version").arg("--client").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !has_kubectl.is_ok_and(|it| it.success()) {
        println!("  NOT RUN: kubectl kustomize: kubectl is not here");
        return;
    }
    let large = tempfile::tempdir().expect("a folder can be made");
    for (name, text) in
        [("mlops.toml", spec(167).as_str()), ("train.py", ""), ("serve.py", ""), ("requirements.lock", "")]
    {
        std::fs::write(large.path().join(name), text).expect("a file can be written");
    }
    run(large.path(), &["compile", "--quiet"]);
    for (name, folder, runs) in [("about 30", small, 5), ("about 1,000", large.path(), 3)] {
        let theirs = row(&format!("kubectl kustomize, {name} objects"), runs, || {
            let mut command = Command::new("kubectl");
            command.args(["kustomize", "deploy/default"]).current_dir(folder).stdout(Stdio::null());
            assert!(command.status().expect("kubectl runs").success(), "kustomize reads what we wrote");
        });
        let ours = row(&format!("mlopsc compile --check, unchanged, {name} objects"), runs * 3, || {
            run(folder, &["compile", "--check", "--quiet"]);
        });
        println!("  ratio: {:.0} times as fast", theirs.as_secs_f64() / ours.as_secs_f64());
    }
}

/// What the disk takes for new files, next to plain file creation.
fn disk() {
    let spec = spec(1_000);
    println!("new files on the disk (1,000 workloads)");
    let make = || {
        let folder = tempfile::tempdir().expect("a folder can be made");
        for (name, text) in
            [("mlops.toml", spec.as_str()), ("train.py", ""), ("serve.py", ""), ("requirements.lock", "")]
        {
            std::fs::write(folder.path().join(name), text).expect("a file can be written");
        }
        folder
    };
    let folders: Vec<_> = (0..4).map(|_| make()).collect();
    let mut next = folders.iter();
    row("mlopsc compile, nothing there before", 3, || {
        run(next.next().expect("enough folders").path(), &["compile", "--quiet"]);
    });
    let written = folders[0].path().join("deploy/default/kubernetes");
    let texts: Vec<(std::ffi::OsString, Vec<u8>)> = std::fs::read_dir(written)
        .expect("it was written")
        .flatten()
        .map(|it| (it.file_name(), std::fs::read(it.path()).expect("a file can be read")))
        .collect();
    row("plain creation of the same files", 3, || {
        let folder = tempfile::tempdir().expect("a folder can be made");
        for (name, text) in &texts {
            std::fs::write(folder.path().join(name), text).expect("a file can be written");
        }
    });
}
