// The programs of a folder, found by what is in the files.  Nothing of the editor is used here.
"use strict";

const fs = require("fs");
const path = require("path");

const DEEPEST = 5; // folders; `target/debug/examples` and `build/src/tool/` are three
const MOST = 20000; // names that are looked at, so that a disk that was opened as a folder costs a second
const SKIPPED = /^(\..*|node_modules|venv|__pycache__|CMakeFiles)$/;

/**
 * List the x86-64 programs in a folder and below, those built last first.
 *
 * @param {string} root
 * @returns {{file: string, name: string}[]} whole paths, and paths in the folder.
 */
function list(root) {
    const found = [];
    const folders = [[root, 0]];
    let looked = 0;
    search: for (const [folder, depth] of folders) {
        const entries = read(folder);
        // Cargo's folder of a profile: what it links for itself is below, the user's programs are here.
        const isCargo = entries.some(({ name }) => name === ".cargo-lock");
        for (const entry of entries) {
            looked += 1;
            if (looked > MOST) {
                break search;
            }
            const file = path.join(folder, entry.name);
            if (entry.isDirectory()) {
                const isWanted = isCargo ? entry.name === "examples" : !SKIPPED.test(entry.name);
                if (isWanted && depth < DEEPEST) {
                    folders.push([file, depth + 1]);
                }
            } else if (entry.isFile() && !/\.(so(\.[\d.]+)?|o)$/.test(entry.name)) {
                const built = whenBuilt(file);
                if (built !== undefined) {
                    found.push({ file, name: path.relative(root, file), built });
                }
            }
        }
    }
    return found.sort((one, other) => other.built - one.built).map(({ file, name }) => ({ file, name }));
}

function read(folder) {
    try {
        return fs.readdirSync(folder, { withFileTypes: true });
    } catch {
        return [];
    }
}

/** Return when a program was written, in ms; undefined for what is no program. */
function whenBuilt(file) {
    let descriptor;
    try {
        const { mode, mtimeMs } = fs.statSync(file);
        if (!(mode & 0o111)) {
            return undefined;
        }
        descriptor = fs.openSync(file, "r");
        const head = Buffer.alloc(20); // e_ident, e_type and e_machine, elf(5)
        const size = fs.readSync(descriptor, head, 0, head.length, 0);
        const isElf = size === head.length && head.toString("latin1", 0, 6) === "\x7fELF\x02\x01";
        const isProgram = isElf && [2, 3].includes(head.readUInt16LE(16)) && head.readUInt16LE(18) === 62;
        return isProgram ? mtimeMs : undefined;
    } catch {
        return undefined;
    } finally {
        if (descriptor !== undefined) {
            fs.closeSync(descriptor);
        }
    }
}

module.exports = { list };
