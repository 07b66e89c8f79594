//! What is in a file, held against the text that should be there or the digest of what was.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::disk::{Act, Disk};
use super::manifest::hex;
use super::{OutputError, system};

/// A larger file is never taken for an untouched one of ours, so that it need not be read.
const LARGEST: u64 = 64 << 20;

/// Whether a file holds exactly this text, and may be run if it has to be.
///
/// Of its mode only that counts: a script that lost it on its way through a version control system is not what was
/// compiled. Most file systems without modes let every file be run.
pub(super) fn holds(disk: Disk<'_>, path: &Path, text: &str, executable: bool) -> Result<bool, OutputError> {
    let file = disk.open(path)?;
    let same = || Ok(reads_as(&file, text.as_bytes())? && (!executable || system::is_executable(&file.metadata()?)));
    same().map_err(OutputError::disk(Act::Read, path))
}

/// Whether a file still holds what has this digest.
///
/// A version control system may have ended its lines with CR LF; that is no edit, and nothing is lost with it.
pub(super) fn is_untouched(disk: Disk<'_>, path: &Path, digest: &str) -> Result<bool, OutputError> {
    let bytes = disk.read(path, LARGEST + 1)?;
    let is = |bytes: &[u8]| hex(Sha256::digest(bytes)) == digest;
    Ok(bytes.len() as u64 <= LARGEST && (is(&bytes) || is(&with_plain_ends(&bytes))))
}

/// The same lines without the CR at their ends.
pub(super) fn with_plain_ends(bytes: &[u8]) -> Vec<u8> {
    let is_end = |at: usize| bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n');
    (0..bytes.len()).filter(|at| !is_end(*at)).map(|at| bytes[at]).collect()
}

/// Reads no further than the text is long, and one byte to see that the file ends there.
fn reads_as(mut file: &File, text: &[u8]) -> io::Result<bool> {
    let mut bytes = vec![0; text.len() + 1];
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes[..filled] == *text)
}
