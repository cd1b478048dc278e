"""Errors that are injected into Rust: one edit of a text each, of a kind that people make.

Only code counts: comments, strings and tests are masked, so that no edit falls into them.
"""

import re

NUMBERS = {
    "usize": ["u32", "u64", "i32"],
    "u64": ["u32", "usize", "i64"],
    "u32": ["u16", "u64", "usize"],
    "u16": ["u8", "u32"],
    "u8": ["u16", "i8"],
    "i64": ["i32", "u64"],
    "i32": ["i64", "u32"],
    "u128": ["u64"],
    "f64": ["f32"],
    "f32": ["f64"],
}
TRAITS = (
    "Write Read BufRead Seek Hash Hasher BuildHasher Borrow BorrowMut FromStr Display Debug Deref DerefMut Index IndexMut "
    "FromIterator IntoIterator Iterator DoubleEndedIterator ExactSizeIterator FusedIterator AsRef Error RangeBounds "
    "Add Sub Mul Div Rem Neg Not BitAnd BitOr BitXor Shl Shr Ord PartialOrd Pow Zero One Num Integer Signed Bounded"
).split()


def masked(text):
    """The text with comments, strings, characters and test modules blanked out, of the same length."""
    out = list(text)

    def blank(start, end):
        for i in range(start, min(end, len(out))):
            if out[i] != "\n":
                out[i] = " "

    pattern = re.compile(
        r"//[^\n]*|/\*.*?\*/|b?r(#*)\".*?\"\1|b?\"(?:\\.|[^\"\\])*\"|b?'(?:\\.[^']*|[^'\\\n])'", re.DOTALL
    )
    for match in pattern.finditer(text):
        blank(*match.span())
    code = "".join(out)
    for match in re.finditer(r"#\[cfg\((all\()?test", code):
        # A test module ends the file in all but a few crates.
        if re.match(r"[^\n]*\n\s*(pub )?mod\b", code[match.start() :]):
            blank(match.start(), len(out))
            break
    return "".join(out)


def deletions(kind, code, pattern, group=0):
    for match in re.finditer(pattern, code, re.MULTILINE):
        yield kind, match.start(group), match.end(group), ""


def without_attributes(code):
    """Attributes blanked out too."""
    return re.sub(r"#!?\[[^\]]*\]", lambda match: re.sub(r"[^\n]", " ", match.group()), code)


def imports(code):
    for match in re.finditer(r"^(?:[ \t]*#\[[^\n]*\]\n)*[ \t]*use ([\w:]+(?:::\{[^{}]*\})?);\n", code, re.MULTILINE):
        path = match.group(1)
        names = re.findall(r"\w+", path.split("{")[-1]) if "{" in path else [path.split("::")[-1]]
        if "{" not in path:
            yield ("trait import" if names[-1] in TRAITS else "import"), match.start(), match.end(), ""
            continue
        inside = match.start(1) + path.index("{") + 1
        for item in re.finditer(r"\w+(?:\s+as\s+\w+)?\s*,?\s*", path.split("{")[1].rstrip("}")):
            name = re.match(r"\w+", item.group()).group()
            kind = "trait import" if name in TRAITS else "import"
            yield kind, inside + item.start(), inside + item.end(), ""


def arguments(code):
    for match in re.finditer(r"\b(?!fn\b|if\b|match\b|while\b|Fn\b|FnMut\b|FnOnce\b)\w+\(([^()\n]*,[^()\n]*)\)", code):
        if re.search(r"\bfn\s+$", code[max(0, match.start() - 200) : match.start()]) or ":" in match.group(1).replace("::", ""):
            continue
        parts = match.group(1).split(",")
        # A comma in brackets does not part arguments.
        if not all(part.strip() and all(part.count(a) == part.count(b) for a, b in ("[]", "{}", "<>")) for part in parts):
            continue
        at = match.start(1)
        for number, part in enumerate(parts):
            start, end = at, at + len(part)
            at = end + 1
            yield "argument", *((start - 1, end) if number else (start, end + 1)), ""


def misspelt(name, choose):
    at = choose(range(1, len(name) - 1))
    how = choose(["swap", "drop", "double"])
    if how == "swap" and name[at] != name[at + 1]:
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    if how == "double":
        return name[:at] + name[at] + name[at:]
    return name[:at] + name[at + 1 :]


def names(code, choose):
    keywords = set("self Self super crate where match while return break continue unsafe struct trait impl else loop move const static "
                   "async await true false dyn enum pub use mod type let for".split())
    for match in re.finditer(r"\b[A-Za-z_]\w{3,}\b(?!!)", code):
        before = code[max(0, match.start() - 200) : match.start()].rstrip()
        word = re.search(r"(\w+)$", before)
        if match.group() in keywords or match.group() in NUMBERS or (word and word.group() in ("fn", "struct", "enum", "trait", "mod", "let", "mut", "type", "const", "static", "use", "macro_rules", "union")):
            continue
        line = code[code.rfind("\n", 0, match.start()) + 1 : code.find("\n", match.end())]
        if line.lstrip().startswith(("#", "use ", "pub use ", "extern")):
            continue
        yield "name", match.start(), match.end(), misspelt(match.group(), choose)


def derives(code):
    for match in re.finditer(r"#\[derive\(([^()\n]*)\)\]\n?", code):
        items = list(re.finditer(r"\w+", match.group(1)))
        for item in items:
            start, end = match.start(1) + item.start(), match.start(1) + item.end()
            if len(items) == 1:
                start, end = match.start(), match.end()
            else:
                tail = re.match(r"\s*,\s*", code[end:])
                if tail:
                    end += tail.end()
                else:
                    start = code.rfind(",", 0, start)
            yield "derive", start, end, ""


def numbers(code, choose):
    for match in re.finditer(r"\b(usize|u64|u32|u16|u8|i64|i32|u128|f64|f32)\b(?!::|!)", code):
        yield "number type", match.start(), match.end(), choose(NUMBERS[match.group()])


def edits(text, choose):
    """Every edit as kind, start, end and new text."""
    code = masked(text)
    yield from imports(code)
    yield from deletions("mut", code, r"(?<=\blet )mut (?=\w)|(?<=[(,&|] )mut (?=\w)|(?<=[(&])mut (?=\w)")
    yield from deletions("reference", code, r"(?<=[(,=] )&(?:mut )?(?=[\w(])|(?<=\()&(?:mut )?(?=\w)|(?<=: )&(?=[\w\[])(?!&)")
    yield from deletions("question mark", code, r"(?<=[)\w])\?(?=[;.,)\s])")
    yield from deletions("clone", code, r"\.(?:clone|to_owned|to_string|cloned)\(\)")
    yield from deletions("lifetime", code, r"(?<=&)'[a-z]+ |(?<=\w)<'[a-z_]+>|(?<=<)'[a-z_]+, ")
    yield from derives(code)
    yield from deletions("match arm", code, r"^[ \t]*[\w:]+(?:\([^()\n]*\))?(?: \| [\w:()]+)* => [^\n{]*,\n")
    yield from arguments(without_attributes(code))
    yield from names(code, choose)
    yield from numbers(code, choose)


KINDS = [
    "import", "trait import", "mut", "reference", "question mark", "clone", "lifetime", "derive", "match arm", "argument", "name", "number type",
]
