//! A page's text: front matter, title, prose, `rewrite` blocks, examples.

use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};

use super::error::{PageError, Place};
#[cfg(feature = "source")]
use super::fix::{deprecations, fixes, renames};
#[cfg(feature = "source")]
use super::repair::repairs;
use super::rewrite::rewrites;
use super::rule::MODELS;
use super::{Claim, Counterexample, Effect, Example, Notation, Rule, Safety};
use crate::ir::{Language, Target};

/// Reads one page.
///
/// # Errors
/// The first place where the page is not what a rule page must be.
pub(super) fn read(path: &Path, text: &str) -> Result<Rule, PageError> {
    let start = Place::start(path);
    let (front, body) = front_matter(&start, text)?;
    let blocks = Blocks::read(&start, text, body)?;
    let mut rewrites_of_page = Vec::new();
    #[cfg(feature = "source")]
    let (mut fixes_of_page, mut repairs_of_page) = (Vec::new(), Vec::new());
    #[cfg(feature = "source")]
    let language = if front.targets.list == [Target::Rust] { Language::Rust } else { Language::Python };
    for (place, kind, block) in &blocks.rules {
        match (kind, front.claim) {
            (BlockKind::Rewrite, Claim::Effect(_)) => rewrites_of_page.extend(rewrites(place, block)?),
            (BlockKind::Rewrite, Claim::Safety(_)) => {
                return Err(place.error("a page with `pass: fix` has ```fix, ```rename or ```deprecated blocks"));
            }
            (_, Claim::Effect(_)) => return Err(place.error("a page with `pass: optimize` has ```rewrite blocks")),
            #[cfg(not(feature = "source"))]
            (_, Claim::Safety(_)) => {}
            #[cfg(feature = "source")]
            (BlockKind::Fix, Claim::Safety(_)) => fixes_of_page.extend(fixes(place, language, block)?),
            #[cfg(feature = "source")]
            (BlockKind::Rename, Claim::Safety(_)) => fixes_of_page.extend(renames(place, language, block)?),
            #[cfg(feature = "source")]
            (BlockKind::Deprecated, Claim::Safety(_)) => fixes_of_page.extend(deprecations(place, language, block)?),
            #[cfg(feature = "source")]
            (BlockKind::Repair, Claim::Safety(_)) if !front.codes.is_empty() => repairs_of_page.extend(repairs(place, block)?),
            #[cfg(feature = "source")]
            (BlockKind::Repair, Claim::Safety(_)) => {
                return Err(place.error("expected `codes` in the front matter of a page with ```repair blocks"));
            }
        }
    }
    if front.native.is_some() != blocks.rules.is_empty() {
        let message = match (front.native, front.claim) {
            (Some(_), _) => "a page with `native` is the face of code and has no blocks of rules",
            (None, Claim::Effect(_)) => "expected a ```rewrite block or `native` in the front matter",
            (None, Claim::Safety(_)) if !front.codes.is_empty() => "expected a ```repair block or `native` in the front matter",
            (None, Claim::Safety(_)) => "expected a ```fix, ```rename or ```deprecated block or `native` in the front matter",
        };
        return Err(start.error(message));
    }
    if !blocks.prose {
        return Err(start.after(&text[..body]).error("expected a paragraph that says why the rule is true"));
    }
    if blocks.examples.is_empty() {
        return Err(start
            .after(text)
            .error("expected at least one `## Example` with a ```python and a ```python after block (or rust, or terms)"));
    }
    Ok(Rule {
        name: front.name,
        claim: front.claim,
        title: blocks.title,
        page: text.to_owned(),
        path: path.to_owned(),
        targets: front.targets.list,
        models: front.targets.models,
        codes: front.codes,
        rank: front.rank,
        native: front.native,
        rewrites: rewrites_of_page,
        #[cfg(feature = "source")]
        fixes: fixes_of_page,
        #[cfg(feature = "source")]
        repairs: repairs_of_page,
        examples: blocks.examples,
        counterexamples: blocks.counterexamples,
    })
}

/// The rank of a page that gives none: after what the compiler offers itself.
const DEFAULT_RANK: u32 = 30;

struct FrontMatter {
    name: String,
    claim: Claim,
    targets: Targets,
    codes: Vec<String>,
    rank: u32,
    native: Option<String>,
}

/// What a rule serves.
struct Targets {
    list: Vec<Target>,
    models: bool,
}

