//! `--expect` beside `sweep`: what must be true of the means at every point, or at one that is named.

use crate::io::{Code, Diagnostic, Place, Source};
use crate::sweep::statistics::estimate;
use crate::sweep::{PointRow, Sweep, SweepTable};

use super::expect::Expectation;
use super::failure::Failure;

/// What a path begins with that is about one point.
const OF_POINT: &str = "points[";

/// Whether each point that is named is there.
///
/// # Errors
/// The first that is not.
pub(super) fn check(expectations: &[Expectation], sweep: &Sweep<'_>) -> Result<(), Failure> {
    for expectation in expectations {
        let Some(name) = parts(expectation.path()).0 else { continue };
        let has_number = name.parse::<u64>().is_ok_and(|number| number < sweep.points());
        if !has_number && !(0..sweep.points()).any(|point| sweep.row(point).label() == name) {
            let path = expectation.path();
            let source = Source { name: "--expect".to_owned(), text: path.to_owned() };
            let start = OF_POINT.len();
            let place = Place::new(&source, start..start + name.len(), "not one of them");
            let message = format!("the sweep has no point \"{name}\"");
            let help = format!(
                "a point goes by its number or by its values, for example points[{}]",
                sweep.row(0).label()
            );
            let told = Diagnostic::new(Code::UnknownFigure, message).at(place).help(help);
            return Err(Failure::Input(vec![told]));
        }
    }
    Ok(())
}

/// The figure that an expectation is about.
pub(super) fn metric(expectation: &Expectation) -> &str {
    parts(expectation.path()).1
}

/// The expectations that failed, in words.
pub(super) fn failed(expectations: &[Expectation], table: &SweepTable) -> Vec<String> {
    expectations.iter().filter_map(|expectation| failure(expectation, table)).collect()
}

fn failure(expectation: &Expectation, table: &SweepTable) -> Option<String> {
    let (name, metric) = parts(expectation.path());
    let column = table.column(metric);
    let why = |point: &PointRow| {
        if point.error.is_some() {
            return Some("it cannot run".to_owned());
        }
        let figure = column.and_then(|column| estimate(point.figures(column)));
        expectation.fails(figure.map(|found| found.mean))
    };
    let text = expectation.text();
    if let Some(name) = name {
        let why = why(named(&table.points, name)?)?;
        return Some(format!("expectation failed: {text}: {why}"));
    }
    let mut failed = table.points.iter().filter_map(|point| Some((point, why(point)?)));
    let (first, why) = failed.next()?;
    let (count, of, label) = (1 + failed.count(), table.points.len(), first.label());
    Some(format!("expectation failed: {text}: at {count} of {of} points, the first {label}: {why}"))
}

/// The point with these values in words, or where none has them with this number.
fn named<'p>(points: &'p [PointRow], name: &str) -> Option<&'p PointRow> {
    let by_values = points.iter().find(|point| point.label() == name);
    let number = || name.parse::<u64>().ok();
    by_values.or_else(|| points.iter().find(|point| Some(point.point) == number()))
}

/// The point that a path names, if it does, and the path of the figure.
fn parts(path: &str) -> (Option<&str>, &str) {
    let of_point = path.strip_prefix(OF_POINT).and_then(|rest| rest.split_once("]."));
    of_point.map_or((None, path), |(name, metric)| (Some(name), metric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_of_every_point_or_of_one() {
        assert_eq!(parts("monthly_usd"), (None, "monthly_usd"));
        assert_eq!(parts("points[3].monthly_usd"), (Some("3"), "monthly_usd"));
        let fleet = "points[70, Spot].fleet[t4g.small].launched";
        assert_eq!(parts(fleet), (Some("70, Spot"), "fleet[t4g.small].launched"));
        assert_eq!(parts("points[[1, 2]].events"), (Some("[1, 2]"), "events"));
    }
}
