//! Every figure of an answer that a replication draws anew, by its path.

use crate::run::{
    Answer, CostOutcome, DaemonRow, DemandRow, DeploymentRow, FaultRow, FleetRow, JobRow,
    PaidForNothing, PhaseQuantiles, Quantiles, QueueRow, ScalingRow, ServiceZonesRow, SpotOutcome,
    TaskOutcome,
};

/// What the lack of a figure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// None of it: a type that was not launched.
    Zero,
    /// Nothing is known: a quantile of no tasks.
    Unknown,
}

/// Is handed each figure: its path, what its lack means, its value.
pub(super) type Visitor<'v> = dyn FnMut(String, Absent, &mut Option<f64>) + 'v;

/// The name of a fleet row in paths.
pub(super) fn label(row: &FleetRow, several_providers: bool) -> String {
    let name = row.instance_type.as_deref().or(row.fargate_size.as_deref()).unwrap_or_default();
    let option = match row.purchase_option.as_str() {
        "on-demand" => String::new(),
        other => format!(" {other}"),
    };
    if several_providers {
        format!("{}/{name}{option}", row.capacity_provider)
    } else {
        format!("{name}{option}")
    }
}

/// Shows every figure to `visitor`, which may change it.
pub(super) fn visit(answer: &mut Answer, several_providers: bool, visitor: &mut Visitor<'_>) {
    let mut walk = Walk { visitor };
    for row in &mut answer.fleet {
        let name = label(row, several_providers);
        let path = |key: &str| format!("fleet[{name}].{key}");
        walk.number(path("launched"), Absent::Zero, &mut row.launched);
        walk.number(path("peak"), Absent::Zero, &mut row.peak);
        walk.number(path("at_end"), Absent::Zero, &mut row.at_end);
        if row.stopped_at_end.is_some() {
            (walk.visitor)(path("stopped_at_end"), Absent::Zero, &mut row.stopped_at_end);
        }
        let tasks = &mut row.max_tasks_per_instance;
        walk.number(path("max_tasks_per_instance"), Absent::Unknown, tasks);
    }
    walk.tasks(&mut answer.tasks);
    for row in &mut answer.daemons {
        walk.daemon(row);
    }
    for row in &mut answer.service_zones {
        walk.zones_of_service(row);
    }
    for row in &mut answer.jobs {
        walk.job(row);
    }
    for row in &mut answer.deployments {
        walk.deployment(row);
    }
    for row in &mut answer.scaling {
        walk.scaling(row);
    }
    if let Some(spot) = &mut answer.spot {
        walk.spot(spot);
    }
    for row in &mut answer.demand {
        walk.demand(row);
    }
    for row in &mut answer.queues {
        walk.queue(row);
    }
    if let Some(idle) = &mut answer.paid_for_nothing {
        walk.paid_for_nothing(idle);
    }
    walk.cost(&mut answer.cost);
    for row in &mut answer.limits {
        let path = |key: &str| format!("limits[{}].{key}", row.limit);
        walk.number(path("needed"), Absent::Unknown, &mut row.needed);
        walk.number(path("refused"), Absent::Zero, &mut row.refused);
    }
    for row in &mut answer.faults {
        walk.fault(row);
    }
    walk.number("events".to_owned(), Absent::Unknown, &mut answer.events);
}

struct Walk<'w, 'v> {
    visitor: &'w mut Visitor<'v>,
}

impl Walk<'_, '_> {
    fn number(&mut self, path: String, absent: Absent, value: &mut f64) {
        let mut held = Some(*value);
        (self.visitor)(path, absent, &mut held);
        *value = held.unwrap_or(*value);
    }

    fn known(&mut self, path: &str, value: &mut f64) {
        self.number(path.to_owned(), Absent::Unknown, value);
    }

    fn maybe(&mut self, path: &str, value: &mut Option<f64>) {
        (self.visitor)(path.to_owned(), Absent::Unknown, value);
    }

    fn fault(&mut self, row: &mut FaultRow) {
        let path = format!("faults[{}]", row.name);
        let numbers = [
            ("tasks_stopped", &mut row.tasks_stopped),
            ("instances_lost", &mut row.instances_lost),
            ("instances_disconnected", &mut row.instances_disconnected),
            ("launches_refused", &mut row.launches_refused),
            ("starts_slowed", &mut row.starts_slowed),
            ("recovered", &mut row.recovered),
        ];
        for (key, value) in numbers {
            self.known(&format!("{path}.{key}"), value);
        }
        self.maybe(&format!("{path}.recovery_s"), &mut row.recovery_s);
        self.maybe(&format!("{path}.extra_usd"), &mut row.extra_usd);
    }

