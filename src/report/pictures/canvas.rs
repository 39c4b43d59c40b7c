//! A picture as a list of marks: what is drawn is decided once, and painted as SVG or as PNG.

use super::font;
use super::palette::{Colour, INK, MUTED};

/// Width of every picture, in the units of its marks: pixels of a page.
pub(super) const WIDTH: f64 = 960.0;

/// Left and right of everything.
pub(super) const EDGE: f64 = 20.0;

/// Sizes of letters.
pub(super) const TITLE: f64 = 20.0;
pub(super) const LABEL: f64 = 14.0;
pub(super) const SMALL: f64 = 12.0;

/// A picture: `name` is that of its file.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Its file's name without ending.
    pub name: &'static str,
    /// What it shows: also for those who do not see it.
    pub title: String,
    pub(super) subtitle: String,
    pub(super) height: f64,
    pub(super) marks: Vec<Mark>,
}

/// Where a text is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    Left,
    Middle,
    Right,
}

/// One thing on a picture.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    /// Filled, from the upper left to the lower right.
    Box { from: (f64, f64), to: (f64, f64), fill: Colour },
    /// Filled.
    Area { points: Vec<(f64, f64)>, fill: Colour },
    /// A line of several pieces.
    Line { points: Vec<(f64, f64)>, colour: Colour, width: f64 },
    /// A filled circle.
    Dot { at: (f64, f64), radius: f64, fill: Colour },
    /// A line of text; `at` is half way up its letters.
    Text { at: (f64, f64), text: String, size: f64, bold: bool, hold: Hold, colour: Colour },
}

impl Picture {
    /// A picture with its title; the subtitle says of what.
    pub(super) fn new(name: &'static str, title: &str, subtitle: &str, height: f64) -> Self {
        let (title, subtitle) = (title.to_owned(), subtitle.to_owned());
        let mut new = Self { name, title, subtitle, height, marks: Vec::new() };
        new.text((EDGE, 26.0), &new.title.clone(), TITLE, Hold::Left, INK);
        if let Some(Mark::Text { bold, .. }) = new.marks.last_mut() {
            *bold = true;
        }
        let subtitle = fitted(&new.subtitle, LABEL, WIDTH - 2.0 * EDGE);
        new.text((EDGE, 50.0), &subtitle, LABEL, Hold::Left, MUTED);
        new
    }

    /// Below title and subtitle.
    pub(super) const fn top() -> f64 {
        72.0
    }

    pub(super) fn text(
        &mut self,
        at: (f64, f64),
        text: &str,
        size: f64,
        hold: Hold,
        colour: Colour,
    ) {
        let text = text.to_owned();
        self.marks.push(Mark::Text { at, text, size, bold: false, hold, colour });
    }

    pub(super) fn line(&mut self, points: Vec<(f64, f64)>, colour: Colour, width: f64) {
        if points.len() > 1 {
            self.marks.push(Mark::Line { points, colour, width });
        }
    }

    pub(super) fn area(&mut self, points: Vec<(f64, f64)>, fill: Colour) {
        self.marks.push(Mark::Area { points, fill });
    }

    pub(super) fn rectangle(&mut self, from: (f64, f64), to: (f64, f64), fill: Colour) {
        self.marks.push(Mark::Box { from, to, fill });
    }

    pub(super) fn dot(&mut self, at: (f64, f64), radius: f64, fill: Colour) {
        self.marks.push(Mark::Dot { at, radius, fill });
    }

    /// A row of names with their colours from `top` on, broken where the picture ends; returns what is
    /// below it.
    pub(super) fn legend(&mut self, top: f64, entries: &[(&str, Colour)]) -> f64 {
        let (mut x, mut y) = (EDGE, top + 8.0);
        for (name, colour) in entries {
            let name = fitted(name, LABEL, WIDTH - 2.0 * EDGE - 22.0);
            let width = 22.0 + font::width(&name, LABEL);
            if x > EDGE && x + width > WIDTH - EDGE {
                (x, y) = (EDGE, y + 22.0);
            }
            self.rectangle((x, y - 7.0), (x + 14.0, y + 7.0), *colour);
            self.text((x + 20.0, y), &name, LABEL, Hold::Left, INK);
            x += width + 18.0;
        }
        y + 22.0
    }
}

/// `text`, cut where it is wider than `most`.
pub(super) fn fitted(text: &str, size: f64, most: f64) -> String {
    if font::width(text, size) <= most {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while kept.len() > 1 {
        kept.pop();
        let cut: String = kept.iter().collect::<String>() + "…";
        if font::width(&cut, size) <= most {
            return cut;
        }
    }
    "…".to_owned()
}
