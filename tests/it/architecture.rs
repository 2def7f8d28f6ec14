//! The floors are kept, packages stay at home, and hidden things stay hidden.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::support::package;

/// The floors, should the crate's documentation not list them.
const FLOORS: [&str; 7] = ["base", "history", "user", "world", "study", "show", "cli"];

/// Longest file [line].
const LONGEST: usize = 600;

/// A source file without its comments and its tests.
struct Source {
    /// From the package's folder.
    path: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let (mut found, mut open) = (Vec::new(), vec![package().join("src")]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    let texts: BTreeMap<_, _> =
        found.iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect();
    let tests: BTreeSet<_> = texts.iter().flat_map(|(path, text)| test_files(path, text)).collect();
    let name = |path: &Path| path.strip_prefix(package()).unwrap().to_str().unwrap().replace('\\', "/");
    let kept = texts.iter().filter(|(path, _)| !tests.contains(*path));
    kept.map(|(path, text)| Source { path: name(path), code: code(text) }).collect()
}

/// Files that a file declares as tests: `#[cfg(test)] mod name;`.
fn test_files(path: &Path, text: &str) -> Vec<std::path::PathBuf> {
    let stem = path.file_stem().unwrap().to_str().unwrap();
    let folder = path.parent().unwrap();
    let inside = if ["mod", "lib", "main"].contains(&stem) { folder.to_owned() } else { folder.join(stem) };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let declared = lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]").filter_map(|pair| {
        let name = pair[1].strip_prefix("mod ")?.strip_suffix(';')?;
        Some([inside.join(format!("{name}.rs")), inside.join(name).join("mod.rs")])
    });
    declared.flatten().collect()
}

/// The text without comments and without the tests at its end.
fn code(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_tests = |pair: &[&str]| {
        let next = pair[1].trim();
        pair[0].trim() == "#[cfg(test)]" && next.starts_with("mod ") && next.ends_with('{')
    };
    let end = lines.windows(2).position(is_tests).unwrap_or(lines.len());
    let bare = |line: &&str| line.split("//").next().unwrap_or("").to_owned();
    lines[..end].iter().map(bare).collect::<Vec<_>>().join("\n")
}

/// The floors as the crate's documentation lists them, a line each: `//! | 0 | [`base`] | ...`.
fn floors() -> Vec<String> {
    let text = std::fs::read_to_string(package().join("src/lib.rs")).unwrap();
    let mut listed = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.trim().strip_prefix("//! |")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let name: String = cells.get(1).unwrap_or(&"").chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
        if let Ok(floor) = cells[0].parse::<usize>() {
            let before = listed.insert(floor, name);
            assert_eq!(before, None, "two modules on floor {floor}");
        }
    }
    if listed.is_empty() { FLOORS.map(str::to_owned).to_vec() } else { listed.into_values().collect() }
}

/// Modules of the crate's root that some code names, by `crate::` or by climbing with `super::`.
fn root_modules(source: &Source) -> BTreeSet<String> {
    let depth = source.path.split('/').count() - if source.path.ends_with("/mod.rs") { 2 } else { 1 };
    let root = "super::".repeat(depth);
    ["crate::", root.as_str()]
        .iter()
        .filter(|way| !way.is_empty())
        .flat_map(|way| named_after(&source.code, way))
        .collect()
}

/// What is named right after a path: one name, or the first names in a group in braces.
fn named_after(code: &str, path: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (start, _) in code.match_indices(path) {
        let rest = &code[start + path.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            names.extend(first_names(group));
        } else {
            names.push(leading_name(rest));
        }
    }
    names
}

fn leading_name(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn first_names(group: &str) -> Vec<String> {
    let (mut depth, mut names, mut begins) = (0, vec![leading_name(group)], 0);
    for (place, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = place + 1,
            _ => continue,
        }
        if begins == place + 1 {
            names.push(leading_name(&group[begins..]));
        }
    }
    names
}

/// Whether some code names a word that is not part of a longer one, nor inside another path.
fn names(code: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(start, _)| {
        let before = code[..start].chars().next_back();
        let after = code[start + word.len()..].chars().next();
        !before.is_some_and(|c| is_part(c) || c == ':') && (word.ends_with(':') || !after.is_some_and(is_part))
    })
}

/// The same, wherever in a path it stands.
fn mentions(code: &str, word: &str) -> bool {
    let is_part = |c: &char| c.is_alphanumeric() || *c == '_';
    code.match_indices(word).any(|(start, _)| {
        let before = code[..start].chars().next_back().filter(is_part);
        let after = code[start + word.len()..].chars().next().filter(is_part);
        before.is_none() && after.is_none()
    })
}

