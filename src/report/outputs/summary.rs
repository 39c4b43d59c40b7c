//! What pictures and reports need of `summary.json`.

use serde::Deserialize;

use crate::io::{Diagnostic, Source};

use super::json;

/// A part of [`crate::run::Answer`], read back.
#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Summary {
    pub(in super::super) model_version: String,
    pub(in super::super) scenario: Scenario,
    pub(in super::super) catalog: Catalog,
    pub(in super::super) fleet: Vec<Fleet>,
    pub(in super::super) tasks: Tasks,
    pub(in super::super) cost: Cost,
    pub(in super::super) assumptions: Vec<Assumption>,
    pub(in super::super) warnings: Vec<String>,
    pub(in super::super) digest: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Scenario {
    pub(in super::super) name: String,
    pub(in super::super) region: String,
    pub(in super::super) seed: u64,
    pub(in super::super) replications: u32,
    pub(in super::super) horizon_s: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Catalog {
    pub(in super::super) as_of: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Fleet {
    pub(in super::super) capacity_provider: String,
    pub(in super::super) instance_type: Option<String>,
    pub(in super::super) fargate_size: Option<String>,
    pub(in super::super) purchase_option: String,
    pub(in super::super) launched: f64,
    pub(in super::super) peak: f64,
    pub(in super::super) at_end: f64,
    pub(in super::super) usd_per_hour_each: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Tasks {
    pub(in super::super) requested: f64,
    pub(in super::super) started: f64,
    pub(in super::super) interrupted: f64,
    pub(in super::super) waiting_at_end: f64,
    pub(in super::super) time_to_running_s: Quantiles,
}

#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Quantiles {
    pub(in super::super) p50: Option<f64>,
    pub(in super::super) p95: Option<f64>,
    pub(in super::super) max: Option<f64>,
}

#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Cost {
    pub(in super::super) total_usd: f64,
    pub(in super::super) per_hour_at_end_usd: f64,
    pub(in super::super) lines: Vec<Line>,
    pub(in super::super) not_included: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Line {
    pub(in super::super) item: String,
    pub(in super::super) usd: f64,
}

#[derive(Clone, Debug, Deserialize, serde::Serialize)]
pub(in super::super) struct Assumption {
    pub(in super::super) parameter: String,
    pub(in super::super) value: String,
    pub(in super::super) grade: String,
    pub(in super::super) source: String,
}

impl Summary {
    pub(super) fn read(source: &Source) -> Result<Self, Box<Diagnostic>> {
        json(source)
    }
}
