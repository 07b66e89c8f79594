//! `mlopsc init`: the data that it proposes, and what shows it.

use crate::init::{clean, init};

#[test]
fn variables_of_the_language_become_datasets() {
    let prepare = "import os\nraw = os.environ['DATA_RAW']\nout = Path(os.getenv('DATA_CT_FEATURES')) / 'x'\n\
        for path in Path(raw).glob('*'):\n    convert(path)\nnp.save(out, 1)\n";
    let train = "import os\nx = load(os.environ['DATA_CT_FEATURES'])\nfit(x, os.environ['DATA_MODEL'])\n";
    let serve = "import os\nfrom fastapi import FastAPI\nmodel = load(os.environ.get('DATA_MODEL'))\napp = FastAPI()\n";
    let made = clean(
        &["fastapi", "uvicorn"],
        &[("prepare.py", prepare), ("train.py", train), ("serve.py", serve), ("other.py", "print('DATA_X')\n")],
    );
    made.has(&[
        "inputs = [\"raw\"]   # assumed",
        "outputs = [\"ct-features\"]",
        "# ct-features: prepare.py writes in the folder of DATA_CT_FEATURES",
        "inputs = [\"ct-features\"]",
        "# model: by its name: train.py writes in the folder of DATA_MODEL",
        "outputs = [\"model\"]",
        "inputs = [\"model\"]",
        "[data.raw]",
        "source = \"external\"   # assumed",
    ]);
    made.lacks(&["[data.model]", "DATA_X"]).says(&["missing: `other.py` speaks of DATA_X: write what it reads"]);
    made.says(&["assumed: the dataset `raw` comes from outside"]);
}

#[test]
fn paths_in_the_text_become_datasets_that_are_mounted_there() {
    let prepare = "df = pd.read_csv('data/raw/a.csv')\ndf.to_parquet('data/clean/b.parquet')\n";
    let train = "df = pd.read_parquet('./data/clean/b.parquet')\nOUT = 'models/m.pt'\ntorch.save(net, OUT)\n";
    let made = clean(&[], &[("prepare.py", prepare), ("train.py", train)]);
    made.has(&[
        "inputs = [{ data = \"raw\", path = \"/app/data/raw\" }]",
        "outputs = [{ data = \"clean\", path = \"/app/data/clean\" }]",
        "inputs = [{ data = \"clean\", path = \"/app/data/clean\" }]",
        "outputs = [{ data = \"models\", path = \"/app/models\" }]",
        "# models: train.py writes `models/m.pt`",
    ]);
    let made = clean(&[], &[("train.py", "x = np.load('x.npy')\nnp.save('y.npy', x)\n")]);
    made.lacks(&["inputs", "outputs"]);
    made.says(&["missing: `train.py` reads `x.npy` where it is started", "missing: `train.py` writes `y.npy`"]);
    let made = clean(&[], &[("app/train.py", "load('app/config.json')\n"), ("app/config.json", "{}")]);
    made.lacks(&["inputs"]);
}

#[test]
fn options_of_the_command_line_become_datasets_and_arguments() {
    let prepare = "import argparse\np = argparse.ArgumentParser()\np.add_argument('-i', '--input-dir', required=True)\n\
        p.add_argument('--output', default='work/clean/all.csv')\np.add_argument('--verbose', action='store_true')\n\
        p.parse_args()\n";
    let train = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--data', default='work/clean')\n\
        p.add_argument('--model-path', default='model.pt')\np.add_argument('--site', required=True)\np.parse_args()\n";
    let made = clean(&[], &[("prepare.py", prepare), ("train.py", train)]);
    made.has(&[
        "args = [\"--input-dir\", \"/data/prepare-input\", \"--output\", \"/data/clean/all.csv\"]",
        "args = [\"--data\", \"/data/clean\", \"--model-path\", \"/data/model/model.pt\"]",
        "inputs = [\"clean\"]",
        "outputs = [\"model\"]",
        "[data.prepare-input]",
    ]);
    made.says(&["missing: `train.py` cannot do without `--site`", "by the name of --data of train.py"]);
}

#[test]
fn stages_that_would_wait_for_each_other_do_not() {
    let program = |reads: &str, writes: &str| {
        format!("import os\nload(os.environ['DATA_{reads}'])\nx.to_csv(os.environ['DATA_{writes}'])\n")
    };
    let (a, b) = (program("ONE", "TWO"), program("TWO", "ONE"));
    clean(&[], &[("prepare.py", &a), ("train.py", &b)]).says(&["or the stages would wait in a circle"]);
    // One folder for everything: who comes first is told by the names.
    let prepare = "x = pd.read_csv('data/raw.csv')\nx.to_csv('data/clean.csv')\n";
    let train = "x = pd.read_csv('data/clean.csv')\ndump(x, 'data/m.pkl')\n";
    let made = clean(&[], &[("prepare.py", prepare), ("train.py", train)]);
    made.has(&["after = [\"prepare\"]   # assumed"]).lacks(&["inputs"]);
}

#[test]
fn data_without_a_class_needs_a_lock_file_and_that_is_said() {
    let made = init(&[("train.py", "import os\nload(os.environ['DATA_RAW'])\n"), ("requirements.txt", "numpy\n")]);
    made.has(&["# class = \"phi\"", "inputs = [\"raw\"]"]);
    made.says(&["counts as phi until it has a `class`", "will find: `requirements.txt` does not pin every package"]);
    let made = init(&[("train.py", "import os\nload(os.environ['DATA_3D'])\n"), ("requirements.lock", "")]);
    made.says(&["missing: `train.py` reads `DATA_3D`, and no dataset can have that name"]).compiles(0);
}
