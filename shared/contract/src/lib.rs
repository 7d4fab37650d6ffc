//! The operations of the API contract as a table, generated from `contract/`.
//!
//! It says which API an operation belongs to, which callers it permits, where it expects an API key and which function
//! answers it. The authorizer, the functions and the local edge use it.

pub mod metrics;
pub mod operations;

pub use operations::{ALL, FUNCTIONS};

/// One of the two APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {
    /// For people, with bearer tokens.
    Admin,
    /// For DMRs and chatbots, with client certificates.
    Network,
}

/// A kind of caller: the words of `x-centops-callers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A person with the role `admin`.
    Admin,
    /// A person with the role `operator`.
    Operator,
    /// A person with the role `viewer`.
    Viewer,
    /// A person with the role `owner`.
    Owner,
    /// A person with a valid token, regardless of its roles.
    Person,
    /// Anybody, without credentials.
    Anyone,
    /// A DMR's certificate.
    Dmr,
    /// A chatbot's certificate.
    Chatbot,
}

impl Caller {
    /// Every kind of caller.
    pub const ALL: [Self; 8] =
        [Self::Admin, Self::Operator, Self::Viewer, Self::Owner, Self::Person, Self::Anyone, Self::Dmr, Self::Chatbot];

    /// Returns the word of the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
            Self::Owner => "owner",
            Self::Person => "person",
            Self::Anyone => "anyone",
            Self::Dmr => "dmr",
            Self::Chatbot => "chatbot",
        }
    }

    /// Returns the caller of a word of the contract.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|caller| caller.as_str() == word)
    }

    /// Returns the API of the caller's credentials.
    #[must_use]
    pub const fn api(self) -> Api {
        match self {
            Self::Admin | Self::Operator | Self::Viewer | Self::Owner | Self::Person | Self::Anyone => Api::Admin,
            Self::Dmr | Self::Chatbot => Api::Network,
        }
    }
}

/// The place of an API key, in addition to the certificate: `x-centops-key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiKeyLocation {
    /// `X-Api-Key`.
    Header,
    /// `Authorization`, base64-encoded and without a scheme.
    Authorization,
}

/// An operation of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The `operationId`.
    pub id: &'static str,
    /// The area, such as `chatbots`.
    pub area: &'static str,
    /// The HTTP method, in upper case.
    pub method: &'static str,
    /// The path template, such as `/chatbots/{name}`.
    pub path: &'static str,
    /// The API that has it.
    pub api: Api,
    /// The permitted callers: `x-centops-callers`.
    pub callers: &'static [Caller],
    /// True if the person who submitted the application of the invitation in the path is permitted too, regardless of
    /// the roles: `x-centops-also: applicant`. The function checks that.
    pub applicant: bool,
    /// The place of the API key that it needs, if any.
    pub api_key: Option<ApiKeyLocation>,
    /// The name of the function that answers it.
    pub function: &'static str,
    /// The bounds of `limit`, if it is a list that comes in pages: `x-centops-page`.
    pub page: Option<PageLimits>,
}

/// A metric that functions write: `contract/metrics.yaml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Metric {
    /// The name in `CloudWatch`.
    pub name: &'static str,
    /// The unit of its values.
    pub unit: Unit,
}

/// A unit of `CloudWatch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// A number of things that a run adds up.
    Count,
    /// A time; of one run the longest.
    Milliseconds,
    /// A number that is none of these; of one run the highest.
    None,
}

impl Unit {
    /// Returns the word of `CloudWatch`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
            Self::None => "None",
        }
    }
}

/// The bounds of the query parameter `limit`: the items of one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimits {
    /// The limit where the query has none.
    pub default: u16,
    /// The largest limit.
    pub maximum: u16,
}

impl Operation {
    /// Returns the operation with `method` (upper case) at `path`, a path template of the contract.
    #[must_use]
    pub fn find(method: &str, path: &str) -> Option<&'static Self> {
        ALL.iter().copied().find(|operation| operation.method == method && operation.path == path)
    }

    /// Returns the operation with the `operationId` `id`.
    #[must_use]
    pub fn by_id(id: &str) -> Option<&'static Self> {
        ALL.iter().copied().find(|operation| operation.id == id)
    }

    /// Returns whether `caller` may call it. `Caller::Person` in the table permits every person, `Caller::Anyone` every
    /// caller of the Admin API.
    #[must_use]
    pub fn allows(&self, caller: Caller) -> bool {
        let is_person = caller.api() == Api::Admin && caller != Caller::Anyone;
        self.callers.contains(&caller)
            || (is_person && self.callers.contains(&Caller::Person))
            || (caller.api() == Api::Admin && self.is_public())
    }

    /// Returns whether it needs no credentials.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.callers.contains(&Caller::Anyone)
    }
}

/// A Lambda function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// The name: the `operationId` of the operation that it answers, if it answers one.
    pub name: &'static str,
    /// The area, such as `chatbots`.
    pub area: &'static str,
}

#[cfg(test)]
mod tests;
