//! What a `.dockerignore` keeps out of a build (Docker's documentation, "Build context", ".dockerignore files").

use fast_glob::glob_match;

/// The patterns of an ignore file, in order: the last one that matches decides.
pub struct Ignore(Vec<Pattern>);

struct Pattern {
    glob: String,
    lets_in: bool,
}

impl Ignore {
    /// Reads the text of an ignore file; a pattern that is none matches nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        Self(lines.filter(|it| !it.is_empty() && !it.starts_with('#')).map(pattern).collect())
    }

    /// Whether a path of the context gets into the build.
    #[must_use]
    pub fn lets_in(&self, path: &str) -> bool {
        self.0.iter().rev().find(|it| takes(&it.glob, path)).is_none_or(|it| it.lets_in)
    }

    /// Whether something below a folder may get into the build.
    #[must_use]
    pub fn may_let_in_below(&self, folder: &str) -> bool {
        self.lets_in(folder) || self.0.iter().any(|it| it.lets_in)
    }
}

fn pattern(line: &str) -> Pattern {
    let (lets_in, pattern) = line.strip_prefix('!').map_or((false, line), |it| (true, it.trim_start()));
    let parts = pattern.split('/').filter(|it| !it.is_empty() && *it != ".");
    // Braces are letters here.
    let glob = parts.collect::<Vec<_>>().join("/").replace('{', "\\{").replace('}', "\\}");
    Pattern { glob, lets_in }
}

/// Whether a pattern matches a path, or a folder that it is in: what matches takes everything below it along.
pub(super) fn takes(glob: &str, path: &str) -> bool {
    // Nearly all patterns are for a name anywhere.
    if let Some(name) = glob.strip_prefix("**/").filter(|it| !it.contains('/')) {
        return path.split('/').any(|it| is_like(name, it));
    }
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    ends.into_iter().any(|end| glob_match(glob, &path[..end]))
}

/// Whether a name matches a pattern without a slash. Most have one asterisk, at one end.
fn is_like(pattern: &str, name: &str) -> bool {
    let is_free = |it: &str, of: &[u8]| !it.bytes().any(|it| of.contains(&it));
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) if is_free(end, b"*?[{\\") => name.ends_with(end),
        (_, Some(start)) if is_free(start, b"*?[{\\") => name.starts_with(start),
        // Of fixed length: nothing but the end of the name can be like it.
        (Some(end), _) if is_free(end, b"*?{\\!^") && !end.contains("[]") => {
            let at = name.char_indices().rev().nth(letters(end).saturating_sub(1)).map(|(at, _)| at);
            at.is_some_and(|at| glob_match(end, &name[at..]))
        }
        _ => glob_match(pattern, name),
    }
}

/// How many letters a pattern without asterisks stands for: a class stands for one.
fn letters(pattern: &str) -> usize {
    let mut in_class = false;
    let counts = pattern.chars().filter(|it| {
        in_class = *it == '[' || (in_class && *it != ']');
        !in_class
    });
    counts.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pattern_that_matches_decides() {
        let ignore = Ignore::parse("# all\n**\n!src\n!/go.mod\n**/*.dcm\nsrc/*/secret?.txt\n");
        for inside in ["src/a.py", "src/deep/a.py", "go.mod", "src/a/b/secret1.txt"] {
            assert!(ignore.lets_in(inside), "{inside}");
        }
        for outside in ["README.md", "src/scan.dcm", "src/a/secret1.txt", "x/go.mod"] {
            assert!(!ignore.lets_in(outside), "{outside}");
        }
        assert!(!Ignore::parse("data").lets_in("data/a/b.dcm"));
        assert!(Ignore::parse("*.dcm").lets_in("data/b.dcm"));
        assert!(!Ignore::parse("**/*.dcm").lets_in("b.dcm"));
        for (pattern, path, lets_in) in [
            ("**/.*", "a/.git/config", false),
            ("**/.*", "a/b.c", true),
            ("**/id_rsa*", "keys/id_rsa.pub", false),
            ("**/*.py[cod]", "a/b.pyc", false),
            ("**/*.py[cod]", "a/b.py", true),
            ("**/*.[pP][tT]", "net.PT", false),
            ("**/*.[nN][iI][iI].[gG][zZ]", "a/scan.é.NII.gz", false),
            ("**/*.[nN][iI][iI].[gG][zZ]", "a/NII.gz", true),
            ("**/*.[nN][iI][iI].[gG][zZ]", "a/gz", true),
            ("**/*[!a]", "b", false),
            ("**/DICOMDIR", "cd/DICOMDIR/1", false),
            ("**/DICOMDIR", "cd/DICOMDIRS", true),
        ] {
            assert_eq!(Ignore::parse(pattern).lets_in(path), lets_in, "{pattern} {path}");
        }
    }
}
