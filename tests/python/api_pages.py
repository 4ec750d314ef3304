# SPDX-License-Identifier: Apache-2.0
"""Makes docs/python/api.md of the package: signatures of its source and its stubs, docstrings of
the source or of what is loaded."""

import ast
import importlib
import re
import textwrap
from pathlib import Path

import wattpurse

PACKAGE = Path(wattpurse.__file__).resolve().parent
STUBS = Path(wattpurse.__file__).parent / "_core"
WIDTH = 96
NOTE = "<!-- Made of the docstrings by tests/python/api_test.py --write -->\n"
HEAD = """# The Python API

Made of the docstrings and signatures of the package, and held to them by a test.

Common to all of it:

- **Numbers** are `Decimal`, `int`, `str` or a quantity (`_Number`, `_Quantity` in signatures). A
  `float` raises `FloatRefused`, whatever its value. Energy has 4 decimal places (kWh), a price 8
  (a kWh), money 6; more raise `TooManyPlaces`, unless a rounding is named.
- **Days** (`_Day`) are `datetime.date` or "2026-01-31"; rounding (`_Rounding`) is `Rounding` or
  its name, "half_up".
- **Times** are aware datetimes; a naive one raises `NaiveTime`.
- **Errors** are one tree, `wattpurse.Error`, each also the builtin that one expects; all have
  `place`, `value` and `expected`, and `ValidationError` has all `faults` at once.
- **Tables** are Arrow to whatever takes Arrow (`__arrow_c_stream__`); money is decimal128(18, 6).
- **Threads**: values never change and may be shared; what takes long runs without the GIL.
- **Source** of definitions: docs/tariffs.md for bills, docs/dlt645.md and docs/modbus.md for the
  codecs, docs/ledger.md for the books.
"""


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def file_of(module):
    """The source of "wattpurse.x", or its stub where it is compiled."""
    inner = module.split(".")[1:]
    for path in (PACKAGE.joinpath(*inner).with_suffix(".py") if inner else PACKAGE / "__init__.py",
                 PACKAGE.joinpath(*inner, "__init__.py"), PACKAGE.joinpath(*inner, "__init__.pyi"),
                 PACKAGE.joinpath(*inner).with_suffix(".pyi"),
                 STUBS.parent.joinpath(*inner, "__init__.pyi"),
                 STUBS.parent.joinpath(*inner).with_suffix(".pyi")):
        if path.exists():
            return path
    return None


def found(module, name):
    """The node that defines a name, wherever it is imported from, and its module."""
    path = file_of(module)
    if path is None:
        return None, module
    for node in ast.walk(parsed(path)):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and \
                node.name == name and node.col_offset == 0:
            return node, module
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            for each in node.names:
                if (each.asname or each.name) == name:
                    base = module if path.name.startswith("__init__") else \
                        module.rpartition(".")[0]
                    source = f"{base}.{node.module}" if node.module else base
                    return found(source, each.name)
    return None, module


def signature(node, name=None):
    """`name(arguments) -> result`, on as many lines as it needs."""
    args = ast.unparse(node.args)
    args = re.sub(r"^(self|cls)(, /)?(, )?", "", args)
    result = f" -> {ast.unparse(node.returns)}" if node.returns is not None and \
        name is None else ""
    prefix = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    text = f"{prefix}{name or node.name}({args}){result}"
    if len(text) <= WIDTH:
        return text
    lines = textwrap.wrap(re.sub(r"(?<!,) ", "\0", text), WIDTH, break_long_words=False,
                          break_on_hyphens=False, subsequent_indent="    ")
    return "\n".join(lines).replace("\0", " ")  # broken after commas only


def doc_of(node, loaded):
    """A docstring: of the source, else of what is loaded, without pybind11's signatures."""
    text = ast.get_docstring(node) if node is not None else None
    if text is None and getattr(loaded, "__doc__", None):
        text = re.sub(r"\A(\w+\(.*\)( -> [^\n]*)?\n+)+", "", loaded.__doc__).strip()
        text = "" if text.startswith("Overloaded function") else text
    return text or ""


def markdown(text):
    """A docstring as Markdown: names with an indented text are items of a list, other indented
    text is code."""
    blocks, out = re.split(r"\n\s*\n", text.strip("\n")), []
    for block in blocks:
        lines = block.split("\n")
        if all(line.startswith("    ") for line in lines):
            out.append("```python\n" + textwrap.dedent(block) + "\n```")
            continue
        items, plain = [], []
        for number, line in enumerate(lines):
            follows = number + 1 < len(lines) and lines[number + 1].startswith("    ")
            if re.fullmatch(r"\*{0,2}\w+(, \w+)*", line) and follows:
                items.append(f"- `{line}`:")
            elif line.startswith("    ") and items:
                items[-1] += ("\n  " if items[-1].endswith(":") else "\n  ") + line.strip()
            else:
                plain.append(line)
        out.append("\n".join([*plain, *items]))
    return "\n\n".join(out)


