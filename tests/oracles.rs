//! Queues with known answers: messages that a service without scaling works on are M/M/c. A fixed fleet of instances with room for one task each, Poisson arrivals,
//! exponential lives and no start-up times is M/M/c, and where nobody waits M/M/c/c. Little's law holds as
//! an identity.

use taskyard::catalog::{Catalog, Overrides};
use taskyard::engine::{Observer, Simulation};
use taskyard::model::{Cluster, Effect, Event, LastStatus, NoDecisions, Queue, TaskRef};
use taskyard::run::{Prepared, prepare};
use taskyard::units::{SimDuration, SimTime};

#[path = "support/scene.rs"]
mod scene;

/// What tasks went through, kept by nobody else's counts.
#[derive(Default)]
struct Witness {
    sink: NoDecisions,
    /// Tasks that are left out: the fleet begins empty.
    skipped: u32,
    arrived: u64,
    refused: u64,
    waited: u64,
    wait_micros: u128,
    placed: u64,
    last: SimTime,
    /// Tasks in each state, integrated over time, microseconds.
    integrals: [u128; 8],
    counts: [u64; 8],
    /// The same summed over tasks, from their own stamps.
    stays: [u128; 8],
}

impl Witness {
    fn after(skipped: u32) -> Self {
        Self { skipped, ..Self::default() }
    }

    fn place(&mut self, now: SimTime, id: TaskRef, cluster: &Cluster<'_>) {
        let task = cluster.task(id);
        if task.ordinal < self.skipped {
            return;
        }
        let wait = now.since(task.requested_at);
        self.placed += 1;
        self.waited += u64::from(wait > SimDuration::ZERO);
        self.wait_micros += u128::from(wait.as_micros());
    }

    /// A message is received: the same as a place for a task.
    fn receive(&mut self, queue: &Queue, place: u32) {
        let Some((message, _, received)) = queue.worked_on(place) else { return };
        if message.number < self.skipped {
            return;
        }
        let wait = received.since(message.sent);
        self.placed += 1;
        self.waited += u64::from(wait > SimDuration::ZERO);
        self.wait_micros += u128::from(wait.as_micros());
    }

    fn end(&mut self, id: TaskRef, cluster: &Cluster<'_>) {
        let (task, stamps) = (cluster.task(id), cluster.stamps(id));
        if task.ordinal >= self.skipped {
            self.arrived += 1;
            self.refused += u64::from(task.instance().is_none());
        }
        let stopped = stamps.stopped_at.get();
        let ends = [
            (LastStatus::Provisioning, Some(task.created_at), stamps.placed_at.get().or(stopped)),
            (LastStatus::Pending, stamps.placed_at.get(), stamps.connectivity_at.get()),
            (LastStatus::Activating, stamps.connectivity_at.get(), stamps.started_at.get()),
            (LastStatus::Running, stamps.started_at.get(), stamps.stopping_at.get()),
            (LastStatus::Deprovisioning, stamps.execution_stopped_at.get(), stopped),
        ];
        for (status, from, until) in ends {
            if let Some((from, until)) = from.zip(until) {
                self.stays[status as usize] += u128::from(until.since(from).as_micros());
            }
        }
    }
}

impl Observer for Witness {
    type Sink = NoDecisions;

    fn observe(&mut self, now: SimTime, _: Event, effects: &[Effect], cluster: &Cluster<'_>) {
        let step = u128::from(now.since(self.last).as_micros());
        for (integral, count) in self.integrals.iter_mut().zip(self.counts) {
            *integral += step * u128::from(count);
        }
        self.last = now;
        self.counts = LastStatus::ALL.map(|status| cluster.counts().get(status));
        for effect in effects {
            if let Effect::AttachNetwork(task) = effect {
                self.place(now, *task, cluster);
            }
            if let Effect::TaskEnded(task) = effect {
                self.end(*task, cluster);
            }
            if let Effect::ProcessMessage(queue, place) = effect {
                self.receive(cluster.queue(*queue), *place);
            }
        }
    }

    fn decisions(&mut self) -> &mut NoDecisions {
        &mut self.sink
    }
}

/// Mean life of a task, seconds.
const LIFE: f64 = 10.0;

/// One task fills a m5.large: 2,048 CPU units.
fn queue(servers: u32, load: f64, calls: u32, life: &str, waits: bool) -> String {
    let every = SimDuration::from_secs_f64(LIFE / (load * f64::from(servers)));
    let (scaling, launch_type) =
        if waits { ("ENABLED", "") } else { ("DISABLED", "launch_type = \"EC2\"") };
    format!(
        "schema = 1\nname = \"queue\"\nregion = \"us-east-1\"\nhorizon = \"3650d\"\n\
         availability_zones = [\"use1-az1\"]\nprovisioning_tasks_quota = 1000000\n\
         [timing]\nattach_host = \"0s\"\nstart = \"0s\"\ndeprovision = \"0s\"\n\
         [timing.pull]\nunknown_size = \"0s\"\ncached = \"0s\"\n\
         [[capacity_provider]]\nname = \"fleet\"\n[capacity_provider.auto_scaling_group_provider]\n\
         instance_type = \"m5.large\"\nmin_size = {servers}\nmax_size = {servers}\n\
         provisioning_timeout = \"3650d\"\nmanaged_scaling = {{ status = \"{scaling}\" }}\n\
         [[task_definition]]\nfamily = \"job\"\ncpu = 2048\nmemory = 128\nnetwork_mode = \"host\"\n\
         [[run_task]]\nname = \"job\"\ntask_definition = \"job\"\ncalls = {calls}\n{launch_type}\n\
         every = {{ exponential = {{ mean = \"{every}\" }} }}\nrun_for = {life}\n"
    )
}

