//! Images of the project whose digest in `mlops.lock` is of another build than what the spec and the files say now.
//!
//! Files are hashed for images that have a digest, and for no others.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::plan::{Built, Image, Inputs, definition};

pub(super) static CHECK: Check = Check { codes: &[&BUILD_OUTDATED], run };

static BUILD_OUTDATED: Code = Code {
    id: "build-outdated",
    severity: Severity::Note,
    explain: "\
### What it does
Names an image of the project whose digest in `mlops.lock` is of a build from other files than these, and one whose
digest is of another name or tag and therefore not used. It never changes the exit code: so it is between every change
and its build, and where a build is tried before it is promoted.

### Why it matters
Manifests name an image by its digest. With that of an earlier build they run the program as it was, with the settings
as they are; without one they name it by its tag, behind which anything may be.

### Use instead
A build of these files, and then what was built:
```sh
docker buildx bake --file deploy/staging/docker-bake.json --push --metadata-file built.json
mlopsc lock --built built.json --env staging
```
`mlopsc lock --check` ends with 1 until then, but not for what was promoted.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    let environment = case.resolved.name.as_str();
    for (name, built) in case.digests.built.get(environment).into_iter().flatten() {
        let Some(image) = case.plan.images.get(name.as_str()) else { continue };
        if let Some((message, key)) = fault(case, image, built) {
            let diagnostic =
                Diagnostic::new(&BUILD_OUTDATED, message).at(case.in_lock_file(&["built", environment, name, key]), "");
            sink.report(diagnostic.help(built.way_out(environment)));
        }
    }
}

/// What is wrong, and the key of the lock file that says so.
fn fault(case: &Case<'_>, image: &Image, built: &Built) -> Option<(String, &'static str)> {
    let (name, reference) = (&image.name, format!("{}:{}", image.repository, image.tag));
    if built.image != reference {
        let was = &built.image;
        return Some((
            format!("image `{name}` has no digest: the locked one is of `{was}`, not `{reference}`"),
            "image",
        ));
    }
    let now = definition(case.resolved, &Inputs::new(case.files, case.digests), image);
    (now != built.content)
        .then(|| (format!("the digest of image `{name}` is of a build from other files than these"), "content"))
}
