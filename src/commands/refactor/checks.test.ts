import { mkdirSync, readFileSync, realpathSync, symlinkSync, truncateSync } from "node:fs"
import { join, resolve } from "node:path"
import { expect, test } from "vitest"
import { fill } from "../../workspace/tree.testing.ts"
import { asText, chat, scripted, serverWith, textOf, usage } from "../llm/llm.testing.ts"

const tsconfig = JSON.stringify({
  compilerOptions: { strict: true, noEmit: true, types: [], allowImportingTsExtensions: true, module: "nodenext" },
})
const shop = {
  ".gitignore": "node_modules\n",
  "tsconfig.json": tsconfig,
  "src/money.ts": "export function round(amount: number): number {\n  return Math.round(amount)\n}\n",
  "src/price.ts":
    'import { round } from "./money.ts"\nexport const gross = (net: number): number => round(net * 1.19)\n',
  "src/old.ts": 'import { round } from "./money.ts"\nexport const old: string = round("1")\n',
}
const timeout = 60_000

/** A server with a project that TypeScript's own checker is installed for. */
async function typedShop(files: Readonly<Record<string, string>> = shop, answers: readonly object[] = []) {
  const mock = await scripted((llm) => {
    for (const [n, answer] of answers.entries())
      llm.on({ sequenceIndex: n }, { content: JSON.stringify(answer), usage })
  })
  const server = await serverWith(answers.length > 0 ? { llm: { providers: { work: chat(mock.url) } } } : {})
  fill(server.project, files)
  symlinkSync(realpathSync(resolve("node_modules")), join(server.project, "node_modules"))
  const read = (path: string) => readFileSync(join(server.project, path), "utf8")
  return { ...server, read }
}

test("an exact change that brings a type error is shown with it, and not written unasked", { timeout }, async () => {
  const { duck, read } = await typedShop()
  const wanted = { pattern: "Math.round($A)", to: "String($A)", lang: "ts" }
  const answer = await duck.run("refactor.rewrite", { ...wanted, apply: true }, asText)
  expect(answer.output.checks).toEqual([{ tool: "tsc", folder: "", problem: null }])
  expect(answer.output.proposal.findings).toMatchObject([
    { rule: "tsc/TS2322", severity: "error", path: "src/money.ts", startLine: 2 },
  ])
  expect(answer.output).toMatchObject({ state: "open", held: expect.stringContaining("not assignable") })
  expect(answer.exitCode).toBe(1)
  expect(read("src/money.ts")).toContain("Math.round")
  await duck.run("proposals.apply", {})
  expect(read("src/money.ts")).toContain("String(amount)")
})

test("errors that were there before are nobody's fault, also where a rename changes their words", {
  timeout,
}, async () => {
  const { duck, read } = await typedShop({
    ...shop,
    "src/lost.ts": 'import { round } from "./money.ts"\nround.lost()\n',
  })
  const answer = await duck.run("refactor.rename", { target: "round", to: "toCents", noServer: true, apply: true })
  expect(answer.output).toMatchObject({ state: "applied", proposal: { findings: [] } })
  expect(answer.output.checks).toMatchObject([{ problem: null }])
  expect(read("src/lost.ts")).toContain("toCents.lost()")
})

test("a change across members is checked in copies that see each other; members that it can't reach are not checked", {
  timeout,
}, async () => {
  const member = (name: string) => ({
    [`packages/${name}/package.json`]: JSON.stringify({ name: `@x/${name}`, type: "module", exports: "./index.ts" }),
    [`packages/${name}/tsconfig.json`]: tsconfig,
  })
  const { duck, project } = await typedShop({
    ".gitignore": "node_modules\n",
    "package.json": JSON.stringify({ workspaces: ["packages/*"] }),
    ...member("money"),
    "packages/money/index.ts": shop["src/money.ts"],
    ...member("shop"),
    "packages/shop/index.ts": 'import { round } from "@x/money"\nexport const price: number = round(1)\n',
    ...member("far"),
    "packages/far/index.ts": "export const far = 1\n",
  })
  mkdirSync(join(project, "packages/shop/node_modules/@x"), { recursive: true })
  symlinkSync("../../../money", join(project, "packages/shop/node_modules/@x/money"))
  const answer = await duck.run("refactor.rename", { target: "round", to: "toCents", noServer: true, dryRun: true })
  expect(answer.output.proposal.files.map(({ path }) => path).sort()).toEqual([
    "packages/money/index.ts",
    "packages/shop/index.ts",
  ])
  expect(answer.output.proposal.findings).toEqual([])
  expect(answer.output.checks?.map(({ folder, problem }) => [folder, problem])).toEqual([
    ["packages/money", null],
    ["packages/shop", null],
  ])
})

test("a model's draft with a type error goes back to it", { timeout }, async () => {
  const edit = (replace: string) => ({
    ...{ title: "Cents", explanation: "In cents." },
    files: [
      {
        ...{ path: "src/money.ts", action: "edit", content: null, to: null },
        edits: [{ find: "return Math.round(amount)", replace }],
      },
    ],
  })
  const answers = [edit('return "1"'), edit("return Math.trunc(amount)")]
  const { duck, read } = await typedShop(shop, answers)
  const answer = await duck.run("refactor", { instruction: "cents", file: ["src/money.ts"], apply: true })
  expect(answer.output.facts.repairs).toEqual([expect.stringContaining("src/money.ts:2")])
  expect(answer.output).toMatchObject({ state: "applied", checks: [{ tool: "tsc", problem: null }] })
  expect(read("src/money.ts")).toContain("Math.trunc")
})

test("a project that is too large to be copied is refactored all the same, and the answer says what was not done", {
  timeout,
}, async () => {
  const { duck, project } = await typedShop({ ...shop, "assets/film.bin": "\0" })
  truncateSync(join(project, "assets/film.bin"), 1_000_000_001)
  const answer = await duck.run(
    "refactor.rename",
    { target: "round", to: "toCents", noServer: true, apply: true },
    asText,
  )
  expect(answer.output).toMatchObject({ state: "applied", checks: [{ tool: "tsc" }] })
  expect(textOf(answer)).toContain(
    "tsc could not look at it: Changes are tried in a copy, and the project has more than 1 GB of files that aren't ignored.",
  )
})
