//! Random valid scenarios: each feature is there or not with even odds, so that features meet in all
//! combinations and not only all at once.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

/// What a scenario is made of.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    zones: usize,
    minutes: u32,
    seed: u32,
    timing: Timing,
    providers: Vec<Provider>,
    quota: Option<u32>,
    definitions: Vec<Definition>,
    services: Vec<Service>,
    run_tasks: Vec<RunTask>,
    updates: Vec<(usize, u32, u32)>,
    pools: Vec<(&'static str, Option<usize>, u32)>,
}

#[derive(Clone, Copy, Debug)]
enum Timing {
    Calibrated,
    Constant,
    Uniform,
}

#[derive(Clone, Debug)]
struct Provider {
    burstable: bool,
    largest: u32,
    trunking: bool,
    nominal: bool,
    capacity_first: bool,
    consolidation: bool,
    scale_in_after: Option<i32>,
    default_pool_depth: Option<u32>,
    batch_window_ms: Option<u32>,
    tie_percent: Option<u32>,
    short_life: bool,
    retry: Option<Vec<u32>>,
}

#[derive(Clone, Debug)]
struct Definition {
    cpu: u32,
    memory: u32,
    architecture: Option<bool>,
    host: bool,
    size_mb: Option<u32>,
    by_digest: bool,
    shared_image: bool,
    stop_timeout: Option<u32>,
    exit: Option<u32>,
    ready: Option<u32>,
    utilization: Option<u32>,
}

#[derive(Clone, Debug)]
struct Service {
    definition: usize,
    desired: u32,
    create_at: u32,
    consistency: bool,
    rate: Option<u32>,
    strategy: Option<(u32, u32, u32)>,
}

#[derive(Clone, Debug)]
struct RunTask {
    definition: usize,
    count: u32,
    at: u32,
    every: Option<u32>,
    calls: Option<u32>,
    run_for: Option<u32>,
    strategy: Option<(u32, u32, u32)>,
}

fn timing() -> impl Strategy<Value = Timing> {
    select(vec![Timing::Calibrated, Timing::Constant, Timing::Uniform])
}

fn provider() -> impl Strategy<Value = Provider> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let values = (
        select(vec![4_u32, 8, 16]),
        of(prop_oneof![Just(-1), 0..600_i32]),
        of(0..6_u32),
        of(0..20_000_u32),
        of(0..10_u32),
        any::<bool>(),
        of(vec(1..200_u32, 1..4)),
    );
    (flags, values).prop_map(|(flags, values)| {
        let (burstable, trunking, nominal, capacity_first, consolidation) = flags;
        let (largest, scale_in_after, default_pool_depth, batch_window_ms, ..) = values;
        let (.., tie_percent, short_life, retry) = values;
        Provider {
            burstable,
            largest,
            trunking,
            nominal,
            capacity_first,
            consolidation,
            scale_in_after,
            default_pool_depth,
            batch_window_ms,
            tie_percent,
            short_life,
            retry,
        }
    })
}

fn definition() -> impl Strategy<Value = Definition> {
    let sizes = (select(vec![128_u32, 256, 500, 512, 1_024, 2_048]), 64..6_000_u32);
    let flags = (of(any::<bool>()), any::<bool>(), any::<bool>(), any::<bool>());
    let values = (of(0..2_000_u32), of(0..60_u32), of(0..60_u32), of(0..60_u32), of(0..200_u32));
    (sizes, flags, values).prop_map(|((cpu, memory), flags, values)| {
        let (architecture, host, by_digest, shared_image) = flags;
        let (size_mb, stop_timeout, exit, ready, utilization) = values;
        Definition {
            cpu,
            memory,
            architecture,
            host,
            size_mb,
            by_digest,
            shared_image,
            stop_timeout,
            exit,
            ready,
            utilization,
        }
    })
}

fn strategy() -> impl Strategy<Value = Option<(u32, u32, u32)>> {
    of((0..5_u32, 1..5_u32, 0..5_u32))
}

