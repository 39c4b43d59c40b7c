//! Floor 7: what an answer looks like, one file for each form of output. Pure: texts in, texts out.

mod assumptions;
mod catalog;
mod check;
mod columns;
mod compare;
mod compare_demand;
mod csv;
mod explain;
mod grid;
mod json;
mod out_dir;
mod page;
#[cfg(feature = "parquet")]
mod parquet;
mod pick;
mod run;
mod run_demand;
mod run_deployments;
mod run_faults;
mod run_jobs;
mod run_parts;
mod run_scaling;
mod run_waiting;
mod schema;
mod service_story;
mod subject;
mod sweep;
mod sweep_page;
mod why;
mod words;

pub use catalog::{RegionView, catalog_csv, catalog_json, catalog_table};
pub use check::{Checked, check_json, check_table};
pub use columns::{Kind, run_kinds};
pub use compare::{cannot_run, compare_csv, compare_table};
pub use csv::fleet_csv;
pub use explain::{Reasons, explain_json, explain_table};
pub use json::{Quoted, pretty};
pub use out_dir::{OutFile, out_files};
#[cfg(feature = "parquet")]
pub use parquet::parquet;
pub use pick::{FunnelRow, Pick, PickedType, pick_csv, pick_json, pick_table};
pub use run::{RunView, run_table};
pub use schema::{answer_schema, sweep_output_schema};
pub use subject::{Subject, SubjectError, subject_table};
pub use sweep::{sweep_csv, sweep_files, sweep_json, sweep_kinds};
pub use sweep_page::sweep_table;
