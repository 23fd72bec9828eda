import { execFileSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { z } from "zod"
import { duckClient } from "../clients/sdk/index.ts"
import type { Engine } from "../engines/pipeline/engine.ts"
import { propose } from "../engines/proposal/propose.ts"
import { serverUnderTest } from "../server/server.testing.ts"
import { defineCommand } from "./command.ts"
import { engineTools } from "./engine-tools.ts"
import { asText, chat, failing, scripted, textOf } from "./llm/llm.testing.ts"
import { finishProposal } from "./proposal/finish.ts"
import { registry } from "./registry.ts"

const template = (system: string, version = "1.0.0") =>
  `---\ndescription: Greets somebody\nversion: ${version}\nengine: greet\nvariables:\n  who: { type: string }\n---\n@system\n${system}\n{{rules}}\n@user\n{{context}}\nGreet {{who}}.\n`
const cases = `- name: Ada
  variables: { who: "Ada {{rules}}" }
  context: [{ path: src/a.ts, text: "const a = 1" }]
  expect: { contains: ["Greet Ada {{rules}}."], notContains: [Bob], mostTokens: 200 }
  answer: { contains: [It is], notContains: [Bob] }
- name: too long
  variables: { who: Ada }
  expect: { mostTokens: 5 }
`

/** An engine of the test, as a command: it writes what the model says into a file. */
const greet: Engine<string, string, string> = {
  name: "greet",
  prompt: () => "greet/one",
  needs: (who) => ({ task: who, paths: [], symbols: [] }),
  variables: (who) => ({ who }),
  output: "text",
  accept: async (draft) => draft,
  critics: [],
}
const greetCommand = defineCommand({
  name: "try.greet",
  summary: "Greet somebody in a file",
  examples: [{ line: "duck try greet Ada", says: "hello.md" }],
  input: z.object({ who: z.string().describe("Whom") }),
  output: z.object({ id: z.string() }),
  permission: "write",
  async run({ who }, context) {
    const { runEngine } = await import("../engines/pipeline/run-engine.ts")
    const tools = await engineTools(context, { command: "try.greet" })
    const { result, madeBy } = await runEngine(greet, who, tools)
    const about = { engine: "greet", title: "Greet", explanation: "", madeBy }
    const changes = [{ kind: "create" as const, path: `hello-${who}.md`, after: `${result}\n` }]
    const proposal = await propose(tools.workspace, changes, about)
    await finishProposal(proposal, { apply: false, dryRun: false, interactive: false }, context)
    return { id: proposal.id }
  },
})

async function greeting(config: { llm?: object; prompts?: object } = {}) {
  const server = await serverUnderTest({
    env: { HOME: "/nonexistent" },
    commands: { ...registry, "try.greet": greetCommand },
  })
  onTestFinished(server.end)
  const root = join(server.home, "project")
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(server.home, path)), { recursive: true })
    writeFileSync(join(server.home, path), text)
  }
  write("config/config.json", JSON.stringify(config))
  write("config/prompts/greet/one.md", template("Be kind."))
  write("config/prompts/greet/one.cases.yaml", cases)
  write("config/prompts/greet/one@short.md", template("Be short.", "1.1.0"))
  write("project/src/a.ts", "export const answer = 42\n")
  write("project/AGENTS.md", "# House rules\n\nSay please.\n")
  execFileSync("git", ["init", "-q", root])
  const duck = duckClient({ address: { url: server.url, token: server.file.token }, project: root })
  return { ...server, duck, root, write }
}

