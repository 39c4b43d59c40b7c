//! Task definitions, services with their updates, and standalone tasks.

use std::fmt::Write as _;

use super::Expected;
use super::capacity::{Capacity, Kind};
use super::dice::Dice;

/// Minutes until which all that is asked for is asked for.
const ASKED: u32 = 60;

/// What was drawn.
#[derive(Default)]
pub(crate) struct Drawn {
    pub(crate) text: String,
    pub(crate) services: Vec<Expected>,
    /// Names of daemon services.
    pub(crate) daemons: Vec<String>,
}

/// Draws one to three services, standalone tasks and daemons, each somewhere.
pub(crate) fn draw(dice: &mut Dice, arm: bool, all: &[Capacity]) -> Drawn {
    let mut drawn = Drawn::default();
    for number in 0..dice.from(1, 3) {
        let capacity = &all[dice.from(0, all.len() as u32 - 1) as usize];
        let (family, mut limits) = definition(dice, arm, capacity.kind, number, &mut drawn.text);
        limits.extend(&capacity.limits);
        service(dice, capacity, &family, limits, &mut drawn);
    }
    if dice.coin() {
        let capacity = &all[dice.from(0, all.len() as u32 - 1) as usize];
        let (family, _) = definition(dice, arm, capacity.kind, 9, &mut drawn.text);
        drawn.text += &failure(&mut dice.clone());
        run_task(dice, capacity, &family, &mut drawn.text);
    }
    if dice.coin() {
        daemons(dice, arm, all, &mut drawn);
    }
    // By a copy of the dice: what is drawn later stays as it is without these.
    let dice = &mut dice.clone();
    if dice.coin() {
        let capacity = &all[dice.from(0, all.len() as u32 - 1) as usize];
        let (family, mut limits) = definition(dice, arm, capacity.kind, 10, &mut drawn.text);
        drawn.text += &failure(dice);
        limits.extend(&capacity.limits);
        limits.push("its tasks fail");
        service(dice, capacity, &family, limits, &mut drawn);
    }
    drawn
}

/// One or two daemon services, where there are container instances to run them on. They may take from
/// others the room that these need.
fn daemons(dice: &mut Dice, arm: bool, all: &[Capacity], drawn: &mut Drawn) {
    let has_instances =
        |of: &&Capacity| matches!(of.kind, Kind::Group | Kind::Ec2 | Kind::External);
    let places: Vec<&Capacity> = all.iter().filter(has_instances).collect();
    if places.is_empty() {
        return;
    }
    for number in 20..20 + dice.from(1, 2) {
        let capacity = dice.pick(&places);
        let (family, _) = definition(dice, arm, capacity.kind, number, &mut drawn.text);
        let name = format!("daemon-{number}");
        let text = &mut drawn.text;
        let _ = write!(
            text,
            "[[service]]\nname = \"{name}\"\ntask_definition = \"{family}\"\n\
             scheduling_strategy = \"DAEMON\"\n"
        );
        goes_to(dice, capacity, text);
        *text += &dice.maybe("launch_rate_per_minute = 1");
        *text += &dice.maybe("start_backoff_max = \"2m\"");
        if dice.coin() {
            let _ = writeln!(text, "create_at = \"{}m\"", dice.from(1, 20));
        }
        if dice.coin() {
            let _ = writeln!(text, "placement_constraints = [{}]", dice.pick(&CONSTRAINTS[1..]));
        }
        daemon_updates(&mut dice.clone(), &name, text);
        drawn.daemons.push(name);
    }
    for service in &mut drawn.services {
        service.limits.push("daemons");
    }
}

/// How its tasks are replaced and looked at, and when.
fn daemon_updates(dice: &mut Dice, name: &str, text: &mut String) {
    if dice.coin() {
        return;
    }
    let (minimum, enable, rollback) = (dice.from(0, 99), dice.coin(), dice.coin());
    let _ = writeln!(
        text,
        "deployment_configuration = {{ minimum_healthy_percent = {minimum}, \
         deployment_circuit_breaker = {{ enable = {enable}, rollback = {rollback} }} }}"
    );
    *text += &dice.maybe("health_check_grace_period = \"45s\"");
    *text += &dice.maybe(
        "load_balancer = { health_check_interval = \"10s\", deregistration_delay = \"30s\" }",
    );
    let mut at = 20;
    for _ in 0..dice.from(1, 3) {
        at += dice.from(0, 15);
        let _ = write!(
            text,
            "[[update_service]]\nservice = \"{name}\"\nat = \"{at}m\"\n\
             force_new_deployment = true\n"
        );
    }
}

