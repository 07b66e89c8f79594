//! CUDA: which release an image brings along, and which GPUs a release has kernels for.

use crate::spec::ImageReference;

/// A release of CUDA: major and minor number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cuda(pub u32, pub u32);

/// How a release of CUDA and a GPU go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    Good,
    /// It runs with the kernels of an older GPU of the same family; the release is the first with its own.
    Slow(Cuda),
    /// The release is older than the GPU; the one inside is the first that knows it.
    TooOld(Cuda),
    /// The release has dropped the GPU; the number inside is the last major version that has it.
    TooNew(u32),
}

/// Compute capabilities with the first release that has kernels for them, and the last major version that does (release
/// notes of the CUDA Toolkit: 11.0, 11.1, 11.8, 12.0, 12.8, 12.9 and 13.0).
const ARCHITECTURES: &[(u32, Cuda, Option<u32>)] = &[
    (35, Cuda(5, 0), Some(11)),
    (37, Cuda(6, 5), Some(11)),
    (52, Cuda(6, 5), Some(12)),
    (60, Cuda(8, 0), Some(12)),
    (61, Cuda(8, 0), Some(12)),
    (70, Cuda(9, 0), Some(12)),
    (75, Cuda(10, 0), None),
    (80, Cuda(11, 0), None),
    (86, Cuda(11, 1), None),
    (89, Cuda(11, 8), None),
    (90, Cuda(11, 8), None),
    (100, Cuda(12, 8), None),
    (103, Cuda(12, 9), None),
    (120, Cuda(12, 8), None),
];

impl Cuda {
    /// The release in the version of a package: `13.0.96`.
    #[must_use]
    pub fn of_version(version: &str) -> Option<Self> {
        release(version).map(|(major, minor)| Self(major, minor))
    }

    /// The release that a build is named after, its last digit the minor number: `cu126`.
    #[must_use]
    pub fn of_build(build: &str) -> Option<Self> {
        let digits = build.strip_prefix("cu").filter(|it| it.len() == 3)?.parse::<u32>().ok()?;
        Some(Self(digits / 10, digits % 10))
    }

    /// How this release goes together with a GPU, as far as the table knows it.
    #[must_use]
    pub fn fit(self, sm: u32) -> Fit {
        let Some((_, own, last)) = ARCHITECTURES.iter().find(|(it, _, _)| *it == sm) else { return Fit::Good };
        // A kernel runs on every later GPU of its family: the capabilities with the same major number. What was made for
        // Volta is not what Turing is sold for, but it runs there.
        let family = ARCHITECTURES.iter().filter(|(it, _, _)| it / 10 == sm / 10);
        let first = family.map(|(_, first, _)| *first).min().unwrap_or(*own);
        match last {
            Some(last) if self.0 > *last => Fit::TooNew(*last),
            _ if self < first => Fit::TooOld(first),
            _ if self < *own => Fit::Slow(*own),
            _ => Fit::Good,
        }
    }
}

/// Releases of cuDNN that dropped GPUs, with the least compute capability that they still have. Read from the kernels of
/// 9.10, 9.11 and 9.28 for CUDA 12: without them are all but the library of engines that were compiled before.
const CUDNN: &[((u32, u32), u32)] = &[((9, 11), 75)];

/// The release of cuDNN that dropped GPUs which this version is without, with the least compute capability that is left.
#[must_use]
pub fn cudnn_dropped(version: &str) -> Option<(String, u32)> {
    let version = release(version)?;
    let ((major, minor), least) = CUDNN.iter().rev().find(|(first, _)| *first <= version)?;
    Some((format!("{major}.{minor}"), *least))
}

/// NVIDIA's own images by the year and month of their tags, each the first with this release (NVIDIA's support matrix of
/// the deep learning frameworks).
const NGC: &[(u32, Cuda)] = &[
    (2006, Cuda(11, 0)),
    (2010, Cuda(11, 1)),
    (2102, Cuda(11, 2)),
    (2104, Cuda(11, 3)),
    (2107, Cuda(11, 4)),
    (2111, Cuda(11, 5)),
    (2201, Cuda(11, 6)),
    (2205, Cuda(11, 7)),
    (2209, Cuda(11, 8)),
    (2301, Cuda(12, 0)),
    (2303, Cuda(12, 1)),
    (2308, Cuda(12, 2)),
    (2311, Cuda(12, 3)),
    (2403, Cuda(12, 4)),
    (2406, Cuda(12, 5)),
    (2408, Cuda(12, 6)),
    (2501, Cuda(12, 8)),
    (2504, Cuda(12, 9)),
    (2508, Cuda(13, 0)),
    (2512, Cuda(13, 1)),
];