fn exponential() -> String {
    format!("{{ exponential = {{ mean = \"{LIFE}s\" }} }}")
}

fn prepared(text: &str) -> Prepared {
    let scenario = scene::scenario(text, &[]);
    let catalog = Catalog::builtin("us-east-1", None, Overrides::default()).expect("a region");
    prepare(&scenario, &catalog).expect("it fits")
}

/// A run of `text` to the last task's end, under a seed.
fn watch(prepared: &Prepared, horizon: SimTime, seed: u64, skipped: u32) -> Witness {
    let (setup, durations) = (&prepared.setup, &prepared.durations);
    let simulation = Simulation::new(setup, durations, horizon, seed, Witness::after(skipped));
    let (_, witness, _) = simulation.run().map_err(|(error, _)| error).expect("it runs");
    witness
}

/// Replications of each queue; Student's t for 11 degrees of freedom, 99 % on both sides.
const REPLICATIONS: u64 = 12;
const STUDENT: f64 = 3.106;

/// Whether the 99 % interval of the mean covers a value; if not, what it is.
fn covers(what: &str, samples: &[f64], expected: f64) {
    let n = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / n;
    let variance = samples.iter().map(|of| (of - mean) * (of - mean)).sum::<f64>() / (n - 1.0);
    let half = STUDENT * (variance / n).sqrt();
    assert!((mean - expected).abs() <= half, "{what}: {mean} +- {half} does not cover {expected}");
    // An interval that covers anything proves nothing.
    assert!(half < 0.25 * expected, "{what}: {mean} +- {half} is too wide");
}

/// The horizon of a queue: all that arrives is gone long before.
fn horizon(servers: u32, load: f64, calls: u32) -> SimTime {
    let arrivals = f64::from(calls) * LIFE / (load * f64::from(servers));
    SimTime::ZERO + SimDuration::from_secs_f64(1.5 * arrivals + 1_000.0 * LIFE)
}

/// One figure of each replication, the first tenth of the tasks left out.
fn samples(
    (servers, load): (u32, f64),
    calls: u32,
    text: &str,
    of: impl Fn(&Witness) -> f64,
) -> Vec<f64> {
    let prepared = prepared(text);
    let until = horizon(servers, load, calls);
    let sample = |seed| {
        let witness = watch(&prepared, until, seed, calls / 10);
        assert_eq!(witness.arrived, u64::from(calls - calls / 10), "all have ended");
        of(&witness)
    };
    (1..=REPLICATIONS).map(sample).collect()
}

fn mean_wait(witness: &Witness) -> f64 {
    witness.wait_micros as f64 / 1e6 / witness.placed as f64
}

/// Servers, load, probability of loss (Erlang B), probability of waiting (Erlang C) and mean wait in
/// lives, by the Erlang recursion.
const ROWS: [(u32, f64, f64, f64, f64); 7] = [
    (1, 0.50, 0.333_333, 0.500_000, 1.000_000),
    (1, 0.90, 0.473_684, 0.900_000, 9.000_000),
    (2, 0.80, 0.329_897, 0.711_111, 1.777_778),
    (5, 0.80, 0.199_067, 0.554_113, 0.554_113),
    (10, 0.90, 0.167_963, 0.668_732, 0.668_732),
    (30, 0.95, 0.106_522, 0.704_530, 0.469_687),
    (100, 0.95, 0.048_804, 0.506_457, 0.101_291),
];

#[test]
fn the_rows_are_those_of_the_erlang_recursion() {
    for (servers, load, loss, waiting, wait) in ROWS {
        let offered = load * f64::from(servers);
        let blocked = (1..=servers).fold(1.0, |b, n| offered * b / (f64::from(n) + offered * b));
        let delayed = blocked / (1.0 - load * (1.0 - blocked));
        let lives = delayed / (f64::from(servers) * (1.0 - load));
        for (ours, row) in [(blocked, loss), (delayed, waiting), (lives, wait)] {
            assert!((ours - row).abs() < 1e-6, "{servers} servers at {load}: {ours}, {row}");
        }
    }
}

