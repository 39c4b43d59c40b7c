//! Where the winner of two changes as a number changes.

use serde::Serialize;

use super::super::statistics::{PairedDifference, estimate, paired};

/// Parts of the range, about the width of the last bracket: a thousandth is finer than any figure here is
/// known.
const RESOLUTION: f64 = 1_000.0;

/// The figures of both at one value, run by run under the same seeds; or why there are none.
pub type Pair = Result<[Vec<Option<f64>>; 2], String>;

/// What is to be looked through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// The first value.
    pub from: f64,
    /// The last.
    pub to: f64,
    /// Whether values are whole numbers.
    pub whole: bool,
    /// Values looked at before the search, both ends among them; at least two.
    pub points: u32,
}

/// Who has the smaller figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Winner {
    /// The first.
    A,
    /// The second.
    B,
    /// The same figures in every run.
    Equal,
    /// The interval of the difference has 0 in it.
    NotDistinguishable,
    /// One of them cannot run there, or has no such figure.
    Unknown,
}

/// A value and what was found there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Look {
    /// The value.
    pub value: f64,
    /// Mean figure of the first; null where it is unknown.
    pub a: Option<f64>,
    /// Mean figure of the second.
    pub b: Option<f64>,
    /// The first less the second.
    pub difference: Option<PairedDifference>,
    /// Who wins.
    pub winner: Winner,
    /// Why it is unknown.
    pub error: Option<String>,
}

/// A change of the winner.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Crossing {
    /// Who wins up to `from`.
    pub before: Winner,
    /// Who wins from `to` on.
    pub after: Winner,
    /// The last value found where the one before wins.
    pub from: f64,
    /// The first found where the one after does.
    pub to: f64,
    /// Where the means are equal, on a line through those at both ends.
    pub estimate: f64,
    /// Whether there are values between at which the two cannot be told apart, and not only values that
    /// nobody looked at.
    pub not_distinguishable_between: bool,
    /// Whether there are values between at which they cannot be compared: one cannot run there, or has
    /// no such figure.
    pub unknown_between: bool,
}

/// All changes of the winner.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BreakEven {
    /// Everything that was looked at, by value.
    pub looks: Vec<Look>,
    /// The changes found, by value.
    pub crossings: Vec<Crossing>,
    /// Looks that the intervals hold for together.
    pub family: usize,
}

/// Looks through `span`, then narrows each change of the winner. `ask` runs both at a value. Between two
/// neighbouring values of the first look a winner may change twice unseen.
pub fn break_even<E>(
    span: Span,
    ask: &mut dyn FnMut(f64) -> Result<Pair, E>,
) -> Result<BreakEven, E> {
    let values = span.values();
    let step = (span.to - span.from) / f64::from(span.points.max(2) - 1);
    let least = if span.whole { 1.0 } else { (span.to - span.from) / RESOLUTION };
    let halvings = halvings(step, least);
    // Two edges of one change; more changes are looked at under the same intervals.
    let family = values.len() + 2 * halvings as usize;
    let mut search = Search { ask, family, looks: Vec::new(), least };
    for value in values {
        search.look(value)?;
    }
    let clear: Vec<(f64, Winner)> = search
        .looks
        .iter()
        .filter(|look| matches!(look.winner, Winner::A | Winner::B))
        .map(|look| (look.value, look.winner))
        .collect();
    let mut crossings = Vec::new();
    for pair in clear.windows(2) {
        let [(from, before), (to, after)] = [pair[0], pair[1]];
        if before != after {
            crossings.push(search.narrow((from, before), (to, after), span.whole)?);
        }
    }
    let looks = search.looks;
    Ok(BreakEven { looks, crossings, family })
}

impl Span {
    /// The values of the first look.
    fn values(&self) -> Vec<f64> {
        let last = self.points.max(2) - 1;
        let at = |n: u32| self.from + (self.to - self.from) * f64::from(n) / f64::from(last);
        let mut values: Vec<f64> =
            (0..=last).map(at).map(|of| if self.whole { of.round() } else { of }).collect();
        values.dedup();
        values
    }
}

