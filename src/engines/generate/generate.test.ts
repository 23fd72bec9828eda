import { existsSync, symlinkSync } from "node:fs"
import { join, resolve } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { indexOf, shop } from "../../code/project.testing.ts"
import { openProcesses } from "../../workspace/processes/processes.ts"
import { treeWith } from "../../workspace/tree.testing.ts"
import { openWorkspace } from "../../workspace/workspace.ts"
import { bareTools } from "../pipeline/pipeline.testing.ts"
import { runEngine } from "../pipeline/run-engine.ts"
import { openTrial } from "../proposal/trial.ts"
import type { WrittenEdits } from "../proposal/written-edits.ts"
import { exampleFor, generateEngine, understood } from "./generate.ts"

const create = (path: string, content: string) => ({
  ...{ path, content, action: "create" as const },
  ...{ edits: null, to: null },
})
const says = (...files: WrittenEdits["files"]) => JSON.stringify({ title: "t", explanation: "e", files })

async function shopWith(answers: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const root = treeWith({ "package.json": '{"dependencies":{"zod":"4"}}', ...shop, ...more })
  const workspace = await openWorkspace({ root, audit: () => {} })
  const bare = bareTools(answers, { workspace, index: await indexOf(root), root })
  const make = async (check: Parameters<typeof generateEngine>[0] = async function* () {}) => {
    const wish = { description: "a module for vouchers", under: "", ...understood("a module for vouchers") }
    const task = { ...wish, example: await exampleFor(wish, bare.tools) }
    return runEngine(generateEngine(check), task, bare.tools)
  }
  return { root, workspace, make, ...bare }
}

test("the model hears the conventions and the nearest file, and its edits become changes", async () => {
  const { make, words, root } = await shopWith([says(create("src/voucher.ts", "export const voucher = 1\n"))])
  const { result, findings, madeBy } = await make()
  expect(madeBy).toBe("model")
  expect(result.changes).toEqual([{ kind: "create", path: "src/voucher.ts", after: "export const voucher = 1\n" }])
  expect(findings).toEqual([])
  expect(existsSync(join(root, "src/voucher.ts"))).toBe(false)
  expect(words()[0]?.[0]).toContain("names of tests: <name>.test.ts (100 % of 1 file")
  expect(words()[0]?.[0]).toMatch(/"like":"src\/(price|money|basket)\.ts"/)
})

test("bad syntax, imports that lead nowhere, secrets and places outside go back; a missing package is said", async () => {
  const secret = ["ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"].join("")
  const { make } = await shopWith([
    says(create("../out.ts", "export const a = 1\n")),
    says(
      create("src/a.ts", 'import { b } from "./nowhere.ts"\nexport const a = b\n'),
      create("src/broken.ts", "export const = {{\n"),
      create("src/key.ts", `export const key = "${secret}"\n`),
    ),
    says(create("src/a.ts", 'import { z } from "zod"\nimport pad from "left-pad"\nexport const a = pad(z)\n')),
  ])
  const { findings, repairs } = await make()
  expect(repairs[0]).toContain("../out.ts")
  expect(repairs[1]).toContain("src/a.ts:1: ./nowhere.ts leads to no file")
  expect(repairs[1]).toContain("src/broken.ts:1: It is no valid syntax")
  expect(repairs[1]).toContain("src/key.ts:1: A secret would be written")
  expect(findings).toMatchObject(
    [{ rule: "generate/package", severity: "warning", path: "src/a.ts", startLine: 2, message: /left-pad/ }].map(
      (one) => ({ ...one, message: expect.stringMatching(one.message) }),
    ),
  )
})

test("what does not compile goes back to the model; what did not compile before is nobody's fault", async () => {
  const wrong = 'import { round } from "./money.ts"\nexport const voucher: string = round(1)\n'
  const right = wrong.replace("string", "number")
  const { make, workspace, root, tools } = await shopWith(
    [says(create("src/voucher.ts", wrong)), says(create("src/voucher.ts", right))],
    {
      "tsconfig.json": JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          types: [],
          allowImportingTsExtensions: true,
          module: "preserve",
        },
        exclude: ["src/price.test.ts"],
      }),
      "src/old.ts": "export const old: string = 1\n",
      ".gitignore": "node_modules\n",
    },
  )
  symlinkSync(resolve("node_modules"), join(root, "node_modules"))
  const around = treeWith({ "home/x": "" })
  const ran: (string | undefined)[] = []
  const open = async (folder: string, homeReadable: readonly string[]) => {
    const processes = await openProcesses({
      root: folder,
      policy: { hidden: [], homeReadable },
      outputFolder: join(around, "runs"),
      recordFolder: join(around, "running"),
      audit: () => {},
      env: { PATH: "/usr/bin:/bin", HOME: join(around, "home") },
    })
    onTestFinished(() => processes.close())
    return processes
  }
  const { index } = tools
  const { signal } = new AbortController()
  const trial = openTrial({ root, workspace, index, processesAt: open, path: "/usr/bin:/bin", signal })
  onTestFinished(() => trial.close())
  const { repairs, findings, result } = await make(async function* (changes) {
    const tried = await trial.types(changes)
    for (const { tool, problem } of tried.runs) ran.push(problem ?? tool)
    yield* tried.findings
  })
  expect(ran).toEqual(["tsc", "tsc"])
  expect(repairs).toEqual([expect.stringContaining("src/voucher.ts:2")])
  expect(repairs[0]).not.toContain("src/old.ts")
  expect(findings).toEqual([])
  expect(result.changes).toMatchObject([{ after: right }])
})

test("without a model a description becomes a scaffold", async () => {
  const { make } = await shopWith([])
  const { madeBy, result } = await make()
  expect(madeBy).toBe("index")
  expect(result.title).toBe("Scaffold of the module vouchers")
  expect(result.changes[0]).toMatchObject({ kind: "create", path: "src/vouchers.ts" })
})
