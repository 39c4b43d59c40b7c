//! Service auto scaling, written out.

use super::super::reader::segment;
use super::super::service_scaling::{
    Monitoring, PolicyKind, PredictiveScaling, ScalableTarget, ScalingPolicy, ScheduledAction,
    ServiceScalingTiming, StepAdjustment, StepScaling, TargetTracking,
};
use super::super::spec::Scenario;
use super::{Writer, distribution, duration, float, text, word, words};

impl Writer {
    pub(super) fn service_scaling_timing(&mut self, timing: &ServiceScalingTiming) {
        const PATH: &str = "timing.service_auto_scaling";
        self.table("[timing.service_auto_scaling]", PATH, PATH);
        self.entry("metric_phase", distribution(&timing.metric_phase));
        self.entry("publication_delay", distribution(&timing.publication_delay));
        let high = distribution(&timing.publication_delay_high_resolution);
        self.entry("publication_delay_high_resolution", high);
        self.entry("action", distribution(&timing.action));
    }

    /// Targets, policies and scheduled actions.
    pub(super) fn service_scaling(&mut self, scenario: &Scenario) {
        scenario.scalable_targets.iter().for_each(|target| self.target(scenario, target));
        scenario.scaling_policies.iter().for_each(|policy| self.policy(scenario, policy));
        scenario.scheduled_actions.iter().for_each(|action| self.action(scenario, action));
    }

    fn target(&mut self, scenario: &Scenario, target: &ScalableTarget) {
        let service = name_of(scenario, target.service);
        self.item("scalable_target", service);
        self.entry("service", text(service));
        self.entry("min_capacity", target.min_capacity.to_string());
        self.entry("max_capacity", target.max_capacity.to_string());
    }

    fn policy(&mut self, scenario: &Scenario, policy: &ScalingPolicy) {
        self.item("scaling_policy", &policy.name);
        self.entry("name", text(&policy.name));
        self.entry("service", text(name_of(scenario, policy.service)));
        match &policy.kind {
            PolicyKind::TargetTracking(own) => self.target_tracking(own, &policy.name),
            PolicyKind::Step(own) => self.step_scaling(own, &policy.name),
            PolicyKind::Predictive(own) => self.predictive(own),
        }
    }

    fn target_tracking(&mut self, own: &TargetTracking, name: &str) {
        self.entry("policy_type", text("TargetTrackingScaling"));
        let customized = words::CUSTOMIZED.iter().any(|(_, metric)| *metric == own.metric);
        if !customized {
            self.entry("predefined_metric_type", word(&words::PREDEFINED, own.metric));
        }
        self.entry("target_value", float(own.target_value));
        self.entry("scale_out_cooldown", duration(own.scale_out_cooldown));
        self.entry("scale_in_cooldown", duration(own.scale_in_cooldown));
        self.entry("disable_scale_in", own.disable_scale_in.to_string());
        self.entry("scale_out_datapoints", own.scale_out_datapoints.to_string());
        self.entry("scale_in_datapoints", own.scale_in_datapoints.to_string());
        self.entry("scale_in_band_percent", float(own.scale_in_band_percent));
        if customized {
            let key = "customized_metric_specification";
            let path = format!("scaling_policy.{}.{key}", segment(name));
            let header = format!("[scaling_policy.{key}]");
            self.table(&header, &path, &format!("scaling_policy.{key}"));
            self.entry("metric_name", word(&words::CUSTOMIZED, own.metric));
        }
    }

    fn step_scaling(&mut self, own: &StepScaling, name: &str) {
        self.entry("policy_type", text("StepScaling"));
        self.entry("adjustment_type", word(&words::ADJUSTMENTS, own.adjustment_type));
        self.list_if("step_adjustments", own.step_adjustments.iter().map(step));
        self.entry("min_adjustment_magnitude", own.min_adjustment_magnitude.to_string());
        let aggregation = word(&words::AGGREGATIONS, own.metric_aggregation_type);
        self.entry("metric_aggregation_type", aggregation);
        self.entry("cooldown", duration(own.cooldown));
        let path = format!("scaling_policy.{}.alarm", segment(name));
        self.table("[scaling_policy.alarm]", &path, "scaling_policy.alarm");
        let alarm = &own.alarm;
        self.entry("metric", word(&words::METRICS, alarm.metric.metric));
        self.entry("threshold", float(alarm.threshold));
        self.entry("comparison_operator", word(&words::COMPARISONS, alarm.comparison));
        self.entry("period", duration(alarm.period));
        self.entry("evaluation_periods", alarm.evaluation_periods.to_string());
        self.entry("datapoints_to_alarm", alarm.datapoints_to_alarm.to_string());
    }

    fn predictive(&mut self, own: &PredictiveScaling) {
        self.entry("policy_type", text("PredictiveScaling"));
        self.entry("predefined_metric_pair", word(&words::PAIRS, own.metric));
        self.entry("target_value", float(own.target_value));
        self.entry("mode", word(&words::MODES, own.scales));
        self.entry("scheduling_buffer_time", duration(own.scheduling_buffer_time));
        let increases = own.increase_max_capacity.is_some();
        self.entry("max_capacity_breach_behavior", word(&words::BREACH_BEHAVIORS, increases));
        let buffer = own.increase_max_capacity.map(|percent| percent.to_string());
        self.entry_if("max_capacity_buffer", buffer);
    }

    fn action(&mut self, scenario: &Scenario, action: &ScheduledAction) {
        self.item("scheduled_action", &action.name);
        self.entry("name", text(&action.name));
        self.entry("service", text(name_of(scenario, action.service)));
        if let Some(schedule) = &action.schedule {
            self.entry("schedule_expression", text(schedule.expression.text()));
            self.entry("schedule_expression_timezone", text(schedule.zone.name()));
        }
        self.entry_if("min_capacity", action.min_capacity.map(|count| count.to_string()));
        self.entry_if("max_capacity", action.max_capacity.map(|count| count.to_string()));
    }
}

fn name_of(scenario: &Scenario, service: usize) -> &str {
    scenario.services.get(service).map_or("", |service| &service.name)
}

fn step(step: &StepAdjustment) -> String {
    let bound = |key: &str, bound: Option<f64>| {
        bound.map_or_else(String::new, |bound| format!("{key} = {}, ", float(bound)))
    };
    format!(
        "{{ {}{}scaling_adjustment = {} }}",
        bound("metric_interval_lower_bound", step.lower),
        bound("metric_interval_upper_bound", step.upper),
        step.adjustment
    )
}

/// The metrics that come every 20 seconds, if any.
pub(super) fn monitoring(own: Monitoring) -> Option<String> {
    let names = [("\"CPUUtilization\"", own.cpu), ("\"MemoryUtilization\"", own.memory)];
    let names: Vec<&str> =
        names.into_iter().filter(|(_, high)| *high).map(|(name, _)| name).collect();
    (!names.is_empty()).then(|| {
        format!(
            "{{ metric_configurations = [{{ metric_names = [{}], resolution_seconds = 20 }}] }}",
            names.join(", ")
        )
    })
}
