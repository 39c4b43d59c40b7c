//! Requests and messages for the services that were drawn.

use std::fmt::Write as _;

use super::Expected;
use super::dice::Dice;

/// Draws demands and queues, each of them for some service.
pub(crate) fn draw(dice: &mut Dice, services: &[Expected]) -> String {
    let mut text = String::new();
    for service in services {
        if dice.coin() {
            demand(dice, &service.name, &mut text);
        }
        if dice.coin() {
            queue(dice, &service.name, &mut text);
        }
    }
    text
}

fn demand(dice: &mut Dice, service: &str, text: &mut String) {
    let mut request = format!("cpu_time = \"{}ms\"\n", dice.from(5, 400));
    if dice.coin() {
        let _ = writeln!(request, "latency = \"{}ms\"", dice.from(5, 2_000));
    }
    if dice.coin() {
        let _ = writeln!(request, "concurrency = {}", dice.from(1, 20));
    }
    if dice.coin() {
        let _ = writeln!(request, "timeout = \"{}s\"", dice.from(0, 300));
    }
    request += &dice.maybe("idle_memory_mib = 100\nmemory_per_request_mib = 5");
    request += &dice.maybe("target_utilization_percent = 60");
    for number in 0..dice.from(1, 2) {
        let _ = write!(
            text,
            "[[demand]]\nname = \"to-{service}-{number}\"\nservice = \"{service}\"\n{request}"
        );
        rate(dice, "requests_per_second", 100, text);
    }
}

fn queue(dice: &mut Dice, service: &str, text: &mut String) {
    let _ = write!(
        text,
        "[[queue]]\nname = \"for-{service}\"\nservice = \"{service}\"\n\
         processing_time = {{ exponential = {{ mean = \"{}s\" }} }}\n",
        dice.from(20, 200)
    );
    if dice.coin() {
        let _ = writeln!(text, "initial_messages = {}", dice.from(1, 50));
    }
    if dice.coin() {
        let _ = writeln!(text, "concurrency = {}", dice.from(1, 5));
    }
    if dice.coin() {
        let _ = writeln!(text, "visibility_timeout = \"{}s\"", dice.from(0, 300));
    }
    *text += &dice.maybe("acceptable_latency = \"60s\"");
    *text += &dice.clone().maybe("task_protection = { expires_in = \"5m\" }");
    // Every few minutes one: as many as all else that happens.
    let _ = writeln!(
        text,
        "steps = [{{ at = \"0s\", messages_per_second = 0.00{} }}, \
         {{ at = \"1h\", messages_per_second = 0 }}]",
        dice.from(1, 9)
    );
}

/// A rate that is over after an hour, of every shape but the daily one.
fn rate(dice: &mut Dice, unit: &str, most: u32, text: &mut String) {
    let (low, high) = (dice.from(0, most), dice.from(0, most));
    let at = dice.from(1, 50);
    let _ = match dice.from(0, 4) {
        0 => writeln!(text, "{unit} = {low}"),
        1 => writeln!(
            text,
            "steps = [{{ at = \"{at}m\", {unit} = {low} }}, {{ at = \"55m\", {unit} = {high} }}, \
             {{ at = \"1h\", {unit} = 0 }}]"
        ),
        2 => writeln!(
            text,
            "ramp = {{ from = {low}, to = {high}, start = \"{at}m\", end = \"1h\", every = \"90s\" }}"
        ),
        3 => writeln!(
            text,
            "diurnal = {{ mean = {high}, peak = {}, peak_at = \"1h\", noise = 0.2, every = \"5m\" }}",
            f64::from(high) * 1.5
        ),
        _ => writeln!(
            text,
            "bursts = {{ base = {low}, peak = {high}, every = {{ exponential = {{ mean = \"20m\" }} }}, \
             length = \"{at}s\" }}"
        ),
    };
}
