use std::hash::{BuildHasher, BuildHasherDefault};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use ignore::WalkBuilder;
use rustc_hash::{FxHashMap, FxHasher};

use super::walk::read_source;
use crate::facts::{Elsewhere, OtherFile, Word, private_words, stored_words};

/// Files in which Python's names can stand, by extension.
const EXTENSIONS: [&str; 6] = ["py", "pyi", "pyx", "pxd", "pxi", "ipynb"];
/// Files that are read for the calls of one function; where more have its name, nothing is known of it.
const MOST_READ: usize = 8;
/// What stands in the folder that a project is in.
const MARKS: [&str; 5] = [".git", "pyproject.toml", "setup.py", "setup.cfg", "wright.toml"];

/// The words of a project's files by which private names could be meant, and the names of attributes that are assigned to, read when
/// they are first asked for.
#[derive(Debug, Default)]
pub struct ProjectWords {
    paths: Vec<PathBuf>,
    /// A folder is looked at: files may be told of each other.
    tree: bool,
    index: OnceLock<Index>,
}

/// By hash: two words of one hash are taken for one, which says more uses than there are and never fewer.
#[derive(Debug, Default)]
struct Index {
    paths: Vec<Arc<Path>>,
    files: FxHashMap<Arc<Path>, u32>,
    holders: FxHashMap<u64, Holder>,
    /// The first files that have a word which several have: more than are read, if there are more.
    several: Vec<Vec<u32>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holder {
    File(u32),
    /// The number of the list of these.
    Several(u32),
}

impl ProjectWords {
    /// Of the projects that the paths are in: all files below the nearest folder with a mark of one, or else those of the package or
    /// folder.
    pub fn new(paths: &[PathBuf]) -> Arc<ProjectWords> {
        Arc::new(ProjectWords { paths: paths.to_vec(), tree: paths.iter().any(|path| path.is_dir()), index: OnceLock::new() })
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
        let path: Arc<Path> = path.into();
        if !named || self.files.contains_key(&path) {
            return;
        }
        let Ok(bytes) = std::fs::read(&path) else { return };
        let number = self.paths.len() as u32;
        self.paths.push(path.clone());
        self.files.insert(path, number);
        for word in private_words(&bytes).chain(stored_words(&bytes)) {
            let holder = self.holders.entry(hash(word)).or_insert(Holder::File(number));
            match *holder {
                Holder::File(first) if first == number => {}
                Holder::File(first) => {
                    *holder = Holder::Several(self.several.len() as u32);
                    self.several.push(vec![first, number]);
                }
                Holder::Several(list) => {
                    let list = &mut self.several[list as usize];
                    if list.len() < MOST_READ + 2 && list.last() != Some(&number) {
                        list.push(number);
                    }
                }
            }
        }
    }

    /// The files that have a word, or the first of them.
    fn holders(&self, word: Word<'_>) -> &[u32] {
        match self.holders.get(&hash(word)) {
            None => &[],
            Some(Holder::File(holder)) => std::slice::from_ref(holder),
            Some(Holder::Several(list)) => &self.several[*list as usize],
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

impl Beside {
    /// The file's own number.
    fn number(&self, index: &Index) -> Option<u32> {
        *self.number.get_or_init(|| self.file.canonicalize().ok().and_then(|path| index.files.get(path.as_path()).copied()))
    }
}

impl Elsewhere for Beside {
    fn mentions(&self, word: Word<'_>) -> bool {
        let index = self.words.index();
        let number = self.number(index);
        index.holders(word).iter().any(|holder| Some(*holder) != number)
    }

    fn files_with(&self, name: &str) -> Option<Vec<OtherFile>> {
        let index = self.words.index();
        let number = self.number(index).filter(|_| self.words.tree)?;
        let mut paths: Vec<&Path> = index
            .holders(Word::Name(name))
            .iter()
            .filter(|holder| **holder != number)
            .map(|&holder| &*index.paths[holder as usize])
            .collect();
        if paths.len() > MOST_READ || paths.iter().any(|path| path.extension().is_none_or(|extension| extension != "py")) {
            return None;
        }
        paths.sort_unstable();
        let asking = &index.paths[number as usize];
        let file = |path: &Path| Some(OtherFile { path: path.to_owned(), text: read_source(path).ok()?, asking: asking.to_path_buf() });
        paths.into_iter().map(file).collect()
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
    fn few_python_files_with_a_name_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("a.py", "def _own(): pass\n");
        let read = |given: &Path| {
            let files = ProjectWords::new(&[given.to_owned()]).beside(&folder.path().join("a.py")).files_with("_own")?;
            Some(files.into_iter().map(|file| file.path.file_name().unwrap().to_string_lossy().into_owned()).collect::<Vec<_>>())
        };
        write("c.py", "from a import _own\n");
        write("b.py", "import a\na._own()\n");
        assert_eq!(read(folder.path()).unwrap(), ["b.py", "c.py"]);
        assert_eq!(read(&folder.path().join("a.py")), None, "one file is looked at, and not a tree");
        write("d.pyx", "from a import _own\n");
        assert_eq!(read(folder.path()), None);
        write("d.pyx", "");
        write("d.ipynb", "{\"source\": [\"from a import _own\"]}\n");
        assert_eq!(read(folder.path()), None);
        write("d.ipynb", "");
        for more in 0..6 {
            write(&format!("e{more}.py"), "from a import _own\n");
        }
        assert_eq!(read(folder.path()).unwrap().len(), 8);
        write("f.py", "from a import _own\n");
        assert_eq!(read(folder.path()), None, "too many");
    }

    #[test]
    fn a_file_that_is_not_there_has_no_words_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.py"), "_own = 1\n").unwrap();
        let words = ProjectWords::new(&[folder.path().to_owned()]);
        assert!(words.beside(&folder.path().join("stdin.py")).mentions(Word::Name("_own")));
    }
}
