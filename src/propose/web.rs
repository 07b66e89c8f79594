//! Web applications: the variable that holds them, the port, the command that starts them, and where they answer.

use std::ops::RangeInclusive;

use super::find::{Text, below};
use super::lines::Line;
use super::program::{imports, module, modules};

/// A program that listens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Server {
    /// What it is built with, as people call it.
    pub(super) kind: &'static str,
    pub(super) port: u16,
    /// Whether the text names the port.
    pub(super) is_named: bool,
    /// The variable or function that holds the application, where a server of its own has to start it.
    pub(super) app: Option<String>,
    /// Whether it starts itself on every address.
    pub(super) is_open: bool,
    /// What starts it, where that is not the file itself.
    pub(super) command: Vec<String>,
    /// The package that brings the command.
    pub(super) brings: Option<&'static str>,
    pub(super) env: Option<(&'static str, &'static str)>,
    pub(super) ready: Option<String>,
    pub(super) live: Option<String>,
    pub(super) faults: Vec<String>,
}

/// A framework of the web.
struct Framework {
    module: &'static str,
    kind: &'static str,
    port: u16,
    /// What makes the application.
    makes: &'static [&'static str],
    /// What starts it in the program itself.
    starts: &'static [&'static str],
    /// Whether it listens on every address unless told otherwise.
    is_open: bool,
}

const fn of(
    module: &'static str,
    kind: &'static str,
    port: u16,
    makes: &'static [&'static str],
    starts: &'static [&'static str],
    is_open: bool,
) -> Framework {
    Framework { module, kind, port, makes, starts, is_open }
}

const FRAMEWORKS: &[Framework] = &[
    of("streamlit", "Streamlit", 8501, &[], &[], false),
    of("gradio", "Gradio", 7860, &[], &[".launch("], false),
    of("litserve", "LitServe", 8000, &[], &[".run("], true),
    of("bentoml", "BentoML", 3000, &[], &[".serve("], true),
    of("fastapi", "FastAPI", 8000, &["FastAPI("], &["uvicorn.run("], false),
    of("starlette", "Starlette", 8000, &["Starlette("], &["uvicorn.run("], false),
    of("flask", "Flask", 5000, &["Flask("], &[".run("], false),
    of("aiohttp.web", "aiohttp", 8080, &[], &["run_app("], true),
    of("uvicorn", "uvicorn", 8000, &[], &["uvicorn.run("], false),
    of("http.server", "http.server", 8000, &[], &["serve_forever("], false),
];

/// How a program listens, or `None` where it does not.
pub(super) fn server(text: &Text, is_imported: bool) -> Option<Server> {
    let lines = &text.lines;
    let known = FRAMEWORKS.iter().filter(|it| imports(lines, it.module));
    known.into_iter().find_map(|it| with(text, it, is_imported))
}

fn with(text: &Text, framework: &Framework, is_imported: bool) -> Option<Server> {
    let lines = &text.lines;
    let app = app(lines, framework.makes);
    let starts = lines.iter().any(|line| framework.starts.iter().any(|it| line.code.contains(it)));
    let named = lines.iter().find_map(|it| named_port(it, OPEN));
    let low = lines.iter().find_map(|it| named_port(it, FOR_ROOT));
    let port = named.unwrap_or(framework.port);
    let local = ["127.0.0.1", "localhost"];
    let says = |hosts: &[&str]| lines.iter().flat_map(|it| &it.strings).any(|it| hosts.contains(&it.as_str()));
    let is_open = starts && (says(&["0.0.0.0", "::"]) || (framework.is_open && !says(&local)));
    let (ready, live) = routes(lines, app.as_ref().map(|(name, _)| name.as_str()));
    let mut server = Server { kind: framework.kind, port, is_named: named.is_some(), ready, live, ..Server::default() };
    server.is_open = is_open;
    match framework.kind {
        "Streamlit" => {
            let is_page = text.path.as_str().split('/').any(|it| it == "pages");
            let shows = lines.iter().any(|it| it.code.starts_with("st.") || it.code.starts_with("streamlit."));
            let main = lines.iter().any(|it| it.has_word("__name__") || it.code == "main()");
            if is_page || is_imported || !(shows || main) {
                return None;
            }
            server.starts_with("streamlit", streamlit(text, port));
        }
        "Gradio" if starts && !is_open => server.env = Some(("GRADIO_SERVER_NAME", "0.0.0.0")),
        "BentoML" => {
            let service = bento(lines)?;
            let words = ["bentoml", "serve", &place(text, &service).1, "--host", "0.0.0.0", "--port"];
            server.starts_with("bentoml", words.into_iter().map(str::to_owned).chain([port.to_string()]).collect());
        }
        "FastAPI" | "Starlette" | "Flask" if app.is_some() => {
            let (name, is_factory) = app.unwrap_or_default();
            server.app = Some(name.clone());
            if !is_open {
                let is_flask = framework.kind == "Flask";
                let call = if is_factory { format!("{name}()") } else { name.clone() };
                let command = if is_flask { flask(text, &call, port) } else { uvicorn(text, &name, is_factory, port) };
                server.starts_with(if is_flask { "flask" } else { "uvicorn" }, command);
            }
        }
        _ if !starts => return None,
        // `("", 8000)` of the standard library stands for every address.
        "http.server" => server.is_open |= says(&[""]) && !says(&local),
        _ => {}
    }
    let can_be_reached = server.is_open || !server.command.is_empty() || server.env.is_some();
    if !can_be_reached {
        let message = format!("`{}` does not say `0.0.0.0`, and on another address nobody reaches it", text.path);
        server.faults.push(message);
    }
    if let Some(low) = low.filter(|_| named.is_none() && server.command.is_empty()) {
        let message = format!("`{}` listens on port {low}, which only root may; let it read PORT", text.path);
        server.faults.push(message);
    }
    Some(server)
}

