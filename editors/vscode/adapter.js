// Finding `trapline`.  Nothing of the editor is used here.
"use strict";

const fs = require("fs");
const os = require("os");
const path = require("path");

/**
 * Say where trapline is.
 *
 * @param {object} hints
 * @param {string} hints.setting what `trapline.path` says; empty: nothing.
 * @param {string|undefined} hints.python the interpreter of the environment that is selected.
 * @param {string|undefined} hints.folder the workspace's folder.
 * @returns {string} the path of the program.
 * @throws {Error} there is none; its message says where was looked and what to do.
 */
function find({ setting, python, folder }) {
    const home = os.homedir();
    if (setting) {
        const wanted = expanded(setting, home, folder);
        if (!wanted.includes("/")) {
            const found = search(wanted, process.env.PATH);
            if (found) {
                return found;
            }
        } else if (isProgram(wanted)) {
            return wanted;
        }
        throw new Error(`trapline: the setting "trapline.path" is ${setting}, which is no program`);
    }
    const places = [];
    if (python) {
        places.push(path.join(path.dirname(python), "trapline"));
    }
    if (folder) {
        places.push(...[".venv", "venv"].map((name) => path.join(folder, name, "bin", "trapline")));
    }
    const found = places.find(isProgram) || search("trapline", process.env.PATH);
    const local = path.join(home, ".local", "bin", "trapline"); // pipx and pip install --user
    if (found || isProgram(local)) {
        return found || local;
    }
    throw new Error(
        "trapline is not installed where the editor looks (the selected Python environment, .venv, PATH, ~/.local/bin): " +
            'install it ("pip install ." in its repository) or set "trapline.path"',
    );
}

function expanded(setting, home, folder) {
    let wanted = setting.replace(/^~(?=\/|$)/, home);
    if (folder) {
        wanted = wanted.replaceAll("${workspaceFolder}", folder);
    }
    return wanted.includes("/") && folder ? path.resolve(folder, wanted) : wanted;
}

function search(name, folders = "") {
    return folders
        .split(path.delimiter)
        .filter((folder) => path.isAbsolute(folder))
        .map((folder) => path.join(folder, name))
        .find(isProgram);
}

function isProgram(file) {
    try {
        fs.accessSync(file, fs.constants.X_OK);
        return fs.statSync(file).isFile();
    } catch {
        return false;
    }
}

module.exports = { find };
