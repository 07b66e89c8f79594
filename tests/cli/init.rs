//! `mlopsc init`: what it proposes for what is in a folder, and that the proposal checks and compiles as it is.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::binary::{Run, mlopsc};

/// A lock file with these packages, each with a hash.
pub(crate) fn locked(packages: &[&str]) -> String {
    packages.iter().map(|it| format!("{it}==1.0 --hash=sha256:{}\n", "0".repeat(64))).collect()
}

/// A folder, and what `init` made of it.
pub(crate) struct Made {
    pub(crate) folder: TempDir,
    pub(crate) run: Run,
    pub(crate) spec: String,
}

/// Runs `init` in a folder with these files.
pub(crate) fn init(files: &[(&str, &str)]) -> Made {
    let folder = TempDir::new().unwrap();
    for (path, text) in files {
        put(folder.path(), path, text.as_bytes());
    }
    made(folder)
}

/// Runs `init` in a folder with these files and a lock file with these packages, and asserts that the proposal checks
/// without a finding and compiles.
#[track_caller]
pub(crate) fn clean(packages: &[&str], files: &[(&str, &str)]) -> Made {
    let lock = locked(packages);
    let files: Vec<(&str, &str)> = files.iter().copied().chain([("requirements.lock", lock.as_str())]).collect();
    let made = init(&files);
    made.compiles(0);
    made
}

fn put(folder: &Path, path: &str, bytes: &[u8]) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn made(folder: TempDir) -> Made {
    let run = mlopsc(folder.path(), &["init", "--name", "demo"]);
    let spec = fs::read_to_string(folder.path().join("mlops.toml")).unwrap_or_default();
    Made { folder, run, spec }
}

impl Made {
    #[track_caller]
    pub(crate) fn compiles(&self, code: i32) {
        assert_eq!(self.run.code, 0, "{}", self.run.stderr);
        mlopsc(self.folder.path(), &["check"]).exits_with(code);
        mlopsc(self.folder.path(), &["compile"]).exits_with(code);
        assert!(self.folder.path().join("deploy/default/compose.yaml").is_file());
    }

    #[track_caller]
    pub(crate) fn has(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(self.spec.contains(part), "`{part}` is missing in\n{}", self.spec);
        }
        self
    }

    #[track_caller]
    pub(crate) fn lacks(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(!self.spec.contains(part), "`{part}` is in\n{}", self.spec);
        }
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(self.run.stderr.contains(part), "`{part}` is missing:\n{}", self.run.stderr);
        }
        self
    }

    /// Asserts that nothing was written, and nothing of a starter either.
    #[track_caller]
    fn wrote_nothing(&self) -> &Self {
        assert_eq!(self.run.code, 2, "{}", self.run.stderr);
        for file in ["mlops.toml", "train.py", "serve.py", "requirements.lock"] {
            assert!(!self.folder.path().join(file).exists(), "{file} was written");
        }
        self
    }
}

#[test]
fn in_an_empty_folder_it_checks_and_compiles_without_an_edit() {
    let folder = TempDir::new().unwrap();
    mlopsc(folder.path(), &["init", "--name", "demo"]).exits_with(0).says(&["wrote", "mlops.toml", "mlopsc check"]);
    mlopsc(folder.path(), &["check"]).exits_with(0).says(&["1 environment checked"]);
    mlopsc(folder.path(), &["compile"]).exits_with(0);
    assert!(folder.path().join("deploy/default/kubernetes/train.job.yaml").is_file());
    mlopsc(folder.path(), &["compile", "--check"]).exits_with(0);
}

#[test]
fn beside_code_it_proposes_stages_and_services() {
    let made = clean(
        &["torch", "fastapi"],
        &[
            ("train.py", "import torch\nmodel.to('cuda')\nif __name__ == '__main__':\n    main()\n"),
            ("serve.py", "from fastapi import FastAPI\nuvicorn.run(app, host='0.0.0.0', port=9000)\n"),
            ("helpers.py", "def f():\n    return 1\n"),
        ],
    );
    made.has(&["[stages.train]", "base = \"pytorch\"", "gpu = 1", "[services.serve]", "port = 9000\n"]);
    made.lacks(&["helpers", "inputs", "outputs", "command"]).says(&["assumed: `train.py` runs to completion"]);
}

