//! Why a task stopped, in ECS's own words: `stoppedReason` beside `stopCode`.

use super::task::StopCode;

/// A stopped reason. The words are ECS's; what they name (an instance, an image) is put in by whoever
/// shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum StopReason {
    /// The service scheduler stopped it.
    ScalingActivity,
    /// Its essential container exited.
    EssentialContainerExited,
    /// StopTask.
    StoppedByUser,
    /// Its instance was terminated, or failed.
    HostTerminated,
    /// Its instance was deregistered by force.
    DeregistrationForced,
    /// Fargate Spot took it back.
    SpotTaskInterrupted,
    /// What it ran on has failed (Fargate).
    Infrastructure,
    /// Its image cannot be pulled.
    CannotPullContainer,
    /// Its network interface was not attached in time.
    NetworkInterfaceTimeout,
    /// The instance has no free slot for its network interface, whatever the scheduler thought.
    UnusedDeviceIndex,
    /// Its subnet has no free address.
    NoFreeAddress,
    /// It waited too long for its capacity provider to have room.
    EmptyCapacityProvider,
    /// It may not wait, and no instance has room for it.
    NoRoom,
    /// Its health checks failed.
    FailedHealthChecks,
    /// It did not start, and nothing more is known.
    FailedToStart,
    /// Its essential container exited at the end of its run, with the code of a failure.
    EssentialContainerFailed,
    /// Its essential container crashed.
    EssentialContainerCrashed,
}

impl StopReason {
    /// What a stop code alone says.
    #[must_use]
    pub const fn of(code: StopCode) -> Self {
        match code {
            StopCode::TaskFailedToStart => Self::FailedToStart,
            StopCode::EssentialContainerExited => Self::EssentialContainerExited,
            StopCode::UserInitiated => Self::StoppedByUser,
            StopCode::ServiceSchedulerInitiated => Self::ScalingActivity,
            StopCode::SpotInterruption => Self::SpotTaskInterrupted,
            StopCode::TerminationNotice => Self::HostTerminated,
            StopCode::InfrastructureHealth => Self::Infrastructure,
        }
    }

    /// ECS's words for a task of `service` with `image` on `instance`, in `subnet`. Documented: ECS
    /// developer guide, stopped-task-error-codes and the pages that it names; what users were shown.
    #[must_use]
    pub fn words(self, service: &str, instance: &str, image: &str, subnet: &str) -> String {
        match self {
            Self::ScalingActivity => {
                format!("Scaling activity initiated by (deployment ecs-svc/{service})")
            }
            Self::EssentialContainerExited
            | Self::EssentialContainerFailed
            | Self::EssentialContainerCrashed => "Essential container in task exited".to_owned(),
            Self::StoppedByUser => "Task stopped by user".to_owned(),
            Self::HostTerminated => format!("Host EC2 (instance {instance}) terminated."),
            Self::DeregistrationForced => {
                "Container instance deregistration forced by user".to_owned()
            }
            Self::SpotTaskInterrupted => "Your Spot Task was interrupted.".to_owned(),
            // Ours: what AWS says here is not published.
            Self::Infrastructure => {
                "The infrastructure on which the task ran has failed".to_owned()
            }
            Self::CannotPullContainer => format!(
                "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to \
                 resolve ref {image}"
            ),
            Self::NetworkInterfaceTimeout => {
                "Timeout waiting for network interface provisioning to complete.".to_owned()
            }
            Self::UnusedDeviceIndex => {
                "Unable to attach network interface to unused device index".to_owned()
            }
            Self::NoFreeAddress => format!(
                "Unexpected EC2 error while attempting to Create Network Interface in subnet \
                 '{subnet}': InsufficientFreeAddressesInSubnet"
            ),
            Self::EmptyCapacityProvider => "EMPTY CAPACITY PROVIDER".to_owned(),
            // As the service's event has it (service-event-messages).
            Self::NoRoom => {
                "Unable to place a task because no container instance met all of its requirements."
                    .to_owned()
            }
            Self::FailedHealthChecks => {
                "Task failed container or load balancer health checks".to_owned()
            }
            Self::FailedToStart => "Task failed to start".to_owned(),
        }
    }
}
