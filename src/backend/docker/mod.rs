//! Docker: a Dockerfile, its ignore file and a bill of materials for each image that the project builds, and a bake file
//! for all of them.
//!
//! The build context is the project's folder. The ignore file lets in what the Dockerfile copies and nothing else, so
//! that neither data nor secrets can get into it. Everything that needs a shell happens in stages before; the stage
//! `runtime` only copies. Labels follow from the spec alone, because two builds of the same tag should be the same image;
//! which commit it was built from is in the builder's provenance.
//!
//! # Two builds are one image
//!
//! Builds of the same files on the same bases, with the same packages, have the same digest, whoever builds, where and when.
//! A builder keeps the times of what it copies from another stage, so each stage gives files their time where it makes them:
//! 1970 to packages, to byte code and to whatever an installation of the distribution's packages left behind, and that of
//! `SOURCE_DATE_EPOCH` to the project's own files. A builder can do the same while it exports (`rewrite-timestamp=true`), but
//! the one inside a Docker engine refuses to for an image that it keeps or pushes. It costs one small step after a
//! changed line. A base needs `find`, `touch`, `sort` and `cksum` for it beside a shell. Packages that R builds from source
//! come without the pages of their manual, which would name the random folder that they were unpacked in.
//!
//! It ends where somebody else's program writes something else each time, and no exporter could mend that: a script of a
//! package of the distribution that makes a key, a step of the project's own, or a build of Maven or Gradle whose jars bear
//! its time (`project.build.outputTimestamp` of the pom; Gradle's `preserveFileTimestamps = false`). So it does where an
//! archive or an index does not give the same packages again: packages of the distribution are pinned by `name=version` or
//! by a mirror that stands still.
//!
//! Somebody's own Dockerfile stays where it is and as it is: the bake file points at it, and hands over the images that
//! are taken in place of those that it names (BuildKit's named contexts).
//!
//! # How large, and how long it takes
//!
//! One service (FastAPI, NumPy, pydicom) with one lock file, on stand-ins for base images; `cargo bench --bench images`
//! measures it again. Beside it stand the one-stage Dockerfile that most teams write, on the full image, and what BentoML
//! 1.4.39 generates, without BentoML's own package. A start is the fastest of 31, until the packages are imported; the first
//! start on a node is the fastest of 7, with the image loaded into an engine that has nothing else. The packages are copied
//! once more than in one stage, and byte code is made for the standard library, too.
//!
//! Measured on two cores with nothing else running; where others used them at the same time, a build without a cache took up
//! to 1.5 of one stage's, and a changed lock file up to 1.4 of BentoML's.
//!
//! | | size | no cache | changed line | changed lock file | start | first start |
//! |---|---|---|---|---|---|---|
//! | mlopsc | 230 MB | 11.4 s | 0.7 s | 4.9 s | 0.61 s | 3.0 s |
//! | one stage | 752 MB | 10.0 s | 9.9 s | 10.4 s | 0.66 s | 8.4 s |
//! | BentoML | 779 MB | 28.5 s | 0.7 s | 6.8 s | 0.64 s | 8.8 s |
//! | to one stage | 0.31 | 1.15 | 0.07 | 0.47 | 0.93 | 0.36 |
//! | to BentoML | 0.30 | 0.40 | 0.99 | 0.73 | 0.94 | 0.34 |
//!
//! The same service with PyTorch for CUDA 13, once, on a busy machine: 5.1 GB, nearly all of it packages, 341 s without a
//! cache, 1.7 s after a changed line. The one-stage build ran out of disk at 26 GB, so that there is no ratio.

mod bake;
mod dockerfile;
mod ignore;
mod program;
mod sbom;

use super::{Backend, Content, Emitted, Job, Later, path};
use crate::plan::{Image, Recipe};
use crate::spec::Language;

pub(super) static BACKEND: Backend = Backend {
    name: "docker",
    about: "a Dockerfile for each image, and a bake file that builds all of them",
    wanted: |plan| !plan.images.is_empty(),
    emit,
};

fn emit(job: &Job<'_>, emitted: &mut Emitted) {
    for image in job.plan.images.values() {
        let Some(recipe) = image.recipe() else { continue };
        let mut add = |file: &str, make| {
            let later = Later { name: image.name.value.clone(), origin: image.origin, make };
            emitted.later.push((path(format!("images/{}/{file}", image.name)), later));
        };
        add("Dockerfile", |job, image| {
            let (image, recipe) = of(job, image);
            let values = dockerfile::values(image, recipe, job.folder);
            job.blueprints.render("docker/Dockerfile.j2", values).map(Content::Text)
        });
        add("Dockerfile.dockerignore", |job, image| {
            let (image, recipe) = of(job, image);
            Ok(Content::Text(ignore::text(image, recipe, job.folder)))
        });
        add(sbom::NAME, |job, image| {
            let (image, recipe) = of(job, image);
            Ok(Content::Document(sbom::document(image, recipe)))
        });
        if recipe.lock.as_ref().is_some_and(|it| it.requirements.is_some()) {
            add(dockerfile::REQUIREMENTS, |job, image| Ok(Content::Text(requirements(of(job, image).1))));
        }
        if recipe.language == Language::Static {
            add(dockerfile::SITE, |job, image| {
                job.blueprints.render("docker/nginx.conf.j2", dockerfile::site(of(job, image).0)).map(Content::Text)
            });
        }
    }
    let origin = job.plan.identity.project.origin;
    let bake = Later { name: "".into(), origin, make: |job, _| Ok(Content::Document(bake::document(job))) };
    emitted.later.push((path("docker-bake.json"), bake));
}

/// The requirements that were made from a lock file of another form.
fn requirements(recipe: &Recipe) -> String {
    let lock = recipe.lock.as_ref().expect("internal error: requirements of no lock file");
    format!("# Made by mlopsc from {}.\n{}", lock.path, lock.requirements.as_deref().unwrap_or_default())
}

/// An image that the project builds.
fn of<'j>(job: &Job<'j>, name: &str) -> (&'j Image, &'j Recipe) {
    let image = &job.plan.images[name];
    (image, image.recipe().expect("internal error: an image that the project builds"))
}
