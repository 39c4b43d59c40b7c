//! `headroom`: how many more tasks until a limit, and which.

use crate::report::{HeadroomView, headroom_table, pretty};
use crate::run::Options;
use crate::scenario::{Override, Scenario, SchedulingStrategy};
use crate::sweep::decisions::{LATER, Level, Reach, headroom};
use crate::sweep::{Plan, answers};

use super::super::args::PageFormat;
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::probe_args::HeadroomArgs;
use super::super::probing::{Asked, in_words, unfit};
use super::super::{load, options};

pub(in super::super) fn execute(args: &HeadroomArgs, console: Console) -> Result<u8, Failure> {
    let files = load::CatalogFiles::read(&args.change.files)?;
    let asked = Asked::read(&args.scenario, options::overrides(&args.change)?, &files, console)?;
    let service = service(args, &asked.scenario)?;
    let own = &asked.scenario.services[service];
    // What cannot run at all is told at its place.
    asked.answer()?;
    let path = format!("service.\"{}\".desired_count", own.name);
    let jobs = args.threads.count();
    let plan = Plan { replications: args.replications, jobs, options: Options::QUICK };
    let not_admitted = |count, why: String| -> Vec<Level> {
        (0..plan.replications).map(|_| Level::not_admitted(count, why.clone())).collect()
    };
    let ask = |count: u32, more: &[Override]| -> Result<Vec<Level>, Failure> {
        let set = Override { path: path.clone(), value: count.to_string() };
        let scenario = match asked.with(&[&[set], more].concat()) {
            Ok(scenario) => scenario,
            Err(told) => return Ok(not_admitted(count, in_words(&told))),
        };
        match answers(&scenario, &asked.catalog, plan) {
            Ok(answers) => Ok(answers.iter().map(|answer| Level::of(count, answer)).collect()),
            Err(error) => Ok(not_admitted(count, unfit(error)?)),
        }
    };
    let now = own.desired_count;
    let most = now.saturating_add(args.most);
    let reach = Reach { now, most, steps: args.steps };
    let mut found = headroom(reach, &mut |count| ask(count, &[]))?;
    if let Some(over) = &found.first_over {
        let seconds = asked.scenario.horizon.as_secs_f64() * f64::from(LATER);
        let later = [Override { path: "horizon".to_owned(), value: format!("\"{seconds}s\"") }];
        let (now, then) = (ask(now, &later)?, ask(over.desired_count, &later)?);
        found.done_later = Some(then.iter().zip(&now).all(|(then, now)| !then.is_over(now)));
    }
    let view = HeadroomView::new(&own.name, found);
    match args.page.format {
        PageFormat::Table => console.page(&headroom_table(&view))?,
        PageFormat::Json => console.data(pretty(&view)?.as_bytes())?,
    }
    Ok(0)
}

/// The service that is meant: one whose desired count nothing but the scenario sets.
fn service(args: &HeadroomArgs, scenario: &Scenario) -> Result<usize, Failure> {
    let services = &scenario.services;
    let replicas = services
        .iter()
        .enumerate()
        .filter(|(_, service)| matches!(service.scheduling_strategy, SchedulingStrategy::Replica));
    let replicas: Vec<usize> = replicas.map(|(at, _)| at).collect();
    let names = || {
        let names: Vec<&str> = replicas.iter().map(|at| services[*at].name.as_str()).collect();
        names.join(", ")
    };
    let at = match (&args.service, replicas.as_slice()) {
        (_, []) => {
            let help = "headroom raises the desired count of a service";
            return Err(Failure::usage("the scenario has no service with a desired count", help));
        }
        (None, [only]) => *only,
        (None, _) => {
            let message = "the scenario has several services: name one with --service";
            return Err(Failure::usage(message, format!("there are {}", names())));
        }
        (Some(name), all) => {
            let found = all.iter().find(|at| services[**at].name == *name);
            *found.ok_or_else(|| {
                let message = format!("no service with a desired count is named \"{name}\"");
                Failure::usage(message, format!("there are {}", names()))
            })?
        }
    };
    let name = &services[at].name;
    let scales = scenario.scalable_targets.iter().any(|target| target.service == at);
    let updated = scenario.service_updates.iter();
    let updated =
        updated.filter(|update| update.service == at).any(|update| update.desired_count.is_some());
    let by = match (scales, updated) {
        (true, _) => "service auto scaling",
        (false, true) => "an update",
        (false, false) => return Ok(at),
    };
    Err(Failure::usage(
        format!("the desired count of service \"{name}\" is set by {by} during the run"),
        "take that out of the scenario: headroom sets the count itself",
    ))
}
