//! What is wrong with an input, where, and what to do about it. Pure: touches no file.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::codes::Code;

/// Longest excerpt of a line, in characters: a line of 10 MB must not flood the terminal.
const EXCERPT_CHARS: usize = 120;

/// Characters of an excerpt before what is marked.
const EXCERPT_LEAD: usize = 40;

/// A named text: a file's content, or what stood on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The path as typed, or `--set`.
    pub name: String,
    /// The content.
    pub text: String,
}

/// Whether something stops the reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It does.
    Error,
    /// It does not, but the reader should know.
    Warning,
}

/// A stretch of a source, with what is needed to show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The source's name.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Bytes of the source.
    pub span: Range<usize>,
    /// Said under the mark; may be empty.
    pub label: String,
    /// The line, or a part of it, with control characters replaced.
    excerpt: String,
    /// The bytes of the excerpt to mark.
    mark: Range<usize>,
}

impl Place {
    /// The stretch `span` (bytes) of `source`; positions outside it are moved to its end.
    #[must_use]
    pub fn new(source: &Source, span: Range<usize>, label: impl Into<String>) -> Self {
        let text = source.text.as_str();
        let start = floor_boundary(text, span.start);
        let end = floor_boundary(text, span.end.max(span.start)).max(start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let (excerpt, mark) = excerpt(&text[line_start..line_end], start - line_start, end - start);
        Self {
            file: source.name.clone(),
            line: text[..line_start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            span: start..end,
            label: label.into(),
            excerpt,
            mark,
        }
    }
}

impl Place {
    /// Whether the line, as far as it is shown, starts so.
    #[must_use]
    pub fn starts_with(&self, text: &str) -> bool {
        self.excerpt.starts_with(text)
    }
}

/// The last character boundary at or before `index`.
fn floor_boundary(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

/// At most [`EXCERPT_CHARS`] of `line` around the stretch of `length` bytes at `start`, and where that
/// stretch lies in it.
fn excerpt(line: &str, start: usize, length: usize) -> (String, Range<usize>) {
    let line = line.strip_suffix('\r').unwrap_or(line);
    let start = start.min(line.len());
    let from = if line.chars().nth(EXCERPT_CHARS).is_none() {
        0
    } else {
        line[..start].char_indices().rev().nth(EXCERPT_LEAD).map_or(0, |(index, _)| index)
    };
    let mut text = String::new();
    if from > 0 {
        text.push_str("...");
    }
    let mut mark = None;
    let mut mark_end = None;
    for (shown, (index, character)) in line[from..].char_indices().enumerate() {
        let at = from + index;
        if at >= start && mark.is_none() {
            mark = Some(text.len());
        }
        if at >= start + length && mark_end.is_none() {
            mark_end = Some(text.len());
        }
        if shown == EXCERPT_CHARS {
            text.push_str("...");
            break;
        }
        text.push(printable(character));
    }
    let mark = mark.unwrap_or(text.len());
    let end = mark_end.unwrap_or(text.len()).max(mark);
    (text, mark..end)
}

/// The character, or a stand-in for one that would move the cursor.
fn printable(character: char) -> char {
    match character {
        '\t' => ' ',
        _ if character.is_control() => '\u{FFFD}',
        _ => character,
    }
}

/// Something wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which of the things that can be wrong.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// Where; `None` where the whole file is meant.
    pub place: Option<Place>,
    /// Other places that matter, such as the first of two definitions.
    pub related: Vec<Place>,
    /// What to write instead; may be several lines.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic of a whole file.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            place: None,
            related: Vec::new(),
            help: None,
        }
    }

    /// The same at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same with help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Whether diagnostics are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text only.
    Plain,
    /// With ANSI colours.
    Coloured,
}

/// All diagnostics as text: `error[TY0020]: ...`, the place, the line with a mark, help.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    let renderer = renderer.term_width(2 * EXCERPT_CHARS);
    let mut text = String::new();
    for diagnostic in diagnostics {
        let parts: Vec<_> =
            groups(diagnostic).into_iter().map(|group| renderer.render(&[group])).collect();
        let mut shown = parts.join("\n");
        for place in diagnostic.place.iter().chain(&diagnostic.related) {
            shown = with_true_column(shown, place);
        }
        text.push_str(shown.trim_end());
        text.push_str("\n\n");
    }
    text
}

/// The renderer counts the column in the excerpt, which is not the column of the file when the line was
/// cut.
fn with_true_column(shown: String, place: &Place) -> String {
    let counted = place.excerpt[..place.mark.start].chars().count() + 1;
    if counted == place.column {
        return shown;
    }
    let start = format!("{}:{}:", place.file, place.line);
    shown.replacen(&format!("{start}{counted}"), &format!("{start}{}", place.column), 1)
}

/// What is wrong and where; the help below it, or on its own where there is no place.
fn groups(diagnostic: &Diagnostic) -> Vec<Group<'_>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.name());
    let mut group = Group::with_title(title);
    if let Some(place) = &diagnostic.place {
        group = group.element(snippet(place, AnnotationKind::Primary));
    }
    for place in &diagnostic.related {
        group = group.element(snippet(place, AnnotationKind::Context));
    }
    match &diagnostic.help {
        Some(help) if diagnostic.place.is_some() => {
            vec![group.element(Level::HELP.message(help.as_str()))]
        }
        Some(help) => {
            vec![group, Group::with_title(Level::HELP.secondary_title(help.as_str()))]
        }
        None => vec![group],
    }
}

fn snippet(place: &Place, kind: AnnotationKind) -> Snippet<'_, Annotation<'_>> {
    let label = Some(place.label.as_str()).filter(|label| !label.is_empty());
    Snippet::source(place.excerpt.as_str())
        .path(place.file.as_str())
        .line_start(place.line)
        .annotation(kind.span(place.mark.clone()).label(label))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source { name: "s.toml".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        let place = Place::new(&source("a = 1\nü = \"é\" x\n"), 16..17, "here");
        assert_eq!((place.line, place.column), (2, 9));
        let diagnostic = Diagnostic::new(Code::Syntax, "no").at(place).help("yes");
        let text = render(&[diagnostic], Style::Plain);
        assert!(text.contains("error[TY0010]: no"), "{text}");
        assert!(text.contains("s.toml:2:9"), "{text}");
        assert!(text.contains("help: yes"), "{text}");
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark() {
        let text = format!("key = \"{}\" ! {}", "x".repeat(5_000_000), "y".repeat(5_000_000));
        let at = text.find('!').unwrap();
        let place = Place::new(&source(&text), at..at + 1, "");
        assert_eq!(place.column, at + 1);
        assert_eq!(&place.excerpt[place.mark.clone()], "!");
        let rendered = render(&[Diagnostic::new(Code::Syntax, "no").at(place)], Style::Plain);
        assert!(rendered.contains(&format!("s.toml:1:{}", at + 1)), "{rendered}");
        assert!(rendered.lines().all(|line| line.chars().count() < 140), "{rendered}");
    }

    #[test]
    fn a_span_outside_the_source_is_moved_inside() {
        for span in [0..0, 3..90, 90..95, 1..2] {
            let place = Place::new(&source("äb"), span, "");
            assert_ne!(render(&[Diagnostic::new(Code::Syntax, "no").at(place)], Style::Plain), "");
        }
    }
}
