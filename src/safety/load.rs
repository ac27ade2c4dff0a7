//! Rule files to compiled rules; every mistake in them comes back with file, line and cure.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use toml::Spanned;

use super::automaton::{Automaton, MOST_ITEMS, Pattern};
use super::lexicon::{Lexicon, WordId, Words};
use super::phrases::{self, Choice, Gap, Item, Phrase};
use super::rule_file::{File, Line, RuleError, Spelling, entries, line_of, lines};
use super::rules::{Classes, Compiled, Roles, Rule, Together};
use super::score::Score;

/// The shipped English rules: file name and text.
const BUILTIN: &[(&str, &str)] = &[
    (
        "faq/safety/spelling.toml",
        include_str!("../../faq/safety/spelling.toml"),
    ),
    (
        "faq/safety/words.toml",
        include_str!("../../faq/safety/words.toml"),
    ),
    (
        "faq/safety/grammar.toml",
        include_str!("../../faq/safety/grammar.toml"),
    ),
    (
        "faq/safety/idioms.toml",
        include_str!("../../faq/safety/idioms.toml"),
    ),
    (
        "faq/safety/suicide.toml",
        include_str!("../../faq/safety/suicide.toml"),
    ),
    (
        "faq/safety/self_harm.toml",
        include_str!("../../faq/safety/self_harm.toml"),
    ),
    (
        "faq/safety/violence.toml",
        include_str!("../../faq/safety/violence.toml"),
    ),
    (
        "faq/safety/child.toml",
        include_str!("../../faq/safety/child.toml"),
    ),
    (
        "faq/safety/third_person.toml",
        include_str!("../../faq/safety/third_person.toml"),
    ),
    (
        "faq/safety/signs.toml",
        include_str!("../../faq/safety/signs.toml"),
    ),
];

/// The most wordings one list entry or one phrase may stand for.
const MOST_FORMS: usize = 20_000;

/// The most patterns one phrase may become.
const MOST_PATTERNS: usize = 256;

/// A pattern's items: words and the gap before.
type Row = Vec<(Vec<WordId>, Gap)>;

/// Compiles the built-in rules and `texts` on top.
pub(super) fn load(texts: &[(&str, &str)]) -> Result<Compiled, Vec<RuleError>> {
    let mut loader = Loader::default();
    let replaced = |file: &str| texts.iter().any(|(own, _)| name(own) == name(file));
    let kept = BUILTIN.iter().filter(|(file, _)| !replaced(file));
    for (file, text) in kept.chain(texts) {
        match toml::from_str::<File>(text) {
            Ok(parsed) => loader.files.push((file, text, parsed)),
            Err(source) => loader.errors.push(RuleError::Parse {
                file: (*file).to_owned(),
                source: Box::new(source),
            }),
        }
    }
    loader.build()
}

/// Whether a file is one of the shipped ones, unchanged.
pub(super) fn is_builtin((file, text): &(&str, &str)) -> bool {
    let same = |(shipped, shipped_text): &(&str, &str)| {
        name(shipped) == name(file) && shipped_text == text
    };
    BUILTIN.iter().any(same)
}

/// The last part of a path.
fn name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[derive(Default)]
struct Loader<'a> {
    files: Vec<(&'a str, &'a str, File)>,
    words: Words,
    lists: BTreeMap<String, Vec<Line<'a>>>,
    /// Each list's entries as sequences of words.
    forms: BTreeMap<String, BTreeSet<Vec<String>>>,
    errors: Vec<RuleError>,
}

