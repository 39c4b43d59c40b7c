//! A cursor over a table: hands out its fields, remembers which were asked for, and reports everything
//! that does not fit. Reading never stops at an error; what cannot be read is `None`.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use crate::io::{Code, Diagnostic};

use super::document::{Entry, Node, Span, Table, Value};
use super::field::Field;
use super::report::{Finding, Report, list, nearest, shown};
use super::schema::{Asked, Question};
use super::spec::Stated;

/// Keys of the whole scenario that no table has: below the name of one they are misplaced.
pub(super) const OF_THE_TOP: [&str; 6] =
    ["schema", "region", "horizon", "warm_up", "starts_on", "price_stand_in"];

/// Unknown keys of a table that are looked at for a misspelt required one.
const MISSPELT: usize = 100;

/// What one reading collects.
pub(super) struct Reading<'a> {
    /// What is wrong.
    pub(super) report: Report<'a>,
    /// Parameters that have a value here.
    pub(super) stated: RefCell<BTreeMap<String, Stated>>,
    /// Of a resolved scenario, which has a value for all of them: those that its scenario stated.
    pub(super) resolved: RefCell<Option<BTreeSet<String>>>,
    /// Keys that `--set` put at the top, each with the paths at which tables within know it.
    pub(super) sought: RefCell<BTreeMap<String, Vec<String>>>,
    /// The files that the scenario names.
    pub(super) files: Vec<GivenFile<'a>>,
    /// Keys of the top that no table within has.
    pub(super) of_the_top: &'static [&'static str],
    /// The instant at which simulated time begins, once it is read: seconds from 1970 in UTC.
    pub(super) epoch: Cell<i64>,
    /// Where questions are written down, for the schema.
    pub(super) asked: Option<&'a Asked>,
}

/// A table that is left out.
static EMPTY: Table = Table::new();

impl<'a> Reading<'a> {
    /// One that has collected nothing yet.
    pub(super) fn new(report: Report<'a>, files: Vec<GivenFile<'a>>) -> Self {
        Self {
            report,
            stated: RefCell::default(),
            resolved: RefCell::default(),
            sought: RefCell::default(),
            files,
            of_the_top: &[],
            epoch: Cell::new(0),
            asked: None,
        }
    }

    /// Writes a question down, if somebody wants to know.
    pub(super) fn ask(&self, of: Span, question: impl FnOnce() -> Question) {
        if let Some(asked) = self.asked {
            asked.add(of, question());
        }
    }
}

/// A file that the scenario names.
pub(super) struct GivenFile<'a> {
    /// As the scenario writes it.
    pub(super) name: &'a str,
    /// Its text, or why there is none.
    pub(super) content: Result<ReadFile<'a>, &'a Diagnostic>,
}

/// The text of a file, and its number among the sources.
#[derive(Clone, Copy)]
pub(super) struct ReadFile<'a> {
    /// Its path.
    pub(super) name: &'a str,
    /// What is in it.
    pub(super) text: &'a str,
    /// Which source it is.
    pub(super) index: usize,
}

/// The dotted path of a value, twice.
#[derive(Clone, Debug)]
pub(super) struct Path {
    /// With the names of the things it leads through: `service.web.launch_rate_per_minute`.
    pub(super) full: String,
    /// Without: `service.launch_rate_per_minute`, as the registry of parameters has it.
    pub(super) parameter: String,
}

impl Path {
    /// The path of the document.
    pub(super) const ROOT: Self = Self { full: String::new(), parameter: String::new() };

    /// The path of `key` below this one.
    pub(super) fn key(&self, key: &str) -> Self {
        Self { full: join(&self.full, &segment(key)), parameter: join(&self.parameter, key) }
    }

    /// The path in messages: its end, if it is long.
    pub(super) fn shown(&self) -> String {
        const LONGEST: usize = 140;
        let length = self.full.chars().count();
        let tail: String = self.full.chars().skip(length.saturating_sub(LONGEST)).collect();
        let tail = tail.replace(char::is_control, "\u{FFFD}");
        if length > LONGEST { format!("...{tail}") } else { tail }
    }

    /// The path of one of several things, which parameters do not tell apart.
    fn one_of(&self, name: &str) -> Self {
        Self { full: join(&self.full, &segment(name)), parameter: self.parameter.clone() }
    }
}

fn join(path: &str, segment: &str) -> String {
    if path.is_empty() { segment.to_owned() } else { format!("{path}.{segment}") }
}

/// A key as it stands in a dotted path: quoted unless it is a bare key.
pub(super) fn segment(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { format!("\"{name}\"") }
}