/// A definition, and what of it may keep tasks waiting.
fn definition(
    dice: &mut Dice,
    arm: bool,
    kind: Kind,
    number: u32,
    text: &mut String,
) -> (String, Vec<&'static str>) {
    let family = format!("task-{number}");
    let (cpu, memory) = *dice.pick(&[&(256, 512), &(512, 1024), &(1024, 2048)]);
    let architecture = if arm { "ARM64" } else { "X86_64" };
    let mode = match kind {
        Kind::Fargate => "awsvpc",
        Kind::Managed => dice.pick(&["awsvpc", "host"]),
        Kind::External => dice.pick(&["bridge", "host", "none"]),
        Kind::Group | Kind::Ec2 => dice.pick(&["awsvpc", "bridge", "host", "none"]),
    };
    let _ = write!(
        text,
        "[[task_definition]]\nfamily = \"{family}\"\ncpu = {cpu}\nmemory = {memory}\n\
         network_mode = \"{mode}\"\nruntime_platform = {{ cpu_architecture = \"{architecture}\" }}\n"
    );
    let mut limits = Vec::new();
    let ports = mode == "bridge" || mode == "host" && kind != Kind::Managed;
    if ports && dice.coin() {
        let port = dice.from(8_000, 8_001);
        let _ =
            writeln!(text, "port_mappings = [{{ container_port = {port}, host_port = {port} }}]");
        limits.push("ports");
    }
    if dice.coin() {
        let _ =
            writeln!(text, "image = {{ name = \"shared\", size_mb = {} }}", dice.from(50, 2_000));
    }
    *text += &dice.maybe("stop_timeout = \"100s\"\nexit_after_stop_signal = \"90s\"");
    *text += &dice.maybe("ready_after = \"20s\"");
    *text += &dice.maybe("health_check = { interval = \"10s\", start_period = \"15s\" }");
    if dice.coin() && dice.coin() {
        let _ = writeln!(text, "unhealthy_after = \"{}s\"", dice.from(0, 4_000));
        limits.push("deployment");
    }
    (family, limits)
}

/// What is wrong with a definition, or nothing.
fn failure(dice: &mut Dice) -> String {
    let minutes = dice.from(1, 40);
    match dice.from(0, 3) {
        0 => "failure = { never_starts = true }\n".to_owned(),
        1 => format!("failure = {{ crashes_after = \"{minutes}m\" }}\n"),
        _ => String::new(),
    }
}

/// How tasks are replaced and looked at, with some that are never well.
fn deployment(dice: &mut Dice, text: &mut String) {
    let (minimum, maximum) =
        *dice.pick(&[&(100, 200), &(50, 100), &(75, 125), &(0, 200), &(100, 150)]);
    let (strategy, needs_balancer) = strategy(dice);
    let rollback = dice.coin();
    let breaker = format!(
        ", deployment_circuit_breaker = {{ enable = true, rollback = {rollback}, \
         reset_on_healthy_task = {rollback} }}"
    );
    let breaker = if dice.coin() { breaker.as_str() } else { "" };
    let _ = writeln!(
        text,
        "deployment_configuration = {{ minimum_healthy_percent = {minimum}, \
         maximum_percent = {maximum}{breaker}{strategy} }}"
    );
    *text += &dice.maybe("health_check_grace_period = \"45s\"");
    let balancer =
        "load_balancer = { health_check_interval = \"10s\", deregistration_delay = \"30s\" }\n";
    if needs_balancer || dice.coin() {
        *text += balancer;
    }
}

/// How a revision takes over, and whether that needs a load balancer.
fn strategy(dice: &mut Dice) -> (String, bool) {
    let (minutes, percent) = (dice.from(0, 3), dice.from(3, 100));
    let cleanup = dice.pick(&["BLOCKING", "DEFERRED"]);
    let bake = format!("bake_time = \"{}m\"", dice.from(0, 5));
    match dice.from(0, 7) {
        0 => (format!(", strategy = \"BLUE_GREEN\", {bake}"), false),
        1 => {
            let steps = format!("step_percent = {percent}, step_bake_time = \"{minutes}m\"");
            let linear = format!("linear_configuration = {{ {steps} }}");
            (format!(", strategy = \"LINEAR\", {bake}, {linear}"), true)
        }
        2 => {
            let steps = format!("canary_percent = {percent}, canary_bake_time = \"{minutes}m\"");
            let canary = format!("canary_configuration = {{ {steps} }}");
            (format!(", strategy = \"CANARY\", {bake}, {canary}"), true)
        }
        3 => {
            let early = format!(
                "enable = true, healthy_percent = 100, source_service_revision_cleanup = \
                 \"{cleanup}\""
            );
            (format!(", early_success_criteria = {{ {early} }}"), false)
        }
        _ => (String::new(), false),
    }
}

