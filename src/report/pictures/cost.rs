//! What the bill is made of.

use crate::report::words;

use super::axis::{Axis, Unit};
use super::canvas::{EDGE, Hold, LABEL, Picture, WIDTH, fitted};
use super::palette::{BLUE, GREEN, GREY, GRID, INK, MUTED, ORANGE, PURPLE, SKY};
use super::{Colour, View};

/// Lines of their own.
const LINES: usize = 14;

/// Height of a line.
const ROW: f64 = 28.0;

pub(super) fn picture(view: &View<'_>) -> Option<Picture> {
    let cost = &view.run.summary.cost;
    let mut lines: Vec<(&str, f64)> =
        cost.lines.iter().map(|line| (line.item.as_str(), line.usd)).collect();
    lines.retain(|(_, usd)| *usd > 0.0);
    lines.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let total = cost.total_usd;
    let mut rest = String::new();
    if lines.len() > LINES + 1 {
        let others = lines.split_off(LINES);
        rest = format!("{} other lines", others.len());
        lines.push(("", others.iter().map(|(_, usd)| usd).sum()));
    }
    let (_, most) = lines.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let of = &view.run.summary.scenario;
    let subtitle = format!(
        "{}, {}: {} in {} simulated",
        of.name,
        of.region,
        words::amount(total),
        words::time(of.horizon_s)
    );
    let top = Picture::top() + 30.0;
    let height = top + ROW * lines.len() as f64 + 24.0;
    let mut picture = Picture::new("cost-breakdown", "What the bill is made of", &subtitle, height);
    let left = EDGE + 340.0;
    let right = WIDTH - EDGE - 130.0;
    let axis = Axis::round(0.0, most, 5.0, Unit::Usd);
    let x = |usd: f64| left + axis.share(usd) * (right - left);
    for (usd, label) in &axis.ticks {
        picture.line(vec![(x(*usd), top - 6.0), (x(*usd), height - 16.0)], GRID, 1.0);
        picture.text((x(*usd), top - 18.0), label, LABEL, Hold::Middle, MUTED);
    }
    for (at, (item, usd)) in lines.iter().enumerate() {
        let y = top + ROW * (at as f64 + 0.5);
        let name = if item.is_empty() { rest.as_str() } else { item };
        picture.text((left - 10.0, y), &fitted(name, LABEL, 325.0), LABEL, Hold::Right, INK);
        picture.rectangle((left, y - 9.0), (x(*usd), y + 9.0), colour(item));
        let said = format!("{} · {}", words::amount(*usd), words::percent(usd / total));
        picture.text((x(*usd) + 8.0, y), &said, LABEL, Hold::Left, INK);
    }
    Some(picture)
}

/// By what is paid for.
fn colour(item: &str) -> Colour {
    let of = |word: &str| item.contains(word);
    if item.is_empty() {
        GREY
    } else if of("fee") {
        ORANGE
    } else if of("volume") || of("storage") {
        PURPLE
    } else if of("Spot instance") {
        GREEN
    } else if of(": memory") {
        SKY
    } else {
        BLUE
    }
}
