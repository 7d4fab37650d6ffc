//! Who calls, for both gateways. A client certificate, where the gateway verified one, names a DMR or
//! a chatbot; otherwise a bearer token names a person. What a caller may do is decided by the functions,
//! from the context that is given here.

use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest as AuthorizerRequest;
use centops_domain::{
    caller::{Caller, Person, Role},
    name::Name,
};
use centops_identity::{
    certificate,
    keys::{Keys, KeysUnavailable},
    token::{self, Expectation},
};
use centops_startup::variable;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::Serialize;
use serde_json::{Value, json};

/// The error that the gateway answers with 401. The text is API Gateway's own.
const UNAUTHORIZED: &str = "Unauthorized";

struct Authorizer {
    keys: Keys,
    expected: Expectation,
}

#[derive(Debug)]
enum Refused {
    /// The caller is not who it says it is.
    Unauthorized(String),
    /// It cannot be found out.
    Unavailable(KeysUnavailable),
}

#[derive(Serialize)]
struct Context {
    kind: &'static str,
    subject: String,
    roles: String,
    institutions: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    centops_startup::logs();
    let authorizer = &Authorizer {
        keys: Keys::at(variable("JWKS_URI")?)?,
        expected: Expectation { issuer: variable("TOKEN_ISSUER")?, audience: variable("TOKEN_AUDIENCE")? },
    };
    run(service_fn(|event: LambdaEvent<AuthorizerRequest>| async move {
        match authorizer.caller(&event.payload).await {
            Ok(caller) => Ok(allow(&event.payload, caller)),
            Err(Refused::Unauthorized(why)) => {
                tracing::info!(why, "refused");
                Err(Error::from(UNAUTHORIZED))
            }
            Err(Refused::Unavailable(error)) => {
                tracing::error!(%error, "nobody can be let in");
                Err(Error::from(error))
            }
        }
    }))
    .await
}

impl Authorizer {
    async fn caller(&self, request: &AuthorizerRequest) -> Result<Caller, Refused> {
        let refused = |why: &dyn std::fmt::Display| Refused::Unauthorized(why.to_string());
        let identity = request.request_context.identity.as_ref();
        if let Some(certificate) = identity.and_then(|identity| identity.client_cert.as_ref()) {
            let pem = certificate.client_cert_pem.as_deref().unwrap_or_default();
            return certificate::caller(pem).map_err(|error| refused(&error));
        }
        let header = request.headers.get("authorization").and_then(|value| value.to_str().ok());
        let bearer = header.and_then(token::of_header).ok_or_else(|| refused(&"no certificate and no bearer token"))?;
        let id = token::key_id(bearer).map_err(|error| refused(&error))?;
        let key = self.keys.get(&id).await.map_err(Refused::Unavailable)?;
        let key = key.ok_or_else(|| refused(&"the issuer has no such key"))?;
        token::verify(bearer, &key, &self.expected).map(Caller::Person).map_err(|error| refused(&error))
    }
}

/// Lets `caller` through to every operation of the API that was called: the answer may be kept by the
/// gateway and used for another operation of the same caller.
fn allow(request: &AuthorizerRequest, caller: Caller) -> Value {
    let arn = request.method_arn.as_deref().unwrap_or_default();
    let stage: Vec<_> = arn.splitn(3, '/').take(2).collect();
    let context = context(caller);
    json!({
        "principalId": format!("{}:{}", context.kind, context.subject),
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Action": "execute-api:Invoke",
                "Resource": format!("{}/*", stage.join("/")),
            }],
        },
        "context": context,
    })
}

fn context(caller: Caller) -> Context {
    let device =
        |kind, name: Name| Context { kind, subject: name.into(), roles: String::new(), institutions: String::new() };
    match caller {
        Caller::Dmr(name) => device("dmr", name),
        Caller::Chatbot(name) => device("chatbot", name),
        Caller::Person(Person { subject, roles, institutions }) => Context {
            kind: "person",
            subject,
            roles: join(roles.into_iter().map(Role::as_str)),
            institutions: join(institutions.iter().map(Name::as_str)),
        },
    }
}

fn join<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" ")
}