/// The keys between the `---` lines, and where the page goes on.
fn front_matter(start: &Place, text: &str) -> Result<(FrontMatter, usize), PageError> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().unwrap_or("");
    if first.trim_end() != "---" {
        return Err(start.error("expected `---` and the front matter (name, pass, effect or safety)"));
    }
    let (mut name, mut fixes, mut claim, mut targets, mut codes, mut rank, mut native) = (None, None, None, None, None, None, None);
    let mut at = first.len();
    for line in lines {
        let place = start.after(&text[..at]);
        at += line.len();
        let line = line.split(" #").next().unwrap_or(line).trim_end();
        if line == "---" {
            let missing = |key: &str| start.error(format!("expected the key `{key}` in the front matter"));
            let claim = match (fixes.ok_or_else(|| missing("pass"))?, claim) {
                (false, Some(claim @ Claim::Effect(_))) | (true, Some(claim @ Claim::Safety(_))) => claim,
                (false, _) => return Err(missing("effect")),
                (true, _) => return Err(missing("safety")),
            };
            let front = FrontMatter {
                name: name.ok_or_else(|| missing("name"))?,
                claim,
                targets: targets.unwrap_or_else(|| Targets { list: Target::ALL.to_vec(), models: true }),
                codes: codes.unwrap_or_default(),
                rank: rank.unwrap_or(DEFAULT_RANK),
                native,
            };
            return Ok((front, at));
        }
        if line.trim().is_empty() {
            continue;
        }
        let (key, value) = line.split_once(':').ok_or_else(|| place.error("expected `key: value` or `---`"))?;
        let value_place = place.after(&line[..line.len() - value.trim_start().len()]);
        let value = value.trim();
        let again = match key.trim() {
            "name" => name.replace(rule_name(&value_place, start.path, value)?).is_some(),
            "pass" => fixes.replace(is_fix(&value_place, value)?).is_some(),
            "effect" => claim.replace(Claim::Effect(effect_named(&value_place, value)?)).is_some(),
            "safety" => claim.replace(Claim::Safety(safety_named(&value_place, value)?)).is_some(),
            "targets" => targets.replace(targets_named(&value_place, value)?).is_some(),
            "codes" => codes.replace(error_codes(&value_place, value)?).is_some(),
            "rank" => {
                let number = value.parse().map_err(|_| value_place.error(format!("expected a whole number, found `{value}`")))?;
                rank.replace(number).is_some()
            }
            "native" if value.is_empty() => return Err(value_place.error("expected the name of a native applier")),
            "native" => native.replace(value.to_owned()).is_some(),
            other => {
                return Err(place.error(format!(
                    "expected `name`, `pass`, `effect`, `safety`, `targets`, `codes`, `rank` or `native`, found `{other}`"
                )));
            }
        };
        if again {
            return Err(place.error(format!("`{}` is given twice", key.trim())));
        }
    }
    Err(start.after(text).error("expected `---` at the end of the front matter"))
}

fn rule_name(place: &Place, path: &Path, value: &str) -> Result<String, PageError> {
    let kebab = !value.is_empty()
        && value.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
    if !kebab {
        return Err(place.error(format!("expected a name in lower case with hyphens, found `{value}`")));
    }
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    if stem != value {
        return Err(place.error(format!("expected `{stem}`, the name of the file, found `{value}`")));
    }
    Ok(value.to_owned())
}

fn is_fix(place: &Place, value: &str) -> Result<bool, PageError> {
    match value {
        "optimize" => Ok(false),
        "fix" => Ok(true),
        _ => Err(place.error(format!("expected `optimize` or `fix`, found `{value}`"))),
    }
}

pub(super) fn safety_named(place: &Place, value: &str) -> Result<Safety, PageError> {
    let found = Safety::ALL.into_iter().find(|safety| safety.name() == value);
    found.ok_or_else(|| place.error(format!("expected `safe`, `unsafe` or `display`, found `{value}`")))
}

fn effect_named(place: &Place, value: &str) -> Result<Effect, PageError> {
    Effect::ALL
        .into_iter()
        .find(|effect| effect.name() == value)
        .ok_or_else(|| place.error(format!("expected `exact`, `stabilizes` or `reassociates`, found `{value}`")))
}

/// `E0308, E0277`; or `any`.
fn error_codes(place: &Place, value: &str) -> Result<Vec<String>, PageError> {
    let is_code = |code: &str| code.len() == 5 && code.starts_with('E') && code[1..].bytes().all(|byte| byte.is_ascii_digit());
    let codes = value.split(',').map(|code| code.trim().to_owned());
    let wrong = |code: &String| code != "any" && !is_code(code);
    match codes.clone().find(wrong) {
        Some(code) => Err(place.error(format!("expected error codes such as `E0308`, or `any`, found `{code}`"))),
        None => Ok(codes.collect()),
    }
}

