//! `docker-bake.json`: all images in one build, `docker buildx bake --file deploy/<environment>/docker-bake.json` from
//! the project's folder.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use crate::backend::Job;
use crate::object::{Pairs, fields};
use crate::plan::Image;
use crate::source::{At, Node, Origin};

/// The time that files in the images bear, so that two builds of the same files are the same image.
const EPOCH: &str = "SOURCE_DATE_EPOCH";

pub(super) fn document(job: &Job<'_>) -> Node {
    let by = job.plan.identity.project.origin;
    let names: Vec<SmolStr> = job.plan.images.values().map(|it| it.name.value.clone()).collect();
    let targets = job.plan.images.values().map(|it| (it.name.value.clone(), target(job, it)));
    fields!(by;
        "variable" => named(by, EPOCH, fields!(by; "default" => "0")),
        "group" => fields!(by; "default" => fields!(by; "targets" => names)),
        "target" => Pairs(targets.collect::<Vec<_>>()),
    )
}

fn target(job: &Job<'_>, image: &Image) -> Node {
    let by = image.origin;
    let secret = |(id, variable): &(At<SmolStr>, SmolStr)| format_smolstr!("id={id},env={variable}");
    fields!(by;
        "context" => ".",
        "dockerfile" => literal(&format!("{}/images/{}/Dockerfile", job.folder, image.name)),
        "target" => "runtime",
        "tags" => vec![image.repository.clone().map(|it| format_smolstr!("{it}:{}", image.tag))],
        "args" => named(by, EPOCH, Node::new(SmolStr::new(format!("${{{EPOCH}}}")), by)),
        "secret" => image.recipe.build_secrets.iter().map(secret).collect::<Vec<_>>(),
    )
}

/// Strings of a bake file are HCL templates: `${` and `%{` begin an expression unless they are doubled.
fn literal(text: &str) -> SmolStr {
    text.replace("${", "$${").replace("%{", "%%{").to_smolstr()
}

fn named(by: Origin, name: &'static str, value: Node) -> Node {
    let mut map = crate::source::Map::new();
    map.push(SmolStr::new_static(name), value);
    Node::new(map, by)
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn no_path_is_an_expression() {
        assert_eq!(literal("a/${HOME}/%{x}/$b"), "a/$${HOME}/%%{x}/$b");
    }
}