impl Server {
    fn starts_with(&mut self, package: &'static str, command: Vec<String>) {
        self.brings = Some(package);
        self.command = command;
    }
}

fn uvicorn(text: &Text, app: &str, is_factory: bool, port: u16) -> Vec<String> {
    let (folder, place) = place(text, app);
    let mut words = vec!["uvicorn".to_owned(), place, "--host".into(), "0.0.0.0".into(), "--port".into()];
    words.push(port.to_string());
    if is_factory {
        words.push("--factory".to_owned());
    }
    if let Some(folder) = folder {
        words.extend(["--app-dir".to_owned(), folder]);
    }
    words
}

fn flask(text: &Text, app: &str, port: u16) -> Vec<String> {
    let (folder, place) = place(text, app);
    let port = port.to_string();
    // The folder beside the program is searched by the interpreter itself only where it starts the program.
    let app = folder.map_or(place.clone(), |it| format!("{it}/{place}"));
    ["flask", "--app", &app, "run", "--host", "0.0.0.0", "--port", &port].map(str::to_owned).to_vec()
}

fn streamlit(text: &Text, port: u16) -> Vec<String> {
    let (path, port) = (text.path.as_str(), port.to_string());
    let address = ["--server.address", "0.0.0.0", "--server.port", &port, "--server.headless", "true"];
    ["streamlit", "run", path].into_iter().chain(address).map(str::to_owned).collect()
}

/// The application as servers name it, and the folder to start in where the program imports its neighbours by plain
/// names.
fn place(text: &Text, app: &str) -> (Option<String>, String) {
    let folder = text.path.parent();
    let is_there = |path: &str| text.known.contains(path);
    let is_beside = |module: String| {
        let path = format!("{}.py", module.replace('.', "/"));
        let from_root = is_there(&path) || is_there(&below("src", &path));
        !module.starts_with('.') && !from_root && is_there(&below(folder.as_str(), &path))
    };
    let beside = !folder.as_str().is_empty() && text.lines.iter().flat_map(modules).any(is_beside);
    let stem = text.path.file_name().trim_end_matches(".py");
    if beside {
        (Some(format!("/app/{folder}")), format!("{stem}:{app}"))
    } else {
        (None, format!("{}:{app}", module(text)))
    }
}

/// The variable that holds the application, or the function that makes it, with which of the two it is.
fn app(lines: &[Line], makes: &[&str]) -> Option<(String, bool)> {
    let made = |line: &Line| {
        let (name, right) = line.assigned()?;
        let called = right.split_once('(').map_or("", |(called, _)| called).rsplit('.').next().unwrap_or_default();
        let is_app = makes.iter().any(|it| it.strip_suffix('(') == Some(called)) && !name.contains('.');
        is_app.then(|| (name.to_owned(), line.indent))
    };
    let all: Vec<(String, usize)> = lines.iter().filter_map(made).collect();
    if let Some((name, _)) = all.iter().find(|(_, indent)| *indent == 0) {
        return Some((name.clone(), false));
    }
    all.first()?;
    let factory = |it: &Line| {
        let rest = it.code.strip_prefix("def ").filter(|_| it.indent == 0)?;
        let name = rest.split('(').next()?;
        ["create_app", "make_app", "get_app", "build_app", "app_factory"].contains(&name).then(|| name.to_owned())
    };
    lines.iter().find_map(factory).map(|it| (it, true))
}

/// The class behind `@bentoml.service`.
fn bento(lines: &[Line]) -> Option<String> {
    let at = lines.iter().position(|it| it.code.starts_with("@bentoml.service"))?;
    let class = lines[at..].iter().find_map(|it| it.code.strip_prefix("class "))?;
    class.split(['(', ':']).next().map(str::to_owned)
}

