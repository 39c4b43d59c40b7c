//! How deep a TOML text nests, found before it is parsed: the parser bounds brackets but not dotted
//! keys, and a tree of a million levels would exhaust the stack when it is freed.

/// The deepest nesting a scenario may have.
pub(super) const DEPTH_LIMIT: usize = 64;

/// The byte at which `text` first nests deeper than [`DEPTH_LIMIT`], counting brackets and the dots of
/// keys. Broken TOML is cut into tokens as the parser's lexer does, which goes on after an error.
pub(super) fn too_deep_at(text: &str) -> Option<usize> {
    let mut scan = Scan::new(text);
    while scan.at < scan.bytes.len() {
        let before = scan.at;
        scan.step();
        if scan.depth() > DEPTH_LIMIT {
            return Some(before);
        }
    }
    None
}

/// A walk over the tokens of a text.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Whether nothing but blanks stands before on this line.
    line_start: bool,
    /// Whether this line is a `[table.header]`.
    in_header: bool,
    /// Dots of the last header.
    header: usize,
    /// For each open bracket, one and the dots of the key it is the value of.
    stack: Vec<usize>,
    /// The sum of the stack.
    open: usize,
    /// Dots since the last separator.
    run: usize,
    /// Dots of the key whose value is being read.
    key: usize,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
        Self {
            bytes: text.as_bytes(),
            at,
            line_start: true,
            in_header: false,
            header: 0,
            stack: Vec::new(),
            open: 0,
            run: 0,
            key: 0,
        }
    }

    const fn depth(&self) -> usize {
        self.header + self.open + self.run + self.key
    }

    /// Takes one token.
    fn step(&mut self) {
        let line_start = std::mem::replace(&mut self.line_start, false);
        match self.bytes[self.at] {
            b'"' | b'\'' => return self.skip_string(),
            b'#' => return self.skip_until(b"\r\n"),
            b' ' | b'\t' => self.line_start = line_start,
            b'\n' | b'\r' => {
                self.line_start = true;
                self.in_header = false;
                self.separate();
            }
            b'.' if self.in_header => self.header += 1,
            b'.' => self.run += 1,
            b'[' if line_start && self.stack.is_empty() => {
                self.in_header = true;
                self.header = 0;
            }
            b'[' | b']' | b'{' | b'}' | b'=' | b',' => self.structure(),
            _ => return self.skip_until(b".=,[]{} \t#\r\n"),
        }
        self.at += 1;
    }

    fn structure(&mut self) {
        match self.bytes[self.at] {
            _ if self.in_header => {}
            b'[' | b'{' => {
                let dots = self.key + self.run + 1;
                self.stack.push(dots);
                self.open += dots;
                self.separate();
            }
            b']' | b'}' => {
                self.open -= self.stack.pop().unwrap_or(0);
                self.separate();
            }
            b'=' => {
                self.key = self.run;
                self.run = 0;
            }
            _ => self.separate(),
        }
    }

    const fn separate(&mut self) {
        self.run = 0;
        self.key = 0;
    }

    /// To the next of these bytes.
    fn skip_until(&mut self, ends: &[u8]) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| ends.contains(byte)).unwrap_or(rest.len());
    }

    /// Past the string that starts here. One that is not closed ends with its line, a multi-line one
    /// with the text.
    fn skip_string(&mut self) {
        let quote = self.bytes[self.at];
        let triple = self.bytes[self.at..].starts_with(&[quote; 3]);
        self.at += if triple { 3 } else { 1 };
        while let Some(byte) = self.bytes.get(self.at) {
            let rest = &self.bytes[self.at..];
            match byte {
                b'\\' if quote == b'"' && matches!(rest.get(1), Some(b'\\' | b'"')) => self.at += 1,
                b'\n' if !triple => return,
                _ if triple && rest.starts_with(&[quote; 3]) => {
                    // Up to two quotes of the content may stand right before the closing three.
                    self.at += rest.iter().take(5).take_while(|byte| **byte == quote).count();
                    return;
                }
                _ if !triple && *byte == quote => {
                    self.at += 1;
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use toml::de::{DeTable, DeValue};

    use super::*;

    const TOKENS: [&str; 23] = [
        "a",
        ".a",
        "\"",
        "'",
        "\"\"\"",
        ", '",
        "\"\"\"\"\"",
        "\\",
        "#",
        "\n",
        "\r\n",
        "\r",
        "=",
        " = ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "[[",
        "]]",
        " ",
        ".a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a",
    ];

    fn depth_of(value: &DeValue<'_>) -> usize {
        match value {
            DeValue::Array(items) => {
                1 + items.iter().map(|item| depth_of(item.get_ref())).max().unwrap_or(0)
            }
            DeValue::Table(table) => {
                1 + table.values().map(|value| depth_of(value.get_ref())).max().unwrap_or(0)
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => 0,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_passes_is_parsed_into_a_shallow_tree(
            tokens in prop::collection::vec(prop::sample::select(&TOKENS[..]), 0..24),
        ) {
            let text = tokens.concat();
            if too_deep_at(&text).is_none() {
                let (table, _) = DeTable::parse_recoverable(&text);
                let depth = depth_of(&DeValue::Table(table.into_inner()));
                prop_assert!(depth <= DEPTH_LIMIT + 2, "{} in {:?}", depth, text);
            }
        }
    }

    #[test]
    fn brackets_and_dots_count_and_strings_do_not() {
        assert_eq!(too_deep_at("[a.b]\nc = [[{ d.e = 1.5 }]]\n# ......\n"), None);
        assert_eq!(too_deep_at(&format!("a = \"{}\"", ".[".repeat(100))), None);
        assert_eq!(too_deep_at(&format!("a = \"\"\"\n{}\"\"\"", ".[\n".repeat(100))), None);
        assert_eq!(too_deep_at(&format!("# {}\n[a]", ".".repeat(100))), None);
        assert!(too_deep_at(&format!("a = {}", "[".repeat(100))).is_some());
        assert!(too_deep_at(&format!("a{} = 1", ".a".repeat(100))).is_some());
        assert!(too_deep_at(&format!("[a{}]", ".\"a\"".repeat(100))).is_some());
        assert!(
            too_deep_at(&format!("[a{}]\nb{} = 1", ".a".repeat(40), ".b".repeat(40))).is_some()
        );
        assert!(too_deep_at(&"a.b = { ".repeat(40)).is_some());
    }
}
