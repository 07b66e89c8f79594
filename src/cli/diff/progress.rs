//! How far a conversation with a cluster is, for whoever waits at a terminal.

use crate::cli::args::Args;
use crate::cli::print;
use crate::diff::{Question, Reply, Server};

/// A server whose questions are counted where somebody sees it.
pub(super) struct Watched<'w, S> {
    pub(super) server: &'w mut S,
    pub(super) args: &'w Args,
    pub(super) title: &'w str,
}

impl<S: Server> Server for Watched<'_, S> {
    type Error = S::Error;

    fn ask(&mut self, questions: Vec<Question>) -> Result<Vec<Reply>, S::Error> {
        if questions.is_empty() {
            return self.server.ask(questions);
        }
        let tried = questions.iter().filter(|it| matches!(it, Question::DryRun { .. })).count();
        let what =
            if tried > 0 { print::counted(tried, "dry run") } else { print::counted(questions.len(), "question") };
        print::progress(self.args, &format!("{}: {what} …", self.title));
        let replies = self.server.ask(questions);
        print::progress(self.args, "");
        replies
    }
}
