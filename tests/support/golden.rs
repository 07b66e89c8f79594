//! Golden files: what a test must give, reviewed like code. `SNAPSHOTS=overwrite` writes them anew.

use std::collections::BTreeMap;
use std::path::Path;

/// The one command that accepts a change.
const ACCEPT: &str = "SNAPSHOTS=overwrite cargo test";

/// Whether this run accepts what it sees.
pub fn overwrites() -> bool {
    std::env::var("SNAPSHOTS").is_ok_and(|it| it == "overwrite")
}

/// Compares one file with what it should be.
///
/// # Errors
/// The difference, and how to accept it.
pub fn check_file(path: &Path, actual: &str) -> Result<(), String> {
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected == actual && path.is_file() {
        return Ok(());
    }
    if overwrites() {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|it| it.to_string())?;
        }
        return std::fs::write(path, actual).map_err(|it| format!("{}: {it}", path.display()));
    }
    Err(format!("{}\nTo accept: {ACCEPT}", difference(path, &expected, actual)))
}

/// Compares a whole folder; a file on one side only is a difference.
///
/// # Errors
/// The differences, and how to accept them.
pub fn check_tree(folder: &Path, actual: &BTreeMap<String, String>) -> Result<(), String> {
    let expected = read_tree(folder);
    let mut faults = Vec::new();
    for (name, text) in actual {
        if let Err(fault) = check_file(&folder.join(name), text) {
            faults.push(fault);
        }
    }
    for name in expected.keys().filter(|it| !actual.contains_key(*it)) {
        let path = folder.join(name);
        if overwrites() {
            std::fs::remove_file(&path).map_err(|it| format!("{}: {it}", path.display()))?;
        } else {
            faults.push(format!("{} is not made any more\nTo accept: {ACCEPT}", path.display()));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n\n")) }
}

/// Every file below a folder, by its path.
pub fn read_tree(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return files };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            files.extend(read_tree(&path).into_iter().map(|(inner, text)| (format!("{name}/{inner}"), text)));
        } else {
            files.insert(name, std::fs::read_to_string(&path).unwrap_or_default());
        }
    }
    files
}

fn difference(path: &Path, expected: &str, actual: &str) -> String {
    let name = path.display().to_string();
    similar::TextDiff::from_lines(expected, actual).unified_diff().header(&name, "now").to_string()
}
