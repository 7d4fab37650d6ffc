//! Requests of chats and of signed webhooks: verification, commands, answers. Pure: no clock, no network, no table.
//!
//! A [`Room`] is a chat server with its way to authenticate requests and to show answers: [`slack`] or [`mattermost`]. A
//! [`Command`] is what a person writes; an [`Action`] is a command that calls operations of the Admin API, which webhooks and
//! messages of a topic request too. [`Settings`] are the value of the stack's secret `ChatSecret`.

pub mod action;
pub mod answer;
pub mod bot;
pub mod button;
pub mod command;
pub mod mattermost;
pub mod room;
pub mod settings;
pub mod slack;
pub mod webhook;

mod mac;

pub use action::Action;
pub use answer::{Answer, Button, Link, Visibility};
pub use bot::{ApiMethod, ApiRequest, Bot, NotPosted};
pub use command::Command;
pub use room::{Content, Message, Posted, Refused, Room, Sender};
pub use settings::Settings;