/// How often a step is halved until it is no more than `least`.
fn halvings(mut step: f64, least: f64) -> u32 {
    let mut times = 0;
    while step > least && times < 64 {
        step /= 2.0;
        times += 1;
    }
    times
}

struct Search<'s, E> {
    ask: &'s mut dyn FnMut(f64) -> Result<Pair, E>,
    family: usize,
    looks: Vec<Look>,
    least: f64,
}

impl<E> Search<'_, E> {
    /// Who wins at `value`, remembered in order of values.
    fn look(&mut self, value: f64) -> Result<Winner, E> {
        let at = self.looks.partition_point(|look| look.value < value);
        if let Some(known) = self.looks.get(at).filter(|look| look.value <= value) {
            return Ok(known.winner);
        }
        let look = match (self.ask)(value)? {
            Ok([a, b]) => judged(value, &a, &b, self.family),
            Err(error) => unknown(value, Some(error)),
        };
        let winner = look.winner;
        self.looks.insert(at, look);
        Ok(winner)
    }

    /// Narrows a change from both sides.
    fn narrow(
        &mut self,
        (mut from, before): (f64, Winner),
        (mut to, after): (f64, Winner),
        whole: bool,
    ) -> Result<Crossing, E> {
        // What lies between and belongs to neither.
        let mut open: Option<(f64, f64)> = None;
        let between = |a: f64, b: f64| {
            let middle = f64::midpoint(a, b);
            if whole { middle.floor() } else { middle }
        };
        for look in &self.looks {
            if look.value > from && look.value < to {
                let (low, _) = open.unwrap_or((look.value, look.value));
                open = Some((low, look.value));
            }
        }
        while open.is_none() && to - from > self.least {
            let middle = between(from, to);
            match self.look(middle)? {
                winner if winner == before => from = middle,
                winner if winner == after => to = middle,
                _ => open = Some((middle, middle)),
            }
        }
        if let Some((mut low, mut high)) = open {
            while low - from > self.least {
                let middle = between(from, low);
                if self.look(middle)? == before { from = middle } else { low = middle }
            }
            while to - high > self.least {
                let middle = between(high, to);
                if self.look(middle)? == after { to = middle } else { high = middle }
            }
        }
        let estimate = self.zero_between(from, to);
        let between = self.looks.iter().filter(|look| look.value > from && look.value < to);
        let (unknown, others): (Vec<Winner>, Vec<Winner>) =
            between.map(|look| look.winner).partition(|winner| *winner == Winner::Unknown);
        Ok(Crossing {
            before,
            after,
            from,
            to,
            estimate,
            not_distinguishable_between: !others.is_empty(),
            unknown_between: !unknown.is_empty(),
        })
    }

    /// Where the line through the mean differences at both values is 0.
    fn zero_between(&self, from: f64, to: f64) -> f64 {
        let mean = |value: f64| {
            let at = self.looks.iter().find(|look| look.value.total_cmp(&value).is_eq());
            at.and_then(|look| look.difference).map_or(0.0, |of| of.mean)
        };
        let (low, high) = (mean(from), mean(to));
        let share = low / (low - high);
        if share.is_finite() { from + (to - from) * share } else { f64::midpoint(from, to) }
    }
}

fn unknown(value: f64, error: Option<String>) -> Look {
    Look { value, a: None, b: None, difference: None, winner: Winner::Unknown, error }
}