#[test]
fn a_fixed_fleet_with_a_queue_meets_erlang_c() {
    for (servers, load, _, waiting, wait) in ROWS {
        let calls = if load > 0.85 { 60_000 } else { 20_000 };
        let text = queue(servers, load, calls, &exponential(), true);
        let name = format!("{servers} servers at {load}");
        let shares = std::cell::RefCell::new(Vec::new());
        let waits = samples((servers, load), calls, &text, |witness| {
            shares.borrow_mut().push(witness.waited as f64 / witness.placed as f64);
            mean_wait(witness) / LIFE
        });
        covers(&format!("mean wait, {name}"), &waits, wait);
        covers(&format!("share that waits, {name}"), &shares.into_inner(), waiting);
    }
}

#[test]
fn a_fixed_fleet_of_the_launch_type_ec2_turns_tasks_away_as_erlang_b_says() {
    for (servers, load, loss, _, _) in ROWS {
        let calls = 20_000;
        let text = queue(servers, load, calls, &exponential(), false);
        let lost = samples((servers, load), calls, &text, |witness| {
            witness.refused as f64 / witness.arrived as f64
        });
        covers(&format!("lost, {servers} servers at {load}"), &lost, loss);
    }
}

#[test]
fn tasks_of_constant_length_wait_half_as_long() {
    // M/D/1, Pollaczek and Khinchine: load / (2 (1 - load)) lives; 0.5 at a load of 0.5.
    let text = queue(1, 0.5, 20_000, &format!("\"{LIFE}s\""), true);
    let waits = samples((1, 0.5), 20_000, &text, |witness| mean_wait(witness) / LIFE);
    covers("mean wait of equal tasks", &waits, 0.5);
}

#[test]
fn littles_law_is_an_identity_from_empty_to_empty() {
    // Every start-up phase takes its time: the fleet and the waiting tasks are as a user meets them.
    let text = queue(5, 0.8, 2_000, &exponential(), true)
        .replace("start = \"0s\"\ndeprovision = \"0s\"\n", "")
        .replace("attach_host = \"0s\"\n", "");
    let prepared = prepared(&text);
    for seed in 1..=5 {
        let witness = watch(&prepared, horizon(5, 0.1, 2_000), seed, 0);
        assert_eq!(witness.arrived, 2_000, "all have ended");
        for status in LastStatus::ALL {
            let at = status as usize;
            if status != LastStatus::Stopped {
                let name = status.name();
                assert_eq!(witness.integrals[at], witness.stays[at], "{name}, seed {seed}");
            }
        }
        assert!(witness.integrals[LastStatus::Provisioning as usize] > 0, "some waited");
    }
}

/// A service of one task on each instance, and about so many messages, with nothing else to wait for.
fn messages(servers: u32, load: f64, count: u32, processing_time: &str) -> String {
    let rate = load * f64::from(servers) / LIFE;
    let text = queue(servers, load, 1, "\"1s\"", false);
    let (fleet, _) = text.split_once("[[run_task]]").expect("a queue of jobs");
    let end = SimDuration::from_secs_f64(f64::from(count) / rate);
    format!(
        "{fleet}[[service]]\nname = \"worker\"\ntask_definition = \"job\"\n\
         desired_count = {servers}\nversion_consistency = \"disabled\"\nlaunch_type = \"EC2\"\n\
         [[queue]]\nname = \"jobs\"\nservice = \"worker\"\nprocessing_time = {processing_time}\n\
         steps = [{{ at = \"0s\", messages_per_second = {rate} }}, \
         {{ at = \"{end}\", messages_per_second = 0 }}]\n"
    )
}

/// Shares that wait and mean waits of each replication, the first tenth of the messages left out.
fn waits_of_messages(servers: u32, load: f64, count: u32, time: &str) -> (Vec<f64>, Vec<f64>) {
    let prepared = prepared(&messages(servers, load, count, time));
    let until = horizon(servers, load, count);
    let sample = |seed| {
        let witness = watch(&prepared, until, seed, count / 10);
        let expected = f64::from(count - count / 10);
        let off = (witness.placed as f64 - expected).abs();
        assert!(off < 5.0 * f64::from(count).sqrt(), "{} received", witness.placed);
        (witness.waited as f64 / witness.placed as f64, mean_wait(&witness) / LIFE)
    };
    (1..=REPLICATIONS).map(sample).unzip()
}

#[test]
fn messages_that_a_service_without_scaling_works_on_meet_erlang_c() {
    for (servers, load, _, waiting, wait) in ROWS {
        // The busier the tasks, the longer a long queue lasts.
        let count = match load {
            ..0.85 => 20_000,
            ..0.94 => 100_000,
            _ => 400_000,
        };
        let name = format!("{servers} tasks at {load}");
        let (shares, waits) = waits_of_messages(servers, load, count, &exponential());
        covers(&format!("mean wait of messages, {name}"), &waits, wait);
        covers(&format!("share of messages that wait, {name}"), &shares, waiting);
    }
}

#[test]
fn messages_of_constant_length_wait_half_as_long() {
    let (_, waits) = waits_of_messages(1, 0.5, 20_000, &format!("\"{LIFE}s\""));
    covers("mean wait of equal messages", &waits, 0.5);
}
