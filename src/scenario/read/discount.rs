//! `[[discount]]`: what the account pays less than the list price.

use crate::io::Code;

use super::super::discount::{Agreement, ChargeKind, Discount};
use super::super::document::{Span, Value};
use super::super::field::Field;
use super::super::reader::{Reading, TableCursor};
use super::super::report::{Finding, list, shown};
use super::names::{Name, Names};

/// Most families of one discount.
const FAMILY_LIMIT: usize = 100;

/// What a discount was stated for so far: a kind of charge and a family, or what no other one names.
type Seen = Vec<(ChargeKind, Option<String>, Span)>;

/// All discounts; of two on one charge neither would have a meaning.
pub(super) fn read_all(reading: &Reading<'_>, cursors: &[TableCursor<'_>]) -> Vec<Discount> {
    let mut seen = Seen::new();
    let (discounts, names) = cursors.iter().filter_map(|cursor| read(cursor, &mut seen)).unzip();
    Names::new(reading, "discount", names);
    discounts
}

/// A discount and its name, if it has what it needs.
fn read(cursor: &TableCursor<'_>, seen: &mut Seen) -> Option<(Discount, Name)> {
    let field = cursor.required("applies_to", "applies_to = \"ec2-on-demand\"");
    let percent = cursor.required("percent", "percent = 27").and_then(|f| f.percent(0.0, 100.0));
    let families = cursor.field("instance_families");
    let narrow = families.is_some();
    let name = match families {
        // By what it applies to it could not be told from the one for all other families.
        Some(_) => cursor.required("name", "name = \"m7g-savings-plan\""),
        None => cursor.field("name"),
    };
    let span = name.as_ref().or(field.as_ref()).map_or(cursor.span, |field| field.node.span);
    let name = name.and_then(|field| field.name()).map(str::to_owned);
    let agreement = cursor.field("agreement");
    let silent = agreement.is_none();
    let agreement = agreement.and_then(|field| field.word(&Agreement::WORDS));
    let instance_families = families.as_ref().map(read_families);
    cursor.finish();
    let field = field?;
    let applies_to = field.word(&ChargeKind::WORDS)?;
    if let Some(families) = families.as_ref().filter(|_| !applies_to.has_families()) {
        no_families(families, applies_to);
    }
    let again = match &instance_families {
        None => again(&field, field.node.span, (applies_to, None), seen),
        Some(own) => own.iter().flatten().fold(false, |before, (family, span)| {
            again(&field, *span, (applies_to, Some(family)), seen) || before
        }),
    };
    if silent || agreement.is_some() {
        covered(&field, applies_to, agreement);
    }
    let instance_families = match instance_families {
        None => Vec::new(),
        Some(own) => own?.into_iter().map(|(family, _)| family).collect(),
    };
    let nameless = narrow && name.is_none();
    let name = name.unwrap_or_else(|| applies_to.word().to_owned());
    let discount =
        Discount { name: name.clone(), applies_to, instance_families, ppm: percent?, agreement };
    Some((discount, Name { text: (!again && !nameless).then_some(name), span }))
}

/// The families, each with where it stands.
fn read_families(field: &Field<'_>) -> Option<Vec<(String, Span)>> {
    let family = |item: &Field<'_>| Some((item.name()?.to_owned(), item.node.span));
    let own = field.list_of(FAMILY_LIMIT, family)?;
    if matches!(&field.node.value, Value::Array(items) if items.is_empty()) {
        let finding = field.finding(Code::OutOfRange, "names no family");
        field.wrong(finding.help("name at least one, or leave the key out: every family"));
        return None;
    }
    Some(own)
}

/// Only instances have families.
fn no_families(families: &Field<'_>, kind: ChargeKind) {
    let predicate = format!("narrows \"{}\", which has no instance families", kind.word());
    let finding = families.finding(Code::NotOffered, &predicate).label("not of instances");
    let known = ChargeKind::WORDS.iter().filter(|(_, kind)| kind.has_families());
    families.wrong(finding.help(format!("{} have them", list(known.map(|(word, _)| *word)))));
}

/// Reports a second percentage of one price: two have no meaning of their own.
fn again(
    field: &Field<'_>,
    span: Span,
    (kind, family): (ChargeKind, Option<&str>),
    seen: &mut Seen,
) -> bool {
    let same = |other: &&(ChargeKind, Option<String>, Span)| {
        other.0 == kind && other.1.as_deref() == family
    };
    let Some((_, _, first)) = seen.iter().find(same) else {
        seen.push((kind, family.map(str::to_owned), span));
        return false;
    };
    let of = family.map_or(String::new(), |family| format!(" of {}", shown(family)));
    let message = format!("two discounts apply to \"{}\"{of}", kind.word());
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
