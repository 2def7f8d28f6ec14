//! The walk-through in `docs/tour.md`: every command in it runs, and what it quotes is what is printed.

use std::{collections::BTreeMap, path::Path, process::Command};

use crate::support::{Desk, package};

/// A fenced block: its language and its lines.
struct Fenced {
    language: String,
    lines: Vec<String>,
}

fn fenced(text: &str) -> Vec<Fenced> {
    let (mut blocks, mut open): (Vec<Fenced>, Option<Fenced>) = (Vec::new(), None);
    for line in text.lines() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => blocks.push(block),
            (Some(language), None) => open = Some(Fenced { language: language.to_owned(), lines: Vec::new() }),
            (None, Some(mut block)) => {
                block.lines.push(line.to_owned());
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    blocks
}

/// Somebody who follows the tour.
struct Reader {
    desk: Desk,
    told: BTreeMap<String, String>,
    /// What the last commands printed.
    said: String,
    commands: usize,
}

impl Reader {
    fn follow(&mut self, block: &Fenced) {
        match block.language.as_str() {
            "console" => {
                self.said.clear();
                block.lines.iter().for_each(|line| self.run(line.strip_prefix("$ ").unwrap()));
            }
            "text" => {
                block.lines.iter().for_each(|line| self.has_said(line));
            }
            "ron" => self.put_in_place_of_the_experiment(&block.lines.join("\n")),
            other => panic!("nobody knows what to do with `{other}`"),
        }
    }

    fn has_said(&self, line: &str) {
        assert!(self.said.contains(line.trim()), "{line}\n{}", self.said);
    }

    fn run(&mut self, line: &str) {
        if let Some((name, value)) = line.strip_prefix("export ").and_then(|rest| rest.split_once('=')) {
            self.told.insert(name.to_owned(), value.trim_matches('"').to_owned());
            return;
        }
        let rest = line.strip_prefix("cwm ").unwrap();
        let words: Vec<&str> = rest.split_whitespace().collect();
        let mut cwm = Command::new(env!("CARGO_BIN_EXE_cwm"));
        let done = cwm.args(words).current_dir(self.desk.path("")).envs(&self.told).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{line}\n{out}{err}");
        assert!(!out.contains("NaN"), "{line}\n{out}");
        self.said.push_str(&out);
        self.commands += 1;
    }

    fn put_in_place_of_the_experiment(&self, lines: &str) {
        let world = std::fs::read_to_string(self.desk.path("world.ron")).unwrap();
        let own = world.lines().filter(|line| line.starts_with("    experiment:")).count();
        assert_eq!(own, 1, "{world}");
        let changed = world.lines().map(|line| if line.starts_with("    experiment:") { lines } else { line });
        self.desk.put("world.ron", changed.collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn every_command_of_the_tour_runs_and_says_what_the_tour_quotes() {
    let desk = Desk::new();
    for name in ["segment.jsonl.gz", "payments.csv.gz", "ads.csv"] {
        desk.put(name, std::fs::read(package().join("docs/tour").join(name)).unwrap());
    }
    let text = std::fs::read_to_string(package().join("docs/tour.md")).unwrap();
    let mut reader = Reader { desk, told: BTreeMap::new(), said: String::new(), commands: 0 };
    fenced(&text).iter().for_each(|block| reader.follow(block));
    assert!(reader.commands >= 8, "{}", reader.commands);
    proposal_is_whole(&reader.desk.path("outputs/world_proposal"));
}

fn proposal_is_whole(folder: &Path) {
    let page = std::fs::read_to_string(folder.join("proposal.html")).unwrap();
    for heading in
        ["What is proposed", "What it would bring", "Arm by arm", "Risks and guardrails", "How to test it", "Decision"]
    {
        assert!(page.contains(heading), "{heading}");
    }
    assert!(page.contains("offer_reminders") && page.len() < 2_000_000, "{}", page.len());
    // Nothing that only a simulation knows.
    for hidden in ["perfect targeting", "Perfect targeting", "hidden segment", "perfect knowledge"] {
        assert!(!page.contains(hidden), "{hidden}");
    }
    let text = std::fs::read_to_string(folder.join("proposal.md")).unwrap();
    assert!(text.contains("### both") && text.contains("![") && !text.contains("<script"));
}
