import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, expect, test } from "vitest"
import { type HookEvent, HookSettings } from "../../access/hook-settings.ts"
import type { Mode } from "../../access/permissions/mode.ts"
import type { Rule } from "../../access/permissions/rule.ts"
import { trustStore } from "../../access/permissions/trust-store.ts"
import { type Scripted, saying, scripted } from "../../models/scripted.testing.ts"
import { silentLogger } from "../../observe/log.ts"
import { begun, calling, folderWith, type World, worldIn } from "../agents/agents.testing.ts"
import { answerOf } from "./answer.ts"
import { composed } from "./hooks.ts"
import { trustWants, wantsOf } from "./wants.ts"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const on = (event: HookEvent, command: string, more: object = {}, matcher = "") =>
  HookSettings.parse({ [event]: [{ matcher, hooks: [{ command, ...more }] }] })

async function ran(
  model: Scripted,
  hooks: HookSettings,
  {
    mode = "auto",
    files = {},
    before = async () => {},
    rules = [],
  }: {
    mode?: Mode
    files?: Record<string, string>
    /** What the user does before the turn: they can trust the folder. */
    before?: (folder: { readonly root: string; readonly home: string; trust(): Promise<void> }) => Promise<void>
    rules?: readonly Rule[]
  } = {},
) {
  const top = folderWith({ "project/a.txt": "one\n", ...files }, cleanups)
  const [root, home] = [join(top, "project"), join(top, "home")]
  const store = trustStore(join(top, "data"))
  const trust = async () => {
    for (const folder of [root, home]) trustWants(store, folder, await wantsOf(folder, home, silentLogger), 0)
  }
  await before({ root, home, trust })
  const choice = { on: hooks, trust: store }
  const made = await worldIn(top, model.model, { hooks: () => choice, rules: () => rules })
  cleanups.push(() => made.close())
  const id = await begun(made, mode)
  await made.assistant.say(id, [{ kind: "text", text: "do it" }], "ada", { wishes: { canAsk: false } })
  const end = await made.assistant.ended(id)
  return { made, id, end, result: resultOf(made, id) }
}

const resultOf = (made: World, id: string) => {
  const found = made.events(id).findLast(({ type }) => type === "tool.finished")
  if (found?.type !== "tool.finished") return undefined
  const text = found.data.content.map((part) => (part.kind === "text" ? part.text : "")).join("\n")
  return { outcome: found.data.outcome, text }
}

const writing = () => scripted(calling(["write", { path: "b.txt", content: "b\n" }]), saying("End."))

test("a hook that ends with 2 blocks the call, and the model reads its errors", async () => {
  const { made, result } = await ran(
    writing(),
    on("PreToolUse", "cat >/dev/null; echo noise; echo 'not in b' >&2; exit 2"),
  )
  expect(result).toMatchObject({ outcome: "denied" })
  expect(result?.text).toContain("not in b")
  expect(result?.text).not.toContain("noise")
  expect(existsSync(join(made.root, "b.txt"))).toBe(false)
})

test("a hook is given the call as JSON on its standard input, and nothing of the server's environment", async () => {
  process.env.DUCK_TEST_SECRET = "hidden"
  cleanups.push(() => delete process.env.DUCK_TEST_SECRET)
  const { made } = await ran(
    writing(),
    on("PreToolUse", 'cat > seen.json; env > env.txt; echo "a warning" >&2', {}, "write"),
  )
  const seen: unknown = JSON.parse(made.read("seen.json"))
  expect(seen).toMatchObject({
    hook_event_name: "PreToolUse",
    tool_name: "write",
    tool_input: { path: "b.txt", content: "b\n" },
    cwd: made.root,
    permission_mode: "auto",
  })
  expect(made.read("env.txt")).not.toContain("hidden")
  expect(made.read("b.txt")).toBe("b\n")
})

test("a long input arrives whole", async () => {
  const content = "x".repeat(500_000)
  const model = scripted(calling(["write", { path: "b.txt", content }]), saying("End."))
  const { made } = await ran(model, on("PreToolUse", "wc -c > size.txt"))
  expect(Number(made.read("size.txt"))).toBeGreaterThan(500_000)
})

