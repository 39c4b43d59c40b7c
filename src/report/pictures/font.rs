//! The letters of every picture: Inter (SIL Open Font License, assets/fonts/README.md), inside the
//! program, so that a picture needs no font of the machine.

use std::sync::Once;

use plotters::style::{FontStyle, IntoFont as _, register_font};

/// As plotters and SVG know it.
pub(super) const FAMILY: &str = "Inter";

const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.ttf");
const SEMI_BOLD: &[u8] = include_bytes!("../../../assets/fonts/Inter-SemiBold.ttf");

/// The same as browsers load them.
pub(super) const REGULAR_WEB: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.woff2");
pub(super) const SEMI_BOLD_WEB: &[u8] =
    include_bytes!("../../../assets/fonts/Inter-SemiBold.woff2");

/// What plotters makes of a size: it takes the height of a line, not that of an em.
pub(super) const LINE_OF_EM: f64 = 1.24;

/// Makes the letters known to plotters.
pub(super) fn load() {
    static LOADED: Once = Once::new();
    LOADED.call_once(|| {
        for (style, bytes) in [(FontStyle::Normal, REGULAR), (FontStyle::Bold, SEMI_BOLD)] {
            let known = register_font(FAMILY, style, bytes).is_ok();
            debug_assert!(known, "the font can be read");
        }
    });
}

/// The width of a text, in the unit of `size`.
pub(super) fn width(text: &str, size: f64) -> f64 {
    load();
    // Measured large: plotters rounds to whole units.
    const LARGE: f64 = 1000.0;
    let measured = (FAMILY, LARGE * LINE_OF_EM).into_font().box_size(text);
    measured.map_or(0.0, |(wide, _)| f64::from(wide) * size / LARGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_widths_of_their_own() {
        assert!(width("WWW", 14.0) > 2.0 * width("iii", 14.0));
        assert!((width("000", 14.0) - width("0", 42.0)).abs() < 0.5);
    }
}
