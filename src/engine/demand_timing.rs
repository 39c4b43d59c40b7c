//! The luck of what comes from outside: rates, arrivals of messages, and how long work on one takes.

use crate::model::Message;
use crate::random::{EntityKey, Purpose, Sampler, Streams};
use crate::scenario::{Demand, Queue, Scenario};
use crate::units::{DemandId, QueueId, SimDuration};

/// Keys of a scenario's demands and queues, and the processing times of messages.
#[derive(Clone, Debug)]
pub(super) struct DemandDurations {
    demands: Vec<EntityKey>,
    queues: Vec<(EntityKey, Sampler)>,
}

impl DemandDurations {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let demand = |demand: &Demand| EntityKey::of(&demand.name);
        let queue =
            |queue: &Queue| (EntityKey::of(&queue.name), Sampler::new(&queue.processing_time));
        Self {
            demands: scenario.demands.iter().map(demand).collect(),
            queues: scenario.queues.iter().map(queue).collect(),
        }
    }

    /// What the n-th piece of a demand's rate leaves to chance.
    pub(super) fn of_demand(&self, streams: &Streams, id: DemandId, n: u32) -> u64 {
        streams.stream(Purpose::Demand, self.demands[id.index()]).bits(u64::from(n))
    }

    /// The same of a queue's arrivals.
    pub(super) fn of_arrivals(&self, streams: &Streams, id: QueueId, n: u32) -> u64 {
        streams.stream(Purpose::Demand, self.queues[id.index()].0).bits(u64::from(n))
    }

    /// How much later the n-th message arrives.
    pub(super) fn of_message(&self, streams: &Streams, id: QueueId, n: u32) -> u64 {
        streams.stream(Purpose::Message, self.queues[id.index()].0).bits(u64::from(n))
    }

    /// How long a task works on a message: the same whoever does, and how often.
    pub(super) fn processing(
        &self,
        streams: &Streams,
        id: QueueId,
        message: Message,
    ) -> SimDuration {
        let (key, from) = &self.queues[id.index()];
        from.constant().unwrap_or_else(|| {
            let stream = streams.stream(Purpose::Processing, *key);
            from.draw(stream.bits(u64::from(message.number)))
        })
    }
}
