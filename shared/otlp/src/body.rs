//! Bodies of requests: content types, gzip, decoding.

use std::io::Read;

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use prost::Message;

use crate::{
    budget::{self, MAX_MESSAGES},
    wire::LogsRequest,
};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A body that is refused as a whole.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The content type is not one of OTLP.
    #[error("the content type must be application/x-protobuf or application/json")]
    UnsupportedType,
    /// The content encoding is not one that CentOps unpacks.
    #[error("the content encoding must be gzip or identity")]
    UnsupportedEncoding,
    /// The unpacked body is too large.
    #[error("the body has more than {0} bytes, unpacked: send smaller batches")]
    TooLarge(usize),
    /// The request has too many messages.
    #[error("the body has more than {MAX_MESSAGES} messages, nested ones included: send smaller batches")]
    TooManyMessages,
    /// The gzip data is damaged.
    #[error("the body is not valid gzip")]
    InvalidGzip(#[source] std::io::Error),
    /// The body is not a request in protobuf.
    #[error("the body is not a valid ExportLogsServiceRequest in protobuf")]
    InvalidProtobuf(#[source] prost::DecodeError),
    /// The body is an array in JSON.
    #[error("the body is an array: one request is an object")]
    NotAnObject,
    /// The body is not a request in JSON.
    #[error("the body is not a valid ExportLogsServiceRequest in JSON, near line {} column {}", .0.line(), .0.column())]
    InvalidJson(#[source] serde_json::Error),
}

impl Error {
    /// Returns the HTTP status of the answer: 400, 413 or 415.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::UnsupportedType | Self::UnsupportedEncoding => 415,
            Self::TooLarge(_) | Self::TooManyMessages => 413,
            Self::InvalidGzip(_) | Self::InvalidProtobuf(_) | Self::NotAnObject | Self::InvalidJson(_) => 400,
        }
    }
}

/// The encoding of a request, and of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-protobuf`.
    Protobuf,
    /// `application/json`.
    Json,
}

impl Encoding {
    /// Returns the encoding that a `Content-Type` names. Parameters are ignored.
    ///
    /// # Errors
    /// [`Error::UnsupportedType`]; answer it in JSON.
    pub fn from_content_type(content_type: Option<&str>) -> Result<Self, Error> {
        let media_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
        [Self::Protobuf, Self::Json]
            .into_iter()
            .find(|encoding| media_type.eq_ignore_ascii_case(encoding.content_type()))
            .ok_or(Error::UnsupportedType)
    }

    /// Returns the `Content-Type` of the answer.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }
}

/// Checks a `Content-Encoding`. It decides nothing else: API Gateway may unpack a body and leave the header.
///
/// # Errors
/// [`Error::UnsupportedEncoding`] for one that is neither gzip nor identity.
pub fn check_content_encoding(content_encoding: Option<&str>) -> Result<(), Error> {
    let value = content_encoding.unwrap_or_default().trim();
    let is_known = ["", "gzip", "identity"].iter().any(|known| value.eq_ignore_ascii_case(known));
    if is_known { Ok(()) } else { Err(Error::UnsupportedEncoding) }
}

/// Unpacks `body` if it starts with the magic bytes of gzip, with which no request starts. Unpacking stops one byte
/// after `max_bytes`.
///
/// # Errors
/// [`Error::TooLarge`] for more than `max_bytes`, packed or not; [`Error::InvalidGzip`].
pub fn unpack(body: Bytes, max_bytes: usize) -> Result<Bytes, Error> {
    if !body.starts_with(&GZIP_MAGIC) {
        return if body.len() > max_bytes { Err(Error::TooLarge(max_bytes)) } else { Ok(body) };
    }
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(&*body).take(limit).read_to_end(&mut unpacked).map_err(Error::InvalidGzip)?;
    if unpacked.len() > max_bytes { Err(Error::TooLarge(max_bytes)) } else { Ok(unpacked.into()) }
}

/// Decodes an unpacked body. Unknown fields are ignored.
///
/// # Errors
/// [`Error::TooManyMessages`]; [`Error::InvalidProtobuf`]; [`Error::NotAnObject`]; [`Error::InvalidJson`].
pub fn decode(encoding: Encoding, body: Bytes) -> Result<LogsRequest, Error> {
    let count = match encoding {
        Encoding::Protobuf => budget::count_protobuf(&body),
        Encoding::Json => budget::count_json(&body),
    };
    if count > MAX_MESSAGES {
        return Err(Error::TooManyMessages);
    }
    match encoding {
        Encoding::Protobuf => LogsRequest::decode(body).map_err(Error::InvalidProtobuf),
        Encoding::Json => decode_json(&body),
    }
}

/// Serde reads a struct from an array too, which is no form of the protocol.
fn decode_json(body: &[u8]) -> Result<LogsRequest, Error> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') {
        return Err(Error::NotAnObject);
    }
    serde_json::from_slice(body).map_err(Error::InvalidJson)
}
