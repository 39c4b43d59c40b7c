//! Standalone tasks that run to completion, exit codes, and definitions whose tasks fail: by hand.
#![expect(clippy::float_cmp, reason = "whole seconds and counts are exact")]

use taskyard::run::{JobRow, Options, run};
use taskyard::sweep::{Plan, replicate};

#[path = "support/question.rs"]
mod question;
#[path = "support/scene.rs"]
mod scene;

use question::{Question, definition, run_task, service};
use scene::{Scene, at, ireland, play, scenario, task, time_of};

/// A job of small tasks, and what more its block and its definition say.
fn job(block: &str, failure: &str) -> Question {
    Question::of_types(&["t4g.medium"])
        .with(&definition("work", 256, 256, failure))
        .with(&run_task("job", "work", "0s", block))
}

fn job_of(scene: &Scene) -> &JobRow {
    &scene.answer.jobs[0]
}

/// Requested at 0, RUNNING at 30 on a new instance, done after a minute's run, STOPPED 2 s later.
#[test]
fn a_job_is_done_when_its_last_task_is_stopped() {
    let scene = play(&job("count = 3\nrun_for = \"60s\"", "").text(), &[]);
    let row = job_of(&scene);
    assert_eq!((row.first_started_s, row.last_ended_s), (Some(30.0), Some(92.0)));
    let counts = [row.requested, row.started, row.succeeded, row.failed];
    assert_eq!(counts, [3.0, 3.0, 3.0, 0.0]);
    let ends: Vec<_> = row.ends.iter().map(|end| (end.stop_code.as_str(), end.exit_code)).collect();
    assert_eq!(ends, [("EssentialContainerExited", Some(0))]);
    assert_eq!(task(&scene, "job/2").exit_code, Some(0));
    assert_eq!(
        (row.calls.len(), row.calls[0].done_s, row.call_time_s.max),
        (1, Some(92.0), Some(92.0))
    );
}

/// The second call comes after 80 s, when the first, of 92 s, is not done; its task finds the instance with
/// its image: RUNNING 7 s later, STOPPED 62 s after that.
#[test]
fn a_call_that_is_not_done_when_the_next_is_made_is_told() {
    let block = "count = 1\nrun_for = \"60s\"\nevery = \"80s\"\ncalls = 2";
    let scene = play(&job(block, "").text(), &[]);
    let row = job_of(&scene);
    let calls: Vec<_> =
        row.calls.iter().map(|call| (call.called_s, call.done_s, call.left_at_next)).collect();
    assert_eq!(calls, [(0.0, Some(92.0), Some(1.0)), (80.0, Some(149.0), None)]);
    assert_eq!((row.calls_made, row.calls_done, row.calls_overrun), (2.0, 2.0, 1.0));
    let in_time = play(&job(block, "").text(), &["run_task.job.every=92s"]);
    assert_eq!(job_of(&in_time).calls[0].left_at_next, Some(1.0), "the call comes first");
    let in_time = play(&job(block, "").text(), &["run_task.job.every=93s"]);
    assert_eq!(
        (job_of(&in_time).calls[0].left_at_next, job_of(&in_time).calls_overrun),
        (Some(0.0), 0.0)
    );
}

#[test]
fn tasks_that_have_not_ended_run_or_wait() {
    let block = "count = 2\nrun_for = \"60s\"\nevery = \"10m\"\ncalls = 2";
    let running = play(&job(block, "").text(), &["horizon=11m"]);
    let row = job_of(&running);
    let counts = [row.requested, row.succeeded, row.running_at_end, row.waiting_at_end];
    assert_eq!(counts, [4.0, 2.0, 2.0, 0.0]);
    assert_eq!((row.calls_done, row.calls[1].done_s), (1.0, None));
    let waiting = play(&job(block, "").text(), &["horizon=610s"]);
    assert_eq!(job_of(&waiting).waiting_at_end, 2.0);
    // Exited at 690, gone at 692: it has its exit code, and its call is not done.
    let leaving = play(&job(block, "").text(), &["horizon=691s"]);
    assert_eq!((job_of(&leaving).succeeded, job_of(&leaving).calls_done), (4.0, 1.0));
}

