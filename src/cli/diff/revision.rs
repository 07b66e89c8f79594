//! A folder as it was in a revision of its git repository, read into memory: nothing is checked out, nothing is written.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::super::Failure;
use crate::source::{Files, RelPath};

/// A file of more bytes is no part of a spec, and is not read.
const LARGEST: usize = 32 << 20;

/// A folder in a revision.
pub(super) struct Revision {
    /// As the user names it.
    pub(super) named: String,
    /// With the commit that it is: `main (3f2a1b9)`.
    pub(super) title: String,
    pub(super) files: Files,
}

/// Reads `folder` as it was in a revision that a user names.
pub(super) fn read(folder: &Path, named: &str) -> Result<Revision, Failure> {
    let git = Git { folder };
    git.must_have_repository()?;
    let commit = git.commit(named)?;
    let entries = git.entries(&commit)?;
    if entries.is_empty() {
        return Err(Failure::bad_input(format!("`{}` is not there in the revision `{named}`", folder.display())));
    }
    let contents = git.contents(&entries)?;
    let title = format!("{named} ({})", &commit[..commit.len().min(7)]);
    Ok(Revision { named: named.to_owned(), title, files: Files::memory(with_links(&entries, contents)) })
}

/// A file of a revision.
struct Entry {
    is_link: bool,
    object: String,
    path: String,
}

struct Git<'g> {
    folder: &'g Path,
}

impl Git<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.folder).args(arguments);
        // Its own words are read, nobody is asked for a password, and nothing is fetched or locked.
        command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_OPTIONAL_LOCKS", "0");
        command
    }

    fn run(&self, arguments: &[&str]) -> Result<Output, Failure> {
        self.command(arguments).output().map_err(|it| not_started(&it))
    }

    fn must_have_repository(&self) -> Result<(), Failure> {
        let output = self.run(&["rev-parse", "--git-dir"])?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let folder = self.folder.display();
        if said.contains("not a git repository") {
            return Err(Failure::bad_input(format!("`{folder}` is in no git repository, so it has no revisions")));
        }
        Err(failed(&said))
    }

    fn commit(&self, named: &str) -> Result<String, Failure> {
        let wanted = format!("{named}^{{commit}}");
        let output = self.run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])?;
        let commit = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if output.status.success() && !commit.is_empty() {
            return Ok(commit);
        }
        let shallow = self.run(&["rev-parse", "--is-shallow-repository"])?;
        let names = self.names()?;
        let near = |it: &&String| strsim::damerau_levenshtein(it, named) <= 2;
        let hint = if self.run(&["rev-list", "--all", "--max-count=1"])?.stdout.is_empty() {
            "this repository has no commits yet".to_owned()
        } else if shallow.stdout.starts_with(b"true") {
            "this clone is shallow and has few of them: `git fetch --unshallow` gets the others".to_owned()
        } else if let Some(near) = names.iter().filter(near).min_by_key(|it| strsim::damerau_levenshtein(it, named)) {
            format!("did you mean `{near}`?")
        } else {
            "name a commit, a branch or a tag that this clone has".to_owned()
        };
        Err(Failure::bad_input(format!("there is no revision `{named}`; {hint}")))
    }

    /// The branches and tags that the clone has.
    fn names(&self) -> Result<Vec<String>, Failure> {
        let output = self.run(&["for-each-ref", "--format=%(refname:short)"])?;
        Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
    }

    /// The files below the folder, without those that are larger than any spec.
    fn entries(&self, commit: &str) -> Result<Vec<Entry>, Failure> {
        let output = self.run(&["ls-tree", "-r", "-z", "-l", commit])?;
        if !output.status.success() {
            return Err(failed(&String::from_utf8_lossy(&output.stderr)));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let entry = |line: &str| {
            let (facts, path) = line.split_once('\t')?;
            let mut facts = facts.split_ascii_whitespace();
            let (mode, kind, object, size) = (facts.next()?, facts.next()?, facts.next()?, facts.next()?);
            let is_small = size.parse::<usize>().is_ok_and(|it| it <= LARGEST);
            let entry = || Entry { is_link: mode == "120000", object: object.to_owned(), path: path.to_owned() };
            (kind == "blob" && is_small).then(entry)
        };
        Ok(text.split('\0').filter_map(entry).collect())
    }

    /// The bytes of each entry, in one exchange.
    fn contents(&self, entries: &[Entry]) -> Result<Vec<Vec<u8>>, Failure> {
        let mut command = self.command(&["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|it| not_started(&it))?;
        let questions: String = entries.iter().map(|it| format!("{}\n", it.object)).collect();
        let stdin = child.stdin.take();
        // It answers while it is asked: whoever asks all before reading waits for ever.
        let output = std::thread::scope(|scope| {
            scope.spawn(move || stdin.map(|mut it| it.write_all(questions.as_bytes())));
            child.wait_with_output()
        });
        let output = output.map_err(|it| not_started(&it))?;
        let said = || failed(&String::from_utf8_lossy(&output.stderr));
        let mut rest = output.stdout.as_slice();
        let mut contents = Vec::new();
        for _ in entries {
            let end = rest.iter().position(|it| *it == b'\n').ok_or_else(said)?;
            let heading = String::from_utf8_lossy(&rest[..end]).into_owned();
            let size: usize = heading.rsplit(' ').next().and_then(|it| it.parse().ok()).ok_or_else(said)?;
            contents.push(rest.get(end + 1..end + 1 + size).ok_or_else(said)?.to_vec());
            rest = rest.get(end + 2 + size..).unwrap_or_default();
        }
        Ok(contents)
    }
}

/// The files by path, with the content of what links lead to.
fn with_links(entries: &[Entry], contents: Vec<Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut links: BTreeMap<String, String> = BTreeMap::new();
    for (entry, content) in entries.iter().zip(contents) {
        if entry.is_link {
            links.insert(entry.path.clone(), String::from_utf8_lossy(&content).into_owned());
        } else {
            files.insert(entry.path.clone(), content);
        }
    }
    for link in links.keys() {
        let mut path = link.clone();
        // A chain of links may be a circle.
        for _ in 0..8 {
            let Some(target) = links.get(&path) else { break };
            let next = RelPath::parse(&path).and_then(|it| it.parent().join(target));
            let Ok(next) = next else { break };
            path = next.to_string();
        }
        if let Some(content) = files.get(&path).cloned() {
            files.insert(link.clone(), content);
        }
    }
    files
}

fn not_started(error: &std::io::Error) -> Failure {
    if error.kind() == ErrorKind::NotFound {
        return Failure::world("`--base` needs the program `git`, which is not there");
    }
    Failure::world(format!("cannot run `git`: {error}"))
}

fn failed(said: &str) -> Failure {
    let line = said.lines().find(|it| !it.trim().is_empty()).unwrap_or("it did not say why");
    Failure::world(format!("`git` failed: {}", line.trim_start_matches("fatal: ")))
}
