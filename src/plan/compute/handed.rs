//! What is handed to stages: parameters from whoever starts them, and results from those before them.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use crate::plan::context::Context;
use crate::plan::{
    EnvSource, EnvVar, Given, PARAMS, ParamPlan, RESULTS, Run, caller_variable, param_variable, result_variable,
};
use crate::source::{At, Origin};
use crate::spec::{self, Reference, references};

/// The parameters of a stage.
pub(super) fn params(stage: &str, written: &spec::Workload) -> Vec<ParamPlan> {
    let param = |(name, param): (&spec::Name, &At<spec::Param>)| ParamPlan {
        name: name.to_smolstr(),
        variable: param_variable(name),
        caller: caller_variable(stage, name),
        kind: param.kind.map(|it| it.value).unwrap_or_default(),
        default: param.default.as_ref().map(|it| At::new(it.text(), it.origin)),
        origin: param.origin,
    };
    written.params.by_key().map(param).collect()
}

/// The variables that hold the parameters of a stage. What starts by the clock gets what it does not say otherwise,
/// because there is nobody to say it.
pub(super) fn param_variables(stage: &str, written: &spec::Workload, run: &Run) -> Vec<EnvVar> {
    let by_clock = matches!(run, Run::CronJob(cron) if cron.on_demand.is_none()) || matches!(run, Run::StatefulSet(_));
    let map = params_map(stage);
    let var = |it: ParamPlan| {
        let origin = it.origin.by(PARAMS);
        let given = || {
            let default = it.default.as_ref().map(|it| it.value.clone());
            let key = At::new(it.name.clone(), origin);
            EnvSource::Given(Given { map: map.clone(), key, caller: it.caller.clone(), default })
        };
        let fixed = it.default.clone().filter(|_| by_clock).map(|it| EnvSource::Text(it.by(PARAMS)));
        EnvVar { name: it.variable.clone(), value: fixed.unwrap_or_else(given), origin }
    };
    params(stage, written).into_iter().map(var).collect()
}

/// The variables that hold the results of other stages which the texts of a program name.
pub(super) fn result_variables(context: &Context<'_>, program: &spec::Workload) -> Vec<EnvVar> {
    let mut vars: Vec<EnvVar> = Vec::new();
    for text in program.phrases() {
        for reference in references(text).filter_map(Reference::parse) {
            let Reference::Result { stage, name } = reference else { continue };
            let known =
                context.spec.stages.get(stage).is_some_and(|it| it.results.iter().any(|it| it.as_str() == name));
            let variable = result_variable(stage, name);
            if known && vars.iter().all(|it| it.name != variable) {
                vars.push(result(stage, name, variable, text.origin.by(RESULTS)));
            }
        }
    }
    vars
}

fn result(stage: &str, name: &str, variable: SmolStr, origin: Origin) -> EnvVar {
    let given = Given {
        map: results_map(stage),
        key: At::new(name.into(), origin),
        caller: variable.clone(),
        default: Some(SmolStr::default()),
    };
    EnvVar { name: variable, value: EnvSource::Given(given), origin }
}

fn params_map(stage: &str) -> SmolStr {
    format_smolstr!("{stage}-params")
}

fn results_map(stage: &str) -> SmolStr {
    format_smolstr!("{stage}-results")
}
