//! What goes wrong: the kinds of `[[fault]]`, what each may be narrowed to, and its own keys.

use crate::catalog::VcpuClass;
use crate::io::Code;
use crate::units::SimDuration;

use super::super::fault::{
    EniFailure, FaultKind, KilledBy, Quota, Share, Slowness, Stranded, StuckIn,
};
use super::super::field::Field;
use super::super::parameters::faults as p;
use super::super::reader::TableCursor;
use super::super::report::{Finding, list};

/// Least and greatest factor of a slowdown.
const FACTOR: (f64, f64) = (0.001, 100_000.0);

/// Least and greatest rate of a token bucket, a second.
const REFILL: (f64, f64) = (0.001, 1e6);

/// Least and greatest rate of a registry, MB a second.
const MB_PER_SECOND: (f64, f64) = (0.001, 1e6);

/// Parts per million, and millionths.
const MILLION: f64 = 1e6;

macro_rules! kinds {
    ($($name:ident = $word:literal: [$($selector:ident),*],)*) => {
        /// The kinds of fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Kind {
            $($name,)*
        }

        /// The kinds by word.
        pub(super) const KINDS: [(&str, Kind); [$($word),*].len()] = [$(($word, Kind::$name)),*];

        impl Kind {
            /// Its word.
            pub(super) const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// What it may be narrowed to.
            pub(super) const fn selectors(self) -> &'static [Selector] {
                match self {
                    $(Self::$name => &[$(Selector::$selector),*],)*
                }
            }
        }
    };
}

/// Keys that narrow a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Selector {
    /// `availability_zone`, which must be given.
    RequiredZone,
    /// `availability_zone`.
    Zone,
    /// `instance_type`.
    InstanceType,
    /// `capacity_provider`.
    Provider,
    /// `purchase_option`.
    PurchaseOption,
    /// `service`.
    Service,
    /// `image`.
    Image,
}

kinds! {
    AzOutage = "az-outage": [RequiredZone],
    AzDegradation = "az-degradation": [RequiredZone],
    InsufficientCapacity = "insufficient-capacity": [Zone, InstanceType, Provider, PurchaseOption],
    SpotStorm = "spot-storm": [Zone, InstanceType, Provider],
    RebalanceRecommendation = "rebalance-recommendation": [Zone, InstanceType, Provider],
    SlowBoot = "slow-boot": [Zone, InstanceType, Provider],
    DeadBoot = "dead-boot": [Zone, InstanceType, Provider],
    AgentDisconnect = "agent-disconnect": [Zone, InstanceType, Provider],
    ImagePullFailure = "image-pull-failure": [Zone, Service, Image],
    SlowRegistry = "slow-registry": [Zone, Service, Image],
    EniAttachFailure = "eni-attach-failure": [Zone, InstanceType, Provider, Service],
    SubnetOutOfAddresses = "subnet-out-of-addresses": [RequiredZone],
    ApiThrottling = "api-throttling": [Provider],
    QuotaReached = "quota-reached": [],
    InstanceTerminated = "instance-terminated": [Zone, InstanceType, Provider, PurchaseOption],
    TaskKilled = "task-killed": [Zone, Service, Image],
    CrashLoop = "crash-loop": [Zone, Service, Image],
}

/// What becomes of stranded instances, by name.
pub(in super::super) const STRANDED: [(&str, Stranded); 2] =
    [("lost", Stranded::Lost), ("unreachable", Stranded::Unreachable)];

/// How far dead instances get, by name.
pub(in super::super) const STUCK_IN: [(&str, StuckIn); 2] =
    [("pending", StuckIn::Pending), ("running", StuckIn::Running)];

/// How network interfaces fail, by name.
pub(in super::super) const ENI_FAILURES: [(&str, EniFailure); 2] =
    [("timeout", EniFailure::Timeout), ("device-index", EniFailure::DeviceIndex)];

/// Quotas by name.
pub(in super::super) const LOWERED_QUOTAS: [(&str, Quota); 4] = [
    ("on-demand-vcpus", Quota::OnDemandVcpus),
    ("spot-vcpus", Quota::SpotVcpus),
    ("fargate-vcpus", Quota::FargateVcpus),
    ("fargate-spot-vcpus", Quota::FargateSpotVcpus),
];

/// Who ends tasks, by name.
pub(in super::super) const KILLED_BY: [(&str, KilledBy); 2] =
    [("stop-task", KilledBy::StopTask), ("exit", KilledBy::Exit)];

