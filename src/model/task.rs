//! A task: its state machine, its time stamps and the parts of its wait.

use prefetch_index::prefetch_index;

use crate::units::{GroupId, InstanceId, ProviderId, SimDuration, SimTime, ZoneId};

use super::service::TaskHealth;
use super::stop_reason::StopReason;

/// The eight states of a task (documented: ECS developer guide, task lifecycle), in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum LastStatus {
    /// Waiting for capacity and its network interface.
    Provisioning,
    /// On an instance, handed to its agent.
    Pending,
    /// Pulling and starting.
    Activating,
    /// Running.
    Running,
    /// Leaving its target groups.
    Deactivating,
    /// Stop signal sent.
    Stopping,
    /// Its network interface is being removed.
    Deprovisioning,
    /// Gone.
    Stopped,
}

impl LastStatus {
    /// All states in order.
    pub const ALL: [Self; 8] = [
        Self::Provisioning,
        Self::Pending,
        Self::Activating,
        Self::Running,
        Self::Deactivating,
        Self::Stopping,
        Self::Deprovisioning,
        Self::Stopped,
    ];

    /// AWS's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Pending => "PENDING",
            Self::Activating => "ACTIVATING",
            Self::Running => "RUNNING",
            Self::Deactivating => "DEACTIVATING",
            Self::Stopping => "STOPPING",
            Self::Deprovisioning => "DEPROVISIONING",
            Self::Stopped => "STOPPED",
        }
    }

    /// Whether a task in this state holds resources of an instance.
    #[must_use]
    pub const fn needs_instance(self) -> bool {
        !matches!(self, Self::Provisioning | Self::Stopped)
    }
}

/// Why a task stopped (documented: ECS API, TaskStopCode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopCode {
    /// It never ran.
    TaskFailedToStart,
    /// Its essential container exited.
    EssentialContainerExited,
    /// StopTask.
    UserInitiated,
    /// The service scheduler.
    ServiceSchedulerInitiated,
    /// EC2 took a Spot instance back.
    SpotInterruption,
    /// Its instance was stopped with notice.
    TerminationNotice,
    /// Its instance failed.
    InfrastructureHealth,
}

impl StopCode {
    /// AWS's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TaskFailedToStart => "TaskFailedToStart",
            Self::EssentialContainerExited => "EssentialContainerExited",
            Self::UserInitiated => "UserInitiated",
            Self::ServiceSchedulerInitiated => "ServiceSchedulerInitiated",
            Self::SpotInterruption => "SpotInterruption",
            Self::TerminationNotice => "TerminationNotice",
            Self::InfrastructureHealth => "InfrastructureHealth",
        }
    }
}

/// A task that lives, or lived, in a slot of the arena: a later task in the slot has another epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskRef {
    /// Position in the arena.
    pub slot: u32,
    /// How often the slot was used before.
    pub epoch: u32,
}

/// A time stamp that may not have been set yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(SimTime);

impl Stamp {
    /// Not yet.
    pub const NONE: Self = Self(SimTime::MAX);

    /// Set to `at`.
    #[must_use]
    pub const fn at(at: SimTime) -> Self {
        Self(at)
    }

    /// The time, if set.
    #[must_use]
    pub fn get(self) -> Option<SimTime> {
        (self != Self::NONE).then_some(self.0)
    }

    /// The time from `earlier` to this, if both are set.
    #[must_use]
    pub fn since(self, earlier: Self) -> Option<SimDuration> {
        Some(self.get()?.since(earlier.get()?))
    }
}

/// The parts of the time between the request for a task and its place on an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum WaitPart {
    /// For the digest of the image, resolved by the service's first task.
    DigestWave,
    /// For the service's launch rate.
    LaunchRate,
    /// For the service to try again after tasks that failed to start.
    StartBackoff,
    /// For other tasks of the service to stop, so that `maximumPercent` holds.
    Deployment,
    /// For the batch window to close.
    Batch,
    /// For an account quota.
    Quota,
    /// To be planned again, after the planned instance could not take it.
    Replan,
    /// To retry a refused launch.
    CapacityRetry,
    /// For a group's instances to have room, or for the group to decide to grow.
    Scaling,
    /// For EC2 to launch the instance.
    Launch,
    /// For the instance to boot and register.
    Boot,
}

