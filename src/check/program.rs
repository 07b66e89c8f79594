//! Whether every stage, service and init step has a program to run.

use super::{Case, Check};
use crate::catalogue::named_base;
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::source::Origin;
use crate::spec::{Image, Language, Name};

pub(super) static CHECK: Check =
    Check { codes: &[&NO_PROGRAM, &TWO_PROGRAMS, &USELESS_BUILD_KEY, &OTHER_LANGUAGE], run };

static NO_PROGRAM: Code = Code {
    id: "no-program",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a stage, service or init step without `entry` and without `image`, and an image of Java without an `entry` that
says what to build.

### Use instead
`entry = \"train.py\"` for a program of the project, `image = \"postgres:18.4-trixie\"` for a ready-made one. With
`image = { use = \"…\" }` a `command` or an `entry` says what is run in it.
",
};

static TWO_PROGRAMS: Code = Code {
    id: "two-programs",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a workload with both a ready-made `image` and an `entry` of the project, or with both forms of `image`; and an
`entry` beside an image with a `dockerfile` of its own.

### Why it matters
A ready-made image does not have the project's files in it, and what somebody's own Dockerfile copies only it knows.

### Use instead
One of the two; or `image = { use = \"…\" }` for an image of [images], which takes an `entry`.
",
};

static USELESS_BUILD_KEY: Code = Code {
    id: "useless-build-key",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a key about how an image is built (`base`, `lock`, `python`, `system-packages`, `language`) beside a ready-made
image, or beside `image = { use = \"…\" }`, whose table in [images] says that; in [images] the same beside `dockerfile`,
and `target`, `context` or `args` without one; and `tag` without `use`.

### Why it matters
It would have no effect.
",
};

static OTHER_LANGUAGE: Code = Code {
    id: "entry-in-other-language",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an `entry` whose ending is of another language than the image that runs it: a `.py` with `language = \"r\"`, or a
`.R` on a base for Python.

### Why it matters
The image would hand the file to the wrong interpreter, and have the packages of the other language.

### Example
```toml
[stages.train]
entry = \"train.py\"
language = \"r\"
```

### Use instead
No `language`: the ending says it.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for program in case.programs() {
        let it = program.workload;
        let image = it.image.as_ref();
        let ready_made = image.and_then(|it| it.reference.as_ref());
        let shared = image.and_then(|it| it.shared.as_ref());
        let key = Spot::key(program.origin);
        if let Some(image) = image.filter(|_| ready_made.is_none() && shared.is_none()) {
            let diagnostic = Diagnostic::new(&NO_PROGRAM, format!("`image` of `{}` names no image", program.path));
            sink.report(diagnostic.at(image.origin, "neither `ref` nor `use`"));
        } else if image.is_none() && it.entry.is_none() {
            let diagnostic = Diagnostic::new(&NO_PROGRAM, format!("`{}` has no program", program.path));
            sink.report(diagnostic.at(key, "neither `entry` nor `image`"));
        } else if shared.is_some_and(|it| !has_own_dockerfile(case, it)) && it.entry.is_none() && it.command.is_empty()
        {
            let diagnostic =
                Diagnostic::new(&NO_PROGRAM, format!("`{}` has an image, and nothing to run in it", program.path));
            sink.report(diagnostic.at(key, "neither `entry` nor `command`"));
        }
        if let (Some(reference), Some(entry)) = (ready_made, &it.entry) {
            let diagnostic =
                Diagnostic::new(&TWO_PROGRAMS, format!("`{}` has a ready-made image and an entry", program.path));
            sink.report(diagnostic.at(entry, "not in that image").at(reference, "the image"));
        }
        if let (Some(reference), Some(shared)) = (ready_made, shared) {
            let message = format!("`{}` has a ready-made image and one of [images]", program.path);
            let diagnostic = Diagnostic::new(&TWO_PROGRAMS, message);
            sink.report(diagnostic.at(shared, "one of [images]").at(reference, "the ready-made one"));
        }
        if ready_made.is_none() {
            other_language(case, &program, sink);
        }
        if let (Some(entry), Some(shared)) = (&it.entry, shared.filter(|it| has_own_dockerfile(case, it))) {
            let message = format!("`{}` has an entry, and an image with a Dockerfile of its own", program.path);
            let diagnostic = Diagnostic::new(&TWO_PROGRAMS, message).at(entry, "nobody copies it there");
            let diagnostic = diagnostic.at(shared, "made by its own Dockerfile");
            sink.report(diagnostic.help("say with `command` what is run in it"));
        }
        if let Some(image) = image {
            useless(&program, image.origin, sink);
        }
        if let (Some(tag), None) = (image.and_then(|it| it.tag.as_ref()), shared) {
            let message = format!("`{}` names a tag, and no image of [images]", program.path);
            let diagnostic = Diagnostic::new(&USELESS_BUILD_KEY, message).at(Spot::key(tag.origin), "has no effect");
            sink.report(diagnostic.help("`{ use = \"…\", tag = \"…\" }`, or the tag in the reference itself"));
        }
    }
    for (name, image) in &case.spec().images {
        useless_in_image(name, image, sink);
        let is_static = case.plan.images.get(name.as_str()).and_then(|it| it.recipe());
        let java = case.plan.images.get(name.as_str()).filter(|it| it.entries.is_empty());
        if let Some(java) = java.filter(|it| it.recipe().is_some_and(|it| it.language == Language::Java)) {
            let message = format!("`images.{name}` is of Java, and nothing says what to build");
            let diagnostic = Diagnostic::new(&NO_PROGRAM, message).at(Spot::key(java.origin), "no `entry` uses it");
            sink.report(diagnostic.help("name the build file, `entry = \"router/pom.xml\"`, where the program is"));
        }
        let packages = image.system_packages.first();
        if let Some(first) = packages.filter(|_| is_static.is_some_and(|it| it.language == Language::Static)) {
            let message = format!("`images.{name}` names packages, and serves pages, which need none");
            let diagnostic = Diagnostic::new(&USELESS_BUILD_KEY, message);
            sink.report(diagnostic.at(first, "has no effect"));
        }
    }
}