    fn tasks(&mut self, tasks: &mut TaskOutcome) {
        self.known("tasks.requested", &mut tasks.requested);
        self.known("tasks.started", &mut tasks.started);
        self.known("tasks.running_at_end", &mut tasks.running_at_end);
        self.known("tasks.stopped", &mut tasks.stopped);
        self.known("tasks.interrupted", &mut tasks.interrupted);
        self.known("tasks.drained", &mut tasks.drained);
        self.known("tasks.waiting_at_end", &mut tasks.waiting_at_end);
        if let Some(row) = &mut tasks.warm_up {
            self.known("tasks.warm_up.until_s", &mut row.until_s);
            self.known("tasks.warm_up.tasks_cut", &mut row.tasks_cut);
            self.known("tasks.warm_up.waiting_at_end", &mut row.waiting_at_end);
            self.maybe("tasks.warm_up.steady_state", &mut row.steady_state);
        }
        self.quantiles("tasks.time_to_running_s", &mut tasks.time_to_running_s);
        self.quantiles("tasks.time_to_ready_s", &mut tasks.time_to_ready_s);
        for row in &mut tasks.waves {
            let path = format!("tasks.waves[{}]", row.wave);
            self.number(format!("{path}.started"), Absent::Zero, &mut row.started);
            self.quantiles(&format!("{path}.time_to_running_s"), &mut row.time_to_running_s);
        }
        for row in &mut tasks.waiting_for {
            let path = format!("tasks.waiting_for[{}/{}].tasks", row.service, row.waits_for);
            self.number(path, Absent::Zero, &mut row.tasks);
        }
        for (name, phase) in &mut tasks.phases_s {
            self.phase(name, phase);
        }
    }

    fn deployment(&mut self, row: &mut DeploymentRow) {
        let path = format!("deployments[{}]", row.deployment);
        self.known(&format!("{path}.started_at_s"), &mut row.started_at_s);
        // A rollback that other runs do not have is none of theirs.
        for (key, value) in [("completed", &mut row.completed), ("failed", &mut row.failed)] {
            self.number(format!("{path}.{key}"), Absent::Zero, value);
        }
        self.known(&format!("{path}.failed_tasks"), &mut row.failed_tasks);
        self.known(&format!("{path}.most_tasks"), &mut row.most_tasks);
        let figures = [
            ("duration_s", &mut row.duration_s),
            ("healthy_s", &mut row.healthy_s),
            ("least_healthy_percent", &mut row.least_healthy_percent),
            ("without_daemon_p50_s", &mut row.without_daemon_p50_s),
            ("without_daemon_max_s", &mut row.without_daemon_max_s),
            ("instances_before", &mut row.instances_before),
            ("most_instances", &mut row.most_instances),
            ("traffic_from_s", &mut row.traffic_from_s),
            ("traffic_all_s", &mut row.traffic_all_s),
            ("clean_up_s", &mut row.clean_up_s),
            ("extra_instance_hours", &mut row.extra_instance_hours),
            ("extra_task_hours", &mut row.extra_task_hours),
        ];
        for (key, value) in figures {
            self.maybe(&format!("{path}.{key}"), value);
        }
    }

    fn scaling(&mut self, row: &mut ScalingRow) {
        let path = format!("scaling[{}]", row.name);
        let numbers = [
            ("min_desired", &mut row.min_desired),
            ("max_desired", &mut row.max_desired),
            ("desired_at_end", &mut row.desired_at_end),
            ("scale_outs", &mut row.scale_outs),
            ("scale_ins", &mut row.scale_ins),
            ("at_max_s", &mut row.at_max_s),
        ];
        for (key, value) in numbers {
            self.known(&format!("{path}.{key}"), value);
        }
        self.maybe(&format!("{path}.first_breach_s"), &mut row.first_breach_s);
        self.maybe(&format!("{path}.first_reaction_s"), &mut row.first_reaction_s);
        for breach in &mut row.breaches {
            let path = format!("{path}.breaches[{}]", breach.breach);
            self.known(&format!("{path}.at_s"), &mut breach.at_s);
            self.maybe(&format!("{path}.reaction_s"), &mut breach.reaction_s);
            self.maybe(&format!("{path}.enough_s"), &mut breach.enough_s);
            self.maybe(&format!("{path}.not_served_share"), &mut breach.not_served_share);
        }
    }

