//! Exit codes and bad revisions: what a task's end and times say against what its definition states.

use crate::model::{Cluster, Effect, LastStatus, RequestKind, StopCode, TaskRef};
use crate::scenario::{FaultKind, TaskFailure};
use crate::units::{SimDuration, SimTime};

use super::Check;

/// The tasks that ended with an event.
pub(super) fn check_effects(effects: &[Effect], cluster: &Cluster<'_>) -> Check {
    for effect in effects {
        if let Effect::TaskEnded(task) = effect {
            check_end(*task, cluster)?;
        }
    }
    Ok(())
}

/// A task has an exit code iff its essential container exited by itself, and one of a failure only where
/// something states that failure.
fn check_end(id: TaskRef, cluster: &Cluster<'_>) -> Check {
    let task = cluster.task(id);
    let group = cluster.setup().group(task.group);
    let exited = task.stop_code == Some(StopCode::EssentialContainerExited);
    let code = cluster.exit_code(id);
    holds!(exited == code.is_some(), "a task of {} ends with exit code {code:?}", group.name);
    if !exited {
        return Ok(());
    }
    let by_fault = cluster.setup().faults.iter().any(|fault| {
        matches!(fault.kind, FaultKind::CrashLoop { .. } | FaultKind::TaskKilled { .. })
    });
    let (at_end, run_failure) = match group.kind {
        RequestKind::Service(_) => (false, None),
        RequestKind::RunTask(setup) => (setup.exits, setup.failure),
    };
    let mut stated = Vec::new();
    if at_end && run_failure.is_none_or(|failure| failure.probability < 1.0) {
        stated.push(0);
    }
    stated.extend(run_failure.map(|failure| failure.exit_code));
    if let Some(TaskFailure::Crashes { exit_code, .. }) = failure_of(id, cluster) {
        stated.push(exit_code);
    } else if by_fault {
        stated.push(1);
    }
    let found = code.is_some_and(|code| stated.contains(&code));
    holds!(found, "a task of {} ends with exit code {code:?}, not of {stated:?}", group.name);
    Ok(())
}

/// A task of a definition that never starts does not run, and one that crashes does not run for longer.
pub(super) fn check_task(now: SimTime, id: TaskRef, cluster: &Cluster<'_>) -> Check {
    let (task, stamps) = (cluster.task(id), cluster.stamps(id));
    let name = || &cluster.setup().group(task.group).name;
    let ran = stamps.started_at.get();
    match failure_of(id, cluster) {
        Some(TaskFailure::NeverStarts) => {
            holds!(ran.is_none(), "a task of {} runs that never starts", name());
        }
        Some(TaskFailure::Crashes { after, .. }) => {
            let ran_for = ran.map_or(SimDuration::ZERO, |from| now.since(from));
            // It may be gone, and ECS does not know.
            let unknown = task.instance().is_some_and(|on| cluster.instance(on).is_behind(now));
            let runs = task.last_status == LastStatus::Running && !unknown;
            holds!(!runs || ran_for <= after, "a task of {} outlives its crash", name());
        }
        None => {}
    }
    Ok(())
}

fn failure_of(id: TaskRef, cluster: &Cluster<'_>) -> Option<TaskFailure> {
    let group = cluster.setup().group(cluster.task(id).group);
    cluster.setup().definition(group.definition).failure
}