impl WaitPart {
    /// All parts.
    pub const ALL: [Self; 11] = [
        Self::DigestWave,
        Self::LaunchRate,
        Self::StartBackoff,
        Self::Deployment,
        Self::Batch,
        Self::Quota,
        Self::Replan,
        Self::CapacityRetry,
        Self::Scaling,
        Self::Launch,
        Self::Boot,
    ];

    /// The phase's name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DigestWave => "decide_digest_wave",
            Self::LaunchRate => "decide_launch_rate",
            Self::StartBackoff => "decide_start_backoff",
            Self::Deployment => "decide_deployment",
            Self::Batch => "decide_batch",
            Self::Quota => "decide_quota",
            Self::Replan => "decide_replan",
            Self::CapacityRetry => "decide_capacity_retry",
            Self::Launch => "launch",
            Self::Boot => "boot",
            Self::Scaling => "decide_scaling",
        }
    }
}

/// The parts of one task's wait for a place; they sum to placed - requested exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wait([SimDuration; WaitPart::ALL.len()]);

impl Wait {
    /// One part.
    #[must_use]
    pub const fn get(&self, part: WaitPart) -> SimDuration {
        self.0[part as usize]
    }

    /// It is longer than a cache line.
    #[inline]
    fn prefetch(&self) {
        prefetch_index(&self.0[..], 0);
        prefetch_index(&self.0[..], self.0.len() - 1);
    }

    /// All parts together.
    #[must_use]
    pub fn total(&self) -> SimDuration {
        self.0.iter().fold(SimDuration::ZERO, |sum, part| sum + *part)
    }
}

/// Which parts of a task's [`Wait`] mean something; those beside them are left from earlier tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waited {
    /// None: it has not waited.
    Never,
    /// One alone.
    For(WaitPart),
    /// All.
    ForSeveral,
}

/// No instance.
const NO_INSTANCE: u32 = u32::MAX;

/// A task: one cache line, because every event of its life begins by looking at it. Its time stamps lie
/// beside it ([`Stamps`]) and are mostly only written.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Task {
    /// Its service or RunTask block.
    pub group: GroupId,
    /// Number within the group, from 0: with the group's name, its name.
    pub ordinal: u32,
    /// Which use of the slot this is.
    pub epoch: u32,
    /// Where it is.
    pub last_status: LastStatus,
    /// Why it stopped.
    pub stop_code: Option<StopCode>,
    /// The same in ECS's own words.
    pub stop_reason: Option<StopReason>,
    /// What it waits for while PROVISIONING.
    pub waiting_for: WaitPart,
    /// What it has waited for until then.
    waited: Waited,
    /// What is known of its health.
    pub(super) health: TaskHealth,
    /// Its image is on its instance.
    pub(super) pulled: bool,
    /// Its network interface has an address, where those are counted.
    pub has_address: bool,
    /// Where the strategy sent it.
    pub capacity_provider: ProviderId,
    /// The zone of its instance, real or planned.
    pub zone: ZoneId,
    instance: u32,
    /// Position in the group's list of active tasks.
    pub(super) position: u32,
    /// The instance in flight that it is planned on.
    planned_on: u32,
    /// The user or the scheduler wanted it.
    pub requested_at: SimTime,
    /// It was created.
    pub created_at: SimTime,
    /// Its last change of state, or the beginning of the present part of its wait.
    pub since: SimTime,
}

// What every event of a task touches is one cache line.
const _: () = assert!(size_of::<Task>() == 64, "a task is a cache line");

/// The times of a task's life after its creation, by the API's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Stamps {
    /// It was put on a registered instance.
    pub placed_at: Stamp,
    /// Its network interface was attached, and the pull started.
    pub connectivity_at: Stamp,
    /// The pull ended.
    pub pull_stopped_at: Stamp,
    /// RUNNING.
    pub started_at: Stamp,
    /// Serving.
    pub ready_at: Stamp,
    /// Its desired status became STOPPED.
    pub stopping_at: Stamp,
    /// Its containers exited.
    pub execution_stopped_at: Stamp,
    /// STOPPED.
    pub stopped_at: Stamp,
}