    fn daemon(&mut self, row: &mut DaemonRow) {
        let path = format!("daemons[{}]", row.service);
        let numbers = [
            ("instances_at_end", &mut row.instances_at_end),
            ("running_at_end", &mut row.running_at_end),
            ("started", &mut row.started),
            ("stopped", &mut row.stopped),
        ];
        for (key, value) in numbers {
            self.known(&format!("{path}.{key}"), value);
        }
        self.quantiles(&format!("{path}.time_to_running_s"), &mut row.time_to_running_s);
    }

    fn zones_of_service(&mut self, row: &mut ServiceZonesRow) {
        let path = format!("service_zones[{}]", row.service);
        let numbers = [
            ("uneven_s", &mut row.uneven_s),
            ("rebalancings_completed", &mut row.rebalancings_completed),
            ("rebalancings_stopped", &mut row.rebalancings_stopped),
            ("rebalancing_s", &mut row.rebalancing_s),
            ("tasks_moved", &mut row.tasks_moved),
        ];
        for (key, value) in numbers {
            self.number(format!("{path}.{key}"), Absent::Zero, value);
        }
        for (zone, tasks) in &mut row.running_at_end {
            self.number(format!("{path}.running_at_end[{zone}]"), Absent::Unknown, tasks);
        }
    }

    fn demand(&mut self, row: &mut DemandRow) {
        let path = format!("demand[{}]", row.service);
        let numbers = [
            ("requests", &mut row.requests),
            ("served", &mut row.served),
            ("lost", &mut row.lost),
            ("lost_before_first_task", &mut row.lost_before_first_task),
            ("waiting_at_end", &mut row.waiting_at_end),
            ("not_served_share", &mut row.not_served_share),
            ("saturated_s", &mut row.saturated_s),
            ("worst_waiting", &mut row.worst_waiting),
            ("worst_age_s", &mut row.worst_age_s),
        ];
        for (key, value) in numbers {
            self.known(&format!("{path}.{key}"), value);
        }
        self.maybe(&format!("{path}.above_target_s"), &mut row.above_target_s);
        let mean = &mut row.mean_cpu_utilization_percent;
        self.maybe(&format!("{path}.mean_cpu_utilization_percent"), mean);
        self.maybe(&format!("{path}.worst_at_s"), &mut row.worst_at_s);
    }

    fn queue(&mut self, row: &mut QueueRow) {
        let path = format!("queues[{}]", row.name);
        let numbers = [
            ("messages", &mut row.messages),
            ("processed", &mut row.processed),
            ("visible_at_end", &mut row.visible_at_end),
            ("in_flight_at_end", &mut row.in_flight_at_end),
            ("returned", &mut row.returned),
            ("worst_visible", &mut row.worst_visible),
            ("worst_age_s", &mut row.worst_age_s),
        ];
        for (key, value) in numbers {
            self.known(&format!("{path}.{key}"), value);
        }
        let maybe = [
            ("age_of_oldest_at_end_s", &mut row.age_of_oldest_at_end_s),
            ("mean_wait_s", &mut row.mean_wait_s),
            ("longest_wait_s", &mut row.longest_wait_s),
            ("late_share", &mut row.late_share),
            ("worst_at_s", &mut row.worst_at_s),
        ];
        for (key, value) in maybe {
            self.maybe(&format!("{path}.{key}"), value);
        }
    }

    fn paid_for_nothing(&mut self, idle: &mut PaidForNothing) {
        for row in &mut idle.services {
            let path = |key: &str| format!("paid_for_nothing.services[{}].{key}", row.service);
            let (all, of_it) = (path("task_hours"), path("idle_task_hours"));
            self.known(&all, &mut row.task_hours);
            self.known(&of_it, &mut row.idle_task_hours);
        }
        self.known("paid_for_nothing.instance_hours", &mut idle.instance_hours);
        self.known("paid_for_nothing.empty_instance_hours", &mut idle.empty_instance_hours);
    }

