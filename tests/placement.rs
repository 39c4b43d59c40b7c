//! Placement on container instances, as a run shows it: groups of a fixed size, answers derived by hand.
#![expect(clippy::float_cmp, reason = "counts are whole numbers")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/scene.rs"]
mod scene;

use std::collections::{BTreeMap, BTreeSet};

use scene::{Scene, play};

/// Instances of m5.large: 2,048 CPU units each, so eight tasks of 256, whose 512 MiB fit as well.
fn group(instances: u32) -> String {
    format!(
        "name = \"fixed\"\nregion = \"eu-west-1\"\nhorizon = \"20m\"\n\
         [[capacity_provider]]\nname = \"group\"\n\
         [capacity_provider.auto_scaling_group_provider]\n\
         instance_types = [\"m5.large\"]\n\
         min_size = {instances}\nmax_size = {instances}\ndesired_capacity = {instances}\n\
         managed_scaling = {{ status = \"DISABLED\" }}\n\
         managed_termination_protection = \"DISABLED\"\n"
    )
}

/// A definition of 256 CPU units and 512 MiB in bridge mode, with `rest`.
fn definition(rest: &str) -> String {
    format!(
        "[[task_definition]]\nfamily = \"web\"\ncpu = 256\nmemory = 512\nnetwork_mode = \"bridge\"\n\
         {rest}\n"
    )
}

/// A service of so many tasks, with `rest`.
fn service(name: &str, tasks: u32, rest: &str) -> String {
    format!(
        "[[service]]\nname = \"{name}\"\ntask_definition = \"web\"\ndesired_count = {tasks}\n\
         version_consistency = \"disabled\"\n{rest}\n"
    )
}

/// RUNNING tasks of a service or RunTask block, by instance.
fn running(scene: &Scene, of: &str) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    let tasks = scene.recorder.tasks.iter();
    for task in tasks.filter(|task| task.service == of && task.last_status == "RUNNING") {
        *found.entry(task.instance.clone().unwrap()).or_insert(0) += 1;
    }
    found
}

fn counts(scene: &Scene, of: &str) -> Vec<u32> {
    running(scene, of).into_values().collect()
}

#[test]
fn a_service_without_a_strategy_has_a_task_on_each_instance_before_a_second() {
    let text = group(6) + &definition("") + &service("web", 9, "");
    let scene = play(&text, &[]);
    let mut counts = counts(&scene, "web");
    counts.sort_unstable();
    assert_eq!(counts, [1, 1, 1, 2, 2, 2]);
    let zones: Vec<_> = scene.recorder.tasks.iter().map(|task| &task.availability_zone).collect();
    assert_eq!(zones.iter().collect::<BTreeSet<_>>().len(), 3);
}

#[test]
fn binpack_fills_two_of_six_instances_and_scale_in_empties_one_of_them() {
    let packed = "placement_strategy = [{ type = \"binpack\", field = \"memory\" }]";
    let text = group(6) + &definition("") + &service("web", 16, packed);
    assert_eq!(counts(&play(&text, &[]), "web"), [8, 8]);
    let update = "[[update_service]]\nservice = \"web\"\nat = \"10m\"\ndesired_count = 8\n";
    assert_eq!(counts(&play(&(text + update), &[]), "web"), [8]);
}

#[test]
fn spread_over_zones_then_binpack_uses_one_instance_of_each_zone() {
    let chain = "placement_strategy = [\
                 { type = \"spread\", field = \"attribute:ecs.availability-zone\" }, \
                 { type = \"binpack\", field = \"cpu\" }]";
    let scene = play(&(group(6) + &definition("") + &service("web", 18, chain)), &[]);
    assert_eq!(counts(&scene, "web"), [6, 6, 6]);
    let used: BTreeSet<String> = running(&scene, "web").into_keys().collect();
    let tasks = scene.recorder.tasks.iter();
    let places = tasks.filter(|task| used.contains(task.instance.as_ref().unwrap()));
    let zones: BTreeSet<_> = places.map(|task| task.availability_zone.clone()).collect();
    assert_eq!(zones.len(), 3);
}

