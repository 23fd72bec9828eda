import { execFileSync } from "node:child_process"
import { isProse } from "../../src/code/index/comments.ts"
import { languageOf } from "../../src/code/parse/languages.ts"
import { type GitCommit, openGit } from "../../src/workspace/git.ts"
import type { Case } from "./metrics.ts"

export interface CommitCases {
  /** The commit before the oldest case: its tree is searched, its history is known. */
  readonly base: string
  readonly cases: readonly Case[]
}

const maxFiles = 10

/** A file in a programming language: not prose, data or markup. */
export function isSource(path: string): boolean {
  const language = languageOf(path)
  return language !== undefined && !isProse(language.id)
}

/**
 * The last `count` commits that say something and change one to ten source files, as questions: the message asks, the
 * files that the base tree has already are the answer. Merges are left out, and so are messages of fewer than three words.
 */
export async function commitCases(repository: string, count: number): Promise<CommitCases> {
  const git = await openGit(repository)
  if (!git) throw new Error(`${repository} is not a git repository.`)
  const chosen: GitCommit[] = []
  let base = ""
  for await (const commit of git.log({ limit: count * 20 })) {
    // The last commit that was looked at, or the one after `count` were found, is where the base tree is.
    base = commit.parents[0] ?? ""
    if (base === "") break
    if (isCase(commit)) chosen.push(commit)
    if (chosen.length === count) break
  }
  const oldest = chosen.at(-1)
  if (!oldest?.parents[0]) return { base: "", cases: [] }
  base = oldest.parents[0]
  const inBase = new Set(
    execFileSync("git", ["-C", repository, "ls-tree", "-r", "--name-only", "-z", base], {
      encoding: "utf8",
      maxBuffer: 1 << 30,
    }).split("\0"),
  )
  const cases = chosen.map((commit) => ({
    query: `${commit.subject}\n${commit.body}`.trim(),
    relevant: new Set(changedSources(commit).filter((path) => inBase.has(path))),
  }))
  return { base, cases: cases.filter(({ relevant }) => relevant.size > 0) }
}

function isCase(commit: GitCommit): boolean {
  if (commit.parents.length !== 1 || commit.files.length > maxFiles * 3) return false
  const sources = changedSources(commit).length
  const words = `${commit.subject} ${commit.body}`.match(/\p{L}{2,}/gu) ?? []
  return sources >= 1 && sources <= maxFiles && words.length >= 3
}

const changedSources = (commit: GitCommit): string[] =>
  commit.files
    .filter(({ status }) => status === "M" || status === "D" || status === "R")
    .map((file) => file.oldPath ?? file.path)
    .filter(isSource)
