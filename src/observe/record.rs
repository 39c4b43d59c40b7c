//! Rows of a run, for files: tasks, instances, events, series.

use std::collections::BTreeMap;

use crate::model::{
    Candidate, Cluster, Effect, Event, GroupSetup, Instance, LastStatus, Stamp, Stamps, Task,
    TaskRef, Wait, ec2_charge_kind, instance_rates,
};
use crate::scenario::ChargeKind;
use crate::units::{InstanceId, SimTime, Usd, UsdPerHour};

use super::charge::{billed_seconds, ec2_charge};
use super::demand_series::DemandSeries;
use super::event_words::{
    detail, event_words, group_name, group_words, instance_name, provider_name, stop_reason,
    task_name,
};
use super::group_series::GroupSeries;
use super::service_events::ServiceEvents;
use super::service_scaling::ScalingSeries;
use super::spot_rate::SpotRate;

/// One task. Times are `None` where the task did not get so far.
#[derive(Clone, Debug)]
pub struct TaskRow {
    /// `service/number`.
    pub task: String,
    /// Its service or RunTask block.
    pub service: String,
    /// Capacity provider.
    pub capacity_provider: String,
    /// `provider/number`.
    pub instance: Option<String>,
    /// Instance type.
    pub instance_type: Option<String>,
    /// Availability zone id.
    pub availability_zone: Option<String>,
    /// Its state at the horizon.
    pub last_status: &'static str,
    /// requested_at, created_at, placed_at, connectivity_at, pull_started_at, pull_stopped_at,
    /// started_at, ready_at, stopping_at, execution_stopped_at, stopped_at.
    pub times: [Option<SimTime>; 11],
    /// The parts of its wait for a place.
    pub wait: Wait,
    /// Why it stopped.
    pub stop_code: Option<&'static str>,
    /// The same in ECS's own words.
    pub stop_reason: Option<String>,
    /// Of its essential container, where that exited by itself.
    pub exit_code: Option<u8>,
}

/// The names of [`TaskRow::times`].
pub const TASK_TIMES: [&str; 11] = [
    "requested_at",
    "created_at",
    "placed_at",
    "connectivity_at",
    "pull_started_at",
    "pull_stopped_at",
    "started_at",
    "ready_at",
    "stopping_at",
    "execution_stopped_at",
    "stopped_at",
];

/// One instance.
#[derive(Clone, Debug)]
pub struct InstanceRow {
    /// `provider/number`.
    pub instance: String,
    /// Capacity provider.
    pub capacity_provider: String,
    /// Instance type.
    pub instance_type: String,
    /// Availability zone id.
    pub availability_zone: String,
    /// Purchase option.
    pub purchase_option: &'static str,
    /// requested_at, running_at, registered_at, draining_at, terminated_at.
    pub times: [Option<SimTime>; 5],
    /// What it cost until the horizon: instance, fee and volume.
    pub usd: Usd,
    /// recommended_at, notice_at: EC2's rebalance recommendation and interruption notice (Spot).
    pub spot_times: [Option<SimTime>; 2],
    /// warmed_from, stopped_at, left_warm_pool_at: its time in a warm pool.
    pub warm_pool_times: [Option<SimTime>; 3],
}

/// One event.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// When.
    pub at: SimTime,
    /// What.
    pub event: &'static str,
    /// To whom.
    pub subject: String,
    /// More.
    pub detail: String,
}

/// One value of a series, from this time on.
#[derive(Clone, Debug)]
pub struct SeriesRow {
    /// When.
    pub at: SimTime,
    /// `tasks`, `instances`, `spot_notices`, `usd_per_hour`.
    pub metric: &'static str,
    /// A state, a type, or empty.
    pub subject: String,
    /// The value.
    pub value: f64,
}

/// Keeps rows.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    /// Tasks in the order in which they ended, then those alive.
    pub tasks: Vec<TaskRow>,
    /// Instances in the order of their launch decisions.
    pub instances: Vec<InstanceRow>,
    /// Every event.
    pub events: Vec<EventRow>,
    /// Changes of the counts.
    pub series: Vec<SeriesRow>,
    last_counts: [u64; 8],
    /// What the running instances cost, nano-dollars per hour.
    rate_nanos: i64,
    running: BTreeMap<String, i64>,
    spot: SpotRate,
    groups: GroupSeries,
    demand: DemandSeries,
    services: ServiceEvents,
    scaling: ScalingSeries,
}