impl Stamps {
    const NONE: Self = Self {
        placed_at: Stamp::NONE,
        connectivity_at: Stamp::NONE,
        pull_stopped_at: Stamp::NONE,
        started_at: Stamp::NONE,
        ready_at: Stamp::NONE,
        stopping_at: Stamp::NONE,
        execution_stopped_at: Stamp::NONE,
        stopped_at: Stamp::NONE,
    };

    /// The pull started: on an instance, as soon as the network interface is attached.
    #[must_use]
    pub const fn pull_started_at(&self) -> Stamp {
        self.connectivity_at
    }
}

impl Task {
    pub(super) fn new(group: GroupId, ordinal: u32, requested_at: SimTime, now: SimTime) -> Self {
        Self {
            group,
            ordinal,
            epoch: 0,
            last_status: LastStatus::Provisioning,
            stop_code: None,
            stop_reason: None,
            waiting_for: WaitPart::Batch,
            waited: Waited::Never,
            capacity_provider: ProviderId(0),
            zone: ZoneId(0),
            instance: NO_INSTANCE,
            position: u32::MAX,
            planned_on: NO_INSTANCE,
            health: TaskHealth::default(),
            pulled: false,
            has_address: false,
            requested_at,
            created_at: now,
            since: now,
        }
    }

    /// The instance that it is or was on.
    #[must_use]
    pub fn instance(&self) -> Option<InstanceId> {
        (self.instance != NO_INSTANCE).then_some(InstanceId(self.instance))
    }

    /// The instance in flight that it is planned on.
    #[must_use]
    pub fn planned_on(&self) -> Option<InstanceId> {
        (self.planned_on != NO_INSTANCE).then_some(InstanceId(self.planned_on))
    }

    pub(super) fn set_instance(&mut self, instance: InstanceId) {
        self.instance = instance.0;
        self.planned_on = NO_INSTANCE;
    }

    pub(super) fn set_planned_on(&mut self, instance: Option<InstanceId>) {
        self.planned_on = instance.map_or(NO_INSTANCE, |id| id.0);
    }

    /// Its desired status becomes STOPPED, and why.
    pub(super) fn set_stopped(&mut self, code: StopCode, reason: StopReason) {
        self.stop_code = Some(code);
        self.stop_reason = Some(reason);
    }

    /// Whether the control plane drives it towards RUNNING.
    #[must_use]
    pub const fn wants_to_run(&self) -> bool {
        self.stop_code.is_none()
    }
}

/// Live tasks in reused slots, with what is seldom read beside them. A run may leave its memory to the
/// next.
#[derive(Clone, Debug, Default)]
pub struct TaskArena {
    tasks: Vec<Task>,
    stamps: Vec<Stamps>,
    /// Valid as [`Waited`] says.
    waits: Vec<Wait>,
    free: Vec<u32>,
    /// Slots of tasks that ended with the present event: observers still look at them.
    ended: Vec<u32>,
}

impl TaskArena {
    /// No tasks; the memory is kept.
    pub(super) fn clear(&mut self) {
        self.tasks.clear();
        self.stamps.clear();
        self.waits.clear();
        self.free.clear();
        self.ended.clear();
    }

    pub(super) fn insert(&mut self, mut task: Task) -> TaskRef {
        if let Some(slot) = self.free.pop() {
            let old = &mut self.tasks[slot as usize];
            task.epoch = old.epoch.wrapping_add(1);
            let epoch = task.epoch;
            *old = task;
            self.stamps[slot as usize] = Stamps::NONE;
            return TaskRef { slot, epoch };
        }
        let slot = u32::try_from(self.tasks.len()).expect("scenario limits keep tasks below 2^32");
        self.tasks.push(task);
        self.stamps.push(Stamps::NONE);
        self.waits.push(Wait::default());
        TaskRef { slot, epoch: 0 }
    }

    /// Frees the slot, from the next event on: until then its content stays readable.
    pub(super) fn release(&mut self, task: TaskRef) {
        self.ended.push(task.slot);
    }

    /// A new event begins: slots released in the last one may be used again.
    #[inline]
    pub(super) fn recycle(&mut self) {
        if !self.ended.is_empty() {
            // One as a rule: a call that moves a whole list costs more than that.
            for slot in self.ended.drain(..) {
                self.free.push(slot);
            }
        }
    }

    pub(super) fn get(&self, task: TaskRef) -> &Task {
        &self.tasks[task.slot as usize]
    }