/// The keys of a kind.
pub(super) fn read(cursor: &TableCursor<'_>, kind: Kind) -> FaultKind {
    match kind {
        Kind::AzOutage => FaultKind::AzOutage {
            instances: cursor.parameter("instances", Stranded::Lost, |field| field.word(&STRANDED)),
            detected_after: cursor
                .parameter("detected_after", p::DETECTED_AFTER, |field| field.duration()),
        },
        Kind::AzDegradation => degradation(cursor),
        Kind::InsufficientCapacity => {
            FaultKind::InsufficientCapacity { probability: probability(cursor) }
        }
        Kind::SpotStorm => FaultKind::SpotStorm {
            share: share(cursor),
            window: cursor.parameter("window", p::STORM_WINDOW, |field| field.positive_duration()),
        },
        Kind::RebalanceRecommendation => {
            FaultKind::RebalanceRecommendation { share: share(cursor) }
        }
        Kind::SlowBoot => FaultKind::SlowBoot {
            factor_ppm: required_factor(cursor),
            probability: probability(cursor),
        },
        Kind::DeadBoot => dead_boot(cursor),
        Kind::AgentDisconnect => FaultKind::AgentDisconnect { share: share(cursor) },
        Kind::ImagePullFailure => FaultKind::ImagePullFailure {
            probability: probability(cursor),
            fails_after: cursor
                .parameter("fails_after", p::PULL_FAILS_AFTER, |field| field.duration()),
        },
        Kind::SlowRegistry => FaultKind::SlowRegistry(slowness(cursor)),
        Kind::EniAttachFailure => eni_attach_failure(cursor),
        Kind::SubnetOutOfAddresses => FaultKind::SubnetOutOfAddresses {
            available_ip_address_count: cursor.parameter(
                "available_ip_address_count",
                0,
                |field| field.whole(0, u32::MAX),
            ),
        },
        Kind::ApiThrottling => api_throttling(cursor),
        Kind::QuotaReached => quota_reached(cursor),
        Kind::InstanceTerminated => FaultKind::InstanceTerminated { share: share(cursor) },
        Kind::TaskKilled => FaultKind::TaskKilled {
            share: share(cursor),
            cause: cursor.parameter("by", KilledBy::StopTask, |field| field.word(&KILLED_BY)),
        },
        Kind::CrashLoop => crash_loop(cursor),
    }
}

fn degradation(cursor: &TableCursor<'_>) -> FaultKind {
    let chance = cursor.field("launch_failure_probability");
    let slow = cursor.field("factor");
    if chance.is_none() && slow.is_none() {
        let message = format!(
            "`{}` says neither `launch_failure_probability` nor `factor`",
            cursor.path.shown()
        );
        let finding = Finding::new(Code::MissingKey, cursor.span, message);
        cursor.report(finding.help("add for example `launch_failure_probability = 0.3`"));
    }
    FaultKind::AzDegradation {
        launch_failure_probability: chance.and_then(|field| field.number(0.0, 1.0)).unwrap_or(0.0),
        factor_ppm: slow.and_then(|field| factor(&field)).unwrap_or(p::UNCHANGED_PPM),
    }
}

fn dead_boot(cursor: &TableCursor<'_>) -> FaultKind {
    FaultKind::DeadBoot {
        stuck_in: cursor.parameter("stuck_in", StuckIn::Running, |field| field.word(&STUCK_IN)),
        probability: probability(cursor),
        health_timeout: cursor
            .parameter("health_timeout", p::HEALTH_TIMEOUT, |field| field.positive_duration()),
    }
}

fn eni_attach_failure(cursor: &TableCursor<'_>) -> FaultKind {
    FaultKind::EniAttachFailure {
        probability: probability(cursor),
        cause: cursor.parameter("cause", EniFailure::Timeout, |field| field.word(&ENI_FAILURES)),
        timeout: cursor.parameter("timeout", p::ENI_TIMEOUT, |field| field.positive_duration()),
    }
}

fn api_throttling(cursor: &TableCursor<'_>) -> FaultKind {
    FaultKind::ApiThrottling {
        burst: cursor.parameter("burst", p::RUN_INSTANCES_BURST, |field| field.whole(0, u32::MAX)),
        refill_micro_per_second: cursor.parameter(
            "refill_per_second",
            p::RUN_INSTANCES_REFILL_MICRO,
            |field| field.number(REFILL.0, REFILL.1).map(millionths),
        ),
    }
}

