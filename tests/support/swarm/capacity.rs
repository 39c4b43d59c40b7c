//! Capacity of every kind: providers, pools, machines.

use std::fmt::Write as _;

use super::dice::Dice;

/// What a strategy must not mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Managed,
    Group,
    Fargate,
    /// The launch types EC2, where there is a group, and EXTERNAL.
    Ec2,
    External,
}

/// Providers of one kind that a strategy may name, and what may leave a task without a place.
#[derive(Clone, Debug)]
pub(crate) struct Capacity {
    pub(crate) kind: Kind,
    pub(crate) names: Vec<String>,
    pub(crate) limits: Vec<&'static str>,
}

/// Everything that the cluster may run on, and its tables.
pub(crate) struct Drawn {
    pub(crate) text: String,
    pub(crate) all: Vec<Capacity>,
}

/// Types of the architecture, small enough for several tasks, large enough for each.
pub(crate) fn types(arm: bool) -> [&'static str; 4] {
    if arm {
        ["m7g.large", "m6g.large", "c7g.xlarge", "t4g.medium"]
    } else {
        ["m7i.large", "m5.large", "c5.xlarge", "t3.medium"]
    }
}

/// Draws one to four providers and machines outside AWS.
pub(crate) fn draw(dice: &mut Dice, arm: bool) -> Drawn {
    let mut drawn = Drawn { text: String::new(), all: Vec::new() };
    let mut count = 0;
    while count == 0 {
        for kind in [Kind::Managed, Kind::Group, Kind::Fargate, Kind::External] {
            if dice.coin() {
                kind_of(dice, arm, kind, &mut drawn);
                count += 1;
            }
        }
    }
    drawn
}

fn kind_of(dice: &mut Dice, arm: bool, kind: Kind, drawn: &mut Drawn) {
    let mut capacity = Capacity { kind, names: Vec::new(), limits: Vec::new() };
    for number in 0..dice.from(1, 2) {
        let name = format!("{kind:?}-{number}").to_lowercase();
        let (text, limits) = match kind {
            Kind::Managed => managed(dice, arm, &name),
            Kind::Group | Kind::Ec2 => group(dice, arm, &name),
            Kind::Fargate => break,
            Kind::External => (external(dice, arm, &name), vec!["fixed fleet"]),
        };
        drawn.text += &text;
        capacity.limits.extend(limits);
        capacity.names.push(name);
    }
    if kind == Kind::Group {
        let limits = vec!["fixed fleet"];
        drawn.all.push(Capacity { kind: Kind::Ec2, names: Vec::new(), limits });
    }
    if kind == Kind::Fargate {
        fargate(dice, drawn, &mut capacity);
    }
    drawn.all.push(capacity);
}

fn managed(dice: &mut Dice, arm: bool, name: &str) -> (String, Vec<&'static str>) {
    let mut text = format!(
        "[[capacity_provider]]\nname = \"{name}\"\n[capacity_provider.managed_instances_provider]\n"
    );
    let mut limits = Vec::new();
    if dice.coin() {
        let policy = dice.pick(&["depth-weighted", "price-capacity-optimized", "lowest-price"]);
        let _ =
            write!(text, "capacity_option_type = \"SPOT\"\nspot_selection_policy = \"{policy}\"\n");
        limits.push("Spot");
    }
    if dice.coin() {
        let _ = writeln!(text, "default_pool_depth = {}", dice.from(1, 4));
        limits.push("depth");
    }
    if dice.coin() {
        let after = dice.pick(&["-1", "0", "120"]);
        let _ = writeln!(text, "scale_in_after = {after}");
    }
    if dice.coin() {
        let drain = dice.from(10, 50);
        let stop = drain + dice.from(1, 10);
        let _ = writeln!(text, "drain_after = \"{drain}m\"\nforce_stop_after = \"{stop}m\"");
        limits.push("age");
    }
    text += &dice.maybe("trunking = false");
    text += &dice.maybe("consolidation = false");
    text += &dice.maybe("batch_window = \"5s\"");
    // X is another class of vCPU quotas, and dearer: bought where Standard is full.
    let largest = if dice.coin() { 65_536 } else { 16_384 };
    let makers = if arm { "cpu_manufacturers = [\"amazon-web-services\"]\n" } else { "" };
    let _ = write!(
        text,
        "[capacity_provider.managed_instances_provider.instance_requirements]\n\
         vcpu_count = {{ min = 2, max = 4 }}\nmemory_mib = {{ min = 4096, max = {largest} }}\n{makers}"
    );
    (text, limits)
}

