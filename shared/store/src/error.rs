//! What can go wrong with the table.

use std::error::Error;

use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};

/// What a call to the store can end with besides its result.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such item.
    #[error("there is no such item")]
    NotFound,
    /// There is one already.
    #[error("there is one already")]
    Exists,
    /// It is not the version that the caller read.
    #[error("it has changed since it was read")]
    Changed,
    /// The change log does not reach back that far.
    #[error("the change log does not reach back that far")]
    Gone,
    /// Others changed the same items each time; nothing was written, and a retry may succeed.
    #[error("too many changes at once, nothing was written")]
    Contended,
    /// The table did not answer as it should; a retry may succeed.
    #[error("the table did not answer: {0}")]
    Unavailable(String),
    /// An item is not of the form that this version writes.
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

    /// The same once more, for another who shared the write: why it failed, in words.
    pub(crate) fn same(&self) -> Self {
        match self {
            Self::Unavailable(why) => Self::Unavailable(why.clone()),
            other => Self::Unavailable(other.to_string()),
        }
    }

    pub(crate) fn unreadable(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Unreadable(Box::new(error))
    }
}
