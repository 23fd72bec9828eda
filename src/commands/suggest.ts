import { z } from "zod"
import { withTimeout } from "../base/signal.ts"
import type { Project } from "../code/project.ts"
import { offeredCommands } from "./chat/offered.ts"
import { defineCommand } from "./command.ts"
import type { CommandContext } from "./context.ts"
import { literal } from "./document.ts"

/** Somebody has pressed a key: what git has not said by then is left out. */
const mostGitMs = 400

export const suggest = defineCommand({
  name: "suggest",
  summary: "Suggest commands, files and symbols for what is typed",
  description:
    "Editors and `duck chat` complete with it. What begins so comes first, then what has it inside. Commands are suggested " +
    "for what begins with a slash, and for nothing at all: by their names, by what is so now (changed files, no model, an " +
    "index under way, the last command) and by what was used often and lately.",
  examples: [
    { line: "duck suggest src/co", says: "paths and names" },
    { line: "duck suggest /checkpoint", says: "commands" },
    { line: 'duck suggest --recent "/checkpoint list"', says: "what may come next" },
  ],
  input: z.object({
    text: z.string().max(500).default("").describe("What is typed so far"),
    limit: z.int().min(1).max(200).default(20).describe("Most of each kind"),
    recent: z.array(z.string().max(500)).max(200).default([]).describe("Lines that were typed, the latest first"),
  }),
  output: z.object({
    files: z.array(z.string()),
    symbols: z.array(z.object({ name: z.string(), path: z.string(), line: z.int() })),
    /** `line`: as it is typed after `duck` or a slash. `why`: what speaks for it now; "" where only its name does. */
    commands: z.array(z.object({ line: z.string(), summary: z.string(), why: z.string() })),
  }),
  positionals: ["text"],
  shorts: { limit: "n" },
  permission: "read",
  async run({ text, limit, recent }, context) {
    // Whatever is indexed by now: who types does not wait for the rest.
    const project = await context.project()
    if (text === "" || text.startsWith("/")) {
      const commands = await likelyCommands(text.slice(1), limit, recent, project, context)
      if (text !== "") return { files: [], symbols: [], commands }
      return { files: filesFor(text, project, limit), symbols: [], commands }
    }
    const files = filesFor(text, project, limit)
    if (!/^[\p{L}_$][\p{L}\p{N}_$.]*$/u.test(text)) return { files, symbols: [], commands: [] }
    const { hits } = await project.index.search({ text, mode: "symbol", limit }, context.signal)
    const symbols = hits.map(({ name, path, startLine }) => ({ name, path, line: startLine }))
    return { files, symbols, commands: [] }
  },
  present: ({ files, symbols, commands }) => [
    ...(files.length + symbols.length + commands.length === 0
      ? [{ kind: "paragraph", text: "Nothing here fits that." } as const]
      : []),
    ...(commands.length === 0
      ? []
      : [
          {
            kind: "table",
            columns: [{ title: "command" }, { title: "" }, { title: "" }],
            rows: commands.map(({ line, summary, why }) => [literal(line), summary, literal(why)]),
          } as const,
        ]),
    { kind: "list", items: files.map(literal) },
    { kind: "list", items: symbols.map(({ name, path, line }) => literal(`${name} ${path}:${line}`)) },
  ],
})

function filesFor(text: string, { index }: Project, limit: number): string[] {
  const wanted = text.toLowerCase()
  const rankOf = (path: string) => {
    const low = path.toLowerCase()
    if (low.startsWith(wanted)) return 0
    if (low.slice(low.lastIndexOf("/") + 1).startsWith(wanted)) return 1
    return low.includes(wanted) ? 2 : 3
  }
  const ranked = index.files().flatMap((path) => {
    const rank = rankOf(path)
    return rank < 3 ? [{ path, rank }] : []
  })
  ranked.sort((a, b) => a.rank - b.rank)
  return ranked.slice(0, limit).map(({ path }) => path)
}

async function likelyCommands(
  text: string,
  limit: number,
  recent: readonly string[],
  { git, progress }: Project,
  { signal, host }: CommandContext,
) {
  const { rankCommands } = await import("../assistant/intent/rank.ts")
  const offered = await offeredCommands()
  const changed = await changedIn(git, signal)
  const used = recent.flatMap((line) => {
    const [, first = "", second = ""] = /^(?:\/|duck\s+)(\S+)(?:\s+(\S+))?/.exec(line) ?? []
    const found = [`${first}.${second}`, first, `session.${first}`].find((name) =>
      offered.some((one) => one.name === name),
    )
    return found === undefined ? [] : [found]
  })
  const situation = { ...changed, hasModel: host.models.hasModel(), isIndexing: progress !== null, used }
  return rankCommands(text, offered, situation, limit).map(({ words, summary, why }) => ({
    line: words.join(" "),
    summary,
    why,
  }))
}

async function changedIn(git: Project["git"], outer: AbortSignal) {
  if (git === null) return { changedFiles: null, conflicts: 0 }
  try {
    const { files } = await withTimeout("git", mostGitMs, outer, (signal) => git.status({ signal }))
    return { changedFiles: files.length, conflicts: files.filter(({ status }) => status === "U").length }
  } catch (error) {
    if (outer.aborted) throw error
    // It takes too long, or the repository is damaged: suggestions do without.
    return { changedFiles: null, conflicts: 0 }
  }
}
