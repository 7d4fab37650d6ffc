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

/// The person who calls, whatever the roles, even none.
///
/// # Errors
/// 403 when it is no person.
pub fn anybody(request: &Request) -> Result<Person, Problem> {
    match caller(request) {
        Some(Caller::Person(person)) => Ok(person),
        _ => Err(Problem::forbidden("This is for people: it needs a bearer token.")),
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

/// The DMR or chatbot that calls.
///
/// # Errors
/// 403 when it is neither.
pub fn device(request: &Request) -> Result<Name, Problem> {
    match caller(request) {
        Some(Caller::Dmr(name) | Caller::Chatbot(name)) => Ok(name),
        _ => Err(Problem::forbidden("This is for DMRs and chatbots: the certificate's OU must be dmr or chatbot.")),
    }
}

/// Checks that a sender that names itself names the holder of its certificate, `own`.
///
/// # Errors
/// 403 when it names another.
pub fn named(own: &Name, stated: Option<&Name>) -> Result<(), Problem> {
    match stated {
        Some(stated) if stated != own => Err(Problem::forbidden(&format!(
            "The certificate is of {own} and the body names {stated}: who reports, reports for itself."
        ))),
        _ => Ok(()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_names_itself_or_nobody() {
        let (tax, police): (Name, Name) = ("tax".parse().expect("a name"), "police".parse().expect("a name"));
        assert!(named(&tax, None).is_ok() && named(&tax, Some(&tax)).is_ok());
        let refused = named(&tax, Some(&police)).expect_err("another's name");
        assert_eq!(refused.status().as_u16(), 403);
        assert!(refused.to_string().contains("of tax and the body names police"), "{refused}");
    }
}