#[test]
fn it_writes_over_nothing() {
    let folder = TempDir::new().unwrap();
    put(folder.path(), "mlops.toml", b"mine");
    mlopsc(folder.path(), &["init"]).exits_with(3).says(&["mlops.toml", "is there already"]);
    assert_eq!(fs::read_to_string(folder.path().join("mlops.toml")).unwrap(), "mine");
    let other = TempDir::new().unwrap();
    put(other.path(), "requirements.lock", b"mine");
    mlopsc(other.path(), &["init"]).exits_with(3).says(&["requirements.lock", "nothing was written"]);
    assert!(!other.path().join("mlops.toml").exists());
}

#[test]
fn it_says_what_is_wrong_with_a_name_or_a_folder() {
    let folder = TempDir::new().unwrap();
    mlopsc(folder.path(), &["init", "--name", "No Good"]).exits_with(2).says(&["`No Good` is no name"]);
    mlopsc(folder.path(), &["init", "new/folder"]).exits_with(0);
    assert!(folder.path().join("new/folder/mlops.toml").is_file());
    put(folder.path(), "file", b"");
    mlopsc(folder.path(), &["init", "file"]).exits_with(2).says(&["is a file"]);
    let shown = mlopsc(folder.path(), &["init", "dry", "--dry-run"]).exits_with(0);
    assert!(shown.stdout.contains("==> mlops.toml <=="));
    assert!(!folder.path().join("dry").exists());
}

#[test]
fn a_script_without_a_guard_is_a_program() {
    let scripts = [
        "import argparse\np = argparse.ArgumentParser()\nargs = p.parse_args()\n",
        "import sys\nepochs = int(sys.argv[1])\nfor epoch in range(epochs):\n    print(epoch)\n",
        "from lib import fit\n\nfit()\n",
        "with open('/tmp/x', 'w') as file:\n    file.write('1')\n",
        "if __name__ == '__main__':\r\n    print(1)\r\n",
    ];
    for script in scripts {
        clean(&[], &[("train.py", script)]).has(&["[stages.train]\nentry = \"train.py\""]).lacks(&["services"]);
    }
}

#[test]
fn what_only_defines_things_is_no_program() {
    let library = "\"\"\"Run this.\"\"\"\nimport logging\nlogging.basicConfig()\nLOG = logging.getLogger(__name__)\n\
        # main()\nTEXT = '''\nmain()\n'''\ndef f():\n    main()\n";
    let made = init(&[("lib/__init__.py", ""), ("lib/util.py", library), ("README.md", "x")]);
    made.wrote_nothing().says(&["`lib/util.py`", "missing: a program", "nothing was written"]);
    let made = init(&[("a.ipynb", "{}"), ("b.ipynb", "{}")]);
    made.wrote_nothing().says(&["not taken: `a.ipynb` and 1 more: notebooks", "nbconvert"]);
    // Imported by the only program: part of it, even where it calls something.
    let made = clean(&[], &[("main.py", "import helpers\nhelpers.f()\n"), ("helpers.py", "register_all()\n")]);
    made.has(&["[stages.main]"]).lacks(&["helpers"]);
    let made = clean(&[], &[("main.py", "import nets\nf()\n"), ("nets.py", "if __name__ == '__main__':\n  f()\n")]);
    made.lacks(&["nets"]).says(&["not taken: `nets.py`: can be run, but `main.py` imports it"]);
}

#[test]
fn beside_notebooks_the_main_program_is_a_stage_or_a_service() {
    let made = clean(&[], &[("main.py", "print('x')\n"), ("explore.ipynb", "{}")]);
    made.has(&["[stages.main]"]).says(&["not taken: `explore.ipynb`: a notebook"]);
    assert!(!made.folder.path().join("serve.py").exists());
    let app = "from fastapi import FastAPI\napp = FastAPI()\n";
    clean(&["fastapi", "uvicorn"], &[("main.py", app)]).has(&["[services.main]", "\"main:app\""]).lacks(&["stages"]);
}

