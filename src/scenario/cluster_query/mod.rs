//! The cluster query language: which container instances a `memberOf` constraint admits.
//!
//! Source: ECS developer guide, cluster-query-language. Its rules and what is assumed where it is
//! silent stand in docs/model.md, `query.*`.

mod evaluate;
mod expression;

pub use evaluate::Host;
pub use expression::{Argument, Comparison, Expression, Operator, Pattern, Subject, Term};
