// What the editor knows of trapline: how the server is started, which program, which process to attach to.
"use strict";

const path = require("path");

const vscode = require("vscode");

const adapter = require("./adapter");
const processes = require("./processes");
const programs = require("./programs");

const TYPE = "trapline";

/** Return the interpreter of the Python extension's selected environment; undefined where there is none. */
async function selectedPython(folder) {
    try {
        const extension = vscode.extensions.getExtension("ms-python.python");
        const api = extension && (extension.isActive ? extension.exports : await extension.activate());
        const chosen = api?.environments?.getActiveEnvironmentPath(folder);
        const environment = chosen && (await api.environments.resolveEnvironment(chosen));
        return environment?.executable?.uri?.fsPath;
    } catch {
        return undefined; // its troubles are not ours: the other places remain
    }
}

const descriptors = {
    /** Say how the server of a session is started; the editor shows the message of what is thrown. */
    async createDebugAdapterDescriptor(session) {
        const folder = session.workspaceFolder?.uri;
        const command = adapter.find({
            setting: vscode.workspace.getConfiguration("trapline", folder).get("path", ""),
            python: await selectedPython(folder),
            folder: folder?.fsPath,
        });
        return new vscode.DebugAdapterExecutable(command, ["dap"]);
    },
};

const configurations = {
    /** Without a configuration F5 lets choose a program; where there is none, launch.json is opened. */
    async resolveDebugConfiguration(folder, configuration) {
        if (configuration.type) {
            return configuration;
        }
        const root = folder?.uri.fsPath;
        const found = root ? programs.list(root) : [];
        if (found.length === 0) {
            return null;
        }
        const program = await chooseProgram(found);
        if (program === undefined) {
            return undefined; // the user does not want to, so nothing is opened
        }
        const chosen = { type: TYPE, request: "launch", name: path.basename(program), program, cwd: root };
        return { ...configuration, ...chosen };
    },
};

async function chooseProgram(found) {
    const items = found.map(({ file, name }) => ({ label: name, file }));
    return (await vscode.window.showQuickPick(items, { placeHolder: "Program to debug" }))?.file;
}

/** Let the user choose a program of the folders that are open; undefined, which ends the launch, where none is. */
async function pickProgram() {
    const folders = vscode.workspace.workspaceFolders ?? [];
    return chooseProgram(folders.flatMap((folder) => programs.list(folder.uri.fsPath)));
}

/** Let the user choose a process; undefined, which ends the attach, where none is chosen. */
async function pickProcess() {
    const items = processes.list().map(({ pid, name, command }) => ({
        label: name,
        description: String(pid),
        detail: command,
    }));
    const chosen = await vscode.window.showQuickPick(items, {
        placeHolder: "Process to attach to",
        matchOnDescription: true,
        matchOnDetail: true,
    });
    return chosen?.description;
}

function activate(context) {
    context.subscriptions.push(
        vscode.debug.registerDebugAdapterDescriptorFactory(TYPE, descriptors),
        vscode.debug.registerDebugConfigurationProvider(TYPE, configurations),
        vscode.commands.registerCommand("trapline.pickProcess", pickProcess),
        vscode.commands.registerCommand("trapline.pickProgram", pickProgram),
    );
}

module.exports = { activate };
