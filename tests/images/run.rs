//! Programs in their images, as users of an image find them: from made-up studies to a service that answers, and what
//! becomes of wrong input and of the wish to end.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use super::container::{Container, Lasting};
use super::docker::Said;
use super::scene::Scene;

/// How long a service may take until it answers, and until it has ended beside what the engine takes: the best of
/// [`TRIES`], because others use the machine, too.
const START: Duration = Duration::from_secs(5);
const END: Duration = Duration::from_secs(1);
const TRIES: usize = 3;

/// How long training may take to end: it writes down where it was. Kubernetes kills after thirty seconds.
const GRACE: Duration = Duration::from_secs(10);

/// Asks a service in its own network for a path; gives the status.
const GET: &str = "import sys, urllib.request as r, urllib.error as e\n\
    try: print(r.urlopen(sys.argv[1], timeout=5).status)\n\
    except e.HTTPError as it: print(it.code)";

/// Sends standard input; gives the answer.
const POST: &str = "import sys, urllib.request as r\n\
    q = r.Request(sys.argv[1], data=sys.stdin.buffer.read(), headers={'Content-Type': sys.argv[2]})\n\
    print(r.urlopen(q, timeout=5).read().decode())";

/// The whole chain of the classifier: every image, every volume of the spec, no network anywhere.
pub(super) fn classifier(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let project = scene.built(example);
    let images = project.images();
    let python = |script: &'static str| Step::new(scene, &images["python"], script);
    let studies = made_up(scene, &images["python"]);
    let salt = scene.engine.write("runs/salt", "a salt for trying things out\n");
    let deidentify = python("/app/deidentify.py").input(&studies, "/data/raw").output("clean");
    deidentify.with(|it| it.env("SECRET_DEID_SALT_FILE", "/salt").bind(&salt, "/salt")).succeeds();
    nobody_is_named(scene, &images["python"], &studies);
    python("/app/validate.py").from("clean").output("quality").succeeds();
    for part in ["0", "1"] {
        let step = python("/app/preprocess.py").from("clean").output("features");
        step.env("JOB_COMPLETION_INDEX", part).env("JOB_COMPLETIONS", "2").succeeds();
    }
    let train = || Step::new(scene, &images["pytorch"], "/app/train.py").from("features").output("checkpoints");
    let settings = project.deploy().join("compose/config/train/config.json");
    let train = || {
        train().with(|it| {
            it.env("CONFIG_TRAIN", "/config.json").env("CHECKPOINT_EVERY", "1800").bind(&settings, "/config.json")
        })
    };
    stops_and_goes_on(&train());
    let evaluate = python("/app/evaluate.py").from("checkpoints").from("features").output("metrics").output("model");
    evaluate.env("CONFIG_EVALUATE_MIN_AUC", "0.5").env("CONFIG_EVALUATE_MIN_SENSITIVITY", "0.1").succeeds();
    let statistics = Step::of(scene, &images["r"], &["Rscript", "--vanilla", "/app/analyse.R"]);
    statistics.from("features").from("metrics").output("summary").succeeds();
    serves(scene, &images["python"])
}

/// A program with the volumes of its data.
struct Step<'s> {
    container: Container<'s>,
    program: Vec<&'static str>,
}

impl<'s> Step<'s> {
    fn new(scene: &'s Scene, image: &str, script: &'static str) -> Self {
        Self::of(scene, image, &["python", script])
    }

    fn of(scene: &'s Scene, image: &str, program: &[&'static str]) -> Self {
        Self { container: Container::of(scene, image), program: program.to_vec() }
    }

    fn with(mut self, change: impl FnOnce(Container<'s>) -> Container<'s>) -> Self {
        self.container = change(self.container);
        self
    }

    fn env(self, name: &str, value: &str) -> Self {
        self.with(|it| it.env(name, value))
    }

    fn input(self, source: &std::path::Path, path: &str) -> Self {
        let name = format!("DATA_{}", path.rsplit('/').next().unwrap_or_default().to_uppercase());
        self.with(|it| it.env(&name, path).bind(source, path))
    }

    fn from(self, data: &str) -> Self {
        self.with(|it| {
            it.env(&format!("DATA_{}", data.to_uppercase()), &format!("/data/{data}"))
                .input(data, &format!("/data/{data}"))
        })
    }

    fn output(self, data: &str) -> Self {
        self.with(|it| {
            it.env(&format!("DATA_{}", data.to_uppercase()), &format!("/data/{data}"))
                .volume(data, &format!("/data/{data}"))
        })
    }

    #[track_caller]
    fn succeeds(&self) -> String {
        self.container.run(&self.program).ok()
    }

    /// Ends with this exit code and one line that says why.
    #[track_caller]
    fn refuses(&self, code: i32) {
        let said: Said = self.container.run(&self.program);
        assert_eq!(said.code, code, "{:?}: {}", self.program, said.all);
        assert_eq!(said.all.lines().count(), 1, "{:?}: not one line: {}", self.program, said.all);
    }
}

/// Studies of people who do not exist.
fn made_up(scene: &Scene, image: &str) -> PathBuf {
    let folder = scene.engine.folder().join("runs/studies");
    fs::create_dir_all(&folder).expect("the folder is writable");
    open(&folder);
    let container = Container::of(scene, image).option(format!("--volume={}:/studies", folder.display()));
    container.run(&["python", "/app/make_synthetic.py", "/studies/raw", "--identifiers", "/studies/identifiers"]).ok();
    folder.join("raw")
}

/// Whoever the program runs as may write there.
fn open(folder: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).expect("the folder is ours");
}

