//! AZRebalance: zones that hold unequal numbers of a group's instances, derived by hand. An instance that is
//! asked for is registered 40 s later.
#![expect(clippy::float_cmp, reason = "times are whole microseconds, counts whole numbers")]

#[path = "support/group.rs"]
mod group;
#[path = "support/scene.rs"]
mod scene;

use taskyard::observe::InstanceRow;

use group::{Group, definition, run_task, service};
use scene::{Scene, event_times, instance_time, instance_times, play};

fn ask(group: &Group) -> Scene {
    play(&group.text(), &[])
}

/// Half a m5.large.
fn half() -> String {
    definition("web", 1_024, 1_024)
}

/// A whole m5.large.
fn whole() -> String {
    definition("web", 2_048, 1_024)
}

/// Four instances in two zones, the first of which has no capacity until 100 s.
fn four(keys: &str) -> Group {
    lopsided_group(4, keys)
}

fn lopsided_group(size: u32, keys: &str) -> Group {
    let fault = "[[fault]]\nkind = \"insufficient-capacity\"\nstart = \"0s\"\nduration = \"100s\"\n\
                 availability_zone = \"use1-az1\"";
    Group::of("m5.large")
        .zones(2)
        .size(size, size, size)
        .managed("")
        .keys("initial_instances = \"launched\"")
        .keys(keys)
        .with(fault)
        .with(&whole())
}

/// The four with a task for each.
fn lopsided(keys: &str) -> Scene {
    ask(&four(keys).with(&service("web", "web", 4, "")))
}

#[test]
fn zones_are_balanced_once_the_one_without_capacity_has_some_again() {
    let scene = lopsided("");
    // All four in az2, registered at 40. A look at 60 is refused, the next at 120 is not: one in az1 is
    // registered at 160, when one of az2 drains and the next is launched, which is registered at 200. The
    // most is four, so one at a time. Looks go on each minute while a replacement is on its way.
    let registered = [40.0, 40.0, 40.0, 40.0, 160.0, 200.0].map(Some);
    assert_eq!(instance_times(&scene, "registered_at"), registered);
    assert_eq!(event_times(&scene, "LaunchRefused"), [0.0, 60.0]);
    assert_eq!(event_times(&scene, "AZRebalance"), [60.0, 120.0, 180.0, 240.0]);
    let mut drained: Vec<_> = instance_times(&scene, "draining_at").into_iter().flatten().collect();
    drained.sort_by(f64::total_cmp);
    assert_eq!(drained, [160.0, 200.0]);
    let zones: Vec<_> =
        scene.recorder.instances.iter().map(|row| row.availability_zone.as_str()).collect();
    assert_eq!(zones, ["use1-az2", "use1-az2", "use1-az2", "use1-az2", "use1-az1", "use1-az1"]);
    // Each drained task was replaced first; none was killed.
    assert_eq!(scene.answer.tasks.running_at_end, 4.0);
    let mut codes = scene.recorder.tasks.iter().filter_map(|row| row.stop_code);
    assert!(codes.all(|code| code != "TerminationNotice"));
}

#[test]
fn zones_stay_as_they_are_while_azrebalance_is_suspended() {
    let scene = lopsided("suspended_processes = [\"AZRebalance\"]");
    assert_eq!(instance_times(&scene, "registered_at"), [Some(40.0); 4]);
    assert!(event_times(&scene, "AZRebalance").is_empty());
}

#[test]
fn no_replacement_is_launched_that_no_departure_could_follow() {
    // From 40 s each has a task, and protected is what has one: at 60 s none may leave.
    let scene = lopsided("managed_termination_protection = \"ENABLED\"");
    assert_eq!(instance_times(&scene, "registered_at"), [Some(40.0); 4]);
    assert_eq!(event_times(&scene, "LaunchRefused"), [0.0]);
    // It does not look again while that is so.
    assert_eq!(event_times(&scene, "AZRebalance"), [60.0]);
}

#[test]
fn a_group_whose_instances_are_all_protected_looks_again_once_one_is_empty() {
    // Placed at 40, connected at 41, pulled at 45, RUNNING at 46, exit at 246, STOPPED at 248: the next look
    // is a minute later, and launches. One is registered at 348, when one of az2 leaves, and another at 388.
    let keys = "managed_termination_protection = \"ENABLED\"";
    let jobs = run_task("job", "web", "0s", "count = 4\nrun_for = \"200s\"");
    let scene = ask(&four(keys).with(&jobs));
    assert_eq!(event_times(&scene, "AZRebalance")[..2], [60.0, 308.0]);
    let registered = [40.0, 40.0, 40.0, 40.0, 348.0, 388.0].map(Some);
    assert_eq!(instance_times(&scene, "registered_at"), registered);
    let mut gone: Vec<_> = instance_times(&scene, "terminated_at").into_iter().flatten().collect();
    gone.sort_by(f64::total_cmp);
    assert_eq!(gone, [348.0, 388.0]);
}

#[test]
fn a_replacement_that_never_registers_is_given_up_and_the_next_one_is_launched() {
    // Launched at 120, running at 133, given up two minutes later, at 253. Most is four: at 180 and 240 no
    // other may be on its way. At 300 one is launched, registered at 340, and another at 380.
    let fault = "[[fault]]\nkind = \"dead-boot\"\nstart = \"110s\"\nend = \"150s\"\n\
                 health_timeout = \"2m\"";
    let scene = ask(&four("").with(fault).with(&service("web", "web", 4, "")));
    let at = [Some(40.0), Some(40.0), Some(40.0), Some(40.0), None, Some(340.0), Some(380.0)];
    assert_eq!(instance_times(&scene, "registered_at"), at);
    assert_eq!(instance_times(&scene, "terminated_at")[4], Some(253.0));
    assert_eq!(scene.answer.tasks.running_at_end, 4.0);
}

#[test]
fn a_group_exceeds_its_most_by_a_tenth_and_never_by_more() {
    // Twenty in az2; from 120 s two at a time go to az1, and each that is registered sends one away before
    // the next is launched: twenty-two at most, and ten and ten in the end.
    let scene = ask(&lopsided_group(20, "").with(&service("web", "web", 20, "")));
    let rows = &scene.recorder.instances;
    let is_member = |row: &InstanceRow, at: f64| {
        let left = instance_time(row, "draining_at").or(instance_time(row, "terminated_at"));
        instance_time(row, "requested_at").is_some_and(|from| from <= at)
            && left.is_none_or(|left| left > at)
    };
    let members = |at| rows.iter().filter(|row| is_member(row, at)).count();
    let launches = rows.iter().filter_map(|row| instance_time(row, "requested_at"));
    assert_eq!(launches.map(members).max(), Some(22));
    let in_az1 = |row: &&InstanceRow| row.availability_zone == "use1-az1";
    let left = || rows.iter().filter(|row| is_member(row, 1_800.0));
    assert_eq!((left().filter(in_az1).count(), left().count()), (10, 20));
}

#[test]
fn balanced_zones_are_left_alone() {
    let question = Group::of("m5.large").zones(2).size(0, 10, 5);
    let scene = ask(&question.with(&half()).with(&service("web", "web", 1, "")));
    assert_eq!(scene.recorder.instances.len(), 5);
    assert!(event_times(&scene, "AZRebalance").is_empty());
}
