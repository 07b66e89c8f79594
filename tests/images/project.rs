//! A project where the engine can see it: compiled by the real binary, with stand-ins for what no registry is asked for.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use parse_dockerfile::{Dockerfile, Instruction};
use serde_json::{Value, json};

use super::binary::{copy_folder, run};
use super::docker::{stand_in_of, without_frameworks};
use super::scene::Scene;

/// A compiled project.
pub(super) struct Project {
    pub(super) folder: PathBuf,
    /// The one that is made for a single machine.
    pub(super) environment: String,
    /// Who compiles and builds it.
    pub(super) person: Person,
    /// What is attested of a build: `PROVENANCE` of the bake file.
    pub(super) provenance: &'static str,
    /// With what it is scanned: `SBOM` of the bake file.
    pub(super) sbom: String,
}

/// Who runs a program, as far as programs can tell: a home, a mask for new files, a language, a clock on the wall.
pub(super) struct Person {
    umask: &'static str,
    /// The name of the machine on which the builder runs the steps.
    machine: Option<&'static str>,
    variables: &'static [(&'static str, &'static str)],
}

/// Who runs the tests.
pub(super) const MYSELF: Person = Person { umask: "022", machine: None, variables: &[] };

/// Somebody else in another country, whose files nobody else may read.
pub(super) const SOMEBODY_ELSE: Person = Person {
    umask: "077",
    machine: Some("elsewhere"),
    variables: &[
        ("HOME", "/nonexistent"),
        ("USER", "somebody"),
        ("LANG", "tr_TR.UTF-8"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("TZ", "Asia/Kathmandu"),
    ],
};

impl Person {
    /// The option that chooses the machine, behind the words with which a build argument begins.
    pub(super) fn machine_argument(&self, option: &str) -> Option<String> {
        self.machine.map(|it| format!("{option}BUILDKIT_SANDBOX_HOSTNAME={it}"))
    }

    /// The same command, run by this person.
    fn runs(&self, command: &Command) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", "umask \"$1\" && shift && exec \"$@\"", "sh", self.umask]);
        shell.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell.current_dir(command.get_current_dir().unwrap_or(Path::new(".")));
        shell.envs(self.variables.iter().copied());
        shell
    }
}

/// The value of the secret that builds are given; it must be nowhere afterwards.
pub(super) const BUILD_SECRET: &str = "planted-build-secret-5d1f";

impl Project {
    /// The development environment of an example.
    pub(super) fn of(scene: &Scene, example: &str) -> Result<Self, String> {
        Self::under(scene, example, example)
    }

