//! Machines outside AWS, written out.

use std::collections::BTreeMap;

use super::super::launch_type::ExternalInstance;
use super::{Writer, text, word, words};

impl Writer {
    pub(super) fn external_instance(&mut self, machines: &ExternalInstance) {
        self.item("external_instance", &machines.name);
        self.entry("name", text(&machines.name));
        self.entry("count", machines.count.to_string());
        self.entry("cpu", machines.cpu.to_string());
        self.entry("memory", machines.memory.to_string());
        self.entry("gpus", machines.gpus.to_string());
        let architecture = word(&words::ARCHITECTURES, machines.cpu_architecture);
        self.entry("cpu_architecture", architecture);
        self.attributes(&machines.attributes);
    }

    /// Attributes as an inline table, if there are any.
    pub(super) fn attributes(&mut self, attributes: &BTreeMap<String, String>) {
        let one = |(name, value): (&String, &String)| format!("{} = {}", text(name), text(value));
        let all: Vec<String> = attributes.iter().map(one).collect();
        self.entry_if("attributes", (!all.is_empty()).then(|| format!("{{ {} }}", all.join(", "))));
    }
}
