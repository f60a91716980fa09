"""The project around the engine: what the README shows, what a start costs, what is packaged."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from tests.support import processes, programs

import trapline

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()

live = pytest.mark.skipif(bool(processes.refused()), reason=f"cannot debug here: {processes.refused()}")

HEAVY = {
    "argparse", "asyncio", "dataclasses", "email", "enum", "iced_x86", "importlib.metadata", "inspect",
    "json", "logging", "pathlib", "pickle", "prompt_toolkit", "pydemumble", "pygments", "re", "signal",
    "subprocess", "tempfile", "threading", "tokenize", "traceback", "typing", "typing_extensions",
}  # fmt: skip
"""What a script that only debugs must not pay for: 4 to 40 ms each."""


def python(
    *arguments: str, cwd: Path | None = None, timeout: float = 100, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run this interpreter in a process of its own, with nothing imported but what it imports."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **variables},
    )


def block(language: str, containing: str) -> str:
    """Return the README's first fenced block of a language that has this text."""
    for found in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL):
        if containing in found:
            return str(found)
    pytest.fail(f"the README has no {language} block with {containing!r}")


@live
def test_the_readme_s_python_runs() -> None:
    """The first Python block counts mallocs of /bin/ls, prints how it ended and three sizes."""
    ran = python("-W", "error", "-c", block("python", "trapline.launch"), cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    last = ran.stdout.splitlines()[-1]
    assert re.fullmatch(r"exited with code 0 \[(\(\d+, [1-9]\d*\)(, )?){3}\]", last)


@live
@pytest.mark.parametrize("name", ["demo.py", "malloc_sizes.py"])
def test_the_examples_run(name: str) -> None:
    """Each example ends well and says how its program ended."""
    program = programs.build(str(ROOT / "examples" / "twelve.c"), "-g", "-O0")
    ran = python("-W", "error", str(ROOT / "examples" / name), program, cwd=ROOT)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.search(r"^exited with code \d+", ran.stdout, re.MULTILINE)


@live
def test_the_start_path_is_light() -> None:
    """From `import trapline` to the first stop at a symbol nothing heavy is imported."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "import trapline\n"
        "with trapline.launch(['/bin/true']) as inferior:\n"
        "    inferior.set_breakpoint('exit')\n"
        "    stop = inferior.resume()\n"
        "    seen = set(sys.modules) - before\n"
        "print(type(stop).__name__, *seen)\n"
    )
    ran = python("-c", code)
    assert ran.returncode == 0, ran.stderr
    kind, *modules = ran.stdout.split()
    assert kind == "BreakpointHit"
    assert "trapline" in modules
    assert HEAVY & set(modules) == set()


def test_every_public_name_is_there() -> None:
    """`__all__` is sorted as ruff sorts it, has no doubles, and each name can be had."""
    assert len(set(trapline.__all__)) == len(trapline.__all__)
    missing = [name for name in trapline.__all__ if not hasattr(trapline, name)]
    assert missing == []
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = trapline.no_such_name


def test_the_wheel_is_pure_and_typed(tmp_path: Path) -> None:
    """`pip wheel .` gives one py3-none-any wheel: py.typed, the script, the package and its plugin."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__"))
    backend = tmp_path / "backend"
    (wanted,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    try:
        fetched = python("-m", "pip", "install", "-q", "--target", str(backend), wanted, timeout=60)
    except subprocess.TimeoutExpired:
        fetched = None
    if fetched is None or fetched.returncode:
        pytest.skip("no registry to fetch the build backend from")
    build = ("-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path / "out"))
    ran = python(*build, str(source), PYTHONPATH=str(backend))
    assert ran.returncode == 0, ran.stderr
    (wheel,) = os.listdir(tmp_path / "out")
    assert wheel == f"trapline-{trapline.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(tmp_path / "out" / wheel) as archive:
        names = archive.namelist()
        entry = next(name for name in names if name.endswith("entry_points.txt"))
        assert "trapline = trapline.main:main" in archive.read(entry).decode()
    assert "trapline/py.typed" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"trapline", "pytest_trapline.py"}
    packaged = {name for name in names if name.endswith(".py")}
    expected = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src").rglob("*.py")}
    assert packaged == expected


TYPED = '''\
"""A user's file, outside the package."""

import trapline


def on_hit(inferior: trapline.Inferior, breakpoint: trapline.Breakpoint) -> bool:
    count: int = breakpoint.hit_count
    rdi: int = inferior.thread.registers.rdi
    return count > rdi


def use() -> int | None:
    with trapline.launch(["/bin/true"], env={"A": "b"}, stdout=trapline.PIPE) as inferior:
        inferior.set_breakpoint("main", callback=on_hit, pending=True)
        stop: trapline.Stop = inferior.resume(timeout=1.5)
        match stop:
            case trapline.BreakpointHit(breakpoints=found):
                first: trapline.Breakpoint = found[0]
                first.disable()
            case trapline.Exited(status=status):
                return status.code
        data: bytes = inferior.memory.read(inferior.thread.registers.rsp, 8)
        ended: trapline.ExitStatus = inferior.run()
        return ended.code if data else ended.signal
'''


def test_a_user_s_file_is_typed(tmp_path: Path) -> None:
    """`mypy --strict` passes a file outside the package, and sees a mistake in it."""
    (tmp_path / "good.py").write_text(TYPED)
    (tmp_path / "bad.py").write_text("import trapline\n\nname: bytes = trapline.attach(1).pid\n")
    mypy = ["-m", "mypy", "--strict", "--no-error-summary", "--config-file", os.devnull]
    ran = python(*mypy, "--cache-dir", str(tmp_path / "cache"), "good.py", "bad.py", cwd=tmp_path)
    lines = ran.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == ["bad.py"], ran.stdout + ran.stderr
    assert 'expression has type "int"' in lines[0]


@pytest.mark.parametrize("script", ["dev", ".ci/run"])
def test_the_scripts_are_valid_shell(script: str) -> None:
    """bash parses them, and they can be executed."""
    ran = subprocess.run(["bash", "-n", str(ROOT / script)], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert os.access(ROOT / script, os.X_OK)


def test_dev_alone_lists_its_verbs() -> None:
    """`./dev` prints one line a verb; an unknown verb is said and fails."""
    ran = subprocess.run([ROOT / "dev"], capture_output=True, text=True)
    assert ran.returncode == 0
    assert re.findall(r"^\./dev (\w+)", ran.stdout, re.MULTILINE) == ["demo", "test", "lint", "bench", "soak"]
    ran = subprocess.run([ROOT / "dev", "nosuch"], capture_output=True, text=True)
    assert ran.returncode == 1
    assert "no verb 'nosuch'" in ran.stderr


@live
def test_ptrace_refused_is_said_once() -> None:
    """Where ptrace is refused, `./dev` says so in one line and does not begin."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("no strace")
    refuse = [strace, "-f", "-qq", "-o", os.devnull, "-e", "trace=ptrace", "-e", "inject=ptrace:error=EPERM"]
    ran = subprocess.run([*refuse, ROOT / "dev", "demo"], capture_output=True, text=True, timeout=100)
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert len(ran.stderr.splitlines()) == 1
    assert "ptrace is refused" in ran.stderr


def test_every_room_is_in_the_picture() -> None:
    """docs/architecture.md names each file of the package, but for those of folders that it names whole."""
    package = ROOT / "src" / "trapline"
    text = (ROOT / "docs" / "architecture.md").read_text()
    whole = {"commands", "handlers", "printers"}
    files = [file.relative_to(package) for file in package.rglob("*.py") if file.name != "__init__.py"]
    missing = [
        str(file)
        for file in files
        if not re.search(rf"[`/]{re.escape(file.name)}`", text) and file.parent.name not in whole
    ]
    assert missing == []


def test_few_dependencies_at_run_time() -> None:
    """Each run-time dependency has its reason in an ADR: 0002, 0006 and 0007."""
    code = "import importlib.metadata, json; print(json.dumps(importlib.metadata.requires('trapline')))"
    wanted = json.loads(python("-c", code).stdout)
    found = {line.split("<")[0].split(">")[0] for line in wanted if "extra ==" not in line}
    assert found == {"iced-x86", "pydemumble", "prompt-toolkit", "pygments"}
