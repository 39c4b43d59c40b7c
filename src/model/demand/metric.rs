//! What service auto scaling may look at.

/// A metric of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceMetric {
    /// ECSServiceAverageCPUUtilization, percent.
    Cpu,
    /// ECSServiceAverageMemoryUtilization, percent.
    Memory,
    /// ALBRequestCountPerTarget: requests in the period for each target.
    RequestCountPerTarget,
    /// Visible messages of the service's queues for each RUNNING task.
    BacklogPerTask,
    /// ApproximateNumberOfMessagesVisible of its queues.
    MessagesVisible,
    /// ApproximateAgeOfOldestMessage of its queues, seconds.
    AgeOfOldestMessage,
}

impl ServiceMetric {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Cpu,
        Self::Memory,
        Self::RequestCountPerTarget,
        Self::BacklogPerTask,
        Self::MessagesVisible,
        Self::AgeOfOldestMessage,
    ];
}
