//! `POST /webhooks/{key}`: runs the action of a signed webhook.
//!
//! A key acts in the name of a person, with the roles that the person has at the time and within the actions and chatbots
//! that are listed for the key. So a key has no rights of its own, and ends with the grants of its person.

use centops_api::{Anyone, Call, FromSetup, Operation, Problem, Raw, Reply, Setup, StartError, StatusCode, reply};
use centops_chat::{
    Action,
    webhook::{Invalid, Signed},
};
use centops_contract::{self as contract, operations};
use centops_store::{Store, chat::Take};
use centops_why::texts::Language;
use jiff::SignedDuration;
use lambda_http::{Body, Response};
use serde::Serialize;

use crate::{
    invoke::StackFunctions,
    people,
    receive_chat_request::{hash, single},
    run::{Outcome, Run},
    settings::ChatSecret,
    texts::Texts,
};

/// The time for which a webhook is not run a second time while it runs.
const RUNNING: SignedDuration = SignedDuration::from_mins(1);
/// The time for which a webhook that was run is not run again. Senders repeat for about a day.
const FINISHED: SignedDuration = SignedDuration::from_hours(72);

/// The operation.
#[derive(Debug)]
pub struct ReceiveWebhook {
    store: Store,
    secret: ChatSecret,
    operations: StackFunctions,
}

impl FromSetup for ReceiveWebhook {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self {
            store: setup.store().await?,
            secret: ChatSecret::from_setup(setup)?,
            operations: StackFunctions::from_setup(setup)?,
        })
    }
}

#[derive(Serialize)]
struct Ran {
    text: String,
}

impl Operation for ReceiveWebhook {
    const CONTRACT: contract::Operation = operations::RECEIVE_WEBHOOK;
    type Caller = Anyone;
    type Body = Raw;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let now = call.now();
        let settings = state.secret.value(now).await?;
        let key: String = call.path("key")?;
        let unauthentic = || Problem::unauthenticated("The webhook is not authentic.");
        // The answer does not tell which keys there are.
        let webhook = settings.webhook(&key).ok_or_else(unauthentic)?;
        let headers = call.headers();
        let signed = Signed {
            id: single(headers, "webhook-id"),
            timestamp: single(headers, "webhook-timestamp"),
            signature: single(headers, "webhook-signature"),
            body: &call.body.0,
        };
        let id = webhook.verifier.verify(&signed, now).map_err(|invalid| match invalid {
            Invalid::TooLarge => Problem::too_large(&invalid.to_string()),
            Invalid::Id | Invalid::Time | Invalid::Signature => unauthentic(),
        })?;
        let action: Action = serde_json::from_slice(&call.body.0).map_err(|error| Problem::invalid("#", error))?;
        if !webhook.permit.permits(&action) {
            return Err(Problem::forbidden("The key may not do this."));
        }
        let id = hash(&[b"webhook", key.as_bytes(), id.as_bytes()]);
        match state.store.take_request(&id, RUNNING, now).await? {
            Take::First => {}
            Take::Running => return Err(Problem::conflict("The webhook is being run.")),
            Take::Finished => return Ok(ran("It was run before.".to_owned())),
        }
        let actor = people::actor(&state.store, &webhook.permit.person, format!("webhook:{key}"), now).await?;
        let run = Run { operations: &state.operations, actor: &actor, texts: Texts(Language::En), now };
        let outcome = run.action(&action).await;
        if !outcome.is_done() {
            return Err(problem(outcome));
        }
        state.store.finish_request(&id, FINISHED, now).await?;
        Ok(ran(outcome.text))
    }
}

fn ran(text: String) -> Response<Body> {
    reply::json(StatusCode::OK, &Ran { text })
}

fn problem(outcome: Outcome) -> Problem {
    match outcome.status {
        400 => Problem::invalid("#", outcome.text),
        403 => Problem::forbidden(&outcome.text),
        404 => Problem::not_found(&outcome.text),
        409 => Problem::conflict(&outcome.text),
        _ => Problem::unavailable(outcome.text),
    }
}
