"""Commands of gdb's that are not there, each with the reason or what to do instead, in one line."""

from __future__ import annotations

_REASONS = (
    (
        "execution is not recorded: rr records, and gdb goes back in what it recorded",
        "record", "reverse-step", "reverse-next", "reverse-stepi", "reverse-nexti",
        "reverse-continue", "reverse-finish", "rs", "rn", "rsi", "rni", "rc", "bookmark",
        "goto-bookmark", "info record", "info bookmarks",
    ),
    (
        "checkpoints are not there: `run` again keeps breakpoints",
        "checkpoint", "restart", "info checkpoints",
    ),
    (
        "tracepoints are not there: `logpoint` prints and goes on",
        "trace", "tp", "tracepoint", "ftrace", "strace", "collect", "actions", "passcount",
        "tstart", "tstop", "tstatus", "tfind", "tdump", "tsave", "tvariable", "info tracepoints",
        "info tvariables", "info static-tracepoint-markers",
    ),
    (
        "no part of the screen is kept for windows: `set context 15`, or an editor with `trapline dap`",
        "tui", "layout", "focus", "winheight", "winwidth", "refresh", "info win",
    ),
    (
        "remote targets are not there: run trapline where the program runs",
        "target", "monitor", "load", "flash-erase", "remote", "info connections",
    ),
    (
        "core files are not there yet",
        "core-file", "core", "generate-core-file", "gcore",
    ),
    (
        'one program a prompt; `launch(..., follow_fork="both")` in Python debugs a family',
        "add-inferior", "clone-inferior", "remove-inferiors", "inferior",
    ),
    (
        "`macro expand` replaces all macros, those within macros too",
        "macro expand-once", "macro exp1",
    ),
    (
        "nothing is compiled: `call` and `print` compute what C can",
        "compile", "expression",
    ),
    (
        'printers and the like are Python: `@trapline.printer("ns::Type")`, see `python`',
        "info pretty-printer", "info type-printers", "info xmethod", "info frame-filter",
        "info unwinder",
    ),
    (
        "there is no Guile: `python` has the library",
        "guile", "guile-repl", "gu", "gr", "info guile",
    ),
    (
        "trapline reads C, C++ and Rust",
        "info tasks", "task", "info exceptions", "info classes", "info selectors", "info common",
        "info module", "info modules",
    ),
    (
        "memory is read as it is: there is no cache, and no map of it but `info proc mappings`",
        "info dcache", "info mem",
    ),
    (
        "a file's language is what its debug information says: `info source`",
        "info extensions",
    ),
    (
        "static probes are not read: break at the function",
        "info probes",
    ),
    (
        "the terminal is the program's while it runs, and ours at each stop",
        "info terminal",
    ),
    (
        "nothing is loaded from where a program or its sources are",
        "info auto-load", "add-auto-load-safe-path",
    ),
    (
        "debug information is found by build-id and debuglink, or with DEBUGINFOD_URLS",
        "symbol-file", "add-symbol-file", "add-symbol-file-from-memory", "remove-symbol-file",
        "exec-file", "sharedlibrary", "nosharedlibrary", "section",
    ),
    (
        "see the file LICENSE",
        "info copying", "info warranty",
    ),
)  # fmt: skip

REASONS = {name: reason for reason, *names in _REASONS for name in names}
"""Names as they are typed, `info` included."""
