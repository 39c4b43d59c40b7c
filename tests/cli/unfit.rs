//! Scenarios that are well written and cannot run on the catalogue: told with code, place and help.

use super::{call, file, refused, stderr};

const FARGATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/hundred-tasks-fargate.toml");
const FARGATE_SPOT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/hundred-tasks-fargate-spot.toml");
const GROUP: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/hundred-tasks-asg-on-demand.toml");

/// By hand, us-east-1: 730 x (0.04048 + 2 x 0.004445) = 36.04, and with 1 GB 32.80.
const NEXT_SIZE: &str = "cpu = 1024, memory = 2048 (a task $36.04 a month, $3.24 more";

#[test]
fn an_invalid_pair_of_fargate_names_the_next_valid_one_and_what_it_costs_more() {
    let pair = ["--set", "task_definition.web.cpu=1024"];
    let run = [&["run", FARGATE], &pair[..]].concat();
    let words = ["error[TY0072]", "fargate.toml:12:10", "1 vCPU, 1 GB is no size", NEXT_SIZE];
    refused(&run, 2, &words);
    let check = [&["check", FARGATE], &pair[..]].concat();
    refused(&check, 2, &words);
    let quote = |memory: &'static str| {
        let size = ["--cpu", "1024", "--memory", memory, "--region", "us-east-1"];
        [&["quote", "--capacity", "fargate", "--tasks", "3"], &size[..]].concat()
    };
    refused(&quote("1024"), 2, &["error[TY0072]", "1 vCPU, 1 GB is no size", NEXT_SIZE]);
    assert_eq!(call(&quote("2048")).status.code(), Some(0), "the pair that is named is valid");
}

#[test]
fn a_size_above_the_largest_and_one_between_sizes_say_so() {
    let memory = "task_definition.web.memory=300000";
    let largest = "the largest is 32 vCPU, 244 GB (cpu = 32768, memory = 249856)";
    refused(&["run", FARGATE, "--set", memory], 2, &["--set:1:28", largest]);
    // By hand: 730 x (0.09148 + the licence of 0.046 + 2 x 0.01005) = 115.03.
    let windows = "task_definition.web.runtime_platform={ operating_system_family = \"WINDOWS\" }"
        .replace("WINDOWS", "WINDOWS_SERVER_2022_CORE");
    let words = ["cpu = 1024, memory = 2048 (a task $115.03 a month"];
    refused(&["run", FARGATE, "--set", &windows], 2, &words);
    let between = "task_definition.web.memory=3000";
    let words = ["0.5 vCPU, 3000 MiB is no size", "cpu = 512, memory = 3072"];
    refused(&["run", FARGATE, "--set", between], 2, &words);
}

#[test]
fn a_zone_that_the_region_lacks_is_told_where_it_stands() {
    let unknown = "availability_zones=[\"use1-az9\"]";
    let output = call(&["run", GROUP, "--set", unknown]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("error[TY0072]") && said.contains("--set:1:20"), "{said}");
    assert!(said.contains("no availability zone \"use1-az9\" in us-east-1"), "{said}");
    assert!(!said.contains("not offered"), "what follows from it is left out: {said}");
    let name = "availability_zones=[\"us-east-1a\"]";
    refused(&["run", GROUP, "--set", name], 2, &["name a zone by its id"]);
    let fault =
        "fault=[{ kind = \"az-outage\", availability_zone = \"use1-az9\", start = \"1m\" }]";
    let place = "fault.az-outage.availability_zone: there is no availability zone";
    refused(&["run", GROUP, "--set", fault], 2, &["error[TY0072]", "--set:1:50", place]);
}

#[test]
fn a_task_that_no_type_of_its_group_can_hold_is_told_what_is_missing() {
    let gpus = ["--set", "task_definition.web.gpus=1"];
    let words = ["error[TY0072]", "--set:1:26", "does not fit m7i.2xlarge", "gpus 1 of 0"];
    refused(&[&["run", GROUP], &gpus[..]].concat(), 2, &words);
    // Every type that AWS sells has a second interface; one of the user's list may not.
    let directory = tempfile::tempdir().unwrap();
    let types = r#"{"InstanceTypes": [{"InstanceType": "m7i.2xlarge", "CurrentGeneration": true,
        "BareMetal": false, "BurstablePerformanceSupported": false, "Hypervisor": "nitro",
        "ProcessorInfo": {"SupportedArchitectures": ["x86_64"], "Manufacturer": "Intel"},
        "VCpuInfo": {"DefaultVCpus": 8}, "MemoryInfo": {"SizeInMiB": 32768},
        "NetworkInfo": {"MaximumNetworkInterfaces": 1}}]}"#;
    let types = file(directory.path(), "types.json", types);
    let plain = ["--set", "auto_scaling_group_provider.trunking=false"];
    let run = ["run", GROUP, "--instance-types", types.to_str().unwrap(), plain[0], plain[1]];
    let words = ["error[TY0072]", "does not fit m7i.2xlarge", "network interfaces 1 of 0"];
    refused(&run, 2, &words);
}

