// The processes of the user, from /proc.  Nothing of the editor is used here.
"use strict";

const fs = require("fs");
const path = require("path");

/**
 * List the processes that may be attached to: the user's, the youngest first, ourselves left out.
 *
 * @returns {{pid: number, name: string, command: string}[]}
 */
function list() {
    return fs
        .readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
        .map(read)
        .filter((found) => found !== undefined)
        .sort((one, other) => other.started - one.started || other.pid - one.pid)
        .map(({ pid, name, command }) => ({ pid, name, command }));
}

/** Return one process; undefined for one that has ended, is another user's, or is the kernel's own. */
function read(name) {
    const folder = path.join("/proc", name);
    try {
        const user = process.getuid();
        if (user !== 0 && fs.statSync(folder).uid !== user) {
            return undefined;
        }
        const words = fs.readFileSync(path.join(folder, "cmdline"), "utf8").replace(/\0+$/, "").split("\0");
        const stat = fs.readFileSync(path.join(folder, "stat"), "latin1");
        // The name is in parentheses and may have some itself; behind it fields are told apart by spaces.
        const end = stat.lastIndexOf(")");
        const fields = stat.slice(end + 2).split(" ");
        const started = Number(fields[19]); // field 22 of the file, proc(5)
        if (words[0] === "") {
            return undefined; // a thread of the kernel, or a zombie
        }
        const title = path.basename(words[0].split(" ")[0]) || stat.slice(stat.indexOf("(") + 1, end);
        return { pid: Number(name), name: title, command: words.join(" "), started };
    } catch {
        return undefined;
    }
}

module.exports = { list };
