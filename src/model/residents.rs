//! Which tasks are on an instance, listed by instance where that is kept: for instances that leave with
//! their tasks as a matter of course (Spot, Auto Scaling groups).

use prefetch_index::prefetch_index;

use crate::units::InstanceId;

use super::cluster::Cluster;
use super::task::TaskRef;

/// So many tasks come before they are put in their lists: each alone would be a wait for memory in a
/// task's life, many wait together.
const TOGETHER: usize = 64;

/// A list is looked through when it is so much longer than twice what was found the last time.
const MANY: usize = 16;

/// Tasks by the instance that they came to. Those that have gone stay listed for a while: to look for one
/// would be a wait for memory too.
#[derive(Clone, Debug, Default)]
pub(super) struct Residents {
    /// By instance.
    lists: Vec<List>,
    /// The latest, not listed yet.
    came: Vec<(InstanceId, TaskRef)>,
}

/// The tasks of an instance in the order in which they came.
#[derive(Clone, Debug, Default)]
struct List {
    tasks: Vec<TaskRef>,
    /// Those that were found when it was last looked through.
    found: usize,
}

impl Residents {
    /// Every task that may be on an instance.
    fn of(&self, id: InstanceId) -> impl Iterator<Item = TaskRef> + '_ {
        let listed = self.lists.get(id.index()).into_iter().flat_map(|list| &list.tasks).copied();
        let came = self.came.iter().filter(move |(instance, _)| *instance == id);
        listed.chain(came.map(|(_, task)| *task))
    }

    /// An instance is gone.
    pub(super) fn forget(&mut self, id: InstanceId) {
        if let Some(list) = self.lists.get_mut(id.index()) {
            *list = List::default();
        }
    }

    fn prefetch(&self) {
        self.came.iter().for_each(|(id, _)| prefetch_index(&self.lists, id.index()));
        for list in self.came.iter().filter_map(|(id, _)| self.lists.get(id.index())) {
            prefetch_index(&list.tasks, list.tasks.len());
        }
    }

    /// Lists a task, and hands out the list.
    fn add(&mut self, id: InstanceId, task: TaskRef) -> &mut List {
        if self.lists.len() <= id.index() {
            self.lists.resize_with(id.index() + 1, List::default);
        }
        let list = &mut self.lists[id.index()];
        if list.tasks.capacity() == 0 {
            list.tasks.reserve(2 * MANY);
        }
        list.tasks.push(task);
        list
    }
}

impl Cluster<'_> {
    /// A task has come to an instance whose tasks are listed.
    #[inline]
    pub(super) fn note_resident(&mut self, id: InstanceId, task: TaskRef) {
        self.residents.came.push((id, task));
        if self.residents.came.len() == TOGETHER {
            self.list_residents();
        }
    }

    #[inline(never)]
    fn list_residents(&mut self) {
        let mut residents = std::mem::take(&mut self.residents);
        residents.prefetch();
        let mut came = std::mem::take(&mut residents.came);
        for (id, task) in came.drain(..) {
            let list = residents.add(id, task);
            if list.tasks.len() > 2 * list.found + MANY {
                list.tasks.retain(|task| self.is_on(*task, id));
                list.found = list.tasks.len();
            }
        }
        residents.came = came;
        self.residents = residents;
    }

    /// The tasks that hold resources on an instance, in order of their slots. Where no list of them is
    /// kept this looks at every live task: for rare occasions.
    #[must_use]
    pub fn tasks_on(&self, id: InstanceId) -> Vec<TaskRef> {
        let instance = &self.instances[id.index()];
        if instance.tasks() == 0 {
            return Vec::new();
        }
        let on = |task: &TaskRef| self.is_on(*task, id);
        if !instance.lists_residents() {
            return self.tasks.live().filter(on).collect();
        }
        let mut tasks: Vec<_> = self.residents.of(id).filter(on).collect();
        debug_assert!(tasks.len() == instance.tasks() as usize, "every task of {id:?} is listed");
        tasks.sort_unstable();
        tasks
    }

    /// Whether a task holds resources on an instance.
    fn is_on(&self, task: TaskRef, id: InstanceId) -> bool {
        let found = self.tasks.get(task);
        found.epoch == task.epoch
            && found.last_status.needs_instance()
            && found.instance() == Some(id)
    }
}
