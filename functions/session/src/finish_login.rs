//! `GET /session/callback`: finishes signing in, on the way back from the identity provider.

use std::fmt;

use centops_api::{
    Anyone, Call, FromSetup, NoBody, Operation, Problem, Reply, Setup, StartError, StatusCode, random, reply,
};
use centops_contract::{self as contract, operations};
use centops_domain::session::{ReturnPath, Session, SessionToken};
use centops_identity::provider::LoginError;
use centops_signing::secret::CachedSecret;

use crate::{
    cookies,
    login::{self, ClientSecret, Login},
};

/// The path of the console that says why nobody is signed in.
const REFUSED: &str = "/?login=refused";

/// The operation.
#[derive(Debug)]
pub struct FinishLogin {
    login: Login,
    secret: CachedSecret<ClientSecret>,
}

impl FromSetup for FinishLogin {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { login: Login::from_setup(setup).await?, secret: login::secret(setup)? })
    }
}

impl Operation for FinishLogin {
    const CONTRACT: contract::Operation = operations::FINISH_LOGIN;
    type Caller = Anyone;
    type Body = NoBody;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        match state.sign_in(&call).await? {
            Some((token, path)) => {
                let mut response = redirect(path.as_str())?;
                cookies::set_session(&mut response, &token.reveal())?;
                Ok(response)
            }
            None => redirect(REFUSED),
        }
    }
}

impl FinishLogin {
    /// Returns the token of a new session, and the path to return to; none if nobody was identified.
    async fn sign_in(&self, call: &Call<'_, Self>) -> Result<Option<(SessionToken, ReturnPath)>, Problem> {
        // A parameter that is there twice is none.
        let query = |name| call.query::<String>(name, "a text").ok().flatten();
        let Some(cookie) = cookies::login(call.headers()) else {
            return Ok(refused(call, "it began in another browser, or too long ago"));
        };
        if query("state").as_deref() != Some(cookie.attempt.state().as_str()) {
            return Ok(refused(call, "it is the answer to another attempt"));
        }
        let Some(code) = query("code") else { return Ok(refused(call, "there is no code")) };
        let secret = self.secret.value(call.now()).await.map_err(Problem::unavailable)?;
        let identified = self.login.provider.identify(&code, &cookie.attempt.nonce(), secret.reveal()).await;
        let identity = match identified {
            Ok(identity) => identity,
            Err(error) if error.is_refusal() => {
                return Ok(refused(call, error));
            }
            Err(error @ (LoginError::Http(_) | LoginError::Unreadable | LoginError::Keys(_))) => {
                return Err(Problem::unavailable(error));
            }
            Err(error) => return Err(Problem::internal(error)),
        };
        let token = SessionToken::new(random::bytes()?);
        let session = Session::new(identity.subject, identity.name, call.now());
        self.login.store.create_session(&token.hash(), session).await?;
        Ok(Some((token, cookie.path)))
    }
}

/// Notes why nobody is signed in, and returns none. The person is told no more than that: whoever cancels at the provider,
/// or waits too long, has done nothing wrong.
fn refused<T>(call: &Call<'_, FinishLogin>, reason: impl fmt::Display) -> Option<T> {
    tracing::warn!(%reason, id = call.audit.request_id(), "sign-in refused");
    None
}

/// Returns the way back to the console. The attempt is over.
fn redirect(path: &str) -> Reply {
    let mut response = reply::located(reply::empty(StatusCode::FOUND), path)?;
    cookies::clear_login(&mut response)?;
    Ok(response)
}
