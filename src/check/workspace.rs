//! Folders of a uv workspace: those that the spec names against those that the lock file knows.

use super::case::listed;
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Lock, LockForm};
use crate::source::At;
use crate::spec::{FilePath, nearest};

pub(super) static CHECK: Check = Check { codes: &[&WORKSPACE_MISMATCH], run };

static WORKSPACE_MISMATCH: Code = Code {
    id: "workspace-mismatch",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a `workspace` without an `uv.lock`, a folder in it that the lock file does not know, a folder that one of them
needs and that is not in it, and a lock file with folders of the project where there is no `workspace` at all.

### Why it matters
Only the folders that are named are copied into the build: what another one brings would be missing, and the build or
the program would fail.

### Use instead
`workspace` with the folder of each member that the programs of the image need, and `uv lock` after a change.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for image in case.plan.images.values() {
        let Some(recipe) = image.recipe() else { continue };
        let said = case.spec().images.get(image.name.as_str());
        let folders: &[At<FilePath>] = said.map(|it| it.workspace.as_slice()).unwrap_or_default();
        match recipe.lock.as_ref().filter(|it| it.form == LockForm::Uv) {
            Some(lock) if !folders.is_empty() => compare(lock, folders, sink),
            Some(lock) => unnamed(lock, Spot::key(image.origin), sink),
            None => {
                if let Some(first) = folders.first() {
                    let message = format!("image `{}` has a workspace, and no `uv.lock`", image.name);
                    let diagnostic = Diagnostic::new(&WORKSPACE_MISMATCH, message).at(first, "locked by nothing");
                    sink.report(diagnostic.help("`uv lock` makes one; name it with `lock`"));
                }
            }
        }
    }
}

fn compare(lock: &Lock, folders: &[At<FilePath>], sink: &mut Sink) {
    let of = |name: &str| lock.members.iter().find(|it| lock.folder_of(it).is_some_and(|it| it.as_str() == name));
    let known: Vec<String> = lock.members.iter().filter_map(|it| lock.folder_of(it)).map(|it| it.to_string()).collect();
    for folder in folders {
        let Some(member) = of(folder) else {
            let message = format!("`{}` does not know the folder `{folder}`", lock.path);
            let diagnostic = Diagnostic::new(&WORKSPACE_MISMATCH, message).at(folder, "no member of the workspace");
            let known = known.iter().map(String::as_str).filter(|it| *it != ".");
            sink.report(match nearest(folder, known.clone()) {
                Some(near) => diagnostic.did_you_mean_text(folder, Some(near)),
                None => diagnostic.help(format!("it knows {}", listed(known))),
            });
            continue;
        };
        for needed in lock.members.iter().filter(|it| member.needs.contains(&it.name)) {
            let Some(path) = lock.folder_of(needed) else { continue };
            if !folders.iter().any(|it| it.as_str() == path.as_str()) {
                let message = format!("`{folder}` needs `{path}`, which `workspace` does not name");
                let diagnostic = Diagnostic::new(&WORKSPACE_MISMATCH, message).at(folder, "needs it");
                sink.report(diagnostic.help(format!("add \"{path}\"")));
            }
        }
    }
}

/// A lock file of one project knows that project alone.
fn unnamed(lock: &At<Lock>, user: Spot, sink: &mut Sink) {
    let others = lock.members.iter().map(|it| it.folder.as_str()).filter(|it| *it != ".");
    let others: Vec<&str> = others.collect();
    if !others.is_empty() {
        let message = format!("`{}` locks folders of the project, and none of them is named", lock.path);
        let place = if lock.origin.node.is_some() { Spot::value(lock.origin) } else { user };
        let diagnostic = Diagnostic::new(&WORKSPACE_MISMATCH, message).at(place, "");
        let help = "name those that the programs need in `workspace` of an image";
        sink.report(diagnostic.help(format!("{help}: {}", listed(others))));
    }
}