fn service(
    dice: &mut Dice,
    capacity: &Capacity,
    family: &str,
    mut limits: Vec<&'static str>,
    drawn: &mut Drawn,
) {
    let name = format!("of-{family}");
    let mut desired = dice.from(0, 12);
    let text = &mut drawn.text;
    let _ = write!(
        text,
        "[[service]]\nname = \"{name}\"\ntask_definition = \"{family}\"\n\
         desired_count = {desired}\n"
    );
    goes_to(dice, capacity, text);
    *text += &dice.maybe("version_consistency = \"disabled\"");
    *text += &dice.maybe("launch_rate_per_minute = 5");
    *text += &dice.maybe("start_backoff_max = \"2m\"");
    if dice.coin() {
        let _ = writeln!(text, "create_at = \"{}m\"", dice.from(1, 20));
    }
    limits.extend(placement(dice, capacity.kind, text));
    *text += &dice.maybe("availability_zone_rebalancing = \"DISABLED\"");
    *text += &dice.maybe("task_protection = { from = \"1m\", expires_in = \"10m\" }");
    let deploys = dice.coin();
    if deploys {
        limits.push("deployment");
        deployment(dice, text);
    }
    if dice.coin() {
        let mut at = 20;
        for _ in 0..dice.from(1, 3) {
            at += dice.from(0, (ASKED - 20) / 3);
            let _ = write!(text, "[[update_service]]\nservice = \"{name}\"\nat = \"{at}m\"\n");
            let force = deploys && dice.coin();
            if force {
                *text += "force_new_deployment = true\n";
            }
            if !force || dice.coin() {
                desired = dice.from(0, 15);
                let _ = writeln!(text, "desired_count = {desired}");
            }
        }
    }
    let providers = capacity.names.clone();
    drawn.services.push(Expected { name, desired, providers, limits });
}

fn run_task(dice: &mut Dice, capacity: &Capacity, family: &str, text: &mut String) {
    let _ = write!(
        text,
        "[[run_task]]\nname = \"job\"\ntask_definition = \"{family}\"\ncount = {}\nat = \"{}m\"\n\
         every = \"{}m\"\ncalls = {}\nrun_for = \"{}m\"\n",
        dice.from(1, 10),
        dice.from(0, 10),
        dice.from(1, 5),
        dice.from(1, 10),
        dice.from(1, 20),
    );
    *text += &dice.clone().maybe("failure = { probability = 0.3, exit_code = 3 }");
    goes_to(dice, capacity, text);
    placement(dice, capacity.kind, text);
}

/// A launch type, or a strategy with base and weights.
fn goes_to(dice: &mut Dice, capacity: &Capacity, text: &mut String) {
    let launch_type = match capacity.kind {
        Kind::Ec2 => Some("EC2"),
        Kind::External => Some("EXTERNAL"),
        Kind::Fargate if dice.coin() => Some("FARGATE"),
        Kind::Fargate | Kind::Managed | Kind::Group => None,
    };
    if let Some(launch_type) = launch_type {
        let _ = writeln!(text, "launch_type = \"{launch_type}\"");
        return;
    }
    let base = if dice.coin() { dice.from(1, 5) } else { 0 };
    let items: Vec<_> = (0..)
        .zip(&capacity.names)
        .map(|(position, name)| {
            let base = if position == 0 { base } else { 0 };
            let weight = dice.from(1, 4);
            format!("{{ capacity_provider = \"{name}\", base = {base}, weight = {weight} }}")
        })
        .collect();
    let _ = writeln!(text, "capacity_provider_strategy = [{}]", items.join(", "));
}

/// Placement where it is offered, and what of it may keep tasks waiting.
fn placement(dice: &mut Dice, kind: Kind, text: &mut String) -> Vec<&'static str> {
    if matches!(kind, Kind::Managed | Kind::Fargate) {
        return Vec::new();
    }
    if dice.coin() {
        let steps = [
            "{ type = \"random\" }",
            "{ type = \"binpack\", field = \"memory\" }",
            "{ type = \"binpack\", field = \"cpu\" }",
            "{ type = \"spread\", field = \"instanceId\" }",
            "{ type = \"spread\", field = \"attribute:ecs.availability-zone\" }, \
             { type = \"binpack\", field = \"memory\" }",
        ];
        let _ = writeln!(text, "placement_strategy = [{}]", dice.pick(&steps));
    }
    if !dice.coin() {
        return Vec::new();
    }
    let _ = writeln!(text, "placement_constraints = [{}]", dice.pick(&CONSTRAINTS));
    vec!["constraints"]
}

const CONSTRAINTS: [&str; 4] = [
    "{ type = \"distinctInstance\" }",
    "{ type = \"memberOf\", expression = \"attribute:ecs.availability-zone == use1-az1\" }",
    "{ type = \"memberOf\", expression = \"attribute:ecs.instance-type =~ m*\" }",
    "{ type = \"memberOf\", expression = \"not(task:group == service:of-task-0)\" }",
];
