//! Binary state of an item: postcard, with the number of its form.
//!
//! Postcard has no names: bytes of another form would be read as something else, or lose what the other release added. So
//! each item of another form than the first says its form, and one that this release does not know is refused. Decision
//! 0014 says how a form changes.

use serde::{Serialize, de::DeserializeOwned};

use super::item::{Item, bytes, bytes_of, number, number_of};
use crate::{StoreError, attributes};

/// The form of items that do not say it.
const FIRST: u8 = 1;

/// A type that is stored in binary.
pub(crate) trait Packed: Serialize + DeserializeOwned {
    /// The form that this release writes.
    const FORM: u8;
}

/// An item cannot be read by this release.
#[derive(Debug, thiserror::Error)]
enum UnknownForm {
    /// A later release wrote it.
    #[error("the state has form {found}, this release reads form {known}")]
    Form { found: u8, known: u8 },
    /// There are more bytes than the form has.
    #[error("the state has {0} bytes more than its form")]
    Surplus(usize),
}

/// Puts `value` into `item`.
///
/// # Errors
/// When it has no stored form.
pub(crate) fn insert_packed<T: Packed>(item: &mut Item, value: &T) -> Result<(), StoreError> {
    let state = postcard::to_stdvec(value).map_err(StoreError::unreadable)?;
    item.insert(attributes::STATE.to_owned(), bytes(state));
    // A minute has some 130 bytes, and a query reads hundreds of them: the number would cost a twentieth.
    if T::FORM != FIRST {
        item.insert(attributes::FORM.to_owned(), number(T::FORM));
    }
    Ok(())
}

/// Reads the value of [`insert_packed`]. An item without the number of a form has the first.
///
/// # Errors
/// [`StoreError::Unreadable`] if the item has none, or in a form that this release does not know.
pub(crate) fn packed_of<T: Packed>(item: &Item) -> Result<T, StoreError> {
    let found = if item.contains_key(attributes::FORM) { number_of(item, attributes::FORM)? } else { FIRST };
    if found != T::FORM {
        return Err(StoreError::unreadable(UnknownForm::Form { found, known: T::FORM }));
    }
    let (value, surplus) =
        postcard::take_from_bytes(bytes_of(item, attributes::STATE)?).map_err(StoreError::unreadable)?;
    if surplus.is_empty() { Ok(value) } else { Err(StoreError::unreadable(UnknownForm::Surplus(surplus.len()))) }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct First(u8);

    impl Packed for First {
        const FORM: u8 = 1;
    }

    /// The form of a later release: it has a field more.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Second(u8, u8);

    impl Packed for Second {
        const FORM: u8 = 2;
    }

    #[test]
    fn value_is_read_as_it_was_written() {
        let mut item = Item::new();
        insert_packed(&mut item, &First(7)).expect("packed");
        assert_eq!(packed_of::<First>(&item).expect("read"), First(7));
    }

    #[test]
    fn item_that_does_not_say_its_form_has_the_first() {
        let item = Item::from([(attributes::STATE.to_owned(), bytes(vec![7]))]);
        assert_eq!(packed_of::<First>(&item).expect("read"), First(7));
    }

    #[test]
    fn form_of_a_later_release_is_refused() {
        let mut item = Item::new();
        insert_packed(&mut item, &Second(7, 8)).expect("packed");
        let error = packed_of::<First>(&item).expect_err("another form").to_string();
        assert!(error.contains("form 2"), "{error}");
    }

    #[test]
    fn bytes_that_the_form_does_not_have_are_refused() {
        let item = Item::from([(attributes::STATE.to_owned(), bytes(vec![7, 8]))]);
        let error = packed_of::<First>(&item).expect_err("a byte too many").to_string();
        assert!(error.contains("1 bytes more"), "{error}");
    }
}
