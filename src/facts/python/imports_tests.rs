use std::path::Path;

use super::Scopes;
use crate::dialect::{Import, Names};
use crate::facts::{FileFacts, Outside};
use crate::syntax::{Language, Tree, apply};

const MATH: (&str, &str) = ("math.exp", "import math");
const SPECIAL: (&str, &str) = ("scipy.special.erf", "import scipy.special");
const INV: (&str, &str) = ("numpy.linalg.inv", "import numpy as np");
const FUNCTIONAL: (&str, &str) = ("torch.nn.functional.gelu", "import torch.nn.functional as F");
const TORCH: (&str, &str) = ("torch.matmul", "import torch");

/// The import for the place of the last call `here()` of a text.
fn import_at(path: &str, text: &str, (wanted, usual): (&str, &str)) -> Option<Import> {
    let tree = Tree::parse(Language::Python, text);
    let facts = FileFacts::new(&tree, &Outside::default()).of_file(Path::new(path));
    let here = tree.root().descendants().rfind(|node| node.kind() == "call" && node.text() == "here()").expect("a place");
    assert_eq!(facts.names(here).spell(wanted), None, "an import is asked for where none serves");
    facts.names(here).import(wanted, usual)
}

/// The text with the import, and how the path is written at its place: there it has to mean the path.
fn imported(text: &str, wanted: (&str, &str)) -> Option<(String, String)> {
    let import = import_at("/project/file.py", text, wanted)?;
    let new = apply(text, &[import.edit]).unwrap();
    let used = new.replace("here()", &format!("{}()", import.spelling));
    let tree = Tree::parse(Language::Python, used.as_str());
    assert_eq!(tree.first_error(), None, "{used}");
    let scopes = Scopes::new(tree.root());
    let call = tree.root().descendants().rfind(|node| node.kind() == "call").unwrap();
    assert_eq!(scopes.resolve(call.field("function").unwrap()).as_deref(), Some(wanted.0), "{used}");
    assert_eq!(scopes.spell(wanted.0, call.span().start), Some(import.spelling.clone()), "{used}");
    Some((new, import.spelling))
}

/// The head of a file, before and after; the place is in a function below it.
fn head(head: &str, wanted: (&str, &str)) -> Option<(String, String)> {
    let rest = if head.contains("\r\n") { "\r\n\r\ndef f(x):\r\n    return here()\r\n" } else { "\n\ndef f(x):\n    return here()\n" };
    let (new, spelling) = imported(&format!("{head}{rest}"), wanted)?;
    Some((new.strip_suffix(rest).expect("the import stands in the head").to_owned(), spelling))
}

fn expect(old: &str, wanted: (&str, &str), new: &str, spelling: &str) {
    assert_eq!(head(old, wanted), Some((new.to_owned(), spelling.to_owned())));
}

#[test]
fn a_sorted_block_stays_sorted() {
    expect("import io\nimport os\n\nimport numpy as np\n", MATH, "import io\nimport math\nimport os\n\nimport numpy as np\n", "math.exp");
    expect("from os import path\n", MATH, "import math\nfrom os import path\n", "math.exp");
    expect("import abc\nfrom io import open\nimport os\n", MATH, "import abc\nfrom io import open\nimport math\nimport os\n", "math.exp");
    expect("import os\nimport abc\n\nimport numpy\n", MATH, "import os\nimport abc\nimport math\n\nimport numpy\n", "math.exp");
    expect(
        "import os\nimport numpy\nimport abc\nimport _x\n",
        MATH,
        "import os\nimport numpy\nimport abc\nimport math\nimport _x\n",
        "math.exp",
    );
    let old = "import numpy as np\nfrom torch import Tensor\n\nfrom . import c\n";
    expect(old, FUNCTIONAL, &old.replace("from torch", "import torch.nn.functional as F\nfrom torch"), "F.gelu");
    expect(old, TORCH, &old.replace("from torch", "import torch\nfrom torch"), "torch.matmul");
}

