//! Typed indices into arenas: a `TaskId` cannot be used where an `InstanceId` is meant.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in its arena.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of position `index`. An arena never outgrows 32 bits: scenario limits see to it.
            #[must_use]
            pub fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).expect("arenas stay below 2^32 entries"))
            }
        }
    };
}

id!(
    /// A task definition of the scenario.
    TaskDefinitionId
);
id!(
    /// A service of the scenario.
    ServiceId
);
id!(
    /// A group of tasks: a revision of a service, or a `run_task` block.
    GroupId
);
id!(
    /// A task group: tasks with one name for placement. A service's tasks are one, and standalone tasks
    /// of one family or one stated name.
    TaskGroupId
);
id!(
    /// A demand of the scenario.
    DemandId
);
id!(
    /// A queue of the scenario.
    QueueId
);
id!(
    /// A capacity provider of the scenario.
    ProviderId
);
id!(
    /// An availability zone of the scenario.
    ZoneId
);
id!(
    /// An instance type of the region's catalogue.
    InstanceTypeId
);
id!(
    /// An instance of the run, in order of the launch decision.
    InstanceId
);

id!(
    /// A Spot pool: an instance type in an availability zone. Its number is made of theirs, so that it
    /// does not depend on what other pools there are.
    SpotPoolId
);

/// Zones that the number of a pool has room for.
const ZONES: u32 = 64;

impl SpotPoolId {
    /// The pool of a type in a zone.
    #[must_use]
    pub const fn of(instance_type: InstanceTypeId, zone: ZoneId) -> Self {
        Self(instance_type.0 * ZONES + zone.0)
    }

    /// The type.
    #[must_use]
    pub const fn instance_type(self) -> InstanceTypeId {
        InstanceTypeId(self.0 / ZONES)
    }

    /// The zone.
    #[must_use]
    pub const fn zone(self) -> ZoneId {
        ZoneId(self.0 % ZONES)
    }
}
