//! Pictures of what a run or a sweep wrote. No clock, no font of the machine: the same files give the same
//! bytes.

mod axis;
mod canvas;
mod cost;
mod fleet;
mod font;
mod gantt;
mod paint;
mod palette;
mod panel;
mod phases;
mod reservation;
mod timeline;
mod view;

pub use canvas::Picture;

use super::outputs::{Curve, RunOutputs};

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

/// The pictures of a run; and of those that there is nothing to draw on, their name and why.
#[must_use]
pub fn run_pictures(run: &RunOutputs) -> (Vec<Picture>, Vec<(&'static str, &'static str)>) {
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
