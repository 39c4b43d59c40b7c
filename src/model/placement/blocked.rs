//! Why an instance would not take a task now: for those who ask afterwards, never while placing.

use super::ask::AskId;
use super::hosts::Hosts;

/// What keeps a task off an instance, in the order in which it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blocked {
    /// It takes no task now: it drains, or its agent is not connected.
    Closed,
    /// Its architecture or attributes, as long as it lives.
    Attributes,
    /// CPU, memory, network interfaces or GPUs.
    Resources,
    /// Ports of the instance.
    HostPorts,
    /// Constraints that look at the tasks that it has.
    Constraints,
}

impl Hosts {
    /// What keeps a task off one instance; `None`: nothing.
    #[must_use]
    pub fn blocked(&self, slot: u32, id: AskId) -> Option<Blocked> {
        let plan = &self.plans.all[id.index()];
        let (cell, place) = self.locate(slot);
        let cell = &self.cells[cell];
        let Some(free) = cell.open(place) else { return Some(Blocked::Closed) };
        if !cell.admitted[id.index()] {
            Some(Blocked::Attributes)
        } else if !plan.size.fits(&free) {
            Some(Blocked::Resources)
        } else if !self.entry(slot).has_ports(&plan.ports) {
            Some(Blocked::HostPorts)
        } else {
            (!self.admits(slot, id)).then_some(Blocked::Constraints)
        }
    }
}
