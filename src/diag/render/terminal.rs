//! Diagnostics for people, as rustc shows them.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};

use super::excerpt::Excerpt;
use super::{clean, full_message};
use crate::diag::{Diagnostic, Help, Label, Severity};
use crate::source::{FileId, Sources};

pub(super) fn render(diagnostics: &[&Diagnostic], sources: &Sources, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    diagnostics.iter().fold(String::new(), |text, it| text + &one(it, sources, &renderer) + "\n\n")
}

fn one(diagnostic: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let message = full_message(diagnostic);
    let title = level.primary_title(clean(&message)).id(diagnostic.code.id);
    let mut group = Group::with_title(title);
    for (file, labels) in by_file(diagnostic, sources) {
        let first = labels[0];
        group = match file {
            Some(file) => group.element(snippet(file, &labels, diagnostic, sources)),
            None => {
                let (name, range) = first.spot.location(sources).unwrap_or_default();
                let origin = Origin::path(clean(name));
                group.element(match range {
                    Some((start, _)) => origin.line(start.line).char_column(start.column),
                    None => origin,
                })
            }
        };
    }
    let mut groups = vec![group];
    let (with_edits, words): (Vec<_>, Vec<_>) = diagnostic.helps.iter().partition(|it| shows_edit(it, sources));
    for help in words {
        let last = groups.pop().expect("internal error: the first group is always there");
        groups.push(last.element(Level::HELP.message(clean(&help.text))));
    }
    groups.extend(with_edits.into_iter().map(|it| patched(it, sources)));
    renderer.render(&groups)
}

/// The labels of each file together, in the order in which the files are first named.
fn by_file<'d>(diagnostic: &'d Diagnostic, sources: &Sources) -> Vec<(Option<FileId>, Vec<&'d Label>)> {
    let mut files: Vec<(Option<FileId>, Vec<&Label>)> = Vec::new();
    for label in &diagnostic.labels {
        let file = label.spot.span(sources).map(|it| it.file);
        match files.iter_mut().find(|(known, _)| *known == file && file.is_some()) {
            Some((_, labels)) => labels.push(label),
            None => files.push((file, vec![label])),
        }
    }
    files
}

fn snippet<'s>(
    file: FileId,
    labels: &[&'s Label],
    diagnostic: &Diagnostic,
    sources: &'s Sources,
) -> Snippet<'s, annotate_snippets::Annotation<'s>> {
    let main = diagnostic.labels.first();
    let range = |label: &Label| label.spot.span(sources).map(|it| it.range());
    let excerpt = Excerpt::new(file, labels.iter().filter_map(|it| range(it)), sources);
    let annotations: Vec<_> = labels
        .iter()
        .filter_map(|label| {
            let kind = if main.is_some_and(|it| std::ptr::eq(it, *label)) {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            Some(kind.span(excerpt.range(&range(label)?)).label(clean(&label.text)))
        })
        .collect();
    Snippet::source(excerpt.text)
        .line_start(excerpt.line)
        .path(clean(sources.name(file)))
        .fold(true)
        .annotations(annotations)
}

fn shows_edit(help: &Help, sources: &Sources) -> bool {
    !help.edits.is_empty() && help.edits.iter().all(|it| it.spot.span(sources).is_some())
}

fn patched<'s>(help: &'s Help, sources: &'s Sources) -> Group<'s> {
    let spans = help.edits.iter().filter_map(|edit| Some((edit.spot.span(sources)?, edit)));
    let file = spans.clone().map(|(span, _)| span.file).next().expect("internal error: an edit has a place");
    let spans = spans.filter(|(span, _)| span.file == file);
    let excerpt = Excerpt::new(file, spans.clone().map(|(span, _)| span.range()), sources);
    let patches: Vec<_> =
        spans.map(|(span, edit)| Patch::new(excerpt.range(&span.range()), clean(&edit.text))).collect();
    let snippet = Snippet::source(excerpt.text)
        .line_start(excerpt.line)
        .path(clean(sources.name(file)))
        .fold(true)
        .patches(patches);
    Level::HELP.secondary_title(clean(&help.text)).element(snippet)
}
