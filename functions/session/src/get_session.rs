//! `GET /session`: returns the session of the caller.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::{Store, StoreError};

use crate::view::{SessionView, token};

/// The operation.
#[derive(Debug)]
pub struct GetSession;

impl Operation for GetSession {
    const CONTRACT: contract::Operation = operations::GET_SESSION;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let session = match token(call.headers()) {
            None => None,
            Some(token) => match store.session(&token.hash(), call.now()).await {
                Ok(session) => Some(session.value),
                // It ended since the gateway let the request in.
                Err(StoreError::NotFound) => return Err(crate::view::over()),
                Err(error) => return Err(error.into()),
            },
        };
        Ok(reply::json(StatusCode::OK, &SessionView::new(call.caller, session.as_ref())))
    }
}
