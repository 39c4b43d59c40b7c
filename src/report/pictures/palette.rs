//! Colours that most colour-blind people tell apart (Okabe and Ito, Color Universal Design, 2008).

/// Red, green, blue; and how much of what lies below is covered, of 255.
pub(in crate::report) type Colour = (u8, u8, u8, u8);

pub(in crate::report) const ORANGE: Colour = (230, 159, 0, 255);
pub(in crate::report) const SKY: Colour = (86, 180, 233, 255);
pub(in crate::report) const GREEN: Colour = (0, 158, 115, 255);
pub(super) const YELLOW: Colour = (240, 228, 66, 255);
pub(in crate::report) const BLUE: Colour = (0, 114, 178, 255);
pub(in crate::report) const VERMILION: Colour = (213, 94, 0, 255);
pub(super) const PURPLE: Colour = (204, 121, 167, 255);

pub(super) const INK: Colour = (31, 35, 40, 255);
pub(super) const MUTED: Colour = (89, 99, 110, 255);
pub(super) const GRID: Colour = (223, 227, 232, 255);
pub(super) const PALE: Colour = (238, 241, 244, 255);
pub(in crate::report) const GREY: Colour = (153, 153, 153, 255);

/// For things without an order; those past the seventh are grey.
pub(super) const SERIES: [Colour; 7] = [BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, YELLOW];

/// The colour of the thing at a position.
pub(in crate::report) fn of_position(position: usize) -> Colour {
    SERIES.get(position).copied().unwrap_or(GREY)
}

/// States of a task in the order of its life, with their colours.
pub(in crate::report) const STATES: [(&str, Colour); 7] = [
    ("PROVISIONING", VERMILION),
    ("PENDING", ORANGE),
    ("ACTIVATING", YELLOW),
    ("RUNNING", GREEN),
    ("DEACTIVATING", SKY),
    ("STOPPING", BLUE),
    ("DEPROVISIONING", PURPLE),
];

/// As pages write it: `#0072b2`.
pub(in crate::report) fn hex(of: Colour) -> String {
    format!("#{:02x}{:02x}{:02x}", of.0, of.1, of.2)
}

/// From light to dark, by a share from 0 to 1: also without colours.
pub(super) fn shade(share: f64) -> Colour {
    const STOPS: [(u8, u8, u8); 4] =
        [(237, 244, 250), (158, 202, 225), (49, 130, 189), (8, 48, 107)];
    let place = share.clamp(0.0, 1.0) * 3.0;
    // At most 2: there is a stop after it.
    let first = (place.floor() as usize).min(2);
    let rest = place - first as f64;
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * rest).round() as u8;
    let (a, b) = (STOPS[first], STOPS[first + 1]);
    (mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2), 255)
}

/// The same, so thin that what lies below is seen.
pub(super) const fn thin(colour: Colour, alpha: u8) -> Colour {
    (colour.0, colour.1, colour.2, alpha)
}
