//! Questions about Auto Scaling groups with answers that a hand can derive: whole seconds, x86-64,
//! us-east-1.
#![allow(dead_code, reason = "each test file uses a part of this")]

/// Every phase a whole number of seconds. An instance that is asked for at 0:
///
/// | when | what |
/// | ---: | --- |
/// | 13 | running: 1 s to pending, 12 s to running |
/// | 40 | registered; a task that waits is placed |
/// | 45 | its network interface is attached, the pull starts |
/// | 49 | pulled |
/// | 50 | RUNNING |
///
/// On a registered instance with the image: placed at 0, connected at 5, pulled at 6, RUNNING at 7. A
/// stopping task: its containers exit at once, it is STOPPED and its room free 2 s later. Managed
/// scaling: the metric is taken at 0, 60, 120 s and so on; an alarm that it sets off acts 60 s later.
pub(crate) const WHOLE_SECONDS: &str = r#"
[timing]
attach = "5s"
attach_host = "1s"
start = "1s"
deprovision = "2s"
digest = "1s"
[timing.pull]
floor = "4s"
floor_mb = 100
per_1000_mb = "90s"
unknown_size = "4s"
cached = "1s"
[timing.auto_scaling_group]
pending = "1s"
running = "12s"
running_accelerated = "20s"
boot = "27s"
warm_boot = "10s"
lifecycle_poll = "20s"
[timing.cluster_auto_scaling]
metric_phase = "0s"
alarm = "60s"
action = "0s"
"#;

/// What is asked, in parts of TOML.
#[derive(Clone)]
pub(crate) struct Group {
    pub(crate) zones: usize,
    pub(crate) horizon: &'static str,
    /// More keys of the scenario.
    pub(crate) top: String,
    /// Keys of the group.
    pub(crate) keys: String,
    pub(crate) rest: String,
}

impl Group {
    /// A group of one type, in three zones.
    pub(crate) fn of(instance_type: &str) -> Self {
        Self::of_types(&[instance_type])
    }

    /// A group of several types, the first preferred.
    pub(crate) fn of_types(types: &[&str]) -> Self {
        Self {
            zones: 3,
            horizon: "30m",
            top: String::new(),
            keys: format!("instance_types = {types:?}\n"),
            rest: String::new(),
        }
    }

    /// Its least, most and desired size.
    pub(crate) fn size(self, min: u32, max: u32, desired: u32) -> Self {
        self.keys(&format!("min_size = {min}\nmax_size = {max}\ndesired_capacity = {desired}"))
    }

    pub(crate) fn zones(self, zones: usize) -> Self {
        Self { zones, ..self }
    }

    pub(crate) fn keys(mut self, keys: &str) -> Self {
        self.keys.push_str(keys);
        self.keys.push('\n');
        self
    }

    /// Managed scaling, with more of its keys.
    pub(crate) fn managed(self, keys: &str) -> Self {
        self.keys(&format!("managed_scaling = {{ status = \"ENABLED\"{keys} }}"))
    }

    pub(crate) fn with(mut self, rest: &str) -> Self {
        self.rest.push_str(rest);
        self.rest.push('\n');
        self
    }

    pub(crate) fn until(self, horizon: &'static str) -> Self {
        Self { horizon, ..self }
    }

    pub(crate) fn top(mut self, keys: &str) -> Self {
        self.top.push_str(keys);
        self.top.push('\n');
        self
    }

    pub(crate) fn text(&self) -> String {
        let all = ["use1-az1", "use1-az2", "use1-az4"];
        let zones = &all[..self.zones];
        format!(
            "schema = 1\nname = \"question\"\nregion = \"us-east-1\"\nhorizon = \"{}\"\n\
             availability_zones = {zones:?}\n{}\n{WHOLE_SECONDS}\n[[capacity_provider]]\n\
             name = \"asg\"\n[capacity_provider.auto_scaling_group_provider]\n{}\n{}",
            self.horizon, self.top, self.keys, self.rest
        )
    }
}

/// A definition in host network mode, which asks for no network interface; its image is named after it.
pub(crate) fn definition(family: &str, cpu: u32, memory: u32) -> String {
    definition_with(family, cpu, memory, "network_mode = \"host\"")
}

/// A definition in awsvpc network mode.
pub(crate) fn awsvpc(family: &str, cpu: u32, memory: u32) -> String {
    definition_with(family, cpu, memory, "network_mode = \"awsvpc\"")
}

pub(crate) fn definition_with(family: &str, cpu: u32, memory: u32, more: &str) -> String {
    format!("[[task_definition]]\nfamily = \"{family}\"\ncpu = {cpu}\nmemory = {memory}\n{more}\n")
}

/// A service that needs no digest: all its tasks are requested at once.
pub(crate) fn service(name: &str, definition: &str, desired_count: u32, more: &str) -> String {
    format!(
        "[[service]]\nname = \"{name}\"\ntask_definition = \"{definition}\"\n\
         desired_count = {desired_count}\nversion_consistency = \"disabled\"\n{more}\n"
    )
}

/// A call of UpdateService.
pub(crate) fn update(service: &str, at: &str, desired_count: u32) -> String {
    format!(
        "[[update_service]]\nservice = \"{service}\"\nat = \"{at}\"\n\
         desired_count = {desired_count}\n"
    )
}

/// Standalone tasks.
pub(crate) fn run_task(name: &str, definition: &str, at: &str, more: &str) -> String {
    format!(
        "[[run_task]]\nname = \"{name}\"\ntask_definition = \"{definition}\"\nat = \"{at}\"\n{more}\n"
    )
}

/// A daemon service.
pub(crate) fn daemon(name: &str, definition: &str, more: &str) -> String {
    format!(
        "[[service]]\nname = \"{name}\"\ntask_definition = \"{definition}\"\n\
         scheduling_strategy = \"DAEMON\"\n{more}\n"
    )
}
