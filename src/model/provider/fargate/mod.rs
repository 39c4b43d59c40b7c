//! Fargate and Fargate Spot: capacity without instances. A task waits for the account's launch rate and
//! quota, then for its micro-VM.
//!
//! Sources: ECS developer guide (AWS_Fargate, fargate-capacity-providers, throttling), ECS service
//! quotas; every rule with its source and grade stands in docs/model.md, `fargate.*`.
//!
//! - [`bucket`]: the launch rate, a token bucket;
//! - [`admission`]: who may launch now, and who waits for what;
//! - [`life`]: launch, interruption, end;
//! - [`view`]: what others may see.

mod admission;
mod bucket;
mod life;
mod view;

use std::collections::VecDeque;

use crate::units::{GroupId, SimTime, ZoneId};

use super::super::setup::{FargateSetup, Setup};
use super::super::task::{TaskRef, WaitPart};

use bucket::TokenBucket;

/// The state of FARGATE or FARGATE_SPOT.
#[derive(Clone, Debug)]
pub(in crate::model) struct Fargate {
    bucket: TokenBucket,
    /// Tasks that wait to be admitted, in order of arrival; an entry whose task stopped is stale.
    waiting: VecDeque<TaskRef>,
    /// Tasks that met no capacity, and when each is tried again, the first first.
    refused: VecDeque<(SimTime, TaskRef)>,
    /// When the next look at those tasks is due, if one is.
    look_at: Option<SimTime>,
    /// CPU units of tasks that are launched or being launched.
    cpu: u64,
    /// Most of them at one time, with the task that the quota kept waiting.
    peak_cpu: u64,
    /// Tasks that the quota kept waiting.
    held_by_quota: u32,
    /// The first that waits, while the quota holds it.
    first_held: Option<TaskRef>,
    /// What holds those that wait: the launch rate, or the quota.
    held_by: WaitPart,
    /// Launches tried so far.
    attempts: u32,
    /// Launches that wait for their micro-VM.
    in_flight: u32,
    /// Active tasks by group and zone: Fargate and Fargate Spot spread independently (documented).
    by_zone: Vec<Vec<u32>>,
}

impl Fargate {
    pub(super) fn new(own: &FargateSetup, setup: &Setup) -> Self {
        Self {
            bucket: TokenBucket::full(own.launch_burst, own.launch_refill_per_second),
            waiting: VecDeque::new(),
            refused: VecDeque::new(),
            look_at: None,
            cpu: 0,
            peak_cpu: 0,
            held_by_quota: 0,
            first_held: None,
            held_by: WaitPart::LaunchRate,
            attempts: 0,
            in_flight: 0,
            by_zone: vec![vec![0; setup.zones.len()]; setup.groups.len()],
        }
    }

    /// Active tasks of a group by zone.
    pub(in crate::model) fn by_zone(&self, group: GroupId) -> &[u32] {
        &self.by_zone[group.index()]
    }

    /// The zone with fewest active tasks of a group, the first among equals; none of those that are
    /// closed (bits by position) as long as there is another.
    fn emptiest_zone(&self, group: GroupId, closed: u64) -> ZoneId {
        let counts = self.by_zone(group).iter().enumerate();
        counts
            .min_by_key(|(zone, count)| (closed >> zone & 1, **count))
            .map_or(ZoneId(0), |(zone, _)| ZoneId::from_index(zone))
    }
}
