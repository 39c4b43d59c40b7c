//! All decisions of a sweep, and the paragraph that tells them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::run::never_taken_back;

use super::super::statistics::Stopped;
use super::super::table::{PointRow, SweepTable};
use super::candidates::{Candidates, LeftOut};
use super::front::{Front, OnFront};
use super::ranking::{Ranking, RankingRow};
use super::regret::Regret;
use super::target::{Meets, Target, TargetRow, Targets};
use super::words::{figure_in_words, name_in_words};
use super::worlds::{ChoiceTable, Worlds};

/// What is asked of a sweep.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    /// Paths of the figures that shall be small, the first the most.
    pub objectives: Vec<String>,
    /// The axes whose values nobody chooses; those that the sweep says where there are none here.
    pub worlds: Vec<String>,
    /// What shall be met by whatever is chosen.
    pub targets: Vec<Target>,
}

/// The answers.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Decisions {
    /// In a paragraph.
    pub answer: String,
    /// Names of the axes whose values are worlds; left out without any. With them everything below is
    /// about the choices, by the means over the worlds, and the number of a choice is that of its first
    /// point.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub worlds: Vec<String>,
    /// The points that are no choice.
    pub left_out: LeftOut,
    /// The points by each objective.
    pub rankings: Vec<Ranking>,
    /// With two objectives or more: the front of the first two.
    pub front: Option<Front>,
    /// With targets: what meets them, by the first objective.
    pub targets: Option<Targets>,
    /// With worlds: the first objective's regret, of the choices that meet the targets.
    pub regret: Option<Regret>,
    /// With worlds: the rows of the choices.
    #[serde(skip)]
    pub choices: Option<ChoiceTable>,
}

/// A question that this sweep does not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotInTable {
    /// A figure that no column has.
    #[error("the sweep has no figure {0}")]
    Metric(String),
    /// An axis of another name.
    #[error("the sweep has no axis \"{0}\"")]
    Axis(String),
    /// All axes are worlds.
    #[error("every axis is one of worlds: there is nothing to choose")]
    NoChoice,
}

/// Decides.
///
/// # Errors
/// When the question names a figure or an axis that the table does not have, or leaves nothing to choose.
pub fn decide(table: &SweepTable, question: &Question) -> Result<Decisions, NotInTable> {
    let column =
        |metric: &String| table.column(metric).ok_or_else(|| NotInTable::Metric(metric.clone()));
    let columns = question.objectives.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let with_column = |target: &Target| Ok((target.clone(), column(&target.metric)?));
    let targets = question.targets.iter().map(with_column).collect::<Result<Vec<_>, _>>()?;
    let axes = worlds_of(table, question)?;
    let candidates = Candidates::of(table, &columns);
    if !axes.is_empty() {
        return Ok(of_choices(table, &candidates, &axes, (&columns, &targets)));
    }
    let points = &candidates.points;
    let front = match columns.as_slice() {
        [first, second, ..] => Some(Front::of(table, points, [*first, *second])),
        _ => None,
    };
    let targets = match columns.first() {
        Some(objective) if !targets.is_empty() => {
            Some(Targets::of(table, points, *objective, &targets))
        }
        _ => None,
    };
    let mut decisions = Decisions {
        answer: String::new(),
        worlds: Vec::new(),
        left_out: candidates.left_out,
        rankings: columns.iter().map(|column| Ranking::of(table, points, *column)).collect(),
        front,
        targets,
        regret: None,
        choices: None,
    };
    decisions.answer = paragraph(table, &candidates, &decisions);
    Ok(decisions)
}

/// The axes that are asked for as worlds, or that the sweep says are.
fn worlds_of(table: &SweepTable, question: &Question) -> Result<Vec<usize>, NotInTable> {
    if question.worlds.is_empty() {
        return Ok((0..table.axes.len()).filter(|axis| table.axes[*axis].world).collect());
    }
    let at = |name: &String| {
        let found = table.axes.iter().position(|axis| axis.name == *name);
        found.ok_or_else(|| NotInTable::Axis(name.clone()))
    };
    let mut axes = question.worlds.iter().map(at).collect::<Result<Vec<_>, _>>()?;
    axes.sort_unstable();
    axes.dedup();
    if axes.len() == table.axes.len() { Err(NotInTable::NoChoice) } else { Ok(axes) }
}

