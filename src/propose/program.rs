//! What one file is: a program, a web application, or something that others import.

use super::data::{self, Use};
use super::find::Text;
use super::lines::Line;
use super::options::{self, Options};
use super::web::{self, Server};
use crate::source::RelPath;
use crate::spec::Language;

/// A file that can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) path: RelPath,
    pub(super) language: Language,
    /// How it listens, if it is a service.
    pub(super) server: Option<Server>,
    /// The module to start it by, where it imports its neighbours by relative names.
    pub(super) module: Option<String>,
    /// The framework that it imports: the named base, and the package.
    pub(super) framework: Option<(&'static str, &'static str)>,
    /// Whether it asks for a GPU.
    pub(super) gpu: bool,
    /// The data that it reads and writes.
    pub(super) uses: Vec<Use>,
    /// The options of its command line that name data, and those that it cannot do without.
    pub(super) options: Options,
    /// What will not work as it is.
    pub(super) faults: Vec<String>,
}

const FRAMEWORKS: &[(&str, &str, &str)] = &[
    ("torch", "pytorch", "torch"),
    ("monai", "pytorch", "torch"),
    ("lightning", "pytorch", "torch"),
    ("pytorch_lightning", "pytorch", "torch"),
    ("tensorflow", "tensorflow", "tensorflow"),
    ("keras", "tensorflow", "tensorflow"),
    ("jax", "jax", "jax"),
    ("onnxruntime", "onnxruntime", "onnxruntime"),
];

/// Words of a name that say that a file is a step of its own, even where another file imports it.
const STEPS: &[&str] = &[
    "train",
    "fit",
    "tune",
    "prepare",
    "preprocess",
    "evaluate",
    "eval",
    "predict",
    "infer",
    "inference",
    "export",
    "download",
    "ingest",
    "main",
    "run",
    "serve",
    "app",
];

/// Reads a file: the program that it is, nothing where it is none, or why it is not taken though it could be run.
pub(super) fn read(text: &Text, importer: Option<&str>) -> Result<Option<Program>, String> {
    let path = &text.path;
    if text.language == Language::R {
        return r(text, importer);
    }
    if imports(&text.lines, "django") && path.file_name() == "manage.py" {
        return Err(format!("`{path}`: Django; write a service with `gunicorn` as its command yourself"));
    }
    let server = web::server(text, importer.is_some());
    let guarded = text.lines.iter().any(|it| it.indent == 0 && it.code.starts_with("if ") && it.has_word("__name__"));
    let stem = stem(path);
    let is_step = stem.split(|it: char| !it.is_ascii_alphabetic()).any(|it| STEPS.contains(&it));
    // A page or a part of a Streamlit application runs only within it.
    if server.is_none() && !guarded && imports(&text.lines, "streamlit") {
        return Ok(None);
    }
    if server.is_none() {
        match (guarded, importer) {
            (true, Some(other)) if !is_step => {
                return Err(format!("`{path}`: can be run, but `{other}` imports it, so it counts as a library"));
            }
            (true, _) => {}
            (false, None) if acts(&text.lines) => {}
            (false, _) => return Ok(None),
        }
    }
    let relative = text.lines.iter().any(|it| it.indent == 0 && it.code.starts_with("from ."));
    let framework = FRAMEWORKS.iter().find(|(module, ..)| imports(&text.lines, module));
    let is_main = path.file_name() == "__main__.py";
    let gpu = framework.is_some() && text.lines.iter().any(asks_for_gpu);
    let uses = data::uses(text);
    let only_named = data::only_named(text, &uses);
    let mut faults: Vec<String> = server.iter().flat_map(|it| it.faults.clone()).collect();
    if !only_named.is_empty() {
        let named = only_named.join(", ");
        faults.push(format!(
            "`{path}` speaks of {named}: write what it reads into `inputs`, what it writes into `outputs`"
        ));
    }
    Ok(Some(Program {
        path: path.clone(),
        language: Language::Python,
        module: (relative || is_main).then(|| module(text)),
        framework: framework.map(|(_, base, package)| (*base, *package)),
        gpu,
        uses,
        options: options::options(text),
        faults,
        server,
    }))
}

