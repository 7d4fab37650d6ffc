//! Restoring: what the table lost is brought back from a copy of it, such as a table that was restored to a point in time.
//!
//! Items that the table has stay as they are: they are newer than the copy. Those that it lacks come back as they were when
//! the copy was made, or, if the audit trail describes them, as they were at last. What was removed since does not come back, nor do credentials
//! that were revoked. What changed since and is not described whole is left out and named.
//!
//! Records of the past are not brought back (`rows` has the list): they stay in the copy.

mod chatbots;
mod finish;
mod page;
mod rows;
mod trail;

pub use chatbots::RestoredChatbot;
pub use page::{CopyPosition, InvalidCopyPosition, RestorePage, Restoring};
