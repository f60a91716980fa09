"""What gdb has and we have not, commands and settings, each with why, or what to do instead, in one line."""

from __future__ import annotations

_REASONS = (
    (
        "execution is not recorded: rr records, and gdb goes back in what it recorded",
        "record", "reverse-step", "reverse-next", "reverse-stepi", "reverse-nexti",
        "reverse-continue", "reverse-finish", "rs", "rn", "rsi", "rni", "rc", "rec", "bookmark",
        "goto-bookmark", "info record", "info rec", "info bookmarks", "set record", "set rec",
        "set exec-direction",
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
        "info tvariables", "info static-tracepoint-markers", "set circular-trace-buffer",
        "set default-collect", "set disconnected-tracing", "set trace-buffer-size", "set trace-notes",
        "set trace-stop-notes", "set trace-user", "set may-insert-fast-tracepoints",
        "set may-insert-tracepoints",
    ),
    (
        "no part of the screen is kept for windows: `set context 15`, or an editor with `trapline dap`",
        "tui", "layout", "focus", "fs", "winheight", "winwidth", "refresh", "update", "info win", "+", "-",
        "<", ">", "set tui",
    ),
    (
        "remote targets are not there: run trapline where the program runs",
        "target", "monitor", "load", "flash-erase", "remote", "info connections", "disconnect", "set remote",
        "set remotetimeout", "set tcp", "set serial", "set remoteaddresssize", "set remotecache",
        "set remoteflow", "set remotelogbase", "set remotelogfile", "set remotewritesize", "set agent",
        "set auto-connect-native-target", "set range-stepping", "set target-file-system-kind", "set tdesc",
        "unset tdesc", "set disconnected-dprintf",
    ),
    (
        "core files are not there yet",
        "core-file", "core", "generate-core-file", "gcore", "set dump-excluded-mappings",
        "set use-coredump-filter", "set exec-file-mismatch",
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
        "compile", "expression", "set compile-args", "set compile-gcc",
    ),
    (
        'printers and the like are Python: `@trapline.printer("ns::Type")`, see `python`',
        "info pretty-printer", "info type-printers", "info xmethod", "info frame-filter",
        "info unwinder", "set frame-filter", "set print raw-frame-arguments", "set print raw-values",
    ),
    (
        "there is no Guile: `python` has the library",
        "set guile", "set gu", "set g", "info gu", "guile", "guile-repl", "gu", "gr", "info guile",
    ),
    (
        "trapline reads C, C++ and Rust",
        "info tasks", "task", "info exceptions", "info classes", "info selectors", "info common",
        "info module", "info modules", "set ada", "set fortran", "set ravenscar",
        "set print pascal_static-members", "set print nibbles", "set case-sensitive",
    ),
    (
        "memory is read as it is: there is no cache, and no map of it but `info proc mappings`",
        "info dcache", "info mem", "set dcache", "set mem", "set code-cache", "set stack-cache",
        "set trust-readonly-sections",
    ),
    (
        "a file's language is what its debug information says: `info source`",
        "info extensions", "set extension-language", "set script-extension",
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
        "info copying", "info warranty", "set copying", "set warranty",
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
        "memory-tag", "set print memory-tag-violations", "set mpx",
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
        "interpreter-exec", "new-ui", "set annotate", "set mi-async",
    ),
    (
        "this works on gdb itself: there is nothing like it to look at here",
        "maintenance", "mt", "flushregs", "set maintenance", "set debug", "set watchdog", "set complaints",
        "set data-directory", "set configuration", "set exec-done-display",
        "set use-deprecated-index-sections", "set suppress-cli-notifications", "set startup-quietly",
    ),
    (
        "functions for expressions are Python: `python` has `inferior.evaluate`",
        "function",
    ),
    (
        "scripts that decide are Python, behind `python` or in .py files",
        "define-prefix", "dont-repeat", "stop", "set user", "set max-user-call-depth",
    ),
    (
        "`set logging enabled on` keeps what commands print, `script` of the shell a whole session",
        "set trace-commands", "set logging debugredirect",
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
        "set exec-wrapper", "unset exec-wrapper",
    ),
    (
        "this is for programs of Linux on x86-64",
        "set architecture", "set endian", "set osabi", "set cp-abi", "set processor", "set struct-convention",
        "set gnutarget", "set disassembler-options",
    ),
    (
        "texts are UTF-8, and what is none is shown as bytes",
        "set charset", "set host-charset", "set target-charset", "set target-wide-charset",
    ),
    (
        "colours are those of a terminal's theme: `set style enabled` has them on or off",
        "set style",
    ),
    (
        "traps stay in place while the program runs, and conditions are evaluated by trapline",
        "set breakpoint", "set displaced-stepping",
    ),
    (
        "debug registers are used as long as there are some: `watch` says when it steps instead",
        "set can-use-hw-watchpoints",
    ),
    (
        "`dprintf` and `logpoint` print here",
        "set dprintf-channel", "set dprintf-function", "set dprintf-style",
    ),
    (
        "what is typed may do all that commands do: nothing of it is locked",
        "set may-call-functions", "set may-insert-breakpoints", "set may-interrupt", "set may-write-memory",
        "set may-write-registers", "set observer", "set write",
    ),
    (
        "expressions follow the language's own rules",
        "set check", "set ch", "set c", "set coerce-float-to-double", "set overload-resolution",
        "set multiple-symbols", "set opaque-type-resolution",
    ),
    (
        "names are demangled as each compiler mangles them",
        "set demangle-style",
    ),
    (
        "files are told by name where lines are and by path where they are listed: `info source`",
        "set filename-display", "set basenames-may-differ", "set source", "set print symbol-filename",
    ),
    (
        "the prompt is always the same: transcripts and editors know it by that",
        "set prompt", "set extended-prompt", "set interactive-mode",
    ),
    (
        "Up and Ctrl-R at the prompt have what was typed before",
        "set commands",
    ),
    (
        "DEBUGINFOD_URLS names the servers, and problems are in `info sharedlibrary`",
        "set debuginfod", "set libthread-db-search-path", "set auto-solib-add", "set print symbol-loading",
    ),
    (
        "200 candidates are offered, which are as many as help",
        "set max-completions",
    ),
    (
        "`directory FOLDERS` adds to them, `directory` alone begins anew",
        "set directories",
    ),
    (
        "Python is the one that trapline runs in",
        "set python",
    ),
    (
        "a process goes on as the program that it executes, and breakpoints are bound in that one anew",
        "set follow-exec-mode",
    ),
    (
        "all threads of the one process go on together: `set scheduler-locking`",
        "set schedule-multiple",
    ),
    (
        "a call that does not come back is undone, however it ends",
        "set unwind-on-terminating-exception",
    ),
    (
        "stacks end at main, or with `set backtrace past-main` where they do",
        "set backtrace",
    ),
    (
        "an address has the symbol that covers it, however far away that begins",
        "set print max-symbolic-offset",
    ),
    (
        "values are read as far as they are shown: `set print elements`",
        "set varsize-limit",
    ),
    (
        "`ptype` shows whole types; `ptype/o` their layout",
        "set print type",
    ),
)  # fmt: skip

_NAMED = [(name, reason) for reason, *names in _REASONS for name in names]

REASONS = {name: reason for name, reason in _NAMED if not name.startswith("set ")}
"""Commands as they are typed, `info` included."""

SETTINGS = {name.removeprefix("set "): reason for name, reason in _NAMED if name.startswith("set ")}
"""Settings as they are typed behind `set` and `show`."""


def setting(text: str) -> str | None:
    """Return why gdb's setting that a line begins with is not there, None for what is none of these."""
    words = text.split()
    for count in range(min(len(words), 3), 0, -1):
        name = " ".join(words[:count])
        if name in SETTINGS:
            return f"{name}: {SETTINGS[name]}"
    return None
