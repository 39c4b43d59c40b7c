//! `failure` of a task definition and of a call of RunTask, written out. It is a table of its own, below
//! all that the table above it says.

use super::super::failure::TaskFailure;
use super::super::reader::segment;
use super::super::spec::{RunTask, TaskDefinition};
use super::{Writer, duration, float};

impl Writer {
    pub(super) fn definition_failure(&mut self, definition: &TaskDefinition) {
        let Some(failure) = definition.failure else { return };
        self.failure_of("task_definition", &definition.family);
        match failure {
            TaskFailure::NeverStarts => self.entry("never_starts", true.to_string()),
            TaskFailure::Crashes { after, exit_code } => {
                self.entry("crashes_after", duration(after));
                self.entry("exit_code", exit_code.to_string());
            }
        }
    }

    pub(super) fn run_failure(&mut self, run_task: &RunTask) {
        let Some(failure) = run_task.failure else { return };
        self.failure_of("run_task", &run_task.name);
        self.entry("probability", float(failure.probability));
        self.entry("exit_code", failure.exit_code.to_string());
    }

    fn failure_of(&mut self, list: &str, name: &str) {
        let path = format!("{list}.{}.failure", segment(name));
        self.table(&format!("[{list}.failure]"), &path, &format!("{list}.failure"));
    }
}
