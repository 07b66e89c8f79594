//! Weights of models beside the programs, which stay out of images unless the spec names them.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Image, Recipe, is_weights};

pub(super) static CHECK: Check = Check { codes: &[&WEIGHTS_LEFT_OUT], run };

static WEIGHTS_LEFT_OUT: Code = Code {
    id: "weights-left-out",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports files with the weights of a model in a folder that is copied into an image. They stay out of it.

### Why it matters
Weights are data: they may remember whom they were trained on, they are released apart from the program, and they make
each image of it larger by their size. A program that looks for them beside itself will not find them.

### Use instead
A dataset that the program has among its `inputs`. Where the weights belong into the image, name them:

```toml
[images.classifier]
weights = [\"weights/lung.onnx\"]
```
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for image in case.plan.images.values() {
        if let Some(recipe) = image.recipe() {
            left_out(case, image, recipe, sink);
        }
    }
}

fn left_out(case: &Case<'_>, image: &Image, recipe: &Recipe, sink: &mut Sink) {
    let is_named = |path: &str| recipe.weights.iter().any(|it| it == path);
    let found = recipe.found(case.inputs.files);
    let mut left = found.iter().filter(|it| is_weights(it) && !is_named(it.as_str()));
    let Some(first) = left.next() else { return };
    let message = match left.count() {
        0 => format!("`{first}` stays out of image `{}`", image.name),
        1 => format!("`{first}` and another file with weights stay out of image `{}`", image.name),
        more => format!("`{first}` and {more} other files with weights stay out of image `{}`", image.name),
    };
    let diagnostic = Diagnostic::new(&WEIGHTS_LEFT_OUT, message).at(Spot::key(image.origin), "copies their folder");
    let is_shared = case.spec().images.get(image.name.as_str()).is_some();
    let table = if is_shared { format!("images.{}", image.name) } else { "an image of [images]".to_owned() };
    sink.report(diagnostic.help(format!("mount them as a dataset, or name them in `weights` of {table}")));
}