#[test]
fn a_run_that_fails_has_the_stated_exit_code_and_is_not_repeated() {
    let block = "count = 3\nrun_for = \"60s\"\nfailure = { exit_code = 7 }";
    let scene = play(&job(block, "").text(), &[]);
    let row = job_of(&scene);
    assert_eq!((row.requested, row.succeeded, row.failed), (3.0, 0.0, 3.0));
    assert_eq!((row.ends.len(), row.ends[0].exit_code, row.ends[0].tasks), (1, Some(7), 3.0));
    let found = task(&scene, "job/0");
    assert_eq!(found.stop_code, Some("EssentialContainerExited"));
    assert_eq!(found.stop_reason.as_deref(), Some("Essential container in task exited"));
    assert_eq!((found.exit_code, at(&scene, "job/0", "stopped_at")), (Some(7), 92.0));
}

/// 400 runs, each failing by luck of its own: 100 are expected of a quarter, with a deviation of 8.7. Who
/// fails at a quarter fails at a half too.
#[test]
fn a_share_of_the_runs_fails_and_a_larger_share_holds_the_smaller() {
    let block = "count = 10\nrun_for = \"1s\"\nevery = \"1s\"\ncalls = 40";
    let failed = |probability: f64| {
        let set = format!("run_task.job.failure.probability={probability}");
        let scene = play(&job(block, "").text(), &[&set]);
        let rows = scene.recorder.tasks.iter();
        let mut names: Vec<String> =
            rows.filter(|row| row.exit_code == Some(1)).map(|row| row.task.clone()).collect();
        names.sort();
        assert_eq!(job_of(&scene).failed, names.len() as f64);
        assert_eq!(job_of(&scene).succeeded, 400.0 - names.len() as f64);
        names
    };
    let (quarter, half) = (failed(0.25), failed(0.5));
    assert!((56..=144).contains(&quarter.len()), "{}", quarter.len());
    assert!(quarter.iter().all(|name| half.contains(name)));
    assert!(failed(0.0).is_empty());
}

/// A crash half a minute into a run of one; the one that would crash after its run has done it before.
#[test]
fn a_crash_ends_a_run_unless_the_run_is_over() {
    let block = "count = 2\nrun_for = \"60s\"";
    let crash = "failure = { crashes_after = \"30s\", exit_code = 137 }";
    let scene = play(&job(block, crash).text(), &[]);
    let found = task(&scene, "job/1");
    assert_eq!((found.exit_code, time_of(found, "stopped_at")), (Some(137), Some(62.0)));
    assert_eq!((job_of(&scene).failed, job_of(&scene).last_ended_s), (2.0, Some(62.0)));
    let later = play(&job(block, "failure = { crashes_after = \"61s\" }").text(), &[]);
    assert_eq!((job_of(&later).succeeded, job_of(&later).last_ended_s), (2.0, Some(92.0)));
}

/// Documented: a task that has been RUNNING never raises the wait for its service's next attempt. RUNNING
/// at 30, gone at 60; another is placed at once, and is RUNNING 7 s later: every 37 s, for ever.
#[test]
fn a_service_replaces_tasks_that_crash_at_once_and_for_ever() {
    let question = Question::of_types(&["t4g.medium"])
        .with(&definition("web", 256, 256, "failure = { crashes_after = \"30s\" }"))
        .with(&service("web", "web", 1, ""));
    let scene = play(&question.text(), &["horizon=10m"]);
    for n in 0..10 {
        let name = format!("web/{n}");
        assert_eq!(at(&scene, &name, "started_at"), 30.0 + 37.0 * f64::from(n), "{name}");
        assert_eq!(task(&scene, &name).exit_code, Some(1));
    }
    assert!(scene.answer.jobs.is_empty());
}

/// Documented: tasks that stop without having run raise the wait. The attempts to pull end after 13 s: at
/// 25 + 13 on the new instance, then 10, 20 and 40 s of waiting, 5 s of attaching and 13 again.
#[test]
fn a_service_whose_revision_never_starts_waits_longer_and_longer() {
    let question = Question::of_types(&["t4g.medium"])
        .with(&definition("web", 256, 256, "failure = { never_starts = true }"))
        .with(&service("web", "web", 1, ""));
    let scene = play(&question.text(), &["horizon=5m"]);
    let created: Vec<f64> = (0..4).map(|n| at(&scene, &format!("web/{n}"), "created_at")).collect();
    assert_eq!(created, [0.0, 48.0, 86.0, 144.0]);
    let first = task(&scene, "web/0");
    assert_eq!((first.stop_code, first.exit_code), (Some("TaskFailedToStart"), None));
    let reason = first.stop_reason.clone().unwrap_or_default();
    assert!(reason.starts_with("CannotPullContainerError: "), "{reason}");
    assert_eq!(time_of(first, "execution_stopped_at"), Some(38.0));
    assert_eq!(scene.answer.tasks.started, 0.0);
}