/// Decides among the choices, whichever world comes true.
fn of_choices(
    table: &SweepTable,
    candidates: &Candidates,
    axes: &[usize],
    (columns, targets): (&[usize], &[(Target, usize)]),
) -> Decisions {
    let (worlds, choices) = Worlds::of(table, &candidates.points, axes);
    let rows = &choices.table;
    let all: Vec<usize> = (0..rows.points.len()).collect();
    let first = columns.first().copied();
    let targets = first
        .filter(|_| !targets.is_empty())
        .map(|objective| Targets::of_choices(table, (&worlds, rows), objective, targets));
    let meets = targets.as_ref().map(|targets| {
        let sure = targets.points.iter().any(|row| row.meets == Meets::Yes);
        if sure { Meets::Yes } else { Meets::Perhaps }
    });
    let admitted = worlds.only(|at| {
        let of = |row: &TargetRow| row.point == worlds.choices[at].point;
        let row = targets.as_ref().map(|targets| targets.points.iter().find(|row| of(row)));
        row.is_none_or(|row| row.is_some_and(|row| Some(row.meets) == meets))
    });
    let mut decisions = Decisions {
        answer: String::new(),
        worlds: axes.iter().map(|axis| table.axes[*axis].name.clone()).collect(),
        left_out: candidates.left_out,
        rankings: columns.iter().map(|column| Ranking::of(rows, &all, *column)).collect(),
        front: match columns {
            [first, second, ..] => Some(Front::of(rows, &all, [*first, *second])),
            _ => None,
        },
        regret: first.and_then(|column| Regret::of(table, column, &admitted, meets)),
        targets,
        choices: None,
    };
    decisions.answer = paragraph_of_choices(table, candidates, &decisions, &worlds);
    decisions.choices = Some(choices);
    decisions
}

/// The sentences, each where there is anything to say.
fn paragraph(table: &SweepTable, candidates: &Candidates, decisions: &Decisions) -> String {
    if candidates.points.is_empty() {
        let of = table.points.len();
        return format!("None of {of} points can be compared. {}", left_out(candidates))
            .trim_end()
            .to_owned();
    }
    let rankings = decisions.rankings.iter();
    let mut sentences: Vec<String> = rankings.filter_map(|of| least(table, of)).collect();
    sentences.extend(decisions.front.as_ref().and_then(|front| of_front(table, front, "points")));
    let targets = decisions.targets.as_ref();
    sentences.extend(targets.map(|targets| of_targets(table, targets, "point")));
    told(sentences, table, candidates)
}

/// The sentences where there are worlds.
fn paragraph_of_choices(
    table: &SweepTable,
    candidates: &Candidates,
    decisions: &Decisions,
    worlds: &Worlds,
) -> String {
    let (name, count) = (&worlds.name, worlds.labels.len());
    if worlds.choices.is_empty() {
        let none = format!(
            "There is no choice that runs whole in all {count} worlds ({name}): a choice must be a point \
             in each of them, as plan = \"cartesian\" makes it."
        );
        return told(vec![none], table, candidates);
    }
    let regret = decisions.regret.iter();
    let mut sentences: Vec<String> = regret.filter_map(|of| of_regret(table, of)).collect();
    let targets = decisions.targets.as_ref();
    sentences.extend(targets.map(|targets| of_targets(table, targets, "choice")));
    let rankings = decisions.rankings.iter();
    let rankings: Vec<String> = rankings.filter_map(|of| least(table, of)).collect();
    let front = decisions.front.as_ref().and_then(|front| of_front(table, front, "choices"));
    sentences.push(format!("By the means over {count} worlds ({name}):"));
    sentences.extend(rankings.into_iter().chain(front));
    if worlds.left_out > 0 {
        let n = worlds.left_out;
        let choices = if n == 1 { "1 choice is".to_owned() } else { format!("{n} choices are") };
        sentences.push(format!("{choices} left out, being none in some world."));
    }
    told(sentences, table, candidates)
}

/// What is to be said whatever was decided, behind the rest.
fn told(mut sentences: Vec<String>, table: &SweepTable, candidates: &Candidates) -> String {
    let runs = candidates.points.iter().map(|at| table.points[*at].runs.len()).min();
    if runs == Some(1) {
        sentences.push(
            "Every point ran once: a difference may be luck; --replications 10 tells.".to_owned(),
        );
    }
    sentences.push(not_precise(table));
    sentences.push(left_out(candidates));
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.join(" ")
}

