"""A C++ program of more than 100 MB of debug information, made once: `python -m benchmarks.large`.

A unit of the standard library's heavy headers takes seconds to compile but a fraction of that to assemble,
so one is compiled and the others are copies of its assembly text with the names of their own.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

CACHE = Path(__file__).resolve().parent.parent / ".cache" / "benchmarks"
UNITS = 240
FLAGS = ("-std=c++17", "-g", "-O0", "-pthread")

_UNIT = """\
#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace unit_000 {
struct Record_000 {
    int id;
    std::string name;
    std::vector<double> values;
    int total(int extra) const;
};
int count_000 = 7;
int Record_000::total(int extra) const {
    int sum = id + extra;
    for (double value : values) sum += value;
    return sum;
}
int lookup_000(const std::string &key, int value) {
    std::map<std::string, Record_000> table;
    table[key].id = value;
    std::unordered_map<int, Record_000> other;
    other[value] = table[key];
    std::regex pattern("a+b");
    std::set<long> numbers{1, 2, 3};
    std::function<int(int)> add = [&](int extra) { return extra + value; };
    int result = add(table.size()) + std::regex_match(key, pattern) + other.size();  // @mark lookup
    return result + numbers.size() + table[key].total(count_000);
}
}
"""
_MAIN = """\
#include <string>
namespace unit_000 { int lookup_000(const std::string &key, int value); }
namespace unit_120 { int lookup_120(const std::string &key, int value); }
int main(int argc, char **argv) {
    int first = unit_000::lookup_000(argv[0], argc);
    int second = unit_120::lookup_120("aab", first);  // @mark second
    return second == 0;
}
"""


def program() -> Path:
    """Return the program's path, building it when it is not there: a few minutes, a gigabyte on the way."""
    version = subprocess.run(["g++", "--version"], capture_output=True, text=True, check=True).stdout
    parts = (_UNIT, _MAIN, str(UNITS), version, *FLAGS)
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
    folder = CACHE / f"large-{key}"
    built = folder / "large"
    if not built.exists():
        folder.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=folder, prefix=".objects-"))
        try:
            _build(folder, work).rename(built)
        finally:
            shutil.rmtree(work)
    return built


def _build(folder: Path, work: Path) -> Path:
    """Build the program in `work`; the sources stay in `folder`, where the program's lines point."""
    for number in range(UNITS):
        (folder / f"large_{number:03}.cpp").write_text(_UNIT.replace("000", f"{number:03}"))
    (folder / "main.cpp").write_text(_MAIN)
    first = work / "first.s"
    subprocess.run(["g++", *FLAGS, "-S", folder / "large_000.cpp", "-o", first], check=True)
    text = first.read_text()
    objects = []
    for number in range(UNITS):
        source, made = work / "unit.s", work / f"{number:03}.o"
        copy = text
        for word in ("unit_", "Record_", "count_", "lookup_", "large_"):
            copy = copy.replace(f"{word}000", f"{word}{number:03}")
        source.write_text(copy)
        subprocess.run(["as", source, "-o", made], check=True)
        objects.append(made)
    linked = work / "large"
    subprocess.run(["g++", *FLAGS, folder / "main.cpp", *objects, "-o", linked], check=True)
    return linked


if __name__ == "__main__":
    print(program())
