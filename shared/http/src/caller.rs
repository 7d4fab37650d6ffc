//! Who calls, as the authorizer told the gateway. Nothing that a client sends itself is believed.

use std::str::FromStr;

use centops_domain::{
    caller::{Caller, Person, Role},
    chatbot::Chatbot,
    name::Name,
};
use centops_store::{Store, Versioned};
use lambda_http::{Request, RequestExt, request::RequestContext};

use crate::Problem;

/// The person who calls, with one of `roles`.
///
/// # Errors
/// 403 otherwise.
pub fn person(request: &Request, roles: &[Role]) -> Result<Person, Problem> {
    match caller(request) {
        Some(Caller::Person(person)) if person.has(roles) => Ok(person),
        _ => Err(Problem::forbidden("Your role does not permit this.")),
    }
}

/// The chatbot of the path, and the person who may read it: an owner only those of the institutions in
/// the token. One read unit.
///
/// # Errors
/// 403, 404.
pub async fn readable_chatbot(store: &Store, request: &Request) -> Result<(Person, Versioned<Chatbot>), Problem> {
    let person = person(request, &Role::ALL)?;
    let chatbot = store.chatbot(&crate::request::name(request)?).await?;
    if person.reaches(&chatbot.value.institution) {
        Ok((person, chatbot))
    } else {
        Err(Problem::forbidden("The chatbot is another institution's."))
    }
}

/// The DMR that calls.
///
/// # Errors
/// 403 when it is no DMR.
pub fn dmr(request: &Request) -> Result<Name, Problem> {
    match caller(request) {
        Some(Caller::Dmr(name)) => Ok(name),
        _ => Err(Problem::forbidden("This is for DMRs: the certificate's OU must be dmr.")),
    }
}

/// The chatbot that calls.
///
/// # Errors
/// 403 when it is no chatbot.
pub fn chatbot(request: &Request) -> Result<Name, Problem> {
    match caller(request) {
        Some(Caller::Chatbot(name)) => Ok(name),
        _ => Err(Problem::forbidden("This is for chatbots: the certificate's OU must be chatbot.")),
    }
}

/// Whoever calls; none where the authorizer named nobody.
pub(crate) fn caller(request: &Request) -> Option<Caller> {
    let RequestContext::ApiGatewayV1(context) = request.request_context_ref()? else { return None };
    let field = |name: &str| context.authorizer.fields.get(name).and_then(|value| value.as_str());
    let subject = field("subject")?;
    match field("kind")? {
        "dmr" => subject.parse().ok().map(Caller::Dmr),
        "chatbot" => subject.parse().ok().map(Caller::Chatbot),
        "person" => Some(Caller::Person(Person {
            subject: subject.to_owned(),
            roles: words(field("roles")),
            institutions: words(field("institutions")),
        })),
        _ => None,
    }
}

/// The words of `text` that are a `T`.
fn words<T: FromStr, C: FromIterator<T>>(text: Option<&str>) -> C {
    text.unwrap_or_default().split(' ').filter_map(|word| word.parse().ok()).collect()
}
