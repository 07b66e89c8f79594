//! `mlops.lock`: an input in the project's folder, beside the spec.

use smol_str::{SmolStr, format_smolstr};

use super::Digests;
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::source::{FileError, Files, RelPath};

pub(super) static BAD_LOCK: Code = Code {
    id: "bad-mlops-lock",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an `mlops.lock` that cannot be read.

### Why it matters
Without its digests, an image could change under its tag.

### Use instead
What `mlopsc lock` writes: `[images.\"<full reference>\"]` tables, each with a `digest` of `sha256:` and 64 digits and
`platforms` such as `linux/amd64` and `linux/arm64/v8`, and `[built.<environment>.<image>]` tables with `image`,
`digest` and `content`, and with `promoted-from` where another environment had the digest first. Where two branches have
changed the file, take one of the two versions, and run `mlopsc lock`.
",
};

/// The name of the file.
pub const LOCK: &str = "mlops.lock";

/// The file as it was read.
#[derive(Debug)]
pub struct LockFile {
    pub digests: Digests,
    /// Its name, as messages have it.
    shown: SmolStr,
    text: String,
}

impl LockFile {
    /// Reads the file, whose name messages show behind `prefix`. One that is not there is empty, and so is one that
    /// cannot be read, which is reported.
    pub fn read(files: &Files, prefix: &str, sink: &mut Sink) -> Self {
        let shown = format_smolstr!("{prefix}{LOCK}");
        let path = RelPath::parse(LOCK).expect("internal error: a good name");
        let read = match files.text(&path) {
            Ok(text) => {
                Digests::parse(&text).map(|it| (it, text.to_string())).map_err(|why| format!("`{path}`: {why}"))
            }
            Err(FileError::Missing(_)) => Ok(Default::default()),
            Err(error) => Err(error.to_string()),
        };
        let (digests, text) = read.unwrap_or_else(|why| {
            let way_out = "take it as it was committed, of two branches one of the two versions, and run `mlopsc lock`";
            sink.report(Diagnostic::new(&BAD_LOCK, why).at(Spot::File(shown.clone()), "").help(way_out));
            Default::default()
        });
        Self { digests, shown, text }
    }

    /// The line where these keys lead; the file, where there is none.
    #[must_use]
    pub fn spot(&self, keys: &[&str]) -> Spot {
        let shown = self.shown.clone();
        Digests::line(&self.text, keys).map_or(Spot::File(shown.clone()), |it| Spot::Line(shown, it))
    }
}
