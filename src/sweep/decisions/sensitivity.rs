//! Which parameter matters most, and how far what is not known moves a figure.

use serde::Serialize;

use super::super::statistics::{Estimate, PairedDifference, estimate, paired};

/// A parameter and the values between which it plausibly lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Range {
    /// As `--set` names it.
    pub parameter: String,
    /// Its value here.
    pub value: String,
    /// How well that is known.
    pub grade: String,
    /// One end.
    pub low: String,
    /// The other.
    pub high: String,
    /// Why these.
    pub source: String,
}

/// What one end of a range does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct End {
    /// Mean of the figure there; null where there is none.
    pub mean: Option<f64>,
    /// That less the figure of now, run by run under the same seeds.
    pub difference: Option<PairedDifference>,
    /// Why there is none.
    pub error: Option<String>,
}

/// A parameter that was varied, all others as they are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Varied {
    /// Which, and between what.
    #[serde(flatten)]
    pub range: Range,
    /// At one end.
    pub at_low: End,
    /// At the other.
    pub at_high: End,
    /// From the least to the greatest of the figures at both ends and now.
    pub swing: f64,
    /// Whether an end differs from now by more than luck.
    pub distinguishable: bool,
    /// How far its ends may move the figure down: at most 0. The mean difference of an end that differs
    /// by more than luck, else the end of its interval that is further; the further of both ends.
    pub reach_low: f64,
    /// The same upwards: at least 0.
    pub reach_high: f64,
}

/// What was found. Luck and calibration are two things: more runs make the first band narrower. Of the
/// second they take away only what they cannot tell from luck; the rest measurements do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sensitivity {
    /// The figure as it is.
    pub base: Estimate,
    /// The parameters, the greatest swing first.
    pub varied: Vec<Varied>,
    /// How far calibration may move the mean: the root of the sum of the squares of how far each
    /// parameter reaches, downwards and upwards. That takes the parameters to be unknown independently
    /// of each other. An end that cannot run is in no band.
    pub calibration_low: f64,
    /// See `calibration_low`.
    pub calibration_high: f64,
    /// Comparisons for which the intervals of the differences hold together.
    pub family: usize,
}

/// Figures by run, or why there are none.
pub type Runs = Result<Vec<Option<f64>>, String>;

/// Asks for both ends of each range under the seeds of `base`; `None` where that has no figure in some
/// run.
pub fn sensitivity<E>(
    base: &[Option<f64>],
    ranges: Vec<Range>,
    ask: &mut dyn FnMut(&Range, &str) -> Result<Runs, E>,
) -> Result<Option<Sensitivity>, E> {
    let Some(now) = estimate(base.iter().copied()).filter(|of| of.without == 0) else {
        return Ok(None);
    };
    let family = 2 * ranges.len();
    let mut varied = Vec::with_capacity(ranges.len());
    for range in ranges {
        let low = ask(&range, &range.low)?;
        let high = ask(&range, &range.high)?;
        let ends = [low, high].map(|runs| end(base, runs, family));
        varied.push(of_range(range, ends, now.mean));
    }
    varied.sort_by(|a, b| {
        let by_swing = b.swing.total_cmp(&a.swing);
        by_swing.then_with(|| a.range.parameter.cmp(&b.range.parameter))
    });
    let (mut down, mut up) = (0.0, 0.0);
    for own in &varied {
        down += own.reach_low * own.reach_low;
        up += own.reach_high * own.reach_high;
    }
    let (calibration_low, calibration_high) = (now.mean - down.sqrt(), now.mean + up.sqrt());
    Ok(Some(Sensitivity { base: now, varied, calibration_low, calibration_high, family }))
}

fn end(base: &[Option<f64>], runs: Runs, family: usize) -> End {
    let none = |why: String| End { mean: None, difference: None, error: Some(why) };
    let runs = match runs {
        Ok(runs) => runs,
        Err(why) => return none(why),
    };
    let Some(found) = estimate(runs.iter().copied()).filter(|of| of.without == 0) else {
        return none("no such figure in some run".to_owned());
    };
    let difference = paired(runs, base.iter().copied(), family);
    End { mean: Some(found.mean), difference, error: None }
}

fn of_range(range: Range, [at_low, at_high]: [End; 2], now: f64) -> Varied {
    let means = [at_low.mean, at_high.mean, Some(now)].into_iter().flatten();
    let least = means.clone().fold(f64::INFINITY, f64::min);
    let greatest = means.fold(f64::NEG_INFINITY, f64::max);
    let clear = |end: &End| end.difference.is_some_and(|of| of.distinguishable);
    let distinguishable = clear(&at_low) || clear(&at_high);
    let [(down, up), (down_too, up_too)] = [&at_low, &at_high].map(End::reach);
    let (reach_low, reach_high) = (f64::min(down, down_too), f64::max(up, up_too));
    let swing = greatest - least;
    Varied { range, at_low, at_high, swing, distinguishable, reach_low, reach_high }
}

