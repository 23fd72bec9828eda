import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { estimateTokens } from "../src/base/tokens.ts"
import { gatherer } from "../src/context/packing/gather.ts"
import { plainStyle } from "../src/context/prompts/family.ts"
import { openLibrary } from "../src/context/prompts/library.ts"
import { openPrompts } from "../src/context/prompts/open-prompts.ts"
import { projectSources } from "../src/context/sources/sources.ts"
import { describeMachine, printed, quantile, type Report } from "./machine.ts"
import { ruleCount, ruledProject } from "./rules/project.ts"

const rounds = 120
const ruleTokens = 6_000
const contextTokens = 24_000

/** A prompt from task to messages as an engine makes it: rules chosen, context gathered and packed, template filled. */
export async function run(): Promise<Report> {
  await using ruled = await ruledProject(ruleFile, (root) => {
    cpSync(join(import.meta.dirname, "..", "src"), join(root, "src"), { recursive: true })
    execFileSync("git", ["init", "-q", root])
    execFileSync("git", ["-C", root, "add", "."])
    const author = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    execFileSync("git", [...author, "-C", root, "commit", "-q", "-m", "all"])
  })
  const { project, rules, config } = ruled
  const { root, index, git } = project
  mkdirSync(join(config, "prompts", "bench"), { recursive: true })
  writeFileSync(join(config, "prompts", "bench", "it.md"), template)
  await rules.settled()
  const gather = gatherer(projectSources({ index, git }))
  const paths = index.files().filter((path) => path.endsWith(".ts") && !path.includes(".test."))

  const made: { ms: number; rules: number; gather: number; render: number; tokens: number }[] = []
  for (let n = 0; n < rounds; n++) {
    const path = paths[(n * 37) % paths.length] ?? ""
    const task = `${tasks[n % tasks.length]} in ${path}`
    const startedMs = performance.now()
    const held = rules.applicable({ path, task: `explain: ${task}`, budgetTokens: ruleTokens, user: "ada" }).rules
    const ruledMs = performance.now()
    const need = { task, engine: "explain", paths: [path], symbols: [], user: "ada" }
    const signal = new AbortController().signal
    const context = await gather(need, { budgetTokens: contextTokens, withinMs: 5_000, signal })
    const gatheredMs = performance.now()
    // Opened anew for each call, as commands do.
    const prompts = openPrompts({
      library: () => openLibrary({ config, root, isTrusted: () => false }),
      experiments: [{ name: "bench", prompt: "bench/it", variants: { base: 1 }, sample: 200 }],
      project: root,
      styleOf: async () => plainStyle,
      record: async () => {},
    })
    const filling = { variables: { task }, context, rules: held, model: "", user: "ada" }
    const { messages } = await prompts.render("bench/it", filling)
    const endedMs = performance.now()
    const text = messages.flatMap(({ parts }) => parts).map((part) => (part.kind === "text" ? part.text : ""))
    made.push({
      ms: endedMs - startedMs,
      rules: ruledMs - startedMs,
      gather: gatheredMs - ruledMs,
      render: endedMs - gatheredMs,
      tokens: estimateTokens(text.join("\n")),
    })
  }
  // The first ones meet a cold index.
  const warm = made.slice(20)
  const of = (key: "ms" | "rules" | "gather" | "render", q: number) =>
    quantile(
      warm.map((one) => one[key]),
      q,
    )
  const p95 = of("ms", 0.95)
  const meanTokens = warm.reduce((sum, { tokens }) => sum + tokens, 0) / warm.length
  return {
    title: `Prompt assembly with ${ruleCount.toLocaleString("en-US")} rules and a warm index of ${paths.length} files`,
    rows: [
      { what: "from task to messages, p50", value: ms(of("ms", 0.5)) },
      { what: "from task to messages, p95", value: ms(p95), goal: "< 100 ms", met: p95 < 100 },
      { what: "of that rules, p95", value: ms(of("rules", 0.95)) },
      { what: "of that gathering and packing, p95", value: ms(of("gather", 0.95)) },
      { what: "of that the template, p95", value: ms(of("render", 0.95)) },
      { what: "the first prompt of all", value: ms(made[0]?.ms ?? 0) },
      { what: "tokens of a prompt, mean", value: Math.round(meanTokens).toLocaleString("en-US") },
    ],
    notes: [
      `${warm.length} tasks about different files of this repository's sources, after 20 that warm it; context of at most ${contextTokens.toLocaleString("en-US")} tokens`,
    ],
  }
}

const ms = (value: number) => `${value.toFixed(1)} ms`
const tasks = ["Explain how errors are handled", "Add a retry", "Why is this slow", "Write a test for the edge cases"]

const template = `---
description: For the benchmark
version: 1.0.0
engine: explain
variables:
  task: { type: string }
---
@system
You explain code.

{{> data}}
{{> cite}}
{{rules}}
@user
{{context}}
{{task}}
`

const ruleFile = (n: number): string => {
  const conditions = [
    `globs: ['src/part-${n % 40}/**/*.{ts,tsx}']`,
    `languages: [${n % 2 === 0 ? "typescript" : "python"}]`,
    `tasks: [review part ${n % 50}]`,
    "globs: ['src/**/*.ts']",
  ]
  const words = Array.from({ length: 60 }, (_, at) => `word${(n * 7 + at * 13) % 500}`).join(" ")
  return `---\nid: rule-${n}\ntitle: Rule ${n}\nversion: 1.0.0\n${conditions[n % 4]}\n---\n\nRule ${n} says ${words}.\n`
}

if (import.meta.main) {
  console.log(describeMachine())
  console.log(printed(await run()))
}
