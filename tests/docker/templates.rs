//! A project's own templates: block by block, or whole.

use super::{compiled, dockerfile, shown};
use crate::support::judges::harness::tests;

tests!(
    one_block_is_changed_and_the_others_stay,
    a_part_is_replaced_whole,
    another_template_is_another_image,
    mistakes_in_templates_are_reported_once_with_their_file,
);

const SPEC: &str = "[stages.train]\nentry = \"train.py\"\noutputs = [\"model\"]\n";

fn one_block_is_changed_and_the_others_stay() {
    let own = "{% extends \"mlopsc/docker/Dockerfile.j2\" %}\n{% block environment %}\n{{ super() }}\n\
        ENV TZ=\"Europe/London\"\n{% endblock %}\n";
    let before = dockerfile(SPEC, &[]);
    let after = dockerfile(SPEC, &[("blueprints/docker/Dockerfile.j2", own)]);
    let added: Vec<&str> = after.lines().filter(|it| !before.contains(it)).collect();
    assert_eq!(added, ["ENV TZ=\"Europe/London\""]);
    for line in before.lines() {
        assert!(after.contains(line), "{line} is gone");
    }
}

fn a_part_is_replaced_whole() {
    let own = "RUN python -m venv /venv\n";
    let after = dockerfile(SPEC, &[("blueprints/docker/pip.j2", own)]);
    assert!(after.contains(own) && !after.contains("pip install"), "{after}");
}

fn another_template_is_another_image() {
    let tag = |more: &[(&str, &str)]| {
        let spec = SPEC.to_owned();
        let text = format!("[project]\nname = \"demo\"\nregistry = \"registry.example.org/team\"\n{spec}");
        let text = format!("{text}[data.model]\nclass = \"public\"\nsize = \"1Gi\"\n");
        let files = [("mlops.toml", text.as_str()), ("train.py", ""), ("requirements.lock", "")];
        let compiled = crate::support::project::compile_memory(files.into_iter().chain(more.iter().copied()));
        let compiled = crate::support::project::must_compile(compiled);
        compiled.environments[0].plan.images["python"].tag.value.clone()
    };
    let own = [("blueprints/docker/pip.j2", "RUN true\n")];
    assert_ne!(tag(&[]), tag(&own));
    assert_eq!(tag(&[("README.md", "a")]), tag(&[("README.md", "b")]));
    assert_eq!(tag(&[("x/__pycache__/a", "a")]), tag(&[]));
}

fn mistakes_in_templates_are_reported_once_with_their_file() {
    let compiled = compiled(SPEC, &[("blueprints/docker/Dockerfile.j2", "{{ nothing }}\n")]);
    let text = shown(&compiled);
    assert!(text.contains("error[bad-template]"), "{text}");
    assert!(text.contains("blueprints/docker/Dockerfile.j2"), "{text}");
    assert_eq!(text.matches("error[").count(), 1, "{text}");
}