impl<'a> Loader<'a> {
    fn build(mut self) -> Result<Compiled, Vec<RuleError>> {
        let files = std::mem::take(&mut self.files);
        for (file, text, parsed) in &files {
            self.spelling(file, text, &parsed.spelling);
            for (name, list) in &parsed.words {
                self.lists
                    .entry(name.clone())
                    .or_default()
                    .extend(entries(file, text, list));
            }
        }
        for name in self.lists.keys().cloned().collect::<Vec<_>>() {
            self.list(&name, &mut Vec::new());
        }
        let members = self.members();
        for (file, text, parsed) in &files {
            for line in parsed.idioms.values().flat_map(|it| lines(file, text, it)) {
                let places = self.places(&line, &mut Vec::new());
                let mut ids =
                    |words: Vec<String>| words.iter().map(|it| self.words.id(it)).collect();
                let places = places
                    .into_iter()
                    .map(|choices| choices.into_iter().map(&mut ids).collect())
                    .collect();
                self.words.idioms.push(places);
            }
        }
        let (rules, patterns) = self.rules(&files, &members);
        let together = self.together(&files, &rules);
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        let mut by_word = vec![Roles::default(); self.words.ids.len() + 1];
        for (list, role) in Roles::LISTS {
            for word in members.get(list).into_iter().flatten() {
                by_word[*word as usize] = by_word[*word as usize] | role;
            }
        }
        let classes = Classes::new(&members, &self.words);
        let lexicon = Lexicon::new(self.words);
        let automaton = Automaton::new(patterns, lexicon.longest());
        Ok(Compiled {
            lexicon,
            automaton,
            score: Score::builtin(),
            rules,
            together,
            roles: by_word,
            classes,
        })
    }

    fn spelling(&mut self, file: &'a str, text: &'a str, spelling: &Spelling) {
        for line in spelling.expand.iter().flat_map(|it| lines(file, text, it)) {
            match line.text.split_once('=') {
                Some((short, long)) => {
                    let long = long.split_whitespace().map(str::to_owned).collect();
                    self.words.expand.insert(short.trim().to_owned(), long);
                }
                None => self
                    .errors
                    .push(line.problem("lacks the `=` between short and long form")),
            }
        }
        let words = |list: &Option<Spanned<String>>| {
            list.iter()
                .flat_map(|it| entries(file, text, it))
                .map(|it| it.text.to_owned())
                .collect::<Vec<_>>()
        };
        self.words.fillers.extend(words(&spelling.fillers));
        self.words.not_key.extend(words(&spelling.not_key));
        for word in words(&spelling.key) {
            self.words.id(&word);
            self.words.key.push(word);
        }
    }

    /// Resolves a list into sequences of words, its references first.
    fn list(&mut self, name: &str, open: &mut Vec<String>) {
        if self.forms.contains_key(name) {
            return;
        }
        open.push(name.to_owned());
        let mut forms = BTreeSet::new();
        for line in self.lists.get(name).cloned().unwrap_or_default() {
            forms.extend(self.wordings(&line, open));
        }
        open.pop();
        self.forms.insert(name.to_owned(), forms);
    }

    /// All sequences of words that a line without gaps stands for.
    fn wordings(&mut self, line: &Line<'a>, open: &mut Vec<String>) -> Vec<Vec<String>> {
        let mut forms: Vec<Vec<String>> = vec![Vec::new()];
        for choices in self.places(line, open) {
            if forms.len() * choices.len() > MOST_FORMS {
                self.errors.push(
                    line.problem("stands for too many wordings; split it or use shorter lists"),
                );
                return Vec::new();
            }
            forms = forms
                .iter()
                .flat_map(|form| choices.iter().map(|it| [form.as_slice(), it].concat()))
                .collect();
        }
        forms.retain(|it| !it.is_empty());
        forms
    }

