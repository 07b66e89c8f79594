//! The data that a program reads and writes, as far as its text shows it: folders in `DATA_…` variables, and paths
//! that stand in the text.

use super::find::Text;
use super::lines::Line;

/// Where a program looks for data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// The word behind `DATA_` of an environment variable.
    Variable(String),
    /// A folder: absolute, or seen from where the program is started.
    Folder(String),
    /// A file where the program is started.
    Here(String),
}

/// A place with what is done there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) place: Place,
    pub(super) reads: bool,
    pub(super) writes: bool,
    /// The variable or path as the text has it.
    pub(super) said: String,
}

const WRITES: &[&str] = &[
    "save(",
    ".savez",
    "save_pretrained(",
    "save_model(",
    "savefig(",
    "savetxt(",
    ".to_csv(",
    ".to_parquet(",
    ".to_json(",
    ".to_pickle(",
    ".to_excel(",
    ".to_feather(",
    "dump(",
    "write_text(",
    "write_bytes(",
    "mkdir(",
    "makedirs(",
    "imwrite(",
    "imsave(",
    ".tofile(",
    "WriteImage(",
    "SummaryWriter(",
    "writer(",
    "write.csv(",
    "write.table(",
    "write_csv(",
    "write_rds(",
    "saveRDS(",
    "fwrite(",
    "ggsave(",
    "dir.create(",
    "writeLines(",
    "write_parquet(",
    ".write(",
];
const READS: &[&str] = &[
    "read_",
    "load(",
    "load_",
    "loadtxt(",
    "genfromtxt(",
    "open(",
    "imread(",
    "listdir(",
    "glob(",
    "iterdir(",
    "scandir(",
    "walk(",
    "ImageFolder(",
    "from_pretrained(",
    "dcmread(",
    "ReadImage(",
    "InferenceSession(",
    "readRDS(",
    "read.",
    "fread(",
    "list.files(",
    "Dataset(",
    "from_file",
    "is_file(",
    "exists(",
];

/// What a text shows of data.
pub(super) fn uses(text: &Text) -> Vec<Use> {
    let mut found: Vec<(Use, Vec<String>)> = Vec::new();
    for line in &text.lines {
        for place in line.strings.iter().enumerate().filter_map(|(at, it)| place(line, at, it)) {
            if !found.iter().any(|(it, _)| it.said == place.said) {
                found.push((place, Vec::new()));
            }
        }
        for (known, names) in &mut found {
            follow(line, known, names);
        }
    }
    // A path alone shows nothing; a variable that the language gives out is asked for on purpose.
    let is_shown = |it: &Use| it.reads || it.writes || matches!(it.place, Place::Variable(_));
    found.into_iter().map(|(it, _)| it).filter(is_shown).collect()
}

/// The variables of datasets that a text speaks of, and that no line of it was seen to ask for.
pub(super) fn only_named(text: &Text, uses: &[Use]) -> Vec<String> {
    let strings = text.lines.iter().flat_map(|it| &it.strings);
    let parts = strings.flat_map(|it| it.split(|it: char| !(it.is_ascii_alphanumeric() || it == '_')));
    let is_new = |it: &&str| it.strip_prefix("DATA_").is_some_and(is_word) && !uses.iter().any(|used| used.said == *it);
    let mut named: Vec<String> = parts.filter(is_new).map(str::to_owned).collect();
    named.sort();
    named.dedup();
    named
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_')
}

/// Follows a place through a line: what is made of it, and what is done with it.
fn follow(line: &Line, known: &mut Use, names: &mut Vec<String>) {
    let has = |code: &str| line.strings.contains(&known.said) || names.iter().any(|it| has_word(code, it));
    let assigned = line.assigned().filter(|(_, right)| has(right) && !acts(right, READS) && !acts(right, WRITES));
    if let Some((name, _)) = assigned {
        if !names.iter().any(|it| it == name) {
            names.push(name.to_owned());
        }
        return;
    }
    if !has(&line.code) {
        return;
    }
    if acts(&line.code, WRITES) || opens_to_write(line) {
        known.writes = true;
    } else if acts(&line.code, READS) {
        known.reads = true;
    }
    // `for path in folder.glob(…)` goes on with the name of a file in it.
    let ahead = line.code.strip_prefix("for ").and_then(|it| it.split_once(" in ")).map(|(it, _)| it);
    if let Some(name) = ahead.filter(|it| it.chars().all(|it| it.is_alphanumeric() || it == '_')) {
        names.push(name.to_owned());
    }
}

fn has_word(code: &str, word: &str) -> bool {
    Line { code: code.to_owned(), ..Line::default() }.has_word(word)
}

fn acts(code: &str, words: &[&str]) -> bool {
    words.iter().any(|it| code.contains(it))
}

/// `open` with a mode that writes, as a string of its own.
fn opens_to_write(line: &Line) -> bool {
    let mode =
        |it: &String| it.len() <= 3 && it.starts_with(['w', 'a', 'x']) && it.chars().all(|it| "waxbt+".contains(it));
    line.code.contains("open(") && line.strings.iter().any(mode)
}

