//! One workload on several capacities or strategies: their answers side by side, and which differences
//! are more than luck.

use rayon::prelude::*;
use serde::Serialize;

use crate::catalog::Catalog;
use crate::run::{Answer, Options, RunError, Unfit};
use crate::scenario::{Scenario, resolved_values};

use super::replications::{Plan, RunFigures, replicate_with_figures};
use super::statistics::{PairedDifference, paired};

/// A variant of the comparison.
#[derive(Debug)]
pub struct Variant<'v> {
    /// Its name.
    pub name: String,
    /// What is asked.
    pub scenario: Scenario,
    /// Of what.
    pub catalog: &'v Catalog,
}

/// What became of a variant.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// Its name.
    pub name: String,
    /// Its answer; null where it cannot run.
    pub answer: Option<Answer>,
    /// Why it cannot run; null where it can.
    pub error: Option<String>,
}

/// A value of the scenarios that is not the same in all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputDifference {
    /// Dotted path.
    pub path: String,
    /// The value in each variant, as TOML; null where it has none.
    pub values: Vec<Option<String>>,
}

/// A figure of one variant against the baseline's, run by run under the same seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Path of the figure in the answer.
    pub metric: &'static str,
    /// Name of the baseline.
    pub baseline: String,
    /// Name of the variant.
    pub variant: String,
    /// Variant less baseline.
    #[serde(flatten)]
    pub difference: PairedDifference,
}

/// The variants side by side.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Version of this layout.
    pub schema_version: u32,
    /// Name of the variant that the others are compared with.
    pub baseline: String,
    /// What differs in the inputs.
    pub inputs_that_differ: Vec<InputDifference>,
    /// The answers.
    pub variants: Vec<Compared>,
    /// With replications: what differs by more than luck, and what may be luck.
    pub differences: Vec<Difference>,
}

/// Runs every variant under the same seeds.
///
/// # Errors
/// When an invariant breaks, a run is too large, or no variant can run at all; one that does not fit its
/// catalogue is a row that says so.
pub fn compare(
    variants: &[Variant<'_>],
    baseline: usize,
    plan: Plan,
) -> Result<Comparison, RunError> {
    let options = Options { explain: false, record: false, try_luck: false, ..plan.options };
    let plan = Plan { options, ..plan };
    let one =
        |variant: &Variant<'_>| replicate_with_figures(&variant.scenario, variant.catalog, plan);
    // With replications the threads share the runs of one variant, otherwise the variants.
    let results: Vec<_> = if plan.replications > 1 || plan.jobs == Some(1) {
        variants.iter().map(one).collect()
    } else {
        variants.par_iter().map(one).collect()
    };
    let mut compared = Vec::with_capacity(variants.len());
    let mut figures = Vec::with_capacity(variants.len());
    let mut unfit = Vec::new();
    for (variant, result) in variants.iter().zip(results) {
        let (answer, error, runs) = match result {
            Ok((found, runs)) => (Some(found.answer), None, runs),
            Err(RunError::Unfit(parts)) => {
                let told = parts.iter().map(|part| format!("{part} ({})", part.help));
                let told = told.collect::<Vec<_>>().join("; ");
                unfit.extend(parts.into_iter().map(|part| of_variant(part, &variant.name)));
                (None, Some(told), Vec::new())
            }
            Err(error) => return Err(error),
        };
        compared.push(Compared { name: variant.name.clone(), answer, error });
        figures.push(runs);
    }
    if compared.iter().all(|variant| variant.answer.is_none()) {
        return Err(RunError::Unfit(unfit));
    }
    Ok(Comparison {
        schema_version: 1,
        baseline: variants[baseline].name.clone(),
        inputs_that_differ: inputs_that_differ(variants),
        differences: differences(&compared, &figures, baseline),
        variants: compared,
    })
}

/// What is wrong, with the variant of which it is.
fn of_variant(unfit: Unfit, name: &str) -> Unfit {
    Unfit { path: format!("{name}: {}", unfit.path), ..unfit }
}

/// Every value that is not the same in all variants, names and what follows from them left out.
fn inputs_that_differ(variants: &[Variant<'_>]) -> Vec<InputDifference> {
    let resolved: Vec<_> =
        variants.iter().map(|variant| resolved_values(&variant.scenario)).collect();
    let mut paths: Vec<&str> = Vec::new();
    for value in resolved.iter().flatten() {
        if !paths.contains(&value.path.as_str()) {
            paths.push(&value.path);
        }
    }
    let found = paths.into_iter().filter(|path| *path != "name").map(|path| {
        let value = |values: &Vec<crate::scenario::ResolvedValue>| {
            values.iter().find(|value| value.path == path).map(|value| value.value.clone())
        };
        InputDifference { path: path.to_owned(), values: resolved.iter().map(value).collect() }
    });
    found.filter(|found| found.values.iter().any(|value| *value != found.values[0])).collect()
}

/// Paired differences with Student-t intervals whose joint confidence is at least 95 % (Bonferroni).
fn differences(
    compared: &[Compared],
    figures: &[Vec<RunFigures>],
    baseline: usize,
) -> Vec<Difference> {
    let runs =
        |variant: usize, metric: usize| figures[variant].iter().map(move |own| own.0[metric]);
    let pairs = |variant: usize, metric: usize| {
        let both = runs(variant, metric).zip(runs(baseline, metric));
        both.filter(|(a, b)| a.is_some() && b.is_some()).count()
    };
    let others = (0..compared.len()).filter(|variant| *variant != baseline);
    let all: Vec<(usize, usize)> = others
        .flat_map(|variant| (0..RunFigures::METRICS.len()).map(move |metric| (variant, metric)))
        .filter(|(variant, metric)| pairs(*variant, *metric) >= 2)
        .collect();
    let of = |(variant, metric): &(usize, usize)| {
        let difference = paired(runs(*variant, *metric), runs(baseline, *metric), all.len())?;
        Some(Difference {
            metric: RunFigures::METRICS[*metric],
            baseline: compared[baseline].name.clone(),
            variant: compared[*variant].name.clone(),
            difference,
        })
    };
    all.iter().filter_map(of).collect()
}