fn service() -> impl Strategy<Value = Service> {
    let times = (0..200_u32, any::<bool>(), of(1..60_u32));
    (0..4_usize, 0..40_u32, times, strategy()).prop_map(|(definition, desired, times, strategy)| {
        let (create_at, consistency, rate) = times;
        Service { definition, desired, create_at, consistency, rate, strategy }
    })
}

fn run_task() -> impl Strategy<Value = RunTask> {
    let times = (0..300_u32, of(5..200_u32), of(1..8_u32), of(0..400_u32));
    (0..4_usize, 1..=10_u32, times, strategy()).prop_map(|(definition, count, times, strategy)| {
        let (at, every, calls, run_for) = times;
        RunTask { definition, count, at, every, calls: every.and(calls), run_for, strategy }
    })
}

const POOLS: [&str; 8] = [
    "t4g.small",
    "t4g.medium",
    "c6g.large",
    "c6g.xlarge",
    "c6a.large",
    "c5a.large",
    "m6g.large",
    "t3a.small",
];

/// Any scenario.
pub(crate) fn recipe() -> impl Strategy<Value = Recipe> {
    let frame = (1..=3_usize, select(vec![3_u32, 10, 30]), any::<u32>(), timing());
    let parts = (
        vec(provider(), 1..=2),
        of(0..120_u32),
        vec(definition(), 1..=4),
        prop_oneof![Just(Vec::new()).boxed(), vec(service(), 1..=3).boxed()],
        prop_oneof![Just(Vec::new()).boxed(), vec(run_task(), 1..=2).boxed()],
        prop_oneof![
            Just(Vec::new()).boxed(),
            vec((0..3_usize, 0..220_u32, 0..40_u32), 1..=4).boxed()
        ],
        of(vec((select(POOLS.to_vec()), of(1..=3_usize), 0..5_u32), 1..=3)),
    );
    (frame, parts).prop_map(|((zones, minutes, seed, timing), parts)| {
        let (providers, quota, definitions, mut services, run_tasks, updates, pools) = parts;
        if services.is_empty() && run_tasks.is_empty() {
            let strategy = None;
            services.push(Service {
                definition: 0,
                desired: 7,
                create_at: 0,
                consistency: true,
                rate: None,
                strategy,
            });
        }
        let pools = pools.unwrap_or_default();
        Recipe {
            zones,
            minutes,
            seed,
            timing,
            providers,
            quota,
            definitions,
            services,
            run_tasks,
            updates,
            pools,
        }
    })
}

/// Scenarios in which every service must come to rest: nothing is scarce, nothing ages, nothing but
/// services asks for tasks, and two days of quiet follow the last update: instances are consolidated
/// one at a time, with up to 12 minutes between.
pub(crate) fn quiet() -> impl Strategy<Value = Recipe> {
    recipe().prop_map(|recipe| {
        let providers = recipe.providers.into_iter().map(|provider| Provider {
            short_life: false,
            default_pool_depth: None,
            retry: None,
            ..provider
        });
        let mut services = recipe.services;
        if services.is_empty() {
            let consistency = true;
            services.push(Service {
                definition: 0,
                desired: 9,
                create_at: 0,
                consistency,
                rate: None,
                strategy: None,
            });
        }
        Recipe {
            minutes: 2_880,
            quota: None,
            pools: Vec::new(),
            run_tasks: Vec::new(),
            providers: providers.collect(),
            services,
            ..recipe
        }
    })
}

impl Recipe {
    /// The tasks that each service wants in the end, in order.
    pub(crate) fn wanted(&self) -> Vec<u32> {
        let of = |index: usize| {
            let mut updates: Vec<_> = self.updates().filter(|(of, ..)| *of == index).collect();
            updates.sort_by_key(|(_, at, _)| *at);
            // An update before the creation is overtaken by it.
            let created = self.services[index].create_at;
            updates.retain(|(_, at, _)| *at >= created);
            updates.last().map_or(self.services[index].desired, |(.., desired)| *desired)
        };
        (0..self.services.len()).map(of).collect()
    }

