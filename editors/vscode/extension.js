// What the editor knows of trapline: how the server is started, and which process to attach to.
"use strict";

const vscode = require("vscode");
const adapter = require("./adapter");
const processes = require("./processes");

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
    /** Without a configuration F5 opens launch.json, which only the user can fill in. */
    resolveDebugConfiguration(_folder, configuration) {
        return configuration.type ? configuration : null;
    },
};

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
    );
}

module.exports = { activate };