#[test]
fn an_import_of_pythons_own_gets_a_section_of_its_own() {
    expect("import numpy as np\n", MATH, "import math\n\nimport numpy as np\n", "math.exp");
    let docstring = "\"\"\"What it does.\n# no comment\n\"\"\"\n# A comment.\nfrom __future__ import annotations\n\n";
    let new = format!("{docstring}import math\n\n# Arrays.\nimport numpy as np\n");
    expect(&format!("{docstring}# Arrays.\nimport numpy as np\n"), MATH, &new, "math.exp");
    expect(
        "#!/usr/bin/python\n# Text\nimport numpy as np\n",
        MATH,
        "#!/usr/bin/python\n# Text\nimport math\n\nimport numpy as np\n",
        "math.exp",
    );
    expect("\"\"\"Text.\"\"\"\n", MATH, "\"\"\"Text.\"\"\"\n\nimport math\n", "math.exp");
    expect("from __future__ import annotations\n", MATH, "from __future__ import annotations\n\nimport math\n", "math.exp");
    assert_eq!(head("x = 1\n", MATH), None);
}

#[test]
fn a_name_joins_a_list() {
    expect("from scipy import linalg\n", SPECIAL, "from scipy import linalg, special\n", "special.erf");
    expect(
        "from scipy import linalg, stats as st  # two\n",
        SPECIAL,
        "from scipy import linalg, special, stats as st  # two\n",
        "special.erf",
    );
    expect("from scipy.special import (expit, gamma,)\n", SPECIAL, "from scipy.special import (erf, expit, gamma,)\n", "erf");
    let list = "from scipy.special import (\n    beta,\n    gamma,\n)\n";
    expect(list, SPECIAL, &list.replace("    gamma", "    erf,\n    gamma"), "erf");
    expect(
        "from scipy.special import (\n    beta,\n    b\n)\n",
        SPECIAL,
        "from scipy.special import (\n    beta,\n    b,\n    erf\n)\n",
        "erf",
    );
    expect("from math import sqrt\n", MATH, "from math import exp, sqrt\n", "exp");
    expect("from numpy.linalg import LinAlgError, det\n", INV, "from numpy.linalg import LinAlgError, det, inv\n", "inv");
    // A file that imports no functions by name does not begin to.
    expect("from numpy.linalg import LinAlgError\n", INV, "import numpy as np\nfrom numpy.linalg import LinAlgError\n", "np.linalg.inv");
    // A list with comments, or one that is long already, is left as it is.
    let long = format!("from scipy import linalg, {}\n", "x".repeat(60));
    expect(&long, SPECIAL, &format!("import scipy.special\n{long}"), "scipy.special.erf");
    let told = "from scipy import (  # a comment\n    linalg,\n)\n";
    expect(told, SPECIAL, &format!("import scipy.special\n{told}"), "scipy.special.erf");
}

#[test]
fn line_ends_are_kept() {
    expect("import os\r\nimport sys\r\n", MATH, "import math\r\nimport os\r\nimport sys\r\n", "math.exp");
    expect("import numpy as np\r\n", MATH, "import math\r\n\r\nimport numpy as np\r\n", "math.exp");
    expect(
        "from scipy.special import (\r\n    beta,\r\n)\r\n",
        SPECIAL,
        "from scipy.special import (\r\n    beta,\r\n    erf,\r\n)\r\n",
        "erf",
    );
    expect("\"\"\"Text.\"\"\"\r\n", MATH, "\"\"\"Text.\"\"\"\r\n\r\nimport math\r\n", "math.exp");
}

#[test]
fn a_file_that_imports_in_functions_goes_on_so() {
    let text =
        "def f(x):\n    \"\"\"Text.\"\"\"\n    from scipy.linalg import inv\n\n    def g():\n        return here()\n\n    return g\n";
    assert_eq!(imported(text, SPECIAL).unwrap().0, text.replace("    from scipy", "    import scipy.special\n    from scipy"));
    let listed = text.replace(".linalg import inv", " import linalg as la");
    assert_eq!(imported(&listed, SPECIAL).unwrap().0, listed.replace("linalg as la", "linalg as la, special"));
    let without = "def f(x):\n    import numpy as np\n    return here()\n";
    assert_eq!(imported(without, MATH).unwrap().0, without.replace("    import numpy", "    import math\n\n    import numpy"));
    // What another function or a class imports serves nothing here.
    assert_eq!(imported("def f(x):\n    from scipy import linalg\n\n\ndef g(x):\n    return here()\n", SPECIAL), None);
    assert_eq!(imported("class C:\n    from scipy import linalg\n\n    def g(x):\n        return here()\n", SPECIAL), None);
    assert_eq!(imported("def f(x): import numpy as np; return here()\n", MATH), None);
}