fn group(dice: &mut Dice, arm: bool, name: &str) -> (String, Vec<&'static str>) {
    let (min, more) = (dice.from(0, 2), dice.from(0, 2));
    let roomy = dice.coin();
    let max = if roomy { 60 } else { dice.from(min + more, min + more + 3).max(1) };
    let mut limits = Vec::new();
    if !roomy {
        limits.push("max_size");
    }
    let mut text = format!(
        "[[capacity_provider]]\nname = \"{name}\"\n\
         [capacity_provider.auto_scaling_group_provider]\nmin_size = {min}\nmax_size = {max}\n\
         desired_capacity = {}\n",
        min + more,
    );
    let types = types(arm);
    if dice.coin() {
        let list = [types[0], if arm { "x2gd.large" } else { "x2iedn.xlarge" }];
        let _ = writeln!(text, "instance_types = {list:?}");
    } else if dice.coin() {
        let list = [types[0], dice.pick(&types[1..3]), types[3]];
        let _ = writeln!(text, "instance_types = {list:?}");
    } else {
        let _ = writeln!(text, "instance_types = {:?}", [types[0]]);
    }
    if dice.coin() {
        spot_of_group(dice, &mut text);
        limits.push("Spot");
    } else if dice.coin() {
        let state = dice.pick(&["Stopped", "Running", "Hibernated"]);
        let _ = writeln!(
            text,
            "warm_pool = {{ pool_state = \"{state}\", min_size = {}, \
             max_group_prepared_capacity = {} }}",
            dice.from(0, 2),
            dice.from(0, 6),
        );
    }
    if dice.coin() {
        let _ = writeln!(text, "default_pool_depth = {}", dice.from(1, 4));
        limits.push("depth");
    }
    text += &dice.maybe("initial_instances = \"launched\"");
    text += &dice.maybe("managed_draining = \"DISABLED\"");
    text += &dice.maybe("managed_draining_timeout = \"15m\"");
    text += &dice.maybe("trunking = true");
    text += &dice.maybe("suspended_processes = [\"AZRebalance\"]");
    if dice.coin() {
        text += &dice.maybe("managed_termination_protection = \"ENABLED\"");
        let _ = writeln!(
            text,
            "managed_scaling = {{ status = \"ENABLED\", target_capacity = {}, \
             maximum_scaling_step_size = {}, instance_warmup_period = {} }}",
            dice.from(50, 100),
            dice.from(1, 10),
            dice.from(0, 300),
        );
    } else {
        limits.push("fixed fleet");
    }
    (text, limits)
}

fn spot_of_group(dice: &mut Dice, text: &mut String) {
    let strategy = dice.pick(&["price-capacity-optimized", "capacity-optimized", "lowest-price"]);
    let _ = writeln!(
        text,
        "on_demand_percentage_above_base_capacity = {}\nspot_allocation_strategy = \"{strategy}\"",
        dice.from(0, 99)
    );
    *text += &dice.maybe("on_demand_base_capacity = 1");
    *text += &dice.maybe("capacity_rebalance = true");
    *text += &dice.maybe("ecs_enable_spot_instance_draining = true");
}

fn external(dice: &mut Dice, arm: bool, name: &str) -> String {
    let architecture = if arm { "ARM64" } else { "X86_64" };
    format!(
        "[[external_instance]]\nname = \"{name}\"\ncpu = \"4 vCPU\"\nmemory = \"16 GB\"\ncount = {}\n\
         cpu_architecture = \"{architecture}\"\n",
        dice.from(1, 3)
    )
}

fn fargate(dice: &mut Dice, drawn: &mut Drawn, capacity: &mut Capacity) {
    capacity.names.push("FARGATE".to_owned());
    if dice.coin() {
        capacity.names.push("FARGATE_SPOT".to_owned());
        capacity.limits.push("Spot");
    }
    drawn.text += "[fargate]\n";
    if dice.coin() {
        let _ = writeln!(drawn.text, "vcpu_quota = {}", dice.from(4, 12));
        capacity.limits.push("quota");
    }
    if dice.coin() {
        let _ = writeln!(drawn.text, "unavailable_percent = {}", dice.from(1, 60));
    }
    drawn.text += &dice.maybe("launch_burst = 3\nlaunch_refill_per_second = 1");
    drawn.text += &dice.maybe("spot_mean_time_to_interruption = \"40m\"");
}