fn interval(metric: &str, row: &RankingRow) -> String {
    let of = &row.estimate;
    match of.ci95_low.zip(of.ci95_high) {
        Some((low, high)) if high > low => {
            let (low, high) = (figure_in_words(metric, low), figure_in_words(metric, high));
            if low == high { String::new() } else { format!(" (95 % interval {low} to {high})") }
        }
        Some(_) | None => String::new(),
    }
}

/// The name of a point, with a caveat where its Spot capacity is never taken back: nobody should choose
/// it for that.
fn named(table: &SweepTable, point: u64, label: &str) -> String {
    let row = table.points.iter().find(|row| row.point == point);
    let notes = row.and_then(|row| row.runs.first()?.notes.as_deref());
    if notes.is_some_and(|notes| never_taken_back(&notes.warnings)) {
        format!("{label} (if its Spot is never taken back)")
    } else {
        label.to_owned()
    }
}

/// The point with the least of an objective, and those that tie with it.
fn least(table: &SweepTable, ranking: &Ranking) -> Option<String> {
    let metric = ranking.metric.as_str();
    let first = ranking.points.first()?;
    let name = name_in_words(metric);
    let figure = figure_in_words(metric, first.estimate.mean) + &interval(metric, first);
    let tied = if first.estimate.n < 2 { 0 } else { ranking.tied() };
    let ties = match tied {
        0 => String::new(),
        1 => format!("; {} is not distinguishable from it", ranking.points[1].label),
        n if n + 1 == ranking.points.len() => "; no point is distinguishable from it".to_owned(),
        n => format!("; {n} others are not distinguishable from it"),
    };
    let label = named(table, first.point, &first.label);
    Some(format!("Least {name}: {label}, {figure}{ties}."))
}

/// `of`: points, or choices.
fn of_front(table: &SweepTable, front: &Front, of: &str) -> Option<String> {
    let on = front.count(OnFront::Front);
    let near = front.count(OnFront::NotDistinguishable);
    if front.points.len() < 2 {
        return None;
    }
    let [first, second] = &front.objectives;
    let (first, second) = (name_in_words(first), name_in_words(second));
    let all = front.points.len();
    if on == 1 && near == 0 {
        let best = front.points.iter().find(|row| row.standing == OnFront::Front)?;
        let best = named(table, best.point, &best.label);
        return Some(if front.has_single_runs() {
            format!("By single runs {best} has the least {first} and {second} of {all} {of}.")
        } else {
            format!("{best} is the best of {all} {of} in both {first} and {second}.")
        });
    }
    let near = match near {
        0 => String::new(),
        1 => ", 1 more is not distinguishable from those".to_owned(),
        n => format!(", {n} more are not distinguishable from those"),
    };
    let which = if on == 1 { "1 is".to_owned() } else { format!("{on} are") };
    let dominated = match front.count(OnFront::Dominated) {
        1 => "1 is".to_owned(),
        n => format!("{n} are"),
    };
    // Of a single run nobody knows what is luck.
    let how = if front.has_single_runs() { "beaten by single runs" } else { "beaten for sure" };
    Some(format!(
        "Of {all} {of} {which} not beaten in both {first} and {second}{near}; {dominated} {how}."
    ))
}

/// `one`: a point, or a choice, which meets them in every world.
fn of_targets(table: &SweepTable, targets: &Targets, one: &str) -> String {
    let limits = targets.targets.iter().map(|target| {
        let limit = figure_in_words(&target.metric, target.at_most);
        format!("{} at most {limit}", name_in_words(&target.metric))
    });
    let limits = limits.collect::<Vec<_>>().join(" and ");
    let everywhere = if one == "choice" { " in every world" } else { "" };
    let limits = limits + everywhere;
    let cost = |of: f64| figure_in_words(&targets.objective, of);
    let sure = targets.points.iter().find(|row| row.meets == Meets::Yes);
    let perhaps = targets.points.first().filter(|row| row.meets == Meets::Perhaps);
    let what = name_in_words(&targets.objective);
    let name = |row: &TargetRow| named(table, row.point, &row.label);
    match (sure, perhaps) {
        (None, None) => format!("No {one} has {limits}."),
        (Some(sure), None) => {
            let (label, cost) = (name(sure), cost(sure.objective.mean));
            format!("With {limits}, the least mean {what} is that of {label}: {cost}.")
        }
        (None, Some(row)) => {
            let (label, cost) = (name(row), cost(row.objective.mean));
            format!("No {one} has {limits} for sure; {label} may, at {cost}.")
        }
        (Some(sure), Some(row)) => format!(
            "With {limits}, the least mean {what} is that of {}: {}; {} may have it too, at {}.",
            name(sure),
            cost(sure.objective.mean),
            name(row),
            cost(row.objective.mean)
        ),
    }
}

