//! Errors of the store.

use std::error::Error;

use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};

/// Error of a call to the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The item does not exist.
    #[error("there is no such item")]
    NotFound,
    /// The item exists already.
    #[error("there is one already")]
    Exists,
    /// The item has another version than the caller expects.
    #[error("it has changed since it was read")]
    Changed,
    /// The change log does not reach back to the requested revision, or the snapshot is no longer stored.
    #[error("the change log does not reach back that far")]
    Gone,
    /// Every attempt met a change by another writer. Nothing was written; a retry may succeed.
    #[error("too many changes at once, nothing was written")]
    Contended,
    /// `DynamoDB` returned an unexpected error. A retry may succeed.
    #[error("the table did not answer: {0}")]
    Unavailable(String),
    /// An item cannot be read or written in the format of this version.
    #[error("an item cannot be read: {0}")]
    Unreadable(#[source] Box<dyn Error + Send + Sync>),
}

impl StoreError {
    pub(crate) fn unavailable<E, R>(error: &SdkError<E, R>) -> Self
    where
        E: Error + 'static,
        R: std::fmt::Debug,
    {
        Self::Unavailable(DisplayErrorContext(error).to_string())
    }

    pub(crate) fn unreadable(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Unreadable(Box::new(error))
    }

    /// Returns a copy for another caller whose change was in the same transaction. Every kind becomes
    /// [`StoreError::Unavailable`] with the text of the error.
    pub(crate) fn copy_for_caller(&self) -> Self {
        match self {
            Self::Unavailable(reason) => Self::Unavailable(reason.clone()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
