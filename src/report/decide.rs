//! `decide` as a table: targets, regret, heat maps.

use serde::Serialize;

use crate::sweep::SweepTable;
use crate::sweep::decisions::{
    Decisions, HeatMap, Meets, NotInTable, Question, Regret, Targets, decide, figure_in_words,
    heat_maps, name_in_words,
};
use crate::sweep::statistics::Standing;

use super::grid::Grid;
use super::outputs::SweepOutputs;
use super::page::Page;

/// Most rows of a table.
const ROWS: usize = 20;

/// The whole answer of `decide`.
#[derive(Debug, Serialize)]
pub struct DecideView {
    /// Version of this layout.
    pub schema_version: u32,
    /// Name of the sweep.
    pub name: String,
    /// What follows; its paragraph first.
    #[serde(flatten)]
    pub decisions: Decisions,
    /// The maps that were asked for.
    pub heat_maps: Vec<HeatMap>,
}

impl DecideView {
    /// What a sweep answers to `question`; without objectives in it to those of the sweep.
    ///
    /// # Errors
    /// What the sweep does not have, and what there is instead.
    pub fn new(
        sweep: &SweepOutputs,
        mut question: Question,
        maps: &[String],
    ) -> Result<Self, (NotInTable, String)> {
        let table = &sweep.table;
        if question.objectives.is_empty() {
            question.objectives.clone_from(&sweep.objectives);
        }
        let wrong = |wrong: NotInTable| {
            let help = there_is(table, &wrong);
            (wrong, help)
        };
        if let Some(unknown) = maps.iter().find(|metric| table.column(metric).is_none()) {
            return Err(wrong(NotInTable::Metric(unknown.clone())));
        }
        let decisions = decide(table, &question).map_err(wrong)?;
        let heat_maps = maps.iter().flat_map(|metric| heat_maps(table, metric)).collect();
        Ok(Self { schema_version: 1, name: table.name.clone(), decisions, heat_maps })
    }
}

fn there_is(table: &SweepTable, wrong: &NotInTable) -> String {
    match wrong {
        NotInTable::Metric(_) => format!(
            "there are {}; `taskyard sweep --metric PATH` keeps another",
            table.metrics.join(", ")
        ),
        NotInTable::Axis(_) => {
            let names: Vec<&str> = table.axes.iter().map(|axis| axis.name.as_str()).collect();
            format!("there are {}", names.join(", "))
        }
        NotInTable::NoChoice => {
            "leave out of --worlds an axis whose values are to be ranked".to_owned()
        }
    }
}

/// The page.
#[must_use]
pub fn decide_table(view: &DecideView) -> String {
    let mut page = Page::default();
    page.headline(&view.decisions.answer);
    if let Some(found) = &view.decisions.targets {
        targets(&mut page, found, &view.decisions.worlds);
    }
    if let Some(found) = &view.decisions.regret {
        regret(&mut page, found);
    }
    for map in &view.heat_maps {
        heat_map(&mut page, map);
    }
    page.finish()
}

fn targets(page: &mut Page, found: &Targets, worlds: &[String]) {
    let by = name_in_words(&found.objective);
    let (one, title) = if worlds.is_empty() {
        ("point", format!("Points that meet the targets, by {by}"))
    } else {
        let everywhere = worlds.join(" and ");
        ("choice", format!("Choices that meet the targets whatever {everywhere}, by mean {by}"))
    };
    page.section(&title);
    let heads = found.targets.iter().map(|target| format!(">{}", target.metric));
    let mut titles = vec![one.to_owned(), format!(">{}", found.objective)];
    titles.extend(heads);
    titles.push("met".to_owned());
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let mut grid = Grid::new(&titles);
    for row in found.points.iter().take(ROWS) {
        let mut cells =
            vec![row.label.clone(), figure_in_words(&found.objective, row.objective.mean)];
        let figures = row.figures.iter().zip(&found.targets);
        cells.extend(figures.map(|(of, target)| figure_in_words(&target.metric, of.mean)));
        let met = match row.meets {
            Meets::Yes => "yes",
            Meets::Perhaps if row.figures.iter().any(|of| of.without > 0) => {
                "perhaps: not every run has the figure"
            }
            Meets::Perhaps => "perhaps: the limit lies within luck",
            Meets::No => "no",
        };
        cells.push(met.to_owned());
        grid.row(cells);
    }
    page.grid(2, &grid);
    more(page, found.points.len());
    let missed = found.of as usize - found.points.len();
    if missed > 0 {
        page.line(2, &format!("{missed} of {} {one}s do not meet them", found.of));
    }
}

fn regret(page: &mut Page, found: &Regret) {
    let what = name_in_words(&found.metric);
    page.section(&format!("Regret: {what} above the best choice of each {}", found.worlds));
    let mut grid = Grid::new(&["choice", ">greatest", "where", ">mean", ""]);
    let figure = |of: f64| figure_in_words(&found.metric, of);
    for row in found.choices.iter().take(ROWS) {
        let standing = match row.standing {
            Standing::Best => "least",
            Standing::NotDistinguishable => "not distinguishable from the least",
            Standing::Behind => "",
        };
        grid.row([
            row.label.clone(),
            figure(row.max_regret),
            row.in_world.clone(),
            figure(row.expected_regret),
            standing.to_owned(),
        ]);
    }
    page.grid(2, &grid);
    more(page, found.choices.len());
    if found.left_out > 0 {
        let left_out = found.left_out;
        page.line(
            2,
            &format!("{left_out} choices that are none in some {} left out", found.worlds),
        );
    }
}

fn more(page: &mut Page, all: usize) {
    if all > ROWS {
        page.line(2, &format!("and {} more: -o json has all", all - ROWS));
    }
}

fn heat_map(page: &mut Page, map: &HeatMap) {
    let others =
        if map.others.is_empty() { String::new() } else { format!(", with {}", map.others) };
    let [rows, columns] = &map.axes;
    page.section(&format!("{} by {rows} and {columns}{others}", name_in_words(&map.metric)));
    let mut titles = vec![rows.clone()];
    titles.extend(map.columns.iter().map(|column| format!(">{column}")));
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let mut grid = Grid::new(&titles);
    for (row, cells) in map.rows.iter().zip(&map.cells) {
        let figures = cells
            .iter()
            .map(|cell| cell.map_or_else(String::new, |of| figure_in_words(&map.metric, of.mean)));
        grid.row(std::iter::once(row.clone()).chain(figures));
    }
    page.grid(2, &grid);
}
