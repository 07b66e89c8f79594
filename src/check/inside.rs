//! What files that get into an image are, by how they begin: a name tells what somebody called them.

use std::collections::BTreeSet;

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Image, Recipe};
use crate::source::{Files, RelPath};

pub(super) static CHECK: Check = Check { codes: &[&DATA_IN_IMAGE], run };

static DATA_IN_IMAGE: Code = Code {
    id: "data-in-image",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a file in a folder that is copied into an image, where the file begins as an image of a patient does (DICOM,
NIfTI, NRRD, MetaImage) or as a private key, whatever its name is. What is inside an archive is not seen. So is a file
reported whose name is no UTF-8, or has a backslash or a line break in it: a build copies it, and nothing else here can
look at it.

### Why it matters
Files stay out of images by their names, and scanners, archives and exports name theirs `IM0001` or
`1.2.840.113619.2.55.3`. In an image a study is in every registry and on every node, and in no list of where patients'
data is; so is a key.

### Use instead
A dataset among the `inputs` of the program, and a secret of `[secrets]`. Name a synthetic file for tests by its format
(`.dcm`, `.nii`), because files with such names stay out, or move it to a folder that is not copied.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for image in case.plan.images.values() {
        if let Some(recipe) = image.recipe() {
            judge(case, image, recipe).into_iter().chain(unseen(case, image, recipe)).for_each(|it| sink.report(it));
        }
    }
}

fn unseen(case: &Case<'_>, image: &Image, recipe: &Recipe) -> Option<Diagnostic> {
    let (folder, name) = recipe.odd(case.inputs.files).into_iter().next()?;
    let message =
        format!("`{}` in `{folder}`, which image `{}` gets, cannot be looked at", name.escape_debug(), image.name);
    let diagnostic = Diagnostic::new(&DATA_IN_IMAGE, message).at(Spot::key(image.origin), "copies its folder");
    Some(diagnostic.help("give it a name of UTF-8 without backslashes and line breaks"))
}

fn judge(case: &Case<'_>, image: &Image, recipe: &Recipe) -> Option<Diagnostic> {
    let files = case.inputs.files;
    // A folder of a workspace may lie in another one that is copied.
    let copied: BTreeSet<RelPath> = recipe.copied(files).into_iter().collect();
    let mut found = copied.iter().filter_map(|it| Some((it, told(files, it)?)));
    let (first, what) = found.next()?;
    let more = match found.count() {
        0 => String::new(),
        1 => "; another file is data or a key, too".to_owned(),
        more => format!("; {more} other files are data or keys, too"),
    };
    let message = format!("`{first}` in image `{}` is {what}{more}", image.name);
    let diagnostic = Diagnostic::new(&DATA_IN_IMAGE, message).at(Spot::key(image.origin), "copies its folder");
    Some(diagnostic.help("move it out of that folder: data come in as a dataset, keys as a secret"))
}

/// What a file is that has no place in an image, by its first bytes; a file that cannot be read is nothing.
pub(super) fn told(files: &Files, path: &RelPath) -> Option<&'static str> {
    let beginning = files.beginning(path).unwrap_or_default();
    known(&beginning)
}

/// PS3.10 section 7.1 for DICOM, `nifti1.h` and `nifti2.h`, the NRRD definition section 3, ITK's MetaIO, RFC 7468.
fn known(beginning: &[u8]) -> Option<&'static str> {
    let has = |at: usize, text: &[u8]| beginning.get(at..).is_some_and(|it| it.starts_with(text));
    let is_nifti = has(344, b"n+1\0") || has(344, b"ni1\0") || has(4, b"n+2\0\r\n\x1a\n") || has(4, b"ni2\0\r\n\x1a\n");
    // What programs say of a key stands before it ("Bag Attributes").
    let mut lines = beginning.split(|it| *it == b'\n');
    let is_key = lines.any(|it| it.starts_with(b"-----BEGIN ") && holds(it, b"PRIVATE KEY"));
    if has(128, b"DICM") {
        Some("a DICOM file")
    } else if is_nifti {
        Some("a NIfTI image")
    } else if has(0, b"NRRD000") {
        Some("an NRRD image")
    } else if has(0, b"ObjectType = Image") {
        Some("a MetaImage")
    } else if is_key || has(0, b"PuTTY-User-Key-File-") {
        Some("a private key")
    } else {
        None
    }
}

fn holds(line: &[u8], text: &[u8]) -> bool {
    line.windows(text.len()).any(|it| it == text)
}

#[cfg(test)]
mod tests {
    use super::known;

    fn padded(before: usize, text: &[u8]) -> Vec<u8> {
        [vec![0; before], text.to_vec()].concat()
    }

    #[test]
    fn a_file_is_known_by_its_beginning() {
        for (beginning, what) in [
            (padded(128, b"DICM\x02\0\0\0"), "a DICOM file"),
            (padded(344, b"n+1\0"), "a NIfTI image"),
            (padded(344, b"ni1\0"), "a NIfTI image"),
            (padded(4, b"n+2\0\r\n\x1a\n"), "a NIfTI image"),
            (b"NRRD0004\ntype: short\n".to_vec(), "an NRRD image"),
            (b"ObjectType = Image\nNDims = 3\n".to_vec(), "a MetaImage"),
            (b"-----BEGIN OPENSSH PRIVATE KEY-----\nx".to_vec(), "a private key"),
            (b"-----BEGIN PRIVATE KEY-----\nx".to_vec(), "a private key"),
            (b"Bag Attributes\n    friendlyName: site\n-----BEGIN PRIVATE KEY-----\nx".to_vec(), "a private key"),
        ] {
            assert_eq!(known(&beginning), Some(what));
        }
        let program = b"# A program\nKEY = '-----BEGIN PRIVATE KEY-----'\n".to_vec();
        let certificate = b"-----BEGIN CERTIFICATE-----\nPRIVATE KEY".to_vec();
        for beginning in [program, certificate, b"DICM".to_vec(), Vec::new()] {
            assert_eq!(known(&beginning), None);
        }
    }
}
