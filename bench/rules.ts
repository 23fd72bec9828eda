import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { matchesGlob } from "node:path/posix"
import { parse } from "yaml"
import { below, seededRandom } from "../src/base/random.ts"
import { describeMachine, printed, quantile, type Report } from "./machine.ts"
import { ruleCount, ruledProject } from "./rules/project.ts"

const hotQuestions = 100_000
const freshQuestions = 2_000
const reloads = 60

/** Rules that hold for a file, of a thousand: asked again, asked anew, asked first; and one changed file read again. */
export async function run(): Promise<Report> {
  await using ruled = await ruledProject(
    (n) => ruleFile(n, 0),
    (root) => mkdirSync(join(root, ".git")),
  )
  const { project, rules, loadMs, ruleFolder } = ruled
  const ask = (path: string) => {
    const begunMs = performance.now()
    const { rules: found } = rules.applicable({ user: "ada", path, task: "add a retry to the client" })
    return { tookMs: performance.now() - begunMs, found: found.length }
  }
  const first = ask("src/part-0/first.ts")
  await rules.settled()
  const random = seededRandom(5)
  const fresh = Array.from({ length: freshQuestions }, (_, n) => ask(pathOf(below(random, 40), n)).tookMs)
  const known = Array.from({ length: 200 }, (_, n) => pathOf(n % 40, n))
  for (const path of known) ask(path)
  const hot = Array.from({ length: hotQuestions }, () => ask(known[below(random, known.length)] ?? "").tookMs)
  const reloaded: number[] = []
  for (let n = 0; n < reloads; n++) {
    const name = `rule-${below(random, ruleCount)}.md`
    writeFileSync(join(ruleFolder, name), ruleFile(Number(/\d+/.exec(name)?.[0]), n + 1))
    const begunMs = performance.now()
    const taken = Promise.withResolvers<number>()
    // The index goes on with what it does after a change; the rule holds from here on.
    const stop = rules.subscribe(() => {
      ask("src/part-0/first.ts")
      taken.resolve(performance.now() - begunMs)
    })
    await project.index.update({ paths: [`.ai-rules/00-global/${name}`] })
    reloaded.push(await taken.promise)
    stop()
    await rules.settled()
  }
  const peer = Array.from({ length: 3 }, () => naive(ruleFolder, "src/part-0/first.ts"))
  const hotP99 = quantile(hot, 0.99)
  const reloadP95 = quantile(reloaded, 0.95)
  const peerMs = quantile(
    peer.map(({ tookMs }) => tookMs),
    0.5,
  )
  return {
    title: `Rules that hold for a file, of ${ruleCount.toLocaleString("en-US")}`,
    rows: [
      { what: "asked again, p50", value: ms(quantile(hot, 0.5)) },
      { what: "asked again, p99", value: ms(hotP99), goal: "< 1 ms", met: hotP99 < 1 },
      { what: "another file each time, p50", value: ms(quantile(fresh, 0.5)) },
      { what: "another file each time, p99", value: ms(quantile(fresh, 0.99)) },
      { what: "the first question of all", value: ms(first.tookMs), goal: "< 10 ms", met: first.tookMs < 10 },
      {
        what: "one changed file, indexed, read and in force, p95",
        value: ms(reloadP95),
        goal: "< 50 ms",
        met: reloadP95 < 50,
      },
      { what: "all files read and put in order", value: ms(loadMs) },
      { what: "rules that hold / without memory", value: `${first.found} / ${peer[0]?.found}` },
      { what: "peer: files read and matched for each question", value: ms(peerMs) },
      { what: "peer / asked again, p99", value: `${Math.round(peerMs / hotP99)} x` },
    ],
    notes: [
      `${hotQuestions.toLocaleString("en-US")} questions about 200 files; ${freshQuestions} about files never asked for before`,
    ],
  }
}

const ms = (value: number) => `${value < 1 ? value.toFixed(4) : value.toFixed(1)} ms`
const pathOf = (part: number, n: number) => `src/part-${part}/module-${n}.${n % 3 === 0 ? "py" : "ts"}`

/** A mix of what projects have: rules for all, for folders, for languages and for tasks. */
function ruleFile(n: number, edition: number): string {
  const conditions = [
    `globs: ['src/part-${n % 40}/**/*.{ts,tsx}', '!**/*.gen.ts']`,
    `languages: [${n % 2 === 0 ? "typescript" : "python"}]\ntags: [tag-${n % 9}]`,
    `tasks: [review part ${n % 50}]`,
    n % 100 === 3 ? `priority: ${n % 7}` : `globs: ['*.part${n}.sql']`,
  ]
  const words = Array.from({ length: 60 }, (_, at) => `word${(n * 7 + at * 13) % 500}`).join(" ")
  return `---\nid: rule-${n}\ntitle: Rule ${n}\nversion: 1.${edition}.0\n${conditions[n % 4]}\n---\n\nRule ${n} says ${words}.\n`
}

/** What has no memory does for each question: reads every file, parses it, and tries its globs. */
function naive(folder: string, path: string): { tookMs: number; found: number } {
  const begunMs = performance.now()
  const found = readdirSync(folder).filter((name) => {
    const text = readFileSync(join(folder, name), "utf8")
    const { globs = [], languages = [], tasks = [] } = parse(text.split("---")[1] ?? "") ?? {}
    const fits = (glob: string) => matchesGlob(path, glob)
    const isIn = globs.length === 0 || globs.some((glob: string) => !glob.startsWith("!") && fits(glob))
    return isIn && (languages.length === 0 || languages.includes("typescript")) && tasks.length === 0
  })
  return { tookMs: performance.now() - begunMs, found: found.length }
}

if (import.meta.main) {
  console.log(describeMachine())
  console.log(printed(await run()))
}
