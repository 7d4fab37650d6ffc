//! `GET /session/login`: sends a person to the identity provider.

use centops_api::{Anyone, Call, NoBody, Operation, Problem, Reply, StatusCode, random, reply};
use centops_contract::{self as contract, operations};
use centops_domain::session::{Attempt, ReturnPath};

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
        let language = call.query::<Language>("language", "et or en")?.unwrap_or(Language("et"));
        let attempt = Attempt::new(random::bytes()?);
        let url = login.provider.login_url(&attempt.state(), &attempt.nonce(), language.0);
        let mut response = reply::located(reply::empty(StatusCode::FOUND), url.as_str())?;
        cookies::set_login(&mut response, &cookies::LoginCookie { attempt, path })?;
        Ok(response)
    }
}

/// A language of the identity provider's pages.
#[derive(Clone, Copy, Debug)]
struct Language(&'static str);

/// A text that is no such language.
#[derive(Debug)]
struct UnknownLanguage;

impl std::str::FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        ["et", "en"].into_iter().find(|known| *known == text).map(Self).ok_or(UnknownLanguage)
    }
}