test("list says what is in force, what waits for trust and what is broken, and trust takes a project's prompt", async () => {
  const { duck, write } = await greeting()
  const list = async () => (await duck.call("prompt.list", { about: "greet", all: true })).prompts
  expect((await duck.run("prompt.list", { about: "greet" }, asText)).exitCode).toBe(0)
  write("project/.duck/prompts/greet/one.md", template("Be theirs.", "9.0.0"))
  expect(await list()).toContainEqual(
    expect.objectContaining({ layer: "project", state: "waits for trust", version: "9.0.0" }),
  )
  expect((await duck.call("prompt.show", { prompt: "greet/one" })).layer).toBe("user")
  const { digest, files } = await duck.call("trust", {})
  expect(files).toMatchObject([{ path: ".duck/prompts/greet/one.md", why: "prompt", state: "new" }])
  await duck.call("trust", { accept: digest })
  const shown = await duck.run("prompt.show", { prompt: "greet/one" }, asText)
  expect(shown.output).toMatchObject({ layer: "project", version: "9.0.0", state: "in force" })
  expect(shown.output.overrides).toEqual([expect.stringMatching(/config\/prompts\/greet\/one\.md$/)])
  expect(textOf(shown)).toContain("Be theirs.")
  write("project/.duck/prompts/greet/one.md", template("Be changed."))
  expect((await duck.call("prompt.show", { prompt: "greet/one" })).layer).toBe("user")
  write("config/prompts/greet/two.md", template("Hi {{whom}}"))
  const broken = await duck.run("prompt.list", {}, asText)
  expect(broken.exitCode).toBe(1)
  expect(broken.output.prompts.find(({ name }) => name === "greet/two")?.problem).toContain("two.md:9:4: `whom`")
  await expect(duck.call("prompt.show", { prompt: "greet/won" })).rejects.toMatchObject({ code: "NO_PROMPT" })
})

test("render shows the messages for a family, with rules and context of the project for a task, and their tokens", async () => {
  const { duck } = await greeting()
  const bare = await duck.run("prompt.render", { prompt: "greet/one", var: ["who=Ada = x"] }, asText)
  expect(bare.output.messages).toMatchObject([
    { role: "system", section: "system", text: "Be kind.", cache: "short" },
    { role: "user", section: "task", text: "Greet Ada = x." },
  ])
  expect(bare.output.tokens).toBeGreaterThan(5)
  const full = { prompt: "greet/one", var: ["who=Ada"], task: "the answer", file: ["src/a.ts"] }
  const { messages } = await duck.call("prompt.render", { ...full, family: "anthropic" })
  const texts = messages.map(({ text }) => text).join("\n")
  expect(texts).toMatch(/<rule title="[^"]*">\n[\s\S]*Say please\./)
  expect(texts).toMatch(
    /<document title="src\/a\.ts[^"]*" why="[^"]*">\n```ts\nexport const answer = 42\n```\n<\/document>/,
  )
  expect((await duck.call("prompt.render", full)).messages.map(({ text }) => text).join("\n")).toContain("### src/a.ts")
  const unfilled = await duck.call("prompt.render", { prompt: "greet/one" })
  expect(unfilled.messages.at(-1)?.text).toBe("Greet ‹who›.")
  for (const wrong of [{ file: ["src/a.ts"] }, { model: "m", family: "openai" as const }, { var: ["who"] }])
    await expect(duck.call("prompt.render", { prompt: "greet/one", ...wrong })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    })
})

test("test holds prompts against their cases without a model, and answers with one", async () => {
  const mock = await scripted()
  const { duck, write } = await greeting({ llm: { providers: { work: chat(mock.url) } } })
  const plain = await duck.run("prompt.test", { prompt: "greet/one" }, asText)
  expect(plain.exitCode).toBe(1)
  expect(plain.output.trials).toMatchObject([
    { case: "Ada", isGood: true, model: null },
    { case: "too long", isGood: false, faults: [expect.stringContaining("more than 5")] },
  ])
  expect(mock.getRequests()).toEqual([])
  const asked = await duck.run("prompt.test", { prompt: "greet/one@short", case: "Ada", model: "work/m" }, asText)
  expect(asked.output.trials).toMatchObject([
    { prompt: "greet/one@short", version: "1.1.0", isGood: true, answer: "It is so.", outputTokens: 80 },
  ])
  expect(asked.exitCode).toBe(0)
  write("config/prompts/greet/one.cases.yaml", "- name: x\n  variables: {who: Ada}\n  expect: {snapshot: other}\n")
  const { trials } = await duck.call("prompt.test", {})
  expect(trials.find(({ prompt }) => prompt === "greet/one")?.faults).toEqual(["it is not the snapshot"])
  write("config/prompts/greet/one.cases.yaml", "- name: x\n  expected: {}\n")
  await expect(duck.call("prompt.test", { prompt: "greet/one" })).rejects.toMatchObject({ code: "CASES_INVALID" })
  write("config/prompts/greet/one.cases.yaml", "- name: [\n")
  await expect(duck.call("prompt.test", {})).rejects.toMatchObject({
    message: expect.stringMatching(/one\.cases\.yaml:\d+:\d+: /),
  })
})