/// Those of NVIDIA's images whose tags are months.
const NGC_IMAGES: [&str; 4] = ["nvidia/pytorch", "nvidia/tensorflow", "nvidia/tritonserver", "nvidia/jax"];

/// TensorFlow's images for GPUs, each the first with this release ("Tested build configurations").
const TENSORFLOW: &[(u32, Cuda)] = &[
    (200, Cuda(10, 0)),
    (201, Cuda(10, 1)),
    (204, Cuda(11, 0)),
    (205, Cuda(11, 2)),
    (212, Cuda(11, 8)),
    (215, Cuda(12, 2)),
    (216, Cuda(12, 3)),
    (218, Cuda(12, 5)),
];

/// The release of CUDA that an image brings along, as far as its name and tag tell.
#[must_use]
pub fn cuda_of(image: &ImageReference) -> Option<Cuda> {
    let (path, tag) = (image.path(), image.tag()?);
    let step = |table: &[(u32, Cuda)], number: u32| {
        table.iter().rev().find(|(first, _)| *first <= number).map(|(_, cuda)| *cuda)
    };
    if path == "nvidia/cuda" {
        return Cuda::of_version(tag);
    }
    if NGC_IMAGES.contains(&path) {
        let (year, month) = release(tag).filter(|(_, month)| (1..=12).contains(month))?;
        return step(NGC, year * 100 + month);
    }
    if path == "tensorflow/tensorflow" {
        let (major, minor) = release(tag).filter(|_| tag.contains("-gpu"))?;
        return step(TENSORFLOW, major * 100 + minor);
    }
    tag.split(['-', '_']).find_map(|word| {
        if let Some(number) = word.strip_prefix("cuda") {
            return Cuda::of_version(number);
        }
        Cuda::of_build(word)
    })
}

/// The first two numbers of a version.
fn release(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split(|it: char| !it.is_ascii_digit()).map(|it| it.parse::<u32>().ok());
    let has_two = text.split_once('.').is_some_and(|(major, _)| major.bytes().all(|it| it.is_ascii_digit()));
    has_two.then(|| Some((numbers.next()??, numbers.next()??))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_tell_the_release() {
        for (image, cuda) in [
            ("nvidia/cuda:11.0-base", Some(Cuda(11, 0))),
            ("nvcr.io/nvidia/cuda:12.8.1-runtime-ubuntu24.04", Some(Cuda(12, 8))),
            ("pytorch/pytorch:2.0.1-cuda11.7-cudnn8-runtime", Some(Cuda(11, 7))),
            ("ghcr.io/example/server:v2-cu121", Some(Cuda(12, 1))),
            ("nvcr.io/nvidia/pytorch:22.10-py3", Some(Cuda(11, 8))),
            ("nvcr.io/nvidia/tritonserver:25.09-py3", Some(Cuda(13, 0))),
            ("nvcr.io/nvidia/pytorch:19.01-py3", None),
            ("tensorflow/tensorflow:2.11.0-gpu", Some(Cuda(11, 2))),
            ("tensorflow/tensorflow:2.11.0", None),
            ("python:3.12-slim", None),
            ("example/cuba:1.0-cuda", None),
        ] {
            assert_eq!(cuda_of(&ImageReference::parse(image).unwrap()), cuda, "{image}");
        }
    }

    #[test]
    fn cudnn_dropped_what_is_older_than_turing() {
        for (version, dropped) in [
            ("8.9.7.29", None),
            ("9.10.2.21", None),
            ("9.11.0.98", Some(("9.11".to_owned(), 75))),
            ("9.28.0.42", Some(("9.11".to_owned(), 75))),
            ("10.0.0.1", Some(("9.11".to_owned(), 75))),
        ] {
            assert_eq!(cudnn_dropped(version), dropped, "{version}");
        }
    }

    #[test]
    fn releases_have_the_gpus_of_their_time() {
        for (cuda, sm, fit) in [
            (Cuda(11, 0), 90, Fit::TooOld(Cuda(11, 8))),
            (Cuda(11, 7), 89, Fit::Slow(Cuda(11, 8))),
            (Cuda(10, 2), 86, Fit::TooOld(Cuda(11, 0))),
            (Cuda(12, 6), 100, Fit::TooOld(Cuda(12, 8))),
            (Cuda(12, 8), 103, Fit::Slow(Cuda(12, 9))),
            (Cuda(12, 0), 37, Fit::TooNew(11)),
            (Cuda(13, 0), 70, Fit::TooNew(12)),
            (Cuda(13, 0), 75, Fit::Good),
            (Cuda(9, 2), 75, Fit::Slow(Cuda(10, 0))),
            (Cuda(11, 8), 90, Fit::Good),
        ] {
            assert_eq!(cuda.fit(sm), fit, "{cuda:?} sm_{sm}");
        }
    }
}
