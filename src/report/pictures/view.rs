//! What the pictures of one run have in common.

use crate::report::outputs::RunOutputs;
use crate::report::words;

use super::axis::{Axis, Unit};
use super::canvas::{EDGE, WIDTH};
use super::panel::Panel;

/// Names of moments at most.
const MOMENTS: usize = 12;

/// The stretch of time that is shown.
#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct View<'r> {
    pub(in crate::report) run: &'r RunOutputs,
    /// Until when.
    pub(in crate::report) until: f64,
}

/// What tells of itself at every moment, and would keep a quiet run in view.
const RESTLESS: [&str; 6] = [
    "CPUUtilization",
    "cpu_utilization",
    "requests_per_second",
    "requests_served_per_second",
    "requests_waiting",
    "CapacityProviderReservation",
];

impl<'r> View<'r> {
    /// All of the run; where nothing changes after its first half, until a little after the last change.
    pub(in crate::report) fn new(run: &'r RunOutputs) -> Self {
        let horizon = run.summary.scenario.horizon_s;
        let quiet = |metric: &str| !RESTLESS.contains(&metric);
        let changes = run.curves.iter().filter(|curve| quiet(&curve.metric));
        let last = changes.map(super::Curve::last_change).fold(0.0, f64::max);
        let until = if last > 0.0 && last * 1.1 < horizon / 2.0 { last * 1.1 } else { horizon };
        Self { run, until }
    }

    /// Of what run this is.
    pub(in crate::report) fn subtitle(&self) -> String {
        let of = &self.run.summary.scenario;
        let mut text = format!("{}, {}, seed {}", of.name, of.region, of.seed);
        if of.replications > 1 {
            text += &format!(", the first of {} replications", of.replications);
        }
        if self.until < of.horizon_s {
            text += &format!(
                "; the first {} of {}: then nothing changes",
                words::time(self.until),
                words::time(of.horizon_s)
            );
        }
        text
    }

    /// The axis of time.
    pub(super) fn times(&self) -> Axis {
        Axis::exact(0.0, self.until, 9.0, Unit::Time)
    }

    /// A panel over the whole width.
    pub(super) fn panel(&self, top: f64, height: f64, y: Axis) -> Panel {
        let left = EDGE + 54.0;
        let right = WIDTH - EDGE - 16.0;
        Panel { left, top, right, bottom: top + height, x: self.times(), y }
    }

    /// Moments at which something was done from outside.
    pub(in crate::report) fn moments(&self) -> Vec<(f64, String)> {
        let mut moments: Vec<(f64, String)> = Vec::new();
        for event in &self.run.events {
            let name = match event.event.as_str() {
                "UpdateService" => format!("update {}", event.subject),
                "FaultBegins" => format!("fault {}", event.subject),
                "FaultEnds" => format!("{} ends", event.subject),
                "DeploymentLifecycleStage" => {
                    event.detail.split_once(": ").map_or("", |(_, stage)| stage).to_owned()
                }
                _ => continue,
            };
            if !name.is_empty() {
                moments.push((event.at, name));
            }
        }
        if moments.len() > MOMENTS { Vec::new() } else { moments }
    }
}
