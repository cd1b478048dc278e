use std::hash::{BuildHasher, BuildHasherDefault};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use ignore::WalkBuilder;
use rustc_hash::{FxHashMap, FxHasher};

use crate::facts::{Elsewhere, Word, private_words};

/// Files in which Python's names can stand, by extension.
const EXTENSIONS: [&str; 6] = ["py", "pyi", "pyx", "pxd", "pxi", "ipynb"];
/// What stands in the folder that a project is in.
const MARKS: [&str; 5] = [".git", "pyproject.toml", "setup.py", "setup.cfg", "wright.toml"];

/// The words of a project's files by which private names could be meant, read when they are first asked for.
#[derive(Debug, Default)]
pub struct ProjectWords {
    paths: Vec<PathBuf>,
    index: OnceLock<Index>,
}

/// By hash: two words of one hash are taken for one, which says more uses than there are and never fewer.
#[derive(Debug, Default)]
struct Index {
    files: FxHashMap<PathBuf, u32>,
    holders: FxHashMap<u64, Holder>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holder {
    File(u32),
    Several,
}

impl ProjectWords {
    /// Of the projects that the paths are in: all files below the nearest folder with a mark of one, or else those of the package or
    /// folder.
    pub fn new(paths: &[PathBuf]) -> Arc<ProjectWords> {
        Arc::new(ProjectWords { paths: paths.to_vec(), index: OnceLock::new() })
    }

    /// What files other than this one have.
    pub fn beside(self: &Arc<Self>, file: &Path) -> Arc<dyn Elsewhere> {
        Arc::new(Beside { words: self.clone(), file: file.to_owned(), number: OnceLock::new() })
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut roots: Vec<Root> = self.paths.iter().filter_map(|path| root_of(path)).collect();
            roots.sort();
            roots.dedup();
            let mut index = Index::default();
            for Root { folder, depth } in &roots {
                let files = WalkBuilder::new(folder).max_depth(*depth).require_git(false).build().filter_map(Result::ok);
                files.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file())).for_each(|entry| index.add(entry.into_path()));
            }
            index
        })
    }
}

impl Index {
    fn add(&mut self, path: PathBuf) {
        let named = path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| EXTENSIONS.contains(&extension));
        if !named || self.files.contains_key(&path) {
            return;
        }
        let Ok(bytes) = std::fs::read(&path) else { return };
        let number = self.files.len() as u32;
        self.files.insert(path, number);
        for word in private_words(&bytes) {
            let holder = self.holders.entry(hash(word)).or_insert(Holder::File(number));
            if *holder != Holder::File(number) {
                *holder = Holder::Several;
            }
        }
    }
}

fn hash(word: Word<'_>) -> u64 {
    BuildHasherDefault::<FxHasher>::default().hash_one(word)
}

#[derive(Debug)]
struct Beside {
    words: Arc<ProjectWords>,
    file: PathBuf,
    number: OnceLock<Option<u32>>,
}

impl Elsewhere for Beside {
    fn mentions(&self, word: Word<'_>) -> bool {
        let index = self.words.index();
        let number = self.number.get_or_init(|| self.file.canonicalize().ok().and_then(|path| index.files.get(&path).copied()));
        match index.holders.get(&hash(word)) {
            None => false,
            Some(Holder::File(holder)) => Some(*holder) != *number,
            Some(Holder::Several) => true,
        }
    }
}

/// The folder of a project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Root {
    folder: PathBuf,
    /// How deep it is looked into; all of it if nothing is said.
    depth: Option<usize>,
}

fn root_of(path: &Path) -> Option<Root> {
    // A text that comes by another way need not be there as a file.
    let folder = if path.is_dir() { path } else { path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")) };
    let (script, folder) = (!path.is_dir(), folder.canonicalize().ok()?);
    let package = folder.ancestors().take_while(|folder| folder.join("__init__.py").is_file()).last();
    let marked = package.unwrap_or(&folder).ancestors().find(|folder| MARKS.iter().any(|mark| folder.join(mark).exists()));
    // A lone script: what lies below its folder need have nothing to do with it.
    let script = script && package.is_none() && marked.is_none();
    Some(Root { folder: marked.or(package).unwrap_or(&folder).to_owned(), depth: script.then_some(1) })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::ProjectWords;
    use crate::facts::Word;

    fn mentioned(folder: &Path, given: &str, word: &str) -> bool {
        ProjectWords::new(&[folder.join(given)]).beside(&folder.join("top/inner/a.py")).mentions(Word::Name(word))
    }

    #[test]
    fn a_word_is_looked_for_in_the_whole_project() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for package in ["top/__init__.py", "top/inner/__init__.py"] {
            write(package, "");
        }
        write("top/inner/a.py", "_own = _both\n");
        write("top/b.py", "_both = 1\n_theirs = 2\n");
        write("top/c.txt", "_text = 1\n");
        write("tests/d.py", "from top.inner.a import _tested\n");
        for given in ["top/inner/a.py", "top/inner", "top"] {
            for (word, expected) in [("_own", false), ("_both", true), ("_theirs", true), ("_text", false), ("_tested", false)] {
                assert_eq!(mentioned(folder.path(), given, word), expected, "{word} from {given}");
            }
        }
        assert!(mentioned(folder.path(), "", "_tested"), "the folder itself is given");
        write("pyproject.toml", "");
        assert!(mentioned(folder.path(), "top/inner/a.py", "_tested"), "the project's folder");
    }

    #[test]
    fn a_file_that_is_not_there_has_no_words_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.py"), "_own = 1\n").unwrap();
        let words = ProjectWords::new(&[folder.path().to_owned()]);
        assert!(words.beside(&folder.path().join("stdin.py")).mentions(Word::Name("_own")));
    }
}
