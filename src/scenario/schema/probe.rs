//! What a reader understands, learnt by asking it: small documents are read that hold one value of one
//! kind at one place, and what the reader asks for there is written down. So schema and reader cannot
//! differ.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::io::Code;

use super::super::document::{Entry, Node, Span, Table, Value};
use super::super::report::Report;
use super::asked::{Asked, Expected, Question};

/// A reader that writes down what it asks for.
pub(super) type Reader = for<'a> fn(&'a Table, &'a Asked) -> Report<'a>;

/// Words that stand for something where otherwise a number or a time does.
const SPECIAL: [&str; 3] = ["default", "last", "unlimited"];

/// A place in documents: the root, the value of a key, or an item of a list.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// The place in which it is, and its key there; none for an item.
    parent: Option<(usize, Option<&'static str>)>,
    /// Another key of its table, and the word that it must have for this one to be asked for.
    context: Option<(&'static str, String)>,
    /// What its value may be.
    pub(super) expected: Vec<Expected>,
    /// Its keys, where it is a table.
    pub(super) keys: BTreeMap<&'static str, usize>,
    /// Those of them that must always be there.
    pub(super) required: Option<BTreeSet<&'static str>>,
    /// Its items, where it is a list.
    pub(super) item: Option<usize>,
    /// The name of its shape, where others have it too.
    pub(super) shape: Option<&'static str>,
}

/// All places that a reader knows, the root first.
pub(super) struct Probe {
    reader: Reader,
    /// The places.
    pub(super) slots: Vec<Slot>,
    /// Shapes with names, and the first place of each.
    pub(super) shapes: BTreeMap<&'static str, usize>,
    to_do: VecDeque<(usize, Option<(&'static str, String)>)>,
}

/// What one reading showed of one place.
#[derive(Default)]
struct Seen {
    expected: Vec<Expected>,
    keys: Vec<&'static str>,
    of_wrong_type: bool,
    wrong: bool,
    questions: Vec<(Span, Question)>,
}

impl Seen {
    /// Whether the value was taken as it is, without a question that says what it must be.
    fn is_taken(&self) -> bool {
        self.expected.is_empty() && !self.of_wrong_type
    }
}

/// The place of words that only stand beside what is asked.
const NOWHERE: Span = place(usize::MAX / 2);

const fn place(slot: usize) -> Span {
    Span { source: 0, start: slot, end: slot }
}

impl Probe {
    /// Asks a reader for everything.
    pub(super) fn new(reader: Reader) -> Self {
        let slots = vec![Slot { expected: vec![Expected::Table], ..Slot::default() }];
        let to_do = VecDeque::new();
        let mut probe = Self { reader, slots, shapes: BTreeMap::new(), to_do };
        let root = probe.read(0, Value::Table(Table::new()), None);
        probe.add_keys(0, &root.keys, None);
        while let Some((slot, context)) = probe.to_do.pop_front() {
            probe.explore(slot, context.as_ref());
        }
        probe
    }

    /// Reads a document with `value` at a place, and nothing else but what leads there.
    fn read(
        &mut self,
        slot: usize,
        value: Value,
        context: Option<&(&'static str, String)>,
    ) -> Seen {
        let asked = Asked::default();
        let table = self.document(slot, value, context);
        let found = (self.reader)(&table, &asked).found();
        let mut seen = Seen { questions: asked.into_questions(), ..Seen::default() };
        for (at, question) in &seen.questions {
            if *at != place(slot) {
                continue;
            }
            match question {
                Question::Key(key) => seen.keys.push(key),
                Question::Value(expected) => seen.expected.push(expected.clone()),
                Question::Shape(name) => {
                    self.shapes.entry(name).or_insert(slot);
                    self.slots[slot].shape = Some(name);
                }
                Question::Required(_) => {}
            }
        }
        let here = || found.iter().filter(|(_, at)| *at == place(slot));
        seen.wrong = here().next().is_some();
        seen.of_wrong_type = here().any(|(code, _)| *code == Code::WrongType);
        self.note_required(&seen.questions);
        seen
    }

    /// The document: `value` within all that it is in.
    fn document(
        &self,
        slot: usize,
        value: Value,
        context: Option<&(&'static str, String)>,
    ) -> Table {
        let (mut at, mut value) = (slot, value);
        let mut context = context.or(self.slots[slot].context.as_ref());
        while let Some((parent, key)) = self.slots[at].parent {
            let node = Node { span: place(at), value };
            value = match key {
                None => Value::Array(vec![node]),
                Some(key) => {
                    let word = context.map(|(key, word)| {
                        (*key, Node { span: NOWHERE, value: Value::Text(word.clone()) })
                    });
                    let entry = |(key, node): (&str, Node)| {
                        let at = Span { end: node.span.start + 1, ..node.span };
                        (key.to_owned(), Entry { key: at, node })
                    };
                    // The value itself comes last, and stays where its key is the word's.
                    Value::Table(word.into_iter().chain([(key, node)]).map(entry).collect())
                }
            };
            at = parent;
            context = self.slots[at].context.as_ref();
        }
        if let Value::Table(table) = value { table } else { Table::new() }
    }

    /// Keeps of each table the keys that were required in every reading of it.
    fn note_required(&mut self, questions: &[(Span, Question)]) {
        let mut tables: BTreeMap<usize, BTreeSet<&'static str>> = BTreeMap::new();
        for (at, question) in questions {
            match question {
                Question::Key(_) => {
                    tables.entry(at.start).or_default();
                }
                Question::Required(key) => {
                    tables.entry(at.start).or_default().insert(key);
                }
                Question::Value(_) | Question::Shape(_) => {}
            }
        }
        for (slot, keys) in tables {
            let Some(slot) = self.slots.get_mut(slot) else { continue };
            match &mut slot.required {
                Some(required) => required.retain(|key| keys.contains(key)),
                None => slot.required = Some(keys),
            }
        }
    }

    /// Adds the keys of a table that are new, to be looked at later.
    fn add_keys(
        &mut self,
        slot: usize,
        keys: &[&'static str],
        context: Option<&(&'static str, String)>,
    ) {
        for key in keys {
            if self.slots[slot].keys.contains_key(key) {
                continue;
            }
            let parent = Some((slot, Some(*key)));
            self.slots.push(Slot { parent, context: context.cloned(), ..Slot::default() });
            let new = self.slots.len() - 1;
            self.slots[slot].keys.insert(key, new);
            self.to_do.push_back((new, None));
        }
    }

    /// Tries every kind of value at a place.
    fn explore(&mut self, slot: usize, context: Option<&(&'static str, String)>) {
        let text = self.read(slot, Value::Text("x".to_owned()), context);
        let shape = self.slots[slot].shape;
        if shape.is_some_and(|name| self.shapes.get(name) != Some(&slot)) {
            return;
        }
        let mut taken = Vec::new();
        let plain = text.is_taken();
        self.keep(slot, text, Expected::Text, &mut taken);
        for (value, kind) in [
            (Value::Integer(0), Expected::Integer(i64::MIN, i64::MAX)),
            (Value::Float(0.5), Expected::Number(f64::MIN, f64::MAX)),
            (Value::Boolean(true), Expected::Boolean),
        ] {
            let seen = self.read(slot, value, context);
            self.keep(slot, seen, kind, &mut taken);
        }
        self.explore_list(slot, context, plain, &mut taken);
        self.explore_table(slot, context, &mut taken);
        // What takes everything was not looked at.
        if taken.len() < 6 {
            for kind in taken {
                self.expect(slot, kind);
            }
        }
        if !plain {
            self.explore_special(slot, context);
        }
        self.explore_words(slot, context);
    }

    fn keep(&mut self, slot: usize, seen: Seen, kind: Expected, taken: &mut Vec<Expected>) {
        if seen.is_taken() {
            taken.push(kind);
        }
        for expected in seen.expected {
            self.expect(slot, expected);
        }
    }

    fn expect(&mut self, slot: usize, expected: Expected) {
        let known = &mut self.slots[slot].expected;
        if !known.contains(&expected) {
            known.push(expected);
        }
    }

    fn explore_list(
        &mut self,
        slot: usize,
        context: Option<&(&'static str, String)>,
        as_text: bool,
        taken: &mut Vec<Expected>,
    ) {
        let item = self.slots[slot].item.unwrap_or(self.slots.len());
        let first = Node { span: place(item), value: Value::Text("x".to_owned()) };
        let seen = self.read(slot, Value::Array(vec![first]), context);
        let is_list = seen.questions.iter().any(|(at, _)| *at == place(item))
            || seen.expected.iter().any(|expected| matches!(expected, Expected::List(_)));
        // What takes a text too was not looked at, and neither will its items be.
        let is_list = is_list || seen.is_taken() && !as_text;
        self.keep(slot, seen, Expected::List(usize::MAX), taken);
        if is_list && self.slots[slot].item.is_none() {
            // Items are looked at beside the words that the list itself needs.
            let context = context.cloned().or_else(|| self.slots[slot].context.clone());
            self.slots[slot].context = context;
            self.slots.push(Slot { parent: Some((slot, None)), ..Slot::default() });
            self.slots[slot].item = Some(item);
            self.to_do.push_back((item, None));
        }
    }

    fn explore_table(
        &mut self,
        slot: usize,
        context: Option<&(&'static str, String)>,
        taken: &mut Vec<Expected>,
    ) {
        let seen = self.read(slot, Value::Table(Table::new()), context);
        if seen.keys.is_empty() {
            self.keep(slot, seen, Expected::AnyKeys, taken);
            return;
        }
        self.expect(slot, Expected::Table);
        if let Some(context) = context.filter(|_| self.slots[slot].keys.is_empty()) {
            self.slots[slot].context = Some(context.clone());
        }
        self.add_keys(slot, &seen.keys, None);
    }

    /// Words that are taken where other texts are not.
    fn explore_special(&mut self, slot: usize, context: Option<&(&'static str, String)>) {
        for word in SPECIAL {
            let seen = self.read(slot, Value::Text(word.to_owned()), context);
            if seen.is_taken() && !seen.wrong {
                self.expect(slot, Expected::Words(vec![word.to_owned()]));
            }
        }
    }

    /// Where a word decides which other keys its table has, those are looked at beside each word.
    fn explore_words(&mut self, slot: usize, context: Option<&(&'static str, String)>) {
        let Some((parent, Some(key))) = self.slots[slot].parent else { return };
        if context.is_some() {
            return;
        }
        let words = self.slots[slot].expected.iter().filter_map(|expected| match expected {
            Expected::Words(words) => Some(words.clone()),
            Expected::Text
            | Expected::Duration
            | Expected::Boolean
            | Expected::Integer(..)
            | Expected::Number(..)
            | Expected::List(_)
            | Expected::Table
            | Expected::AnyKeys => None,
        });
        let words: BTreeSet<String> = words.flatten().collect();
        let mut asked = Vec::new();
        for word in words {
            let seen = self.read(slot, Value::Text(word.clone()), None);
            let of_table = seen.questions.into_iter().filter(|(at, _)| *at == place(parent));
            asked.push((word, of_table.map(|(_, question)| question).collect::<Vec<_>>()));
        }
        if asked.windows(2).all(|pair| pair[0].1 == pair[1].1) {
            return;
        }
        for (word, questions) in asked {
            let context = (key, word);
            let keys: BTreeSet<&'static str> =
                questions.iter().filter_map(|question| key_of(question)).collect();
            let keys: Vec<&'static str> = keys.into_iter().filter(|own| *own != key).collect();
            self.add_keys(parent, &keys, Some(&context));
            for key in keys {
                let of = self.slots[parent].keys[key];
                self.to_do.push_back((of, Some(context.clone())));
            }
        }
    }
}

const fn key_of(question: &Question) -> Option<&'static str> {
    match question {
        Question::Key(key) => Some(key),
        Question::Required(_) | Question::Value(_) | Question::Shape(_) => None,
    }
}
