//! The operations of the contract as a table, generated from `openapi.yaml` when the crate is built.

/// One of the two APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {
    /// For people, with a bearer token.
    Admin,
    /// For DMRs and chatbots, with a client certificate.
    Network,
}

impl Api {
    /// Returns its name: `Admin API` or `Network API`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "Admin API",
            Self::Network => "Network API",
        }
    }
}

/// Where an operation of older clients expects an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKeyLocation {
    /// In the header `X-Api-Key`.
    Header,
    /// In the header `Authorization`, base64-encoded and without a scheme.
    Authorization,
}

/// Where a parameter is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// A segment of the path.
    Path,
    /// The query.
    Query,
    /// A header.
    Header,
}

/// A parameter of an operation.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Where it is sent.
    pub location: Location,
    /// Whether a request must have it.
    pub is_required: bool,
}

/// An operation of the contract.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The operationId.
    pub id: &'static str,
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// What it does, in a phrase.
    pub summary: &'static str,
    /// The API that has it.
    pub api: Api,
    /// Whether it needs no credentials.
    pub is_public: bool,
    /// Where it expects an API key besides the certificate.
    pub api_key: Option<ApiKeyLocation>,
    /// The name of the schema of its body, if it has one.
    pub body: Option<&'static str>,
    /// The field of the answer that has the items, if the answer is a list. It is empty if the answer is an array.
    pub items: Option<&'static str>,
    /// Its parameters.
    pub parameters: &'static [Parameter],
}

impl Operation {
    /// Returns the operation with an operationId.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        ALL.iter().copied().find(|operation| operation.id == id)
    }

    /// Returns its parameter of a name and location.
    #[must_use]
    pub fn parameter(&self, location: Location, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|one| one.location == location && one.name == name)
    }

    /// Returns the names of the parameters of the path, in its order.
    pub fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Returns whether repeating the request has the same effect (RFC 9110, section 9.2.2).
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        matches!(self.method, "GET" | "PUT" | "DELETE")
    }
}

include!(concat!(env!("OUT_DIR"), "/operations.rs"));
