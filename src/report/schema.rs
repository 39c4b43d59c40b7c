//! The JSON Schema of what is written: made from the types themselves, so the two cannot differ.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::run::Answer;
use crate::sweep::Findings;

/// The schema of the answer of `run -o json`, which is `summary.json` too.
#[must_use]
pub fn answer_schema() -> Value {
    written::<Answer>("The answer of taskyard to a scenario")
}

/// The schema of the answer of `sweep -o json`, which is `sweep.json` too.
#[must_use]
pub fn sweep_output_schema() -> Value {
    written::<Findings<'static>>("The answer of taskyard to a sweep")
}

fn written<T: JsonSchema>(title: &str) -> Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<T>();
    schema.insert("title".to_owned(), Value::from(title));
    schema.to_value()
}
