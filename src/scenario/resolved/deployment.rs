//! Deployments and health checks, written out.

use super::super::deployment::DeploymentConfiguration;
use super::super::deployment_strategy::{DeploymentStrategy, Permille};
use super::super::reader::segment;
use super::super::spec::{Service, TaskDefinition};
use super::{Writer, duration, word, words};

impl Writer {
    /// The tables below a service.
    pub(super) fn deployment(&mut self, s: &Service) {
        let d = &s.deployment_configuration;
        let own = format!("service.{}", segment(&s.name));
        let table = |writer: &mut Self, name: &str| {
            let path = format!("{own}.{name}");
            writer.table(&format!("[service.{name}]"), &path, &format!("service.{name}"));
        };
        table(self, "deployment_configuration");
        self.entry("minimum_healthy_percent", d.minimum_healthy_percent.to_string());
        self.entry("maximum_percent", d.maximum_percent.to_string());
        self.entry("strategy", word(&words::STRATEGIES, d.strategy));
        if d.strategy != DeploymentStrategy::Rolling {
            self.entry("bake_time", duration(d.bake_time));
        }
        let breaker = &d.circuit_breaker;
        table(self, "deployment_configuration.deployment_circuit_breaker");
        self.entry("enable", breaker.enable.to_string());
        self.entry("rollback", breaker.rollback.to_string());
        self.entry("reset_on_healthy_task", breaker.reset_on_healthy_task.to_string());
        let name = "deployment_configuration.deployment_circuit_breaker.threshold_configuration";
        table(self, name);
        self.entry("type", word(&words::THRESHOLD_TYPES, breaker.threshold.kind));
        self.entry("value", breaker.threshold.value.to_string());
        self.steps(&own, d);
        if let Some(balancer) = &s.load_balancer {
            table(self, "load_balancer");
            let check = &balancer.health_check;
            self.entry("health_check_interval", duration(check.interval));
            self.entry("healthy_threshold", check.healthy_threshold.to_string());
            self.entry("unhealthy_threshold", check.unhealthy_threshold.to_string());
            self.entry("deregistration_delay", duration(balancer.deregistration_delay));
        }
        if let Some(protection) = &s.task_protection {
            table(self, "task_protection");
            self.entry("from", duration(protection.from));
            self.entry("expires_in", duration(protection.expires_in));
        }
    }

    /// What belongs to the strategy.
    fn steps(&mut self, own: &str, d: &DeploymentConfiguration) {
        let table = |writer: &mut Self, name: &str| {
            let name = format!("deployment_configuration.{name}");
            let path = format!("{own}.{name}");
            writer.table(&format!("[service.{name}]"), &path, &format!("service.{name}"));
        };
        match d.strategy {
            DeploymentStrategy::Rolling => {
                table(self, "early_success_criteria");
                self.entry("enable", d.early_success.is_some().to_string());
                if let Some(early) = &d.early_success {
                    self.entry("healthy_percent", early.healthy_percent.to_string());
                    let cleanup = word(&words::CLEANUPS, early.cleanup);
                    self.entry("source_service_revision_cleanup", cleanup);
                }
            }
            DeploymentStrategy::BlueGreen => {}
            DeploymentStrategy::Linear => {
                table(self, "linear_configuration");
                self.entry("step_percent", percent(d.linear.step_percent));
                self.entry("step_bake_time", duration(d.linear.step_bake_time));
            }
            DeploymentStrategy::Canary => {
                table(self, "canary_configuration");
                self.entry("canary_percent", percent(d.canary.canary_percent));
                self.entry("canary_bake_time", duration(d.canary.canary_bake_time));
            }
        }
    }

    /// The table below a task definition.
    pub(super) fn health_check(&mut self, d: &TaskDefinition) {
        let Some(check) = &d.health_check else { return };
        let path = format!("task_definition.{}.health_check", segment(&d.family));
        let parameter = "task_definition.health_check";
        self.table("[task_definition.health_check]", &path, parameter);
        self.entry("interval", duration(check.interval));
        self.entry("retries", check.unhealthy_threshold.to_string());
        self.entry("start_period", duration(check.start_period));
    }
}

/// Percent, with a tenth where there is one.
fn percent(share: Permille) -> String {
    match (share.0 / 10, share.0 % 10) {
        (whole, 0) => whole.to_string(),
        (whole, tenth) => format!("{whole}.{tenth}"),
    }
}
