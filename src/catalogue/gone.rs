//! Images that are gone, abandoned or too old to run, with what took their place.

use crate::spec::ImageReference;

/// What became of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Why it cannot be used.
    pub why: &'static str,
    /// What to use instead.
    pub instead: &'static str,
}

enum Which {
    /// The path below the registry.
    Path(&'static str),
    /// Every path that begins so.
    Below(&'static str),
    /// The path, and a tag that begins so.
    Tag(&'static str, &'static str),
    /// The image of this name that Docker publishes.
    Official(&'static str),
    /// The same, with a tag that begins so.
    OfficialTag(&'static str, &'static str),
    /// The registry.
    Registry(&'static str),
}

use Which::{Below, Official, OfficialTag, Path, Registry, Tag};

const TABLE: &[(Which, &str, &str)] = &[
    (
        Path("minio/minio"),
        "MinIO ended its images and was deleted from Docker Hub in September 2026",
        "ghcr.io/chrislusf/seaweedfs:4.34, or an S3 store of the hospital",
    ),
    (
        Path("minio/mc"),
        "MinIO ended its images and was deleted from Docker Hub in September 2026",
        "ghcr.io/chrislusf/seaweedfs:4.34, or an S3 store of the hospital",
    ),
    (
        Below("bitnami/"),
        "versioned Bitnami images left the free catalogue in August 2025",
        "the project's own image, such as postgres:18.4-trixie",
    ),
    (
        Below("bitnamilegacy/"),
        "what moved here in August 2025 gets no fixes any more",
        "the project's own image, such as postgres:18.4-trixie",
    ),
    (
        Path("tiangolo/uvicorn-gunicorn-fastapi"),
        "its author has deprecated it",
        "`entry` with uvicorn in the lock file: one worker in each container, replicas through `autoscale`",
    ),
    (Path("tiangolo/uvicorn-gunicorn"), "its author has deprecated it", "`entry` with uvicorn in the lock file"),
    (Below("jupyter/"), "the Jupyter images are no longer published there", "quay.io/jupyter/…"),
    (Path("rstudio/rstudio-workbench"), "these images end with 2026", "ghcr.io/posit-dev/workbench"),
    (Registry("k8s.gcr.io"), "this registry is frozen since April 2023", "registry.k8s.io"),
    (
        Below("kubeflow-images-public/"),
        "KFServing and its images are gone",
        "the images of KServe and Kubeflow on ghcr.io",
    ),
    (
        Below("kfserving/"),
        "KFServing became KServe in 2021, and its images end there",
        "the image of the same name in docker.io/kserve",
    ),
    (Below("kaniko-project/"), "kaniko was archived in June 2025", "BuildKit without root (moby/buildkit), or Buildah"),
    (
        Below("kubernetes-ingress-controller/"),
        "this registry is frozen, and Ingress NGINX was retired in March 2026",
        "a controller of the Gateway API",
    ),
    (
        Below("ingress-nginx/"),
        "Ingress NGINX was retired in March 2026 and gets no fixes",
        "a controller of the Gateway API",
    ),
    (Below("google_containers/"), "this registry is frozen", "registry.k8s.io"),
    (
        Path("kubebuilder/kube-rbac-proxy"),
        "this registry was switched off in March 2025",
        "quay.io/brancz/kube-rbac-proxy",
    ),
    (Official("openjdk"), "Docker deprecated these images in 2022", "eclipse-temurin:21-jre"),
    (Official("adoptopenjdk"), "AdoptOpenJDK became Eclipse Temurin in 2021", "eclipse-temurin:21-jre"),
    (Official("vault"), "these images ended in 2023", "hashicorp/vault"),
    (Official("consul"), "these images ended in 2023", "hashicorp/consul"),
    (Path("jboss/keycloak"), "these images ended in 2022", "quay.io/keycloak/keycloak"),
    (Path("grafana/agent"), "Grafana Agent is out of support since November 2025", "grafana/alloy"),
    (Official("centos"), "CentOS Linux is out of support since 2024, and its images are deprecated", "almalinux:10"),
    (
        Tag("pytorch/pytorch", "1."),
        "PyTorch 1 has wheels for Python 3.9 and older only",
        "`base = \"pytorch\"` with torch in the lock file",
    ),
    (
        Tag("tensorflow/tensorflow", "2.6"),
        "TensorFlow 2.6 has wheels for Python 3.9 and older only",
        "`base = \"tensorflow\"` with tensorflow in the lock file",
    ),
    (
        Tag("tensorflow/tensorflow", "1."),
        "TensorFlow 1 is out of support since 2021",
        "`base = \"tensorflow\"` with tensorflow in the lock file",
    ),
    (OfficialTag("python", "2"), "Python 2 is out of support since 2020", "python:3.12-slim-trixie"),
];

/// What became of `image`, if it is gone.
#[must_use]
pub fn gone(image: &ImageReference) -> Option<Gone> {
    let path = image.path();
    let tag = image.tag().unwrap_or_default();
    let is = |which: &Which| match which {
        Path(it) => path == *it,
        Below(it) => path.starts_with(it),
        Tag(it, start) => path == *it && tag.starts_with(start),
        Official(it) => image.official() == Some(it),
        OfficialTag(it, start) => image.official() == Some(it) && tag.starts_with(start),
        Registry(it) => image.registry() == Some(it),
    };
    TABLE.iter().find(|(which, _, _)| is(which)).map(|(_, why, instead)| Gone { why, instead })
}
