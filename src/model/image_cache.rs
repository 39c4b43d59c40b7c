//! What an instance knows of images: shared by its tasks, empty at first, emptied of what nobody uses.

use crate::units::{SimDuration, SimTime};

use super::task::TaskRef;

/// Documented: an image is removed 15 min after its last user stopped (Managed Instances).
const KEPT: SimDuration = SimDuration::from_secs(15 * 60);

/// One image.
#[derive(Clone, Copy, Debug)]
struct Entry {
    image: u32,
    /// Tasks that use or pull it.
    users: u32,
    /// When the last user stopped; [`PULLING`] until the image is there.
    unused_since: SimTime,
}

/// An image that is still being pulled has users, so that no time without any is needed.
const PULLING: SimTime = SimTime::MAX;

/// What a task that needs an image finds on its instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ImageState {
    Absent,
    Pulling,
    Present,
}

/// The images of one instance. Most hold one kind of task: the first image lies in place, so that a
/// task that comes or goes touches one cache line of its instance.
#[derive(Clone, Debug)]
pub(super) struct ImageCache {
    first: Entry,
    rest: Option<Box<Rest>>,
}

/// What few instances have.
#[derive(Clone, Debug, Default)]
struct Rest {
    more: Vec<Entry>,
    /// Tasks that wait for another task's pull of the same image.
    joined: Vec<(u32, TaskRef)>,
}

/// No image has this number.
const NO_IMAGE: u32 = u32::MAX;

const NO_ENTRY: Entry = Entry { image: NO_IMAGE, users: 0, unused_since: SimTime::ZERO };

impl Default for ImageCache {
    fn default() -> Self {
        Self { first: NO_ENTRY, rest: None }
    }
}

impl ImageCache {
    #[inline]
    fn entry(&mut self, image: u32) -> Option<&mut Entry> {
        if self.first.image == image {
            return Some(&mut self.first);
        }
        self.rest.as_mut()?.more.iter_mut().find(|entry| entry.image == image)
    }

    fn rest(&mut self) -> &mut Rest {
        self.rest.get_or_insert_default()
    }

    fn add(&mut self, entry: Entry) {
        if self.first.image == NO_IMAGE {
            self.first = entry;
        } else {
            self.rest().more.push(entry);
        }
    }

    fn drop_entry(&mut self, image: u32) {
        if self.first.image == image {
            let next = self.rest.as_mut().and_then(|rest| rest.more.pop());
            self.first = next.unwrap_or(NO_ENTRY);
        } else if let Some(rest) = &mut self.rest {
            rest.more.retain(|entry| entry.image != image);
        }
    }

    /// `task` begins to use `image`; says what it finds. A task that finds it being pulled joins.
    pub(super) fn take(&mut self, image: u32, task: TaskRef, now: SimTime) -> ImageState {
        let Some(entry) = self.entry(image) else {
            self.add(Entry { image, users: 1, unused_since: PULLING });
            return ImageState::Absent;
        };
        let expired = entry.users == 0 && now.since(entry.unused_since) > KEPT;
        entry.users += 1;
        if expired {
            entry.unused_since = PULLING;
            return ImageState::Absent;
        }
        if entry.unused_since != PULLING {
            return ImageState::Present;
        }
        self.rest().joined.push((image, task));
        ImageState::Pulling
    }

    /// The pull of `image` ended: hands the tasks that joined it to `joined`, in order.
    pub(super) fn pulled(&mut self, image: u32, now: SimTime, joined: &mut Vec<TaskRef>) {
        if let Some(entry) = self.entry(image) {
            entry.unused_since = now;
        }
        self.release_joined(image, joined);
    }

    /// Hands over the tasks that joined a pull of `image`. An instance without any, and with one image,
    /// has no rest: the tasks that come later have one cache line less to look at.
    fn release_joined(&mut self, image: u32, to: &mut Vec<TaskRef>) {
        let Some(rest) = &mut self.rest else { return };
        rest.joined.retain(|(waiting_for, task)| {
            if *waiting_for == image {
                to.push(*task);
            }
            *waiting_for != image
        });
        if rest.joined.is_empty() && rest.more.is_empty() {
            self.rest = None;
        }
    }

    /// The pull of `image` failed: whoever joined it is added to `failed`, and nobody uses it any more.
    pub(super) fn failed(&mut self, image: u32, failed: &mut Vec<TaskRef>) {
        self.drop_entry(image);
        self.release_joined(image, failed);
    }

    /// A task that pulled, or waited for a pull, stops and uses the image no longer; who takes the pull
    /// over, if it was this task's and another waits for it.
    pub(super) fn abandon(&mut self, image: u32, task: TaskRef, now: SimTime) -> Option<TaskRef> {
        self.leave(image, now);
        if let Some(rest) = &mut self.rest {
            if let Some(position) = rest.joined.iter().position(|(_, other)| *other == task) {
                rest.joined.remove(position);
                return None;
            }
            if let Some(position) = rest.joined.iter().position(|(other, _)| *other == image) {
                return Some(rest.joined.remove(position).1);
            }
        }
        // Nobody else wants it: what was pulled so far is dropped.
        if self.entry(image).is_some_and(|entry| entry.unused_since == PULLING) {
            self.drop_entry(image);
        }
        None
    }

    /// A task stops using `image`.
    pub(super) fn leave(&mut self, image: u32, now: SimTime) {
        if let Some(entry) = self.entry(image) {
            entry.users = entry.users.saturating_sub(1);
            if entry.unused_since != PULLING {
                entry.unused_since = now;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: TaskRef = TaskRef { slot: 0, epoch: 0 };
    const B: TaskRef = TaskRef { slot: 1, epoch: 0 };

    fn at(secs: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(secs)
    }

    #[test]
    fn the_second_task_joins_a_pull_and_the_third_finds_the_image() {
        let mut cache = ImageCache::default();
        assert_eq!(cache.take(7, A, at(0)), ImageState::Absent);
        assert_eq!(cache.take(7, B, at(1)), ImageState::Pulling);
        let mut joined = Vec::new();
        cache.pulled(7, at(3), &mut joined);
        assert_eq!(joined, [B]);
        assert_eq!(cache.take(7, A, at(2)), ImageState::Present);
    }

    #[test]
    fn an_image_is_kept_for_fifteen_minutes_after_its_last_user() {
        let mut cache = ImageCache::default();
        cache.take(7, A, at(0));
        cache.pulled(7, at(3), &mut Vec::new());
        cache.leave(7, at(10));
        assert_eq!(cache.take(7, B, at(10 + 900)), ImageState::Present);
        cache.leave(7, at(1_000));
        assert_eq!(cache.take(7, A, at(1_000 + 901)), ImageState::Absent);
    }

    #[test]
    fn a_stopped_puller_hands_its_pull_over() {
        let mut cache = ImageCache::default();
        cache.take(7, A, at(0));
        cache.take(7, B, at(1));
        assert_eq!(cache.abandon(7, A, at(1)), Some(B));
        assert_eq!(cache.abandon(7, B, at(1)), None);
        assert_eq!(cache.take(7, A, at(2)), ImageState::Absent);
    }

    #[test]
    fn a_pull_that_was_given_up_does_not_count_among_the_users_of_the_next() {
        let mut cache = ImageCache::default();
        cache.take(7, A, at(0));
        assert_eq!(cache.abandon(7, A, at(1)), None);
        cache.take(7, B, at(2));
        cache.pulled(7, at(3), &mut Vec::new());
        assert_eq!(cache.take(7, A, at(2_000)), ImageState::Present);
    }
}