impl Recorder {
    pub(super) fn observe(
        &mut self,
        now: SimTime,
        event: Event,
        effects: &[Effect],
        cluster: &Cluster<'_>,
    ) {
        self.services.before(now, cluster, &mut self.events);
        let (name, subject) = event_words(event, cluster);
        let said = group_words(event, cluster).into_iter().chain([detail(effects, cluster)]);
        let detail = said.filter(|said| !said.is_empty()).collect::<Vec<_>>().join("; ");
        self.events.push(EventRow { at: now, event: name, subject, detail });
        self.services.after(now, event, effects, cluster, &mut self.events);
        self.count_tasks(now, cluster);
        self.groups.observe(now, cluster, &mut self.series);
        if cluster.has_demand() {
            self.demand.observe(now, cluster, &mut self.series);
        }
        self.scaling.observe(now, event, cluster, &mut self.series);
        self.follow_prices(now, cluster);
        if let Event::SpotNotice(id) = event
            && cluster.instance(id).notice_at == Stamp::at(now)
        {
            self.count_notice(now, id, cluster);
        }
        if let Event::InstanceLaunched(id) = event
            && cluster.instance(id).running_at == Stamp::at(now)
        {
            self.count_instance(now, id, 1, cluster);
            if cluster.instance(id).stopped_at != Stamp::NONE {
                self.keep_volume(now, id, -1, cluster);
            }
        }
        for effect in effects {
            match effect {
                Effect::TaskEnded(task) => self.tasks.push(task_row(*task, cluster)),
                Effect::InstanceTerminated(id)
                    if cluster.instance(*id).running_at != Stamp::NONE =>
                {
                    self.count_instance(now, *id, -1, cluster);
                }
                Effect::InstanceTerminated(id)
                    if cluster.instance(*id).stopped_at != Stamp::NONE =>
                {
                    self.keep_volume(now, *id, -1, cluster);
                }
                Effect::InstanceStopped(id) => {
                    if !cluster.was_there_at_start(cluster.instance(*id)) {
                        self.count_instance(now, *id, -1, cluster);
                    }
                    self.keep_volume(now, *id, 1, cluster);
                }
                _ => {}
            }
        }
    }

    fn count_tasks(&mut self, now: SimTime, cluster: &Cluster<'_>) {
        for status in LastStatus::ALL {
            let value = cluster.counts().get(status);
            let last = &mut self.last_counts[status as usize];
            if *last != value {
                *last = value;
                self.series.push(SeriesRow {
                    at: now,
                    metric: "tasks",
                    subject: status.name().to_owned(),
                    value: value as f64,
                });
            }
        }
    }

    fn count_instance(&mut self, now: SimTime, id: InstanceId, by: i64, cluster: &Cluster<'_>) {
        let candidate = cluster.candidate_of(cluster.instance(id));
        let name = &candidate.name;
        let instance = cluster.instance(id);
        if self.spot.follows(candidate, cluster) {
            self.spot.count(candidate, instance.zone, by, cluster);
            self.rate_nanos += by * signed(without_ec2(candidate, cluster));
        } else {
            let price = cluster.paid_price(candidate, instance.zone, now);
            self.rate_nanos += by * signed(price);
        }
        let count = self.running.entry(name.clone()).or_default();
        *count += by;
        let value = *count as f64;
        self.series.push(SeriesRow { at: now, metric: "instances", subject: name.clone(), value });
        self.push_rate(now, cluster);
    }

    /// The volume of an instance that is stopped, from now on or till now.
    fn keep_volume(&mut self, now: SimTime, id: InstanceId, by: i64, cluster: &Cluster<'_>) {
        let candidate = cluster.candidate_of(cluster.instance(id));
        self.rate_nanos += by * signed(without_ec2(candidate, cluster));
        self.push_rate(now, cluster);
    }

    fn push_rate(&mut self, at: SimTime, cluster: &Cluster<'_>) {
        let rate = self.rate_nanos + self.spot.rate(at, cluster);
        self.series.push(SeriesRow {
            at,
            metric: "usd_per_hour",
            subject: String::new(),
            value: rate as f64 / 1e9,
        });
    }

    /// Prices that changed since the last event, while Spot instances run.
    fn follow_prices(&mut self, now: SimTime, cluster: &Cluster<'_>) {
        while let Some(at) = self.spot.next_change(now, cluster) {
            if self.spot.any_runs() {
                self.push_rate(at, cluster);
            }
        }
    }

    fn count_notice(&mut self, now: SimTime, id: InstanceId, cluster: &Cluster<'_>) {
        let name = &cluster.candidate_of(cluster.instance(id)).name;
        let count = self.spot.notices.entry(name.clone()).or_default();
        *count += 1;
        let value = f64::from(*count);
        let (metric, subject) = ("spot_notices", name.clone());
        self.series.push(SeriesRow { at: now, metric, subject, value });
    }