#[test]
fn the_reader_of_sources_sees_every_way_to_a_module() {
    let source = |path: &str, code: &str| Source { path: path.to_owned(), code: code.to_owned() };
    let one =
        source("src/user/facet/gap.rs", "use crate::{base::{a, b}, show::x,\n cli};\nsuper::super::super::study::y()");
    let expected = ["base", "cli", "show", "study"].map(str::to_owned);
    assert_eq!(root_modules(&one), expected.into());
    assert_eq!(root_modules(&source("src/user/mod.rs", "super::world::z")), ["world".to_owned()].into());
    assert!(names("use ron::de", "ron::") && !names("a::ron::de", "ron::") && !names("electron::de", "ron::"));
    assert!(mentions("life::Persona", "Persona") && !mentions("Personas", "Persona"));
    assert_eq!(code("a // crate::cli\n#[cfg(test)]\nmod tests {\ncrate::cli"), "a ");
}

#[test]
fn no_module_uses_a_floor_above_its_own() {
    let floors = floors();
    assert_eq!(floors, FLOORS, "the floors in the crate's documentation, in the order of the data flow");
    let rank = |name: &str| floors.iter().position(|floor| floor == name);
    let mut broken = Vec::new();
    for source in sources() {
        let Some(own) = source.path.split('/').nth(1).and_then(rank) else { continue };
        let above = root_modules(&source).into_iter().filter(|name| rank(name).is_some_and(|other| other > own));
        broken.extend(above.map(|name| format!("{} uses {name}", source.path)));
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_module_of_the_root_has_a_floor() {
    let text = std::fs::read_to_string(package().join("src/lib.rs")).unwrap();
    let modules = text.lines().filter_map(|line| line.trim().strip_prefix("pub mod ")?.strip_suffix(';'));
    let modules: BTreeSet<String> = modules.map(str::to_owned).collect();
    assert_eq!(modules, floors().into_iter().collect());
}

#[test]
fn packages_stay_at_home() {
    let homes: [(&str, &[&str]); 5] = [
        ("ron::", &["src/base/"]),
        ("actix::", &["src/world/engine/", "src/world/account/direct.rs"]),
        ("plotters::", &["src/show/chart/"]),
        ("parquet::", &["src/history/", "src/show/table/", "src/study/store/models.rs"]),
        ("arrow::", &["src/history/", "src/show/table/", "src/study/store/models.rs", "src/study/store/columns.rs"]),
    ];
    let sources = sources();
    for (package, homes) in homes {
        let is_home = |source: &&Source| homes.iter().any(|home| source.path.starts_with(home));
        let (at_home, abroad): (Vec<&Source>, Vec<&Source>) =
            sources.iter().filter(|source| names(&source.code, package)).partition(is_home);
        let abroad: Vec<&str> = abroad.iter().map(|source| source.path.as_str()).collect();
        assert!(abroad.is_empty(), "{package} outside {homes:?}: {abroad:?}");
        assert!(!at_home.is_empty(), "{package} is nowhere to be seen; is this test still looking right?");
    }
}

#[test]
fn an_intervention_cannot_see_what_a_user_is() {
    let mut seen = 0;
    for source in sources() {
        if source.path.starts_with("src/world/intervention") || source.path == "src/world/conditions.rs" {
            seen += 1;
            for word in ["persona", "Persona", "life"] {
                assert!(!mentions(&source.code, word), "{} names {word}", source.path);
            }
        }
    }
    assert!(seen >= 5, "only {seen} files");
}

#[test]
fn analysis_sees_events_only() {
    for source in sources() {
        // Twins are made of what was recorded; they are drawn, never read off a world.
        let twins = source.path.starts_with("src/study/twins");
        if !twins && ["study", "show", "cli"].iter().any(|floor| source.path.starts_with(&format!("src/{floor}"))) {
            for word in ["Persona", "persona"] {
                assert!(!mentions(&source.code, word), "{} names {word}", source.path);
            }
        }
    }
}

#[test]
fn no_file_is_too_long() {
    let whole = |source: &Source| std::fs::read_to_string(package().join(&source.path)).unwrap().lines().count();
    let long: Vec<_> =
        sources().iter().map(|s| (s.path.clone(), whole(s))).filter(|(_, lines)| *lines > LONGEST).collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn every_shipped_scenario_begins_with_the_question_it_answers() {
    let mut scenarios = 0;
    for entry in std::fs::read_dir(package().join("scenarios")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "ron") {
            let text = std::fs::read_to_string(&path).unwrap();
            let first = text.lines().next().unwrap_or("");
            assert!(first.starts_with("// ") && first.ends_with('?'), "{}: {first}", path.display());
            scenarios += 1;
        }
    }
    assert!(scenarios >= 2);
}
