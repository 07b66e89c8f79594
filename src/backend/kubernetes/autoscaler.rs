//! HorizontalPodAutoscalers.

use super::emission::Emission;
use super::meta::Meta;
use crate::object::{Pairs, fields};
use crate::plan::{AUTOSCALE, Autoscaler, Run, ScaleMetric, Workload};
use crate::source::{At, Node, Origin};

pub(super) fn emit(workload: &Workload, out: &mut Emission<'_>) {
    let Some(scale) = workload.run.autoscale() else { return };
    let kind = if matches!(workload.run, Run::StatefulSet(_)) { "StatefulSet" } else { "Deployment" };
    let origin = scale.max.origin.by(AUTOSCALE);
    let spec = fields!(origin;
        "scaleTargetRef" => fields!(origin; "apiVersion" => "apps/v1", "kind" => kind, "name" => &workload.name),
        "minReplicas" => scale.min,
        "maxReplicas" => scale.max,
        "metrics" => metrics(scale, origin),
        "behavior" => fields!(origin;
            "scaleDown" => fields!(origin;
                "stabilizationWindowSeconds" => 300,
                "policies" => vec![fields!(origin; "type" => "Pods", "value" => 1, "periodSeconds" => 60)],
            ),
        ),
    );
    out.add("autoscaling/v2", "HorizontalPodAutoscaler", Meta::of(workload), fields!(origin; "spec" => spec));
}

fn metrics(scale: &Autoscaler, origin: Origin) -> Vec<Node> {
    scale.metrics.iter().map(|it| metric(it, origin)).collect()
}

fn metric(metric: &ScaleMetric, origin: Origin) -> Node {
    let resource = |name: &'static str, percent: &At<u32>| {
        let target = fields!(percent.origin; "type" => "Utilization", "averageUtilization" => percent);
        fields!(percent.origin; "type" => "Resource", "resource" => fields!(origin; "name" => name, "target" => target))
    };
    let target = |average: &At<u32>| {
        let value = average.map(|it| it.to_string());
        fields!(average.origin; "type" => "AverageValue", "averageValue" => value)
    };
    match metric {
        ScaleMetric::Cpu(percent) => resource("cpu", percent),
        ScaleMetric::Memory(percent) => resource("memory", percent),
        ScaleMetric::Pods { name, average } => {
            let pods =
                fields!(name.origin; "metric" => fields!(name.origin; "name" => name), "target" => target(average));
            fields!(name.origin; "type" => "Pods", "pods" => pods)
        }
        ScaleMetric::External { name, average, labels } => {
            let selector = (!labels.is_empty()).then(|| fields!(origin; "matchLabels" => Pairs(labels.clone())));
            let metric = fields!(name.origin; "name" => name, "selector" => selector);
            let external = fields!(name.origin; "metric" => metric, "target" => target(average));
            fields!(name.origin; "type" => "External", "external" => external)
        }
    }
}