    pub(super) fn finish(&mut self, horizon: SimTime, cluster: &Cluster<'_>) {
        self.follow_prices(horizon, cluster);
        self.services.before(horizon, cluster, &mut self.events);
        let alive: Vec<_> = cluster.live_tasks().collect();
        self.tasks.extend(alive.into_iter().map(|task| task_row(task, cluster)));
        for (group, setup) in cluster.groups().iter().zip(&cluster.setup().groups) {
            let mut ordinal = group.requested() - u64::from(group.not_created());
            for (since, count) in group.wishes() {
                for _ in 0..count {
                    self.tasks.push(wished_row(setup, ordinal, since));
                    ordinal += 1;
                }
            }
        }
        self.instances =
            cluster.instances().iter().map(|instance| row(instance, horizon, cluster)).collect();
    }
}

/// The volume and the fee of an instance: what it costs besides EC2's own price.
fn without_ec2(candidate: &Candidate, cluster: &Cluster<'_>) -> UsdPerHour {
    instance_rates(candidate, UsdPerHour::ZERO, &cluster.setup().discounts).paid()
}

fn signed(price: UsdPerHour) -> i64 {
    i64::try_from(price.nanos()).unwrap_or(i64::MAX)
}

fn times(task: &Task, stamps: &Stamps) -> [Option<SimTime>; 11] {
    let given = |stamp: Stamp| stamp.get();
    [
        Some(task.requested_at),
        Some(task.created_at),
        given(stamps.placed_at),
        given(stamps.connectivity_at),
        given(stamps.pull_started_at()),
        given(stamps.pull_stopped_at),
        given(stamps.started_at),
        given(stamps.ready_at),
        given(stamps.stopping_at),
        given(stamps.execution_stopped_at),
        given(stamps.stopped_at),
    ]
}

fn task_row(id: TaskRef, cluster: &Cluster<'_>) -> TaskRow {
    let task = cluster.task(id);
    let instance = task.instance().map(|id| cluster.instance(id));
    TaskRow {
        task: task_name(id, cluster),
        service: group_name(task.group, cluster),
        capacity_provider: provider_name(task.capacity_provider, cluster),
        instance: task.instance().map(|id| instance_name(id, cluster)),
        instance_type: instance.map(|instance| cluster.candidate_of(instance).name.clone()),
        // A Fargate task has its zone from the start.
        availability_zone: instance
            .map(|instance| instance.zone)
            .or_else(|| cluster.fargate_size(id).map(|_| task.zone))
            .map(|zone| cluster.setup().zones[zone.index()].clone()),
        last_status: task.last_status.name(),
        times: times(task, cluster.stamps(id)),
        wait: cluster.wait(id),
        stop_code: task.stop_code.map(|code| code.name()),
        stop_reason: stop_reason(id, cluster),
        exit_code: cluster.exit_code(id),
    }
}

/// A task that was wanted and never created.
fn wished_row(setup: &GroupSetup, ordinal: u64, since: SimTime) -> TaskRow {
    let mut times = [None; 11];
    times[0] = Some(since);
    TaskRow {
        task: format!("{}/{ordinal}", setup.task_prefix()),
        service: setup.name.clone(),
        capacity_provider: String::new(),
        instance: None,
        instance_type: None,
        availability_zone: None,
        last_status: "",
        times,
        wait: Wait::default(),
        stop_code: None,
        stop_reason: None,
        exit_code: None,
    }
}

fn row(instance: &Instance, horizon: SimTime, cluster: &Cluster<'_>) -> InstanceRow {
    let candidate = cluster.candidate_of(instance);
    let until = instance.terminated_at.get().unwrap_or(horizon);
    let billed = instance.has_volume_since().map(|from| {
        let time = crate::units::SimDuration::from_secs(billed_seconds(until.since(from)));
        let paid = |kind: ChargeKind, list: Usd| {
            let ppm = cluster.setup().discounts.ppm(kind, &candidate.name);
            list - list.parts_per_million(ppm)
        };
        let ec2 = Usd::from_exact(ec2_charge(instance, until, cluster).exact);
        paid(ec2_charge_kind(candidate.purchase_option), ec2)
            + paid(ChargeKind::ManagedInstancesFee, candidate.fee_price.cost_of(time))
            + paid(ChargeKind::Ebs, candidate.volume_price.cost_of(time))
    });
    InstanceRow {
        instance: instance_name(instance.id(), cluster),
        capacity_provider: provider_name(instance.capacity_provider, cluster),
        instance_type: candidate.name.clone(),
        availability_zone: cluster.setup().zones[instance.zone.index()].clone(),
        purchase_option: candidate.purchase_name(),
        times: [
            Some(instance.requested_at),
            instance.running_at.get(),
            instance.registered_at.get(),
            instance.draining_at.get(),
            instance.terminated_at.get(),
        ],
        usd: billed.unwrap_or_default(),
        spot_times: [instance.recommended_at.get(), instance.notice_at.get()],
        warm_pool_times: [
            instance.warmed_from.get(),
            instance.stopped_at.get(),
            instance.left_warm_pool_at.get(),
        ],
    }
}