/// None of the made-up names is left in what was de-identified, and all of them were there before.
#[track_caller]
fn nobody_is_named(scene: &Scene, image: &str, studies: &std::path::Path) {
    let look = "grep --recursive --text --ignore-case --fixed-strings --quiet --file=/names";
    let names = studies.with_file_name("identifiers");
    let container = Container::of(scene, image).bind(&names, "/names").bind(studies, "/raw").input("clean", "/clean");
    let script = format!("{look} /raw && ! {look} /clean && find /clean -name '*.dcm' | grep --quiet .");
    container.run(&["sh", "-ec", &script]).ok();
}

/// Training that is stopped says so, and goes on later from where it was.
fn stops_and_goes_on(train: &Step<'_>) {
    let running = train.container.start("train", &train.program);
    running.until("in its third epoch", 120, |it| it.log().contains("epoch=3 "));
    let (code, took) = running.stop();
    assert_eq!(code, 143, "{}", running.log());
    assert!(took < GRACE, "it took {took:?}");
    let log = running.log();
    let epoch = log.split_once("stopped by SIGTERM after epoch ").map(|(_, it)| it.trim()).unwrap_or_default();
    drop(running);
    let resumed = train.succeeds();
    assert!(resumed.contains(&format!(" from-epoch={epoch} ")), "stopped:\n{log}\nand then:\n{resumed}");
}

/// The service is alive at once, ready with a model, answers, and ends when it is told to.
fn serves(scene: &Scene, image: &str) -> Result<(), Failed> {
    let model = Step::new(scene, image, "/app/serve.py").from("model").env("PORT", "8080");
    let service: Lasting<'_> = model.container.start("classify", &model.program);
    service.until("alive", 30, |it| status(it, "/v2/health/live") == "200");
    service.until("ready", 30, |it| status(it, "/v2/health/ready") == "200");
    let one = Container::of(scene, image).input("clean", "/clean");
    let script = "find /clean -name '*.dcm' | sort | head -n 1 | xargs base64 --wrap=0";
    let text = one.run(&["sh", "-ec", script]).ok();
    let decoded = scene.engine.write("runs/one.base64", &text);
    let answer = format!("base64 --decode | python -c \"{POST}\" http://127.0.0.1:8080/predict application/dicom");
    let said = service.exec_on(&["sh", "-ec", &answer], &decoded).ok();
    if !said.contains("\"probability\"") {
        return Err(said.into());
    }
    ends_and_starts_quickly(scene, image, &service, "ready", |it| status(it, "/v2/health/ready") == "200");
    refusals(scene, image);
    Ok(())
}

/// A service that runs ends when it is told to, and is up again soon.
fn ends_and_starts_quickly(
    scene: &Scene,
    image: &str,
    service: &Lasting<'_>,
    what: &str,
    is_up: impl Fn(&Lasting<'_>) -> bool,
) {
    let mut took = Vec::new();
    for _ in 0..TRIES {
        let engine = end_of_nothing(scene, image);
        let (code, end) = service.stop();
        assert!(code == 0 || code == 143, "it ended with {code}:\n{}", service.log());
        let start = Instant::now();
        service.start_again();
        service.until(what, 30, &is_up);
        let start = start.elapsed();
        if end.saturating_sub(engine) < END && start < START {
            return;
        }
        took.push((end, engine, start));
    }
    panic!("to its end (and to that of a program that does nothing), and until it is {what}, it took {took:?}");
}

/// What the engine itself takes to end a program.
fn end_of_nothing(scene: &Scene, image: &str) -> Duration {
    let program = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit()); print('up', flush=True); signal.pause()";
    let idle = Container::of(scene, image).start("idle", &["python", "-c", program]);
    idle.until("up", 30, |it| it.log().contains("up"));
    idle.stop().1
}

fn status(service: &Lasting<'_>, path: &str) -> String {
    service.exec(&["python", "-c", GET, &format!("http://127.0.0.1:8080{path}")]).stdout.trim().to_owned()
}

/// Nothing in the environment, and nothing in a folder.
fn refusals(scene: &Scene, image: &str) {
    for script in ["/app/deidentify.py", "/app/validate.py", "/app/preprocess.py", "/app/train.py", "/app/serve.py"] {
        Step::new(scene, image, script).refuses(2);
    }
    let empty = scene.engine.folder().join("runs/clean");
    fs::create_dir_all(&empty).expect("the folder is writable");
    Step::new(scene, image, "/app/validate.py").input(&empty, "/data/clean").output("quality").refuses(3);
}

/// The service of the smallest example: healthy by the image's own check, and an answer once there is a model.
pub(super) fn smallest(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let images = scene.built(example).images();
    let train = Step::new(scene, &images["pytorch"], "/app/train.py")
        .with(|it| it.env("DATA_MODEL", "/data/model").volume("smallest", "/data/model"));
    let serve = Step::new(scene, &images["python"], "/app/serve.py").with(|it| {
        let it = it.env("DATA_MODEL", "/data/model").env("PORT", "8080");
        it.input("smallest", "/data/model")
    });
    train.succeeds();
    let service = serve.container.start("predict", &serve.program);
    service.until("healthy", 30, |it| it.health() == "healthy");
    let features = scene.engine.write("runs/features.json", "{\"features\": [0.3, 2.9]}");
    let said = service.exec_on(&["python", "-c", POST, "http://127.0.0.1:8080/predict", "application/json"], &features);
    assert!(said.all.contains("\"probability\""), "{}", said.all);
    ends_and_starts_quickly(scene, &images["python"], &service, "healthy", |it| it.health() == "healthy");
    Ok(())
}
