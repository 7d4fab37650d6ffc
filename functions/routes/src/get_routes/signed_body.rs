//! What is answered: a body, its signature, and the body compressed once for all who ask for it.

use std::collections::BTreeMap;

use centops_api::{Problem, etag};
use centops_domain::routes::Revision;
use centops_signing::Signer;
use lambda_http::{
    Body, Response,
    http::{HeaderValue, header},
};

use super::coding::Coding;

/// The most bytes of a body that Lambda's answer of 6 MB can carry: as base64, or as a JSON text whose quotes
/// are escaped.
pub const LARGEST: usize = 4_500_000;

/// A body that was signed.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Whose `ETag` it carries.
    pub revision: Revision,
    body: String,
    signature: String,
    coded: BTreeMap<Coding, Vec<u8>>,
}

impl Signed {
    /// `body`, of the table at `revision`, signed.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn new(revision: Revision, body: String, signer: &Signer) -> Result<Self, Problem> {
        let signature = signer.sign(body.as_bytes()).map_err(Problem::internal)?;
        Ok(Self { revision, body, signature, coded: BTreeMap::new() })
    }

    /// The answer in `coding`; none where its body is larger than `largest`.
    ///
    /// # Errors
    /// When it cannot be compressed.
    pub fn answer(&mut self, coding: Coding, largest: usize) -> Result<Option<Response<Body>>, Problem> {
        let length = if coding == Coding::Identity { self.body.len() } else { self.coded(coding)?.len() };
        if length > largest {
            return Ok(None);
        }
        let body = match coding {
            Coding::Identity => Body::Text(self.body.clone()),
            _ => Body::Binary(self.coded(coding)?.to_vec()),
        };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::ETAG, value(&etag::tag(self.revision))?);
        headers.insert(centops_signing::SIGNATURE_HEADER, value(&self.signature)?);
        if let Some(name) = coding.name() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        Ok(Some(response))
    }

    fn coded(&mut self, coding: Coding) -> Result<&[u8], Problem> {
        let coded = match self.coded.remove(&coding) {
            Some(coded) => coded,
            None => coding.encode(self.body.as_bytes()).map_err(Problem::internal)?,
        };
        Ok(self.coded.entry(coding).or_insert(coded))
    }
}

fn value(text: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(text).map_err(Problem::internal)
}
