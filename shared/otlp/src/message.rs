//! The text of an entry.

use centops_domain::ingestion::MAX_MESSAGE_LENGTH;

use crate::{
    any_value::{AnyValue, KeyValue, Value},
    wire::LogRecord,
};

/// Returns the body as text or compact JSON, and on a line of its own the type and message of the exception, if any.
/// Has at most [`MAX_MESSAGE_LENGTH`] characters.
pub fn message(record: &LogRecord) -> String {
    let body = record.body.as_ref().map(text).unwrap_or_default();
    let attribute = |key| attribute(&record.attributes, key).filter(|text| !text.is_empty());
    let exception: Vec<_> = ["exception.type", "exception.message"].into_iter().filter_map(attribute).collect();
    let lines: Vec<_> = [body, exception.join(": ")].into_iter().filter(|line| !line.is_empty()).collect();
    truncated(lines.join("\n"))
}

/// Returns the text of the first attribute named `key`.
fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    attributes.iter().find(|attribute| attribute.key == key).and_then(|found| found.value.as_ref()).map(text)
}

fn text(value: &AnyValue) -> String {
    match &value.value {
        None => String::new(),
        Some(Value::Text(text)) => text.clone(),
        // A map with text keys always has a JSON form.
        Some(_) => serde_json::to_string(value).unwrap_or_default(),
    }
}

fn truncated(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_MESSAGE_LENGTH) {
        text.truncate(end);
    }
    text
}