/// The place that a string of a line names.
fn place(line: &Line, at: usize, text: &str) -> Option<Use> {
    let found = |place| Some(Use { place, reads: false, writes: false, said: text.to_owned() });
    if let Some(word) = text.strip_prefix("DATA_") {
        // `folder = setting("DATA_RAW")` asks for it as well, through a function of the project's own.
        let is_asked = line.code.contains("env")
            || line.assigned().is_some_and(|(_, right)| right.contains(&format!("(\"{at}\"")));
        return (is_word(word) && is_asked).then(|| found(Place::Variable(word.to_owned()))).flatten();
    }
    let path = text.strip_prefix("./").unwrap_or(text).trim_end_matches('/');
    let known = |it: char| it.is_ascii_alphanumeric() || "-_.+@/".contains(it);
    let parts = || path.trim_start_matches('/').split('/');
    if path.is_empty() || !path.chars().all(known) || parts().any(|it| it.is_empty() || it.starts_with('.')) {
        return None;
    }
    let has_ending = parts().next_back().and_then(|it| it.rsplit_once('.')).is_some_and(|(_, ending)| {
        (1..=8).contains(&ending.len()) && ending.starts_with(|it: char| it.is_ascii_alphabetic())
    });
    let folder = if has_ending { path.rsplit_once('/').map_or("", |(folder, _)| folder) } else { path };
    let is_absolute = path.starts_with('/');
    if is_absolute && !["/data", "/mnt", "/input", "/output", "/models", "/srv"].iter().any(|it| is_below(folder, it)) {
        return None;
    }
    if folder.is_empty() {
        // A name with an ending is a file only where something is done with it, and nothing is put before it.
        let acts = acts(&line.code, WRITES) || acts(&line.code, READS);
        let is_part = ["join(", "Path(", ".path(", "/ \"", "env", "+ \""].iter().any(|it| line.code.contains(it));
        let is_file = acts && !is_part && !is_absolute && !path.ends_with(".py") && !path.ends_with(".R");
        return is_file.then(|| found(Place::Here(path.to_owned()))).flatten();
    }
    let is_path = ["Path(", "join(", "makedirs(", "mkdir(", "listdir(", "glob(", "list.files("];
    let is_said = path.contains('/') || is_path.iter().any(|it| line.code.contains(&format!("{it}\"{at}\"")));
    is_said.then(|| found(Place::Folder(folder.to_owned()))).flatten()
}

/// Whether a folder is another one or in it.
pub(super) fn is_below(folder: &str, other: &str) -> bool {
    folder == other || folder.strip_prefix(other).is_some_and(|it| it.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::super::lines::{PYTHON, lines};
    use super::*;
    use crate::source::RelPath;
    use crate::spec::Language;

    fn of(text: &str) -> Vec<(Place, bool, bool)> {
        let path = RelPath::parse("train.py").unwrap();
        let lines = lines(text, PYTHON);
        let text = Text { path, language: Language::Python, lines, known: std::rc::Rc::default() };
        uses(&text).into_iter().map(|it| (it.place, it.reads, it.writes)).collect()
    }

    fn folder(path: &str) -> Place {
        Place::Folder(path.to_owned())
    }

    #[test]
    fn what_is_done_with_a_variable_decides() {
        let text = "RAW = Path(os.environ['DATA_RAW'])\nOUT = Path(os.getenv('DATA_MODEL', 'x')) / 'y'\n\
            for path in RAW.glob('*.nii'):\n    pass\ntorch.save(net, OUT)\nx = os.environ['DATA_X']\n";
        let variable = |it: &str| Place::Variable(it.to_owned());
        let expected =
            [(variable("RAW"), true, false), (variable("MODEL"), false, true), (variable("X"), false, false)];
        assert_eq!(of(text), expected);
    }

    #[test]
    fn paths_count_where_something_is_done_with_them() {
        assert_eq!(of("df = pd.read_csv('data/raw/a.csv')"), [(folder("data/raw"), true, false)]);
        assert_eq!(of("with open('./out/a.json', 'w') as f:\n  f.write(x)"), [(folder("out"), false, true)]);
        assert_eq!(of("P = 'models/a.pt'\ntorch.save(net, P)"), [(folder("models"), false, true)]);
        assert_eq!(of("d = Path('data')\nfor p in d.iterdir(): ..."), [(folder("data"), true, false)]);
        assert_eq!(of("df.to_csv('a.csv')"), [(Place::Here("a.csv".to_owned()), false, true)]);
        assert_eq!(of("np.load('/data/in/a.npy')"), [(folder("/data/in"), true, false)]);
        for none in
            ["x = 'a/b.csv'", "print('and/or')", "open('/etc/passwd')", "open('../a/b')", "get('https://a/b.csv')"]
        {
            assert_eq!(of(none), [], "{none}");
        }
    }
}
