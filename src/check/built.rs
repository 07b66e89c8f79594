//! Images of the project whose digest in `mlops.lock` is of another build than what the spec and the files say now.
//!
//! Files are hashed for images that have a digest, and for no others.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::plan::{Outdated, definition};

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
    for (name, built) in case.inputs.lock_file.digests.built.get(environment).into_iter().flatten() {
        let Some(image) = case.plan.images.get(name.as_str()) else { continue };
        let now = || definition(case.resolved, case.inputs, image);
        if let Some(Outdated { message, key }) = built.outdated(image, now) {
            let place = case.inputs.lock_file.spot(&["built", environment, name, key]);
            sink.report(Diagnostic::new(&BUILD_OUTDATED, message).at(place, "").help(built.way_out(environment)));
        }
    }
}
