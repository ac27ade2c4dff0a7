//! The small language of rule files: one phrase a line, words and named lists in order.
//!
//! ```text
//! word        this word               word~     also its -s, -ed and -ing forms
//! <name>      any entry of that list  a|b_c|<d> one of these; `_` joins words of one choice
//! item?       may be missing          ..        up to three other words here
//! ...         any words, same sentence            .         last: here the sentence ends
//! ```

/// One line of a rule, a list or an idiom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phrase {
    pub(super) items: Vec<Item>,
    /// It stands at the end of a sentence only.
    pub(super) ends: bool,
}

/// One item of a phrase and how far it may stand from the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) any_of: Vec<Choice>,
    pub(super) gap: Gap,
    pub(super) optional: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// Words in a row, mostly one.
    Words(Vec<String>),
    List(String),
}

/// Words that may stand before an item, ordered by reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    Adjacent,
    /// Up to [`FEW`] other words.
    Few,
    /// Any number of words of the same sentence.
    Sentence,
}

/// Reach of `..`. Two misses "want my husband to die"; four joins what doesn't belong together.
pub(super) const FEW: usize = 3;

/// Reads one phrase. The error says what is wrong with it, for the person who wrote it.
pub(super) fn parse(line: &str) -> Result<Phrase, String> {
    let mut items: Vec<Item> = Vec::new();
    let mut gap = Gap::Adjacent;
    let line = line.to_lowercase().replace('’', "'");
    let mut parts: Vec<&str> = line.split_whitespace().collect();
    let ends = parts.len() > 1 && parts.pop_if(|it| *it == ".").is_some();
    for part in parts {
        match part {
            "." => return Err("has `.` before its end; it stands last".to_owned()),
            ".." => gap = gap.max(Gap::Few),
            "..." => gap = Gap::Sentence,
            _ => {
                let (body, optional) = part
                    .strip_suffix('?')
                    .map_or((part, false), |it| (it, true));
                let mut any_of = Vec::new();
                for choice in body.split('|') {
                    any_of.extend(choices(choice)?);
                }
                items.push(Item {
                    any_of,
                    gap: std::mem::replace(&mut gap, Gap::Adjacent),
                    optional,
                });
            }
        }
    }
    match items.as_slice() {
        [] => Err("holds no words".to_owned()),
        _ if gap > Gap::Adjacent || items[0].gap > Gap::Adjacent => {
            Err("begins or ends with dots; dots stand between two words".to_owned())
        }
        _ if items.iter().all(|it| it.optional) => {
            Err("has only words that may be missing".to_owned())
        }
        _ => Ok(Phrase { items, ends }),
    }
}

fn choices(text: &str) -> Result<Vec<Choice>, String> {
    if let Some(name) = text.strip_prefix('<') {
        let name = name
            .strip_suffix('>')
            .ok_or_else(|| format!("has `{text}`, which lacks the closing `>`"))?;
        return Ok(vec![Choice::List(name.to_owned())]);
    }
    let mut rows = vec![Vec::new()];
    for part in text.split('_') {
        let (word, forms) = part
            .strip_suffix('~')
            .map_or((part, false), |it| (it, true));
        if word.is_empty() || word.contains(['<', '>', '~', '?', '.', ',']) {
            return Err(format!(
                "has `{text}`, which is not a word, a <list> or dots"
            ));
        }
        let words = if forms {
            inflect(word)
        } else {
            vec![word.to_owned()]
        };
        rows = rows
            .iter()
            .flat_map(|row| {
                words
                    .iter()
                    .map(|it| [row.as_slice(), std::slice::from_ref(it)].concat())
            })
            .collect();
    }
    Ok(rows.into_iter().map(Choice::Words).collect())
}

/// Regular English forms of a verb or noun; makes a few that don't exist, which harm nobody
/// and catch misspellings ("stoped").
fn inflect(word: &str) -> Vec<String> {
    let mut forms = vec![word.to_owned()];
    if let Some(stem) = word.strip_suffix('e') {
        forms.extend([
            format!("{word}s"),
            format!("{word}d"),
            format!("{stem}ing"),
            format!("{word}r"),
        ]);
    } else if let Some(stem) = word
        .strip_suffix('y')
        .filter(|it| !it.ends_with(['a', 'e', 'o', 'u']))
    {
        forms.extend([
            format!("{stem}ies"),
            format!("{stem}ied"),
            format!("{word}ing"),
        ]);
    } else {
        let s = if word.ends_with(['s', 'x', 'z']) || word.ends_with("ch") || word.ends_with("sh") {
            "es"
        } else {
            "s"
        };
        forms.extend([
            format!("{word}{s}"),
            format!("{word}ed"),
            format!("{word}ing"),
        ]);
        if let Some(last) = word.chars().last().filter(|it| "bdglmnprt".contains(*it)) {
            forms.extend([format!("{word}{last}ed"), format!("{word}{last}ing")]);
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(line: &str, why: &str) {
        let error = parse(line).unwrap_err();
        assert!(error.contains(why), "{line}: {error}");
    }

    #[test]
    fn items_carry_gap_and_choices() {
        let items = parse("<me> .. want|wish to? ... die").unwrap().items;
        assert_eq!(
            items.iter().map(|it| it.gap).collect::<Vec<_>>(),
            [Gap::Adjacent, Gap::Few, Gap::Adjacent, Gap::Sentence]
        );
        assert_eq!(items[0].any_of, [Choice::List("me".to_owned())]);
        assert_eq!(items[1].any_of.len(), 2);
        assert!(items[2].optional);
    }

    #[test]
    fn a_full_stop_ends_the_sentence() {
        let (at_end, anywhere) = (parse("go on\t.").unwrap(), parse("go on").unwrap());
        assert!(at_end.ends && !anywhere.ends);
        assert_eq!(at_end.items, anywhere.items);
    }

    #[test]
    fn a_tilde_gives_the_regular_forms() {
        assert!(inflect("stop").contains(&"stopping".to_owned()));
        assert!(inflect("carry").contains(&"carried".to_owned()));
        assert!(inflect("choke").contains(&"choking".to_owned()));
        assert!(inflect("punch").contains(&"punches".to_owned()));
    }

    #[test]
    fn mistakes_are_named() {
        refused("  ", "no words");
        refused(".. die", "begins or ends");
        refused("<me want", "closing");
        refused("a? b?", "only words that may be missing");
        refused("end it, now", "not a word");
        refused("end . it", "stands last");
        refused(".", "stands last");
    }
}
