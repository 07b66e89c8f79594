//! The report as a text for people, and as a document for programs.

use serde_json::{Value, json};

use super::{Entry, Report, Verdict};

/// For whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Terminal,
    Json,
}

/// The text of a report.
#[must_use]
pub fn render(format: Format, report: &Report) -> String {
    match format {
        Format::Terminal => report.entries.iter().map(lines).collect(),
        Format::Json => {
            let entries: Vec<Value> = report.entries.iter().map(document).collect();
            format!("{:#}\n", json!({"images": entries, "notes": report.notes}))
        }
    }
}

/// One line for each image, and what to say about it below.
fn lines(entry: &Entry) -> String {
    let environment = entry.environment.as_ref().map(|it| format!("{it}: ")).unwrap_or_default();
    let mut text = format!("{environment}{}  {}\n", entry.name, entry.verdict.word());
    let digest = |it: &Option<crate::plan::Locked>| it.as_ref().map(|it| it.digest.clone()).unwrap_or_default();
    match entry.verdict {
        Verdict::Same | Verdict::Failed => {}
        Verdict::Moved => text += &format!("  - {}\n  + {}\n", digest(&entry.was), digest(&entry.now)),
        Verdict::New | Verdict::Completed => text += &format!("  + {}\n", digest(&entry.now)),
        Verdict::Kept | Verdict::Outdated => text += &format!("  = {}\n", digest(&entry.was)),
        Verdict::Unused => text += &format!("  - {}\n", digest(&entry.was)),
    }
    let platforms = entry.now.as_ref().map(|it| it.platforms.join(" ")).unwrap_or_default();
    let is_news = matches!(entry.verdict, Verdict::New | Verdict::Moved | Verdict::Completed);
    if is_news && !platforms.is_empty() {
        text += &format!("    for {platforms}\n");
    }
    if let Some(trouble) = &entry.trouble {
        text += &format!("  ! {}\n    {}\n", trouble.why, trouble.way_out);
    }
    text
}

fn document(entry: &Entry) -> Value {
    let mut document = json!({
        "environment": entry.environment,
        "name": entry.name,
        "verdict": entry.verdict.word(),
        "digest": entry.now.as_ref().map(|it| it.digest.as_str()),
        "was": entry.was.as_ref().map(|it| it.digest.as_str()),
        "platforms": entry.now.as_ref().map(|it| it.platforms.clone()).unwrap_or_default(),
    });
    if let Some(trouble) = &entry.trouble {
        document["why"] = json!(trouble.why);
        document["way-out"] = json!(trouble.way_out);
    }
    document
}
