//! The words of "Why": each once, and each of the kind of capacity that it is about.

use super::{file, stdout};

/// The page in one line.
fn page(command: &str, scenario: &str, more: &[&str]) -> String {
    let page = stdout(&[&[command, scenario], more].concat());
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Two zones; a service of 4 tasks on a group, with more in its task definition.
fn on_a_group(more: &str) -> String {
    format!(
        "name = \"s\"\nregion = \"us-east-1\"\navailability_zones = [\"use1-az1\", \"use1-az2\"]\n\
         [[capacity_provider]]\nname = \"group\"\n[capacity_provider.auto_scaling_group_provider]\n\
         instance_type = \"m5.large\"\nmin_size = 4\nmax_size = 4\n\
         [[task_definition]]\nfamily = \"web\"\ncpu = 512\nmemory = 1024\n{more}\n\
         [[service]]\nname = \"web\"\ntask_definition = \"web\"\ndesired_count = 4\n\
         capacity_provider_strategy = [{{ capacity_provider = \"group\", weight = 1 }}]\n"
    )
}

#[test]
fn two_groups_of_one_instance_type_have_one_sentence() {
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/one-provider-per-az.toml");
    let sentence = "The ENI limit puts 2 \"web\" on a m5.large";
    for command in ["run", "explain"] {
        assert_eq!(page(command, scenario, &[]).matches(sentence).count(), 1, "{command}");
    }
}

#[test]
fn types_of_one_size_have_one_threshold() {
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/hundred-tasks-asg-spot.toml");
    assert_eq!(page("run", scenario, &[]).matches("At 481 CPU units or less").count(), 1);
}

#[test]
fn tasks_on_a_group_are_not_said_to_be_spread_before_packing() {
    let directory = tempfile::tempdir().unwrap();
    let managed = "[[capacity_provider]]\nname = \"managed\"\nmanaged_instances_provider = {}\n\
                   [[service]]\nname = \"api\"\ntask_definition = \"web\"\ndesired_count = 6\n\
                   capacity_provider_strategy = [{ capacity_provider = \"managed\", weight = 1 }]\n";
    let alone = file(directory.path(), "alone.toml", &on_a_group(""));
    let both = file(directory.path(), "both.toml", &(on_a_group("") + managed));
    let alone = page("run", alone.to_str().unwrap(), &[]);
    assert!(alone.contains("Why") && !alone.contains("before packing"), "{alone}");
    let both = page("run", both.to_str().unwrap(), &[]);
    let words = "Tasks on Managed Instances were spread over 2 zones before packing";
    assert!(both.contains(words), "{both}");
}

#[test]
fn a_host_port_binds_before_any_resource() {
    // A m5.large holds four tasks of 512 CPU units; the port lets one in.
    let directory = tempfile::tempdir().unwrap();
    let port =
        "network_mode = \"bridge\"\nport_mappings = [{ container_port = 80, host_port = 8080 }]";
    let scenario = file(directory.path(), "s.toml", &on_a_group(port));
    let page = page("run", scenario.to_str().unwrap(), &[]);
    assert!(page.contains("m5.large 4 4 1 host ports"), "{page}");
    let words = "The host ports of \"web\" put 1 on a m5.large; CPU alone would allow 4, memory 7.";
    assert!(page.contains(words), "{page}");
    assert!(!page.contains("or less for \"web\""), "a smaller task would not fit either: {page}");
}
