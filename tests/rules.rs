//! The rule pages: each can be read and is true; broken ones say where they are broken, false ones are found out.

use wright::ir::Target;
use wright::repair::run_example;
use wright::rules::{CheckOptions, Math, Ran, Rule, RuleSet, Selection, check};

/// A page with this front matter and these rewrites.
fn page(front: &str, rewrites: &str) -> String {
    format!(
        "---\n{front}\n---\n# A title\n\nWhy it is true.\n\n```rewrite\n{rewrites}\n```\n\n## Example\n```python\nx = a\n```\n```python after\nx = b\n```\n"
    )
}

/// The rules of one page, or what is wrong with it.
fn load(name: &str, text: String) -> Result<RuleSet, String> {
    RuleSet::default().with([(format!("rules/{name}.md"), Ok(text))]).map_err(|error| error.to_string())
}

fn all(set: &RuleSet) -> Vec<&Rule> {
    set.iter().collect()
}

/// What the check finds wrong with one rewrite.
fn failures(effect: &str, rewrites: &str) -> Vec<String> {
    let text = page(&format!("name: claim\npass: optimize\neffect: {effect}\ntargets: numpy"), rewrites);
    let set = load("claim", text).unwrap_or_else(|error| panic!("{error}"));
    let report = check(&all(&set), &CheckOptions::default(), None);
    report.rules[0].failures().map(|(_, why)| why).collect()
}

#[test]
fn every_page_is_read() {
    if let Err(errors) = RuleSet::try_builtin() {
        panic!("{errors}");
    }
    assert!(!RuleSet::builtin().is_empty());
}

