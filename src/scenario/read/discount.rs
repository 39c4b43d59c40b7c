//! `[[discount]]`: what the account pays less than the list price.

use crate::io::Code;

use super::super::discount::{Agreement, ChargeKind, Discount};
use super::super::document::Span;
use super::super::field::Field;
use super::super::reader::{Reading, TableCursor};
use super::super::report::{Finding, list};
use super::names::{Name, Names};

/// All discounts; each kind of charge may have one.
pub(super) fn read_all(reading: &Reading<'_>, cursors: &[TableCursor<'_>]) -> Vec<Discount> {
    let mut seen: Vec<(ChargeKind, Span)> = Vec::new();
    let (discounts, names) = cursors.iter().filter_map(|cursor| read(cursor, &mut seen)).unzip();
    Names::new(reading, "discount", names);
    discounts
}

/// A discount and its name, if it has what it needs.
fn read(cursor: &TableCursor<'_>, seen: &mut Vec<(ChargeKind, Span)>) -> Option<(Discount, Name)> {
    let field = cursor.required("applies_to", "applies_to = \"ec2-on-demand\"");
    let percent = cursor.required("percent", "percent = 27").and_then(|f| f.percent(0.0, 100.0));
    let name = cursor.field("name");
    let span = name.as_ref().or(field.as_ref()).map_or(cursor.span, |field| field.node.span);
    let name = name.and_then(|field| field.name()).map(str::to_owned);
    let agreement = cursor.field("agreement");
    let silent = agreement.is_none();
    let agreement = agreement.and_then(|field| field.word(&Agreement::WORDS));
    cursor.finish();
    let field = field?;
    let applies_to = field.word(&ChargeKind::WORDS)?;
    let again = again(&field, applies_to, seen);
    if silent || agreement.is_some() {
        covered(&field, applies_to, agreement);
    }
    let name = name.unwrap_or_else(|| applies_to.word().to_owned());
    let discount = Discount { name: name.clone(), applies_to, ppm: percent?, agreement };
    Some((discount, Name { text: (!again).then_some(name), span }))
}

/// Reports a second percentage of one price: two have no meaning of their own.
fn again(field: &Field<'_>, kind: ChargeKind, seen: &mut Vec<(ChargeKind, Span)>) -> bool {
    let span = field.node.span;
    let Some((_, first)) = seen.iter().find(|(other, _)| *other == kind) else {
        seen.push((kind, span));
        return false;
    };
    let message = format!("two discounts apply to \"{}\"", kind.word());
    field.wrong(
        Finding::new(Code::DiscountTwice, span, message)
            .label("again here")
            .related(*first, "first here")
            .help("state one percentage for what the account pays in the end"),
    );
    true
}

/// Whether the agreement lowers this price at all.
fn covered(field: &Field<'_>, kind: ChargeKind, agreement: Option<Agreement>) {
    let Some(agreement) = agreement else {
        if kind.is_spot() {
            let predicate = format!("is \"{}\", which no commitment makes cheaper", kind.word());
            let finding = field.finding(Code::DiscountOnSpot, &predicate).label("a price of Spot");
            field.wrong(finding.help(
                "Savings Plans and Reserved Instances do not apply to Spot; for a private price say \
                 `agreement = \"private-pricing\"`",
            ));
        }
        return;
    };
    if agreement.covers().contains(&kind) {
        return;
    }
    let word = agreement.word();
    let predicate = format!("cannot be \"{}\" with the agreement \"{word}\"", kind.word());
    let covers = list(agreement.covers().iter().map(|kind| kind.word()));
    let rule = if kind.is_spot() {
        "Savings Plans and Reserved Instances do not apply to Spot; "
    } else {
        ""
    };
    let finding = field.finding(Code::DiscountNotCovered, &predicate).label("not covered by it");
    field.wrong(finding.help(format!("{rule}{word} covers {covers}")));
}
