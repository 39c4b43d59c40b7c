//! `sensitivity` as a table, and its sentences.

use serde::Serialize;

use crate::sweep::decisions::{End, Sensitivity, Varied, figure_in_words, name_in_words};

use super::grid::Grid;
use super::page::Page;
use super::words::counted;

/// Widest bar, characters.
const BAR: f64 = 24.0;

/// The whole answer of `sensitivity`.
#[derive(Debug, Serialize)]
pub struct SensitivityView {
    /// Version of this layout.
    pub schema_version: u32,
    /// In a few sentences.
    pub answer: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Path of the figure.
    pub metric: String,
    /// Runs at each value.
    pub replications: u32,
    /// What was found.
    #[serde(flatten)]
    pub found: Sensitivity,
    /// What the answer rests on and was not varied.
    pub not_varied: Vec<NotVaried>,
}

/// Something without a plausible range, or stated by the scenario.
#[derive(Debug, Serialize)]
pub struct NotVaried {
    /// As `--set` names it.
    pub parameter: String,
    /// How well it is known.
    pub grade: String,
}

impl SensitivityView {
    /// The view, with its sentences.
    #[must_use]
    pub fn new(
        scenario: &str,
        metric: &str,
        replications: u32,
        found: Sensitivity,
        not_varied: Vec<NotVaried>,
    ) -> Self {
        Self {
            schema_version: 1,
            answer: sentences(metric, &found),
            scenario: scenario.to_owned(),
            metric: metric.to_owned(),
            replications,
            found,
            not_varied,
        }
    }
}

fn sentences(metric: &str, found: &Sensitivity) -> String {
    let figure = |of: f64| figure_in_words(metric, of);
    let base = &found.base;
    let mut told = format!("{}: {}.", name_in_words(metric), figure(base.mean));
    if let (Some(low), Some(high)) = (base.ci95_low, base.ci95_high) {
        told.push_str(&format!(
            " Luck: {} to {} (95 % interval over {} runs).",
            figure(low),
            figure(high),
            base.n
        ));
    }
    told.push_str(&calibration(metric, found));
    told
}

/// How far what is not known may move the figure, and what of it the most.
fn calibration(metric: &str, found: &Sensitivity) -> String {
    let figure = |of: f64| figure_in_words(metric, of);
    let wrong = found.varied.iter().filter(|own| has_error(own)).count();
    let not_in = match wrong {
        0 => String::new(),
        n => format!(" Not in it: ends of {} that cannot run.", parameters(n)),
    };
    let reaching = found.varied.iter().filter(|own| own.reach() > 0.0).count();
    if reaching == 0 {
        return format!(" No parameter moves it within its plausible range.{not_in}");
    }
    let (most, further) = found.most();
    let ranking = match (most, further.as_slice()) {
        (Some(most), []) => format!(
            "{} matters most: {} between {} and {}.",
            most.range.parameter,
            figure(most.swing),
            most.range.low,
            most.range.high
        ),
        (Some(most), further) => format!(
            "Which matters most is open: {} moves it by {}, and {} may move it further as far as these \
             runs can tell; more --replications are needed.",
            most.range.parameter,
            figure(most.swing),
            parameters(further.len())
        ),
        (None, _) => "None is told from luck yet: more --replications are needed.".to_owned(),
    };
    format!(
        " Calibration: {} to {} (plausible ranges of {}).{not_in} {ranking}",
        figure(found.calibration_low),
        figure(found.calibration_high),
        parameters(reaching),
    )
}

fn parameters(n: usize) -> String {
    counted(n as f64, "parameter", "parameters")
}

/// The page.
#[must_use]
pub fn sensitivity_table(view: &SensitivityView) -> String {
    let mut page = Page::default();
    page.headline(&view.answer);
    page.section(&format!("What {} rests on, one thing varied at a time", view.scenario));
    let most = view.found.varied.first().map_or(0.0, |own| own.swing);
    let mut grid = Grid::new(&["parameter", "grade", ">at low", ">at high", ">swing", ""]);
    let (moving, still): (Vec<&Varied>, Vec<&Varied>) =
        view.found.varied.iter().partition(|own| own.distinguishable || has_error(own));
    for own in &moving {
        grid.row(row(view, own, most));
    }
    page.grid(2, &grid);
    for own in &moving {
        let range = &own.range;
        let (low, high, why) = (&range.low, &range.high, &range.source);
        page.item(&format!("{}: {low} to {high} ({why})", range.parameter));
    }
    let names = |all: &mut dyn Iterator<Item = &str>| all.collect::<Vec<_>>().join(", ");
    let (perhaps, never): (Vec<&Varied>, Vec<&Varied>) =
        still.into_iter().partition(|own| own.reach() > 0.0);
    if !perhaps.is_empty() {
        let reach = |own: &&Varied| {
            let [low, high] = [own.reach_low, own.reach_high].map(|of| figure(view, of));
            format!("{} ({low} to {high})", own.range.parameter)
        };
        let all = perhaps.iter().map(reach).collect::<Vec<_>>().join(", ");
        let text = format!("Not distinguishable from luck, and how far they may reach: {all}.");
        page.paragraph(2, &text);
    }
    if !never.is_empty() {
        let names = names(&mut never.iter().map(|own| own.range.parameter.as_str()));
        page.paragraph(2, &format!("Changes nothing in any run: {names}."));
    }
    if !view.not_varied.is_empty() {
        let names = names(&mut view.not_varied.iter().map(|of| of.parameter.as_str()));
        page.paragraph(2, &format!("Not varied, without a plausible range or stated: {names}."));
    }
    page.paragraph(
        2,
        &format!(
            "{} runs at each end under the same seeds; intervals of differences at 95 % for all {} \
             together. Calibration: root of the sum of squares, as if the parameters were unknown \
             independently: of the mean difference where it is more than luck, else of the further \
             end of its interval. More runs narrow luck, in both; the rest of calibration only \
             measurements.",
            view.replications, view.found.family
        ),
    );
    page.finish()
}

fn figure(view: &SensitivityView, of: f64) -> String {
    figure_in_words(&view.metric, of)
}

fn has_error(own: &Varied) -> bool {
    own.at_low.error.is_some() || own.at_high.error.is_some()
}

fn row(view: &SensitivityView, own: &Varied, most: f64) -> [String; 6] {
    let end = |end: &End| match (&end.mean, &end.error) {
        (Some(mean), _) => figure(view, *mean),
        (None, Some(_)) => "cannot run".to_owned(),
        (None, None) => String::new(),
    };
    let length = if most > 0.0 { (own.swing / most * BAR).round() as usize } else { 0 };
    [
        own.range.parameter.clone(),
        own.range.grade.clone(),
        end(&own.at_low),
        end(&own.at_high),
        figure(view, own.swing),
        "#".repeat(length.max(1)),
    ]
}
