//! How an expression is read: by recursive descent, the first thing wrong ends it.
//!
//! ```text
//! any        = all { ("||" | "or") all }
//! all        = single { ("&&" | "and") single }
//! single     = ("!" | "not") single | "(" any ")" | comparison
//! comparison = subject operator [ argument | "[" argument { "," argument } "]" ]
//! ```
//!
//! Assumed, because the guide is silent: `and` binds before `or`, and parentheses may stand around one
//! comparison, as in its example `not(task:group == database)`.

use super::super::report::{nearest, shown};
use super::QueryError;
use super::expression::{Argument, Comparison, Operator, Subject, Term};
use super::scan::{Scanner, Word};
use super::words::{OPERATORS, argument, subject};

/// Longest expression (documented: ECS API, PlacementConstraint).
const LENGTH: usize = 2_000;

/// Deepest nesting of parentheses and `not`.
const DEPTH: usize = 100;

/// What the text means.
pub(super) fn parse(text: &str) -> Result<Term, QueryError> {
    let length = text.chars().count();
    if length > LENGTH {
        let message = format!("has {length} characters; ECS admits {LENGTH}");
        return Err(QueryError::new(0..text.len(), message));
    }
    let mut parser = Parser { scanner: Scanner::new(text), depth: 0 };
    if parser.scanner.is_at_end() {
        let error = QueryError::new(0..text.len(), "is empty");
        return Err(error.help("for example `attribute:ecs.instance-type =~ t3.*`"));
    }
    let term = parser.any()?;
    if parser.scanner.is_at_end() {
        return Ok(term);
    }
    Err(parser.not_joined())
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    depth: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Term, QueryError> {
        let mut terms = vec![self.all()?];
        while self.scanner.take("||") || self.scanner.take_word("or") {
            terms.push(self.all()?);
        }
        Ok(joined(terms, Term::Or))
    }

    fn all(&mut self) -> Result<Term, QueryError> {
        let mut terms = vec![self.single()?];
        while self.scanner.take("&&") || self.scanner.take_word("and") {
            terms.push(self.single()?);
        }
        Ok(joined(terms, Term::And))
    }

    fn single(&mut self) -> Result<Term, QueryError> {
        let start = self.scanner.skip_blanks();
        if self.depth == DEPTH {
            let message = format!("is nested deeper than {DEPTH} levels");
            return Err(QueryError::new(start..start + 1, message));
        }
        self.depth += 1;
        let term = if self.scanner.take("!") || self.scanner.take_word("not") {
            self.single().map(|term| Term::Not(Box::new(term)))
        } else if self.scanner.take("(") {
            self.parenthesised(start)
        } else {
            self.comparison().map(Term::Comparison)
        };
        self.depth -= 1;
        term
    }

    fn parenthesised(&mut self, opened: usize) -> Result<Term, QueryError> {
        let term = self.any()?;
        if self.scanner.take(")") {
            return Ok(term);
        }
        if self.scanner.is_at_end() {
            let error = QueryError::new(opened..opened + 1, "has a parenthesis without its end");
            return Err(error.label("opened here"));
        }
        Err(self.not_joined())
    }

    /// Something follows a whole expression that joins nothing to it.
    fn not_joined(&mut self) -> QueryError {
        let start = self.scanner.skip_blanks();
        if self.scanner.take(")") {
            return QueryError::new(start..start + 1, "closes a parenthesis that was not opened");
        }
        let word = self.scanner.peek_word();
        let label = nearest(word, ["and", "or"])
            .map_or(String::new(), |near| format!("did you mean `{near}`?"));
        let error = QueryError::new(self.scanner.unexpected(), "goes on after it is whole");
        let help =
            "join two expressions with `and` or `or`, and put a value with blanks between quotes";
        error.label(label).help(help)
    }

    fn comparison(&mut self) -> Result<Comparison, QueryError> {
        let word = self.scanner.word();
        if word.text.is_empty() {
            let at = self.scanner.unexpected();
            let what =
                if at.is_empty() { "ends where a subject is due" } else { "lacks a subject" };
            let error = QueryError::new(at, what).label("no subject here");
            return Err(error.help("for example `attribute:ecs.instance-type == t3.large`"));
        }
        let subject = subject(word.text, word.span)?;
        let operator = self.operator(&subject)?;
        let arguments = self.arguments(&subject, operator)?;
        Ok(Comparison { subject, operator, arguments })
    }

    fn operator(&mut self, subject: &Subject) -> Result<Operator, QueryError> {
        let start = self.scanner.skip_blanks();
        for (sign, word, operator) in OPERATORS {
            // A sign of letters is a word: `in` does not begin `inside`.
            let letters = sign.trim_start_matches('!');
            let by_sign = if letters.starts_with(|c: char| c.is_ascii_alphabetic()) {
                self.scanner.take_whole(sign)
            } else {
                self.scanner.take(sign)
            };
            if by_sign || self.scanner.take_word(word) {
                let end = start + if by_sign { sign.len() } else { word.len() };
                return checked(subject, operator, start..end);
            }
        }
        Err(self.no_operator(subject))
    }

    fn no_operator(&mut self, subject: &Subject) -> QueryError {
        let at = self.scanner.unexpected();
        let word = self.scanner.peek_word();
        let message = if at.is_empty() {
            format!("ends after `{}`: an operator is missing", shown(&subject.name()))
        } else {
            format!("has no operator after `{}`", shown(&subject.name()))
        };
        let known = OPERATORS.iter().filter(|(_, _, operator)| subject.takes(*operator));
        let near = nearest(word, known.clone().flat_map(|(sign, word, _)| [*sign, *word]));
        let near = if self.scanner.take("=") { Some("==") } else { near };
        let label = near.map_or(String::new(), |near| format!("did you mean `{near}`?"));
        let signs: Vec<&str> = known.map(|(sign, _, _)| *sign).collect();
        QueryError::new(at, message).label(label).help(format!("it can be {}", signs.join("  ")))
    }

    fn arguments(
        &mut self,
        subject: &Subject,
        operator: Operator,
    ) -> Result<Vec<Argument>, QueryError> {
        if operator.takes_nothing() {
            return Ok(Vec::new());
        }
        if operator.takes_list() {
            return self.list(subject, operator);
        }
        let opened = self.scanner.skip_blanks();
        if !operator.takes_pattern() && self.scanner.take("[") {
            let message = format!("gives `{}` a list", operator.sign());
            let error = QueryError::new(opened..opened + 1, message);
            return Err(error.label("one value here").help("`in` and `!in` take a list"));
        }
        Ok(vec![self.argument(subject, operator)?])
    }

    fn argument(&mut self, of: &Subject, operator: Operator) -> Result<Argument, QueryError> {
        let start = self.scanner.skip_blanks();
        let scanner = &mut self.scanner;
        let Word { text, span } =
            if operator.takes_pattern() { scanner.pattern()? } else { scanner.literal()? };
        let quoted = span.start > start;
        if text.is_empty() && !quoted {
            let message = format!("lacks a value after `{}`", operator.sign());
            let error = QueryError::new(self.scanner.unexpected(), message).label("no value here");
            return Err(error.help("put a value with blanks or brackets between quotes"));
        }
        argument(of, operator, text, span)
    }

    fn list(&mut self, of: &Subject, operator: Operator) -> Result<Vec<Argument>, QueryError> {
        let opened = self.scanner.skip_blanks();
        if !self.scanner.take("[") {
            let message = format!("gives `{}` no list", operator.sign());
            let error = QueryError::new(self.scanner.unexpected(), message).label("no `[` here");
            return Err(error.help("for example `in [us-east-1a, us-east-1b]`"));
        }
        let mut arguments = vec![self.argument(of, operator)?];
        while self.scanner.take(",") {
            arguments.push(self.argument(of, operator)?);
        }
        if self.scanner.take("]") {
            return Ok(arguments);
        }
        if self.scanner.is_at_end() {
            let error = QueryError::new(opened..opened + 1, "has a list without its end");
            return Err(error.label("opened here"));
        }
        let at = self.scanner.unexpected();
        Err(QueryError::new(at, "has a list in which a comma is missing")
            .label("no comma before it"))
    }
}

/// The operator, if the subject takes it.
fn checked(
    subject: &Subject,
    operator: Operator,
    at: std::ops::Range<usize>,
) -> Result<Operator, QueryError> {
    if subject.takes(operator) {
        return Ok(operator);
    }
    let valid = OPERATORS.iter().filter(|(_, _, operator)| subject.takes(*operator));
    let valid: Vec<&str> = valid.map(|(sign, _, _)| *sign).collect();
    let name = subject.name();
    let message = format!("asks `{name}` with `{}`, which it does not take", operator.sign());
    Err(QueryError::new(at, message).help(format!("`{name}` takes {}", valid.join("  "))))
}

fn joined(mut terms: Vec<Term>, join: fn(Vec<Term>) -> Term) -> Term {
    match terms.pop() {
        Some(only) if terms.is_empty() => only,
        last => {
            terms.extend(last);
            join(terms)
        }
    }
}