#[test]
fn an_image_that_cannot_be_pulled_is_no_other_definitions_image() {
    let image = "image = \"web\"";
    let question = Question::of_types(&["t4g.medium"])
        .with(&definition("web", 256, 256, image))
        .with(&definition(
            "bad",
            256,
            256,
            &format!("{image}\nfailure = {{ never_starts = true }}"),
        ))
        .with(&service("web", "web", 1, ""))
        .with(&service("bad", "bad", 1, ""));
    let scene = play(&question.text(), &["horizon=5m"]);
    assert_eq!(at(&scene, "web/0", "started_at"), 30.0);
    assert_eq!(scene.answer.tasks.started, 1.0);
}

#[test]
fn standalone_tasks_that_never_start_are_not_started_again() {
    let scene =
        play(&job("count = 4\nrun_for = \"1m\"", "failure = { never_starts = true }").text(), &[]);
    let row = job_of(&scene);
    assert_eq!((row.requested, row.started, row.failed), (4.0, 0.0, 4.0));
    let end = (row.ends[0].stop_code.as_str(), row.ends[0].exit_code);
    assert_eq!((row.ends.len(), end), (1, ("TaskFailedToStart", None)));
    assert_eq!((row.first_started_s, row.last_ended_s), (None, Some(40.0)));
}

/// On Fargate nobody shares a pull: each task fails by itself, 13 s after the pull started, and is gone 5 s
/// later.
#[test]
fn a_revision_that_never_starts_does_not_start_on_fargate() {
    let text = "name = \"s\"\nregion = \"us-east-1\"\nhorizon = \"10m\"\n\
                [timing.fargate]\nprovision = \"10s\"\ndeprovision = \"5s\"\nload_percent = 0\n\
                [[task_definition]]\nfamily = \"bad\"\ncpu = 256\nmemory = 512\n\
                failure = { never_starts = true }\n\
                [[run_task]]\nname = \"job\"\ntask_definition = \"bad\"\ncount = 2\n\
                launch_type = \"FARGATE\"\n";
    let scene = play(text, &[]);
    let row = job_of(&scene);
    assert_eq!((row.started, row.failed, row.last_ended_s), (0.0, 2.0, Some(28.0)));
}

/// A fault that ends containers leaves the exit code of a failure, though the definition is sound.
#[test]
fn a_container_that_a_fault_ends_has_failed() {
    let fault = "[[fault]]\nkind = \"task-killed\"\nby = \"exit\"\nstart = \"40s\"\n";
    let scene = play(&job("count = 2\nrun_for = \"60s\"", "").with(fault).text(), &[]);
    assert_eq!(task(&scene, "job/0").exit_code, Some(1));
    assert_eq!((job_of(&scene).failed, job_of(&scene).last_ended_s), (2.0, Some(42.0)));
}

#[test]
fn replications_give_intervals_of_a_jobs_figures() {
    let block = "count = 5\nrun_for = { uniform = { min = \"1m\", max = \"2m\" } }\n\
                 failure = { probability = 0.5 }";
    let scenario = scenario(&job(block, "").text(), &[]);
    let plan = Plan { replications: 20, jobs: Some(1), options: Options::default() };
    let merged =
        replicate(&scenario, ireland(), plan).unwrap_or_else(|error| panic!("{error}")).answer;
    let row = &merged.jobs[0];
    assert_eq!((row.succeeded + row.failed).round(), 5.0);
    for key in ["succeeded", "failed", "last_ended_s", "calls[1].took_s", "call_time_s.max"] {
        let path = format!("jobs[job].{key}");
        assert_eq!(merged.intervals.get(&path).map(|of| of.n), Some(20), "{path}");
    }
    let one =
        run(&scenario, ireland(), Options::default()).unwrap_or_else(|error| panic!("{error}"));
    assert!(one.answer.jobs[0].last_ended_s.is_some_and(|at| (92.0..=152.0).contains(&at)));
}