    /// The choices at each place of a line without gaps, each a sequence of words.
    fn places(&mut self, line: &Line<'a>, open: &mut Vec<String>) -> Vec<Vec<Vec<String>>> {
        let Phrase { items, ends } = match phrases::parse(line.text) {
            Ok(phrase) => phrase,
            Err(problem) => {
                self.errors.push(line.problem(problem));
                return Vec::new();
            }
        };
        if ends || items.iter().any(|it| it.gap > Gap::Adjacent) {
            self.errors
                .push(line.problem("has dots; a list or an idiom is words in a row"));
            return Vec::new();
        }
        let n_errors = self.errors.len();
        let mut places = Vec::with_capacity(items.len());
        for item in items {
            let mut choices: Vec<Vec<String>> = if item.optional {
                vec![Vec::new()]
            } else {
                Vec::new()
            };
            let n_choices = item.any_of.len();
            for choice in item.any_of {
                match choice {
                    Choice::Words(words) => {
                        let words = self.canonical(&words);
                        // A filler can't be seen, so among other choices it says nothing.
                        if !words.is_empty() || n_choices == 1 {
                            choices.push(words);
                        }
                    }
                    Choice::List(name) if open.contains(&name) => {
                        self.errors.push(RuleError::CircularList {
                            file: line.file.to_owned(),
                            line: line.number,
                            name,
                        });
                    }
                    Choice::List(name) if self.lists.contains_key(&name) => {
                        self.list(&name, open);
                        choices.extend(self.forms[&name].iter().cloned());
                    }
                    Choice::List(name) => {
                        self.errors.push(RuleError::UnknownList {
                            file: line.file.to_owned(),
                            line: line.number,
                            name,
                        });
                    }
                }
            }
            places.push(choices);
        }
        if places.iter().flatten().all(Vec::is_empty) && self.errors.len() == n_errors {
            self.errors
                .push(line.problem("has only words that are dropped; see `fillers`"));
        }
        places
    }

    /// The id of a word, or of an expression as one word.
    fn member(&mut self, form: &[String]) -> WordId {
        for word in form {
            self.words.id(word);
        }
        let id = self.words.id(&form.join(" "));
        if form.len() > 1 {
            self.words.expressions.insert(form.to_vec(), id);
        }
        id
    }

    fn members(&mut self) -> HashMap<String, Vec<WordId>> {
        let forms = std::mem::take(&mut self.forms);
        forms
            .iter()
            .map(|(name, forms)| {
                (
                    name.clone(),
                    forms.iter().map(|it| self.member(it)).collect(),
                )
            })
            .collect()
    }

    fn rules(
        &mut self,
        files: &[(&'a str, &'a str, File)],
        members: &HashMap<String, Vec<WordId>>,
    ) -> (Vec<Rule>, Vec<Pattern>) {
        let (mut rules, mut patterns) = (Vec::new(), Vec::new());
        let mut ids = HashSet::default();
        for (file, text, parsed) in files {
            for entry in &parsed.rules {
                let id = entry.id.get_ref();
                if !ids.insert(id.clone()) {
                    let line = line_of(text, entry.id.span().start);
                    self.errors.push(RuleError::DuplicateId {
                        file: (*file).to_owned(),
                        line,
                        id: id.clone(),
                    });
                }
                for line in lines(file, text, &entry.phrases) {
                    patterns.extend(self.patterns(&line, rules.len(), members));
                }
                let unless = entry.unless.clone();
                rules.push(Rule {
                    id: id.clone(),
                    file: (*file).to_owned(),
                    category: entry.category,
                    level: entry.level,
                    unless,
                });
            }
        }
        (rules, patterns)
    }

