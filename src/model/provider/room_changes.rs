//! On which instances what is free may have changed, for those who want to know. Nothing is noted where
//! nobody has asked.

use crate::units::InstanceId;

/// Most changes that are kept: who comes later than that looks at everything anew.
const MOST: usize = 1 << 16;

/// Changes in order, from the last time on at which they were too many.
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct RoomChanges {
    changed: Vec<InstanceId>,
    is_watched: bool,
    /// How often they were too many.
    overflows: u32,
}

/// Up to where somebody knows them.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::model) struct RoomSeen {
    overflows: u32,
    changes: usize,
}

impl RoomChanges {
    /// What is free on an instance may have changed.
    #[inline]
    pub(super) fn note(&mut self, id: InstanceId) {
        if self.is_watched {
            self.push(id);
        }
    }

    fn push(&mut self, id: InstanceId) {
        if self.changed.len() < MOST {
            self.changed.push(id);
        } else {
            // Nobody may be left who wants to know.
            self.changed = Vec::new();
            self.is_watched = false;
            self.overflows += 1;
        }
    }

    /// From now on changes are noted: up to where all is known.
    pub(in crate::model) const fn watch(&mut self) -> RoomSeen {
        self.is_watched = true;
        RoomSeen { overflows: self.overflows, changes: self.changed.len() }
    }

    /// The instances with a change since then; `None`: there were too many.
    pub(in crate::model) fn since(&self, seen: RoomSeen) -> Option<&[InstanceId]> {
        let same = self.is_watched && seen.overflows == self.overflows;
        self.changed.get(seen.changes..).filter(|_| same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_since_the_last_look_and_not_when_they_were_too_many() {
        let mut changes = RoomChanges::default();
        changes.note(InstanceId(1));
        let seen = changes.watch();
        assert_eq!(changes.since(seen), Some(&[][..]), "nobody had asked for the first");
        changes.note(InstanceId(2));
        changes.note(InstanceId(3));
        assert_eq!(changes.since(seen), Some(&[InstanceId(2), InstanceId(3)][..]));
        let later = changes.watch();
        (0..=MOST).for_each(|_| changes.note(InstanceId(4)));
        assert_eq!((changes.since(seen), changes.since(later)), (None, None));
        let anew = changes.watch();
        assert_eq!((changes.since(later), changes.since(anew)), (None, Some(&[][..])));
    }
}
