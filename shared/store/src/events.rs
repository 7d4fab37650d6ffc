//! Events as the table's stream brings them.

use centops_domain::alerts::Event;

use crate::keys;

/// The name of the attribute that holds an event, as JSON. The stream's filter in the template lets
/// new items that have it through.
pub const ATTRIBUTE: &str = keys::EVENT;

/// Reads the event of a new event item from its [`ATTRIBUTE`].
///
/// # Errors
/// When it is not an event.
pub fn parse(text: &str) -> Result<Event, serde_json::Error> {
    serde_json::from_str(text)
}
