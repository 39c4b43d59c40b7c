//! Questions with answers that a hand can derive: one provider, whole seconds.
#![allow(dead_code, reason = "each test file uses a part of this")]

/// Every phase a whole number of seconds. A task that is requested at 0 and needs an instance:
///
/// | when | what |
/// | ---: | --- |
/// | 2 | the batch window closes, the launch is decided |
/// | 10 | launched: 10 s counted from the opening of the window |
/// | 20 | registered, the task is placed |
/// | 25 | its network interface is attached, the pull starts |
/// | 26 | a service's image digest is known: its other tasks are requested |
/// | 29 | pulled |
/// | 30 | RUNNING |
///
/// On a live instance with the image: placed at 0, connected at 5, pulled at 6, RUNNING at 7.
pub(crate) const WHOLE_SECONDS: &str = r#"
[timing]
launch = "10s"
launch_gpu = "20s"
boot = "10s"
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
"#;

/// Graviton types as in the published cases.
pub(crate) const GRAVITON: &str = r#"
vcpu_count = { min = 2, max = 4 }
memory_mib = { min = 2048, max = 16384 }
cpu_manufacturers = ["amazon-web-services"]
burstable_performance = "included"
"#;

/// What is asked, in parts of TOML.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) zones: usize,
    pub(crate) horizon: &'static str,
    /// More keys of the scenario.
    pub(crate) top: String,
    /// More keys of the provider.
    pub(crate) provider: String,
    pub(crate) requirements: String,
    pub(crate) rest: String,
}

impl Default for Question {
    fn default() -> Self {
        Self {
            zones: 3,
            horizon: "30m",
            top: String::new(),
            provider: String::new(),
            requirements: GRAVITON.to_owned(),
            rest: String::new(),
        }
    }
}

impl Question {
    /// Only these types are bought, in one zone.
    pub(crate) fn of_types(types: &[&str]) -> Self {
        Self {
            zones: 1,
            requirements: format!(
                "vcpu_count = {{ min = 1 }}\nmemory_mib = {{ min = 1 }}\nallowed_instance_types = \
                 {types:?}\nburstable_performance = \"included\"\n"
            ),
            ..Self::default()
        }
    }

    pub(crate) fn with(mut self, rest: &str) -> Self {
        self.rest.push_str(rest);
        self.rest.push('\n');
        self
    }

    pub(crate) fn until(self, horizon: &'static str) -> Self {
        Self { horizon, ..self }
    }

    pub(crate) fn provider(mut self, keys: &str) -> Self {
        self.provider.push_str(keys);
        self.provider.push('\n');
        self
    }

    pub(crate) fn top(mut self, keys: &str) -> Self {
        self.top.push_str(keys);
        self.top.push('\n');
        self
    }

    pub(crate) fn text(&self) -> String {
        let zones: Vec<String> = (1..=self.zones).map(|zone| format!("euw1-az{zone}")).collect();
        format!(
            "schema = 1\nname = \"question\"\nregion = \"eu-west-1\"\nhorizon = \"{}\"\n\
             availability_zones = {zones:?}\n{}\n{WHOLE_SECONDS}\n[[capacity_provider]]\n\
             name = \"mi\"\n[capacity_provider.managed_instances_provider]\n{}\n\
             [capacity_provider.managed_instances_provider.instance_requirements]\n{}\n{}",
            self.horizon, self.top, self.provider, self.requirements, self.rest
        )
    }
}

/// A definition for Graviton; its image is named after it.
pub(crate) fn definition(family: &str, cpu: u32, memory: u32, more: &str) -> String {
    format!(
        "[[task_definition]]\nfamily = \"{family}\"\ncpu = {cpu}\nmemory = {memory}\n\
         runtime_platform = {{ cpu_architecture = \"ARM64\" }}\n{more}\n"
    )
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

/// Standalone tasks, one for each call.
pub(crate) fn run_task(name: &str, definition: &str, at: &str, more: &str) -> String {
    format!(
        "[[run_task]]\nname = \"{name}\"\ntask_definition = \"{definition}\"\nat = \"{at}\"\n{more}\n"
    )
}
