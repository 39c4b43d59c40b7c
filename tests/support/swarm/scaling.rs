//! Services that scale, of those that were drawn.

use std::fmt::Write as _;

use super::Expected;
use super::dice::Dice;

/// Draws targets, policies and scheduled actions. `demand` says what metrics there are.
pub(crate) fn draw(dice: &mut Dice, services: &[Expected], demand: &str) -> String {
    let mut text = String::new();
    for service in services {
        if dice.coin() {
            target(dice, &service.name, demand, &mut text);
        }
    }
    text
}

fn target(dice: &mut Dice, service: &str, demand: &str, text: &mut String) {
    let (min, more) = (dice.from(0, 4), dice.from(0, 12));
    let _ = write!(
        text,
        "[[scalable_target]]\nservice = \"{service}\"\nmin_capacity = {min}\nmax_capacity = {}\n",
        min + more
    );
    if demand.contains(&format!("[[demand]]\nname = \"to-{service}-0\"")) {
        if dice.coin() {
            let target = dice.from(10, 90);
            track(dice, service, "predefined", "ECSServiceAverageCPUUtilization", target, text);
        }
        if dice.coin() {
            steps(dice, service, text);
        }
    }
    if demand.contains(&format!("[[queue]]\nname = \"for-{service}\"")) && dice.coin() {
        let target = dice.from(1, 50);
        track(dice, service, "customized", "BacklogPerTask", target, text);
    }
    for number in 0..dice.from(0, 2) {
        let minute = dice.from(0, 170);
        let (min, more) = (dice.from(0, 6), dice.from(0, 8));
        let _ = write!(
            text,
            "[[scheduled_action]]\nname = \"{service}-at-{number}\"\nservice = \"{service}\"\n\
             schedule_expression = \"at(2026-01-01T{:02}:{:02}:00)\"\nmin_capacity = {min}\n\
             max_capacity = {}\n",
            minute / 60,
            minute % 60,
            min + more
        );
    }
}

fn track(dice: &mut Dice, service: &str, kind: &str, metric: &str, target: u32, text: &mut String) {
    let which = if kind == "predefined" {
        format!("predefined_metric_type = \"{metric}\"")
    } else {
        format!("customized_metric_specification = {{ metric_name = \"{metric}\" }}")
    };
    let _ = write!(
        text,
        "[[scaling_policy]]\nname = \"{service}-{kind}\"\nservice = \"{service}\"\n\
         policy_type = \"TargetTrackingScaling\"\n{which}\ntarget_value = {target}\n"
    );
    *text += &dice.maybe("scale_in_cooldown = 60");
    *text += &dice.maybe("scale_out_cooldown = 0");
    *text += &dice.maybe("disable_scale_in = true");
}

fn steps(dice: &mut Dice, service: &str, text: &mut String) {
    let kind = dice.pick(&["ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity"]);
    let (up, sign) = if dice.coin() { (true, "Greater") } else { (false, "Less") };
    let bound = if up { "metric_interval_lower_bound" } else { "metric_interval_upper_bound" };
    let change = dice.from(1, 4);
    let minus = if up || kind == "ExactCapacity" { "" } else { "-" };
    let _ = write!(
        text,
        "[[scaling_policy]]\nname = \"{service}-steps\"\nservice = \"{service}\"\n\
         policy_type = \"StepScaling\"\nadjustment_type = \"{kind}\"\n\
         alarm = {{ metric = \"CPUUtilization\", threshold = {}, comparison_operator = \
         \"{sign}ThanThreshold\", evaluation_periods = {} }}\n\
         step_adjustments = [{{ {bound} = 0, scaling_adjustment = {minus}{change} }}]\n",
        dice.from(5, 95),
        dice.from(1, 5)
    );
}
