//! `GET /session/login`: sends a person to the identity provider.

use centops_api::{Anyone, Call, NoBody, Operation, Problem, Reply, StatusCode, random, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    notifications::{Language, UnknownLanguage},
    session::{Attempt, ReturnPath},
};

use crate::{cookies, login::Login};

/// The operation.
#[derive(Debug)]
pub struct StartLogin;

impl Operation for StartLogin {
    const CONTRACT: contract::Operation = operations::START_LOGIN;
    type Caller = Anyone;
    type Body = NoBody;
    type State = Login;

    async fn call(login: &Login, call: Call<'_, Self>) -> Reply {
        let path = call.query::<String>("return", "a path")?.map(ReturnPath::try_from).transpose();
        let path = path.map_err(|error| Problem::invalid("#query/return", error))?.unwrap_or_default();
        let language = call.query::<Language>("language", &UnknownLanguage.to_string())?.unwrap_or_default();
        let attempt = Attempt::new(random::bytes()?);
        let url = login.provider.login_url(&attempt.state(), &attempt.nonce(), language.as_str());
        let mut response = reply::located(reply::empty(StatusCode::FOUND), url.as_str())?;
        cookies::set_login(&mut response, &cookies::LoginCookie { attempt, path })?;
        Ok(response)
    }
}
