//! Tasks at the beginning of a run that are left out of the figures of waits.

use crate::units::SimDuration;

use super::field::Field;
use crate::io::Code;

/// Which tasks are left out of the figures of waits, so that those are of a steady state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WarmUp {
    /// None: the run is what is asked about, from its beginning to its end.
    #[default]
    Nothing,
    /// Those requested before this.
    Until(SimDuration),
    /// Those that the rule MSER-5 cuts off.
    Mser5,
}

/// The word for the rule.
const MSER_5: &str = "mser-5";

impl WarmUp {
    /// As a scenario writes it.
    #[must_use]
    pub fn written(self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Until(end) => Some(end.to_string()),
            Self::Mser5 => Some(MSER_5.to_owned()),
        }
    }
}

/// Reads a duration shorter than the horizon, if that is known, or the word.
pub(super) fn read(field: &Field<'_>, horizon: Option<SimDuration>) -> Option<WarmUp> {
    if field.node.value.as_text() == Some(MSER_5) {
        return Some(WarmUp::Mser5);
    }
    let end = field.positive_duration()?;
    if let Some(horizon) = horizon.filter(|horizon| end >= *horizon) {
        let predicate = format!("must end before the horizon of {horizon}");
        let finding = field.finding(Code::OutOfRange, &predicate);
        field.wrong(
            finding.label("nothing is left").help(
                "a duration from the beginning of the run, or \"mser-5\": then a rule finds it",
            ),
        );
        return None;
    }
    Some(WarmUp::Until(end))
}
