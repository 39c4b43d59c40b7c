//! A page of text for a person: sections, wrapped lines, at most 100 columns wide.

use super::grid::Grid;

/// Greatest width of a line.
pub(super) const WIDTH: usize = 100;

const BOLD: &str = "\u{1b}[1m";
const PLAIN: &str = "\u{1b}[0m";

/// Text as it grows. Bold stretches are marked by ANSI codes, which the terminal's stream takes out
/// where nobody wants them.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    text: String,
}

impl Page {
    /// A bold line, wrapped.
    pub(super) fn headline(&mut self, text: &str) {
        for line in wrap(text, WIDTH) {
            self.bold(&line);
        }
    }

    /// Bold parts with semicolons between them, as many on a line as it holds.
    pub(super) fn headline_of(&mut self, parts: &[String]) {
        let mut line = String::new();
        for (number, part) in parts.iter().enumerate() {
            let last = number + 1 == parts.len();
            let part = if last { part.clone() } else { format!("{part};") };
            if !line.is_empty() && line.chars().count() + 1 + part.chars().count() > WIDTH {
                self.headline(&std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&part);
        }
        self.headline(&line);
    }

    /// An empty line and a bold title.
    pub(super) fn section(&mut self, title: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.bold(title);
    }

    fn bold(&mut self, line: &str) {
        self.text.push_str(BOLD);
        self.text.push_str(line);
        self.text.push_str(PLAIN);
        self.text.push('\n');
    }

    /// A paragraph, `indent` columns in.
    pub(super) fn paragraph(&mut self, indent: usize, text: &str) {
        for line in wrap(text, WIDTH - indent) {
            self.line(indent, &line);
        }
    }

    /// A paragraph after a dash.
    pub(super) fn item(&mut self, text: &str) {
        for (number, line) in wrap(text, WIDTH - 4).iter().enumerate() {
            let dash = if number == 0 { "- " } else { "  " };
            self.line(2, &format!("{dash}{line}"));
        }
    }

    /// A line as it is.
    pub(super) fn line(&mut self, indent: usize, text: &str) {
        self.text.push_str(&" ".repeat(indent));
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// A table, `indent` columns in.
    pub(super) fn grid(&mut self, indent: usize, grid: &Grid) {
        for line in grid.lines(WIDTH - indent) {
            self.line(indent, &line);
        }
    }

    /// The text.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// `text` in lines of at most `width` characters, broken at spaces; longer words stay whole. Lines that
/// the text has already stay.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let mut length = 0;
        for word in paragraph.split(' ') {
            let word_length = word.chars().count();
            if length > 0 && length + 1 + word_length > width {
                lines.push(std::mem::take(&mut line));
                length = 0;
            }
            if length > 0 {
                line.push(' ');
                length += 1;
            }
            line.push_str(word);
            length += word_length;
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_never_exceed_the_width() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable it is", 4), ["unbreakable", "it", "is"]);
        assert_eq!(wrap("a\nb", 9), ["a", "b"]);
    }
}
