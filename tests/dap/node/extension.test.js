// The extension under a stand-in for the editor: what it registers, what it starts, what it lets choose.
"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const Module = require("node:module");
const os = require("node:os");
const path = require("node:path");
const { afterEach, before, beforeEach, test } = require("node:test");

const folder = process.env.EXTENSION_FOLDER;
let root; // of the files that a test makes
let editor; // what the stand-in was told, and what it answers
let registered;

class DebugAdapterExecutable {
    constructor(command, args) {
        this.command = command;
        this.args = args;
    }
}

const disposable = { dispose() {} };
const vscode = {
    DebugAdapterExecutable,
    extensions: { getExtension: (name) => (name === "ms-python.python" ? editor.python : undefined) },
    workspace: {
        getConfiguration: () => ({ get: (_name, otherwise) => editor.setting ?? otherwise }),
        get workspaceFolders() {
            return editor.folders;
        },
    },
    window: {
        async showQuickPick(items) {
            editor.offered = items;
            return editor.choose(items);
        },
    },
    debug: {
        registerDebugAdapterDescriptorFactory(type, factory) {
            registered.factory = [type, factory];
            return disposable;
        },
        registerDebugConfigurationProvider(type, provider) {
            registered.provider = [type, provider];
            return disposable;
        },
    },
    commands: {
        registerCommand(name, action) {
            registered.commands[name] = action;
            return disposable;
        },
    },
};

function program(...names) {
    const file = path.join(root, ...names);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, "#!/bin/sh\n", { mode: 0o755 });
    return file;
}

function descriptor(workspace) {
    const session = { workspaceFolder: workspace && { uri: { fsPath: workspace } } };
    return registered.factory[1].createDebugAdapterDescriptor(session);
}

before(() => {
    const load = Module._load;
    Module._load = (name, ...rest) => (name === "vscode" ? vscode : load(name, ...rest));
});

beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "trapline-"));
    process.env.HOME = path.join(root, "home");
    process.env.PATH = path.join(root, "bin");
    editor = { choose: () => undefined };
    registered = { commands: {} };
    const context = { subscriptions: [] };
    require(path.join(folder, "extension.js")).activate(context);
    assert.equal(context.subscriptions.length, 4);
});

afterEach(() => fs.rmSync(root, { recursive: true }));

test("it registers what package.json promises", () => {
    const { contributes } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
    const [{ type, variables }] = contributes.debuggers;
    assert.equal(registered.factory[0], type);
    assert.equal(registered.provider[0], type);
    assert.deepEqual(
        Object.keys(registered.commands),
        contributes.commands.map(({ command }) => command),
    );
    assert.ok(registered.commands[variables.PickProcess]);
    assert.ok(registered.commands[variables.PickProgram]);
});

test("the server is found: ~/.local, PATH, .venv, the Python environment, the setting", async () => {
    const workspace = path.join(root, "work");
    // Each place goes before those that have been filled so far.
    const local = program("home", ".local", "bin", "trapline");
    assert.deepEqual({ ...(await descriptor(workspace)) }, { command: local, args: ["dap"] });
    const onPath = program("bin", "trapline");
    assert.equal((await descriptor(undefined)).command, onPath);
    const ours = program("work", ".venv", "bin", "trapline");
    assert.equal((await descriptor(workspace)).command, ours);
    const selected = program("conda", "bin", "trapline");
    editor.python = {
        isActive: true,
        exports: {
            environments: {
                getActiveEnvironmentPath: (uri) => ({ path: uri.fsPath }),
                resolveEnvironment: async (chosen) => ({
                    executable: {
                        uri: { fsPath: path.join(chosen.path, "..", "conda", "bin", "python") },
                    },
                }),
            },
        },
    };
    assert.equal((await descriptor(workspace)).command, selected);
    const set = program("home", "mine");
    for (const setting of ["~/mine", "${workspaceFolder}/../home/mine", "../home/mine"]) {
        editor.setting = setting;
        assert.equal((await descriptor(workspace)).command, set);
    }
    editor.setting = "trapline";
    assert.equal((await descriptor(workspace)).command, onPath);
});

