//! A response body with its signature, compressed once for all callers.

use std::collections::BTreeMap;

use centops_api::{Problem, etag, reply};
use centops_domain::routes::Revision;
use centops_signing::Signer;
use lambda_http::{
    Body, Response,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};

use super::content_encoding::ContentEncoding;

/// The most bytes of a body that fits into Lambda's response limit of 6 MB: as base64, or as JSON with escaped quotes.
pub const MAX_BODY_BYTES: usize = 4_500_000;

/// A signed body.
#[derive(Clone, Debug)]
pub struct SignedBody {
    /// The revision of the table, which is also the opaque part of the `ETag`.
    pub revision: Revision,
    body: String,
    signature: String,
    encoded: BTreeMap<ContentEncoding, Vec<u8>>,
}

impl SignedBody {
    /// Signs `body`, of the table at `revision`.
    ///
    /// # Errors
    /// When the signature cannot be made.
    pub fn new(revision: Revision, body: String, signer: &Signer) -> Result<Self, Problem> {
        let signature = signer.sign(body.as_bytes()).map_err(Problem::internal)?;
        Ok(Self { revision, body, signature, encoded: BTreeMap::new() })
    }

    /// Returns whether the key with which `signer` signs now has signed it.
    #[must_use]
    pub fn is_signed_by(&self, signer: &Signer) -> bool {
        signer.made(&self.signature)
    }

    /// Returns the response in `encoding`, or `None` if its body has more than `max_bytes`.
    ///
    /// # Errors
    /// When the body cannot be compressed.
    pub fn response(&mut self, encoding: ContentEncoding, max_bytes: usize) -> Result<Option<Response<Body>>, Problem> {
        let length =
            if encoding == ContentEncoding::Identity { self.body.len() } else { self.encoded(encoding)?.len() };
        if length > max_bytes {
            return Ok(None);
        }
        let body = match encoding {
            ContentEncoding::Identity => Body::Text(self.body.clone()),
            _ => Body::Binary(self.encoded(encoding)?.to_vec()),
        };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(centops_signing::SIGNATURE_HEADER, header_value(&self.signature)?);
        if let Some(name) = encoding.name() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        set_validator(headers, self.revision, encoding)?;
        Ok(Some(response))
    }

    fn encoded(&mut self, encoding: ContentEncoding) -> Result<&[u8], Problem> {
        let encoded = match self.encoded.remove(&encoding) {
            Some(encoded) => encoded,
            None => encoding.encode(self.body.as_bytes()).map_err(Problem::internal)?,
        };
        Ok(self.encoded.entry(encoding).or_insert(encoded))
    }
}

/// Returns 304 to a caller that has `revision` and accepts `encoding`: with the headers that its 200 would have (RFC
/// 9110, section 15.4.5).
///
/// # Errors
/// 500 when a header cannot be written.
pub fn not_modified(revision: Revision, encoding: ContentEncoding) -> Result<Response<Body>, Problem> {
    let mut response = reply::empty(StatusCode::NOT_MODIFIED);
    set_validator(response.headers_mut(), revision, encoding)?;
    Ok(response)
}

/// Sets `ETag` and `Vary`. A strong tag is one sequence of bytes, which is the body as it is; a compressed body has the
/// weak tag of the same revision.
fn set_validator(headers: &mut HeaderMap, revision: Revision, encoding: ContentEncoding) -> Result<(), Problem> {
    let tag = match encoding {
        ContentEncoding::Identity => etag::tag(revision),
        ContentEncoding::Gzip | ContentEncoding::Zstd => etag::weak_tag(revision),
    };
    headers.insert(header::ETAG, header_value(&tag)?);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Ok(())
}

fn header_value(text: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(text).map_err(Problem::internal)
}