    fn updates(&self) -> impl Iterator<Item = (usize, u32, u32)> + '_ {
        let services = self.services.len();
        let all = self.updates.iter().filter(move |_| services > 0);
        // Two updates of one service at one instant have no order.
        all.enumerate().map(move |(number, (of, at, desired))| {
            (of % services, at * 4 + u32::try_from(number).unwrap_or(0), *desired)
        })
    }

    /// The scenario as TOML.
    pub(crate) fn toml(&self) -> String {
        let zones: Vec<String> = (1..=self.zones).map(|zone| format!("euw1-az{zone}")).collect();
        let mut text = format!(
            "schema = 1\nname = \"random\"\nregion = \"eu-west-1\"\nhorizon = \"{}m\"\nseed = {}\n\
             availability_zones = {zones:?}\n",
            self.minutes, self.seed
        );
        if let Some(quota) = self.quota {
            writeln!(text, "on_demand_vcpu_quota = {quota}").expect("a text grows");
        }
        text.push_str(match self.timing {
            Timing::Calibrated => "",
            Timing::Constant => "[timing]\npreset = \"seed-000\"\n",
            Timing::Uniform => {
                "[timing]\nboot = { uniform = { min = \"1s\", max = \"90s\" } }\n\
                 attach = { exponential = { mean = \"5s\" } }\ndeprovision = \"0s\"\n\
                 launch = \"0s\"\n"
            }
        });
        for (number, provider) in self.providers.iter().enumerate() {
            text.push_str(&provider.toml(number));
        }
        for (number, definition) in self.definitions.iter().enumerate() {
            text.push_str(&definition.toml(number));
        }
        for (number, service) in self.services.iter().enumerate() {
            text.push_str(&service.toml(number, self));
        }
        for (number, run_task) in self.run_tasks.iter().enumerate() {
            text.push_str(&run_task.toml(number, self));
        }
        for (of, at, desired) in self.updates() {
            writeln!(
                text,
                "[[update_service]]\nservice = \"s{of}\"\nat = \"{at}s\"\ndesired_count = {desired}"
            )
            .expect("a text grows");
        }
        self.pools_toml(&mut text);
        text
    }

    fn pools_toml(&self, text: &mut String) {
        let mut told = std::collections::BTreeSet::new();
        for (name, zone, depth) in &self.pools {
            let zone = zone.map(|zone| (zone - 1) % self.zones + 1);
            if !told.insert((name, zone)) {
                continue;
            }
            writeln!(text, "[[capacity_pool]]\ninstance_type = \"{name}\"\ndepth = {depth}")
                .expect("a text grows");
            if let Some(zone) = zone {
                writeln!(text, "availability_zone = \"euw1-az{zone}\"").expect("a text grows");
            }
        }
    }

    fn strategy(&self, strategy: Option<(u32, u32, u32)>) -> String {
        match (strategy, self.providers.len()) {
            (Some((base, first, second)), 2) => format!(
                "capacity_provider_strategy = [{{ capacity_provider = \"p0\", base = {base}, weight = \
                 {first} }}, {{ capacity_provider = \"p1\", weight = {second} }}]\n"
            ),
            _ => {
                "capacity_provider_strategy = [{ capacity_provider = \"p0\", weight = 1 }]\n".into()
            }
        }
    }
}

