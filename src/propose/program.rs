//! The programs of a project, as far as their text tells what they are.

use crate::source::{Files, RelPath};
use crate::spec::Language;

/// A file that can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) path: RelPath,
    pub(super) language: Language,
    /// The port that it listens on, if it is a service; with whether the text names it.
    pub(super) port: Option<(u16, bool)>,
    /// The named base for the framework that it imports.
    pub(super) base: Option<&'static str>,
    /// Whether it asks for a GPU.
    pub(super) gpu: bool,
}

/// Modules whose import makes a program a service, with the port that they use by themselves.
const SERVERS: &[(&str, u16)] = &[
    ("fastapi", 8000),
    ("uvicorn", 8000),
    ("starlette", 8000),
    ("flask", 5000),
    ("aiohttp.web", 8080),
    ("http.server", 8000),
    ("streamlit", 8501),
    ("gradio", 7860),
    ("litserve", 8000),
    ("bentoml", 3000),
];

const FRAMEWORKS: &[(&str, &str)] = &[
    ("torch", "pytorch"),
    ("monai", "pytorch"),
    ("lightning", "pytorch"),
    ("tensorflow", "tensorflow"),
    ("keras", "tensorflow"),
    ("jax", "jax"),
    ("onnxruntime", "onnxruntime"),
];

/// Folders that hold no programs of the project's own.
const PASSED_OVER: &[&str] =
    &["tests", "test", "docs", "venv", "env", "node_modules", "__pycache__", "build", "dist", "deploy"];
const NO_PROGRAMS: &[&str] = &["setup.py", "conftest.py", "noxfile.py", "__init__.py"];

/// The programs of a project, in the order of their paths.
pub(super) fn find(files: &Files) -> Vec<Program> {
    let is_source = |path: &RelPath| {
        let name = path.file_name();
        let ending = name.ends_with(".py") || name.ends_with(".R") || name.ends_with(".r");
        let folders = path.as_str().split('/');
        let of_tests = name.starts_with("test_") || name.ends_with("_test.py");
        ending && !of_tests && !NO_PROGRAMS.contains(&name) && !folders.clone().any(|it| PASSED_OVER.contains(&it))
    };
    let paths = files.walk(&RelPath::root(), &is_source);
    paths.into_iter().filter_map(|path| read(files, path)).collect()
}

fn read(files: &Files, path: RelPath) -> Option<Program> {
    // A path that the language cannot name cannot be proposed.
    crate::spec::FilePath::check(path.as_str()).ok()?;
    let text = files.text(&path).ok()?;
    if path.file_name().to_ascii_lowercase().ends_with(".r") {
        return Some(Program { path, language: Language::R, port: None, base: None, gpu: false });
    }
    let imports = |module: &str| text.lines().any(|it| imports(it, module));
    let server = SERVERS.iter().find(|(module, _)| imports(module));
    let runs = text.contains("__main__") || server.is_some();
    let base = FRAMEWORKS.iter().find(|(module, _)| imports(module)).map(|(_, base)| *base);
    let gpu =
        base.is_some() && ["cuda", "\"gpu\"", "'gpu'", "list_physical_devices"].iter().any(|it| text.contains(it));
    let port = server.map(|(_, usual)| named_port(&text).map_or((*usual, false), |it| (it, true)));
    runs.then_some(Program { path, language: Language::Python, port, base, gpu })
}

/// Whether a line imports a module or a part of it.
fn imports(line: &str, module: &str) -> bool {
    let line = line.trim_start();
    let rest = line.strip_prefix("import ").or_else(|| line.strip_prefix("from "));
    let names = rest.unwrap_or_default().split(" import ").next().unwrap_or_default();
    names
        .split(',')
        .map(|it| it.split(" as ").next().unwrap_or_default().trim())
        .any(|name| name == module || name.strip_prefix(module).is_some_and(|it| it.starts_with('.')))
}

/// The number behind the first `port=`, `PORT =` or `--port`.
fn named_port(text: &str) -> Option<u16> {
    let lower = text.to_ascii_lowercase();
    lower.match_indices("port").find_map(|(at, word)| {
        let rest = lower[at + word.len()..].trim_start_matches(|it: char| "\"' =:,".contains(it));
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok().filter(|it| *it >= 1024)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_known_by_what_they_import() {
        let files = Files::memory([
            ("train.py", "import torch\nmodel.to('cuda')\nif __name__ == '__main__':\n    main()\n"),
            ("app/serve.py", "from fastapi import FastAPI\nuvicorn.run(app, port=9000)\n"),
            ("lib.py", "def f(): ...\n"),
            ("tests/test_train.py", "if __name__ == '__main__': ...\n"),
            ("stats.R", "x <- 1\n"),
        ]);
        let found = find(&files);
        let seen: Vec<_> = found.iter().map(|it| (it.path.as_str(), it.port, it.base, it.gpu)).collect();
        let expected = [
            ("app/serve.py", Some((9000, true)), None, false),
            ("stats.R", None, None, false),
            ("train.py", None, Some("pytorch"), true),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn ports_are_read_where_they_are_named() {
        assert_eq!(named_port("uvicorn.run(app, host='0.0.0.0', port=8081)"), Some(8081));
        assert_eq!(named_port("PORT = 5001"), Some(5001));
        assert_eq!(named_port("parser.add_argument('--port', default=80)"), None);
        assert_eq!(named_port("import os  # portable"), None);
    }
}
