//! `[[demand]]` and `[[queue]]`, written out: a series as the steps that it stands for.

use super::super::demand::{Demand, Queue, RateShape, RateStep, TracedCall};
use super::super::reader::segment;
use super::super::spec::Scenario;
use super::{Writer, distribution, duration, float, list, text};

impl Writer {
    pub(super) fn demand(&mut self, scenario: &Scenario, d: &Demand) {
        self.item("demand", &d.name);
        self.entry("name", text(&d.name));
        self.entry("service", service(scenario, d.service));
        self.rate("requests_per_second", &d.shape);
        let request = &d.request;
        self.entry("cpu_time", duration(request.cpu_time));
        if request.latency != request.cpu_time {
            self.entry("latency", duration(request.latency));
        }
        self.entry_if("concurrency", request.concurrency.map(|number| number.to_string()));
        self.entry("timeout", duration(request.timeout));
        self.entry_if("idle_memory_mib", request.idle_memory.map(|mib| mib.to_string()));
        if request.memory > 0 {
            self.entry("memory_per_request_mib", request.memory.to_string());
        }
        self.entry_if("target_utilization_percent", request.target_utilization.map(float));
    }

    pub(super) fn queue(&mut self, scenario: &Scenario, q: &Queue) {
        self.item("queue", &q.name);
        self.entry("name", text(&q.name));
        self.entry("service", service(scenario, q.service));
        self.entry("initial_messages", q.initial_messages.to_string());
        if let Some(arrivals) = &q.arrivals {
            self.rate("messages_per_second", arrivals);
        }
        self.entry("processing_time", distribution(&q.processing_time));
        self.entry("concurrency", q.concurrency.to_string());
        self.entry("visibility_timeout", duration(q.visibility_timeout));
        self.entry_if("acceptable_latency", q.acceptable_latency.map(duration));
        if let Some(expires_in) = q.task_protection {
            let path = format!("queue.{}.task_protection", segment(&q.name));
            self.table("[queue.task_protection]", &path, "queue.task_protection");
            self.entry("expires_in", duration(expires_in));
        }
    }

    fn rate(&mut self, unit: &str, shape: &RateShape) {
        match shape {
            RateShape::Constant(rate) => self.entry(unit, float(*rate)),
            RateShape::Steps(steps) => {
                let step = |step: &RateStep| {
                    format!("{{ at = {}, {unit} = {} }}", duration(step.at), float(step.rate))
                };
                self.entry("steps", list(steps.iter().map(step)));
            }
            RateShape::Ramp { from, to, start, end, every } => {
                let value = format!(
                    "{{ from = {}, to = {}, start = \"{start}\", end = \"{end}\", every = \"{every}\" }}",
                    float(*from),
                    float(*to),
                );
                self.entry("ramp", value);
            }
            RateShape::Diurnal { mean, peak, peak_at, noise, every } => {
                let (mean, peak, noise) = (float(*mean), float(*peak), float(*noise));
                let value = format!(
                    "{{ mean = {mean}, peak = {peak}, peak_at = \"{peak_at}\", noise = {noise}, every = \"{every}\" }}"
                );
                self.entry("diurnal", value);
            }
            RateShape::Bursts { base, peak, every, length } => {
                let (base, peak, every) = (float(*base), float(*peak), distribution(every));
                let value = format!(
                    "{{ base = {base}, peak = {peak}, every = {every}, length = \"{length}\" }}"
                );
                self.entry("bursts", value);
            }
        }
    }
}

/// The calls of a trace.
pub(super) fn calls(trace: &[TracedCall]) -> String {
    let call = |call: &TracedCall| {
        let run_for = call.run_for.map(|time| format!(", run_for = \"{time}\""));
        format!("{{ at = \"{}\"{} }}", call.at, run_for.unwrap_or_default())
    };
    list(trace.iter().map(call))
}

fn service(scenario: &Scenario, position: usize) -> String {
    text(scenario.services.get(position).map_or("", |service| &service.name))
}