/// What the figures of both say.
fn judged(value: f64, a: &[Option<f64>], b: &[Option<f64>], family: usize) -> Look {
    let means = [a, b].map(|of| estimate(of.iter().copied()).filter(|of| of.without == 0));
    let [Some(of_a), Some(of_b)] = means else {
        return unknown(value, Some("no such figure in some run".to_owned()));
    };
    let difference = paired(a.iter().copied(), b.iter().copied(), family);
    let winner = match &difference {
        Some(of) if of.ci95_high < 0.0 => Winner::A,
        Some(of) if of.ci95_low > 0.0 => Winner::B,
        Some(of) if of.ci95_low >= 0.0 && of.ci95_high <= 0.0 => Winner::Equal,
        Some(_) | None => Winner::NotDistinguishable,
    };
    let (a, b) = (Some(of_a.mean), Some(of_b.mean));
    Look { value, a, b, difference, winner, error: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Span = Span { from: 0.0, to: 100.0, whole: false, points: 5 };

    fn found(span: Span, difference: impl Fn(f64) -> f64, luck: f64) -> BreakEven {
        let mut ask = |value: f64| -> Result<Pair, ()> {
            let runs = [-1.0, 1.0, -0.5, 0.5].map(|of| of * luck);
            let a = runs.iter().map(|of| Some(10.0 + difference(value) + of)).collect();
            Ok(Ok([a, vec![Some(10.0); 4]]))
        };
        break_even(span, &mut ask).unwrap()
    }

    #[test]
    fn without_luck_a_crossing_is_found_to_a_thousandth_of_the_range() {
        let found = found(SPAN, |value| value - 37.21, 0.0);
        let [crossing] = found.crossings.as_slice() else { panic!("{found:?}") };
        assert_eq!((crossing.before, crossing.after), (Winner::A, Winner::B));
        assert!(crossing.from < 37.21 && crossing.to > 37.21);
        assert!(crossing.to - crossing.from <= 0.1, "{crossing:?}");
        assert!((crossing.estimate - 37.21).abs() < 1e-9);
        assert!(!crossing.not_distinguishable_between && !crossing.unknown_between);
    }

    #[test]
    fn whole_numbers_are_narrowed_to_neighbours() {
        let span = Span { whole: true, from: 1.0, points: 4, ..SPAN };
        let found = found(span, |value| value - 37.5, 0.0);
        assert_eq!((found.crossings[0].from, found.crossings[0].to), (37.0, 38.0));
        assert!(found.looks.iter().all(|look| look.value.fract().abs() < 1e-12));
    }

    #[test]
    fn with_luck_the_bracket_holds_what_cannot_be_told_apart() {
        let found = found(SPAN, |value| value - 37.21, 4.0);
        let crossing = &found.crossings[0];
        assert!(crossing.not_distinguishable_between && !crossing.unknown_between);
        // Half-width: s = 4 sqrt(2.5 / 3), over sqrt(4), times t(3) at 0.05 of so many looks.
        let t = super::super::super::statistics::t_quantile(3, 1.0 - 0.025 / found.family as f64);
        let half = t.unwrap() * 4.0 * (2.5_f64 / 3.0).sqrt() / 2.0;
        assert!((crossing.from - (37.21 - half)).abs() < 0.11, "{crossing:?}, {half}");
        assert!((crossing.to - (37.21 + half)).abs() < 0.11, "{crossing:?}, {half}");
    }

    #[test]
    fn where_one_cannot_run_is_not_where_they_cannot_be_told_apart() {
        let mut ask = |value: f64| -> Result<Pair, ()> {
            if (40.0..60.0).contains(&value) {
                return Ok(Err("no type fits".to_owned()));
            }
            Ok(Ok([vec![Some(value); 2], vec![Some(50.0); 2]]))
        };
        let found = break_even(SPAN, &mut ask).unwrap();
        let [crossing] = found.crossings.as_slice() else { panic!("{found:?}") };
        assert!(crossing.unknown_between && !crossing.not_distinguishable_between);
        assert!(crossing.from < 40.0 && crossing.from > 39.8, "{crossing:?}");
        assert!(crossing.to >= 60.0 && crossing.to < 60.2, "{crossing:?}");
    }

    #[test]
    fn several_crossings_and_none() {
        let found_two = found(SPAN, |value| (value - 20.0) * (value - 80.0), 0.0);
        let winners: Vec<_> = found_two.crossings.iter().map(|of| (of.before, of.after)).collect();
        assert_eq!(winners, [(Winner::B, Winner::A), (Winner::A, Winner::B)]);
        let none = found(SPAN, |_| 5.0, 1.0);
        assert!(none.crossings.is_empty());
        assert!(none.looks.iter().all(|look| look.winner == Winner::B));
        let equal = found(SPAN, |_| 0.0, 0.0);
        assert!(equal.looks.iter().all(|look| look.winner == Winner::Equal));
    }
}
