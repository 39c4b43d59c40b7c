//! `[[fault]]` written out.

use super::fault::{Fault, FaultKind, FaultScope, Share, Slowness};
use super::read::words;
use super::resolved::{Writer, duration, float, percent, text, word};
use crate::units::SimDuration;

impl Writer {
    pub(super) fn fault(&mut self, fault: &Fault) {
        self.item("fault", &fault.name);
        self.entry("name", text(&fault.name));
        self.entry("kind", text(fault.kind.name()));
        self.entry("start", duration(fault.start));
        self.entry_if("end", fault.end.map(duration));
        self.scope(&fault.scope);
        self.fault_kind(&fault.kind);
    }

    fn scope(&mut self, scope: &FaultScope) {
        self.entry_if("availability_zone", scope.availability_zone.as_deref().map(text));
        self.entry_if("instance_type", scope.instance_type.as_deref().map(text));
        self.entry_if("capacity_provider", scope.capacity_provider.as_deref().map(text));
        let bought = scope.purchase_option.map(|option| text(option.name()));
        self.entry_if("purchase_option", bought);
        self.entry_if("service", scope.service.as_deref().map(text));
        self.entry_if("image", scope.image.as_deref().map(text));
    }

    fn fault_kind(&mut self, kind: &FaultKind) {
        match kind {
            FaultKind::AzOutage { instances, detected_after } => {
                self.entry("instances", word(&words::STRANDED, *instances));
                self.entry("detected_after", duration(*detected_after));
            }
            FaultKind::AzDegradation { launch_failure_probability, factor_ppm } => {
                self.entry("launch_failure_probability", float(*launch_failure_probability));
                self.entry("factor", millionths(*factor_ppm));
            }
            FaultKind::InsufficientCapacity { probability } => self.probability(*probability),
            FaultKind::SpotStorm { share, window } => {
                self.share(*share);
                self.entry("window", duration(*window));
            }
            FaultKind::SlowBoot { factor_ppm, probability } => {
                self.entry("factor", millionths(*factor_ppm));
                self.probability(*probability);
            }
            FaultKind::DeadBoot { stuck_in, probability, health_timeout } => {
                self.entry("stuck_in", word(&words::STUCK_IN, *stuck_in));
                self.probability(*probability);
                self.entry("health_timeout", duration(*health_timeout));
            }
            FaultKind::AgentDisconnect { share }
            | FaultKind::RebalanceRecommendation { share }
            | FaultKind::InstanceTerminated { share } => self.share(*share),
            FaultKind::ImagePullFailure { probability, fails_after } => {
                self.probability(*probability);
                self.entry("fails_after", duration(*fails_after));
            }
            FaultKind::SlowRegistry(Slowness::Factor(factor)) => {
                self.entry("factor", millionths(*factor));
            }
            FaultKind::SlowRegistry(Slowness::BytesPerSecond(rate)) => {
                self.entry("mb_per_second", millionths(*rate));
            }
            FaultKind::EniAttachFailure { probability, cause, timeout } => {
                self.probability(*probability);
                self.entry("cause", word(&words::ENI_FAILURES, *cause));
                self.entry("timeout", duration(*timeout));
            }
            FaultKind::SubnetOutOfAddresses { available_ip_address_count } => {
                self.entry("available_ip_address_count", available_ip_address_count.to_string());
            }
            FaultKind::ApiThrottling { burst, refill_micro_per_second } => {
                self.entry("burst", burst.to_string());
                self.entry("refill_per_second", millionths(*refill_micro_per_second));
            }
            FaultKind::QuotaReached { quota, class, vcpus } => {
                self.entry("quota", word(&words::LOWERED_QUOTAS, *quota));
                self.entry_if("class", class.map(|class| text(class.key())));
                self.entry("vcpus", vcpus.to_string());
            }
            FaultKind::TaskKilled { share, cause } => {
                self.share(*share);
                self.entry("by", word(&words::KILLED_BY, *cause));
            }
            FaultKind::CrashLoop { exit_after, probability } => {
                self.crash_loop(*exit_after, *probability);
            }
        }
    }

    fn crash_loop(&mut self, exit_after: SimDuration, probability: f64) {
        self.entry("exit_after", duration(exit_after));
        self.probability(probability);
    }

    fn probability(&mut self, probability: f64) {
        self.entry("probability", float(probability));
    }

    fn share(&mut self, share: Share) {
        match share {
            Share::Ppm(ppm) => self.entry("percent", percent(ppm)),
            Share::Count(count) => self.entry("count", count.to_string()),
        }
    }
}

/// Millionths as a number.
fn millionths(value: u64) -> String {
    float(value as f64 / 1e6)
}
