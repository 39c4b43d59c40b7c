//! `break-even` as a table, and its sentence.

use serde::Serialize;

use crate::sweep::decisions::{BreakEven, Crossing, Look, Winner, figure_in_words, name_in_words};

use super::grid::Grid;
use super::page::Page;

/// The whole answer of `break-even`.
#[derive(Debug, Serialize)]
pub struct BreakEvenView {
    /// Version of this layout.
    pub schema_version: u32,
    /// In a sentence or two.
    pub answer: String,
    /// Name of the first scenario.
    pub a: String,
    /// Name of the second.
    pub b: String,
    /// The path that changes.
    pub over: String,
    /// The figure that shall be small.
    pub metric: String,
    /// Runs at each value.
    pub replications: u32,
    /// What was found.
    #[serde(flatten)]
    pub found: BreakEven,
}

impl BreakEvenView {
    /// The view, with its sentence.
    #[must_use]
    pub fn new(
        [a, b]: [String; 2],
        over: &str,
        metric: &str,
        replications: u32,
        found: BreakEven,
    ) -> Self {
        let mut view = Self {
            schema_version: 1,
            answer: String::new(),
            a,
            b,
            over: over.to_owned(),
            metric: metric.to_owned(),
            replications,
            found,
        };
        view.answer = view.sentences();
        view
    }

    fn name(&self, winner: Winner) -> &str {
        match winner {
            Winner::A => &self.a,
            Winner::B => &self.b,
            Winner::Equal => "equal",
            Winner::NotDistinguishable => "not distinguishable",
            Winner::Unknown => "unknown",
        }
    }

    fn sentences(&self) -> String {
        let what = name_in_words(&self.metric);
        let mut told = match self.found.crossings.as_slice() {
            [] => self.no_crossing(what),
            [one] => self.one_crossing(what, one),
            several => {
                let all = several.iter().map(|of| {
                    let range = range(of);
                    format!("from {} to {} at {range}", self.name(of.before), self.name(of.after))
                });
                let all = all.collect::<Vec<_>>().join(", ");
                format!("The least {what} changes sides {} times: {all}.", several.len())
            }
        };
        let unknown = self.found.looks.iter().filter(|look| look.winner == Winner::Unknown).count();
        if unknown > 0 {
            let first = self.found.looks.iter().find_map(|look| look.error.as_deref());
            told.push_str(&format!(
                " At {unknown} of {} values they cannot be compared: {}.",
                self.found.looks.len(),
                first.unwrap_or_default()
            ));
        }
        told
    }

    fn one_crossing(&self, what: &str, of: &Crossing) -> String {
        let (before, after) = (self.name(of.before), self.name(of.after));
        let (from, to) = (number(of.from), number(of.to));
        let over = &self.over;
        let mut told =
            format!("{before} has the least {what} up to {over} = {from}, {after} from {to} on");
        if of.not_distinguishable_between {
            told.push_str("; in between they are not distinguishable");
        }
        if of.unknown_between {
            told.push_str("; at values in between they cannot be compared");
        }
        told.push_str(&format!(". The means are equal at about {}.", number(of.estimate)));
        told
    }

    fn no_crossing(&self, what: &str) -> String {
        let looks = || self.found.looks.iter().filter(|look| look.winner != Winner::Unknown);
        let all = |winner: Winner| looks().all(|look| look.winner == winner);
        let (from, to) = match (looks().next(), looks().next_back()) {
            (Some(first), Some(last)) => (number(first.value), number(last.value)),
            _ => return "They cannot be compared.".to_owned(),
        };
        let range = format!("{} = {from} to {to}", self.over);
        if all(Winner::Equal) {
            return format!("No crossing: the {what} of both is the same at {range}.");
        }
        let winner = looks().map(|look| look.winner).find(|of| matches!(of, Winner::A | Winner::B));
        let Some(winner) = winner else {
            return format!(
                "No crossing found: the two are not distinguishable by {what} at {range} with {} runs.",
                self.replications
            );
        };
        if all(winner) {
            return format!(
                "No crossing: {} has the least {what} all over {range}.",
                self.name(winner)
            );
        }
        let open = looks().filter(|look| look.winner != winner).map(|look| number(look.value));
        format!(
            "No crossing found: {} has the least {what} over {range}, but at {} the two are equal or \
             not distinguishable.",
            self.name(winner),
            open.collect::<Vec<_>>().join(", ")
        )
    }
}

fn range(of: &Crossing) -> String {
    format!("{} to {}", number(of.from), number(of.to))
}

/// At most five significant decimals, none that says nothing.
fn number(value: f64) -> String {
    let text = format!("{value:.5}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The page.
#[must_use]
pub fn break_even_table(view: &BreakEvenView) -> String {
    let mut page = Page::default();
    page.headline(&view.answer);
    page.section(&format!("{} at values of {}", name_in_words(&view.metric), view.over));
    let (a, b) = (format!(">{}", view.a), format!(">{}", view.b));
    let titles = [">value", &a, &b, ">difference", ">interval", "least"];
    let mut grid = Grid::new(&titles);
    for look in &view.found.looks {
        grid.row(row(view, look));
    }
    page.grid(2, &grid);
    page.paragraph(
        2,
        &format!(
            "{} runs of each under the same seeds at every value; intervals hold together with 95 % \
             (Bonferroni over {} looks). Two changes between neighbouring values of the first look \
             (--points) stay unseen.",
            view.replications, view.found.family
        ),
    );
    page.finish()
}

fn row(view: &BreakEvenView, look: &Look) -> [String; 6] {
    let figure = |of: f64| figure_in_words(&view.metric, of);
    let (difference, interval) = look.difference.map_or_else(Default::default, |of| {
        let ends = [figure(of.ci95_low), figure(of.ci95_high)];
        let interval =
            if ends[0] == ends[1] { String::new() } else { format!("{} to {}", ends[0], ends[1]) };
        (figure(of.mean), interval)
    });
    [
        number(look.value),
        look.a.map(figure).unwrap_or_default(),
        look.b.map(figure).unwrap_or_default(),
        difference,
        interval,
        look.error.clone().unwrap_or_else(|| view.name(look.winner).to_owned()),
    ]
}