fn quota_reached(cursor: &TableCursor<'_>) -> FaultKind {
    let quota =
        cursor.parameter("quota", Quota::OnDemandVcpus, |field| field.word(&LOWERED_QUOTAS));
    FaultKind::QuotaReached {
        quota,
        class: cursor.field("class").and_then(|field| class(&field, quota)),
        vcpus: cursor
            .required("vcpus", "vcpus = 64")
            .and_then(|field| field.whole(0, u32::MAX))
            .unwrap_or(0),
    }
}

/// A class of instance families that there is such a quota of.
fn class(field: &Field<'_>, quota: Quota) -> Option<VcpuClass> {
    let class = field.word(&VcpuClass::ALL.map(|class| (class.key(), class)))?;
    let Some(option) = quota.bought() else {
        let predicate = "narrows a quota of Fargate, which counts the vCPUs of all tasks together";
        let finding = field.finding(Code::NotOffered, predicate).label("EC2 alone has classes");
        field.wrong(finding.help("leave it out, or take `on-demand-vcpus` or `spot-vcpus`"));
        return None;
    };
    if class.has_quota(option) {
        return Some(class);
    }
    let predicate = format!("is \"{}\", of which there is no quota on Spot", class.key());
    let finding = field.finding(Code::NotOffered, &predicate).label("on demand alone");
    let known = VcpuClass::ALL.into_iter().filter(|class| class.has_quota(option));
    field.wrong(finding.help(format!("on Spot it can be {}", list(known.map(VcpuClass::key)))));
    None
}

fn crash_loop(cursor: &TableCursor<'_>) -> FaultKind {
    FaultKind::CrashLoop {
        exit_after: cursor
            .required("exit_after", "exit_after = \"5s\"")
            .and_then(|field| field.positive_duration())
            .unwrap_or(SimDuration::from_secs(1)),
        probability: probability(cursor),
    }
}

/// `factor` or `mb_per_second`.
fn slowness(cursor: &TableCursor<'_>) -> Slowness {
    let (slow, rate) = (cursor.field("factor"), cursor.field("mb_per_second"));
    if let (Some(slow), Some(rate)) = (&slow, &rate) {
        let message = format!("`{}` has both `factor` and `mb_per_second`", cursor.path.shown());
        let finding = Finding::new(Code::ExclusiveKeys, rate.key, message);
        cursor.report(finding.related(slow.key, "beside this").help("keep one of the two"));
    }
    if let Some(field) = rate {
        let rate = field.number(MB_PER_SECOND.0, MB_PER_SECOND.1).unwrap_or(1.0);
        return Slowness::BytesPerSecond(millionths(rate));
    }
    if slow.is_none() {
        let message =
            format!("`{}` says neither `factor` nor `mb_per_second`", cursor.path.shown());
        let finding = Finding::new(Code::MissingKey, cursor.span, message);
        cursor.report(finding.help("add for example `factor = 10`"));
    }
    Slowness::Factor(slow.and_then(|field| factor(&field)).unwrap_or(p::UNCHANGED_PPM))
}

fn required_factor(cursor: &TableCursor<'_>) -> u64 {
    let field = cursor.required("factor", "factor = 10");
    field.and_then(|field| factor(&field)).unwrap_or(p::UNCHANGED_PPM)
}

fn factor(field: &Field<'_>) -> Option<u64> {
    field.number(FACTOR.0, FACTOR.1).map(millionths)
}

/// In range: at most 10^6 is ever asked for.
fn millionths(number: f64) -> u64 {
    (number * MILLION).round() as u64
}

fn probability(cursor: &TableCursor<'_>) -> f64 {
    cursor.parameter("probability", 1.0, |field| field.number(0.0, 1.0))
}

/// `percent` or `count`; neither: all that match.
fn share(cursor: &TableCursor<'_>) -> Share {
    if let Some(count) = cursor.field("count") {
        if let Some(percent) = cursor.field("percent") {
            let message = format!("`{}` has both `percent` and `count`", cursor.path.shown());
            let finding = Finding::new(Code::ExclusiveKeys, count.key, message);
            cursor.report(finding.related(percent.key, "beside this").help("keep one of the two"));
        }
        return Share::Count(count.whole(0, u32::MAX).unwrap_or(0));
    }
    Share::Ppm(cursor.parameter("percent", p::ALL_PPM, |field| field.percent(0.0, 100.0)))
}