def members(node, loaded):
    """(heading, text) of the public members of a class, in the order of its source."""
    body = node.body
    for index, each in enumerate(body):
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and \
                not each.target.id.startswith("_") and "ClassVar" not in ast.unparse(
                    each.annotation):
            after = body[index + 1] if index + 1 < len(body) else None
            told = after.value.value if isinstance(after, ast.Expr) and isinstance(
                after.value, ast.Constant) and isinstance(after.value.value, str) else ""
            yield f"{each.target.id}: {ast.unparse(each.annotation)}", told
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)) and \
                not each.name.startswith("_"):
            marks = [ast.unparse(mark) for mark in each.decorator_list]
            if any(mark.endswith((".setter", "overload")) for mark in marks):
                continue
            told = doc_of(each, getattr(loaded, each.name, None))
            if "property" in marks:
                kind = f": {ast.unparse(each.returns)}" if each.returns is not None else ""
                yield f"{each.name}{kind}", told
            elif {"classmethod", "staticmethod"} & set(marks):
                yield f"{node.name}.{signature(each)}", told
            else:
                yield signature(each), told


def named(heading):
    """The name of a member out of its heading: "Tariff.load(path: str)" -> "load"."""
    return re.search(r"\w+(?=[(:])", heading)[0]


def base_stub(node, module):
    """The stub of the compiled class that a class of Python stands on, or None."""
    for base in map(ast.unparse, node.bases):
        if base.startswith("_core."):
            area = module.rpartition(".")[2].lstrip("_")
            area = "tariff" if area == "consumption" else area
            return found(f"wattpurse._core.{area}", base.split("[")[0].rpartition(".")[2])[0]
    return None


def inherited(node, loaded, module):
    """(public bases, members of private ones) of a class: what it has beside its own."""
    shown = {name for _, _, names in areas() for name in names}
    public, rows = [], []
    for base in (ast.unparse(each).split("[")[0] for each in node.bases):
        above, where = found(module, base)
        if not isinstance(above, ast.ClassDef):
            continue
        if base in shown:
            public.append(base)
            continue
        rows += members(above, loaded)
        further, more = inherited(above, loaded, where)
        public += further
        rows += more
    return public, rows


def class_page(name, node, loaded, module):
    stub = base_stub(node, module)
    made = next((each for part in (node, stub) if part is not None for each in part.body
                 if isinstance(each, ast.FunctionDef) and each.name == "__init__"), None)
    bases = [base for base in map(ast.unparse, node.bases) if not base.startswith("_core.")]
    if made is not None and "_core.Run" not in ast.unparse(made.args):
        head = signature(made, name)
    else:
        head = f"class {name}" + (f"({', '.join(bases)})" if bases else "")
    out = [f"### {name}\n", f"```python\n{head}\n```\n"]
    told = doc_of(node, loaded)
    if told:
        out.append(markdown(told) + "\n")
    if made is not None and ast.get_docstring(made):
        out.append(markdown(ast.get_docstring(made)) + "\n")
    rows = list(members(node, loaded))
    public, further = inherited(node, loaded, module)
    if public and not head.startswith("class "):
        out.append("And all that " + ", ".join(f"`{base}`" for base in public) + " has.\n")
    for row in (*(members(stub, loaded) if stub is not None else ()), *further):
        if named(row[0]) not in {named(head) for head, _ in rows}:
            rows.append(row)
    for head, told in rows:
        code = " ".join(line.strip() for line in head.split("\n"))
        out.append(f"- `{code}`" + (("\n\n" + textwrap.indent(markdown(told), "  "))
                                    if told else "") + "\n")
    return "\n".join(out)


def name_page(module, name):
    """The part of the page for one public name, or None where it is no class or function."""
    loaded = getattr(importlib.import_module(module), name)
    node, where = found(module, name)
    if node is None:
        return None
    if isinstance(node, ast.ClassDef):
        return class_page(name, node, loaded, where)
    return (f"### {name}\n\n```python\n{signature(node)}\n```\n\n"
            f"{markdown(doc_of(node, loaded))}\n")


def areas():
    """(title, module, names): what stands in the package itself, then each public module."""
    lazy = {name: path for name, path in wattpurse._LAZY.items()
            if path.rpartition(".")[2] != name}
    own = ["Energy", "Power", "Price", "Money", "ExactCharge"]
    yield "Quantities", "wattpurse", own
    private = {}
    for path in dict.fromkeys(lazy.values()):
        if path.rpartition(".")[2].startswith("_"):
            names = [each for each in importlib.import_module(path).__all__ if each in lazy
                     or isinstance(getattr(importlib.import_module(path), each), type)]
            private[path] = [each for each in names if each not in ("Series",)]
    for path, names in private.items():
        yield "wattpurse." + names[-1 if names[-1].islower() else 0], path, names
    for path in sorted(PACKAGE.glob("*.py")):
        if not path.name.startswith("_"):
            module = importlib.import_module(f"wattpurse.{path.stem}")
            yield f"wattpurse.{path.stem}", module.__name__, list(module.__all__)


def page():
    out = [NOTE, HEAD]
    for title, module, names in areas():
        loaded = importlib.import_module(module)
        parts = [part for part in (name_page(module, name) for name in names) if part]
        out.append(f"## {title}\n")
        if loaded.__doc__ and module != "wattpurse":
            out.append(markdown(loaded.__doc__) + "\n")
        out += parts
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).rstrip() + "\n"
