//! Where modules are found: stand-ins for libraries, files beside the program, packages around it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{LazyLock, OnceLock};

use include_dir::{Dir, include_dir};
use typed_arena::Arena;

use super::error::{Followed, Stop};
use super::scope::{Frame, Namespace};
use super::value::{Module, Value};
use super::{Cause, Host, Interpreter};
use crate::syntax::{Language, Node, Tree};

/// What Python's own library and PyTorch are to the interpreter, written in Python.
static STAND_INS: Dir = include_dir!("$CARGO_MANIFEST_DIR/grammars/python");

/// No source file of a program is longer.
const LONGEST: u64 = 1 << 24;

/// The syntax trees of a program, and where it looks for modules.
#[derive(Default)]
pub struct Sources {
    trees: Arena<Tree>,
    roots: RefCell<Vec<PathBuf>>,
    /// Folders of packages, for what is not beside the program.
    packages: Vec<PathBuf>,
    files: RefCell<Vec<PathBuf>>,
}

impl Sources {
    /// Those of a program that may import the packages of the environment: what `PYTHONPATH` names and `VIRTUAL_ENV` has.
    pub fn with_packages() -> Sources {
        let mut packages: Vec<PathBuf> = std::env::var_os("PYTHONPATH").iter().flat_map(std::env::split_paths).collect();
        if let Some(environment) = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from) {
            packages.push(environment.join("Lib/site-packages"));
            let versions = std::fs::read_dir(environment.join("lib")).into_iter().flatten().flatten();
            packages.extend(versions.map(|version| version.path().join("site-packages")));
        }
        Sources { packages, ..Sources::default() }
    }

    /// A text's tree, kept as long as the sources are.
    pub(super) fn parsed(&self, text: &str) -> &Tree {
        self.tree(text.to_owned())
    }

    fn tree(&self, text: String) -> &Tree {
        self.trees.alloc(Tree::parse(Language::Python, text))
    }

    /// The files that were read.
    pub fn files(&self) -> Vec<PathBuf> {
        self.files.borrow().clone()
    }

    /// A module's file, its text and whether it is a package.
    fn find(&self, path: &str) -> Option<(PathBuf, String, bool)> {
        let relative: PathBuf = path.split('.').collect();
        for root in self.roots.borrow().iter().chain(&self.packages) {
            for (file, is_package) in [(root.join(&relative).join("__init__.py"), true), (root.join(&relative).with_extension("py"), false)]
            {
                if let Ok(text) = read(&file) {
                    self.files.borrow_mut().push(file.clone());
                    return Some((file, text, is_package));
                }
            }
        }
        None
    }
}

fn read(path: &Path) -> Result<String, String> {
    let failed = |e: std::io::Error| format!("{}: {e}", path.display());
    if std::fs::metadata(path).map_err(failed)?.len() > LONGEST {
        return Err(format!("{}: it is longer than {LONGEST} bytes", path.display()));
    }
    std::fs::read_to_string(path).map_err(failed)
}

/// The trees of the stand-ins, each made once a process.
static TREES: LazyLock<HashMap<PathBuf, OnceLock<Tree>>> = LazyLock::new(|| {
    let mut trees = HashMap::new();
    collect(&STAND_INS, &mut trees);
    trees
});

fn collect(folder: &Dir, trees: &mut HashMap<PathBuf, OnceLock<Tree>>) {
    trees.extend(folder.files().map(|file| (file.path().to_owned(), OnceLock::new())));
    folder.dirs().for_each(|inner| collect(inner, trees));
}

/// True if a stand-in says what a library is.
pub(super) fn is_known(library: &str) -> bool {
    stand_in(library).is_some()
}

/// The stand-in for a module: its file, its tree, and whether it is a package.
fn stand_in(path: &str) -> Option<(String, &'static Tree, bool)> {
    let relative = path.replace('.', "/");
    [(format!("{relative}/__init__.py"), true), (format!("{relative}.py"), false)].into_iter().find_map(|(file, is_package)| {
        let place = TREES.get(Path::new(&file))?;
        let text = STAND_INS.get_file(&file)?.contents_utf8()?;
        Some((file, place.get_or_init(|| Tree::parse(Language::Python, text)), is_package))
    })
}