test("a matcher is about the whole name of a tool, in our words or those of others", async () => {
  const blocks = "exit 2"
  expect((await ran(writing(), on("PreToolUse", blocks, {}, "run|rea"))).result).toMatchObject({ outcome: "done" })
  expect((await ran(writing(), on("PreToolUse", blocks, {}, "Edit|Write"))).result).toMatchObject({ outcome: "denied" })
})

const says = (decision: string) =>
  `echo '{"hookSpecificOutput":{"permissionDecision":"${decision}","permissionDecisionReason":"because"}}'`

test("a hook can allow what the mode would ask about, and nothing that a rule forbids or asks about", async () => {
  expect((await ran(writing(), on("PreToolUse", says("allow")), { mode: "ask" })).result).toMatchObject({
    outcome: "done",
  })
  for (const decision of ["deny", "ask"] as const) {
    const rule: Rule = {
      decision,
      subject: { kind: "tool", pattern: "write" },
      layer: "user",
      text: "write",
      where: "test",
    }
    const { result } = await ran(writing(), on("PreToolUse", says("allow")), { mode: "auto", rules: [rule] })
    expect(result).toMatchObject({ outcome: "denied" })
  }
  expect((await ran(writing(), on("PreToolUse", says("allow")), { mode: "plan" })).result).toMatchObject({
    outcome: "denied",
  })
})

test("a hook that answers a request for permission answers in the person's place", async () => {
  const allow = `echo '{"hookSpecificOutput":{"decision":{"behavior":"allow"}}}'`
  expect((await ran(writing(), on("PermissionRequest", allow), { mode: "ask" })).result).toMatchObject({
    outcome: "done",
  })
})

test("a hook that fails or takes too long allows nothing", async () => {
  expect((await ran(writing(), on("PreToolUse", "exit 1"))).result).toMatchObject({ outcome: "denied" })
  const slow = on("PreToolUse", "sleep 100", { timeout: 0.2 })
  expect((await ran(writing(), slow)).result?.text).toContain("failed")
})

test("what a hook says after a call is read by the model", async () => {
  const { result } = await ran(writing(), on("PostToolUse", "echo 'format it' >&2; exit 2"))
  expect(result).toMatchObject({ outcome: "done" })
  expect(result?.text).toContain("(hook) format it")
})

test("a prompt that a hook refuses never reaches a model, not with the next turn either", async () => {
  const model = scripted(saying("Hello."))
  const hook = `if grep -q 'do it'; then echo 'no such words' >&2; exit 2; fi`
  const { made, id, end } = await ran(model, on("UserPromptSubmit", hook))
  expect(end).toMatchObject({ how: "failed", why: "no such words" })
  expect(model.requests).toHaveLength(0)
  await made.assistant.say(id, [{ kind: "text", text: "hello" }], "ada")
  expect(await made.assistant.ended(id)).toMatchObject({ how: "done" })
  expect(JSON.stringify(model.requests)).not.toContain("do it")
})

test("what hooks print at the start of a session and with a prompt is given to the model", async () => {
  const model = scripted(saying("Hello."))
  const hooks = { ...on("SessionStart", "echo branch main"), ...on("UserPromptSubmit", "echo today is Monday") }
  await ran(model, hooks)
  expect(JSON.stringify(model.requests[0]?.messages.at(-1))).toContain("branch main\\n\\ntoday is Monday")
})

test("a hook sends a turn that would end on, a few times and no more", async () => {
  const model = scripted(saying("Done."))
  const { end } = await ran(model, on("Stop", "echo 'run the tests' >&2; exit 2"))
  expect(end).toMatchObject({ how: "done" })
  expect(model.requests).toHaveLength(6)
  expect(JSON.stringify(model.requests[1]?.messages)).toContain("run the tests")
})

const claudeHooks = (command: string) =>
  JSON.stringify({ hooks: { PreToolUse: [{ matcher: "Write", hooks: [{ type: "command", command }] }], Unknown: 1 } })