fn targets_named(place: &Place, value: &str) -> Result<Targets, PageError> {
    let mut targets = Targets { list: Vec::new(), models: false };
    for name in value.split(',').map(str::trim) {
        if name == MODELS {
            targets.models = true;
            continue;
        }
        let target = Target::ALL.into_iter().find(|target| target.name() == name);
        let target = target.ok_or_else(|| place.error(format!("expected `numpy`, `torch`, `rust` or `{MODELS}`, found `{name}`")))?;
        if !targets.list.contains(&target) {
            targets.list.push(target);
        }
    }
    Ok(targets)
}

/// What stands below the front matter.
struct Blocks<'a> {
    title: String,
    prose: bool,
    rules: Vec<(Place<'a>, BlockKind, String)>,
    examples: Vec<Example>,
    counterexamples: Vec<Counterexample>,
    /// What runs before the examples that follow.
    setup: String,
}

/// What a block of rules is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BlockKind {
    Rewrite,
    Fix,
    Rename,
    Deprecated,
    Repair,
}

impl<'a> Blocks<'a> {
    fn read(start: &Place<'a>, text: &str, body: usize) -> Result<Self, PageError> {
        let mut blocks = Blocks {
            title: String::new(),
            prose: false,
            rules: Vec::new(),
            examples: Vec::new(),
            counterexamples: Vec::new(),
            setup: String::new(),
        };
        let mut before: Option<(Place, Notation, String)> = None;
        let mut code: Option<(String, Option<usize>, String)> = None;
        for (event, range) in Parser::new(&text[body..]).into_offset_iter() {
            let at = body + range.start;
            match event {
                Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) if blocks.title.is_empty() => {
                    blocks.title = text[at..body + range.end].trim_start_matches('#').trim().to_owned();
                }
                Event::Start(Tag::Paragraph) => blocks.prose = true,
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => code = Some((info.trim().to_owned(), None, String::new())),
                Event::Text(piece) => {
                    if let Some((_, begin, content)) = &mut code {
                        begin.get_or_insert(at);
                        content.push_str(&piece);
                    }
                }
                Event::End(TagEnd::CodeBlock) => {
                    if let Some((info, begin, content)) = code.take() {
                        let place = start.after(&text[..begin.unwrap_or(at)]);
                        blocks.code(place, &info, content, &mut before)?;
                    }
                }
                _ => {}
            }
        }
        if let Some((place, notation, _)) = before {
            return Err(place.error(format!("expected a ```{} after block behind this one", notation_name(notation))));
        }
        if blocks.title.is_empty() {
            return Err(start.after(&text[..body]).error("expected a title, `# …`"));
        }
        Ok(blocks)
    }

    fn code(
        &mut self,
        place: Place<'a>,
        info: &str,
        content: String,
        before: &mut Option<(Place<'a>, Notation, String)>,
    ) -> Result<(), PageError> {
        let (name, role) = info.split_once(' ').map_or((info, ""), |(name, role)| (name, role.trim()));
        let after = role == "after";
        let block = match name {
            "rewrite" => Some(BlockKind::Rewrite),
            "fix" => Some(BlockKind::Fix),
            "rename" => Some(BlockKind::Rename),
            "deprecated" => Some(BlockKind::Deprecated),
            "repair" => Some(BlockKind::Repair),
            _ => None,
        };
        if let Some(kind) = block {
            self.rules.push((place, kind, content));
            return Ok(());
        }
        let notation = match name {
            "python" => Notation::Source(Language::Python),
            "rust" => Notation::Source(Language::Rust),
            "terms" => Notation::Terms,
            _ => return Ok(()),
        };
        if role == "unchanged" && before.is_none() {
            self.counterexamples.push(Counterexample { notation, text: content, line: place.line });
            return Ok(());
        }
        if role == "setup" && before.is_none() {
            self.setup = content;
            return Ok(());
        }
        match (before.take(), after) {
            (None, false) => *before = Some((place, notation, content)),
            (Some((began, expected, text)), true) if expected == notation => {
                self.examples.push(Example { notation, before: text, after: content, setup: self.setup.clone(), line: began.line });
            }
            (Some((_, expected, _)), _) => {
                return Err(place.error(format!("expected a ```{} after block here", notation_name(expected))));
            }
            (None, true) => return Err(place.error(format!("expected a ```{name} block before this one"))),
        }
        Ok(())
    }
}

fn notation_name(notation: Notation) -> &'static str {
    match notation {
        Notation::Source(Language::Python) => "python",
        Notation::Source(Language::Rust) => "rust",
        Notation::Terms => "terms",
    }
}

/// Every `.md` file below a directory, sorted; `README.md` is not a rule.
///
/// # Errors
/// If the directory cannot be listed.
pub(super) fn pages_below(dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            pages.extend(pages_below(&path)?);
        } else if is_page(&path) {
            pages.push(path);
        }
    }
    pages.sort();
    Ok(pages)
}

/// True for a file that holds a rule.
pub(super) fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "md") && path.file_name().is_some_and(|name| name != "README.md")
}
