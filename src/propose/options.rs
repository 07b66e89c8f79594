//! The command line of a program, as far as `argparse` and `click` show it: options that name data, and what cannot be
//! left out.

use super::find::Text;
use super::lines::Line;

/// What the options of a program say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) data: Vec<DataOption>,
    /// Arguments that have to be given, and name no data.
    pub(super) needed: Vec<String>,
}

/// An option that names a file or a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DataOption {
    /// With its dashes; an argument without them has its place only.
    pub(super) flag: String,
    pub(super) way: Way,
    pub(super) default: Option<String>,
}

/// Which way data goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
    /// Out of what trains, into all others.
    Model,
}

const IN: &[&str] = &["input", "inputs", "in", "data", "dataset", "images", "train", "source", "src"];
const OUT: &[&str] = &["output", "outputs", "out", "save", "result", "results", "dest", "outdir", "checkpoints"];
const MODEL: &[&str] = &["model", "weights", "checkpoint"];
const ENDINGS: &[&str] = &["dir", "path", "file", "folder", "root", "directory", "csv", "to", "data"];

pub(super) fn options(text: &Text) -> Options {
    let mut options = Options::default();
    for line in text.lines.iter().filter(|it| is_option(it)) {
        let flags: Vec<&String> = line.strings.iter().take_while(|it| is_flag(it)).collect();
        let Some(flag) = flags.iter().find(|it| it.starts_with("--")).or(flags.first()) else { continue };
        let is_positional = !flag.starts_with('-');
        // `nargs="?"` and `nargs="*"` ask for nothing.
        let may_be_left = line.string_after("nargs=").is_some_and(|it| it != "+");
        let is_needed = (is_positional && !may_be_left) || line.code.contains("required=True");
        let default = line.string_after("default=").map(str::to_owned);
        match way(line, flag) {
            Some(way) if !from_environment(line) => {
                let flag = if is_positional { String::new() } else { (*flag).clone() };
                options.data.push(DataOption { flag, way, default });
            }
            None if is_needed => options.needed.push((*flag).clone()),
            _ => {}
        }
    }
    options
}

fn is_option(line: &Line) -> bool {
    [".add_argument(", ".option(", "click.argument("].iter().any(|it| line.code.contains(it))
}

fn is_flag(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '_')
}

/// Whether the default is a variable that the language gives out; that is found where variables are.
fn from_environment(line: &Line) -> bool {
    line.code.contains("environ") || line.code.contains("getenv")
}

/// Which way data goes by an option, where its name says that it names data.
fn way(line: &Line, flag: &str) -> Option<Way> {
    let is_other =
        ["action=", "type=int", "type=float", "choices=", "type=bool"].iter().any(|it| line.code.contains(it));
    let words: Vec<&str> = flag.split(['-', '_']).filter(|it| !it.is_empty()).collect();
    let (first, rest) = words.split_first()?;
    let first = first.to_ascii_lowercase();
    let fits = !is_other && rest.iter().all(|it| ENDINGS.contains(it));
    // `--train` and `--save` alone are switches as often as not.
    let is_alone = rest.is_empty() && ["train", "save", "source"].contains(&&*first);
    let known = |list: &[&str]| fits && !is_alone && list.contains(&&*first);
    // The name of a model is not a file: only a path is.
    let names_path = !rest.is_empty() || line.string_after("default=").is_some_and(|it| it.contains(['/', '.']));
    match () {
        () if known(IN) => Some(Way::In),
        () if known(OUT) => Some(Way::Out),
        () if known(MODEL) && names_path => Some(Way::Model),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines::{PYTHON, lines};
    use super::*;
    use crate::source::RelPath;
    use crate::spec::Language;

    #[test]
    fn options_that_name_data_are_told_from_others() {
        let text = "p.add_argument('-i', '--input-dir', required=True)\np.add_argument('--output', default='out/a.csv')\n\
            p.add_argument('--model-path')\np.add_argument('--model', default='resnet')\np.add_argument('--input-size', \
            type=int)\np.add_argument('--epochs', required=True)\np.add_argument('labels')\n\
            p.add_argument('--save', action='store_true')\np.add_argument('data', nargs='?')\n";
        let path = RelPath::parse("x.py").unwrap();
        let text = Text { path, language: Language::Python, lines: lines(text, PYTHON), known: std::rc::Rc::default() };
        let found = options(&text);
        let seen: Vec<_> = found.data.iter().map(|it| (it.flag.as_str(), it.way)).collect();
        assert_eq!(
            seen,
            [("--input-dir", Way::In), ("--output", Way::Out), ("--model-path", Way::Model), ("", Way::In)]
        );
        assert_eq!(found.data[1].default.as_deref(), Some("out/a.csv"));
        assert_eq!(found.needed, ["--epochs", "labels"]);
    }
}