#[test]
fn a_constraint_that_no_instance_of_the_group_satisfies_is_a_warning_with_place_and_help() {
    let constrained = |expression: &str| {
        format!(
            "service.web.placement_constraints=\
             [{{ type = \"memberOf\", expression = \"{expression}\" }}]"
        )
    };
    let said = |command: &str, expression: &str| {
        let output = call(&[command, GROUP, "--set", &constrained(expression)]);
        assert_eq!(output.status.code(), Some(0));
        stderr(&output)
    };
    for command in ["check", "run", "explain"] {
        let said = said(command, "attribute:stack == blue");
        let words = [
            "warning[TY0107]",
            "--set:1:35",
            "satisfies `attribute:stack == blue`",
            "its instances have no attribute stack",
        ];
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    }
    let set = constrained("attribute:stack == blue");
    let told = super::stdout(&["run", GROUP, "-o", "json", "--set", &set]);
    let answer: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    let warned = |of: &serde_json::Value| of.to_string().contains("no attribute stack");
    assert!(warned(&answer["warnings"]), "{}", answer["warnings"]);
    let variant = format!("--variant=blue:{set}");
    let page = super::stdout(&["compare", GROUP, &variant]);
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.contains("its instances have no attribute stack"), "{page}");
    let types = said("check", "attribute:ecs.instance-type =~ c5.*");
    assert!(types.contains("their ecs.instance-type is m7i.2xlarge"), "{types}");
    let fine = said("check", "attribute:ecs.instance-type =~ m7i.*");
    assert!(!fine.contains("TY0107"), "{fine}");
}

#[test]
fn compare_says_which_of_its_files_is_wrong_and_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("out");
    let wrong = |name: &str, of: &str, from: &str, to: &str| {
        let text = super::text(of.as_ref());
        assert!(text.contains(from));
        file(directory.path(), name, &text.replace(from, to))
    };
    let weight = wrong("weight.toml", GROUP, "weight = 1 ", "weight = 1001 ");
    let count = wrong("count.toml", FARGATE, "desired_count = 100", "desired_count = -1");
    let to_out = ["--out", out.to_str().unwrap()];
    let files = ["compare", FARGATE_SPOT, weight.to_str().unwrap(), count.to_str().unwrap()];
    let words = ["weight.toml:29:69", "count.toml:18:17"];
    refused(&[&files[..], &to_out].concat(), 2, &words);
    let missing = ["compare", FARGATE, "no-a.toml", "no-b.toml"];
    refused(&[&missing[..], &to_out].concat(), 2, &["no-a.toml", "no-b.toml"]);
    // A value that is wrong in one of them, and one that is wrong in both.
    let two = ["compare", FARGATE_SPOT, GROUP];
    let one = ["--set", "service.web.capacity_provider_strategy.0.weight=0"];
    let no_group = ["--set", "auto_scaling_group_provider.min_size=70"];
    refused(
        &[&two[..], &no_group, &to_out].concat(),
        2,
        &["in asg-on-demand: `capacity_provider.asg", "is 70, above max_size = 60"],
    );
    let both = call(&[&two[..], &one, &to_out].concat());
    assert_eq!(both.status.code(), Some(2));
    assert!(stderr(&both).contains("error[TY0038]"), "{}", stderr(&both));
    // None of them runs.
    let sizes = ["compare", FARGATE, FARGATE_SPOT, "--set", "task_definition.web.cpu=1024"];
    let words = ["fargate: task_definition.web.memory: 1 vCPU", "fargate-spot: ", NEXT_SIZE];
    refused(&[&sizes[..], &to_out].concat(), 2, &words);
    assert!(!out.exists(), "something was written");
}

#[test]
fn a_value_that_is_wrong_in_every_file_of_a_comparison_is_told_once() {
    let output = call(&["compare", FARGATE, FARGATE_SPOT, "--set", "seed=soon"]);
    let said = stderr(&output);
    assert_eq!(said.matches("error[").count(), 1, "{said}");
    assert!(!said.contains("in fargate"), "{said}");
}

#[test]
fn a_region_without_fargate_prices_takes_those_of_the_region_that_is_named() {
    let flags = ["--tasks", "3", "--cpu", "512", "--memory", "1024", "--region", "eu-west-1"];
    let quote = [&["quote", "--capacity", "fargate"], &flags[..]].concat();
    refused(
        &quote,
        2,
        &["no price of Fargate is known for eu-west-1", "--price-stand-in us-east-1"],
    );
    let page = super::stdout(&[&quote[..], &["--price-stand-in", "us-east-1"]].concat());
    // 3 x (0.5 x 0.04048 + 0.004445) x 730 = 54.06.
    assert!(page.contains("= $54.06 a month"), "{page}");
    let words = "prices of Fargate are those of us-east-1, standing in for eu-west-1";
    assert!(page.contains(words), "{page}");
}
