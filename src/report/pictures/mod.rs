//! Pictures of what a run or a sweep wrote. No clock, no font of the machine: the same files give the
//! same bytes.

mod axis;
mod canvas;
mod cost;
pub(super) mod fleet;
mod font;
mod gantt;
mod heat;
mod paint;
pub(super) mod palette;
mod panel;
mod pareto;
mod phases;
mod reservation;
#[cfg(test)]
mod tests;
mod timeline;
pub(super) mod view;

pub use canvas::Picture;

use super::outputs::{Curve, RunOutputs, SweepOutputs};

use palette::Colour;
use view::View;

impl Picture {
    /// As SVG that needs nothing but itself.
    #[must_use]
    pub fn svg(&self) -> String {
        paint::svg(self)
    }

    /// As PNG.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        paint::png(self)
    }
}

/// A kind of picture of a run.
struct Kind {
    name: &'static str,
    draw: fn(&View<'_>) -> Option<Picture>,
    /// What a run without it lacks.
    lacks: &'static str,
}

const KINDS: [Kind; 6] = [
    Kind { name: "timeline", draw: timeline::picture, lacks: "no task" },
    Kind { name: "gantt", draw: gantt::picture, lacks: "no task found a place" },
    Kind { name: "start-phases", draw: phases::picture, lacks: "no task started" },
    Kind { name: "fleet-and-cost", draw: fleet::picture, lacks: "no instance ran" },
    Kind {
        name: "capacity-provider-reservation",
        draw: reservation::picture,
        lacks: "no Auto Scaling group with managed scaling",
    },
    Kind { name: "cost-breakdown", draw: cost::picture, lacks: "nothing was billed" },
];

/// Pictures, and of those that there is nothing to draw on their names and why.
pub type Drawn = (Vec<Picture>, Vec<(&'static str, &'static str)>);

/// The pictures of a run.
#[must_use]
pub fn run_pictures(run: &RunOutputs) -> Drawn {
    let view = View::new(run);
    let mut drawn = Vec::new();
    let mut empty = Vec::new();
    for kind in &KINDS {
        match (kind.draw)(&view) {
            Some(picture) => drawn.push(picture),
            None => empty.push((kind.name, kind.lacks)),
        }
    }
    (drawn, empty)
}

/// The pictures of a sweep.
#[must_use]
pub fn sweep_pictures(sweep: &SweepOutputs) -> Drawn {
    let mut empty = Vec::new();
    let mut drawn: Vec<Picture> = pareto::picture(sweep).into_iter().collect();
    if drawn.is_empty() {
        empty.push(("pareto", "fewer than two objectives, or no point with both"));
    }
    let maps = heat::pictures(sweep);
    if maps.is_empty() {
        empty.push(("heat-map", "fewer than two axes with at least two and at most 40 values"));
    }
    drawn.extend(maps);
    (drawn, empty)
}