impl End {
    /// How far it may move the figure, down and up. What is not told from luck may be as far as its
    /// interval reaches: nothing shown is not nothing there, and fewer runs must not look surer.
    fn reach(&self) -> (f64, f64) {
        match &self.difference {
            Some(of) if of.distinguishable => (of.mean.min(0.0), of.mean.max(0.0)),
            Some(of) => (of.ci95_low.min(0.0), of.ci95_high.max(0.0)),
            // One run alone: no interval.
            None if self.mean.is_some() => (f64::NEG_INFINITY, f64::INFINITY),
            None => (0.0, 0.0),
        }
    }
}

impl Varied {
    /// From the least to the greatest that the figure may be between its ends.
    #[must_use]
    pub fn reach(&self) -> f64 {
        self.reach_high - self.reach_low
    }
}

impl Sensitivity {
    /// The parameter that matters most among those that differ by more than luck, and those whose ends
    /// may reach further than it: with any of these, nobody knows which matters most.
    #[must_use]
    pub fn most(&self) -> (Option<&Varied>, Vec<&Varied>) {
        let most = self.varied.iter().find(|own| own.distinguishable);
        let swing = most.map_or(0.0, |own| own.swing);
        let further = |own: &&Varied| {
            !most.is_some_and(|most| std::ptr::eq(most, *own)) && own.reach() > swing
        };
        (most, self.varied.iter().filter(further).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(parameter: &str, low: f64, high: f64) -> Range {
        Range {
            parameter: parameter.to_owned(),
            value: String::new(),
            grade: String::new(),
            low: low.to_string(),
            high: high.to_string(),
            source: String::new(),
        }
    }

    #[test]
    fn the_greatest_swing_comes_first_and_the_band_adds_squares() {
        // A figure that is the sum of what is set and of luck that all share.
        let base: Vec<_> = [10.0, 12.0, 11.0].map(Some).to_vec();
        let mut ask = |own: &Range, value: &str| -> Result<Runs, ()> {
            if own.parameter == "wrong" {
                return Ok(Err("it cannot run".to_owned()));
            }
            let more: f64 = value.parse().unwrap();
            Ok(Ok(base.iter().map(|run| run.map(|run| run + more)).collect()))
        };
        let ranges =
            vec![range("small", -3.0, 4.0), range("wrong", 0.0, 0.0), range("large", -4.0, 3.0)];
        let found = sensitivity(&base, ranges, &mut ask).unwrap().unwrap();
        let order: Vec<_> = found.varied.iter().map(|of| of.range.parameter.as_str()).collect();
        assert_eq!(order, ["large", "small", "wrong"]);
        assert!(found.varied[0].distinguishable && !found.varied[2].distinguishable);
        assert!((found.calibration_low - (11.0 - 5.0)).abs() < 1e-9, "{found:?}");
        assert!((found.calibration_high - (11.0 + 5.0)).abs() < 1e-9, "{found:?}");
        assert_eq!(found.varied[2].at_low.error.as_deref(), Some("it cannot run"));
    }

    #[test]
    fn what_may_be_luck_is_in_the_band_as_far_as_its_interval_reaches() {
        let base: Vec<_> = [10.0, 12.0, 11.0].map(Some).to_vec();
        let mut ask = |_: &Range, _: &str| -> Result<Runs, ()> {
            Ok(Ok([12.0, 10.0, 11.5].map(Some).to_vec()))
        };
        let found = sensitivity(&base, vec![range("any", 0.0, 1.0)], &mut ask).unwrap().unwrap();
        let any = &found.varied[0];
        assert!(!any.distinguishable);
        // Differences 2, -2, 0.5: mean 1/6, s = 2.020726; t(2) at 0.025 of two = 6.205347.
        let half = 6.205_347 * 2.020_726 / 3.0_f64.sqrt();
        assert!((any.reach_low - (1.0 / 6.0 - half)).abs() < 1e-4, "{any:?}");
        assert!((any.reach_high - (1.0 / 6.0 + half)).abs() < 1e-4, "{any:?}");
        assert!((found.calibration_low - (11.0 + any.reach_low)).abs() < 1e-9, "{found:?}");
        let (most, further) = found.most();
        assert!(most.is_none() && further.len() == 1);
        let none = sensitivity(&[None, Some(1.0)], Vec::new(), &mut ask).unwrap();
        assert_eq!(none, None);
    }

    #[test]
    fn none_matters_most_while_the_luck_of_another_reaches_further() {
        let base: Vec<_> = [10.0, 12.0, 11.0].map(Some).to_vec();
        let mut ask = |own: &Range, value: &str| -> Result<Runs, ()> {
            let more: f64 = value.parse().unwrap();
            let luck = if own.parameter == "loud" { [3.0, -3.0, 0.0] } else { [0.0; 3] };
            let with = |(run, luck): (&Option<f64>, f64)| run.map(|run| run + luck + more);
            Ok(Ok(base.iter().zip(luck).map(with).collect()))
        };
        let ranges =
            vec![range("loud", 0.0, 0.1), range("sure", 0.0, 5.0), range("still", 0.0, 0.0)];
        let found = sensitivity(&base, ranges, &mut ask).unwrap().unwrap();
        let (most, further) = found.most();
        assert_eq!(most.unwrap().range.parameter, "sure");
        let further: Vec<_> = further.iter().map(|own| own.range.parameter.as_str()).collect();
        assert_eq!(further, ["loud"]);
    }
}