impl<'t, H: Host<'t>> Interpreter<'t, H> {
    /// The module that a file is. What it imports is looked for beside it and where its package is.
    ///
    /// # Errors
    /// If it cannot be read or does not follow the grammar.
    pub fn load(&mut self, file: &Path) -> Result<Rc<Module<'t>>, String> {
        let text = read(file)?;
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        let mut names = vec![file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()];
        let mut root = folder.clone();
        while root.join("__init__.py").is_file() {
            let Some(name) = root.file_name() else { break };
            names.insert(0, name.to_string_lossy().into_owned());
            root = root.parent().unwrap_or(Path::new("")).to_owned();
        }
        {
            let mut roots = self.sources.roots.borrow_mut();
            for place in [root, folder] {
                if !roots.contains(&place) {
                    roots.push(place);
                }
            }
        }
        let path = names.join(".");
        if let Some(Some(known)) = self.modules.get(path.as_str()) {
            return Ok(known.clone());
        }
        self.sources.files.borrow_mut().push(file.to_owned());
        let tree = self.sources.tree(text);
        if let Some(span) = tree.first_error() {
            let position = crate::syntax::LineIndex::new(tree.text()).position(span.start);
            return Err(format!("{}:{}:{}: a syntax error", file.display(), position.line, position.column));
        }
        let module = self.made(&path, &file.display().to_string(), tree, false, false);
        self.modules.insert(Rc::from(path), Some(module.clone()));
        Ok(module)
    }

    fn made(&self, path: &str, file: &str, tree: &'t Tree, stands_in: bool, is_package: bool) -> Rc<Module<'t>> {
        let namespace = Namespace::new(tree.root());
        namespace.set("__name__", Value::str(path));
        namespace.set("__file__", Value::str(file));
        Rc::new(Module { path: Rc::from(path), file: Rc::from(file), stands_in, is_package, namespace })
    }

    /// The module of a tree that is there already.
    pub fn module_of(&mut self, tree: &'t Tree, file: &str) -> Rc<Module<'t>> {
        self.made("__main__", file, tree, false, false)
    }

    /// A module that binds nothing.
    pub(super) fn empty_module(&mut self) -> Rc<Module<'t>> {
        let tree = self.sources.parsed("");
        self.made("", "", tree, true, false)
    }

    /// The module of a path; `None` if it is not there.
    pub(super) fn module(&mut self, path: &str) -> Option<Rc<Module<'t>>> {
        if let Some(known) = self.modules.get(path) {
            return known.clone();
        }
        let found = match stand_in(path) {
            Some((file, tree, is_package)) => Some(self.made(path, &format!("<{file}>"), tree, true, is_package)),
            // Of a library that has a stand-in nothing else is read.
            None if path.split_once('.').is_some_and(|(top, _)| stand_in(top).is_some()) => None,
            None => self.sources.find(path).map(|(file, text, is_package)| {
                let tree = self.sources.tree(text);
                self.made(path, &file.display().to_string(), tree, false, is_package)
            }),
        };
        self.modules.insert(Rc::from(path), found.clone());
        found
    }

    /// A name of a module, its statements run as far as needed; `None` if it has none.
    pub(super) fn name_of_module(&mut self, module: &Rc<Module<'t>>, name: &str) -> Followed<Option<Value<'t>>> {
        let pending = module.namespace.pending(name);
        if !pending.is_empty() {
            let frame = Rc::new(Frame { is_module: true, ..Frame::new(module.clone(), None) });
            self.run_pending(&module.namespace, pending, name, &frame)?;
        }
        if let Some(value) = module.namespace.get(name) {
            return Ok(Some(value));
        }
        let stars = module.namespace.pending_stars();
        if !stars.is_empty() {
            let frame = Rc::new(Frame { is_module: true, ..Frame::new(module.clone(), None) });
            self.run_pending(&module.namespace, stars, name, &frame)?;
            if let Some(value) = module.namespace.get(name) {
                return Ok(Some(value));
            }
        }
        if module.is_package
            && let Some(inner) = self.module(&format!("{}.{name}", module.path))
        {
            return Ok(Some(Value::Module(inner)));
        }
        Ok(None)
    }

    /// Runs statements of a body for a name. One that binds another and only reads this one may fail: it is missed where it is needed.
    pub(super) fn run_pending(&mut self, body: &Namespace<'t>, numbers: Vec<usize>, name: &str, frame: &Rc<Frame<'t>>) -> Followed<()> {
        for number in numbers {
            let Some((statement, before)) = body.start(number) else { continue };
            let result = self.statement(statement, frame);
            body.end(before);
            match result {
                Err(stop) if body.binds(number, name) || body.is_star(number) => return Err(stop),
                _ => {}
            }
        }
        Ok(())
    }

    /// `import a.b as c`, `from a import b as c`.
    pub(super) fn import(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<()> {
        if node.kind() == "future_import_statement" {
            return Ok(());
        }
        if node.kind() == "import_statement" {
            for child in node.named_children() {
                match child.kind() {
                    "aliased_import" => {
                        let (name, alias) = aliased(child);
                        let module = self.imported(&name)?;
                        self.bind_name(alias, module, frame);
                    }
                    "dotted_name" => {
                        let name = dotted(child);
                        self.imported(&name)?;
                        let top = child.named_children().next().map_or("", Node::text);
                        let module = self.imported(top)?;
                        self.bind_name(top, module, frame);
                    }
                    _ => {}
                }
            }
            return Ok(());
        }
        let from = node.field("module_name").ok_or_else(|| Stop::undecided("an import of nothing"))?;
        let path = self.absolute(from, frame)?;
        for child in node.named_children().filter(|child| *child != from) {
            match child.kind() {
                "wildcard_import" => self.import_all(&path, frame)?,
                "aliased_import" => {
                    let (name, alias) = aliased(child);
                    let value = self.member(&path, &name)?;
                    self.bind_name(alias, value, frame);
                }
                "dotted_name" => {
                    let value = self.member(&path, child.text())?;
                    self.bind_name(child.text(), value, frame);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn imported(&mut self, path: &str) -> Followed<Value<'t>> {
        match self.module(path) {
            Some(module) => Ok(Value::Module(module)),
            None => self.missing(path),
        }
    }

    /// What stands for an import that fails: the exception, where the program is ready for it.
    fn missing(&mut self, path: &str) -> Followed<Value<'t>> {
        if self.guards > 0 {
            return Err(Stop::raised("ImportError", format!("no module `{path}` was found")));
        }
        Ok(Value::Missing(Rc::from(path)))
    }

    fn member(&mut self, path: &str, name: &str) -> Followed<Value<'t>> {
        let Some(module) = self.module(path) else { return self.missing(&format!("{path}.{name}")) };
        if let Some(value) = self.name_of_module(&module, name)? {
            return Ok(value);
        }
        match self.module(&format!("{path}.{name}")) {
            Some(module) => Ok(Value::Module(module)),
            None => self.missing(&format!("{path}.{name}")),
        }
    }

    fn import_all(&mut self, path: &str, frame: &Rc<Frame<'t>>) -> Followed<()> {
        let Some(module) = self.module(path) else { return Err(Stop::undecided(format!("no module `{path}` was found"))) };
        for name in module.namespace.names().into_iter().filter(|name| !name.starts_with('_')) {
            match self.name_of_module(&module, name) {
                Ok(Some(value)) => self.bind_name(name, value, frame),
                Ok(None) => {}
                // What cannot be followed is missed only where it is needed.
                Err(stop) if stop.cause == Cause::Undecided => {
                    self.bind_name(name, Value::Missing(Rc::from(format!("{path}.{name}"))), frame);
                }
                Err(stop) => return Err(stop),
            }
        }
        Ok(())
    }

    /// The path of a module as an import has it, relative ones from the importing module on.
    fn absolute(&self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<String> {
        if node.kind() != "relative_import" {
            return Ok(dotted(node));
        }
        let text: String = node.text().split_whitespace().collect();
        let rest = text.trim_start_matches('.');
        let dots = text.len() - rest.len();
        let mut package: Vec<&str> = frame.module.path.split('.').collect();
        let leave = if frame.module.is_package { dots - 1 } else { dots };
        if leave > package.len() {
            return Err(Stop::undecided("an import from above the package"));
        }
        package.truncate(package.len() - leave);
        package.extend(rest.split('.').filter(|name| !name.is_empty()));
        Ok(package.join("."))
    }
}

fn dotted(node: Node<'_>) -> String {
    node.text().split_whitespace().collect()
}

fn aliased(node: Node<'_>) -> (String, &str) {
    (node.field("name").map(dotted).unwrap_or_default(), node.field("alias").map_or("", Node::text))
}