impl Provider {
    fn toml(&self, number: usize) -> String {
        let mut text = format!(
            "[[capacity_provider]]\nname = \"p{number}\"\n\
             [capacity_provider.managed_instances_provider]\ntrunking = {}\nconsolidation = {}\n",
            self.trunking, self.consolidation
        );
        let mut add = |line: String| text.push_str(&(line + "\n"));
        if self.nominal {
            add("plan_memory = \"nominal\"".into());
        }
        if self.capacity_first {
            add("selection_policy = \"capacity-first\"".into());
        }
        if let Some(seconds) = self.scale_in_after {
            add(format!("scale_in_after = {seconds}"));
        }
        if let Some(depth) = self.default_pool_depth {
            add(format!("default_pool_depth = {depth}"));
        }
        if let Some(millis) = self.batch_window_ms {
            add(format!("batch_window = \"{millis}ms\""));
        }
        if let Some(percent) = self.tie_percent {
            add(format!("price_tie_percent = {percent}"));
        }
        if self.short_life {
            add("drain_after = \"4m\"\nforce_stop_after = \"6m\"".into());
        }
        if let Some(waits) = &self.retry {
            let waits: Vec<String> = waits.iter().map(|wait| format!("{wait}s")).collect();
            add(format!("capacity_retry = {waits:?}"));
        }
        let burstable = if self.burstable { "included" } else { "excluded" };
        add(format!(
            "[capacity_provider.managed_instances_provider.instance_requirements]\n\
             vcpu_count = {{ min = 2, max = {} }}\nmemory_mib = {{ min = 2048, max = 32768 }}\n\
             burstable_performance = \"{burstable}\"",
            self.largest
        ));
        text
    }
}

impl Definition {
    fn toml(&self, number: usize) -> String {
        let mut text = format!(
            "[[task_definition]]\nfamily = \"d{number}\"\ncpu = {}\nmemory = {}\n",
            self.cpu, self.memory
        );
        let mut add = |line: String| text.push_str(&(line + "\n"));
        if let Some(arm) = self.architecture {
            let name = if arm { "ARM64" } else { "X86_64" };
            add(format!("runtime_platform = {{ cpu_architecture = \"{name}\" }}"));
        }
        if self.host {
            add("network_mode = \"host\"".into());
        }
        let image = if self.shared_image { "shared".into() } else { format!("image{number}") };
        let size = self.size_mb.map_or_else(String::new, |size| format!(", size_mb = {size}"));
        add(format!("image = {{ name = \"{image}\", by_digest = {}{size} }}", self.by_digest));
        if let Some(seconds) = self.stop_timeout {
            add(format!("stop_timeout = \"{seconds}s\""));
        }
        if let Some(seconds) = self.exit {
            add(format!(
                "exit_after_stop_signal = {{ exponential = {{ mean = \"{}s\" }} }}",
                seconds + 1
            ));
        }
        if let Some(seconds) = self.ready {
            add(format!("ready_after = \"{seconds}s\""));
        }
        if let Some(percent) = self.utilization {
            add(format!("cpu_utilization_percent = {percent}"));
        }
        text
    }
}

impl Service {
    fn toml(&self, number: usize, of: &Recipe) -> String {
        let consistency = if self.consistency { "enabled" } else { "disabled" };
        let rate =
            self.rate.map_or_else(String::new, |rate| format!("launch_rate_per_minute = {rate}\n"));
        format!(
            "[[service]]\nname = \"s{number}\"\ntask_definition = \"d{}\"\ndesired_count = {}\n\
             create_at = \"{}s\"\nversion_consistency = \"{consistency}\"\n{rate}{}",
            self.definition % of.definitions.len(),
            self.desired,
            self.create_at,
            of.strategy(self.strategy)
        )
    }
}

impl RunTask {
    fn toml(&self, number: usize, of: &Recipe) -> String {
        let mut text = format!(
            "[[run_task]]\nname = \"r{number}\"\ntask_definition = \"d{}\"\ncount = {}\nat = \"{}s\"\n{}",
            self.definition % of.definitions.len(),
            self.count,
            self.at,
            of.strategy(self.strategy)
        );
        if let Some(seconds) = self.every {
            writeln!(text, "every = {{ exponential = {{ mean = \"{seconds}s\" }} }}")
                .expect("a text grows");
        }
        if let Some(calls) = self.calls {
            writeln!(text, "calls = {calls}").expect("a text grows");
        }
        if let Some(seconds) = self.run_for {
            writeln!(
                text,
                "run_for = {{ uniform = {{ min = \"1s\", max = \"{}s\" }} }}",
                seconds + 1
            )
            .expect("a text grows");
        }
        text
    }
}
