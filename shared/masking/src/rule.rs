//! The parts that all rules have in common.

use crate::{span::Span, view::View};

/// Finds one kind of data.
pub(crate) trait Rule: Send + Sync {
    /// Returns the spans of the view's text to mask. They may overlap.
    fn find(&self, view: &View<'_>) -> Vec<Span>;
}
