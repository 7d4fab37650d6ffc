//! Calls made by hand, for tests of handlers.

use std::collections::{BTreeSet, HashMap};

use centops_domain::{audit::Actor, callers::Person};
use centops_store::audit::{Audit, AuditContext};
use jiff::Timestamp;
use lambda_http::{Body, Request, RequestExt};

use crate::{Call, NoBody, Operation};

/// Runs `read` on a call at `now` whose query has `parameters`, of a person without roles: nothing is authorized.
///
/// # Panics
/// When `read` writes to the audit table.
pub fn with_query<O: Operation<Caller = Person, Body = NoBody>, T>(
    parameters: &[(&str, &str)],
    now: Timestamp,
    read: impl FnOnce(&Call<'_, O>) -> T,
) -> T {
    let mut values = HashMap::<String, Vec<String>>::new();
    for (name, value) in parameters {
        values.entry((*name).to_owned()).or_default().push((*value).to_owned());
    }
    let request = Request::new(Body::Empty).with_query_string_parameters(values);
    #[expect(clippy::panic, reason = "a test fails by it")]
    let audit = Audit::with_lazy_client(|| panic!("nothing is written"), String::new());
    let context = AuditContext::new(&audit, Actor::Unknown(String::new()), "test", String::new(), now);
    let person = Person { subject: String::new(), roles: BTreeSet::default(), institutions: BTreeSet::default() };
    read(&Call::new(person, NoBody, context, &request))
}
