//! Managed scaling, written out.

use super::super::managed_scaling::{ManagedScaling, ScalingTiming};
use super::{Writer, distribution, duration, word, words};

impl Writer {
    pub(super) fn scaling_timing(&mut self, timing: &ScalingTiming) {
        const PATH: &str = "timing.cluster_auto_scaling";
        self.table("[timing.cluster_auto_scaling]", PATH, PATH);
        self.entry("metric_phase", distribution(&timing.metric_phase));
        self.entry("alarm", distribution(&timing.alarm));
        self.entry("action", distribution(&timing.action));
    }

    /// Below the group's own table, whose path is `group`.
    pub(super) fn managed_scaling(&mut self, group: &str, scaling: &ManagedScaling) {
        self.table(
            "[capacity_provider.auto_scaling_group_provider.managed_scaling]",
            &format!("{group}.managed_scaling"),
            "auto_scaling_group_provider.managed_scaling",
        );
        self.entry("status", word(&words::STATUS, scaling.enabled));
        self.entry("target_capacity", scaling.target_capacity.to_string());
        self.entry("minimum_scaling_step_size", scaling.minimum_scaling_step_size.to_string());
        self.entry("maximum_scaling_step_size", scaling.maximum_scaling_step_size.to_string());
        self.entry("instance_warmup_period", duration(scaling.instance_warmup_period));
        let over_groups = word(&words::OVER_GROUPS, scaling.reservation_over_groups);
        self.entry("reservation_over_groups", over_groups);
        self.entry("scale_out_datapoints", scaling.scale_out_datapoints.to_string());
        self.entry("scale_in_datapoints", scaling.scale_in_datapoints.to_string());
        self.entry("scale_in_limit", word(&words::SCALE_IN_LIMITS, scaling.scale_in_limit));
        self.entry("scale_in_wait", duration(scaling.scale_in_wait));
    }
}
