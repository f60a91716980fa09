"""The editor's face: a Debug Adapter Protocol server over an `Inferior`, with no debugger logic in it."""
