//! Faults: each kind is there or not, in the first hour, and every one ends in it.

use std::fmt::Write as _;

use super::dice::Dice;

/// What a fault may be narrowed to.
pub(crate) struct Scope<'a> {
    pub(crate) zones: &'a [&'a str],
    pub(crate) services: &'a [String],
}

/// Minutes until which every fault is over.
pub(crate) const OVER: u32 = 60;

/// Draws the faults.
pub(crate) fn draw(dice: &mut Dice, scope: &Scope<'_>) -> String {
    let mut text = String::new();
    for kind in KINDS {
        if dice.coin() {
            one(dice, scope, kind, &mut text);
        }
    }
    text
}

const KINDS: [&str; 17] = [
    "az-outage",
    "az-degradation",
    "insufficient-capacity",
    "spot-storm",
    "slow-boot",
    "dead-boot",
    "agent-disconnect",
    "image-pull-failure",
    "slow-registry",
    "eni-attach-failure",
    "subnet-out-of-addresses",
    "api-throttling",
    "quota-reached",
    "instance-terminated",
    "task-killed",
    "crash-loop",
    "rebalance-recommendation",
];

/// Classes that have instances here, and one that has none.
pub(crate) const CLASSES: [&str; 3] = ["standard", "x", "p"];

/// Kinds that happen at one moment.
const MOMENTARY: [&str; 4] =
    ["spot-storm", "rebalance-recommendation", "instance-terminated", "task-killed"];

fn one(dice: &mut Dice, scope: &Scope<'_>, kind: &str, text: &mut String) {
    let start = dice.from(0, OVER - 15);
    let _ = writeln!(text, "[[fault]]\nkind = \"{kind}\"\nstart = \"{start}m\"");
    if !MOMENTARY.contains(&kind) {
        let _ = writeln!(text, "duration = \"{}m\"", dice.from(1, 14));
    }
    if kind.starts_with("az-") || kind == "subnet-out-of-addresses" || may_have_zone(dice, kind) {
        let zone = dice.pick(scope.zones);
        let _ = writeln!(text, "availability_zone = \"{zone}\"");
    }
    let of_tasks = ["image-pull-failure", "slow-registry", "task-killed", "crash-loop"];
    if of_tasks.contains(&kind) && dice.coin() && !scope.services.is_empty() {
        let most = u32::try_from(scope.services.len() - 1).expect("few");
        let _ = writeln!(text, "service = \"{}\"", scope.services[dice.from(0, most) as usize]);
    }
    let chances = [
        "insufficient-capacity",
        "slow-boot",
        "dead-boot",
        "image-pull-failure",
        "eni-attach-failure",
        "crash-loop",
    ];
    if chances.contains(&kind) && dice.coin() {
        let _ = writeln!(text, "probability = 0.{}", dice.from(1, 9));
    }
    let shares = MOMENTARY.contains(&kind) || kind == "agent-disconnect";
    if shares && dice.coin() {
        let _ = writeln!(text, "percent = {}", dice.from(10, 90));
    }
    *text += &keys(dice, kind);
}

fn may_have_zone(dice: &mut Dice, kind: &str) -> bool {
    !["api-throttling", "quota-reached"].contains(&kind) && dice.coin()
}

/// The keys of one kind.
fn keys(dice: &mut Dice, kind: &str) -> String {
    match kind {
        "az-outage" => dice.maybe("instances = \"unreachable\""),
        "az-degradation" => {
            format!("factor = {}\nlaunch_failure_probability = 0.4\n", dice.from(2, 9))
        }
        "spot-storm" => dice.maybe("window = \"30s\""),
        "slow-boot" | "slow-registry" => format!("factor = {}\n", dice.from(2, 20)),
        "dead-boot" => {
            dice.maybe("stuck_in = \"pending\"") + &dice.maybe("health_timeout = \"2m\"")
        }
        "eni-attach-failure" => {
            dice.maybe("cause = \"device-index\"") + &dice.maybe("timeout = \"40s\"")
        }
        "subnet-out-of-addresses" => {
            format!("available_ip_address_count = {}\n", dice.from(0, 3))
        }
        "api-throttling" => {
            format!("burst = {}\nrefill_per_second = 0.1\n", dice.from(0, 3))
        }
        "quota-reached" => {
            let quotas = ["on-demand-vcpus", "spot-vcpus", "fargate-vcpus", "fargate-spot-vcpus"];
            let quota = dice.pick(&quotas);
            let class = dice.coin().then(|| dice.pick(&CLASSES));
            let class = class.filter(|_| !quota.starts_with("fargate"));
            let class = class.map_or(String::new(), |class| format!("class = \"{class}\"\n"));
            format!("quota = \"{quota}\"\nvcpus = {}\n{class}", dice.from(0, 8))
        }
        "task-killed" => dice.maybe("by = \"exit\""),
        "crash-loop" => format!("exit_after = \"{}s\"\n", dice.from(1, 60)),
        _ => String::new(),
    }
}
