"""editors/vscode: the extension packages, says what the server takes, and finds trapline and processes."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.support import node, processes, programs

from trapline.dap.protocol import Writer
from trapline.dap.session import Session

EXTENSION = Path(__file__).resolve().parents[2] / "editors" / "vscode"
MANIFEST: dict[str, Any] = json.loads((EXTENSION / "package.json").read_text())
DEBUGGER: dict[str, Any] = MANIFEST["contributes"]["debuggers"][0]

_EDITORS = {"noDebug", "handedOver"}  # the editor's own buttons send it; the server itself does
_REFUSED = {"core", "coreFile"}  # looked for only to say that core files cannot be read


class Asked(dict[str, Any]):
    """Arguments of a request that remember which of them were asked for."""

    def __init__(self, **given: Any) -> None:
        super().__init__(given)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Any:
        self.names.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return super().__contains__(name)


def asked_by_server(command: str, **given: Any) -> set[str]:
    """Return the arguments that the server looks for in a whole session that begins with `command`."""
    arguments = Asked(**given)
    session = Session(Writer(lambda data: None), lambda inferior, go: pytest.fail("no console is needed"))
    session.arrived({"type": "request", "seq": 1, "command": command, "arguments": arguments})
    session.arrived({"type": "request", "seq": 2, "command": "configurationDone"})
    session.closed()
    session.run()
    return arguments.names - _EDITORS - _REFUSED


def test_launch_schema_is_what_the_server_takes() -> None:
    schema = DEBUGGER["configurationAttributes"]["launch"]
    program = programs.build("twelve.c")
    assert set(schema["properties"]) == asked_by_server("launch", program=program)
    assert schema["required"] == ["program"]


def test_attach_schema_is_what_the_server_takes() -> None:
    program = programs.build("cat.c")
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        try:
            processes.wait_blocked(process.pid, 0)  # behind the loader, and in read()
            asked = asked_by_server("attach", pid=process.pid, stopOnEntry=True)
        finally:
            process.kill()
    assert set(DEBUGGER["configurationAttributes"]["attach"]["properties"]) == asked


@pytest.mark.parametrize("request_", ["launch", "attach"])
def test_every_argument_is_described(request_: str) -> None:
    for name, property_ in DEBUGGER["configurationAttributes"][request_]["properties"].items():
        assert property_["description"].endswith("."), name
        assert "default" in property_, name
        text = (EXTENSION / "README.md").read_text()
        assert re.search(rf"^\|.*`{name}`", text, re.MULTILINE), f"the README's tables lack {name}"


def test_what_the_editor_offers_is_of_the_schema() -> None:
    attributes = DEBUGGER["configurationAttributes"]
    offered = DEBUGGER["initialConfigurations"] + [one["body"] for one in DEBUGGER["configurationSnippets"]]
    for one in offered:
        assert one["type"] == DEBUGGER["type"] == "trapline"
        assert set(one) - {"type", "request", "name"} <= set(attributes[one["request"]]["properties"]), one
        assert set(attributes[one["request"]].get("required", ())) <= set(one), one


@pytest.mark.timeout(300)
def test_packages(tmp_path: Path) -> None:
    """The editor's own tool accepts package.json, and takes what is needed and no more."""
    tool = node.package("@vscode/vsce") / "vsce"
    packed = tmp_path / "trapline.vsix"
    # It packs the folder that it runs in.
    done = subprocess.run(
        [node.command(), tool, "package", "--allow-missing-repository", "--out", packed],
        cwd=EXTENSION,
        capture_output=True,
        text=True,
        timeout=200,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr
    with zipfile.ZipFile(packed) as archive:
        names = {name.removeprefix("extension/").lower() for name in archive.namelist()}
        assert json.loads(archive.read("extension/package.json")) == MANIFEST
    assert names == {
        "extension.vsixmanifest",
        "[content_types].xml",
        "package.json",
        "readme.md",
        "license.txt",
        "extension.js",
        "adapter.js",
        "processes.js",
        "programs.js",
    }


@pytest.mark.timeout(300)
def test_the_extension_runs(tmp_path: Path) -> None:
    """Its own tests, under a stand-in for the editor."""
    script = node.SCRIPTS / "extension.test.js"
    done = node.run("--test", script, timeout=200, EXTENSION_FOLDER=str(EXTENSION), TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