/// Ports that any user may listen on, and those that only root may.
const OPEN: RangeInclusive<u16> = 1024..=u16::MAX;
const FOR_ROOT: RangeInclusive<u16> = 1..=1023;

/// The number behind `port=`, `PORT =`, `--port` or an address.
fn named_port(line: &Line, among: RangeInclusive<u16>) -> Option<u16> {
    let number = |rest: &str| -> Option<u16> {
        let rest = rest.trim_start_matches(|it: char| "\"' =:,".contains(it));
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok().filter(|it| among.contains(it))
    };
    let filled = filled(line);
    let lower = filled.to_ascii_lowercase();
    let behind = |at: usize, word: &str| &lower[at + word.len()..];
    let words =
        lower.match_indices("port").filter(|(at, _)| !lower[..*at].ends_with(|it: char| it.is_ascii_alphanumeric()));
    let words: Vec<_> = words.collect();
    let direct = words.iter().find_map(|(at, word)| number(behind(*at, word)));
    let default = || {
        let (at, _) = words.first()?;
        let found = lower[*at..].find("default=")?;
        number(&lower[*at + found + "default=".len()..])
    };
    let address = || {
        ["\"0.0.0.0\",", "\"\",", "\"127.0.0.1\",", "\"localhost\",", "\"::\","]
            .iter()
            .find_map(|it| lower.match_indices(it).find_map(|(at, word)| number(behind(at, word))))
    };
    direct.or_else(default).or_else(address)
}

/// The code of a line with its strings in their places again.
fn filled(line: &Line) -> String {
    let parts = line.code.split('"').enumerate();
    let part = |(at, it): (usize, &str)| match at % 2 {
        0 => it.to_owned(),
        _ => format!("\"{}\"", it.parse::<usize>().ok().and_then(|it| line.strings.get(it)).map_or("", |it| it)),
    };
    parts.map(part).collect()
}

const READY: &[&str] = &["/readyz", "/ready", "/health/ready", "/healthz", "/health", "/ping"];
const LIVE: &[&str] = &["/livez", "/live", "/alive", "/health/live", "/healthz", "/health"];

/// The routes that answer whether it is ready, and whether it lives, where the text has them.
fn routes(lines: &[Line], app: Option<&str>) -> (Option<String>, Option<String>) {
    // What has to be asked with a password answers no probe.
    let is_guarded = lines.iter().any(|it| it.code.contains("FastAPI(") && it.code.contains("dependencies="));
    let has = |path: &str| lines.iter().any(|it| !is_guarded && answers(it, app, path));
    let ready = READY.iter().find(|it| has(it)).map(|it| (*it).to_owned());
    let live = LIVE.iter().find(|it| has(it)).map(|it| (*it).to_owned()).filter(|it| Some(it) != ready.as_ref());
    (ready, live)
}

/// Whether a line makes `path` answer a GET.
fn answers(line: &Line, app: Option<&str>, path: &str) -> bool {
    let gets = !line.code.contains("methods=") || line.strings.iter().any(|it| it == "GET");
    let app = app.unwrap_or("app");
    let decorators = [".get(", ".route(", ".api_route(", ".head("].map(|it| format!("@{app}{it}"));
    let plain =
        ["add_get(", "add_route(", "add_api_route(", "add_url_rule(", "Route(", "web.get(", "path == ", "path in "];
    let before = |code: &str| line.string_after(code) == Some(path);
    gets && (decorators.iter().any(|it| before(it)) || plain.iter().any(|it| before(it)))
}

#[cfg(test)]
mod tests {
    use super::super::lines::{PYTHON, lines};
    use super::*;

    fn port(text: &str) -> Option<u16> {
        lines(text, PYTHON).iter().find_map(|it| named_port(it, OPEN))
    }

    #[test]
    fn ports_are_read_where_they_are_named() {
        assert_eq!(port("uvicorn.run(app, host='0.0.0.0', port=8081)"), Some(8081));
        assert_eq!(port("PORT = 5001"), Some(5001));
        assert_eq!(port("port = int(os.environ.get('PORT', '5002'))"), Some(5002));
        assert_eq!(port("parser.add_argument('--port', type=int, default=5003)"), Some(5003));
        assert_eq!(port("HTTPServer(('', 5004), Handler)"), Some(5004));
        assert_eq!(port("app.run('0.0.0.0', 5005)"), Some(5005));
        for none in ["add_argument('--port', default=80)", "import os", "report 2024", "x = 8000  # port=9000"] {
            assert_eq!(port(none), None, "{none}");
        }
    }
}