test("a Python extension that fails is passed over", async () => {
    const onPath = program("bin", "trapline");
    editor.python = { isActive: false, activate: () => Promise.reject(new Error("broken")) };
    assert.equal((await descriptor(undefined)).command, onPath);
});

test("what is missing is said", async () => {
    await assert.rejects(descriptor(undefined), /not installed where the editor looks.*trapline\.path/);
    editor.setting = "/nowhere/trapline";
    await assert.rejects(descriptor(undefined), /"trapline\.path" is \/nowhere\/trapline, which is no program/);
    fs.mkdirSync(path.join(root, "bin", "trapline"), { recursive: true });
    editor.setting = undefined;
    await assert.rejects(descriptor(undefined), /not installed/); // a folder is no program
});

/** Make a program that was built some seconds ago; its head is all that is looked at. */
function built(seconds, ...names) {
    const file = program(...names);
    const head = Buffer.alloc(64);
    head.write("\x7fELF\x02\x01", "latin1");
    head.writeUInt16LE(3, 16); // ET_DYN
    head.writeUInt16LE(62, 18); // EM_X86_64
    fs.writeFileSync(file, head);
    const then = Date.now() / 1000 - seconds;
    fs.utimesSync(file, then, then);
    return file;
}

test("without a configuration one of the folder's programs is chosen", async () => {
    const [, provider] = registered.provider;
    const resolve = (...given) => provider.resolveDebugConfiguration(...given);
    const configuration = { type: "trapline", request: "launch", name: "x" };
    assert.equal(await resolve(undefined, configuration), configuration);
    const work = { uri: { fsPath: path.join(root, "work") } };
    program("work", "script.sh");
    built(1, "work", "libx.so.1");
    assert.equal(await resolve(undefined, {}), null); // launch.json is opened
    assert.equal(await resolve(work, {}), null);
    const old = built(60, "work", "build", "old");
    const fresh = built(10, "work", "target", "debug", "fresh");
    program("work", "target", "debug", ".cargo-lock");
    built(5, "work", "target", "debug", "deps", "fresh-0123");
    built(5, "work", ".git", "hidden");
    assert.equal(await resolve(work, {}), undefined); // none chosen, and nothing opened
    assert.deepEqual(editor.offered.map(({ label }) => label), ["target/debug/fresh", "build/old"]);
    editor.choose = ([first]) => first;
    assert.deepEqual(await resolve(work, { noDebug: true }), {
        type: "trapline",
        request: "launch",
        name: "fresh",
        program: fresh,
        cwd: work.uri.fsPath,
        noDebug: true,
    });
    editor.folders = [work];
    editor.choose = (items) => items[1];
    assert.equal(await registered.commands["trapline.pickProgram"](), old);
});

test("a disk that was opened as a folder is not gone over", () => {
    const { list } = require(path.join(folder, "programs.js"));
    assert.deepEqual(list(path.join(root, "nowhere")), []);
    built(1, "1", "2", "3", "4", "5", "deep");
    built(1, "1", "2", "3", "4", "5", "6", "deeper");
    assert.deepEqual(list(root).map(({ name }) => path.basename(name)), ["deep"]);
});

test("the picker offers the user's processes and gives a number", async () => {
    const child = spawn(process.execPath, ["-e", "console.log(); process.stdin.resume()", "an argument"]);
    try {
        // The kernel has its arguments a moment after it has the program.
        await new Promise((resolve, reject) => child.on("error", reject).stdout.once("data", resolve));
        editor.choose = (items) => items.find(({ description }) => description === String(child.pid));
        const picked = await registered.commands["trapline.pickProcess"]();
        assert.equal(picked, String(child.pid));
        const { label, detail } = editor.choose(editor.offered);
        assert.equal(label, path.basename(process.execPath));
        assert.match(detail, /an argument$/);
        assert.ok(editor.offered.every(({ description }) => description !== String(process.pid)));
        editor.choose = () => undefined;
        assert.equal(await registered.commands["trapline.pickProcess"](), undefined);
    } finally {
        child.kill("SIGKILL");
        await new Promise((resolve) => child.on("exit", resolve));
    }
});
