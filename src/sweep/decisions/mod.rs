//! What a sweep's figures decide: a ranking for each objective, the front of two, the least regret over
//! worlds, the cheapest point that meets targets; and a paragraph that says so. All objectives are to be
//! small. Where there are worlds, nobody chooses a point: what is ranked are the choices, by the means
//! over the worlds.

mod answer;
mod break_even;
mod candidates;
mod front;
mod headroom;
mod heat;
mod ranking;
mod regret;
mod sensitivity;
mod target;
mod words;
mod worlds;

pub use answer::{Decisions, NotInTable, Question, decide};
pub use break_even::{BreakEven, Crossing, Look, Pair, Span, Winner, break_even};
pub use candidates::{Candidates, LeftOut};
pub use front::{Front, FrontRow, OnFront};
pub use headroom::{FleetPart, Headroom, Hit, LATER, Level, QuotaUse, Reach, StepCost, headroom};
pub use heat::{HeatMap, heat_maps};
pub use ranking::{Ranking, RankingRow};
pub use regret::{Regret, RegretRow};
pub use sensitivity::{End, Range, Runs, Sensitivity, Varied, sensitivity};
pub use target::{Meets, Target, TargetRow, Targets};
pub use words::{figure_in_words, name_in_words, unit_of};
pub use worlds::ChoiceTable;
