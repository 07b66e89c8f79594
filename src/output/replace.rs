//! One file beside the spec, replaced in one step.

use std::path::Path;

use super::OutputError;
use super::disk::{Act, Disk, Lies};

/// Makes a file hold `text`: whoever reads it finds the old text or the new one. A file that holds it already is not
/// touched. Gives whether anything was written.
///
/// # Errors
/// Something else than a file is there, or the disk refuses; the old text is there then.
pub fn replace_file(path: &Path, text: &str) -> Result<bool, OutputError> {
    let disk = Disk::new(None);
    match disk.look(path)? {
        Some(Lies::File) if disk.read(path, text.len() as u64 + 1)? == text.as_bytes() => return Ok(false),
        Some(Lies::File) | None => {}
        Some(_) => {
            let why = std::io::Error::other("it is a link or a folder, and no file");
            return Err(OutputError::disk(Act::CreateFile, path)(why));
        }
    }
    let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let next = path.with_file_name(format!(".{name}.{}.new", std::process::id()));
    // What a run with this number left behind when it was killed.
    if disk.look(&next)?.is_some() {
        disk.remove_file(&next)?;
    }
    let written = disk.create_file(&next, text, false).and_then(|()| disk.flush(&next));
    let replaced = written.and_then(|()| disk.rename(&next, path));
    if replaced.is_err() {
        // The first fault is the one to report.
        let _ = disk.remove_file(&next);
        return replaced.map(|()| true);
    }
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    disk.flush(folder).map(|()| true)
}
