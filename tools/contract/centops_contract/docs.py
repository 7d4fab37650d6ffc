"""docs/operations-table.md: the operations and functions by area."""

from centops_local.contract import Function, Operation

_APIS = {"admin": "Admin", "network": "Network"}


def text(operations: list[Operation], functions: list[Function]) -> str:
    """Returns the page."""
    lines = [
        "<!-- Generated from contract/ by `make contract`. Do not edit. -->",
        "# Operations",
        "",
        f"{len(operations)} operations and {len(functions)} functions. The callers are those of `x-centops-callers`;",
        "`contract/README.md` explains them.",
    ]
    for area in dict.fromkeys(function.area for function in functions):
        lines += ["", f"## {area}", ""]
        own = [operation for operation in operations if operation.area == area]
        if own:
            lines += ["| operation | API | method and path | callers | summary |", "|---|---|---|---|---|"]
            lines += [_row(operation) for operation in own]
        others = [function for function in functions if function.area == area and function.trigger != "api"]
        if others:
            lines += [""] * bool(own) + ["| function | trigger | summary |", "|---|---|---|"]
            lines += [f"| `{function.name}` | {function.trigger} | {function.summary} |" for function in others]
    return "\n".join(lines) + "\n"


def _row(operation: Operation) -> str:
    callers = ", ".join([*operation.callers, *([operation.also] if operation.also else [])])
    if operation.key:
        callers += " (with an API key)"
    name = f"`{operation.id}`" + (f" (function `{operation.function}`)" if operation.function != operation.id else "")
    path = f"`{operation.method} {operation.path}`"
    return f"| {name} | {_APIS[operation.tag]} | {path} | {callers} | {operation.contract['summary']} |"
