// The client that Microsoft publishes for tests of debug adapters, on our programs, over both transports.
"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const readline = require("node:readline");
const { after, afterEach, before, beforeEach, describe, test } = require("node:test");
const { DebugClient } = require("@vscode/debugadapter-testsupport");

// { trapline, programs: { c: { program, path, lines }, ... } }
const { trapline, programs } = JSON.parse(process.env.TRAPLINE_TEST);
const { c, cpp, rust, faults, spin } = programs;

const timeout = 90000; // the client itself has none on a socket

describe("on standard input and output", () => scenarios(() => undefined));

describe("on a socket", () => {
    let server;
    let port;

    before(async () => {
        server = spawn(trapline, ["dap", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "ignore", "pipe"] });
        const [line] = await once(readline.createInterface({ input: server.stderr }), "line");
        port = Number(/:(\d+)$/.exec(line)[1]);
    });

    after(async () => {
        server.kill("SIGINT");
        const [code] = await once(server, "exit");
        assert.equal(code, 130);
    });

    scenarios(() => port);
});

function scenarios(port) {
    let client;

    beforeEach(async () => {
        client = new DebugClient(trapline, "dap", "trapline");
        client.defaultTimeout = 60000;
        await client.start(port());
    });

    afterEach(() => client.stop());

    const at = (which, mark) => ({ path: which.path, line: which.lines[mark] });

    /** Do something that makes the program stop, and return the frames once it has stopped where it should. */
    async function stops(reason, where, act) {
        const [{ body }] = await Promise.all([client.assertStoppedLocation(reason, where), act()]);
        return body.stackFrames;
    }

    async function thread() {
        const { body } = await client.threadsRequest();
        return { threadId: body.threads[0].id };
    }

    async function value(expression, frame) {
        const { body } = await client.evaluateRequest({ expression, frameId: frame.id, context: "watch" });
        return body.result;
    }

    async function variables(frame, scope) {
        const { body } = await client.scopesRequest({ frameId: frame.id });
        const { variablesReference } = body.scopes.find(({ name }) => name === scope);
        const found = await client.variablesRequest({ variablesReference });
        return Object.fromEntries(found.body.variables.map(({ name, value }) => [name, value]));
    }

    async function ends(code, act) {
        const [exited] = await Promise.all([client.waitForEvent("exited"), client.waitForEvent("terminated"), act()]);
        assert.equal(exited.body.exitCode, code);
    }

    test("a program runs to its end", { timeout }, async () => {
        await Promise.all([
            client.assertOutput("stdout", "begin 3\nend hello 0.5 100 2 one\n"),
            client.assertOutput("stderr", "sum 430\n"),
            ends(7, () =>
                Promise.all([
                    client.configurationSequence(),
                    client.launch({ program: c.program, args: ["one", "two words"] }),
                ]),
            ),
        ]);
    });

    test("it stops on entry", { timeout }, async () => {
        const [frame] = await stops("entry", { path: c.path }, () =>
            Promise.all([
                client.configurationSequence(),
                client.launch({ program: c.program, stopOnEntry: true }),
            ]),
        );
        assert.equal(frame.name, "main");
    });

    test("what cannot be launched is said", { timeout }, async () => {
        const message = /nowhere.*No such file/i;
        const failed = assert.rejects(client.launch({ program: "/nowhere/at/all" }), message);
        const [{ body }] = await Promise.all([client.waitForEvent("output"), failed]);
        assert.match(body.output, message);
    });

    test("C: breakpoint, values, steps", { timeout }, async () => {
        await client.hitBreakpoint({ program: c.program }, at(c, "scale"));
        const running = await thread();
        const { body } = await client.stackTraceRequest(running);
        const [frame, caller] = body.stackFrames;
        assert.equal(caller.line, c.lines.call);
        assert.deepEqual(await variables(frame, "Arguments"), { value: "3", factor: "10" });
        assert.equal(await value("value * factor", frame), "30");
        assert.equal(await value("here.label", caller).then((text) => text.includes('"here"')), true);
        await assert.rejects(value("nothing", frame), /nothing/);
        await stops("step", { line: c.lines.scale + 1 }, () => client.nextRequest(running));
        await stops("step", at(c, "scaled"), () => client.nextRequest(running));
        await stops("step", { path: c.path }, () => client.stepOutRequest(running));
        await stops("step", at(c, "second"), () => client.nextRequest(running));
        await stops("breakpoint", at(c, "scale"), () => client.stepInRequest(running));
        await ends(7, () => client.continueRequest(running));
    });

    test("C++: breakpoint, this, steps out of and into methods", { timeout }, async () => {
        await client.hitBreakpoint({ program: cpp.program }, at(cpp, "area"));
        const running = await thread();
        const [frame, caller] = (await client.stackTraceRequest(running)).body.stackFrames;
        assert.match(frame.name, /Square::area/);
        assert.equal(caller.line, cpp.lines.doubled);
        assert.equal(await value("side_ * 2", frame), "6");
        assert.equal(await value("this->side_", frame), "3");
        await stops("step", at(cpp, "doubled"), () => client.stepOutRequest(running));
        await ends(0, () => client.continueRequest(running));
    });

    test("Rust: breakpoint, self, step out", { timeout }, async () => {
        await client.hitBreakpoint({ program: rust.program }, at(rust, "area"));
        const running = await thread();
        const [frame] = (await client.stackTraceRequest(running)).body.stackFrames;
        assert.match(frame.name, /area/);
        assert.equal(await value("self.side", frame), "3");
        await stops("step", { path: rust.path }, () => client.stepOutRequest(running));
        await ends(0, () => client.continueRequest(running));
    });

    test("a condition chooses the stop, a logpoint prints and goes on", { timeout }, async () => {
        const source = { path: c.path };
        const breakpoints = [
            { line: c.lines.scale, condition: "value == 4" },
            { line: c.lines.scaled, logMessage: "scaled is {scaled}" },
        ];
        const logged = client.assertOutput("console", "scaled is 30\n");
        const [frame] = await stops("breakpoint", at(c, "scale"), () =>
            Promise.all([
                client
                    .waitForEvent("initialized")
                    .then(() => client.setBreakpointsRequest({ source, breakpoints }))
                    .then(() => client.configurationDoneRequest()),
                client.launch({ program: c.program }),
            ]),
        );
        await logged;
        assert.equal(await value("factor", frame), "100");
    });

    test("a fault stops the program, and goes on to end it", { timeout }, async () => {
        const [frame] = await stops("exception", { path: faults.path }, () =>
            Promise.all([
                client.configurationSequence(),
                client.launch({ program: faults.program, args: ["segv"] }),
            ]),
        );
        assert.equal(frame.name, "fault_segv");
        const running = await thread();
        const { body } = await client.exceptionInfoRequest(running);
        assert.equal(body.exceptionId, "SIGSEGV");
        const ended = client.waitForEvent("terminated");
        await client.continueRequest(running);
        await ended;
    });

    test("a running program is paused, again and again", { timeout }, async () => {
        await Promise.all([
            client.assertOutput("stdout", "ready\n"),
            client.configurationSequence(),
            client.launch({ program: spin.program }),
        ]);
        const running = await thread();
        for (let round = 0; round < 3; round++) {
            // The first may still be in its output, anywhere in the C library or its loader.
            const frames = await stops("pause", {}, () => client.pauseRequest(running));
            assert.ok(frames.some(({ name }) => name === "main"));
            await client.continueRequest(running); // and paused again before it may have gone on
        }
    });
}
