//! `docker-bake.json`: all images in one build, `docker buildx bake --file deploy/<environment>/docker-bake.json` from
//! the project's folder.
//!
//! What the builder attests is set by variables of its environment. By default it says in short how an image was built
//! and from which commit, where it and the place that the image goes to can; what is asked for expressly, it refuses
//! where it cannot. `PROVENANCE=mode=max` asks for all of it. It holds times, so two builds of the same files have the same
//! digest only with `PROVENANCE=disabled=true`; nothing else is asked of the builder or of an output for that.
//! `SBOM=generator=<image>` lets the builder scan what it built with an image that it fetches; so without being asked there
//! is only the bill of materials beside the Dockerfile.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use crate::backend::{Job, way};
use crate::object::{Pairs, fields};
use crate::plan::Image;
use crate::source::{At, Node};

/// A list with what is asked for, and none of what is not. The words of buildx's own options are understood, too.
const ATTEST: &str = "${compact([PROVENANCE == \"\" ? \"\" : \"type=provenance,${lookup({\
    \"true\" = \"disabled=false\", \"false\" = \"disabled=true\", \"min\" = \"mode=min\", \"max\" = \"mode=max\"}, \
    PROVENANCE, PROVENANCE)}\", SBOM == \"\" ? \"\" : \"type=sbom,${lookup({\
    \"true\" = \"disabled=false\", \"false\" = \"disabled=true\"}, SBOM, SBOM)}\"])}";

/// The time at which an image was made, as it says itself, and that of the project's own files in it. The time of no commit,
/// as outside of a git repository, is as none.
const TIME: &str = "${SOURCE_DATE_EPOCH == \"\" ? \"0\" : SOURCE_DATE_EPOCH}";

pub(super) fn document(job: &Job<'_>) -> Node {
    let by = job.plan.identity.project.origin;
    let names: Vec<SmolStr> = job.plan.images.values().map(|it| it.name.value.clone()).collect();
    let targets = job.plan.images.values().map(|it| (it.name.value.clone(), target(job, it)));
    fields!(by;
        "variable" => fields!(by;
            "SOURCE_DATE_EPOCH" => fields!(by; "default" => "0"),
            "PROVENANCE" => fields!(by; "default" => ""),
            "SBOM" => fields!(by; "default" => ""),
        ),
        "group" => fields!(by; "default" => fields!(by; "targets" => names)),
        "target" => Pairs(targets.collect::<Vec<_>>()),
    )
}

fn target(job: &Job<'_>, image: &Image) -> Node {
    let by = image.origin;
    let secret = |(id, variable): &(At<SmolStr>, SmolStr)| format_smolstr!("id={id},env={variable}");
    let way = way(job, image, "");
    let literal_at = |it: At<SmolStr>| it.map(|it| literal(&it));
    let epoch = (SmolStr::new_static("SOURCE_DATE_EPOCH"), At::new(SmolStr::new_static(TIME), by));
    let args = way.args.into_iter().map(|(name, it)| (name, literal_at(it)));
    let contexts = way.contexts.into_iter().map(|(name, it)| (name, literal_at(it)));
    fields!(by;
        "context" => literal_at(way.context),
        "dockerfile" => literal_at(way.dockerfile),
        "target" => way.target,
        "tags" => vec![image.repository.clone().map(|it| format_smolstr!("{it}:{}", image.tag))],
        "contexts" => Pairs(contexts.collect::<Vec<_>>()),
        "args" => Pairs(std::iter::once(epoch).chain(args).collect::<Vec<_>>()),
        "attest" => ATTEST,
        "secret" => image.build_secrets().iter().map(secret).collect::<Vec<_>>(),
    )
}

/// Strings of a bake file are HCL templates: `${` and `%{` begin an expression unless they are doubled.
fn literal(text: &str) -> SmolStr {
    text.replace("${", "$${").replace("%{", "%%{").to_smolstr()
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn no_path_is_an_expression() {
        assert_eq!(literal("a/${HOME}/%{x}/$b"), "a/$${HOME}/%%{x}/$b");
    }
}
