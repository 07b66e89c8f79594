//! Unified diffs between what lies on the disk and what was compiled, for people to read.

use std::fmt::Write;
use std::path::Path;

use similar::{ChangeTag, TextDiff};

use super::check::LARGEST;
use super::content::with_plain_ends;

/// How many lines are shown of one file, and of all files together.
const LINES_OF_A_FILE: usize = 400;
const LINES: usize = 20_000;

/// Makes diffs, and counts their lines: when there were too many, those of later files are only counted.
pub(super) struct Diffs<'a> {
    project: &'a Path,
    left: usize,
}

impl<'a> Diffs<'a> {
    pub(super) const fn new(project: &'a Path) -> Self {
        Self { project, left: LINES }
    }

    /// The diff of a file that is there, or compiled, or both.
    pub(super) fn unified(&mut self, path: &Path, old: Option<&[u8]>, new: Option<&str>) -> String {
        let name = path.strip_prefix(self.project).unwrap_or(path).to_string_lossy();
        let side = |side: &str, is_there| {
            if is_there { visible(&format!("{side}/{}", name.trim_start_matches('/'))) } else { "/dev/null".to_owned() }
        };
        let head = format!("--- {}\n+++ {}\n", side("committed", old.is_some()), side("compiled", new.is_some()));
        head + &self.body(old.unwrap_or_default(), new.unwrap_or_default())
    }

    fn body(&mut self, old: &[u8], new: &str) -> String {
        if old.len() as u64 > LARGEST {
            return "the committed file is too large to show\n".to_owned();
        }
        if old == new.as_bytes() && !new.is_empty() {
            return "the committed file may not be run\n".to_owned();
        }
        if !new.is_empty() && with_plain_ends(old) == new.as_bytes() {
            return "only the ends of lines differ: CR LF committed, LF compiled\n".to_owned();
        }
        match std::str::from_utf8(old) {
            Ok(old) if self.left == 0 => {
                format!("… not shown: {} lines committed, {} compiled\n", old.lines().count(), new.lines().count())
            }
            Ok(old) => self.hunks(old, new),
            Err(_) => "the committed file is not UTF-8 text\n".to_owned(),
        }
    }

    fn hunks(&mut self, old: &str, new: &str) -> String {
        let diff = TextDiff::from_lines(old, new);
        let may_show = self.left.min(LINES_OF_A_FILE);
        let (mut text, mut lines) = (String::new(), 0);
        for hunk in diff.unified_diff().iter_hunks() {
            if lines < may_show {
                writeln!(text, "{}", hunk.header()).expect("internal error: a string is full");
            }
            for change in hunk.iter_changes() {
                lines += 1;
                if lines <= may_show {
                    push_line(&mut text, change.tag(), change.value());
                }
            }
        }
        let left_out = lines.saturating_sub(may_show);
        self.left -= lines - left_out;
        if left_out > 0 {
            writeln!(text, "… {left_out} more lines").expect("internal error: a string is full");
        }
        text
    }
}

fn push_line(text: &mut String, tag: ChangeTag, line: &str) {
    text.push(match tag {
        ChangeTag::Equal => ' ',
        ChangeTag::Delete => '-',
        ChangeTag::Insert => '+',
    });
    text.push_str(&visible(line.strip_suffix('\n').unwrap_or(line)));
    text.push_str(if line.ends_with(['\n', '\r']) { "\n" } else { "\n\\ No newline at end of file\n" });
}

/// What lies on the disk may hold what a terminal obeys; so that nothing is hidden, that is spelled out.
fn visible(line: &str) -> String {
    let spell = |it: char| it.is_control() && it != '\t';
    if !line.contains(spell) {
        return line.to_owned();
    }
    line.chars().map(|it| if spell(it) { it.escape_default().to_string() } else { it.to_string() }).collect()
}
