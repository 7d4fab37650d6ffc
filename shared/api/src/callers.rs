//! Callers, as the authorizer told the gateway. Nothing that a client sends itself is believed.

use std::str::FromStr;

use centops_contract as contract;
use centops_domain::{
    callers::{Caller, Person, Role},
    chatbots::Name,
};
use lambda_http::{Request, RequestExt, request::RequestContext};

use crate::Problem;

/// Checks that a sender that states its name in the body states `own`, the name in its certificate.
///
/// # Errors
/// 403 when it states another.
pub fn check_sender(own: &Name, stated: Option<&Name>) -> Result<(), Problem> {
    match stated {
        Some(stated) if stated != own => Err(Problem::forbidden(&format!(
            "The certificate is of {own} and the body names {stated}: a sender reports for itself only."
        ))),
        _ => Ok(()),
    }
}

/// Returns the caller of `request`, or `None` where the authorizer named none.
pub(crate) fn caller(request: &Request) -> Option<Caller> {
    let RequestContext::ApiGatewayV1(context) = request.request_context_ref()? else { return None };
    let field = |name: &str| context.authorizer.fields.get(name).and_then(|value| value.as_str());
    let subject = field("subject")?;
    match field("kind")? {
        "dmr" => subject.parse().ok().map(Caller::Dmr),
        "chatbot" => subject.parse().ok().map(Caller::Chatbot),
        "person" => Some(Caller::Person(Person {
            subject: subject.to_owned(),
            roles: parse_words(field("roles")),
            institutions: parse_words(field("institutions")),
        })),
        _ => None,
    }
}

/// Returns what the caller used in place of a session or a token; none with one of these. The authorizer never says it: the
/// functions of chats do, which invoke other functions for a person.
pub(crate) fn via(request: &Request) -> Option<String> {
    let RequestContext::ApiGatewayV1(context) = request.request_context_ref()? else { return None };
    context.authorizer.fields.get("via")?.as_str().map(str::to_owned)
}

/// Returns whether the caller of `request` has sent too many: the authorizer counts them.
pub(crate) fn is_over_budget(request: &Request) -> bool {
    let Some(RequestContext::ApiGatewayV1(context)) = request.request_context_ref() else { return false };
    context.authorizer.fields.contains_key("overBudget")
}

/// Returns the words of the contract that `caller` answers to.
pub(crate) fn words(caller: &Caller) -> Vec<contract::Caller> {
    match caller {
        Caller::Dmr(_) => vec![contract::Caller::Dmr],
        Caller::Chatbot(_) => vec![contract::Caller::Chatbot],
        Caller::Person(person) => person.roles.iter().copied().map(word).chain([contract::Caller::Person]).collect(),
    }
}

/// Returns the word of the contract for `role`.
fn word(role: Role) -> contract::Caller {
    match role {
        Role::Admin => contract::Caller::Admin,
        Role::Operator => contract::Caller::Operator,
        Role::Viewer => contract::Caller::Viewer,
        Role::Owner => contract::Caller::Owner,
    }
}

/// Returns the roles that the contract permits for `operation`; none if it permits any person, because then no role
/// grants anything.
pub(crate) fn roles(operation: &contract::Operation) -> Vec<Role> {
    Role::ALL.into_iter().filter(|role| operation.callers.contains(&word(*role))).collect()
}

/// Returns the sentence for a caller that may not call `operation`.
pub(crate) fn refusal(operation: &contract::Operation) -> &'static str {
    let allows = |caller| operation.allows(caller);
    match operation.api {
        contract::Api::Admin if allows(contract::Caller::Person) => "This is for people: it needs a bearer token.",
        contract::Api::Admin => "Your role does not permit this.",
        contract::Api::Network => match (allows(contract::Caller::Dmr), allows(contract::Caller::Chatbot)) {
            (true, false) => "This is for DMRs: the certificate's OU must be dmr.",
            (false, _) => "This is for chatbots: the certificate's OU must be chatbot.",
            (true, true) => "This is for DMRs and chatbots: the certificate's OU must be dmr or chatbot.",
        },
    }
}

/// Returns the words of `text` that are a `T`, separated by spaces.
fn parse_words<T: FromStr, C: FromIterator<T>>(text: Option<&str>) -> C {
    text.unwrap_or_default().split(' ').filter_map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_those_of_the_contract() {
        let subscribing = roles(&contract::operations::CREATE_SUBSCRIPTION);
        assert_eq!(subscribing, [Role::Admin, Role::Operator, Role::Owner]);
        assert_eq!(roles(&contract::operations::SUBMIT_APPLICATION), []);
    }

    /// Wherever a role that sees everything is permitted beside `owner`, reading is all that `owner` does: nothing is
    /// written with the right of one role where another was given.
    #[test]
    fn viewer_and_owner_share_read_operations_only() {
        for operation in contract::ALL {
            let roles = roles(operation);
            if roles.contains(&Role::Viewer) && roles.contains(&Role::Owner) {
                assert_eq!(operation.method, "GET", "{}", operation.id);
            }
        }
    }

    #[test]
    fn sender_may_state_its_own_name_only() {
        let (tax, police): (Name, Name) = ("tax".parse().expect("a name"), "police".parse().expect("a name"));
        assert!(check_sender(&tax, None).is_ok() && check_sender(&tax, Some(&tax)).is_ok());
        let refused = check_sender(&tax, Some(&police)).expect_err("another's name");
        assert_eq!(refused.status().as_u16(), 403);
        assert!(refused.to_string().contains("of tax and the body names police"), "{refused}");
    }
}
