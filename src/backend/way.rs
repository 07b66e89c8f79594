//! The way to an image: which Dockerfile, from which folder, and with what. Every target that builds says the same.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::Job;
use crate::plan::{Image, Making};
use crate::source::At;

/// What a builder is told.
pub(super) struct Way {
    /// The folder that is copied from.
    pub(super) context: At<SmolStr>,
    /// The Dockerfile, from there.
    pub(super) dockerfile: At<SmolStr>,
    pub(super) target: Option<At<SmolStr>>,
    pub(super) args: Vec<(SmolStr, At<SmolStr>)>,
    /// Images as the Dockerfile names them, and what is taken in their place.
    pub(super) contexts: Vec<(SmolStr, At<SmolStr>)>,
}

/// The way to an image, from a folder that leads back to the project's by `root`.
pub(super) fn way(job: &Job<'_>, image: &Image, root: &str) -> Way {
    let below = |path: &str| {
        let parts = [root, path].into_iter().filter(|it| !it.is_empty());
        let path = parts.collect::<Vec<_>>().join("/");
        if path.is_empty() { ".".to_smolstr() } else { path.to_smolstr() }
    };
    let proxy = job.plan.build_proxy.iter().cloned();
    match &image.making {
        Making::Recipe(_) => Way {
            context: At::new(below(""), image.origin),
            dockerfile: At::new(format_smolstr!("{}/images/{}/Dockerfile", job.folder, image.name), image.origin),
            target: Some(At::new("runtime".into(), image.origin)),
            args: proxy.collect(),
            contexts: Vec::new(),
        },
        Making::Dockerfile(own) => {
            let taken = |(name, image): &(SmolStr, SmolStr)| {
                (name.clone(), At::new(format_smolstr!("docker-image://{image}"), own.path.origin))
            };
            Way {
                context: own.context.clone().map(|it| below(it.as_str())),
                dockerfile: own.path.clone().map(|it| between(own.context.as_str(), it.as_str())),
                target: own.target.clone(),
                args: own.args.iter().cloned().chain(proxy).collect(),
                contexts: own.replaced.iter().map(taken).collect(),
            }
        }
    }
}

/// The way from one folder of the project to a file.
fn between(folder: &str, file: &str) -> SmolStr {
    let folders: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    let parts: Vec<&str> = file.split('/').collect();
    let common = folders.iter().zip(&parts[..parts.len() - 1]).take_while(|(a, b)| a == b).count();
    let up = vec![".."; folders.len() - common];
    up.into_iter().chain(parts[common..].iter().copied()).collect::<Vec<_>>().join("/").into()
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn a_dockerfile_is_found_from_its_context() {
        assert_eq!(between("docker/tools", "docker/tools/Dockerfile"), "Dockerfile");
        assert_eq!(between("", "docker/Dockerfile"), "docker/Dockerfile");
        assert_eq!(between("src", "docker/Dockerfile"), "../docker/Dockerfile");
        assert_eq!(between("a/b/c", "a/x"), "../../x");
    }
}
