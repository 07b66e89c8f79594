//! What a build of Java verifies what it fetches by: checksums, and the wrapper's own.

use crate::plan::Lock;
use crate::plan::context::Context;
use crate::source::RelPath;

/// `gradle/verification-metadata.xml` (Gradle's manual, "Verifying dependencies").
pub(super) fn gradle(context: &Context<'_>, text: &str, lock: Lock) -> Lock {
    let is_on = text.contains("<sha256 ") && !text.contains("<verify-metadata>false");
    let folder = lock.path.parent();
    Lock { hashed: is_on && is_pinned(context, &folder, "wrapper/gradle-wrapper.properties"), ..lock }
}

/// `.mvn/checksums/checksums.sha256` (Maven Resolver, "Expected checksums").
pub(super) fn maven(context: &Context<'_>, text: &str, lock: Lock) -> Lock {
    let is_checksum = |line: &str| {
        let digits = line.split_whitespace().next().unwrap_or_default();
        digits.len() == 64 && digits.bytes().all(|it| it.is_ascii_hexdigit())
    };
    let mut lines = text.lines().filter(|it| !it.trim().is_empty()).peekable();
    let are_there = lines.peek().is_some() && lines.all(is_checksum);
    let folder = lock.path.parent().parent();
    Lock { hashed: are_there && is_pinned(context, &folder, "wrapper/maven-wrapper.properties"), ..lock }
}

/// Whether a wrapper knows what it fetches.
fn is_pinned(context: &Context<'_>, folder: &RelPath, properties: &str) -> bool {
    let text = folder.join(properties).ok().and_then(|it| context.files.text(&it).ok());
    text.is_some_and(|it| it.lines().any(|it| it.trim_start().starts_with("distributionSha256Sum=")))
}
