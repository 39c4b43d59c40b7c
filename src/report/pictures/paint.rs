//! Marks on paper, with plotters: SVG and PNG.

use std::fmt::Write as _;

use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color as _, FontStyle, IntoFont as _, RGBAColor, RGBColor, ShapeStyle, TextStyle,
};

use super::canvas::{Hold, Mark, Picture, WIDTH};
use super::font;
use super::palette::Colour;

/// Plotters draws at whole positions: twice as large is fine enough, and sharp on most screens.
const SCALE: f64 = 2.0;

/// Plotters holds letters on a bitmap a little above the middle: by how much of their size.
const LOWER: f64 = 0.14;

fn px(value: f64) -> i32 {
    (value * SCALE).round() as i32
}

fn point(at: (f64, f64)) -> (i32, i32) {
    (px(at.0), px(at.1))
}

fn size_of(picture: &Picture) -> (u32, u32) {
    ((WIDTH * SCALE) as u32, (picture.height * SCALE) as u32)
}

fn colour(of: Colour) -> RGBAColor {
    RGBColor(of.0, of.1, of.2).mix(f64::from(of.3) / 255.0)
}

/// The picture as SVG that needs nothing but itself.
pub(super) fn svg(picture: &Picture) -> String {
    let mut drawn = String::new();
    let size = size_of(picture);
    {
        let mut backend = SVGBackend::with_string(&mut drawn, size);
        // Writing to memory cannot fail.
        let painted = paint(picture, &mut backend, 0.0).is_ok() && backend.present().is_ok();
        debug_assert!(painted, "a picture in memory");
    }
    let body = drawn.split_once("\">\n").map_or("", |(_, body)| body);
    let title = escaped(&format!("{}: {}", picture.title, picture.subtitle));
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} \
         {}\">\n<title>{title}</title>\n<style>",
        WIDTH, picture.height, size.0, size.1
    );
    for (weight, bytes) in [("normal", font::REGULAR_WEB), ("bold", font::SEMI_BOLD_WEB)] {
        let _ = write!(
            text,
            "@font-face{{font-family:{};font-weight:{weight};src:url(data:font/woff2;base64,{})}}",
            font::FAMILY,
            base64(bytes)
        );
    }
    // Who cannot load it has letters of a like width.
    let _ = write!(text, "text{{font-family:{},Arial,sans-serif}}</style>\n{body}", font::FAMILY);
    text
}

/// The picture as PNG.
pub(super) fn png(picture: &Picture) -> Vec<u8> {
    let (width, height) = size_of(picture);
    let mut pixels = vec![255; width as usize * height as usize * 3];
    {
        let mut backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
        let painted = paint(picture, &mut backend, LOWER).is_ok() && backend.present().is_ok();
        debug_assert!(painted, "a picture in memory");
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&pixels)?;
        writer.finish()
    });
    debug_assert!(written.is_ok(), "{written:?}");
    bytes
}

fn paint<B: DrawingBackend>(picture: &Picture, on: &mut B, lower: f64) -> Result<(), ()> {
    font::load();
    on.ensure_prepared().map_err(drop)?;
    on.draw_rect((0, 0), point((WIDTH, picture.height)), &RGBColor(255, 255, 255), true)
        .map_err(drop)?;
    picture.marks.iter().try_for_each(|mark| draw(mark, on, lower))
}

fn draw<B: DrawingBackend>(mark: &Mark, on: &mut B, lower: f64) -> Result<(), ()> {
    match mark {
        Mark::Box { from, to, fill } => {
            let (from, to) = (point(*from), point(*to));
            // What is too thin to be seen is a line.
            let to = (to.0.max(from.0 + 1), to.1.max(from.1 + 1));
            on.draw_rect(from, to, &colour(*fill), true)
        }
        Mark::Area { points, fill } => {
            on.fill_polygon(points.iter().copied().map(point), &colour(*fill))
        }
        Mark::Line { points, colour: of, width } => {
            let stroke = (width * SCALE).round().max(1.0) as u32;
            let style = ShapeStyle { color: colour(*of), filled: false, stroke_width: stroke };
            on.draw_path(points.iter().copied().map(point), &style)
        }
        Mark::Dot { at, radius, fill } => {
            on.draw_circle(point(*at), px(*radius).max(1) as u32, &colour(*fill), true)
        }
        Mark::Text { at, text, size, bold, hold, colour: of } => {
            let style = if *bold { FontStyle::Bold } else { FontStyle::Normal };
            let font = (font::FAMILY, size * SCALE * font::LINE_OF_EM, style).into_font();
            let hold = match hold {
                Hold::Left => HPos::Left,
                Hold::Middle => HPos::Center,
                Hold::Right => HPos::Right,
            };
            let colour = colour(*of);
            let style = TextStyle::from(font).color(&colour).pos(Pos::new(hold, VPos::Center));
            on.draw_text(text, &style, point((at.0, at.1 + lower * size)))
        }
    }
    .map_err(drop)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let six = (bits >> (18 - 6 * at) & 63) as usize;
            text.push(if at <= three.len() { char::from(ALPHABET[six]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_that_of_the_standard() {
        let cases =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")];
        for (plain, coded) in cases {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
