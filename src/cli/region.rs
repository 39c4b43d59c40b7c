//! Which Region was asked for, and where: for errors that only the catalogue finds.

use serde::Deserialize;
use toml::Spanned;

use crate::catalog::{CatalogError, known_regions};
use crate::io::{Code, Diagnostic, Place, Source};
use crate::scenario::Override;

use super::question::OF_FLAGS;

/// Regions that help names.
const LISTED: usize = 6;

/// Keys of a scenario that name a Region, and the flags that stand for them.
const KEYS: [(&str, &str); 2] = [("region", "--region"), ("price_stand_in", "--price-stand-in")];

/// The keys of a scenario of which errors of the catalogue tell.
#[derive(Deserialize)]
struct Top {
    region: Option<Spanned<toml::Value>>,
    price_stand_in: Option<Spanned<toml::Value>>,
}

/// A Region and where it is named.
struct Named {
    region: String,
    place: Place,
}

/// The Region that stands alone behind a flag.
pub(super) fn flag(name: &str, region: &str) -> Place {
    let source = Source { name: name.to_owned(), text: region.to_owned() };
    Place::new(&source, 0..region.len(), "")
}

/// The Regions that a scenario names, as far as it can be read.
fn named(source: &Source, overrides: &[Override]) -> Vec<Named> {
    let top = toml::from_str::<Top>(&source.text).ok();
    let (region, stand_in) = top.map_or((None, None), |top| (top.region, top.price_stand_in));
    let written = KEYS.into_iter().zip([region, stand_in]);
    written.filter_map(|((key, flag), value)| one(key, flag, value, source, overrides)).collect()
}

fn one(
    key: &str,
    flag_name: &str,
    value: Option<Spanned<toml::Value>>,
    source: &Source,
    overrides: &[Override],
) -> Option<Named> {
    if let Some(set) = overrides.iter().rev().find(|set| set.path.trim() == key) {
        let region = set.value.trim().trim_matches(['"', '\'']).to_owned();
        let text = format!("{}={}", set.path, set.value);
        let span = set.path.len() + 1..text.len();
        let place = Place::new(&Source { name: "--set".to_owned(), text }, span, "");
        return Some(Named { region, place });
    }
    let value = value?;
    let region = value.get_ref().as_str()?.to_owned();
    let place = if source.name == OF_FLAGS {
        flag(flag_name, &region)
    } else {
        Place::new(source, value.span(), "")
    };
    Some(Named { region, place })
}

/// Errors about Regions that the tables do not know.
pub(super) fn unknown(source: &Source, overrides: &[Override]) -> Vec<Diagnostic> {
    let known = known_regions();
    let named = named(source, overrides).into_iter();
    let wrong = named.filter(|named| !known.contains(&named.region.as_str()));
    wrong.map(|named| no_such(&named.region, None, named.place)).collect()
}

/// The error of the catalogue about a Region of this scenario, at its place.
pub(super) fn located(
    error: &CatalogError,
    source: &Source,
    overrides: &[Override],
) -> Option<Diagnostic> {
    let region = match error {
        CatalogError::UnknownRegion { region, .. }
        | CatalogError::RegionWithoutPrices { region, .. } => region,
        CatalogError::Invalid(_) => return None,
    };
    let found = named(source, overrides).into_iter().find(|named| named.region == *region)?;
    at(error, found.place)
}

/// The error of the catalogue about the Region at `place`.
pub(super) fn at(error: &CatalogError, place: Place) -> Option<Diagnostic> {
    match error {
        CatalogError::UnknownRegion { region, nearest } => {
            Some(no_such(region, nearest.as_deref(), place))
        }
        CatalogError::RegionWithoutPrices { region, example } => {
            let message = format!("no prices of the Region {region} are known");
            let help = format!(
                "name a Region whose offerings and prices stand in: price_stand_in = \"{example}\" in \
                 the scenario or --price-stand-in {example}; or give its prices with --prices"
            );
            Some(Diagnostic::new(Code::RegionWithoutPrices, message).at(place).help(help))
        }
        CatalogError::Invalid(_) => None,
    }
}

fn no_such(region: &str, nearest: Option<&str>, mut place: Place) -> Diagnostic {
    let known = known_regions();
    let likeness = |name: &str| strsim::normalized_damerau_levenshtein(name, region);
    let mut ordered = known.clone();
    ordered.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)).then_with(|| a.cmp(b)));
    let near = nearest.or_else(|| ordered.first().copied().filter(|name| likeness(name) >= 0.7));
    if let Some(near) = near {
        place.label = format!("did you mean \"{near}\"?");
    }
    let listed = ordered.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
    let more = known.len().saturating_sub(LISTED);
    let shown: String = region.chars().take(60).filter(|c| !c.is_control()).collect();
    Diagnostic::new(Code::UnknownRegion, format!("unknown Region \"{shown}\""))
        .at(place)
        .help(format!("known are {listed} and {more} more: `taskyard catalog` lists them"))
}
