//! What a change would weaken of what protects people's data: a stable code each, whatever the verdict.
//!
//! A difference is a decision of somebody's; this says which ones a reviewer should not overlook. What the rule of law
//! is behind each of them is said by its explanation.

mod beside;
mod codes;
mod containers;
mod find;

pub(super) use codes::CODES;
pub(super) use find::risks;