fn of_regret(table: &SweepTable, regret: &Regret) -> Option<String> {
    let first = regret.choices.first()?;
    let label = named(table, first.point, &first.label);
    let figure = |of: f64| figure_in_words(&regret.metric, of);
    let tied = regret.choices[1..]
        .iter()
        .filter(|row| row.standing == super::super::statistics::Standing::NotDistinguishable)
        .count();
    let ties = match tied {
        0 => String::new(),
        n => format!("; {n} more not distinguishable from it"),
    };
    let best = first.max_regret <= 0.0;
    let choice = match regret.meets {
        None => format!("{label} is the choice"),
        Some(Meets::Yes) => {
            format!("of the choices within the limits everywhere {label} is the one")
        }
        Some(Meets::Perhaps | Meets::No) => {
            format!("of the choices that may be within the limits {label} is the one")
        }
    };
    if best {
        return Some(format!(
            "Whatever {} comes, {choice} to regret least: by the means it is the best in every world{ties}.",
            regret.worlds
        ));
    }
    Some(format!(
        "Whatever {} comes, {choice} to regret least: at most {} above the best ({} = {}), {} \
         on average{ties}.",
        regret.worlds,
        figure(first.max_regret),
        regret.worlds,
        first.in_world,
        figure(first.expected_regret),
    ))
}

/// Points whose runs a number ended and not their precision.
fn not_precise(table: &SweepTable) -> String {
    let most = |point: &&PointRow| point.stopped_by == Some(Stopped::MaxReplications);
    match (table.points.iter().filter(most).count(), table.points.len()) {
        (0, _) => String::new(),
        (1, 1) => "The point is not as precise as asked for after the most runs.".to_owned(),
        (1, of) => format!("1 of {of} points is not as precise as asked for after the most runs."),
        (n, of) => {
            format!("{n} of {of} points are not as precise as asked for after the most runs.")
        }
    }
}