    fn job(&mut self, row: &mut JobRow) {
        let path = format!("jobs[{}]", row.name);
        let numbers = [
            ("requested", &mut row.requested),
            ("started", &mut row.started),
            ("succeeded", &mut row.succeeded),
            ("failed", &mut row.failed),
            ("running_at_end", &mut row.running_at_end),
            ("waiting_at_end", &mut row.waiting_at_end),
            ("calls_made", &mut row.calls_made),
            ("calls_done", &mut row.calls_done),
            ("calls_overrun", &mut row.calls_overrun),
        ];
        for (key, value) in numbers {
            self.known(&format!("{path}.{key}"), value);
        }
        self.maybe(&format!("{path}.first_started_s"), &mut row.first_started_s);
        self.maybe(&format!("{path}.last_ended_s"), &mut row.last_ended_s);
        self.quantiles(&format!("{path}.time_to_running_s"), &mut row.time_to_running_s);
        self.quantiles(&format!("{path}.call_time_s"), &mut row.call_time_s);
        for end in &mut row.ends {
            let code = end.exit_code.map_or_else(String::new, |code| format!(" {code}"));
            let path = format!("{path}.ends[{}{code}].tasks", end.stop_code);
            self.number(path, Absent::Zero, &mut end.tasks);
        }
        for call in &mut row.calls {
            let path = format!("{path}.calls[{}]", call.call);
            self.known(&format!("{path}.called_s"), &mut call.called_s);
            self.maybe(&format!("{path}.done_s"), &mut call.done_s);
            self.maybe(&format!("{path}.took_s"), &mut call.took_s);
            self.known(&format!("{path}.failed"), &mut call.failed);
            self.maybe(&format!("{path}.left_at_next"), &mut call.left_at_next);
        }
    }

    fn spot(&mut self, spot: &mut SpotOutcome) {
        self.known("spot.instances_launched", &mut spot.instances_launched);
        self.known("spot.instances_interrupted", &mut spot.instances_interrupted);
        self.known("spot.tasks_taken", &mut spot.tasks_taken);
        self.quantiles("spot.replacement_s", &mut spot.replacement_s);
        self.known("spot.not_replaced_at_end", &mut spot.not_replaced_at_end);
    }

    fn phase(&mut self, name: &str, phase: &mut PhaseQuantiles) {
        let path = |key: &str| format!("tasks.phases_s.{name}.{key}");
        self.maybe(&path("mean"), &mut phase.mean);
        self.maybe(&path("p50"), &mut phase.p50);
        self.maybe(&path("p90"), &mut phase.p90);
    }

    fn quantiles(&mut self, path: &str, quantiles: &mut Quantiles) {
        let values = [
            ("mean", &mut quantiles.mean),
            ("p50", &mut quantiles.p50),
            ("p90", &mut quantiles.p90),
            ("p95", &mut quantiles.p95),
            ("p99", &mut quantiles.p99),
            ("max", &mut quantiles.max),
        ];
        for (key, value) in values {
            self.maybe(&format!("{path}.{key}"), value);
        }
    }

    fn cost(&mut self, cost: &mut CostOutcome) {
        self.known("cost.total_usd", &mut cost.total_usd);
        self.known("cost.per_hour_at_end_usd", &mut cost.per_hour_at_end_usd);
        self.known("cost.credits_per_hour_at_end_usd", &mut cost.credits_per_hour_at_end_usd);
        self.known("cost.per_month_at_end_usd", &mut cost.per_month_at_end_usd);
        self.maybe("cost.lower_bound_per_hour_usd", &mut cost.lower_bound_per_hour_usd);
        self.maybe("cost.best_packing_per_hour_usd", &mut cost.best_packing_per_hour_usd);
        self.maybe("cost.list_per_hour_at_end_usd", &mut cost.list_per_hour_at_end_usd);
        for row in &mut cost.loosely_packed {
            let path = |key: &str| format!("cost.loosely_packed[{}].{key}", row.capacity_provider);
            let (with, hold) = (path("instances_with_tasks"), path("would_hold"));
            let others = path("others_usd_per_hour");
            // Of the runs in which it is so: a mean with zeros of the others would be true of none.
            self.number(with, Absent::Unknown, &mut row.instances_with_tasks);
            self.number(hold, Absent::Unknown, &mut row.would_hold);
            self.number(others, Absent::Unknown, &mut row.others_usd_per_hour);
        }
        for row in &mut cost.discounts {
            let path = |key: &str| format!("cost.discounts[{}].{key}", row.name);
            let (off, rate) = (path("off_usd"), path("off_per_hour_at_end_usd"));
            self.known(&off, &mut row.off_usd);
            self.known(&rate, &mut row.off_per_hour_at_end_usd);
        }
        for line in &mut cost.lines {
            let path = |key: &str| format!("cost.lines[{}].{key}", line.item);
            let (hours, usd) = (path("instance_hours"), path("usd"));
            self.number(hours, Absent::Zero, &mut line.instance_hours);
            self.number(usd, Absent::Zero, &mut line.usd);
        }
    }
}