#[test]
fn what_cannot_be_read_is_passed_over_and_said() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "good.py", b"print(1)\n");
    put(path, "latin.py", b"print('\xe9')\n");
    put(path, "declared.py", b"# -*- coding: latin-1 -*-\nprint('\xe9')\n");
    put(path, "huge.py", "x = 1\n".repeat(200_000).as_bytes());
    put(path, "my script.py", b"print(1)\n");
    put(path, "requirements.lock", b"");
    std::os::unix::fs::symlink("good.py", path.join("link.py")).unwrap();
    std::os::unix::fs::symlink("/etc", path.join("outside")).unwrap();
    std::os::unix::fs::symlink(".", path.join("circle")).unwrap();
    // Whoever opens a pipe waits for somebody who writes.
    let made_pipe = std::process::Command::new("mkfifo").arg(path.join("pipe.py")).status().unwrap();
    assert!(made_pipe.success());
    for other in ["own/pyvenv.cfg", ".venv/a.py", "node_modules/b/b.py", "lib/site-packages/c.py", "tests/d.py"] {
        put(path, other, b"print(1)\n");
    }
    put(path, "own/bin/e.py", b"print(1)\n");
    put(path, "test_f.py", b"print(1)\n");
    put(path, "setup.py", b"setup()\n");
    let made = made(folder);
    made.compiles(0);
    made.says(&[
        "`latin.py`: not UTF-8",
        "`huge.py`: larger than 1 MiB",
        "`link.py`: a link",
        "`my script.py`: no path",
    ]);
    assert_eq!(made.spec.matches("[stages.").count(), 2, "{}", made.spec);
    made.has(&["[stages.good]", "[stages.declared]"]);
}

#[test]
fn every_program_gets_a_valid_name_of_its_own() {
    let long = format!("{}.py", "x".repeat(70));
    let longer = format!("{}.py", "x".repeat(71));
    let names =
        ["01_prepare.py", "2024.py", "Train_Model.py", "train-model.py", "train2.py", "a/main.py", "b/main.py", "_.py"];
    let names = names.into_iter().chain([long.as_str(), longer.as_str()]);
    let files: Vec<(&str, &str)> = names.map(|it| (it, "print(1)\n")).collect();
    let made = clean(&[], &files);
    assert_eq!(made.spec.matches("[stages.").count(), files.len(), "{}", made.spec);
    made.has(&["stages.prepare]", "stages.train-model]", "stages.train-model-2]", "stages.train2]", "stages.program]"]);
    made.has(&["[stages.a]\nentry = \"a/main.py\"", "[stages.b]\nentry = \"b/main.py\"", "stages.program-2024]"]);
}

#[test]
fn every_folder_gives_a_name() {
    for name in ["My Project", "123", "数据", "x_Y.z", &"n".repeat(100)] {
        let folder = TempDir::new().unwrap();
        mlopsc(folder.path(), &["init", name]).exits_with(0);
        mlopsc(&folder.path().join(name), &["check"]).exits_with(0);
    }
}

#[test]
fn what_an_image_does_not_get_is_said() {
    let made = clean(&[], &[("scripts/train.py", "import nets\nnets.f()\n"), ("nets/__init__.py", "")]);
    made.says(&["missing: `scripts/train.py` imports `nets`, which is not in its image"]);
    let made = clean(&[], &[("train.py", "from src.nets import f\nf()\n"), ("src/nets.py", "def f(): ...\n")]);
    made.says(&["missing: `train.py` imports from `src`, which images get with an `__init__.py`"]);
    let relative = "from . import x\nif __name__ == '__main__':\n    x.f()\n";
    let made = clean(&[], &[("src/pkg/train.py", relative), ("src/pkg/x.py", ""), ("src/pkg/__init__.py", "")]);
    made.has(&["command = [\"python\", \"-m\", \"pkg.train\"]"]);
}
