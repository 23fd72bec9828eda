import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { below, seededRandom } from "../src/base/random.ts"
import type { CodeIndex } from "../src/code/code-index.ts"
import { openProjects } from "../src/code/projects.ts"
import { isKeyword, tokensOf } from "../src/code/tokens.ts"
import { openCompleter } from "../src/engines/complete/completer.ts"
import { cursorIn } from "../src/engines/complete/cursor.ts"
import { neighbourhood } from "../src/engines/complete/neighbourhood.ts"
import { printed, quantile, type Report } from "./machine.ts"

/** A library of another author that ships its sources: `openai`, some 50,000 lines. */
const library = "node_modules/openai/src"
const positions = 1_500
/** Letters that are typed before one is asked, for the second measure. */
const typedLetters = 2

interface Case {
  readonly path: string
  readonly text: string
  /** Where the name begins that really stands there. */
  readonly offset: number
  readonly name: string
  readonly isMember: boolean
}

/**
 * Completion without a model at real places of a real repository: everything from the place to the end of its line is taken
 * away, the rest of the file stays, and the file's own habits in the index do not count.
 */
export async function run(): Promise<Report> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "duck-bench-complete-")))
  try {
    const root = join(top, "project")
    mkdirSync(join(root, ".git"), { recursive: true })
    cpSync(join(import.meta.dirname, "..", library), join(root, "src"), { recursive: true })
    const projects = openProjects({ dataFolder: join(top, "data"), watches: false, home: top })
    const project = await projects.open(root)
    await project.ready()
    const { index } = project
    const completer = openCompleter(index)
    const learnedMs = await timed(() => completer.learn("typescript"))
    const cases = await casesOf(index)
    for (const one of cases.slice(0, 50)) await complete(one, 0)
    const bare = await measure(cases, 0)
    const typed = await measure(
      cases.filter(({ name }) => name.length > typedLetters),
      typedLetters,
    )
    const lexicon = await completer.learn("typescript")
    const assembly: number[] = []
    for (const { path, text, offset } of cases.slice(0, 300)) {
      const cursor = cursorIn({ path, text, offset })
      assembly.push(await timed(() => neighbourhood(cursor, { index, lexicon, budgetTokens: 1_500, open: [] })))
    }
    const { files, lines } = index.stats()
    await projects.close()
    const all = [...bare.tookMs, ...typed.tookMs]
    const p95 = quantile(all, 0.95)
    const assemblyP95 = quantile(assembly, 0.95)
    return {
      title: "Completion without a model",
      rows: [
        { what: "warm, p50", value: ms(quantile(all, 0.5)) },
        { what: "warm, p95", value: ms(p95), goal: "< 30 ms", met: p95 < 30 },
        { what: "context for a model, p95", value: ms(assemblyP95), goal: "< 30 ms", met: assemblyP95 < 30 },
        { what: "learning the project, once", value: ms(learnedMs) },
        ...bare.rows("nothing typed"),
        ...typed.rows(`${typedLetters} letters typed`),
      ],
      notes: [
        `${cases.length} names in ${library}: ${files} files, ${lines.toLocaleString("en-US")} lines; seed 7`,
        "peer: the names of the file, the latest first, as editors do without a language server",
      ],
    }

    async function complete({ path, text, offset, name }: Case, letters: number) {
      const at = offset + letters
      const buffer = text.slice(0, offset) + name.slice(0, letters) + text.slice(offset)
      return completer.suggest({ path, text: buffer, offset: at }, { most: 20 })
    }

    async function measure(some: readonly Case[], letters: number) {
      const tookMs: number[] = []
      const ranks: number[] = []
      const memberRanks: number[] = []
      const peers: number[] = []
      for (const one of some) {
        const begunMs = performance.now()
        const found = await complete(one, letters)
        tookMs.push(performance.now() - begunMs)
        const names = found.filter(({ kind }) => kind !== "idiom").map(({ text }) => text)
        const rank = names.indexOf(one.name)
        ranks.push(rank)
        if (one.isMember) memberRanks.push(rank)
        peers.push(recentNames(one, letters).indexOf(one.name))
      }
      const share = (list: readonly number[], most: number) =>
        `${((100 * list.filter((rank) => rank >= 0 && rank < most).length) / list.length).toFixed(1)} %`
      const rows = (what: string) => [
        { what: `${what}: first / among five`, value: `${share(ranks, 1)} / ${share(ranks, 5)}` },
        { what: `${what}, members: first / among five`, value: `${share(memberRanks, 1)} / ${share(memberRanks, 5)}` },
        { what: `${what}, peer: first / among five`, value: `${share(peers, 1)} / ${share(peers, 5)}` },
      ]
      return { tookMs, rows }
    }
  } finally {
    rmSync(top, { recursive: true, force: true })
  }
}

/** Names at random places of random files, each with its line cut off behind it. */
async function casesOf(index: CodeIndex): Promise<Case[]> {
  const random = seededRandom(7)
  const paths = index.files("src/").filter((path) => path.endsWith(".ts"))
  const cases: Case[] = []
  while (cases.length < positions) {
    const path = paths[below(random, paths.length)] ?? ""
    const whole = (await index.text(path)) ?? ""
    const tokens = [...tokensOf(whole, "typescript")].filter(({ kind }) => kind !== "comment")
    const at = below(random, Math.max(1, tokens.length))
    const token = tokens[at]
    if (token?.kind !== "name" || isKeyword(token.text)) continue
    const lineEnds = whole.indexOf("\n", token.start)
    cases.push({
      path,
      text: whole.slice(0, token.start) + (lineEnds < 0 ? "" : whole.slice(lineEnds)),
      offset: token.start,
      name: token.text,
      isMember: /^(?:\.|\?\.)$/.test(tokens[at - 1]?.text ?? ""),
    })
  }
  return cases
}

/** What an editor offers that knows no language: the words of the file, the latest first. */
function recentNames({ text, offset, name }: Case, letters: number): string[] {
  const typed = name.slice(0, letters)
  const words = text.slice(0, offset).match(/[\p{L}_$][\p{L}\p{N}_$]*/gu) ?? []
  return [...new Set(words.reverse())].filter((word) => word.startsWith(typed) && word !== typed)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begunMs = performance.now()
  await work()
  return performance.now() - begunMs
}

const ms = (value: number) => `${value.toFixed(1)} ms`

if (import.meta.main) console.log(printed(await run()))
