//! What several test suites need: the examples, a project in memory, and golden files.

#![allow(dead_code, unreachable_pub, clippy::panic, reason = "each suite uses a part of it")]

pub mod binary;
pub mod golden;
pub mod hostile;
pub mod judges;
pub mod listen;
pub mod project;
