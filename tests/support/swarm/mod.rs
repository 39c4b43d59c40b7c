//! The swarm: random clusters of every kind of capacity under random faults. Each feature is there with
//! probability 1/2 (swarm testing: Groce, Zhang, Eide, Chen and Regehr, ISSTA 2012): what hides a bug in
//! one scenario is absent from another.

pub(crate) mod accounts;
mod capacity;
mod demand;
mod dice;
mod faults;
mod scaling;
mod tasks;

use std::fmt::Write as _;

use dice::Dice;

/// The zones of us-east-1 that are used, from the first.
const ZONES: [&str; 3] = ["use1-az1", "use1-az2", "use1-az4"];

/// A scenario, and what it must come to.
pub(crate) struct Drawn {
    pub(crate) text: String,
    pub(crate) services: Vec<Expected>,
}

/// A service at the end of the quiet period.
pub(crate) struct Expected {
    pub(crate) name: String,
    pub(crate) desired: u32,
    /// Where its tasks may go; launch types have no name.
    pub(crate) providers: Vec<String>,
    /// What may keep tasks of it waiting; empty: nothing.
    pub(crate) limits: Vec<&'static str>,
}

/// The scenario of a seed. All that is drawn happens in the first hour and a bit; then three quiet ones.
pub(crate) fn draw(seed: u64) -> Drawn {
    let mut dice = Dice::new(seed);
    let zones = &ZONES[..dice.from(1, 3) as usize];
    let mut text = format!(
        "# Seed {seed} of the swarm.\nschema = 1\nname = \"swarm-{seed}\"\nregion = \"us-east-1\"\n\
         horizon = \"4h\"\nseed = {seed}\navailability_zones = {zones:?}\n"
    );
    let mut limits = Vec::new();
    if dice.coin() {
        let _ = writeln!(text, "on_demand_vcpu_quota = {}", dice.from(4, 40));
        limits.push("quota");
    }
    if dice.coin() {
        let classes = by_class(&mut dice);
        let _ = writeln!(text, "on_demand_vcpu_quotas = {classes}");
        limits.extend(classes.contains('=').then_some("quota"));
    }
    if spot(&mut dice, &mut text) {
        limits.push("quota");
    }
    if dice.coin() {
        let addresses = dice.from(3, 40);
        for zone in zones {
            let _ = write!(
                text,
                "[[subnet]]\nid = \"subnet-{zone}\"\navailability_zone = \"{zone}\"\n\
                 available_ip_address_count = {addresses}\n"
            );
        }
        limits.push("addresses");
    }
    let arm = dice.coin();
    let capacity = capacity::draw(&mut dice, arm);
    let mut tasks = tasks::draw(&mut dice, arm, &capacity.all);
    for service in &mut tasks.services {
        service.limits.extend(&limits);
    }
    let names = tasks.services.iter().map(|service| &service.name).chain(&tasks.daemons);
    let names: Vec<_> = names.cloned().collect();
    let faults = faults::draw(&mut dice, &faults::Scope { zones, services: &names });
    let demand = demand::draw(&mut dice, &tasks.services);
    let scaling = scaling::draw(&mut dice, &tasks.services, &demand);
    text += &(capacity.text + &tasks.text + &faults + &demand + &scaling);
    Drawn { text, services: tasks.services }
}

/// Quotas of classes: each is stated or not.
fn by_class(dice: &mut Dice) -> String {
    let mut stated = Vec::new();
    for class in faults::CLASSES {
        if dice.coin() {
            stated.push(format!("{class} = {}", dice.from(0, 20)));
        }
    }
    format!("{{ {} }}", stated.join(", "))
}

/// Pools that come and go within minutes, as long as the run lasts. Whether a quota is stated.
fn spot(dice: &mut Dice, text: &mut String) -> bool {
    text.push_str("[spot]\n");
    if dice.coin() {
        let (on, off) = (dice.from(2, 60), dice.from(1, 10));
        let _ = writeln!(
            text,
            "available_for = {{ weibull = {{ shape = 0.6, scale = \"{on}m\" }} }}\n\
             unavailable_for = \"{off}m\""
        );
    }
    if dice.coin() {
        let _ = writeln!(text, "depth = {}", dice.from(1, 5));
    }
    if dice.coin() {
        let _ = writeln!(text, "all_lost_percent = {}", dice.from(0, 100));
    }
    if dice.coin() {
        let _ = writeln!(text, "recommendation_lead = \"{}s\"", dice.from(0, 300));
    }
    let classes = if dice.coin() { by_class(dice) } else { return false };
    let _ = writeln!(text, "vcpu_quotas = {classes}");
    classes.contains('=')
}