fn r(text: &Text, importer: Option<&str>) -> Result<Option<Program>, String> {
    let path = &text.path;
    let calls = |name: &str| text.lines.iter().any(|it| it.code.contains(&format!("{name}(")));
    if calls("shinyApp") || calls("runApp") {
        return Err(format!(
            "`{path}`: Shiny; write a service with `command = [\"Rscript\", \"-e\", \"shiny::runApp('/app', host = \
             '0.0.0.0', port = 3838)\"]` yourself"
        ));
    }
    // Definitions, and what prepares for them.
    let is_quiet = |it: &Line| {
        it.assigned().is_some_and(|(_, right)| right.starts_with("function"))
            || ["library(", "require(", "source(", "options(", "suppress", "}", "\"0\""]
                .iter()
                .any(|word| it.code.starts_with(word))
    };
    let acts = text.lines.iter().any(|it| it.indent == 0 && !is_quiet(it));
    Ok((acts && importer.is_none()).then(|| Program {
        path: path.clone(),
        language: Language::R,
        server: None,
        module: None,
        framework: None,
        gpu: false,
        uses: data::uses(text),
        options: options::options(text),
        faults: Vec::new(),
    }))
}

fn asks_for_gpu(line: &Line) -> bool {
    let is_gpu = |it: &String| it == "gpu" || it.starts_with("cuda") || it.starts_with("GPU");
    ["cuda", "list_physical_devices"].iter().any(|it| line.code.contains(it)) || line.strings.iter().any(is_gpu)
}

/// Calls on the first level that prepare for work, and do none.
const PREPARES: &[&str] = &[
    "logging.",
    "logger.",
    "log.",
    "warnings.",
    "sys.path",
    "os.environ",
    "load_dotenv",
    "dotenv.",
    "matplotlib.",
    "plt.style",
    "plt.rc",
    "sns.set",
    "np.random.seed",
    "np.seterr",
    "random.seed",
    "torch.manual_seed",
    "torch.set_",
    "torch.backends",
    "pd.set_option",
    "pd.options",
    "tf.get_logger",
    "tf.random",
    "nest_asyncio",
    "multiprocessing.",
    "mp.set",
    "app.",
    "router.",
    "api.",
    "bp.",
    "register",
    "__all__",
    "super(",
    "st.set_",
];

/// Whether a file does something by being run: calls, loops, or reads its arguments on the first level.
fn acts(lines: &[Line]) -> bool {
    let first = lines.iter().filter(|it| it.indent == 0);
    first.into_iter().any(|it| {
        let code = it.code.as_str();
        if ["import ", "from ", "def ", "class ", "async def ", "@", "if ", "else", "elif ", "except", "finally"]
            .iter()
            .any(|word| code.starts_with(word))
        {
            return false;
        }
        if let Some((_, right)) = it.assigned() {
            return right.contains("ArgumentParser(") || it.has_word("sys.argv") || right.contains(".parse_args(");
        }
        let works = ["for ", "while ", "with "].iter().any(|word| code.starts_with(word));
        let is_call = code.contains('(') && !code.starts_with('"') && !PREPARES.iter().any(|it| code.starts_with(it));
        works || is_call && !code.starts_with("try")
    })
}

/// Whether a module or a part of it is imported anywhere.
pub(super) fn imports(lines: &[Line], module: &str) -> bool {
    let is_it = |name: &str| name == module || name.strip_prefix(module).is_some_and(|it| it.starts_with('.'));
    lines.iter().any(|it| modules(it).iter().any(|it| is_it(it)))
}

/// The modules that a line may import: those behind `import`, and for `from a import b` both `a` and `a.b`.
pub(super) fn modules(line: &Line) -> Vec<String> {
    let plain = |it: &str| it.split(" as ").next().unwrap_or_default().trim().trim_matches(['(', ')', ',']).to_owned();
    let names = |it: &str| it.split(',').map(plain).map(|it| it.trim().to_owned()).collect::<Vec<_>>();
    if let Some(rest) = line.code.strip_prefix("import ") {
        return names(rest);
    }
    let Some((module, parts)) = line.code.strip_prefix("from ").and_then(|it| it.split_once(" import ")) else {
        return Vec::new();
    };
    let module = module.trim();
    let dot = if module.ends_with('.') { "" } else { "." };
    let parts = names(parts).into_iter().filter(|it| !it.is_empty()).map(|it| format!("{module}{dot}{it}"));
    std::iter::once(module.to_owned()).chain(parts).collect()
}

/// The name by which Python finds a file: from the root, or from `src`, which is searched too.
pub(super) fn module(text: &Text) -> String {
    let path = text.path.as_str();
    let by_src = imports(&text.lines, "src");
    let path = if by_src { path } else { path.strip_prefix("src/").unwrap_or(path) };
    let path = path.strip_suffix(".py").unwrap_or(path);
    path.strip_suffix("/__main__").unwrap_or(path).replace('/', ".")
}

/// A file's name without its ending, in lower case.
pub(super) fn stem(path: &RelPath) -> String {
    let name = path.file_name();
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_ascii_lowercase()
}
