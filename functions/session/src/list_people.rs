//! `GET /people`: lists people with grants.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;
use serde::Serialize;

use crate::people::PersonView;

/// The operation.
#[derive(Debug)]
pub struct ListPeople;

#[derive(Serialize)]
struct PersonList<'a> {
    people: Vec<PersonView<'a>>,
}

impl Operation for ListPeople {
    const CONTRACT: contract::Operation = operations::LIST_PEOPLE;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, _: Call<'_, Self>) -> Reply {
        let people = store.people().await?;
        Ok(reply::json(StatusCode::OK, &PersonList { people: people.iter().map(PersonView::from).collect() }))
    }
}