fn left_out(candidates: &Candidates) -> String {
    let LeftOut { cannot_run, without_figures, tasks_waiting } = candidates.left_out;
    let points = |n: u32| if n == 1 { "1 point".to_owned() } else { format!("{n} points") };
    let mut parts = Vec::new();
    if cannot_run > 0 {
        parts.push(format!("{} that cannot run", points(cannot_run)));
    }
    if without_figures > 0 {
        parts.push(format!("{} without such a figure in some run", points(without_figures)));
    }
    if tasks_waiting > 0 {
        parts.push(format!(
            "{} with more than 1 % of the tasks still waiting at the horizon",
            points(tasks_waiting)
        ));
    }
    let mut told =
        if parts.is_empty() { String::new() } else { format!("Left out: {}.", parts.join(", ")) };
    if candidates.all_wait {
        told.push_str(
            " At every point more than 1 % of the tasks wait at the horizon: times are longer than \
             they look.",
        );
    }
    told.trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::super::notes::Notes;
    use super::super::super::table::RunRow;
    use super::super::super::table::tests::{grid, table};
    use super::*;

    fn question(objectives: &[&str]) -> Question {
        let objectives = objectives.iter().map(|of| (*of).to_owned()).collect();
        Question { objectives, ..Question::default() }
    }

    #[test]
    fn the_paragraph_names_the_best_the_front_and_what_is_left_out() {
        let mut found = table(&[
            &[&[1.0, 90.0], &[1.0, 110.0], &[1.0, 100.0]],
            &[&[2.0, 50.0], &[2.0, 70.0], &[2.0, 60.0]],
            &[&[3.0, 80.0], &[3.0, 100.1], &[3.0, 90.0]],
        ]);
        found.points.push(found.points[2].clone());
        found.points[3].error = Some("no type fits".to_owned());
        let decisions = decide(&found, &question(&["a", "b"])).unwrap();
        assert_eq!(
            decisions.answer,
            "Least a: 0, 1. Least b: 1, 60 (95 % interval 35.2 to 84.8). Of 3 points 2 are not \
             beaten in both a and b; 1 is beaten for sure. Left out: 1 point that cannot run."
        );
    }

    #[test]
    fn a_target_and_worlds_are_answered_where_they_are_asked_for() {
        let costs = [[1.0, 20.0], [3.0, 9.0], [8.0, 8.0]];
        let found = grid(["size", "load"], ["small", "middle", "large"], ["calm", "busy"], &costs);
        let target = Target { metric: "a".to_owned(), at_most: 0.5 };
        let asked = Question { worlds: vec!["load".to_owned()], ..question(&["a"]) };
        let answer = decide(&found, &asked).unwrap().answer;
        let words = "Whatever load comes, middle is the choice to regret least: at most 2 above the \
                     best (load = calm), 1.5 on average. By the means over 2 worlds (load): Least a: \
                     middle, 7";
        assert!(answer.starts_with(words), "{answer}");
        let asked = Question { targets: vec![target], ..asked };
        let answer = decide(&found, &asked).unwrap().answer;
        assert!(answer.contains("No choice has a at most 0.5 in every world for sure"), "{answer}");
        let words =
            "of the choices that may be within the limits middle is the one to regret least";
        assert!(answer.contains(words), "{answer}");
    }

    #[test]
    fn a_choice_that_misses_a_target_in_some_world_is_none_to_regret() {
        // Two runs of the mean and 1 beside it; b is 90 +- 13 on small in a busy world, 10 elsewhere.
        let mut found =
            grid(["size", "load"], ["small", "large"], ["calm", "busy"], &[[1.0, 2.0], [5.0, 5.0]]);
        found.metrics.push("b".to_owned());
        found.axes[1].world = true;
        for (at, point) in found.points.iter_mut().enumerate() {
            let b = if at == 1 { 90.0 } else { 10.0 };
            let with = |run: &RunRow| {
                let figures = run.figures.iter().chain([Some(b)]).collect();
                RunRow { figures, ..run.clone() }
            };
            point.runs = point.runs.iter().map(with).collect();
        }
        let target = Target { metric: "b".to_owned(), at_most: 60.0 };
        let free = decide(&found, &question(&["a"])).unwrap();
        assert_eq!(free.regret.unwrap().choices[0].label, "small");
        let bound =
            decide(&found, &Question { targets: vec![target], ..question(&["a"]) }).unwrap();
        let regret = bound.regret.unwrap();
        let rows = regret.choices.iter().map(|row| (row.label.as_str(), row.max_regret));
        let rows: Vec<_> = rows.collect();
        assert_eq!(rows, [("large", 0.0)]);
        assert_eq!(regret.meets, Some(Meets::Yes));
    }

    #[test]
    fn a_point_whose_spot_capacity_is_never_taken_back_is_named_with_that_caveat() {
        let mut found = table(&[&[&[1.0, 2.0]], &[&[2.0, 1.0]]]);
        let preset =
            "preset always: no Spot instance is interrupted here but by faults of the scenario";
        let notes = Notes { warnings: vec![preset.to_owned()], ..Notes::default() };
        let mut runs = found.points[0].runs.to_vec();
        runs[0].notes = Some(std::sync::Arc::new(notes));
        found.points[0].runs = runs.into();
        let answer = decide(&found, &question(&["a", "b"])).unwrap().answer;
        assert!(answer.starts_with("Least a: 0 (if its Spot is never taken back), 1."), "{answer}");
        assert!(answer.contains("Least b: 1, 1."), "{answer}");
    }

    #[test]
    fn what_is_not_in_the_table_is_named() {
        let found = table(&[&[&[1.0, 2.0]]]);
        let wrong = decide(&found, &question(&["c"])).unwrap_err();
        assert_eq!(wrong, NotInTable::Metric("c".to_owned()));
        let worlds = Question { worlds: vec!["m".to_owned()], ..question(&["a"]) };
        assert_eq!(decide(&found, &worlds).unwrap_err(), NotInTable::Axis("m".to_owned()));
    }

    #[test]
    fn single_runs_are_said_to_be_single() {
        let found = table(&[&[&[1.0, 2.0]], &[&[2.0, 1.0]]]);
        let answer = decide(&found, &question(&["a"])).unwrap().answer;
        assert!(answer.starts_with("Least a: 0, 1. Every point ran once"), "{answer}");
        let found = table(&[&[&[1.0, 2.0]], &[&[2.0, 1.0]], &[&[3.0, 3.0]]]);
        let answer = decide(&found, &question(&["a", "b"])).unwrap().answer;
        assert!(answer.contains("1 is beaten by single runs."), "{answer}");
        assert!(!answer.contains("for sure"), "{answer}");
    }
}
