//! Images in a folder or an archive (OCI image specification, "Image Layout"), where no registry can be reached.

use std::path::{Path, PathBuf};

use super::manifest::{Descriptor, describe, digest_of, index, is_unpacked};
use super::store::Store;
use super::{Found, RegistryError, SourceError};
use crate::spec::ImageReference;

/// A folder or an archive with images.
pub struct Layout {
    path: PathBuf,
    store: Store,
    images: Vec<Descriptor>,
    /// What the only image in it is called here, whatever the layout says.
    called: Option<ImageReference>,
    /// It was written by `docker save`.
    of_docker: bool,
}

/// Under which annotations tools say what an image is called: containerd in full, others in full or only its tag.
const NAMES: [&str; 2] = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];

impl Layout {
    /// Opens a layout, of which one image may be given a name.
    ///
    /// # Errors
    /// There is none at the path, or it cannot be read.
    pub fn open(path: &Path, called: Option<ImageReference>) -> Result<Self, SourceError> {
        let shown = path.display().to_string();
        let unfit = |why: &str| SourceError::Unfit { path: shown.clone(), why: why.to_owned() };
        let store = Store::open(path)?;
        let read = |name: &str| store.read(name).map_err(|source| SourceError::Disk { path: shown.clone(), source });
        let of_docker = read("manifest.json")?.is_some();
        let Some(text) = read("index.json")? else {
            return Err(unfit(if of_docker {
                "was saved by a Docker before 25, which keeps no digest that a registry knows: save it with a newer one, \
                 or with `skopeo copy docker://… oci-archive:…`"
            } else {
                "holds no `index.json`, so it is no layout of images"
            }));
        };
        let images = index(&text).map_err(|_| unfit("has an `index.json` that is no index of images"))?;
        Ok(Self { path: path.to_owned(), store, images, called, of_docker })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The image of one of these names; `None` where it is not here.
    ///
    /// # Errors
    /// It is here, but not whole, or its digest is not that of a registry.
    #[must_use]
    pub fn find(&self, names: &[&str]) -> Option<Result<Found, RegistryError>> {
        let names: Vec<ImageReference> = names.iter().filter_map(|it| ImageReference::parse(it).ok()).collect();
        let found = match &self.called {
            Some(called) if names.iter().all(|it| it.qualified() != called.qualified()) => return None,
            Some(called) => match self.images.as_slice() {
                [only] => Some(only),
                several => several.iter().find(|it| said(it).any(|it| called.tag() == Some(it) || is(it, called))),
            },
            None => self.images.iter().find(|it| said(it).any(|said| names.iter().any(|name| is(said, name)))),
        };
        found.map(|it| self.describe(it))
    }

    fn describe(&self, image: &Descriptor) -> Result<Found, RegistryError> {
        let found = self.blob(&image.digest).and_then(|bytes| {
            if digest_of(&bytes) != image.digest {
                return Err(format!("{} is damaged", image.digest));
            }
            // Docker's own store keeps layers unpacked, and makes another manifest of them than any registry has.
            if self.of_docker && is_unpacked(&bytes) {
                return Err("it holds unpacked layers, whose digest is not that of a registry".to_owned());
            }
            describe(&bytes, |digest| self.blob(digest))
        });
        found.map_err(|why| RegistryError::Garbled { host: self.path.display().to_string(), why })
    }

    fn blob(&self, digest: &str) -> Result<Vec<u8>, String> {
        let name = digest.strip_prefix("sha256:").filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()));
        let name = name.ok_or_else(|| "a digest that is not of SHA-256".to_owned())?;
        let read = self.store.read(&format!("blobs/sha256/{name}")).map_err(|it| it.to_string())?;
        read.ok_or_else(|| format!("{digest} is missing"))
    }
}

fn said(image: &Descriptor) -> impl Iterator<Item = &str> {
    NAMES.iter().filter_map(|it| image.annotations.get(*it)).map(String::as_str)
}

/// Whether a layout's word for an image is this reference. A tag alone could be that of any.
fn is(said: &str, wanted: &ImageReference) -> bool {
    let has_more = said.contains(['/', ':']);
    has_more && ImageReference::parse(said).is_ok_and(|it| it.qualified() == wanted.qualified())
}
