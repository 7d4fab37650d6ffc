//! The filter of lists by type: the query parameter `type`, which may be repeated.

use crate::participant::ParticipantType;

/// The types that a list includes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeFilter(Vec<ParticipantType>);

impl TypeFilter {
    /// Parses type names as the first generation does: unknown names are ignored, and if no known name is given, no
    /// filter is applied.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        Self(ParticipantType::ALL.into_iter().filter(|kind| names.contains(&kind.as_str())).collect())
    }

    /// Returns true if the list includes participants of `kind`.
    #[must_use]
    pub fn includes(&self, kind: ParticipantType) -> bool {
        self.0.is_empty() || self.0.contains(&kind)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn unknown_types_are_ignored_and_alone_disable_the_filter() {
        let included = |names: &[&str]| {
            let filter = TypeFilter::parse(names.iter().copied());
            ParticipantType::ALL.map(|kind| filter.includes(kind))
        };
        assert_eq!(included(&[]), [true; 3]);
        assert_eq!(included(&["Dmr"]), [false, true, false]);
        assert_eq!(included(&["Dmr", "Chatbot", "Dmr"]), [true, true, false]);
        assert_eq!(included(&["Printer", "Classifier"]), [false, false, true]);
        for unknown in [&["dmr"][..], &["Unknown"], &["Printer", ""], &["1"]] {
            assert_eq!(included(unknown), [true; 3], "{unknown:?}");
        }
    }

    proptest! {
        #[test]
        fn every_filter_includes_a_type(names in proptest::collection::vec(".{0,12}|Dmr|Chatbot|Classifier", 0..6)) {
            let filter = TypeFilter::parse(names.iter().map(String::as_str));
            prop_assert!(ParticipantType::ALL.into_iter().any(|kind| filter.includes(kind)));
            for kind in ParticipantType::ALL {
                let given = names.iter().any(|name| name == kind.as_str());
                let any = ParticipantType::ALL.iter().any(|kind| names.iter().any(|name| name == kind.as_str()));
                prop_assert_eq!(filter.includes(kind), given || !any);
            }
        }
    }
}
