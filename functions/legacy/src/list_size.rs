//! The size limit of lists.

use centops_api::{Problem, Reply};
use lambda_http::{Body, Response};

/// The maximum size of a list in bytes. Lambda's response limit is 6 MB and includes an envelope in which quotes are
/// escaped. A longer list is an error, because clients would forget the participants that a shortened list lacks.
pub const MAX_LIST_BYTES: usize = 4 * 1024 * 1024;

/// Returns `response`, or an internal error if its body has more than [`MAX_LIST_BYTES`].
pub(crate) fn checked(response: Response<Body>) -> Reply {
    let length = response.body().len();
    if length > MAX_LIST_BYTES {
        return Err(Problem::internal(format!("the list has {length} bytes, the maximum is {MAX_LIST_BYTES}")));
    }
    Ok(response)
}
