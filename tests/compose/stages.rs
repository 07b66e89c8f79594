//! Stages: the profiles of their runs, and what is handed to them.

use super::*;
use crate::support::judges::harness::tests;

tests!(
    each_run_has_a_profile,
    what_the_caller_says_stands_where_the_parameter_stands,
    a_parameter_keeps_no_other_command_from_running,
);

fn each_run_has_a_profile() {
    let emission = Emission::of(
        r#"
[stages.create]
entry = "tools.py"
when = "install"
[stages.fill]
entry = "tools.py"
after = ["create"]
when = "install"
[stages.migrate]
entry = "tools.py"
when = "upgrade"
"#,
    );
    emission.notes_once(&["`create` runs each time that the profile `install` does"]);
    let Some(model) = &emission.model else { return };
    let of = |name: &str, key: &str| names(&model["services"][name][key]).into_iter().next().map(str::to_owned);
    assert_eq!(of("fill", "profiles").as_deref(), Some("install"));
    assert_eq!(of("fill", "depends_on").as_deref(), Some("create"));
    assert_eq!(of("migrate", "profiles").as_deref(), Some("upgrade"));
    assert_eq!(of("migrate", "depends_on"), None);
}

fn what_the_caller_says_stands_where_the_parameter_stands() {
    let emission = Emission::of(
        r#"
[stages.measure]
entry = "tools.py"
params = { study = { default = "a \"b' c" }, slices = { type = "int", default = 32 } }
args = ["--study=${params.study}", "$5 ${HOME} ${params.slices}$", "$${params.study}"]
env = { LABEL = "$x ${params.slices}" }
results = ["dice"]
[stages.report]
entry = "tools.py"
args = ["${stages.measure.results.dice}."]
[stages.nightly]
entry = "tools.py"
schedule = "0 2 * * *"
params = { slices = { type = "int", default = 32 } }
args = ["${params.slices}"]
"#,
    );
    emission.notes_once(&["set `PARAM_MEASURE_SLICES` and `PARAM_MEASURE_STUDY` there"]);
    emission.notes_once(&["set `RESULT_MEASURE_DICE` there"]);
    emission.notes_once(&["hands no results on", "`measure`"]);
    let Some(model) = &emission.model else { return };
    let service = |name: &str| &model["services"][name];
    let args = json!(["--study=a \"b' c", "$5 ${HOME} 32$", "${params.study}"]);
    assert_eq!(service("measure")["command"], args);
    let variable = |name: &str| &service("measure")["environment"][name];
    assert_eq!(*variable("PARAM_SLICES"), "32");
    assert_eq!(*variable("LABEL"), "$x 32");
    assert_eq!(*variable("RESULTS_FILE"), "/dev/stdout");
    assert_eq!(service("report")["command"], json!(["."]));
    assert_eq!(service("nightly")["command"], json!(["32"]));
}

fn a_parameter_keeps_no_other_command_from_running() {
    let emission = Emission::of_unread(
        "[stages.measure]\nentry = \"tools.py\"\nparams = { study = { type = \"string\" } }\n\
        args = [\"${params.study}\"]\n",
    );
    let text = |pointer: &str| emission.tree().pointer(pointer).and_then(Node::as_str).map(str::to_owned);
    let reference = Some("${PARAM_MEASURE_STUDY:-}".to_owned());
    assert_eq!(text("/services/measure/command/0"), reference);
    assert_eq!(text("/services/measure/environment/PARAM_STUDY"), reference);
}
