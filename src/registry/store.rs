//! A folder or an archive of documents that are known by their digests.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::SourceError;

/// Where documents lie.
pub(super) enum Store {
    Folder(PathBuf),
    /// Where each member of the archive begins, and how long it is.
    Archive {
        path: PathBuf,
        members: BTreeMap<String, (u64, u64)>,
    },
}

/// The greatest document that is read; layers never are.
const LARGEST: u64 = 16 << 20;

impl Store {
    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        let shown = path.display().to_string();
        let disk = |source| SourceError::Disk { path: shown.clone(), source };
        if std::fs::metadata(path).map_err(disk)?.is_dir() {
            return Ok(Self::Folder(path.to_owned()));
        }
        let mut file = File::open(path).map_err(disk)?;
        let mut first = [0; 2];
        if file.read(&mut first).map_err(disk)? == 2 && first == [0x1f, 0x8b] {
            return Err(SourceError::Unfit { path: shown, why: "is compressed: unpack it with `gunzip` first".into() });
        }
        file.rewind().map_err(disk)?;
        let unfit = |_| SourceError::Unfit {
            path: shown.clone(),
            why: "is no archive of images: expected what `skopeo copy … oci-archive:…`, `crane pull` or `docker save` \
                  writes, a folder with an `index.json`, or another `mlops.lock`"
                .into(),
        };
        let members = members(file).map_err(unfit)?;
        Ok(Self::Archive { path: path.to_owned(), members })
    }

    /// A document by its path in the store; `None` where there is none.
    pub(super) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        match self {
            Self::Folder(folder) => match File::open(folder.join(name)) {
                Ok(file) => file.take(LARGEST).read_to_end(&mut bytes)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            },
            Self::Archive { path, members } => {
                let Some((start, length)) = members.get(name) else { return Ok(None) };
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(*start))?;
                file.take((*length).min(LARGEST)).read_to_end(&mut bytes)?
            }
        };
        Ok(Some(bytes))
    }
}

fn members(file: File) -> io::Result<BTreeMap<String, (u64, u64)>> {
    let mut members = BTreeMap::new();
    let mut archive = tar::Archive::new(BufReader::new(file));
    for entry in archive.entries_with_seek()? {
        let entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").to_owned();
        members.insert(name, (entry.raw_file_position(), entry.size()));
    }
    if members.is_empty() { Err(io::ErrorKind::InvalidData.into()) } else { Ok(members) }
}
