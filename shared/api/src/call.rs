//! One request to an operation, as its handler sees it.

use std::{fmt::Display, str::FromStr};

use centops_domain::{
    callers::{Person, Scope},
    chatbots::{Chatbot, Name},
};
use centops_store::{IfMatch, Store, StoreError, Versioned, audit::AuditContext};
use jiff::Timestamp;
use lambda_http::{Request, RequestExt, http::HeaderMap};

use crate::{Operation, Problem, callers, cursor, etag, request};

/// The page of a list that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestedPage<T> {
    /// The most items of the page.
    pub limit: u16,
    /// The position that the query's `cursor` stands for: the page starts after it. `None` on the first page.
    pub after: Option<T>,
}

/// A request whose caller the contract lets in and whose body is read.
pub struct Call<'a, O: Operation> {
    /// The caller.
    pub caller: O::Caller,
    /// The body.
    pub body: O::Body,
    /// The caller, operation, request id and time that a write's audit record takes.
    pub audit: AuditContext<'a>,
    request: &'a Request,
}

impl<'a, O: Operation> Call<'a, O> {
    /// Makes a call by hand, for tests of handlers: nothing is checked.
    pub fn new(caller: O::Caller, body: O::Body, audit: AuditContext<'a>, request: &'a Request) -> Self {
        Self { caller, body, audit, request }
    }

    /// Returns the time of the request.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.audit.now
    }

    /// Returns the chatbot's name in the path.
    ///
    /// # Errors
    /// 400 when it is not a name.
    pub fn name(&self) -> Result<Name, Problem> {
        request::name(self.request)
    }

    /// Returns the parameter `name` of the path.
    ///
    /// # Errors
    /// 400 when it is not a `T`.
    pub fn path<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, Problem> {
        request::path(self.request, name)
    }

    /// Returns the query parameter `name`, or `None` where it is not given. `rule` says what it must be.
    ///
    /// # Errors
    /// 400 when it is not a `T`, or given twice.
    pub fn query<T: FromStr>(&self, name: &str, rule: &str) -> Result<Option<T>, Problem> {
        request::query(self.request, name, rule)
    }

    /// Returns the time in the query parameter `name`, or `None` where it is not given.
    ///
    /// # Errors
    /// 400 when it is not a time of RFC 3339, or given twice.
    pub fn time(&self, name: &str) -> Result<Option<Timestamp>, Problem> {
        request::time(self.request, name)
    }

    /// Returns every value of the query parameter `name`.
    #[must_use]
    pub fn query_values(&self, name: &str) -> Vec<&str> {
        let parameters = self.request.query_string_parameters_ref();
        parameters.and_then(|parameters| parameters.all(name)).unwrap_or_default()
    }

    /// Returns the requested page of a list, within the bounds that the contract declares. An operation for which it
    /// declares none does not compile.
    ///
    /// # Errors
    /// 400 when `limit` is out of bounds, or `cursor` is no cursor of this list; when one is given twice.
    pub fn page<T: FromStr>(&self) -> Result<RequestedPage<T>, Problem> {
        let limits = const { O::CONTRACT.page.expect("the contract declares the page of a list: x-centops-page") };
        Ok(RequestedPage { limit: request::limit(self.request, limits)?, after: self.cursor()? })
    }

    /// Returns the position that the query's `cursor` stands for, or `None` on the first page.
    ///
    /// # Errors
    /// 400 when it is no cursor of this list, or given twice.
    pub fn cursor<T: FromStr>(&self) -> Result<Option<T>, Problem> {
        cursor::read(self.request)
    }

    /// Returns the versions that `If-Match` accepts. The store compares them with what it holds, so that 404 precedes
    /// 412.
    #[must_use]
    pub fn if_match(&self) -> IfMatch {
        etag::if_match(self.request.headers())
    }

    /// Returns whether `If-None-Match` has the tag of `version`: the caller has this representation already.
    #[must_use]
    pub fn has_version(&self, version: impl Into<i128>) -> bool {
        etag::is_known(self.request.headers(), version)
    }

    /// Returns the headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// Returns the `Idempotency-Key`: 1 to 100 letters, digits, `-` and `_`, without the quotes that may surround it.
    ///
    /// # Errors
    /// 400 when there is none, or another form.
    pub fn idempotency_key(&self) -> Result<&str, Problem> {
        request::idempotency_key(self.request)
    }

    /// Returns the path template of the contract that the request matched; empty where the gateway did not say.
    #[must_use]
    pub fn path_template(&self) -> &str {
        request::resource(self.request)
    }
}

impl<O: Operation<Caller = Person>> Call<'_, O> {
    /// Returns the institutions at which the person has a role that the contract permits for this operation.
    #[must_use]
    pub fn scope(&self) -> Scope<'_> {
        self.caller.scope(&callers::roles(&O::CONTRACT))
    }

    /// Returns what was `found`, if the institution that owns it is within [`Call::scope`]. What no institution owns is for
    /// callers who may see every institution.
    ///
    /// # Errors
    /// 404 with `unknown` for a caller who may see every institution. 403 with `foreign` for any other, whether or not it
    /// exists.
    pub fn in_scope<T>(
        &self,
        found: Result<Versioned<T>, StoreError>,
        institution: impl Fn(&T) -> Option<&Name>,
        foreign: &str,
        unknown: &str,
    ) -> Result<Versioned<T>, Problem> {
        let sees = |institution: Option<&Name>| match institution {
            Some(institution) => self.scope().includes(institution),
            None => self.scope() == Scope::All,
        };
        match found {
            Ok(found) if sees(institution(&found.value)) => Ok(found),
            Err(StoreError::NotFound) if self.scope() == Scope::All => Err(Problem::not_found(unknown)),
            Ok(_) | Err(StoreError::NotFound) => Err(Problem::forbidden(foreign)),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads the chatbot of the path, if its institution is within [`Call::scope`]. One read unit.
    ///
    /// # Errors
    /// 403, 404.
    pub async fn chatbot_in_scope(&self, store: &Store) -> Result<Versioned<Chatbot>, Problem> {
        let chatbot = store.chatbot(&self.name()?).await?;
        if self.scope().includes(&chatbot.value.institution) {
            Ok(chatbot)
        } else {
            Err(Problem::forbidden("The chatbot is another institution's."))
        }
    }
}
