//! What tasks are on an instance, by group: most instances hold few groups, and theirs lie in one cache
//! line.

use crate::units::TaskGroupId;

/// Groups that lie in the line.
const INLINE: usize = 4;

/// The tasks of a group on an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tenant {
    pub(super) group: TaskGroupId,
    pub(super) tasks: u32,
}

const NOBODY: Tenant = Tenant { group: TaskGroupId(u32::MAX), tasks: 0 };

/// The tasks on an instance that count.
#[derive(Clone, Debug)]
pub(super) struct Tenants {
    inline: [Tenant; INLINE],
    /// Grows by one where it must: few instances hold so many groups.
    more: Box<[Tenant]>,
}

impl Default for Tenants {
    fn default() -> Self {
        Self { inline: [NOBODY; INLINE], more: Box::default() }
    }
}

impl Tenants {
    /// The groups with tasks that count.
    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = &Tenant> {
        self.inline.iter().chain(self.more.iter()).filter(|tenant| tenant.tasks > 0)
    }

    /// Tasks of a group that count.
    #[inline]
    pub(super) fn count(&self, group: TaskGroupId) -> u32 {
        self.iter().find(|tenant| tenant.group == group).map_or(0, |tenant| tenant.tasks)
    }

    /// A task more of a group; says how many there were.
    #[inline]
    pub(super) fn add(&mut self, group: TaskGroupId) -> u32 {
        // Mostly it is the only group there.
        let [first, ..] = &mut self.inline;
        if first.tasks > 0 && first.group == group {
            first.tasks += 1;
            return first.tasks - 1;
        }
        self.add_among(group)
    }

    #[inline(never)]
    fn add_among(&mut self, group: TaskGroupId) -> u32 {
        let mut vacant = None;
        for tenant in self.inline.iter_mut().chain(self.more.iter_mut()) {
            if tenant.tasks > 0 && tenant.group == group {
                tenant.tasks += 1;
                return tenant.tasks - 1;
            }
            if tenant.tasks == 0 && vacant.is_none() {
                vacant = Some(tenant);
            }
        }
        let tenant = Tenant { group, tasks: 1 };
        match vacant {
            Some(place) => *place = tenant,
            None => self.more = self.more.iter().copied().chain([tenant]).collect(),
        }
        0
    }

    /// Some tasks less of a group; says how many there were.
    #[inline]
    pub(super) fn take(&mut self, group: TaskGroupId, tasks: u32) -> u32 {
        let [first, ..] = &mut self.inline;
        if first.tasks > tasks && first.group == group {
            first.tasks -= tasks;
            return first.tasks + tasks;
        }
        self.take_among(group, tasks)
    }

    #[inline(never)]
    fn take_among(&mut self, group: TaskGroupId, tasks: u32) -> u32 {
        let mut all = self.inline.iter_mut().chain(self.more.iter_mut());
        let found = all.find(|tenant| tenant.tasks > 0 && tenant.group == group);
        let Some(tenant) = found else { return 0 };
        let before = tenant.tasks;
        debug_assert!(tasks <= before, "what is counted out was counted in");
        tenant.tasks -= tasks.min(before);
        before
    }
}
