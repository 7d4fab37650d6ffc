//! Errors of conditional writes.

use super::item::Item;
use crate::StoreError;

/// Error of a conditional write. Nothing was written, except perhaps after [`WriteError::Failed`].
#[derive(Debug)]
pub(crate) enum WriteError {
    /// A condition did not hold.
    Condition {
        /// The position of the write in its transaction, without the audit record.
        position: usize,
        /// The item that was found.
        found: Option<Item>,
    },
    /// Another transaction was writing the same items.
    Conflict,
    /// Any other error.
    Failed(StoreError),
}

impl From<StoreError> for WriteError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl WriteError {
    /// Returns `Ok` if another attempt from fresh reads may succeed.
    pub(crate) fn retryable(self) -> Result<(), StoreError> {
        match self {
            Self::Condition { .. } | Self::Conflict => Ok(()),
            Self::Failed(error) => Err(error),
        }
    }

    /// Returns the error for a caller that replaces what it read before: [`StoreError::Changed`], unless the write
    /// failed for another reason.
    pub(crate) fn or_changed(self) -> StoreError {
        self.retryable().err().unwrap_or(StoreError::Changed)
    }

    /// Returns the error for a caller that does not retry: `condition` if a condition did not hold.
    pub(crate) fn or(self, condition: StoreError) -> StoreError {
        match self {
            Self::Condition { .. } => condition,
            Self::Conflict => StoreError::Contended,
            Self::Failed(error) => error,
        }
    }
}
