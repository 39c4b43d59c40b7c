//! Words, signs, quotes and patterns, read from left to right.

use std::ops::Range;

use super::QueryError;

/// A place in the text.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

/// A stretch of the text, without its quotes.
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    /// Its bytes, quotes not included.
    pub(super) span: Range<usize>,
}

/// What ends a word outside quotes.
pub(super) const fn ends_word(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '(' | ')' | '[' | ']' | ',' | '&' | '|' | '!' | '=' | '<' | '>' | '~')
        || is_quote(c)
}

pub(super) const fn is_quote(c: char) -> bool {
    matches!(c, '\'' | '"')
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The place of what comes next, behind blanks.
    pub(super) fn skip_blanks(&mut self) -> usize {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        self.at
    }

    pub(super) fn is_at_end(&mut self) -> bool {
        self.skip_blanks() == self.text.len()
    }

    /// Takes `sign` if it comes next.
    pub(super) fn take(&mut self, sign: &str) -> bool {
        self.skip_blanks();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    /// Takes `word` if it comes next and is a whole word.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        self.peek_word() == word && self.take(word)
    }

    /// Takes `sign`, letters behind a `!` or not, if it comes next and no letter follows.
    pub(super) fn take_whole(&mut self, sign: &str) -> bool {
        self.skip_blanks();
        let behind = self.rest().strip_prefix(sign);
        behind.is_some_and(|rest| rest.is_empty() || rest.starts_with(ends_word)) && self.take(sign)
    }

    /// The word that comes next; empty where a sign does.
    pub(super) fn peek_word(&mut self) -> &'a str {
        self.skip_blanks();
        let rest = self.rest();
        rest.split(ends_word).next().unwrap_or_default()
    }

    /// The word that comes next.
    pub(super) fn word(&mut self) -> Word<'a> {
        let text = self.peek_word();
        let start = self.at;
        self.at += text.len();
        Word { text, span: start..self.at }
    }

    /// The stretch to show when nothing that was hoped for comes next: a word, or one character.
    pub(super) fn unexpected(&mut self) -> Range<usize> {
        let word = self.peek_word().len();
        let one = self.rest().chars().next().map_or(0, char::len_utf8);
        self.at..self.at + word.max(one)
    }

    /// A text between quotes or a word.
    pub(super) fn literal(&mut self) -> Result<Word<'a>, QueryError> {
        self.skip_blanks();
        if self.rest().starts_with(is_quote) { self.quoted() } else { Ok(self.word()) }
    }

    /// A text between quotes, or everything up to a blank, a bracket that closes none of its own, or a
    /// doubled `&` or `|`.
    pub(super) fn pattern(&mut self) -> Result<Word<'a>, QueryError> {
        self.skip_blanks();
        if self.rest().starts_with(is_quote) {
            return self.quoted();
        }
        let length = pattern_length(self.rest());
        let start = self.at;
        self.at += length;
        Ok(Word { text: &self.text[start..self.at], span: start..self.at })
    }

    fn quoted(&mut self) -> Result<Word<'a>, QueryError> {
        let rest = self.rest();
        let quote = rest.chars().next().unwrap_or('\'');
        let inside = rest.get(1..).unwrap_or_default();
        let Some(length) = inside.find(quote) else {
            let error = QueryError::new(self.at..self.at + 1, "has a quote without an end");
            return Err(error.label("opened here"));
        };
        let start = self.at + 1;
        self.at = start + length + 1;
        Ok(Word { text: &inside[..length], span: start..start + length })
    }
}

/// The bytes of a pattern without quotes at the beginning of `text`.
pub(super) fn pattern_length(text: &str) -> usize {
    let (mut open, mut in_class, mut escaped) = (0_usize, false, false);
    for (index, c) in text.char_indices() {
        if c.is_whitespace() {
            return index;
        }
        let plain = !escaped && !in_class;
        match c {
            ')' | ']' if plain && open == 0 => return index,
            '&' | '|' if plain && open == 0 => {
                if text.get(index + 1..).is_some_and(|rest| rest.starts_with(c)) {
                    return index;
                }
            }
            '(' if plain => open += 1,
            ')' if plain => open -= 1,
            '[' if plain => in_class = true,
            ']' if !escaped => in_class = false,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}
