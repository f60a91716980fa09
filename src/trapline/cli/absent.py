"""What gdb has and we have not, commands and settings, each with why, or what to do instead, in one line."""

from __future__ import annotations

_REASONS = (
    (
        "execution is not recorded: rr records, and gdb goes back in what it recorded",
        "record", "reverse-step", "reverse-next", "reverse-stepi", "reverse-nexti",
        "reverse-continue", "reverse-finish", "rs", "rn", "rsi", "rni", "rc", "rec", "bookmark",
        "goto-bookmark", "info record", "info rec", "info bookmarks", "set record", "set exec-direction",
    ),
    (
        "checkpoints are not there: `run` again keeps breakpoints",
        "checkpoint", "restart", "info checkpoints",
    ),
    (
        "tracepoints are not there: `logpoint` prints and goes on",
        "trace", "tr", "tra", "trac", "tp", "tracepoint", "save tracepoints", "agent-printf", "teval",
        "while-stepping", "stepping", "ws", "info tp", "ftrace", "strace", "collect", "actions", "passcount",
        "tstart", "tstop", "tstatus", "tfind", "tdump", "tsave", "tvariable", "info tracepoints",
        "info tvariables", "info static-tracepoint-markers",
    ),
    (
        "no part of the screen is kept for windows: `set context 15`, or an editor with `trapline dap`",
        "tui", "layout", "focus", "fs", "winheight", "winwidth", "refresh", "update", "info win", "+", "-",
        "<", ">", "set tui",
    ),
    (
        "remote targets are not there: run trapline where the program runs",
        "target", "monitor", "load", "flash-erase", "remote", "info connections", "disconnect", "set remote",
        "set remotetimeout", "set tcp", "set serial",
    ),
    (
        "core files are not there yet",
        "core-file", "core", "generate-core-file", "gcore",
    ),
    (
        'one program a prompt; `launch(..., follow_fork="both")` in Python debugs a family',
        "add-inferior", "clone-inferior", "remove-inferiors",
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
        "info gu", "guile", "guile-repl", "gu", "gr", "info guile",
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
        "info auto-load", "add-auto-load-safe-path", "add-auto-load-scripts-directory", "set auto-load",
    ),
    (
        "debug information is found by build-id and debuglink, or with DEBUGINFOD_URLS",
        "set sysroot", "set solib-search-path", "set debug-file-directory", "set solib-absolute-prefix",
        "save gdb-index", "set index-cache", "symbol-file", "add-symbol-file", "remove-symbol-file",
        "add-symbol-file-from-memory",
        "exec-file", "sharedlibrary", "nosharedlibrary", "section",
    ),
    (
        "see the file LICENSE",
        "info copying", "info warranty",
    ),
    (
        "`print` shows values, `ptype` types, and Tab behind `p x.` what is in them",
        "explore", "print-object", "po",
    ),
    (
        "set a breakpoint at each line: a range of addresses is not watched",
        "break-range",
    ),
    (
        "this processor has no tags of memory",
        "memory-tag",
    ),
    (
        "Linux has no overlays",
        "overlay", "ov", "ovly",
    ),
    (
        "code that a program makes at run time is debugged without lines",
        "jit-reader-load", "jit-reader-unload",
    ),
    (
        "a face for programs is the library, `--json` or `trapline dap`",
        "interpreter-exec", "new-ui", "set annotate",
    ),
    (
        "this works on gdb itself: there is nothing like it to look at here",
        "maintenance", "mt", "flushregs", "set maintenance", "set debug", "set watchdog", "set complaints",
    ),
    (
        "functions for expressions are Python: `python` has `inferior.evaluate`",
        "function",
    ),
    (
        "scripts that decide are Python, behind `python` or in .py files",
        "define-prefix", "dont-repeat", "stop",
    ),
    (
        "`pipe COMMAND | tee FILE` keeps what one command prints, `script` of the shell a session",
        "set logging", "set trace-commands",
    ),
    (
        "`stepi` goes into functions without lines",
        "set step-mode",
    ),
    (
        "`catch load` stops where libraries are loaded",
        "set stop-on-solib-events",
    ),
    (
        "the program is started as it is: `set environment`, `set args`, `set cwd`",
        "set exec-wrapper",
    ),
    (
        "this is for programs of Linux on x86-64",
        "set architecture", "set endian", "set osabi", "set cp-abi",
    ),
    (
        "texts are UTF-8, and what is none is shown as bytes",
        "set charset", "set host-charset", "set target-charset", "set target-wide-charset",
    ),
)  # fmt: skip

_NAMED = [(name, reason) for reason, *names in _REASONS for name in names]

REASONS = {name: reason for name, reason in _NAMED if not name.startswith("set ")}
"""Commands as they are typed, `info` included."""

SETTINGS = {name.removeprefix("set "): reason for name, reason in _NAMED if name.startswith("set ")}
"""Settings as they are typed behind `set` and `show`."""


def setting(text: str) -> str | None:
    """Return why gdb's setting that a line begins with is not there, None for what is none of these."""
    name = text.split()[0] if text.split() else ""
    return f"{name}: {SETTINGS[name]}" if name in SETTINGS else None