#[test]
fn every_rewrite_keeps_its_promise() {
    let report = check(&all(RuleSet::builtin()), &CheckOptions::default(), None);
    let mut failed = String::new();
    for rule in report.rules.iter() {
        for (line, why) in rule.failures() {
            failed += &format!("{} ({}), line {line}: {why}\n", rule.rule, rule.claim.name());
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

#[test]
fn every_example_becomes_what_its_page_says() {
    let report = check(&all(RuleSet::builtin()), &CheckOptions { assignments: 0, ..CheckOptions::default() }, Some(&run_example));
    let mut failed = String::new();
    for rule in &report.rules {
        for example in &rule.examples {
            if let Some(why) = &example.failure {
                failed += &format!("{}, line {}: {why}\n", rule.rule, example.line);
            }
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

#[test]
fn the_same_seed_finds_the_same() {
    let set =
        load("claim", page("name: claim\npass: optimize\neffect: reassociates", "(a + b) + c => a + (b + c)\n  where: float(a)")).unwrap();
    let options = CheckOptions { seed: 7, ..CheckOptions::default() };
    assert_eq!(check(&all(&set), &options, None), check(&all(&set), &options, None));
}

#[test]
fn false_claims_are_found_out() {
    let refuted = |effect: &str, rewrite: &str| assert!(!failures(effect, rewrite).is_empty(), "`{rewrite}` passed as {effect}");
    refuted("reassociates", "a - b => b - a\n  where: float(a), float(b)");
    refuted("reassociates", "a @ b => b @ a\n  where: rank(a) == 2, rank(b) == 2, square(a), shape(a) == shape(b)");
    refuted("exact", "(a + b) + c => a + (b + c)\n  where: float(a), float(b), float(c)");
    refuted("exact", "x + 0 => x\n  where: float(x)");
    refuted("exact", "x * 1 => x");
    refuted("exact", "maximum(a, b) => fmax(a, b)\n  where: float(a), dtype(a) == dtype(b)");
    refuted("stabilizes", "log1p(x) => log(1 + x)\n  where: float(x)");
    refuted("stabilizes", "expm1(x) => exp(x) - 1\n  where: float(x)");
    refuted("reassociates", "sum(x, axis, keepdims) => sum(x, none, keepdims)\n  where: float(x)");
}

#[test]
fn true_claims_pass() {
    let kept = |effect: &str, rewrite: &str| assert_eq!(failures(effect, rewrite), Vec::<String>::new(), "`{rewrite}` as {effect}");
    kept("exact", "x - 0 => x\n  where: float(x)");
    kept("exact", "maximum(a, b) => maximum(b, a)\n  where: int(a), int(b)");
    kept(
        "reassociates",
        "(a @ b) @ c => a @ (b @ c)\n  where: rank(a) == 2, rank(b) == 2, rank(c) == 1, float(a), dtype(a) == dtype(b), dtype(a) == dtype(c)",
    );
    kept("stabilizes", "exp(x) - 1 => expm1(x)\n  where: float(x)");
    kept("exact", "flip(flip(x, axis), k) => x\n  where: rank(x) == 1, axis(axis, x, 0), axis(k, x, 0)");
}

#[test]
fn a_rewrite_that_no_operands_fit_is_told() {
    let found = failures("exact", "-(-x) => x\n  where: float(x), int(x)");
    assert!(found[0].contains("never exercised"), "{found:?}");
}

#[test]
fn an_example_that_does_not_fire_is_told() {
    let report = check(
        &all(RuleSet::builtin()),
        &CheckOptions { assignments: 0, ..CheckOptions::default() },
        Some(&|_, example| Ok(Ran { after: example.before.clone(), found: false, notes: Vec::new() })),
    );
    assert!(report.rules.iter().all(|rule| rule.failures().any(|(_, why)| why == "example: the rule does not fire")));
}

#[test]
fn rules_are_chosen_by_effect_name_and_target() {
    let text = |name: &str, effect: &str, more: &str| page(&format!("name: {name}\npass: optimize\neffect: {effect}{more}"), "-(-x) => x");
    let pages = [("twice-negated", "exact", ""), ("twice-more", "reassociates", ""), ("once", "stabilizes", "\ntargets: torch, rust")];
    let set = RuleSet::default().with(pages.map(|(name, effect, more)| (format!("{name}.md"), Ok(text(name, effect, more))))).unwrap();
    let chosen = |math, select: &[&str], ignore: &[&str], target| -> Vec<String> {
        let names = |entries: &[&str]| entries.iter().map(|e| (*e).to_owned()).collect();
        let selection = Selection { math, select: names(select), ignore: names(ignore) };
        set.select(&selection, target).unwrap().iter().map(|rule| rule.name.clone()).collect()
    };
    assert_eq!(chosen(Math::Strict, &[], &[], Target::Torch), ["twice-negated"]);
    assert_eq!(chosen(Math::Stable, &[], &[], Target::Torch), ["once", "twice-negated"]);
    assert_eq!(chosen(Math::Relaxed, &[], &[], Target::Numpy), ["twice-more", "twice-negated"]);
    assert_eq!(chosen(Math::Relaxed, &["twice"], &["twice-m"], Target::Rust), ["twice-negated"]);
    assert_eq!(chosen(Math::Relaxed, &["twice-more"], &["twice"], Target::Rust), ["twice-more"]);
    let unknown = set.select(&Selection { select: vec!["twice-negatd".to_owned()], ..Selection::default() }, Target::Rust).unwrap_err();
    assert_eq!(unknown.to_string(), "no rule is named `twice-negatd` or begins with it; is `twice-negated` meant?");
}

#[test]
fn a_project_adds_rules_and_may_not_take_a_name() {
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("own");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join("house-rule.md"), page("name: house-rule\npass: optimize\neffect: exact", "-(-x) => x")).unwrap();
    let set = RuleSet::load(&[dir.path(), &dir.path().join("missing")]).unwrap();
    assert_eq!(set.len(), RuleSet::builtin().len() + 1);
    assert_eq!(set.get("house-rule").unwrap().rewrites.len(), 1);
    let taken = RuleSet::builtin().iter().next().unwrap().name.clone();
    std::fs::write(own.join(format!("{taken}.md")), page(&format!("name: {taken}\npass: optimize\neffect: exact"), "-(-x) => x")).unwrap();
    let error = RuleSet::load(&[dir.path()]).unwrap_err().to_string();
    assert!(error.contains(&format!("the name `{taken}` is taken by rules/")), "{error}");
}

#[test]
fn broken_pages_say_where() {
    let good = "name: broken\npass: optimize\neffect: exact";
    let front = |text: &str| page(text, "-(-x) => x");
    let rewrite = |text: &str| page(good, text);
    let fix =
        |text: &str| page("name: broken\npass: fix\nsafety: safe", "x => x").replace("```rewrite\nx => x", &format!("```fix\n{text}"));
    let pages = [
        ("no front matter", "# A title\n".to_owned()),
        ("front matter left open", "---\nname: broken\n".to_owned()),
        ("no key", front("name: broken\njust words")),
        ("an unknown key", front(&format!("{good}\nauthor: me"))),
        ("a key twice", front(&format!("{good}\neffect: exact"))),
        ("a missing key", front("name: broken\npass: optimize")),
        ("another name than the file's", front("name: other\npass: optimize\neffect: exact")),
        ("a name that is not kebab", front("name: Broken_Rule\npass: optimize\neffect: exact")),
        ("an unknown pass", front("name: broken\npass: improve\neffect: exact")),
        ("an unknown effect", front("name: broken\npass: optimize\neffect: fast")),
        ("an unknown target", front(&format!("{good}\ntargets: numpy, jax"))),
        ("native with rewrites", front(&format!("{good}\nnative: chain"))),
        ("no title", rewrite("-(-x) => x").replace("# A title\n", "")),
        ("no prose", rewrite("-(-x) => x").replace("Why it is true.\n", "")),
        ("no example", rewrite("-(-x) => x").split("## Example").next().unwrap_or("").to_owned()),
        ("no after", rewrite("-(-x) => x").replace("python after", "text")),
        ("an after of another language", rewrite("-(-x) => x").replace("python after", "rust after")),
        ("an empty block", rewrite("")),
        ("no arrow", rewrite("-(-x)")),
        ("an arrow too many", rewrite("-(-x) => x => x")),
        ("where without a rewrite", rewrite("where: float(x)")),
        ("an unknown op", rewrite("exp(lg(x)) => x")),
        ("an unknown op like no other", rewrite("frobnicate_all(x) => x")),
        ("too few arguments", rewrite("sum(x) => x")),
        ("too many arguments", rewrite("exp(x, y) => x")),
        ("an attribute of the wrong kind", rewrite("sum(x, \"rows\", false) => x")),
        ("an attribute for an operand", rewrite("exp([0, 1]) => x")),
        ("an operand for an attribute", rewrite("sum(x, x + 1, false) => x")),
        ("a name for both", rewrite("sum(x, x, false) => x")),
        ("an unbound name", rewrite("exp(x) => exp(y)")),
        ("an unbound name in a condition", rewrite("exp(x) => x\n  where: float(y)")),
        ("a second let", rewrite("sum(x, k, false) => x\n  where: let k = 1")),
        ("an unknown predicate", rewrite("exp(x) => x\n  where: floating(x)")),
        ("a bare variable on the left", rewrite("x => -(-x)")),
        ("a bare variable on the left of both", rewrite("-(-x) <=> x")),
        ("a bracket left open", rewrite("exp(x => x")),
        ("a chained comparison", rewrite("a < b < c => a")),
        ("an upper-case name", rewrite("exp(X) => X")),
        ("a stray character", rewrite("exp(x) => $x")),
        ("on a later line", rewrite("-(-x) => x\nexp(log(x)) =>\n    logg(x)")),
        ("a fix with an effect", page("name: broken\npass: fix\neffect: exact", "-(-x) => x")),
        ("a fix with rewrites", page("name: broken\npass: fix\nsafety: safe", "-(-x) => x")),
        ("a rewrite with fixes", fix("find: f($X)").replace("pass: fix\nsafety: safe", good.split_once('\n').map_or("", |(_, rest)| rest))),
        ("an unknown safety", fix("find: f($X)").replace("safety: safe", "safety: sure")),
        ("an empty fix", fix("")),
        ("a fix that begins with its edit", fix("replace: g($X)")),
        ("a pattern that does not parse", fix("find: f($X\nreplace: g($X)")),
        ("a replacement that does not parse", fix("find: f($X)\nreplace: g($X")),
        ("an unbound metavariable in a replacement", fix("find: f($X)\nreplace: g($Y)")),
        ("an unbound metavariable in a condition", fix("find: f($X)\nwhere: tensor($Y)\nreplace: g($X)")),
        ("a metavariable that only must not match", fix("find: f($X)\nnot has: g($Y)\nreplace: g($Y)")),
        ("an unknown key of a fix", fix("find: f($X)\nreplcae: g($X)")),
        ("an unknown predicate of a fix", fix("find: f($X)\nwhere: tense($X)")),
        ("a predicate with too many arguments", fix("find: f($X)\nwhere: tensor($X, $X)")),
        ("an argument that is two", fix("find: f($X)\nargument: a=1, b=2")),
        ("a rename without an arrow", fix("numpy.a").replace("```fix", "```rename")),
        ("a rename of no path", fix("a => b").replace("```fix", "```rename")),
        ("nested too deep", rewrite(&format!("{}x{} => x", "exp(".repeat(200), ")".repeat(200)))),
    ];
    let mut told = String::new();
    for (what, text) in pages {
        let message = load("broken", text).err().unwrap_or_else(|| "was read".to_owned());
        told += &format!("{what}\n    {message}\n");
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.bind(|| insta::assert_snapshot!("rule_pages_broken", told));
}
