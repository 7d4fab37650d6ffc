//! `DELETE /session`: signs the caller out.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

use crate::{cookies, view::token};

/// The operation.
#[derive(Debug)]
pub struct EndSession;

impl Operation for EndSession {
    const CONTRACT: contract::Operation = operations::END_SESSION;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        if let Some(token) = token(call.headers()) {
            store.end_session(&token.hash()).await?;
        }
        let mut response = reply::empty(StatusCode::NO_CONTENT);
        cookies::clear_session(&mut response)?;
        Ok(response)
    }
}
