//! The story of one service: its deployments, and what it said of itself.

use serde::Serialize;

use crate::observe::Recorder;
use crate::run::{Answer, DeploymentRow};

use super::grid::Grid;
use super::page::Page;
use super::run_deployments;
use super::words::{counted, grouped};

/// Most messages on the page.
const SHOWN: usize = 60;

/// A service's life.
#[derive(Clone, Debug, Serialize)]
pub struct ServiceStory {
    /// Its name.
    pub service: String,
    /// Its deployments, its creation first.
    pub deployments: Vec<DeploymentRow>,
    /// What it said, in ECS's own words: when (seconds from the start), and what.
    pub events: Vec<(f64, String)>,
}

impl ServiceStory {
    /// The story of the service `name`, if the run has one.
    pub(super) fn new(answer: &Answer, recorder: &Recorder, name: &str) -> Option<Self> {
        let own = answer.deployments.iter().filter(|row| row.service == name);
        let deployments: Vec<DeploymentRow> = own.cloned().collect();
        let said = recorder.events.iter();
        let said = said.filter(|row| row.event == "ServiceEvent" && row.subject == name);
        let events = said.map(|row| (row.at.as_secs_f64(), row.detail.clone())).collect();
        let service = name.to_owned();
        (!deployments.is_empty()).then_some(Self { service, deployments, events })
    }

    pub(super) fn page(&self, page: &mut Page, answer: &Answer) {
        let deployments = counted(self.deployments.len() as f64, "deployment", "deployments");
        page.headline(&format!("{}: {deployments}, its creation among them", self.service));
        page.section("Deployments");
        for row in &self.deployments {
            page.item(&run_deployments::words(answer, row));
        }
        page.section("What it said, seconds from the start");
        let mut grid = Grid::new(&[">", ""]);
        for (at, words) in self.events.iter().take(SHOWN) {
            grid.row([grouped(*at, 1), words.clone()]);
        }
        page.grid(2, &grid);
        if let Some(more) = self.events.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            page.paragraph(
                2,
                &format!("... and {more} more: they are in events.csv of --out DIR."),
            );
        }
    }
}
