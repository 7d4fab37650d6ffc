//! The size limit of lists.

use centops_api::{Problem, Reply};
use lambda_http::{Body, Response};

/// The maximum size of a list in bytes. Lambda's response limit is 6 MB and includes an envelope in which quotes are
/// escaped. A longer list is an error, because clients would forget the participants that a shortened list lacks.
pub const MAX_LIST_BYTES: usize = 4 * 1024 * 1024;

/// The bytes of a participant in a list without its values.
const MIN_ITEM_BYTES: usize = 70;

/// Returns an internal error if a list with `count` items is longer than [`MAX_LIST_BYTES`] for sure. It bounds what is
/// read for a list that cannot be answered.
pub(crate) fn check_count(count: usize) -> Result<(), Problem> {
    const MAX_ITEMS: usize = MAX_LIST_BYTES / MIN_ITEM_BYTES;
    if count > MAX_ITEMS {
        return Err(Problem::internal(format!("the list has more than {MAX_ITEMS} items")));
    }
    Ok(())
}

/// Returns `response`, or an internal error if its body has more than [`MAX_LIST_BYTES`].
pub(crate) fn checked(response: Response<Body>) -> Reply {
    let length = response.body().len();
    if length > MAX_LIST_BYTES {
        return Err(Problem::internal(format!("the list has {length} bytes, the maximum is {MAX_LIST_BYTES}")));
    }
    Ok(response)
}
