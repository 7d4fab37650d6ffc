//! The route table: the addresses of the chatbots that are Online.

pub(crate) mod rendered_table;
pub(crate) mod route;

pub use self::{
    rendered_table::{InvalidTable, RenderedTable, render_page},
    route::{ChangeLogEntry, Head, Revision, Route, RouteChange, RouteChanges},
};
