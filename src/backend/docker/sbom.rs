//! `sbom.cdx.json`: what goes into an image as far as the spec and the lock file say, without building it (CycloneDX 1.6).
//!
//! The packages of the lock file that the image gets, the packages of the distribution that the spec names, and the base
//! image by its digest. What is in the base image, and what a package of the distribution brings along, only a scan of
//! the built image can tell; so the document says of itself that it is incomplete. There is neither a time nor a serial
//! number in it: the same lock file always gives the same document.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use crate::object::fields;
use crate::plan::{Image, LockForm, Package, Recipe};
use crate::source::{Node, Origin};

pub(super) const NAME: &str = "sbom.cdx.json";

/// One thing that is in the image.
struct Component {
    /// Unique in the document.
    id: SmolStr,
    kind: &'static str,
    name: SmolStr,
    version: Option<SmolStr>,
    /// The package URL, where the thing has one.
    purl: Option<SmolStr>,
    /// Of the thing itself, in hexadecimal digits.
    hash: Option<SmolStr>,
    /// Of the files that it may be installed from.
    files: Vec<SmolStr>,
    by: Origin,
}

/// The bill of the image of this name.
pub(super) fn document(image: &Image, recipe: &Recipe) -> Node {
    let by = image.origin;
    let mut components = components(recipe, by);
    components.sort_by(|a, b| a.id.cmp(&b.id));
    components.dedup_by(|a, b| a.id == b.id);
    let ids: Vec<SmolStr> = components.iter().map(|it| it.id.clone()).collect();
    let lock = recipe
        .lock
        .as_ref()
        .map(|it| fields!(it.origin.or(by); "name" => "mlopsc:lock-file", "value" => it.path.to_smolstr()));
    let itself = fields!(by;
        "type" => "container",
        "bom-ref" => IMAGE,
        "name" => &image.repository,
        "version" => &image.tag,
        "properties" => lock.into_iter().collect::<Vec<_>>(),
    );
    fields!(by;
        "bomFormat" => "CycloneDX",
        "specVersion" => "1.6",
        "version" => 1_i64,
        "metadata" => fields!(by;
            "lifecycles" => vec![fields!(by; "phase" => "pre-build")],
            "tools" => fields!(by; "components" => vec![fields!(by; "type" => "application", "name" => "mlopsc")]),
            "component" => itself,
        ),
        "components" => components.into_iter().map(node).collect::<Vec<_>>(),
        "dependencies" => vec![fields!(by; "ref" => IMAGE, "dependsOn" => ids)],
        "compositions" => vec![fields!(by; "aggregate" => "incomplete", "assemblies" => vec![IMAGE])],
    )
}

/// The image itself in the document.
const IMAGE: &str = "image";

fn components(recipe: &Recipe, by: Origin) -> Vec<Component> {
    let mut components = vec![base(recipe)];
    for package in &recipe.system_packages {
        let (name, version) = package.split_once('=').map_or((package.as_str(), None), |(name, it)| (name, Some(it)));
        components.push(Component {
            id: format_smolstr!("system/{name}"),
            kind: "library",
            name: name.into(),
            version: version.map(SmolStr::new),
            purl: None,
            hash: None,
            files: Vec::new(),
            by: package.origin,
        });
    }
    if let Some(lock) = &recipe.lock {
        let by = lock.origin.or(by);
        let is_folder = |it: &Package| lock.members.iter().any(|member| member.name == it.name);
        let is_installed = |it: &Package| recipe.workspace.iter().any(|(_, name)| *name == it.name);
        for package in lock.packages.iter().filter(|it| !it.for_developers && !it.name.is_empty()) {
            match is_folder(package) {
                true if is_installed(package) => components.push(own(package, by)),
                // The project itself, which is in the image as files and not as a package.
                true => {}
                false => components.push(locked(lock.form, package, by)),
            }
        }
    }
    components
}

/// The base image, by what it is and not by where it comes from.
fn base(recipe: &Recipe) -> Component {
    let base = &recipe.base;
    let digest = base.reference.split_once('@').map(|(_, digest)| digest);
    let name = base.name.split_once('@').map_or(base.name.as_str(), |(name, _)| name);
    let slash = name.rfind('/').map_or(0, |it| it + 1);
    let (repository, tag) = match name[slash..].rfind(':') {
        Some(colon) => (&name[..slash + colon], Some(&name[slash + colon + 1..])),
        None => (name, None),
    };
    let version = digest.map(|it| format!("@{}", escaped(it))).unwrap_or_default();
    let tag_of = tag.map(|it| format!("&tag={}", escaped(it))).unwrap_or_default();
    let last = escaped(&repository[slash..]);
    let purl = format_smolstr!("pkg:oci/{last}{version}?repository_url={}{tag_of}", escaped(repository));
    Component {
        id: purl.clone(),
        kind: "container",
        name: repository.into(),
        version: tag.or(digest).map(SmolStr::new),
        purl: Some(purl),
        hash: digest.and_then(digits),
        files: Vec::new(),
        by: base.origin,
    }
}

fn locked(form: LockForm, package: &Package, by: Origin) -> Component {
    let kind = match form {
        LockForm::Requirements | LockForm::Uv | LockForm::Poetry | LockForm::Pipenv => "pypi",
        LockForm::Renv => "cran",
        LockForm::Npm => "npm",
        LockForm::Gradle | LockForm::Maven => "maven",
    };
    let name: Vec<String> = package.name.split('/').map(escaped).collect();
    let version = (!package.version.is_empty()).then(|| package.version.clone());
    let at = version.as_ref().map(|it| format!("@{}", escaped(it))).unwrap_or_default();
    let purl = format_smolstr!("pkg:{kind}/{}{at}", name.join("/"));
    let mut files: Vec<SmolStr> = package.hashes.iter().filter_map(|it| digits(it)).collect();
    files.sort();
    files.dedup();
    let (id, name) = (purl.clone(), package.name.clone());
    Component { id, kind: "library", name, version, purl: Some(purl), hash: None, files, by }
}

/// A folder of the project that is installed as a package.
fn own(package: &Package, by: Origin) -> Component {
    Component {
        id: format_smolstr!("project/{}", package.name),
        kind: "library",
        name: package.name.clone(),
        version: (!package.version.is_empty()).then(|| package.version.clone()),
        purl: None,
        hash: None,
        files: Vec::new(),
        by,
    }
}

fn node(it: Component) -> Node {
    let by = it.by;
    let hash = |it: SmolStr| fields!(by; "alg" => "SHA-256", "content" => it);
    let files: Vec<Node> = it.files.into_iter().map(hash).collect();
    // Which of the files is installed, depends on the platform.
    let distribution =
        (!files.is_empty()).then(|| fields!(by; "type" => "distribution", "url" => it.id.clone(), "hashes" => files));
    fields!(by;
        "type" => it.kind,
        "bom-ref" => it.id.clone(),
        "name" => it.name,
        "version" => it.version,
        "hashes" => it.hash.map(hash).into_iter().collect::<Vec<_>>(),
        "purl" => it.purl,
        "externalReferences" => distribution.into_iter().collect::<Vec<_>>(),
    )
}

/// The hexadecimal digits of a SHA-256.
fn digits(hash: &str) -> Option<SmolStr> {
    let digits = hash.strip_prefix("sha256:")?;
    (digits.len() == 64 && digits.bytes().all(|it| it.is_ascii_hexdigit())).then(|| digits.to_ascii_lowercase().into())
}

/// A part of a package URL.
fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// What stands in a package URL as `%` and its number (the specification of package URLs, "Character encoding").
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