    /// One pattern for each combination of choices that a single row of words can't hold.
    fn patterns(
        &mut self,
        line: &Line<'a>,
        rule: usize,
        members: &HashMap<String, Vec<WordId>>,
    ) -> Vec<Pattern> {
        let n_errors = self.errors.len();
        let Phrase { items, ends } = match phrases::parse(line.text) {
            Ok(phrase) => phrase,
            Err(problem) => {
                self.errors.push(line.problem(problem));
                return Vec::new();
            }
        };
        // Each with the gap that an item left out passes on to the next.
        let mut patterns: Vec<(Row, Gap)> = vec![(Vec::new(), Gap::Adjacent)];
        for item in items {
            let ways = self.ways(line, &item, members);
            let mut longer = Vec::new();
            for (pattern, gap) in patterns {
                let gap = gap.max(item.gap);
                for way in &ways {
                    let mut pattern = pattern.clone();
                    for (i, any_of) in way.iter().enumerate() {
                        pattern.push((any_of.clone(), if i == 0 { gap } else { Gap::Adjacent }));
                    }
                    longer.push((pattern, if way.is_empty() { gap } else { Gap::Adjacent }));
                }
            }
            patterns = longer;
            if patterns.len() > MOST_PATTERNS {
                self.errors.push(
                    line.problem(
                        "combines too many choices of several words; use a <list> for them",
                    ),
                );
                return Vec::new();
            }
        }
        let mut patterns: Vec<Row> = patterns
            .into_iter()
            .map(|it| it.0)
            .filter(|it| !it.is_empty())
            .collect();
        if patterns.is_empty() && self.errors.len() == n_errors {
            self.errors
                .push(line.problem("has only words that are dropped; see `fillers`"));
        }
        for pattern in &mut patterns {
            pattern[0].1 = Gap::Adjacent;
        }
        if patterns.iter().any(|it| it.len() > MOST_ITEMS) {
            self.errors.push(line.problem("is too long; shorten it"));
            patterns.clear();
        }
        let pattern = |items| Pattern {
            rule,
            line: line.number,
            items,
            ends,
        };
        patterns.into_iter().map(pattern).collect()
    }

    /// The ways to meet an item: all its single words in one; each row of several words; nothing,
    /// where it may be missing or is a filler.
    fn ways(
        &mut self,
        line: &Line<'a>,
        item: &Item,
        members: &HashMap<String, Vec<WordId>>,
    ) -> Vec<Vec<Vec<WordId>>> {
        let mut single = Vec::new();
        let mut ways = Vec::new();
        for choice in &item.any_of {
            match choice {
                Choice::List(name) => match members.get(name) {
                    Some(words) => single.extend(words),
                    None => self.errors.push(RuleError::UnknownList {
                        file: line.file.to_owned(),
                        line: line.number,
                        name: name.clone(),
                    }),
                },
                Choice::Words(words) => {
                    let ids: Vec<WordId> = self
                        .canonical(words)
                        .iter()
                        .map(|it| self.words.id(it))
                        .collect();
                    match ids[..] {
                        // A filler can't be seen, so among other choices it says nothing.
                        [] if item.any_of.len() > 1 => {}
                        [id] => single.push(id),
                        _ => ways.push(ids.into_iter().map(|it| vec![it]).collect()),
                    }
                }
            }
        }
        single.sort_unstable();
        single.dedup();
        if !single.is_empty() {
            ways.push(vec![single]);
        }
        if item.optional {
            ways.push(Vec::new());
        }
        ways
    }

    fn canonical(&self, words: &[String]) -> Vec<String> {
        words
            .iter()
            .flat_map(|it| self.words.canonical(it))
            .collect()
    }

    fn together(&mut self, files: &[(&'a str, &'a str, File)], rules: &[Rule]) -> Vec<Together> {
        let mut out = Vec::new();
        for (file, text, parsed) in files {
            for entry in &parsed.together {
                let mut all = Vec::new();
                for group in &entry.all {
                    let mut any_of = Vec::new();
                    for id in group.get_ref().split('|') {
                        match rules.iter().position(|it| it.id == id.trim()) {
                            Some(rule) => any_of.push(rule),
                            None => self.errors.push(RuleError::UnknownRule {
                                file: (*file).to_owned(),
                                line: line_of(text, group.span().start),
                                id: id.to_owned(),
                            }),
                        }
                    }
                    all.push(any_of);
                }
                out.push(Together {
                    id: entry.id.get_ref().clone(),
                    file: (*file).to_owned(),
                    line: line_of(text, entry.id.span().start),
                    category: entry.category,
                    level: entry.level,
                    all,
                });
            }
        }
        out
    }
}
