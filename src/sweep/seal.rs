//! Lines of JSON that can be told from torn or changed ones: each ends with a check of itself.

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::io::{Code, Diagnostic, Place, Source};

/// What stands between the content of a line and its check.
const MARK: &str = ",\"check\":\"";
/// Behind the check.
const END: &str = "\"}";
/// Hexadecimal digits of a check.
const DIGITS: usize = 16;

/// `value`, a struct with fields, as a line with its check at the end.
///
/// # Errors
/// None that a record's own types can cause.
pub(super) fn sealed(value: &impl Serialize) -> serde_json::Result<String> {
    let mut line = serde_json::to_string(value)?;
    line.pop();
    let check = xxh3_64(line.as_bytes());
    Ok(format!("{line}{MARK}{check:016x}{END}\n"))
}

/// Whether a line, without its end, is what was written.
fn is_whole(line: &str) -> bool {
    let whole = || {
        let content = line.strip_suffix(END)?;
        let (content, check) = content.split_at_checked(content.len().checked_sub(DIGITS)?)?;
        let content = content.strip_suffix(MARK)?;
        Some(check == format!("{:016x}", xxh3_64(content.as_bytes())))
    };
    whole().unwrap_or(false)
}

/// A line of a file, whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'f> {
    /// From 1.
    pub(super) number: usize,
    /// Without its end.
    pub(super) text: &'f str,
}

/// The lines of a file, and what is left of one that was being written when the writer stopped.
#[derive(Debug)]
pub(super) struct Lines<'f> {
    /// The whole ones.
    pub(super) whole: Vec<Line<'f>>,
    /// Their bytes.
    pub(super) length: u64,
    /// Whether something stands behind them.
    pub(super) torn: bool,
}

/// The lines in `bytes`. What is not whole is admitted once, at the end: a piece of a line without its
/// end, as a writer leaves it that is killed, or zeros, as a file system leaves them that loses power.
pub(super) fn lines<'f>(name: &str, bytes: &'f [u8]) -> Result<Lines<'f>, Box<Diagnostic>> {
    let mut whole = Vec::new();
    let mut length = 0;
    for (number, line) in (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        let text = line.strip_suffix(b"\n").and_then(|line| str::from_utf8(line).ok());
        match text.filter(|text| is_whole(text)) {
            Some(text) => {
                whole.push(Line { number, text });
                length += line.len();
            }
            None if line.ends_with(b"\n") => return Err(Box::new(changed(name, bytes, number))),
            None => {}
        }
    }
    Ok(Lines { whole, length: length as u64, torn: length < bytes.len() })
}

/// A line that was not written so.
fn changed(name: &str, bytes: &[u8], number: usize) -> Diagnostic {
    let line = bytes.split(|byte| *byte == b'\n').nth(number - 1).unwrap_or_default();
    let text = String::from_utf8_lossy(line).into_owned();
    let message = format!("line {number} of \"{name}\" is not as it was written");
    Diagnostic::new(Code::BrokenRecord, message).at(at_line(name, number, text, "changed or torn"))
}

/// The whole of a line as a place.
pub(super) fn at_line(name: &str, number: usize, text: String, label: &str) -> Place {
    let span = 0..text.len();
    let source = Source { name: name.to_owned(), text };
    let mut place = Place::new(&source, span, label);
    place.line = number;
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Record {
        name: &'static str,
        value: u32,
    }

    fn line(value: u32) -> String {
        sealed(&Record { name: "ü \"quoted\"", value }).unwrap()
    }

    #[test]
    fn a_sealed_line_is_json_and_every_change_of_it_is_seen() {
        let line = line(7);
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["value"], 7);
        let text = line.trim_end();
        assert!(is_whole(text));
        for (index, character) in text.char_indices() {
            let mut other = text.to_owned();
            let put = if character == '0' { "1" } else { "0" };
            other.replace_range(index..index + character.len_utf8(), put);
            assert!(!is_whole(&other), "{other}");
            assert!(!is_whole(&text[..index]), "cut at {index}");
        }
    }

    #[test]
    fn what_is_torn_at_the_end_is_left_out_and_what_is_broken_before_a_whole_line_is_told() {
        let (one, two) = (line(1), line(2));
        let both = format!("{one}{two}");
        for cut in 0..both.len() {
            let found = lines("j", &both.as_bytes()[..cut]).unwrap();
            let expected = usize::from(cut >= one.len());
            assert_eq!(found.whole.len(), expected, "cut at {cut}");
            assert_eq!(found.torn, cut != 0 && cut != one.len(), "cut at {cut}");
            assert_eq!(found.length as usize, expected * one.len());
        }
        let error = |bytes: &[u8]| lines("j", bytes).unwrap_err();
        let broken = format!("{}\n{two}", &one[..9]);
        assert_eq!(error(broken.as_bytes()).code, Code::BrokenRecord);
        assert_eq!(error(broken.as_bytes()).place.unwrap().line, 1);
        let not_text = [b"\xff\xfe\n", two.as_bytes()].concat();
        assert_eq!(error(&not_text).code, Code::BrokenRecord);
    }

    #[test]
    fn a_line_with_its_end_is_never_torn_and_zeros_at_the_end_are() {
        let (one, two) = (line(1), line(2));
        // The last line changed, two at the end changed, one changed before a torn one.
        let changed = two.replace("\"value\":2", "\"value\":3");
        for tail in [
            changed.clone(),
            format!("{changed}{changed}"),
            format!("{changed}{}", &two[..5]),
            "\n".to_owned(),
            "notes of mine\n".to_owned(),
        ] {
            let error = lines("j", format!("{one}{tail}").as_bytes()).unwrap_err();
            assert_eq!(error.code, Code::BrokenRecord, "{tail}");
            assert_eq!(error.place.unwrap().line, 2, "{tail}");
        }
        assert_eq!(lines("j", b"\xff\xfe\n").unwrap_err().code, Code::BrokenRecord);
        for tail in ["\0\0\0\0".to_owned(), format!("{}\0\0", &two[..7])] {
            let bytes = format!("{one}{tail}");
            let found = lines("j", bytes.as_bytes()).unwrap();
            assert_eq!((found.whole.len(), found.torn), (1, true));
            assert_eq!(found.length as usize, one.len());
        }
    }
}
