//! Defaults of `[spot]`, and the presets of its pools.

use crate::catalog::VcpuClass;
use crate::random::Distribution;
use crate::units::SimDuration;

use super::super::spot::{
    PriceChanges, PriceHistoryFrom, Spot, SpotDepth, SpotInitial, SpotPoolLaws, SpotPreset,
};
use super::{Grade, OURS, Parameter, parameter};

/// What holds where a scenario says nothing of Spot.
pub const SPOT: Spot = Spot {
    preset: SpotPreset::Advisor,
    initial: SpotInitial::Stationary,
    pools: SpotPoolLaws { available_for: None, unavailable_for: None, depth: None },
    all_lost_ppm: 550_000,
    partial_loss_beta: 2.0,
    loss_spread: SimDuration::from_secs(180),
    recommendation_lead: SimDuration::ZERO,
    notice: SimDuration::from_secs(120),
    deep_pool_percent: 50,
    vcpu_quota: None,
    vcpu_quotas: [None; VcpuClass::ALL.len()],
    free_first_hour: true,
    price_changes: PriceChanges::InstanceHour,
    price_history_from: PriceHistoryFrom::Last,
};

/// How the pools of a preset behave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PresetLaws {
    /// Available, then not; `None`: always available.
    pub turns: Option<PresetTurns>,
    /// How many instances.
    pub depth: SpotDepth,
    /// How well that is known.
    pub grade: Grade,
    /// Where that comes from, for the answer.
    pub source: &'static str,
}

/// Weibull stretches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PresetTurns {
    /// Shape of the available ones.
    pub available_shape: f64,
    /// Their scale in hours; `None`: from the type's interruption band.
    pub available_scale_hours: Option<f64>,
    /// Shape and scale in hours of the others.
    pub unavailable: (f64, f64),
}

impl PresetTurns {
    /// How long pools are not available.
    #[must_use]
    pub fn unavailable_for(&self) -> Distribution {
        weibull_of_hours(self.unavailable.0, self.unavailable.1)
    }
}

/// A Weibull distribution with a scale in hours.
#[must_use]
pub fn weibull_of_hours(shape: f64, hours: f64) -> Distribution {
    Distribution::Weibull { shape, scale: SimDuration::from_secs_f64(hours * 3_600.0) }
}

/// The laws of a preset.
#[must_use]
pub const fn preset_laws(preset: SpotPreset) -> PresetLaws {
    match preset {
        SpotPreset::Advisor => PresetLaws {
            turns: Some(PresetTurns {
                available_shape: 0.6,
                available_scale_hours: None,
                unavailable: (0.78, 0.32),
            }),
            depth: SpotDepth::Between { min: 20, max: 2_000 },
            grade: Grade::Assumed,
            source: "means from the type's band in the Spot Instance Advisor, the band's middle taken; \
                     Weibull shape 0.6 extrapolated from scarce pools; depth assumed",
        },
        SpotPreset::ScarceR5 => PresetLaws {
            turns: Some(PresetTurns {
                available_shape: 0.59,
                available_scale_hours: Some(0.96),
                unavailable: (0.78, 0.32),
            }),
            depth: SCARCE,
            grade: Grade::Measured { n: 221 },
            source: "our fit to r5.16xlarge in us-east-1 b, c and d, April 2023, 6.3 days each, \
                     skypilot-org/spot-traces; depth assumed",
        },
        SpotPreset::ScarceP3 => PresetLaws {
            turns: Some(PresetTurns {
                available_shape: 0.60,
                available_scale_hours: Some(1.75),
                unavailable: (0.71, 1.32),
            }),
            depth: SCARCE,
            grade: Grade::Measured { n: 1_884 },
            source: "our fit to p3.2xlarge in nine zones, 45 days of 2023, \
                     skypilot-org/spot-traces; depth assumed",
        },
        SpotPreset::Always => PresetLaws {
            turns: None,
            depth: SpotDepth::Unlimited,
            grade: Grade::Assumed,
            source: "no pool is ever empty or interrupted: a best case that no AWS customer has",
        },
    }
}

const SCARCE: SpotDepth = SpotDepth::Between { min: 1, max: 50 };

const TRACES: &str = "skypilot-org/spot-traces (2023): our fit";

/// The parameters of `[spot]`.
pub(super) const PARAMETERS: &[Parameter] = &[
    parameter(
        "spot.preset",
        "\"advisor\"",
        Grade::Assumed,
        "AWS publishes no interruption process; band of the Spot Instance Advisor with a shape of our \
         own",
        "2025-06",
    ),
    parameter(
        "spot.initial",
        "\"stationary\"",
        Grade::Assumed,
        "a run starts at an arbitrary moment of a pool's life",
        "2026-11",
    ),
    parameter("spot.available_for", "", Grade::Assumed, TRACES, "2023"),
    parameter("spot.unavailable_for", "", Grade::Assumed, TRACES, "2023"),
    parameter(
        "spot.depth",
        "",
        Grade::Assumed,
        "the depth of pools is not public: the preset's",
        "2026-11",
    ),
    parameter(
        "spot.all_lost_percent",
        "55",
        Grade::Assumed,
        "over 92 % of interruptions of one type and zone fall within 3 min (n = 2,635, arXiv \
         2604.16457); the share lost at once is our reading of it, 40 to 70",
        "2026-04",
    ),
    parameter("spot.partial_loss_beta", "2.0", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "spot.loss_spread",
        "\"180s\"",
        Grade::Measured { n: 2_635 },
        "over 92 % of interruptions of one type and zone fall within 3 min (arXiv 2604.16457)",
        "2026-04",
    ),
    parameter(
        "spot.recommendation_lead",
        "\"0s\"",
        Grade::Assumed,
        "EC2 user guide, rebalance-recommendations: it may arrive only together with the notice",
        "2026",
    ),
    parameter(
        "spot.notice",
        "\"120s\"",
        Grade::Documented,
        "EC2 user guide, spot-instance-termination-notices",
        "2026",
    ),
    parameter("spot.deep_pool_percent", "50", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "spot.vcpu_quota",
        "",
        Grade::Documented,
        "EC2 quota \"All Standard Spot Instance Requests\", by account: unlimited unless stated",
        "2026",
    ),
    parameter(
        "spot.free_first_hour",
        "true",
        Grade::Documented,
        "EC2 user guide, billing-for-interrupted-spot-instances: no charge if EC2 interrupts a Linux \
         instance in its first hour",
        "2026",
    ),
    parameter(
        "spot.price_changes",
        "\"instance-hour\"",
        Grade::Documented,
        "EC2 FAQs: the price in effect at the beginning of each instance-hour",
        "2026",
    ),
    parameter(
        "spot.price_history_from",
        "\"last\"",
        Grade::Assumed,
        "the latest part of the history, as long as the run",
        "2026-11",
    ),
];