fn has_own_dockerfile(case: &Case<'_>, image: &Name) -> bool {
    case.spec().images.get(image.as_str()).is_some_and(|it| it.dockerfile.is_some())
}

/// An image has a Dockerfile of ours, or one of its own.
fn useless_in_image(name: &Name, image: &Image, sink: &mut Sink) {
    let own: [(&str, Option<Origin>); 3] = [
        ("target", image.target.as_ref().map(|it| it.origin)),
        ("context", image.context.as_ref().map(|it| it.origin)),
        ("args", image.args.values().next().map(|it| it.origin)),
    ];
    let ours = [
        ("language", image.language.map(|it| it.origin)),
        ("base", image.base.as_ref().map(|it| it.origin)),
        ("python", image.python.as_ref().map(|it| it.origin)),
        ("lock", image.lock.as_ref().map(|it| it.origin)),
        ("system-packages", image.system_packages.first().map(|it| it.origin)),
        ("java", image.java.as_ref().map(|it| it.origin)),
        ("node", image.node.as_ref().map(|it| it.origin)),
        ("workspace", image.workspace.first().map(|it| it.origin)),
        ("weights", image.weights.first().map(|it| it.origin)),
        ("run", image.run.first().map(|it| it.origin)),
    ];
    let report = |key: &str, origin: Origin, why: &str, dockerfile: Option<Origin>, sink: &mut Sink| {
        let message = format!("`images.{name}` says with `{key}` {why}");
        let diagnostic = Diagnostic::new(&USELESS_BUILD_KEY, message).at(Spot::key(origin), "has no effect");
        sink.report(diagnostic.at(dockerfile.unwrap_or_default(), "says how it is built"));
    };
    let said = |keys: &[(&'static str, Option<Origin>)]| -> Vec<(&'static str, Origin)> {
        keys.iter().filter_map(|(key, origin)| Some((*key, (*origin)?))).collect()
    };
    match &image.dockerfile {
        Some(dockerfile) => said(&ours).into_iter().for_each(|(key, origin)| {
            report(key, origin, "what its own Dockerfile says", Some(dockerfile.origin), sink);
        }),
        None => said(&own).into_iter().for_each(|(key, origin)| {
            report(key, origin, "how a Dockerfile is built that it does not name", None, sink);
        }),
    }
}

/// The language that an image is said to be for, against the ending of the file that it runs.
fn other_language(case: &Case<'_>, program: &super::case::Program<'_>, sink: &mut Sink) {
    let it = program.workload;
    let Some(entry) = &it.entry else { return };
    let ending = match entry.rsplit_once('.') {
        Some((_, "py")) => Language::Python,
        Some((_, "R" | "r")) => Language::R,
        _ => return,
    };
    let shared = it.image.as_ref().and_then(|it| case.spec().images.get(it.shared.as_ref()?.as_str()));
    let base = it.base.as_ref().or_else(|| shared?.base.as_ref());
    let language = it.language.or_else(|| shared?.language).map(|it| (it.value, it.origin));
    let said = language.or_else(|| base.and_then(|it| Some((named_base(it)?.language, it.origin))));
    if let Some((_, origin)) = said.filter(|(language, _)| *language != ending) {
        let (is, runs) = if ending == Language::R { ("R", "Python") } else { ("Python", "R") };
        let message = format!("`{}` would run a file of {is} with {runs}", program.path);
        let diagnostic = Diagnostic::new(&OTHER_LANGUAGE, message).at(entry, format!("a file of {is}"));
        sink.report(diagnostic.at(origin, format!("an image for {runs}")));
    }
}

fn useless(program: &super::case::Program<'_>, image: Origin, sink: &mut Sink) {
    let it = program.workload;
    let keys = [
        ("base", it.base.as_ref().map(|it| it.origin)),
        ("lock", it.lock.as_ref().map(|it| it.origin)),
        ("python", it.python.as_ref().map(|it| it.origin)),
        ("language", it.language.map(|it| it.origin)),
        ("system-packages", it.system_packages.first().map(|it| it.origin)),
    ];
    for (key, origin) in keys {
        if let Some(origin) = origin {
            let message = format!("`{}` says with `{key}` how an image is built that it does not build", program.path);
            let diagnostic = Diagnostic::new(&USELESS_BUILD_KEY, message).at(Spot::key(origin), "has no effect");
            sink.report(diagnostic.at(image, "this image is made elsewhere"));
        }
    }
}