    /// The development environment of an example, or of a project of the tests, in a folder of another name.
    pub(super) fn under(scene: &Scene, example: &str, name: &str) -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        match example {
            "languages" => super::languages::project(scene, name),
            "minimal" => Self::copied(scene, &root.join("examples/minimal"), name, "default"),
            _ => Self::copied(scene, &root.join("examples").join(example), name, "dev"),
        }
    }

    /// A copy of `source` under the name `name`, compiled.
    pub(super) fn copied(scene: &Scene, source: &Path, name: &str, environment: &str) -> Result<Self, String> {
        let folder = scene.engine.folder().join("projects").join(name);
        copy_folder(source, &folder);
        for entry in fs::read_dir(&folder).expect("it was just copied").flatten() {
            if entry.path().extension().is_some_and(|it| it == "lock") {
                put_stand_ins(scene, &entry.path());
            }
        }
        let (environment, sbom) = (environment.to_owned(), String::new());
        let project = Self { folder, environment, person: MYSELF, provenance: "disabled=true", sbom };
        project.compile()?;
        Ok(project)
    }

    pub(super) fn compile(&self) -> Result<(), String> {
        let mut compile = Command::new(env!("CARGO_BIN_EXE_mlopsc"));
        let run = run(&mut self.person.runs(compile.arg("compile").current_dir(&self.folder)));
        if run.code == 0 { Ok(()) } else { Err(run.stderr) }
    }

    /// Where the files of the environment are.
    pub(super) fn deploy(&self) -> PathBuf {
        self.folder.join("deploy").join(&self.environment)
    }

    /// The bake file: which images there are, and how they are called.
    pub(super) fn bake_file(&self) -> Value {
        let text = fs::read_to_string(self.deploy().join("docker-bake.json")).expect("it was compiled");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The images by their targets, with the name that each is given.
    pub(super) fn images(&self) -> BTreeMap<String, String> {
        let file = self.bake_file();
        let targets = file["target"].as_object().expect("there are targets");
        let tag = |it: &Value| it["tags"][0].as_str().expect("an image has a name").to_owned();
        targets.iter().map(|(name, it)| (name.clone(), tag(it))).collect()
    }

    /// Builds all images as the bake file says; what was said.
    pub(super) fn bake(&self, scene: &Scene, options: &[&str]) -> Result<String, String> {
        let file = self.deploy().join("docker-bake.json");
        let stand_ins = self.stand_ins(scene);
        let mut bake = scene.engine.command(["buildx", "bake", "--progress=plain", "--file"]);
        bake.arg(file).arg("--file").arg(&stand_ins).args(options);
        // The folder of the project is one that the daemon need not read, nor anybody else.
        bake.arg(format!("--allow=fs.read={}", scene.engine.folder().display()));
        bake.args(self.person.machine_argument("--set=*.args."));
        bake.current_dir(&self.folder).env("PIP_TOKEN", BUILD_SECRET);
        bake.env("PROVENANCE", self.provenance).env("SBOM", &self.sbom);
        let said = super::docker::built(&mut self.person.runs(&bake));
        if said.is_ok() { Ok(said.all) } else { Err(said.all) }
    }

    /// A second bake file, which takes stand-ins for the bases, the mirror for the host, and its authority.
    fn stand_ins(&self, scene: &Scene) -> PathBuf {
        let spec = fs::read_to_string(self.folder.join("mlops.toml")).expect("it was just copied");
        let host = scene.mirror.host_of(&spec);
        let secret = format!("id=ca_bundle,src={}", scene.mirror.ca.display());
        let file = self.bake_file();
        let mut targets = BTreeMap::new();
        for (name, target) in file["target"].as_object().expect("there are targets") {
            let context = self.folder.join(target["context"].as_str().expect("a context"));
            let dockerfile = context.join(target["dockerfile"].as_str().expect("a Dockerfile"));
            let contexts = contexts(scene, &dockerfile);
            targets.insert(
                name,
                json!({"contexts": contexts, "extra-hosts": {host: scene.mirror.address}, "secret": [secret]}),
            );
        }
        let path = self.folder.join("stand-ins.json");
        fs::write(&path, json!({"target": targets}).to_string()).expect("the folder is writable");
        path
    }

    /// Every Dockerfile that was written, of every environment.
    pub(super) fn dockerfiles(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        find(&self.folder.join("deploy"), &mut found);
        found.sort();
        found
    }
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder can be read").flatten() {
        if entry.path().is_dir() {
            find(&entry.path(), found);
        } else if entry.file_name() == "Dockerfile" {
            found.push(entry.path());
        }
    }
}

/// A stand-in for every image that a Dockerfile begins with.
pub(super) fn contexts(scene: &Scene, dockerfile: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(dockerfile).expect("it was compiled");
    let stand_in = |reference: String| {
        let it = stand_in_of(&reference);
        scene.engine.have(it).unwrap_or_else(|it| panic!("{}", it.reason));
        (familiar(&reference).to_owned(), format!("docker-image://{}", it.image()))
    };
    bases(&text).into_iter().map(stand_in).collect()
}

/// The short form of a reference, under which BuildKit looks for another context.
fn familiar(reference: &str) -> &str {
    let reference = reference.strip_prefix("docker.io/").unwrap_or(reference);
    reference.strip_prefix("library/").unwrap_or(reference)
}

/// The images that a Dockerfile begins with.
pub(super) fn bases(dockerfile: &str) -> Vec<String> {
    let parsed: Dockerfile<'_> = parse_dockerfile::parse(dockerfile).expect("a Dockerfile");
    let mut stages = Vec::new();
    let mut bases = Vec::new();
    for instruction in &parsed.instructions {
        let Instruction::From(from) = instruction else { continue };
        let image = from.image.value.to_string();
        if !stages.contains(&image) {
            bases.push(image);
        }
        stages.extend(from.as_.as_ref().map(|(_, name)| name.value.to_string()));
    }
    bases
}

/// Puts small wheels in place of frameworks for GPUs.
fn put_stand_ins(scene: &Scene, lock: &Path) {
    let text = fs::read_to_string(lock).expect("it was just copied");
    let mut kept = without_frameworks(&text);
    for (name, version, hash) in &scene.mirror.frameworks {
        if text.contains(&format!("\n{name}=={version} ")) {
            kept.push_str(&format!("{name}=={version} --hash=sha256:{hash}\n"));
        }
    }
    // Lock files of other kinds have nothing of this, and stay what they are byte by byte.
    if kept.lines().count() != text.lines().count() {
        fs::write(lock, kept).expect("the copy is writable");
    }
}
