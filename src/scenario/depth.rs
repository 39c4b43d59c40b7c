//! How deep a TOML text nests, found before it is parsed: the parser bounds brackets but not dotted
//! keys, and a tree of a million levels would exhaust the stack when it is freed.

/// The deepest nesting a scenario may have.
pub(super) const DEPTH_LIMIT: usize = 64;

/// The byte at which `text` first nests deeper than [`DEPTH_LIMIT`], counting brackets and the dots of
/// keys.
pub(super) fn too_deep_at(text: &str) -> Option<usize> {
    let mut scan =
        Scan { bytes: text.as_bytes(), at: 0, header: 0, stack: Vec::new(), run: 0, key: 0 };
    while scan.at < scan.bytes.len() {
        let before = scan.at;
        scan.step();
        if scan.depth() > DEPTH_LIMIT {
            return Some(before);
        }
    }
    None
}

/// A walk over the text that knows strings and comments, and nothing else of TOML.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Dots of the last `[table.header]`.
    header: usize,
    /// For each open bracket, the dots of the key it is the value of.
    stack: Vec<usize>,
    /// Dots since the last separator.
    run: usize,
    /// Dots of the key whose value is being read.
    key: usize,
}

impl Scan<'_> {
    fn depth(&self) -> usize {
        let open: usize = self.stack.iter().map(|dots| dots + 1).sum();
        self.header + open + self.run + self.key
    }

    fn step(&mut self) {
        match self.bytes[self.at] {
            b'"' | b'\'' => return self.skip_string(),
            b'#' => return self.skip_line(),
            b'[' if self.stack.is_empty() && self.starts_line() => return self.read_header(),
            b'[' | b'{' => {
                self.stack.push(self.key + self.run);
                self.separate();
            }
            b']' | b'}' => {
                self.stack.pop();
                self.separate();
            }
            b'=' => {
                self.key = self.run;
                self.run = 0;
            }
            b',' | b'\n' => self.separate(),
            b'.' => self.run += 1,
            _ => {}
        }
        self.at += 1;
    }

    fn separate(&mut self) {
        self.run = 0;
        self.key = 0;
    }

    fn starts_line(&self) -> bool {
        let before = &self.bytes[..self.at];
        let blanks = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        matches!(before.get(..before.len() - blanks), Some([] | [.., b'\n']))
            || before.ends_with(b"\xEF\xBB\xBF")
    }

    fn read_header(&mut self) {
        self.header = 0;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => return,
                b'#' => return self.skip_line(),
                b'"' | b'\'' => {
                    self.skip_string();
                    continue;
                }
                b'.' => self.header += 1,
                _ => {}
            }
            self.at += 1;
        }
    }

    fn skip_line(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
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
                b'\\' if quote == b'"' => self.at += 1,
                b'\n' if !triple => return,
                _ if triple && rest.starts_with(&[quote; 3]) => {
                    self.at += 3;
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
        self.at = self.at.min(self.bytes.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