#[test]
fn a_stated_host_port_is_for_one_task_an_instance_and_the_rest_waits() {
    let port = "port_mappings = [{ container_port = 80, host_port = 8080 }]";
    let scene = play(&(group(3) + &definition(port) + &service("web", 5, "")), &[]);
    assert_eq!(counts(&scene, "web"), [1, 1, 1]);
    assert_eq!(scene.answer.tasks.waiting_at_end, 2.0);
    // With a port of the dynamic range all five run.
    let free = play(
        &(group(3)
            + &definition("port_mappings = [{ container_port = 80 }]")
            + &service("web", 5, "")),
        &[],
    );
    assert_eq!(free.answer.tasks.running_at_end, 5.0);
}

#[test]
fn distinct_instances_hold_a_task_of_the_service_each_and_others_beside_it() {
    let distinct = "placement_constraints = [{ type = \"distinctInstance\" }]";
    let text = group(3) + &definition("") + &service("web", 5, distinct) + &service("db", 6, "");
    let scene = play(&text, &[]);
    assert_eq!(counts(&scene, "web"), [1, 1, 1]);
    assert_eq!(counts(&scene, "db"), [2, 2, 2]);
}

#[test]
fn a_constraint_on_attributes_keeps_tasks_in_a_zone_even_if_they_must_wait() {
    let zone = "placement_constraints = [{ type = \"memberOf\", expression = \
                \"attribute:ecs.availability-zone == euw1-az2 and attribute:ecs.instance-type =~ m5.*\" }]";
    let scene = play(&(group(3) + &definition(zone) + &service("web", 9, "")), &[]);
    assert_eq!(counts(&scene, "web"), [8]);
    let tasks = scene.recorder.tasks.iter().filter(|task| task.last_status == "RUNNING");
    let zones: BTreeSet<_> = tasks.filter_map(|task| task.availability_zone.as_deref()).collect();
    assert_eq!(zones, BTreeSet::from(["euw1-az2"]));
    assert_eq!(scene.answer.tasks.waiting_at_end, 1.0);
}

#[test]
fn tasks_with_affinity_join_the_group_that_they_name() {
    let packed = "placement_strategy = [{ type = \"binpack\", field = \"memory\" }]";
    let beside = "[[run_task]]\nname = \"batch\"\ntask_definition = \"web\"\ncount = 4\nat = \"5m\"\n\
                  placement_constraints = [{ type = \"memberOf\", expression = \
                  \"task:group == service:web\" }]\n";
    let text = group(6) + &definition("") + &service("web", 2, packed) + beside;
    let scene = play(&text, &[]);
    assert_eq!(counts(&scene, "web"), [2]);
    assert_eq!(
        running(&scene, "batch").keys().collect::<Vec<_>>(),
        running(&scene, "web").keys().collect::<Vec<_>>()
    );
}

#[test]
fn standalone_tasks_go_anywhere_and_to_the_same_places_for_a_seed() {
    let batch = "[[run_task]]\nname = \"batch\"\ntask_definition = \"web\"\ncount = 10\n";
    let text = group(6) + &definition("") + batch;
    let places = |seed: u32| running(&play(&text, &[&format!("seed={seed}")]), "batch");
    assert_eq!(places(1), places(1));
    let different: BTreeSet<Vec<u32>> =
        (1..9).map(|seed| places(seed).into_values().collect()).collect();
    assert!(different.len() > 4, "eight seeds gave {} ways", different.len());
}

#[test]
fn a_constraint_on_an_attribute_of_ones_own_is_met_by_the_group_that_has_it() {
    let racks = |rack: &str| {
        group(2)
            .replace("\"group\"", &format!("\"{rack}\""))
            .replace("min_size", &format!("attributes = {{ rack = \"{rack}\" }}\nmin_size"))
    };
    let second = racks("b").split_once("[[capacity_provider]]").unwrap().1.to_owned();
    let both = racks("a") + "[[capacity_provider]]" + &second;
    let strategy = "capacity_provider_strategy = [\
                    { capacity_provider = \"a\", weight = 1 }, \
                    { capacity_provider = \"b\", weight = 1 }]\n";
    let only_b = "placement_constraints = [{ type = \"memberOf\", expression = \
                  \"attribute:rack == b\" }]";
    let text = both + &definition("") + &service("web", 6, &format!("{strategy}{only_b}"));
    let scene = play(&text, &[]);
    // The strategy sends three tasks to each group; those sent to group a find no instance there.
    assert_eq!(counts(&scene, "web").iter().sum::<u32>(), 3);
    assert!(running(&scene, "web").keys().all(|instance| instance.starts_with("b/")));
    assert_eq!(scene.answer.tasks.waiting_at_end, 3.0);
}