/// A cursor over one table.
pub(super) struct TableCursor<'a> {
    reading: &'a Reading<'a>,
    table: &'a Table,
    /// Its header.
    pub(super) span: Span,
    /// Its path.
    pub(super) path: Path,
    known: RefCell<Vec<&'static str>>,
    missing: RefCell<Vec<(&'static str, Finding)>>,
}

impl<'a> TableCursor<'a> {
    /// A cursor over `table`, whose header is at `span`.
    pub(super) const fn new(
        reading: &'a Reading<'a>,
        table: &'a Table,
        span: Span,
        path: Path,
    ) -> Self {
        let known = RefCell::new(Vec::new());
        let missing = RefCell::new(Vec::new());
        Self { reading, table, span, path, known, missing }
    }

    /// Gives one of several things the name by which paths lead to it.
    pub(super) fn call(&mut self, name: &str) {
        let list = self.path.full.rsplit_once('.').map_or("", |(list, _)| list);
        self.path.full = join(list, &segment(name));
    }

    /// Adds a finding.
    pub(super) fn report(&self, finding: Finding) {
        self.reading.report.add(finding);
    }

    /// The field `key`, if it is there.
    pub(super) fn field(&self, key: &'static str) -> Option<Field<'a>> {
        self.known.borrow_mut().push(key);
        self.ask(Question::Key(key));
        self.found(key);
        let entry = self.table.get(key)?;
        Some(Field::new(self.reading, &entry.node, entry.key, self.path.key(key)))
    }

    /// Writes a question down, but not of a table that is left out.
    fn ask(&self, question: Question) {
        if !std::ptr::eq(self.table, &raw const EMPTY) {
            self.reading.ask(self.span, || question);
        }
    }

    /// Keeps the path of a key that `--set` put at the top and that belongs here.
    fn found(&self, key: &str) {
        if let Some(paths) = self.reading.sought.borrow_mut().get_mut(key)
            && !self.path.full.is_empty()
        {
            let path = self.path.key(key).shown();
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }

    /// Where a key that `--set` put at the top belongs, in words.
    fn whole_path(&self, key: &str, span: Span) -> Option<String> {
        const SHOWN: usize = 3;
        let sought = self.reading.sought.borrow();
        let paths = sought.get(key).filter(|_| span.source > 0 && self.path.full.is_empty())?;
        let shown: Vec<_> = paths.iter().take(SHOWN).map(|path| format!("`{path}`")).collect();
        let more = paths.len().saturating_sub(SHOWN);
        let and_more = if more > 0 { format!(", and {more} more") } else { String::new() };
        (!paths.is_empty())
            .then(|| format!("--set takes whole paths: {}{and_more}", shown.join(", ")))
    }

    /// The field `key`; if it is not there, that is reported with `example`, a whole line, when the
    /// cursor is finished: not where the key is there and misspelt.
    pub(super) fn required(&self, key: &'static str, example: &str) -> Option<Field<'a>> {
        let field = self.field(key);
        self.ask(Question::Required(key));
        if field.is_none() {
            let message = match self.path.shown().as_str() {
                "" => format!("the key `{key}` is missing"),
                path => format!("`{path}` lacks the key `{key}`"),
            };
            let finding = Finding::new(Code::MissingKey, self.span, message)
                .label(format!("no `{key}` here"))
                .help(format!("add for example `{example}`"));
            self.missing.borrow_mut().push((key, finding));
        }
        field
    }

    /// The parameter `key`, read by `read`; `default` when it is left out or wrong. What the scenario
    /// writes is its own, the same as the default or not.
    pub(super) fn parameter<T: PartialEq>(
        &self,
        key: &'static str,
        default: T,
        read: impl FnOnce(&Field<'a>) -> Option<T>,
    ) -> T {
        let Some(value) = self.field(key).as_ref().and_then(read) else {
            return default;
        };
        self.state_as(key, value == default);
        value
    }

    /// Marks a parameter as stated by the scenario, and not as it is by default.
    pub(super) fn state(&self, key: &str) {
        self.state_as(key, false);
    }

    /// Marks a parameter as stated. One path may be of several things: what is stated otherwise for one
    /// of them is.
    pub(super) fn state_as(&self, key: &str, as_default: bool) {
        let how = if as_default { Stated::AsDefault } else { Stated::Otherwise };
        let path = self.path.key(key);
        let mut stated = self.reading.stated.borrow_mut();
        let resolved = self.reading.resolved.borrow();
        let typed = |of: &Entry| of.key.source > 0 || of.node.span.source > 0;
        let typed = self.table.get(key).is_some_and(typed);
        for path in [path.full, path.parameter] {
            if !typed && resolved.as_ref().is_some_and(|stated| !stated.contains(&path)) {
                continue;
            }
            let known = stated.entry(path).or_insert(how);
            *known = how.max(*known);
        }
    }

    /// The tables of `[[key]]`, addressed by their `name_key` where they have one.
    pub(super) fn tables(&self, key: &'static str, name_key: &str) -> Vec<TableCursor<'a>> {
        let Some(field) = self.field(key) else {
            return Vec::new();
        };
        let Value::Array(items) = &field.node.value else {
            let help = format!("write `[[{key}]]` above each of them, also when there is only one");
            field.wrong_type("a list of tables", Some(&help));
            return Vec::new();
        };
        items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| field.one(item, index, name_key))
            .collect()
    }

    /// A cursor over a table within this one; an empty one where it is left out.
    pub(super) fn table_or_empty(&self, key: &'static str) -> TableCursor<'a> {
        let field = self.field(key);
        field.and_then(|field| field.table()).unwrap_or_else(|| {
            TableCursor::new(self.reading, &EMPTY, self.span, self.path.key(key))
        })
    }

    /// Reports every key that nobody asked for. `advice` knows what to say of some of them.
    pub(super) fn finish_with(&self, advice: fn(&str) -> Option<&'static str>) {
        let known = self.known.borrow();
        self.finish_missing(&known);
        let unknown = self.table.iter().filter(|(key, _)| !known.contains(&key.as_str()));
        for (key, entry) in unknown.take_while(|_| !self.reading.report.is_full()) {
            let near = nearest(key, known.iter().copied());
            let message = match self.path.shown().as_str() {
                "" => format!("unknown key `{}`", shown(key)),
                path => format!("unknown key `{}` in `{path}`", shown(key)),
            };
            let label =
                near.map_or("not known here".to_owned(), |near| format!("did you mean `{near}`?"));
            let mut keys = known.clone();
            keys.sort_unstable();
            keys.dedup();
            let whole_path = self.whole_path(key, entry.key);
            let advice = whole_path
                .or_else(|| advice(key).map(str::to_owned))
                .or_else(|| self.of_the_top(key).filter(|_| near.is_none()));
            let help = advice.unwrap_or_else(|| match self.path.shown().as_str() {
                "" => format!("the keys here are {}", list_all(&keys)),
                path => format!("the keys of `{path}` are {}", list_all(&keys)),
            });
            self.report(Finding::new(Code::UnknownKey, entry.key, message).label(label).help(help));
        }
    }

    /// Whether anything was wrong so far, here or elsewhere.
    pub(super) fn has_errors(&self) -> bool {
        self.reading.report.has_errors()
    }

    /// Whether a parameter has a value in this scenario.
    pub(super) fn is_stated(&self, parameter: &str) -> bool {
        self.reading.stated.borrow().contains_key(parameter)
    }

    /// What to say of a key of the whole scenario that stands below the name of a table.
    fn of_the_top(&self, key: &str) -> Option<String> {
        let below = !self.path.shown().is_empty() && self.reading.of_the_top.contains(&key);
        below.then(|| {
            format!("`{key}` is a key of the whole scenario: write it above the first `[table]`")
        })
    }

    /// Reports the required keys that are not there, except those that an unknown key is near to.
    fn finish_missing(&self, known: &[&'static str]) {
        let unknown = self.table.iter().filter(|(key, _)| !known.contains(&key.as_str()));
        let mut meant: Vec<&str> = Vec::new();
        let mut missing = self.missing.take();
        if !missing.is_empty() {
            meant.extend(
                unknown.take(MISSPELT).filter_map(|(key, _)| nearest(key, known.iter().copied())),
            );
        }
        missing.retain(|(key, _)| !meant.contains(key));
        missing.into_iter().for_each(|(_, finding)| self.report(finding));
    }

    /// Reports every key that nobody asked for.
    pub(super) fn finish(&self) {
        self.finish_with(|_| None);
    }
}

fn list_all(keys: &[&str]) -> String {
    if keys.len() > 40 { list(keys.iter().copied()) } else { keys.join(", ") }
}

impl<'a> Field<'a> {
    /// One table of a list.
    fn one(&self, item: &'a Node, index: usize, name_key: &str) -> Option<TableCursor<'a>> {
        let path = Path { full: join(&self.path.full, &index.to_string()), ..self.path.clone() };
        let Value::Table(table) = &item.value else {
            let help = format!("write `[[{}]]` above each of them", self.path.shown());
            Field::new(self.reading, item, self.key, path).wrong_type("a table", Some(&help));
            return None;
        };
        let path = match table.get(name_key).map(|entry| &entry.node.value) {
            Some(Value::Text(name)) => self.path.one_of(name),
            _ => path,
        };
        Some(TableCursor::new(self.reading, table, item.span, path))
    }
}
