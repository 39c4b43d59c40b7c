//! Why a task was asked for: the tasks of a new service, of an update, of service auto scaling, or in
//! place of others.

use crate::units::{ServiceId, SimTime};

use super::super::cluster::Cluster;
use super::super::setup::{RequestKind, UpdateSetup};
use super::super::task::Task;

/// The waves of a service's tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Wave {
    /// When the service was created, or by RunTask.
    First,
    /// By an update of the service.
    Update,
    /// By service auto scaling.
    Scaling,
    /// In place of tasks that stopped or shall.
    Replacement,
}

impl Wave {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::First, Self::Update, Self::Scaling, Self::Replacement];

    /// Its name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Update => "update",
            Self::Scaling => "scaling",
            Self::Replacement => "replacement",
        }
    }
}

impl Cluster<'_> {
    /// The wave of a task: the scheduler asks for what is missing at the moment at which it begins to be,
    /// so that moment tells. Nothing of it is kept in the task.
    #[inline]
    #[must_use]
    pub fn wave(&self, task: &Task) -> Wave {
        match self.setup.group(task.group).kind {
            RequestKind::Service(service) if task.requested_at != service.create_at => {
                self.later_wave(task)
            }
            RequestKind::Service(_) | RequestKind::RunTask(_) => Wave::First,
        }
    }

    #[cold]
    fn later_wave(&self, task: &Task) -> Wave {
        let service = self.service_of(task.group);
        let mut updates = self.setup.updates.iter();
        let own = |update: &UpdateSetup| Some(update.service) == service;
        if updates.any(|update| update.at == task.requested_at && own(update)) {
            Wave::Update
        } else if service.is_some_and(|id| self.was_raised(id, task.requested_at)) {
            Wave::Scaling
        } else {
            Wave::Replacement
        }
    }

    /// Whether a service wanted more tasks from a moment on.
    fn was_raised(&self, id: ServiceId, at: SimTime) -> bool {
        self.service(id).raised_at.binary_search(&at).is_ok()
    }
}
