//! A figure of a sweep by the values of two axes.

use crate::report::outputs::{SweepOutputs, short};
use crate::sweep::decisions::{HeatMap, figure_in_words, heat_maps};

use super::canvas::{EDGE, Hold, LABEL, Picture, SMALL, WIDTH, fitted};
use super::font;
use super::palette::{INK, MUTED, PALE, shade};

/// Maps in a picture.
const MAPS: usize = 6;

/// Rows and columns of a map that can still be read.
const SIDES: usize = 40;

/// Pictures of the first two objectives.
pub(super) fn pictures(sweep: &SweepOutputs) -> Vec<Picture> {
    let names = ["heat-map", "heat-map-2"];
    let metrics = sweep.objectives.iter().take(names.len());
    names
        .into_iter()
        .zip(metrics)
        .filter_map(|(name, metric)| picture(sweep, name, metric))
        .collect()
}

fn picture(sweep: &SweepOutputs, name: &'static str, metric: &str) -> Option<Picture> {
    let maps = heat_maps(&sweep.table, metric);
    let first = maps.first()?;
    if first.rows.len() < 2 || first.columns.len() < 2 {
        return None;
    }
    if maps.iter().any(|map| map.rows.len() > SIDES || map.columns.len() > SIDES) {
        return None;
    }
    let title = super::pareto::capital(&crate::report::words::figure_name(metric));
    let [rows, columns] = [0, 1].map(|axis| short(&first.axes[axis]));
    let mut subtitle = format!("{}: by {rows} and {columns}", sweep.table.name);
    if maps.len() > MAPS {
        subtitle += &format!("; the first {MAPS} of {} maps", maps.len());
    }
    let mut picture = Picture::new(name, &title, &subtitle, 0.0);
    let shown = &maps[..maps.len().min(MAPS)];
    let means = || shown.iter().flat_map(|map| map.cells.iter().flatten().flatten());
    let least = means().map(|of| of.mean).fold(f64::MAX, f64::min);
    let most = means().map(|of| of.mean).fold(f64::MIN, f64::max);
    means().next()?;
    let third = match sweep.table.axes.as_slice() {
        [_, _, third] => short(&third.name),
        _ => "",
    };
    let scale = Scale { metric, least, most, third };
    let mut y = scale.bar(&mut picture) + 8.0;
    let across = if shown.len() == 1 { 1 } else { 2 };
    for pair in shown.chunks(across) {
        let width = (WIDTH - EDGE * (across as f64 + 1.0)) / across as f64;
        let mut bottom = y;
        for (at, map) in pair.iter().enumerate() {
            let left = EDGE + at as f64 * (width + EDGE);
            bottom = bottom.max(scale.map(&mut picture, map, (left, y), width));
        }
        y = bottom + 14.0;
    }
    picture.height = y.round();
    Some(picture)
}

/// What a shade means.
struct Scale<'s> {
    metric: &'s str,
    least: f64,
    most: f64,
    /// The other axis, where there is one.
    third: &'s str,
}

impl Scale<'_> {
    fn share(&self, value: f64) -> f64 {
        if self.most > self.least { (value - self.least) / (self.most - self.least) } else { 0.0 }
    }

    fn bar(&self, on: &mut Picture) -> f64 {
        let y = Picture::top() + 8.0;
        let [low, high] = [self.least, self.most].map(|value| figure_in_words(self.metric, value));
        on.text((EDGE, y), &low, LABEL, Hold::Left, MUTED);
        let left = EDGE + font::width(&low, LABEL) + 10.0;
        for step in 0..40 {
            let x = left + f64::from(step) * 5.0;
            on.rectangle((x, y - 7.0), (x + 5.0, y + 7.0), shade(f64::from(step) / 39.0));
        }
        on.text((left + 210.0, y), &high, LABEL, Hold::Left, MUTED);
        y + 22.0
    }

    /// A map with its upper left corner there; returns its lower end.
    fn map(&self, on: &mut Picture, map: &HeatMap, (left, top): (f64, f64), width: f64) -> f64 {
        let names = map.rows.iter().map(|name| font::width(name, LABEL)).fold(0.0, f64::max);
        let [down, across] = [0, 1].map(|axis| short(&map.axes[axis]));
        let down = format!("{down} ↓");
        let names = names.max(font::width(&down, SMALL)).min(width * 0.3) + 10.0;
        let mut y = top + 10.0;
        if !map.others.is_empty() {
            let said = format!("{} {}", self.third, map.others);
            on.text((left, y), &fitted(said.trim_start(), LABEL, width), LABEL, Hold::Left, INK);
            y += 24.0;
        }
        let across = fitted(&format!("{across} →"), SMALL, width - names);
        on.text((left + names, y), &across, SMALL, Hold::Left, MUTED);
        let down = fitted(&down, SMALL, names - 6.0);
        on.text((left, y), &down, SMALL, Hold::Left, MUTED);
        y += 20.0;
        let cell = (width - names) / map.columns.len() as f64;
        let lines = |name: &str| in_lines(name, cell - 4.0);
        let most = map.columns.iter().map(|name| lines(name).len()).max().unwrap_or(1);
        for (at, name) in map.columns.iter().enumerate() {
            let x = left + names + cell * (at as f64 + 0.5);
            let lines = lines(name);
            let first = y + 15.0 * (most - lines.len()) as f64;
            for (line, words) in lines.iter().enumerate() {
                on.text((x, first + 15.0 * line as f64), words, SMALL, Hold::Middle, INK);
            }
        }
        y += 15.0 * most as f64;
        let row = if map.rows.len() > 16 { 20.0 } else { 30.0 };
        for (name, cells) in map.rows.iter().zip(&map.cells) {
            let middle = y + row / 2.0;
            on.text(
                (left + names - 8.0, middle),
                &fitted(name, LABEL, names - 8.0),
                LABEL,
                Hold::Right,
                INK,
            );
            for (at, value) in cells.iter().enumerate() {
                let x = left + names + cell * at as f64;
                let fill = value.map_or(PALE, |of| shade(self.share(of.mean)));
                on.rectangle((x, y), (x + cell - 1.5, y + row - 1.5), fill);
                let said = value
                    .map_or_else(|| "–".to_owned(), |of| figure_in_words(self.metric, of.mean));
                if font::width(&said, SMALL) < cell - 6.0 {
                    let dark = value.is_some_and(|of| self.share(of.mean) > 0.55);
                    let colour = if dark { (255, 255, 255, 255) } else { INK };
                    on.text((x + cell / 2.0, middle), &said, SMALL, Hold::Middle, colour);
                }
            }
            y += row;
        }
        y
    }
}

/// A name in one line or in two, cut where that is not enough.
fn in_lines(name: &str, wide: f64) -> Vec<String> {
    let fits = |text: &str| font::width(text, SMALL) <= wide;
    let mut breaks = name.match_indices(' ').map(|(at, _)| name.split_at(at));
    // As little as possible in the second line.
    let broken = breaks.rfind(|(first, _)| fits(first));
    match broken {
        Some((first, second)) if !fits(name) => {
            vec![first.to_owned(), fitted(second.trim_start(), SMALL, wide)]
        }
        _ => vec![fitted(name, SMALL, wide)],
    }
}