test("what is built in compiles, and is as its cases expect", async () => {
  const { duck } = await greeting()
  const { trials, broken } = await duck.call("prompt.test", {})
  const own = trials.filter(({ source }) => source === "built in")
  expect(own.length).toBeGreaterThan(0)
  expect(own.filter(({ isGood }) => !isGood)).toEqual([])
  expect(broken).toEqual([])
})

test("diff shows what differs between variants, places and nothing", async () => {
  const { duck, write } = await greeting()
  const { diff } = await duck.call("prompt.diff", { prompt: "greet/one", other: "greet/one@short" })
  expect(diff).toContain("-Be kind.\n+Be short.")
  await expect(duck.call("prompt.diff", { prompt: "greet/one" })).rejects.toMatchObject({ code: "INVALID_INPUT" })
  write("project/.duck/prompts/greet/one.md", template("Be theirs."))
  const project = await duck.run("prompt.diff", { prompt: "greet/one", layer: "project" }, asText)
  expect(textOf(project)).toContain("+Be theirs.")
  expect(project.exitCode).toBe(1)
})

test("compare gives both prompts the same tasks with every model, and a model that fails is a failure of its own", async () => {
  const mock = await scripted()
  const down = await scripted(failing)
  const providers = { work: chat(mock.url), down: chat(down.url) }
  const { duck } = await greeting({ llm: { providers, retry: { attempts: 1 } } })
  const models = ["work/m", "work/n"]
  const compared = await duck.run(
    "prompt.compare",
    { prompt: "greet/one", other: "greet/one@short", models, case: "Ada" },
    asText,
  )
  expect(compared.exitCode).toBe(0)
  expect(compared.output.sums).toMatchObject(
    models.flatMap((model) => [
      { prompt: "greet/one", model, tried: 1, good: 1, outputTokens: 80 },
      { prompt: "greet/one@short", model, tried: 1, good: 1 },
    ]),
  )
  expect(mock.getRequests()).toHaveLength(4)
  const wrong = await duck.run("prompt.compare", {
    ...{ prompt: "greet/one", other: "greet/one@short", models: ["down/m,work/m"], case: "Ada" },
  })
  expect(wrong.exitCode).toBe(1)
  expect(wrong.output.sums.map(({ model, good }) => [model, good])).toEqual([
    ["down/m", 0],
    ["down/m", 0],
    ["work/m", 1],
    ["work/m", 1],
  ])
  await expect(
    duck.call("prompt.compare", { prompt: "greet/one", other: "greet/one@short", case: "none" }),
  ).rejects.toMatchObject({ code: "NO_CASES" })
})

test("what becomes of a proposal is laid to the variant that made it, and stats tell it", async () => {
  const mock = await scripted()
  const experiment = { prompt: "greet/one", variants: { short: 1, gone: 0 }, sample: 10 }
  const { duck } = await greeting({
    llm: { providers: { work: chat(mock.url) } },
    prompts: { experiments: { tone: experiment, later: { ...experiment, variants: { base: 1, gone: 1 } } } },
  })
  const made: string[] = []
  for (const who of ["Ada", "Bob", "Cyd"]) {
    const { output } = await duck.run("try.greet" as "version", { who } as never)
    made.push((output as unknown as { id: string }).id)
  }
  await duck.call("proposals.apply", { id: made[0] })
  await duck.call("proposals.discard", { id: made[1] })
  const { prompts, experiments } = await duck.call("prompt.stats", {})
  expect(prompts).toMatchObject([
    { prompt: "greet/one", version: "1.1.0", calls: 3, accepted: { value: 0.5, n: 2 }, durationMs: { n: 3 } },
  ])
  expect(experiments).toMatchObject([
    { name: "tone", variants: [{ variant: "short", calls: 3, atOnce: { value: 1, n: 3 } }], missing: [] },
    { name: "later", verdict: "No difference can be told yet: 0 of 10.", winner: null, missing: ["gone"] },
  ])
  const shown = await duck.run("prompt.stats", {}, asText)
  expect(textOf(shown)).toContain("fewer than two variants")
  expect(mock.getRequests()).toHaveLength(3)
})
