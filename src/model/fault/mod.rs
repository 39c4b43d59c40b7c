//! Failures as part of the scenario: a zone that goes out, launches that are refused, agents out of
//! reach, images that cannot be pulled. Each begins and ends by an event; between, it is asked at few
//! places:
//!
//! - [`begin`]: what happens at once: instances lost, cut off, tasks ended;
//! - [`away`]: instances that ECS cannot reach, and what comes of their tasks' events meanwhile;
//! - [`storm`]: Spot taken back, or recommended to be replaced;
//! - [`launch`]: what EC2 refuses; [`throttle`]: what it makes wait;
//! - [`fate`]: how long a launch, a boot, an attachment or a pull takes, and what comes of it instead.
//!
//! While none is on, only two flags are looked at. Choices by chance are draws by the fault's name and by
//! the name and number of what it may touch: a fault leaves the luck of everything else untouched. Every
//! rule with its source and grade stands in docs/model.md, `fault.*`.

mod away;
mod begin;
mod chance;
mod fate;
mod launch;
mod setup;
mod storm;
mod tally;
mod throttle;

use std::collections::{BTreeMap, BTreeSet};

use crate::units::{GroupId, InstanceId, ProviderId, SimDuration, SimTime};

use super::task::TaskRef;

pub(super) use chance::hits;
pub use fate::Fate;
pub use setup::FaultSetup;
pub use tally::FaultTally;

/// A fault of the scenario: its position in [`Setup::faults`](super::Setup).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FaultId(pub u32);

impl FaultId {
    /// None: what happens without a fault.
    pub const NONE: Self = Self(u32::MAX);

    /// Its position.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What happens to a fault; a whole word, since an event carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum FaultStage {
    /// It begins.
    Begins,
    /// The instances that it took are known to be lost.
    Detected,
    /// It ends.
    Ends,
}

/// Whose luck a fault asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Struck {
    /// The n-th launch that a provider asks for while the fault is on.
    Launch(ProviderId),
    /// An instance, by its number within the provider.
    Instance(ProviderId),
    /// A task, by its number within the group.
    Task(GroupId),
    /// The attempts of a throttled launch: number of the instance, then of the attempt.
    Attempt(ProviderId),
    /// When an instance is struck.
    Delay(ProviderId),
    /// When a task is struck.
    TaskDelay(GroupId),
}

/// What is wrong at present.
#[derive(Clone, Debug)]
pub(super) struct Faults {
    /// Those that are on, in the order of the scenario.
    on: Vec<FaultId>,
    /// Whether any instance was ever out of reach.
    any_away: bool,
    /// What each has done.
    tallies: Vec<FaultTally>,
    /// Instances that each has cut off.
    cut_off: Vec<Vec<InstanceId>>,
    /// Launches asked for while a fault refuses some of them.
    asked: BTreeMap<(FaultId, ProviderId), u64>,
    /// When each token bucket is full again.
    buckets: BTreeMap<FaultId, SimTime>,
    /// Launches that EC2 made wait.
    held: BTreeMap<InstanceId, SimDuration>,
    /// Tasks on Fargate in a zone that went out, until that is known.
    stranded: Vec<Vec<TaskRef>>,
    /// Instances that a storm takes, and tasks on Fargate Spot.
    stormed: BTreeMap<InstanceId, FaultId>,
    stormed_tasks: BTreeMap<TaskRef, FaultId>,
    /// Instances recommended to be replaced that EC2 does not want back.
    recommended: BTreeSet<InstanceId>,
    /// Tasks that will fail, and by which fault.
    failing: BTreeMap<TaskRef, FaultId>,
}

impl Faults {
    pub(super) fn new(faults: &[FaultSetup]) -> Self {
        Self {
            on: Vec::new(),
            any_away: false,
            tallies: vec![FaultTally::default(); faults.len()],
            cut_off: vec![Vec::new(); faults.len()],
            asked: BTreeMap::new(),
            buckets: BTreeMap::new(),
            held: BTreeMap::new(),
            stranded: vec![Vec::new(); faults.len()],
            stormed: BTreeMap::new(),
            stormed_tasks: BTreeMap::new(),
            recommended: BTreeSet::new(),
            failing: BTreeMap::new(),
        }
    }

    /// Whether any fault is on.
    #[inline]
    pub(super) const fn any(&self) -> bool {
        !self.on.is_empty()
    }

    /// Whether an instance may be out of reach.
    #[inline]
    pub(super) const fn any_away(&self) -> bool {
        self.any_away
    }
}
