//! Paths: of files in the project, and of places in a container.

use super::names::explain;
use super::text_type;

text_type! {
    /// A file of the project, relative to `mlops.toml`: portable characters only, `/` between folders, never out of
    /// the project.
    FilePath: "project-file", examples ["train.py", "src/ct_segmentation/ingest.py"];
    |text| {
        let known = |it: char| it.is_ascii_alphanumeric() || "-_.+@/".contains(it);
        let climbs = text.split('/').any(|it| it == ".." || it.is_empty()) || text.starts_with('/');
        if climbs {
            return Err("expected a path inside the project's folder".to_owned());
        }
        explain(text.chars().all(known) && text.len() <= 255, "letters, digits and `-_.+@` in names, `/` between them")
    }
}

text_type! {
    /// An absolute path in a container, without `.`, `..` and empty parts.
    UnixPath: "container-path", examples ["/archive", "/var/lib/postgresql"];
    |text| {
        let parts = text.strip_prefix('/').unwrap_or_default().split('/');
        let known = |it: char| it.is_ascii_alphanumeric() || "-_.+@".contains(it);
        let fits = |it: &str| !it.is_empty() && it != "." && it != ".." && it.chars().all(known);
        explain(parts.into_iter().all(fits) && text.len() <= 255, "an absolute path such as `/archive`, no `..` in it")
    }
}

text_type! {
    /// Files of the project, relative to `mlops.toml`. `*` and `?` stand for letters of names in the last folder.
    FilePattern: "project-files", examples ["conf/routes.xml", "conf/routes.d/*.xml"];
    |text| {
        let (folder, name) = text.rsplit_once('/').unwrap_or(("", text));
        if folder.contains(['*', '?']) {
            return Err("expected `*` and `?` behind the last `/` only".to_owned());
        }
        // Where they stand for a letter, the rest must be a path.
        let letters = name.replace(['*', '?'], "x");
        FilePath::check(&if folder.is_empty() { letters } else { format!("{folder}/{letters}") })
    }
}

text_type! {
    /// A folder of a dataset, relative to it: portable characters only, never out of the dataset.
    SubPath: "sub-path", examples ["2026", "ct/2026"];
    |text| {
        let known = |it: char| it.is_ascii_alphanumeric() || "-_.+@".contains(it);
        let climbs = text.starts_with('/') || text.split('/').any(|it| it == "..");
        if climbs {
            return Err("expected a folder of the dataset, and this leads out of it".to_owned());
        }
        let fits = |it: &str| !it.is_empty() && it != "." && it.chars().all(known);
        explain(text.split('/').all(fits) && text.len() <= 255, "a folder of the dataset such as `ct/2026`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_dataset_stay_in_it() {
        assert_eq!(SubPath::check("ct/2026"), Ok(()));
        for bad in ["", "/ct", "..", "ct/../../mr", "ct/", "./ct", "a b", "$x"] {
            assert!(SubPath::check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn project_files_stay_in_the_project() {
        assert_eq!(FilePath::check("src/a_b/train.py"), Ok(()));
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a b.py", "a\nb", "a$b", "a\"b"] {
            assert!(FilePath::check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn patterns_are_of_one_folder() {
        for good in ["a.xml", "*.xml", "conf/routes.d/*.xml", "conf/v?"] {
            assert_eq!(FilePattern::check(good), Ok(()), "{good}");
        }
        for bad in ["", "/x/*", "../*", "conf/*/x", "conf/**/x", "conf/[ab]"] {
            assert!(FilePattern::check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn container_paths_are_absolute() {
        assert_eq!(UnixPath::check("/var/run/gateway"), Ok(()));
        for bad in ["", "/", "a", "/a/../b", "/a/", "/a b", "/a:b", "/a,b", "/$x"] {
            assert!(UnixPath::check(bad).is_err(), "{bad:?}");
        }
    }
}