test("hooks of a project or of another assistant are run only as they were when the user trusted them", async () => {
  const files = { "project/.claude/settings.json": claudeHooks("cat > seen.json; exit 2") }
  expect((await ran(writing(), {}, { files })).result).toMatchObject({ outcome: "done" })
  const changed = await ran(
    writing(),
    {},
    {
      files,
      async before({ root, trust }) {
        await trust()
        writeFileSync(join(root, ".claude/settings.json"), claudeHooks("exit 2 # changed"))
      },
    },
  )
  // Neither what it was nor what it is now is run, and whoever changed it is not rid of it.
  expect(changed.result).toMatchObject({ outcome: "denied" })
  expect(changed.result?.text).toContain("has changed since you trusted it")
  expect(existsSync(join(changed.made.root, "seen.json"))).toBe(false)
  const { made, result } = await ran(writing(), {}, { files, before: ({ trust }) => trust() })
  expect(result).toMatchObject({ outcome: "denied" })
  expect(JSON.parse(made.read("seen.json"))).toMatchObject({ tool_name: "Write", tool_input: { file_path: "b.txt" } })
})

test("a script that a hook names is trusted with it: changed by an agent, it is not run, and a person has to say", async () => {
  const files = {
    "project/.claude/settings.json": claudeHooks('sh "$CLAUDE_PROJECT_DIR"/guard.sh --strict'),
    "project/guard.sh": "cat >/dev/null; echo no >&2; exit 2\n",
  }
  const as = await ran(writing(), {}, { files, before: ({ trust }) => trust() })
  expect(as.result?.text).toContain("no")
  const model = scripted(
    calling(["run", { command: "echo 'cat >/dev/null; touch proof; exit 0' > guard.sh" }]),
    calling(["write", { path: "b.txt", content: "b\n" }]),
    saying("End."),
  )
  const { made, result } = await ran(model, {}, { files, before: ({ trust }) => trust() })
  expect(made.read("guard.sh")).toContain("proof")
  expect(result).toMatchObject({ outcome: "denied" })
  expect(result?.text).toContain("has changed since you trusted it")
  expect(existsSync(join(made.root, "proof"))).toBe(false)
})

test("agents have hooks of their own at their start and end, and their calls go through the same ones", async () => {
  const model = scripted(
    calling(["delegate", { task: "write" }]),
    calling(["write", { path: "b.txt", content: "b" }]),
    saying("Agent."),
    saying("Person."),
  )
  const log = "cat >> log.txt"
  const hooks = {
    ...on("SubagentStart", log),
    ...on("SubagentStop", log),
    ...on("PreToolUse", "exit 2", {}, "write"),
    ...on("Stop", log),
  }
  const { made } = await ran(model, hooks)
  const lines = made
    .read("log.txt")
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line))
  expect(lines).toMatchObject([
    { hook_event_name: "SubagentStart", agent_type: "general" },
    { hook_event_name: "SubagentStop", last_assistant_message: "Agent." },
    { hook_event_name: "Stop", last_assistant_message: "Person." },
  ])
  expect(existsSync(join(made.root, "b.txt"))).toBe(false)
})

test("only the user's own settings can take a hook out of the sandbox", async () => {
  const free = { ...on("PostToolUse", `echo out > "$DUCK_PROJECT_DIR/../outside.txt"`, { sandbox: false }) }
  const { made } = await ran(writing(), free)
  expect(readFileSync(join(made.top, "outside.txt"), "utf8")).toBe("out\n")
})

test("JSON that is no decision counts as a failure, other text as nothing", () => {
  expect(answerOf({ exitCode: 0, out: '{"decision":"maybe"}', errors: "" }, false)).toBeUndefined()
  expect(answerOf({ exitCode: 0, out: "hello", errors: "" }, false)).toEqual({ reason: "", context: "" })
  expect(answerOf({ exitCode: 0, out: '{"continue":false,"stopReason":"x"}', errors: "" }, false)).toMatchObject({
    decision: "deny",
    reason: "x",
  })
})

test("of several hooks the strictest decides", () => {
  const found = { decision: "ask", why: "", isByRule: false } as const
  const answers = ["allow", "deny", "ask"].map((decision) => ({
    decision: decision as "allow",
    reason: "",
    context: "",
  }))
  expect(composed(found, answers, []).decision).toBe("deny")
  expect(composed(found, answers.slice(0, 1), []).decision).toBe("allow")
  expect(composed(found, answers.slice(0, 1), [{ command: "x" }]).decision).toBe("ask")
})
