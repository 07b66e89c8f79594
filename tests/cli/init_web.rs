//! `mlopsc init`: web applications, and the lock files that bring what starts them.

use std::fs;

use crate::init::{clean, init, locked};

#[test]
fn an_application_is_started_on_every_address() {
    let fastapi = "from fastapi import FastAPI\napi = FastAPI(\n    title='x',\n)\n@api.get('/health')\ndef h(): ...\n";
    let made = clean(&["fastapi", "uvicorn"], &[("src/web/main.py", fastapi)]);
    made.has(&["command = [\"uvicorn\", \"web.main:api\", \"--host\", \"0.0.0.0\", \"--port\", \"8000\"]"]);
    made.has(&["port = 8000   # assumed", "probes = { ready = \"/health\" }"]);
    let dockerfile = fs::read_to_string(made.folder.path().join("deploy/default/images/python/Dockerfile")).unwrap();
    assert!(dockerfile.contains("PATH=/venv/bin:${PATH}"), "{dockerfile}");

    let local = "from starlette.applications import Starlette\napp = Starlette()\nif __name__ == '__main__':\n    \
        uvicorn.run(app, port=8055)\n";
    let made = clean(&["starlette", "uvicorn"], &[("a.py", local)]);
    made.has(&["\"a:app\"", "\"8055\"]", "port = 8055\n"]).lacks(&["probes"]);

    let neighbours = "from routers import x\nfrom fastapi import FastAPI\ndef create_app():\n    app = FastAPI()\n";
    let made = clean(&["fastapi", "uvicorn"], &[("app/main.py", neighbours), ("app/routers/x.py", "r = 1\n")]);
    made.has(&["[services.app]", "\"main:create_app\"", "\"--factory\", \"--app-dir\", \"/app/app\"]"]);
}

#[test]
fn flask_runs_under_gunicorn_where_the_lock_file_has_it() {
    let flask = "from flask import Flask\napp = Flask(__name__)\n@app.route('/readyz', methods=['POST'])\ndef r(): ...\n\
        @app.route('/healthz')\ndef h(): ...\napp.run()\n";
    let made = clean(&["flask", "gunicorn"], &[("web.py", flask)]);
    made.has(&["command = [\"gunicorn\", \"--bind\", \"0.0.0.0:5000\", \"web:app\"]", "ready = \"/healthz\""]);
    let made = clean(&["flask"], &[("web.py", flask)]);
    made.has(&[
        "command = [\"flask\", \"--app\", \"web:app\", \"run\", \"--host\", \"0.0.0.0\", \"--port\", \"5000\"]",
    ]);
    let open = flask.replace("app.run()", "app.run('0.0.0.0', 5001)");
    clean(&["flask"], &[("web.py", &open)]).has(&["port = 5001\n"]).lacks(&["command"]);
}

#[test]
fn pages_for_people_are_services() {
    let streamlit = "import streamlit as st\nst.title('x')\n";
    let made = clean(&["streamlit"], &[("ui.py", streamlit), ("pages/1_a.py", streamlit)]);
    made.has(&["[services.ui]", "[\"streamlit\", \"run\", \"ui.py\"", "port = 8501"]).lacks(&["pages", "stages"]);
    let made = clean(&["gradio"], &[("ui.py", "import gradio as gr\ngr.Interface(f).launch(server_port=7000)\n")]);
    made.has(&["port = 7000\n", "env = { GRADIO_SERVER_NAME = \"0.0.0.0\" }"]).lacks(&["command"]);
}

#[test]
fn an_application_and_what_starts_it_are_one_service() {
    let launcher = "import uvicorn\nuvicorn.run('pkg.api:app', host='0.0.0.0', port=9001)\n";
    let api = "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/healthz')\ndef h(): ...\n";
    let made = clean(&["uvicorn"], &[("run.py", launcher), ("pkg/__init__.py", ""), ("pkg/api.py", api)]);
    made.has(&["[services.run]", "port = 9001", "ready = \"/healthz\""]).lacks(&["[services.api]"]);
    made.says(&["not taken: `pkg/api.py`: `run.py` is the same service"]);
}

#[test]
fn what_starts_a_service_has_to_be_in_the_lock_file() {
    let made = clean(&["fastapi"], &[("a.py", "from fastapi import FastAPI\napp = FastAPI()\n")]);
    made.says(&["missing: the lock file has no `uvicorn`"]);
    let closed = "from http.server import *\nHTTPServer(('localhost', 8000), H).serve_forever()\n";
    clean(&[], &[("a.py", closed)]).says(&["missing: `a.py` does not say `0.0.0.0`"]);
    let low = "from flask import Flask\napp = Flask(__name__)\napp.run(host='0.0.0.0', port=80)\n";
    clean(&["flask"], &[("a.py", low)]).says(&["missing: `a.py` listens on port 80, which only root may"]);
}

#[test]
fn without_a_lock_file_it_says_how_to_make_one() {
    let cases = [
        ("pdm.lock", "pdm export"),
        ("environment.yml", "conda is not supported"),
        ("pyproject.toml", "`uv lock`"),
        ("README.md", "there is no lock file"),
    ];
    for (file, what) in cases {
        let made = init(&[("a.py", "print(1)\n"), (file, "")]);
        made.says(&["missing:", what, "`mlopsc check` will find:", "(no-lock-file)"]).compiles(1);
    }
    let made = init(&[("a.R", "print(1)\n"), ("lib.R", "f <- function(x) {\n  print(x)\n}\n")]);
    made.has(&["[stages.a]"]).lacks(&["lib"]).says(&["renv::snapshot()"]).compiles(1);
}

#[test]
fn lock_files_are_taken_as_they_are() {
    let made = init(&[("a.py", "print(1)\n"), ("requirements.txt", "numpy\n")]);
    made.says(&["missing: `requirements.txt` is taken as the lock file and pins no versions"]).compiles(1);
    let pinned = locked(&["numpy"]);
    init(&[("a.py", "print(1)\n"), ("requirements.txt", &pinned)]).compiles(0);
    let made = init(&[("a.py", "print(1)\n"), ("requirements-prod.txt", &pinned), (".python-version", "3.13.2\n")]);
    made.has(&["[build]\npython = \"3.13\"", "lock = \"requirements-prod.txt\"   # assumed"]).compiles(0);
    let uv = [("a.py", "print(1)\n"), ("uv.lock", "version = 1\n"), ("pyproject.toml", "[project]\nname = \"x\"\n")];
    init(&uv).compiles(0);
    init(&uv[..2]).says(&["missing: `uv.lock` has no pyproject.toml"]).compiles(0);
}
