import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { fill } from "../../workspace/tree.testing.ts"
import { asText, chat, scripted, serverWith, textOf, usage } from "../llm/llm.testing.ts"

const member = (name: string, files: Readonly<Record<string, string>>) => ({
  [`packages/${name}/package.json`]: JSON.stringify({ name: `@x/${name}`, exports: "./index.ts" }),
  ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`packages/${name}/${path}`, text])),
})
const unused = 'import { join, sep } from "node:path"\nimport { a } from "./a.ts"\nexport const b = join(a, "b")\n'
const files = {
  "package.json": JSON.stringify({ workspaces: ["packages/*"] }),
  "tool.ts": 'import { sep } from "node:path"\nexport const tool = 1\n',
  ...member("api", {
    "index.ts": unused,
    "a.ts": "export const a = log(1)\nfunction log(n: number) {\n  return String(n)\n}\n",
  }),
  ...member("web", { "index.ts": 'import { sep } from "node:path"\nexport const log = (n: number) => n\n' }),
  ...member("docs", { "README.md": "# Docs\n" }),
}

async function shop(edits?: object) {
  const mock = await scripted((llm) => llm.onMessage(/.*/, { content: JSON.stringify(edits ?? {}), usage }))
  const server = await serverWith(edits ? { llm: { providers: { work: chat(mock.url) } } } : {})
  fill(server.project, files)
  const read = (path: string) => readFileSync(join(server.project, path), "utf8")
  return { ...server, mock, read }
}

test("what is unused goes in each member, in one change with a summary; what is no member's stays", async () => {
  const { duck, read } = await shop()
  const answer = await duck.run("refactor.remove-unused", { member: ["all"], apply: true }, asText)
  expect(answer.output.state).toBe("applied")
  expect(answer.output.members).toEqual([
    { name: "@x/api", path: "packages/api", files: 1, addedLines: 1, removedLines: 1, findings: 0 },
    { name: "@x/docs", path: "packages/docs", files: 0, addedLines: 0, removedLines: 0, findings: 0 },
    { name: "@x/web", path: "packages/web", files: 1, addedLines: 0, removedLines: 1, findings: 0 },
  ])
  expect(textOf(answer)).toMatch(/By member[\s\S]*@x\/docs +nothing/)
  expect(textOf(answer)).toContain("In 2 files of 3 files of JavaScript, TypeScript and Python.")
  expect(read("packages/api/index.ts")).not.toContain("sep")
  expect(read("tool.ts")).toContain("sep")
  await duck.run("checkpoint.undo", {})
  expect(read("packages/web/index.ts")).toContain("sep")
})

test("one member alone, by name or path; and nothing to do, no such member and a file beside it are refused", async () => {
  const { duck } = await shop()
  const dryRun = true
  const one = await duck.run("refactor.organise-imports", { member: ["packages/web"], dryRun })
  expect(one.output.proposal.files.map(({ path }) => path)).toEqual(["packages/web/index.ts"])
  expect(one.output.proposal.title).toBe("Organise the imports of @x/web")
  const nothing = duck.run("refactor.remove-unused", { member: ["@x/docs"], dryRun })
  await expect(nothing).rejects.toThrow("There is nothing to do in @x/docs")
  await expect(duck.run("refactor.remove-unused", { member: ["@x/webb"] })).rejects.toMatchObject({
    code: "MEMBER_NOT_FOUND",
    hint: expect.stringContaining("There are: @x/api, @x/docs, @x/web."),
  })
  await expect(duck.run("refactor.remove-unused", { file: "tool.ts", member: ["all"] })).rejects.toMatchObject({
    code: "INVALID_INPUT",
  })
  await expect(duck.run("refactor.remove-unused", {})).rejects.toThrow("Say which file")
})

test("a rewrite stays in its member, and a name is that of the member", async () => {
  const { duck } = await shop()
  const dryRun = true
  const wanted = { pattern: "sep", to: "delimiter", lang: "ts", member: ["@x/web", "@x/api"], dryRun }
  const rewritten = await duck.run("refactor.rewrite", wanted)
  expect(rewritten.output.members.map(({ files }) => files)).toEqual([1, 1])
  expect(rewritten.output.proposal.diff).not.toContain("tool.ts")
  await expect(duck.run("refactor.rewrite", { ...wanted, paths: ["tool.ts"] })).rejects.toThrow(
    "no file of typescript in tool.ts",
  )
  await expect(duck.run("refactor.rename", { target: "b", to: "c", member: ["@x/web"] })).rejects.toThrow(
    "Nothing in packages/web is called b",
  )
  const renamed = await duck.run("refactor.rename", { target: "log", to: "told", member: ["@x/web"], dryRun })
  expect(renamed.output.proposal.files.map(({ path }) => path)).toEqual(["packages/web/index.ts"])
})

const edits = (...paths: string[]) => ({
  ...{ title: "Tools", explanation: "Done." },
  files: paths.map((path) => ({
    ...{ path, action: "edit", content: null, to: null },
    edits: [{ find: 'import { sep } from "node:path"\n', replace: "" }],
  })),
})

test("a model that changes a file outside the member is told so, and what it keeps is not written", async () => {
  const { duck, mock, read } = await shop(edits("packages/web/index.ts", "tool.ts"))
  const wanted = { instruction: "no unused imports", member: ["@x/web"], apply: true }
  const answer = await duck.run("refactor", wanted, asText)
  expect(answer.output).toMatchObject({
    state: "open",
    held: expect.stringContaining("tool.ts lies outside packages/web"),
  })
  expect(answer.output.facts.repairs[0]).toContain("tool.ts lies outside packages/web")
  expect(answer.exitCode).toBe(1)
  expect(read("tool.ts")).toContain("sep")
  expect(JSON.stringify(mock.getRequests()[0])).toContain("Only files in these folders may change")
  await expect(duck.run("refactor", { ...wanted, file: ["tool.ts"] })).rejects.toThrow("tool.ts is not in @x/web")
  const { duck: other } = await shop(edits("packages/web/index.ts"))
  expect((await other.run("refactor", wanted)).output).toMatchObject({ state: "applied", members: [{ files: 1 }] })
})

test("without a model an exact refactoring in words is done in the member", async () => {
  const { duck } = await shop()
  const answer = await duck.run("refactor", { instruction: "organise the imports", member: ["@x/api"], dryRun: true })
  expect(answer.output.proposal.files.map(({ path }) => path)).toEqual(["packages/api/index.ts"])
  await expect(duck.run("refactor", { instruction: "organise the imports" })).rejects.toMatchObject({
    code: "NO_MODEL",
  })
})
