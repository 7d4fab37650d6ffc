//! Access to an incident, and the commands of people.

use centops_api::{Call, Operation, Problem, Reply, StatusCode, reply};
use centops_domain::{
    callers::{Person, Scope},
    incidents::{Author, Command, Incident, IncidentId, IncidentView},
};
use centops_store::{Store, StoreError, Versioned, incidents::IncidentError};

/// The detail of the problem of an unknown incident.
const UNKNOWN: &str = "There is no incident of that id.";

/// Reads the incident of the path, if the caller may see it; for a change, if the caller may change it.
///
/// # Errors
/// 400; 404. 403 for a caller who may not see every institution, whether or not the incident exists.
pub(crate) async fn find<O: Operation<Caller = Person>>(
    call: &Call<'_, O>,
    store: &Store,
) -> Result<Versioned<Incident>, Problem> {
    let id: IncidentId = call.path("incident")?;
    let found = store.incident(id).await;
    call.in_scope(found, Incident::institution, "Your institutions have no such incident.", UNKNOWN)
}

/// Carries out `command` on the incident of the path, and returns it.
///
/// # Errors
/// Those of [`find`]; 409 if its state does not allow the command; 412.
pub(crate) async fn carry_out<O: Operation<Caller = Person>>(
    call: &Call<'_, O>,
    store: &Store,
    command: &Command,
) -> Reply {
    let id = find(call, store).await?.value.id;
    let changed = store.command_incident(&call.audit, id, call.if_match(), &author(call), command).await;
    answer(call, changed)
}

/// Returns the result of a change, or of a read, as the caller may see it.
///
/// # Errors
/// Those of the change.
pub(crate) fn answer<O: Operation<Caller = Person>>(
    call: &Call<'_, O>,
    incident: Result<Versioned<Incident>, IncidentError>,
) -> Reply {
    let Versioned { value, version } = incident.map_err(problem)?;
    Ok(reply::versioned(StatusCode::OK, version, &view(call, value)))
}

/// Returns the representation of `incident` for the caller.
pub(crate) fn view<O: Operation<Caller = Person>>(call: &Call<'_, O>, incident: Incident) -> IncidentView {
    let view = IncidentView::new(incident);
    if call.scope() == Scope::All { view } else { view.without_persons() }
}

/// Returns the caller as an author.
pub(crate) fn author<O: Operation<Caller = Person>>(call: &Call<'_, O>) -> Author {
    let subject = call.caller.subject.clone();
    if call.scope() == Scope::All { Author::Staff(subject) } else { Author::Owner(subject) }
}

/// Returns the answer to a change that was refused.
fn problem(error: IncidentError) -> Problem {
    match error {
        IncidentError::Refused(refusal) => Problem::refused(refusal),
        IncidentError::Store(StoreError::NotFound) => Problem::not_found(UNKNOWN),
        IncidentError::Store(error) => error.into(),
    }
}
