import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { availableParallelism, loadavg, tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { analyze } from "../src/code/analyzers/analyze.ts"
import { openFactCache } from "../src/code/analyzers/fact-cache.ts"
import { openIndex } from "../src/code/index/open-index.ts"
import { openIndexStore } from "../src/code/index/store.ts"
import { variantOf } from "../src/code/index/variant.ts"
import { parserProcess } from "../src/code/parse/parser-process.ts"
import { installPeers, peers, runJscpd, timedRun } from "./analyze-structure/peers.ts"
import { describeMachine, type Report } from "./machine.ts"

const packages = ["zod", "ajv", "@secretlint/core", "@msgpack/msgpack", "@anthropic-ai/sdk", "openai"]
const wantedLines = 100_000

/**
 * `duck analyze`'s analyzers over some 100,000 lines of TypeScript that packages ship, beside ESLint with
 * eslint-plugin-sonarjs and jscpd on the same files. Installs these from npm into `DUCK_BENCH_PEERS`, or into a
 * temporary folder.
 */
export async function run(): Promise<Report> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "duck-bench-analyze-")))
  try {
    const root = join(top, "project")
    const { files, lines } = corpus(root)
    const own = await measureOwn(root, top)
    const tools = process.env.DUCK_BENCH_PEERS ?? join(top, "peers")
    await installPeers(tools)
    const eslint = await measureEslint(root, tools)
    const jscpd = await runJscpd(root, tools, join(top, "report"))
    const sum = eslint.tookMs + jscpd.tookMs
    const against = (tookMs: number, goal: number) => ({
      value: `${seconds(tookMs)}, ${(tookMs / sum).toFixed(2)} x`,
      goal: `<= ${goal} x`,
      met: tookMs <= sum * goal,
    })
    return {
      title: `Analysis of ${files} files, ${lines} lines of TypeScript`,
      rows: [
        { what: "ESLint with sonarjs (recommended)", value: `${seconds(eslint.tookMs)}, ${eslint.found} findings` },
        { what: "jscpd", value: `${seconds(jscpd.tookMs)}, ${jscpd.clones.length} clones` },
        { what: "both, the peer", value: seconds(sum) },
        { what: "cold: indexing, every file, the whole", ...against(own.indexMs + own.coldMs, 1) },
        { what: "index warm, every file looked at", ...against(own.coldMs, 0.5) },
        { what: "all warm, nothing changed", ...against(own.warmMs, 0.5) },
        { what: "all warm, one file changed", ...against(own.changedMs, 0.5) },
        { what: "indexing alone", value: seconds(own.indexMs) },
        { what: "findings of ours", value: [...own.found].map(([area, count]) => `${area} ${count}`).join(", ") },
      ],
      notes: [
        "jscpd 5 is a program in Rust whose binaries are packages of their own, not in every registry; 4 is measured, the last in JavaScript.",
        `Sources of ${packages.join(", ")}; copies until the lines are enough, each with names of its own.`,
        `${peers.join(", ")}, each as a process of its own, its start included; ours includes that of its parsers.`,
        `Load at the end ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores.`,
      ],
    }
  } finally {
    rmSync(top, { recursive: true, force: true })
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`

/** Without the line that says that a program wrote it: ours would leave out some work that the others do. */
const written = (text: string) => text.replace(/^\/\/ File generated .*\n/, "")

/** Copies the packages' sources, and again with other names, until there are enough lines. */
function corpus(root: string): { files: number; lines: number } {
  const sources = packages.flatMap((name) => {
    const folder = join(import.meta.dirname, "../node_modules", name)
    return globSync("**/*.ts", { cwd: folder, exclude: (path) => basename(path) === "node_modules" })
      .filter((path) => !/\.d\.[cm]?ts$/.test(path))
      .map((path) => ({ path: join(name, path), text: written(readFileSync(join(folder, path), "utf8")) }))
  })
  let files = 0
  let lines = 0
  for (let copy = 0; lines < wantedLines && sources.length > 0; copy++) {
    for (const { path, text } of sources) {
      if (lines >= wantedLines) break
      const to = join(root, `part${copy}`, path)
      mkdirSync(dirname(to), { recursive: true })
      writeFileSync(to, copy === 0 ? text : text.replace(/\b([a-z][a-zA-Z]{7,})\b/g, `$1${copy}`))
      files++
      lines += text.split("\n").length
    }
  }
  return { files, lines }
}

async function measureOwn(root: string, top: string) {
  const store = openIndexStore(join(top, "index.db"))
  const cache = openFactCache(join(top, "facts.db"))
  const pool = parserProcess()
  const analyser = {
    variantOf,
    width: pool.width,
    analyse: (path: string, bytes: Uint8Array<ArrayBuffer>) => pool.analyse({ path, bytes }),
  }
  const index = openIndex({ root, store, analyser, git: null })
  const timed = async (work: () => Promise<unknown>) => {
    const begunMs = performance.now()
    await work()
    return performance.now() - begunMs
  }
  let found = new Map<string, number>()
  const all = async () => {
    found = new Map()
    for await (const { rule } of analyze({ index, cache })) {
      const area = rule.slice(0, rule.indexOf("/"))
      found.set(area, (found.get(area) ?? 0) + 1)
    }
  }
  try {
    const indexMs = await timed(() => index.update())
    const coldMs = await timed(all)
    await index.settled()
    const warmMs = await timed(all)
    const [changed = ""] = index.files()
    writeFileSync(join(root, changed), `${await index.text(changed)}\nexport const added = 1\n`)
    const changedMs = await timed(async () => {
      await index.update({ paths: [changed] })
      await all()
    })
    return { indexMs, coldMs, warmMs, changedMs, found }
  } finally {
    await index.close()
    await pool.close()
    cache.close()
    store.close()
  }
}

async function measureEslint(root: string, tools: string) {
  const config = `import sonarjs from "eslint-plugin-sonarjs"
import parser from "@typescript-eslint/parser"
export default [{ files: ["**/*.ts"], ...sonarjs.configs.recommended, languageOptions: { parser }, linterOptions: { noInlineConfig: true } }]
`
  // ESLint only looks at files below its configuration.
  const work = join(tools, "project")
  rmSync(work, { recursive: true, force: true })
  cpSync(root, work, { recursive: true })
  writeFileSync(join(tools, "eslint.config.mjs"), config)
  const args = [join(tools, "node_modules/eslint/bin/eslint.js"), "--format", "json", "project"]
  const { tookMs, stdout } = await timedRun(args, tools)
  rmSync(work, { recursive: true, force: true })
  const results = JSON.parse(stdout) as readonly { messages: readonly unknown[] }[]
  return { tookMs, found: results.reduce((sum, { messages }) => sum + messages.length, 0) }
}

if (import.meta.main) console.log(describeMachine(), JSON.stringify(await run(), null, 2))
