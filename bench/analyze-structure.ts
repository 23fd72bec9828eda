import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { examine } from "../src/code/analyzers/examine.ts"
import type { FileFacts } from "../src/code/analyzers/facts.ts"
import { defaultLimits } from "../src/code/analyzers/limits.ts"
import { cloneRows, limitRows } from "./analyze-structure/agreement.ts"
import { escomplexCases } from "./analyze-structure/escomplex-cases.ts"
import { eslintCases } from "./analyze-structure/eslint-cases.ts"
import { eslintMessages } from "./analyze-structure/eslint-measures.ts"
import { graphRows } from "./analyze-structure/graphs.ts"
import { judgedRow, percent } from "./analyze-structure/judged.ts"
import { madgeCases } from "./analyze-structure/madge-cases.ts"
import { unpacked } from "./analyze-structure/packed.ts"
import { installPeers, peers, runJscpd } from "./analyze-structure/peers.ts"
import { valueRows } from "./analyze-structure/values.ts"
import type { Report, Row } from "./machine.ts"

/** Packages whose published archives hold their tests. */
const others = ["eslint@0.1.0", "escomplex@1.3.0", "madge@8.0.0"] as const
/** Packages that ship sources in TypeScript; ESLint's own are JavaScript. */
const packages = ["zod", "ajv", "openai", "@anthropic-ai/sdk", "@secretlint/core", "@msgpack/msgpack"]

/**
 * The structural rules on annotated cases of others (tests that packages are published with), and their values and findings
 * beside ESLint's, sonarjs's and jscpd's on the same hand-written sources. Takes these from npm into `DUCK_BENCH_PEERS` and a
 * temporary folder. `DUCK_BENCH_SHOW=1` prints each function whose value nothing explains.
 */
export async function run(): Promise<Report> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "duck-bench-structure-")))
  try {
    unpacked(others, top)
    const [eslint, escomplex, madge] = others.map((name) => join(top, name)) as [string, string, string]
    const wrong: string[] = []
    const rows: Row[] = []
    for (const rule of Object.keys(rules)) rows.push(await ruleRow(rule, eslintCases(eslint, rule), wrong))
    rows.push(await complexityRow(escomplexCases(escomplex), wrong))
    const graphs = ["cjs", "es6", "es7", "jsx", "typescript"].flatMap((name) => madgeCases(madge, name))
    rows.push(...(await graphRows(join(madge, "test"), graphs, { work: top, wrong })))

    const tools = process.env.DUCK_BENCH_PEERS ?? join(top, "peers")
    await installPeers(tools)
    const root = join(top, "sources")
    const facts = await examined(root, tools)
    const { nesting, parameters } = defaultLimits
    const messages = await eslintMessages(root, tools, { nesting, parameters })
    rows.push(...valueRows(root, facts, messages), ...limitRows(facts, messages))
    const { clones } = await runJscpd(root, tools, join(top, "report"))
    const pathOf = (name: string) => [...facts.keys()].find((path) => name.endsWith(`/${path}`)) ?? name
    rows.push(...cloneRows(facts, clones, pathOf))
    return {
      title: "Structural rules: precision, recall, equal values",
      rows,
      notes: [
        `Cases: ${others.join(", ")}. Sources: ${packages.join(", ")}, and ESLint's lib; peers: ${peers.join(", ")}.`,
        "sonarjs 4 counts no sequence of || and no recursion, and miscounts around a function that is itself a branch of a conditional (the others); the published definition counts both. `try` is a level of nesting for ESLint only; in jscpd's copies at least 50 tokens that ours looks at have to stand: not of imports.",
        "Left out: rules with no annotated cases in a published archive (unused exports and definitions, smells but the empty catch, fan-out, test gaps), and madge's cases of AMD, Vue, Flow and aliases of bundlers.",
        ...wrong,
      ],
    }
  } finally {
    rmSync(top, { recursive: true, force: true })
  }
}

/** Whether ours says so of a file, by ESLint's rule; a limit of ESLint's test stands in for our default. */
const rules: Readonly<Record<string, (facts: FileFacts, limit: number | undefined) => boolean>> = {
  complexity: ({ functions }, limit = 11) => functions.some(({ cyclomatic }) => cyclomatic > limit),
  "max-depth": ({ functions }, limit = 4) => functions.some(({ nesting }) => nesting > limit),
  "max-params": ({ functions }, limit = 3) => functions.some(({ parameters }) => parameters > limit),
  "no-unreachable": ({ findings }) => findings.some(({ rule }) => rule === "dead-code/unreachable"),
  "no-empty": ({ findings }) => findings.some(({ rule }) => rule === "smell/empty-catch"),
}

async function ruleRow(rule: string, cases: ReturnType<typeof eslintCases>, wrong: string[]): Promise<Row> {
  // Other empty blocks than those of a catch are no finding of ours.
  const ours = cases.filter(({ code }) => rule !== "no-empty" || /\bcatch\b/.test(code))
  const judged = []
  for (const { code, limit, isBad } of ours) {
    const isFound = rules[rule]?.(await examine("case.js", code), limit) === true
    judged.push({ isBad, isFound })
    if (isFound !== isBad) wrong.push(`${isBad ? "missed" : "false"}, ${rule}: ${code}`)
  }
  return judgedRow(`ESLint's tests of ${rule}`, judged)
}

/** Of a module, whose own code counts there: it stands in a function here. */
async function complexityRow(cases: ReturnType<typeof escomplexCases>, wrong: string[]): Promise<Row> {
  let equal = 0
  for (const { code, expected } of cases) {
    const { functions } = await examine("case.js", `function module() {${code}\n}`)
    const own = functions.reduce((sum, { cyclomatic }) => sum + cyclomatic - 1, 1)
    if (own === expected) equal++
    else wrong.push(`escomplex says ${expected}, we ${own}: ${code}`)
  }
  return {
    what: "cyclomatic complexity in escomplex's tests",
    value: `${percent(equal, cases.length)} equal of ${cases.length}`,
  }
}

/** Copies the sources together and examines them. */
async function examined(root: string, tools: string): Promise<ReadonlyMap<string, FileFacts>> {
  const folders = [
    ...packages.map((name) => [name, join(import.meta.dirname, "../node_modules", name), "**/*.ts"] as const),
    ["eslint", join(tools, "node_modules/eslint/lib"), "**/*.js"] as const,
  ]
  const facts = new Map<string, FileFacts>()
  for (const [name, folder, glob] of folders) {
    for (const path of globSync(glob, { cwd: folder, exclude: (one) => basename(one) === "node_modules" }).sort()) {
      if (/\.d\.[cm]?ts$/.test(path)) continue
      const to = join(root, name, path)
      mkdirSync(dirname(to), { recursive: true })
      cpSync(join(folder, path), to)
      facts.set(join(name, path), await examine(join(name, path), readFileSync(to, "utf8")))
    }
  }
  return facts
}