#[test]
fn no_library_is_brought_in() {
    for text in [
        "import numpy as np\n",
        "import scipy_like\n",
        "from .scipy import linalg\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from scipy import linalg\n",
        "try:\n    import scipy\nexcept ImportError:\n    scipy = None\n",
        "if fast:\n    import scipy\n",
        "def g():\n    import scipy\n",
    ] {
        assert_eq!(head(text, SPECIAL), None, "{text}");
    }
}

#[test]
fn a_name_in_use_is_not_taken() {
    let plain = |head: &str| (head.replace("from torch", "import torch.nn.functional\nfrom torch"), "torch.nn.functional.gelu".to_owned());
    for text in ["F = 1\n", "def g(F):\n    pass\n", "print(F)\n", "class C:\n    F = 1\n", "with x as F:\n    pass\n"] {
        let text = format!("from torch import Tensor\n{text}");
        assert_eq!(head(&text, FUNCTIONAL), Some(plain(&text)), "{text}");
    }
    let attribute = "from torch import Tensor\nx.F = g(F=1)\n";
    assert_eq!(head(attribute, FUNCTIONAL).unwrap().1, "F.gelu");
    assert_eq!(head("from torch import Tensor\nF = torch = gelu = 1\n", FUNCTIONAL), None);
    expect("import os\nmath = 1\n", MATH, "import os\nfrom math import exp\nmath = 1\n", "exp");
    assert_eq!(head("import os\nmath = exp = 1\n", MATH), None);
    expect("from numpy import *\n", MATH, "import math\n\nfrom numpy import *\n", "math.exp");
    assert_eq!(head("from numpy import *\nmath = 1\n", MATH), None);
    assert_eq!(head("import os\nfrom settings import *\n", MATH), None);
    // The module's name is bound in the function, perhaps not yet.
    let local = "import scipy\n\n\ndef f(x):\n    here()\n    import scipy\n";
    assert_eq!(imported(local, SPECIAL).unwrap().1, "erf");
    let global = "import scipy\n\n\ndef f(x):\n    here()\n";
    assert_eq!(imported(global, SPECIAL).unwrap().0, global.replacen("scipy\n", "scipy\nimport scipy.special\n", 1));
    assert_eq!(head("import numpy as np\nimport scipy\nscipy.special.erf = g\n", SPECIAL), None);
}

#[test]
fn an_import_comes_before_its_use() {
    let text = "import numpy as np\nx = here()\nimport os\n";
    assert_eq!(imported(text, MATH).unwrap().0, format!("import math\n\n{text}"));
    assert_eq!(imported("x = here()\nimport os\n", MATH), None);
    assert_eq!(
        imported("import numpy as np; x = here()\n", MATH).map(|found| found.0),
        Some("import math\n\nimport numpy as np; x = here()\n".into())
    );
    assert_eq!(imported("import os; x = here()\n", MATH).map(|found| found.0), Some("import math\nimport os; x = here()\n".into()));
    assert_eq!(imported("import abc; x = here()\n", MATH), None);
    let method =
        "import abc\nimport numpy as np\n\n\nclass C:\n    @np.vectorize\n    def f(self):\n        return [here() for x in self]\n";
    assert_eq!(imported(method, MATH).unwrap().0, method.replace("import abc\n", "import abc\nimport math\n"));
}

#[test]
fn no_line_is_cut() {
    expect("import os; import numpy as np\n", MATH, "import os; import numpy as np\nimport math\n", "math.exp");
    assert_eq!(head("x = 1; import os\n", MATH), None);
    assert_eq!(head("import abc; s = '''\n'''\n", MATH), None);
}

#[test]
fn a_part_of_a_library_imports_no_new_part_of_it() {
    let place = "\n\ndef f(x):\n    return here()\n";
    let import = |path: &str, head: &str, wanted| import_at(path, &format!("{head}{place}"), wanted).map(|import| import.spelling);
    assert_eq!(import("/site-packages/scipy/linalg/a.py", "from scipy import linalg\n", SPECIAL), None);
    assert_eq!(import("/project/linalg/a.py", "from scipy import linalg\n", SPECIAL), Some("special.erf".into()));
    assert_eq!(import("/site-packages/scipy/linalg/a.py", "from scipy.special import gamma\n", SPECIAL), Some("scipy.special.erf".into()));
    assert_eq!(import("/site-packages/torch/nn/a.py", "from torch import Tensor\n", TORCH), Some("torch.matmul".into()));
    assert_eq!(import("/site-packages/torch/nn/a.py", "from torch import Tensor\n", FUNCTIONAL), None);
    assert_eq!(import("/project/math.py", "import os\n", MATH), None);
}
