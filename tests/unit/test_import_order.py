"""The package's imports go one way: a module imports only from its own layer and the layers listed above it.

Every import counts: at the top, inside a function, and under `TYPE_CHECKING`.
"""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "laneway"

# One line per layer, lowest first, in the order in which data travels. A name stands for the module and all modules
# inside it, unless a longer name is listed elsewhere ("openapi.models" is lower than the rest of "openapi").
# A new module goes on the line of its neighbours; a new line needs a reason in the commit.
LAYERS = """
    types logger annotations callables concurrency_limit overrides
    exceptions problem raises
    datastructures concurrency multipart uploads requests responses websockets background encoders sse staticfiles templating flashing telemetry
    exception_handlers body_limit form_limits
    openapi.constants openapi.schema openapi.security_schemes openapi.models
    params
    param_functions
    security
    fields
    extraction json_parts forms form_schema body_model
    lanes batch
    guard
    dependant
    app_scoped signature route_spec
    bodies
    stream openai
    plan
    routing
    openapi
    middleware wsgi
    jobs
    app_options command_line app_commands app_jobs app_batches app_serving app
    check
    discovery server
    metrics health
    testing testclient
    .
    cli __main__
    fastapi
"""  # "." is laneway/__init__.py, which re-exports what lies above it
ORDER = {
    "laneway" if name == "." else f"laneway.{name}": height
    for height, layer in enumerate(LAYERS.strip().splitlines())
    for name in layer.split()
}

Graph = dict[str, set[str]]


def ancestors(module: str) -> list[str]:
    """The packages around a module, nearest first: `a.b.c` -> `a.b`, `a`."""
    parts = module.split(".")
    return [".".join(parts[:end]) for end in range(len(parts) - 1, 0, -1)]


def layer(module: str) -> int | None:
    """The height of a module: its own line, or that of the nearest package around it."""
    packages = [name for name in (module, *ancestors(module)) if name != "laneway" or module == "laneway"]
    return next((ORDER[name] for name in packages if name in ORDER), None)


def imported_names(source: str, module: str, *, is_package: bool) -> set[str]:
    """Every dotted name the source imports: `from a import b` gives `a.b`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            around = [module, *ancestors(module)] if is_package else ["", *ancestors(module)]
            base = [around[node.level - is_package]] if node.level else []
            prefix = ".".join([*base, *([node.module] if node.module else [])])
            names |= {f"{prefix}.{alias.name}" for alias in node.names}
    return names


def module_name(file: Path) -> str:
    """`…/laneway/plan/read.py` -> `laneway.plan.read`."""
    name = ".".join(("laneway", *file.relative_to(PACKAGE).with_suffix("").parts))
    return name.removesuffix(".__init__")


def read_package() -> Graph:
    """Every module of the package with those it imports."""
    files = {module_name(file): file for file in PACKAGE.rglob("*.py")}
    graph: Graph = {}
    for module, file in files.items():
        names = imported_names(file.read_text(), module, is_package=file.name == "__init__.py")
        nearest = {next((n for n in (name, *ancestors(name)) if n in files), "") for name in names}
        graph[module] = nearest - {"", module}
    return graph


def with_packages(graph: Graph) -> Graph:
    """The graph as Python runs it: importing `laneway.a.b` from elsewhere runs `laneway/a/__init__.py` first.

    `laneway/__init__.py` itself runs before everything and is left out.
    """
    return {
        module: targets
        | {p for target in targets for p in ancestors(target)} - {"laneway", module, *ancestors(module)}
        for module, targets in graph.items()
    }


def test_every_module_has_a_layer() -> None:
    """A new module says where on the road it stands."""
    homeless = sorted(module for module in read_package() if layer(module) is None)

    assert not homeless, f"add to LAYERS in {Path(__file__).name}: {homeless}"


def test_modules_import_only_from_layers_above_their_own() -> None:
    """Data flows one way, and imports with it."""
    wrong = sorted(
        f"{module} imports {target}"
        for module, targets in read_package().items()
        for target in targets
        if (own := layer(module)) is not None and (other := layer(target)) is not None and other > own
    )

    assert not wrong, "against the order of LAYERS:\n" + "\n".join(wrong)


def test_no_module_reaches_itself_through_its_imports() -> None:
    """There is no import cycle, not even one that only a type checker sees."""
    try:
        TopologicalSorter(with_packages(read_package())).prepare()
    except CycleError as error:
        raise AssertionError("import cycle: " + " <- ".join(error.args[1])) from None


def test_only_the_compatibility_package_imports_itself() -> None:
    """FastAPI's names are made from ours, never the other way round."""
    guilty = sorted(
        module
        for module, targets in read_package().items()
        if not f"{module}.".startswith("laneway.fastapi.")
        and any(f"{target}.".startswith("laneway.fastapi.") for target in targets)
    )

    assert not guilty


def test_an_import_in_a_function_counts() -> None:
    """Moving an import down does not hide it."""
    source = "def f():\n    from laneway.app import Laneway"

    assert imported_names(source, "laneway.params", is_package=False) == {"laneway.app.Laneway"}


def test_a_typing_only_import_counts() -> None:
    """A cycle under TYPE_CHECKING is a cycle."""
    source = "if TYPE_CHECKING:\n    import laneway.app"

    assert imported_names(source, "laneway.params", is_package=False) == {"laneway.app"}


def test_a_relative_import_counts_from_its_package() -> None:
    """`from . import x` means the same module wherever it is written."""
    in_module = imported_names("from .read import plan", "laneway.plan.write", is_package=False)
    in_package = imported_names("from .read import plan", "laneway.plan", is_package=True)

    assert in_module == in_package == {"laneway.plan.read.plan"}
