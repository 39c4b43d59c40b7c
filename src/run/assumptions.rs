//! What an answer rests on that AWS does not document.

use super::answer::{Assumption, FleetRow};
use super::assemble::World;

pub(super) fn assumptions(_world: &World<'_, '_>, _fleet: &[FleetRow]) -> Vec<Assumption> {
    Vec::new()
}
