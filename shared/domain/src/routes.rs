//! The route table: the addresses of the chatbots that are Online.

pub(crate) mod change_log;
pub(crate) mod head;
mod rendered_routes;
pub(crate) mod rendered_table;
pub(crate) mod route;

pub use self::{
    change_log::{ChangeLogEntry, OwnedChange, RouteChange, RouteChanges},
    head::{Head, Revision},
    rendered_table::{InvalidTable, RenderedTable, render_page},
    route::Route,
};
