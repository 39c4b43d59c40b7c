//! A part of an expression that knows where it stands.

use std::ops::Range;

/// Some bytes of an expression.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    /// What they say.
    pub(super) text: &'a str,
    start: usize,
}

impl<'a> Part<'a> {
    /// All of it.
    pub(super) const fn whole(text: &'a str) -> Self {
        Self { text, start: 0 }
    }

    /// Where it stands.
    pub(super) const fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// `name(inside)`: both.
    pub(super) fn call(self) -> Option<(Self, Self)> {
        let open = self.text.find('(')?;
        let name = self.text.get(..open)?;
        let inside = self.text.get(open + 1..)?.strip_suffix(')')?;
        Some((Part { text: name, ..self }, Part { text: inside, start: self.start + open + 1 }))
    }

    /// What blanks divide.
    pub(super) fn words(self) -> impl Iterator<Item = Self> + 'a {
        self.divided(|c| c.is_ascii_whitespace()).filter(|part| !part.text.is_empty())
    }

    /// What commas divide.
    pub(super) fn items(self) -> impl Iterator<Item = Self> + 'a {
        self.divided(|c| c == ',')
    }

    /// What stands before and after the first `mark`.
    pub(super) fn split_once(self, mark: char) -> Option<(Self, Self)> {
        let (before, after) = self.text.split_once(mark)?;
        let start = self.start + before.len() + mark.len_utf8();
        Some((Part { text: before, ..self }, Part { text: after, start }))
    }

    /// What stands before `mark` at its end.
    pub(super) fn before_last(self, mark: char) -> Option<Self> {
        Some(Part { text: self.text.strip_suffix(mark)?, ..self })
    }

    fn divided(self, mark: fn(char) -> bool) -> impl Iterator<Item = Self> + 'a {
        let mut start = self.start;
        self.text.split(mark).map(move |text| {
            let part = Part { text, start };
            start += text.len() + 1; // a mark is one byte
            part
        })
    }
}