    pub(super) fn get_mut(&mut self, task: TaskRef) -> &mut Task {
        &mut self.tasks[task.slot as usize]
    }

    #[inline]
    pub(super) fn prefetch(&self, task: TaskRef) {
        prefetch_index(&self.tasks, task.slot as usize);
        prefetch_index(&self.stamps, task.slot as usize);
    }

    /// All of a task that has waited for long and is about to get its place.
    #[inline]
    pub(super) fn prefetch_waiting(&self, task: TaskRef) {
        self.prefetch(task);
        self.waits[task.slot as usize].prefetch();
    }

    /// What there is of a wait: it is read when the task has started.
    #[inline]
    pub(super) fn prefetch_wait(&self, task: TaskRef) {
        let wait = &self.waits[task.slot as usize];
        match self.get(task).waited {
            Waited::Never => {}
            Waited::For(part) => prefetch_index(&wait.0[..], part as usize),
            Waited::ForSeveral => wait.prefetch(),
        }
    }

    pub(super) fn stamps(&self, task: TaskRef) -> &Stamps {
        &self.stamps[task.slot as usize]
    }

    pub(super) fn stamps_mut(&mut self, task: TaskRef) -> &mut Stamps {
        &mut self.stamps[task.slot as usize]
    }

    /// The task if it is still the one that was meant.
    pub(super) fn live_mut(&mut self, task: TaskRef) -> Option<&mut Task> {
        self.tasks.get_mut(task.slot as usize).filter(|found| found.epoch == task.epoch)
    }

    pub(super) fn wait(&self, task: TaskRef) -> Wait {
        let mut wait = Wait::default();
        self.wait_parts(task).for_each(|(part, time)| wait.0[part as usize] = time);
        wait
    }

    /// The same by part, without those in which it has not waited.
    pub(super) fn wait_parts(
        &self,
        task: TaskRef,
    ) -> impl Iterator<Item = (WaitPart, SimDuration)> + '_ {
        let wait = &self.waits[task.slot as usize];
        let parts = match self.get(task).waited {
            Waited::Never => 0..0,
            Waited::For(part) => part as usize..part as usize + 1,
            Waited::ForSeveral => 0..WaitPart::ALL.len(),
        };
        let parts = WaitPart::ALL[parts].iter().map(|part| (*part, wait.get(*part)));
        parts.filter(|(_, time)| *time > SimDuration::ZERO)
    }

    /// Ends the present part of a wait and begins another.
    pub(super) fn wait_for(&mut self, task: TaskRef, part: WaitPart, now: SimTime) {
        self.end_wait(task, now);
        self.get_mut(task).waiting_for = part;
    }

    /// Ends the present part of a wait.
    pub(super) fn end_wait(&mut self, task: TaskRef, now: SimTime) {
        let (part, waited) = {
            let found = self.get_mut(task);
            let waited = now.since(found.since);
            found.since = now;
            (found.waiting_for, waited)
        };
        self.add_wait(task, part, waited);
    }

    /// Books a part of a wait; it may have ended before the task was created.
    pub(super) fn add_wait(&mut self, task: TaskRef, part: WaitPart, time: SimDuration) {
        if time > SimDuration::ZERO {
            let waited = &mut self.tasks[task.slot as usize].waited;
            let wait = &mut self.waits[task.slot as usize];
            *waited = match *waited {
                Waited::Never => {
                    wait.0[part as usize] = time;
                    Waited::For(part)
                }
                Waited::For(only) if only != part => {
                    let other = wait.get(only);
                    *wait = Wait::default();
                    wait.0[only as usize] = other;
                    wait.0[part as usize] = time;
                    Waited::ForSeveral
                }
                same @ (Waited::For(_) | Waited::ForSeveral) => {
                    wait.0[part as usize] += time;
                    same
                }
            };
        }
    }

    /// Every slot that holds a task that is not STOPPED, in slot order.
    pub(super) fn live(&self) -> impl Iterator<Item = TaskRef> + '_ {
        self.tasks
            .iter()
            .enumerate()
            .filter(|(_, task)| task.last_status != LastStatus::Stopped)
            .map(|(slot, task)| TaskRef {
                slot: u32::try_from(slot).expect("slots are u32"),
                epoch: task.epoch,
            })
    }
}
