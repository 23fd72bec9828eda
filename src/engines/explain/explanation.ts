import { z } from "zod"
import type { CodeIndex } from "../../code/code-index.ts"
import { CommitNote, Connection, FreshnessNote, Passage } from "../ask/answer.ts"
import { freshnessNote } from "../ask/ask.ts"
import { Review } from "../review/review.ts"

export const OutlineEntry = z.object({
  /** With the names around it: `Log.append`. */
  name: z.string(),
  kind: z.string(),
  startLine: z.int(),
  endLine: z.int(),
  signature: z.string(),
  /** First sentence of its doc comment. */
  says: z.string(),
  /** How many definitions stand around it. */
  depth: z.int(),
})
export type OutlineEntry = z.infer<typeof OutlineEntry>

const Spot = z.object({ path: z.string(), line: z.int() })

export const ErrorFacts = z.object({
  /** Something in the tree has to do with it. */
  isFound: z.boolean(),
  errors: z.array(z.object({ language: z.string(), type: z.string(), message: z.string() })),
  /** The innermost first. */
  frames: z.array(
    z.object({
      /** As the trace names it. */
      said: z.string(),
      name: z.string(),
      /** Null where it is none of the project's files. */
      path: z.string().nullable(),
      line: z.int().nullable(),
      /** How the file was found where the trace names another path. */
      how: z.string(),
    }),
  ),
  /** Where the message is written. */
  saidAt: z.array(Spot.extend({ text: z.string() })),
  /** The likeliest first. */
  causes: z.array(Spot.extend({ says: z.string() })),
})
export type ErrorFacts = z.infer<typeof ErrorFacts>

export const ProjectPage = z.object({
  name: z.string(),
  /** From the manifest and the README. */
  purpose: z.string(),
  languages: z.array(z.object({ language: z.string(), files: z.int(), lines: z.int() })),
  /** `role` is "" where nothing says it. */
  folders: z.array(
    z.object({ path: z.string(), role: z.string(), files: z.int(), uses: z.array(z.string()), isInCycle: z.boolean() }),
  ),
  entryPoints: z.array(z.object({ path: z.string(), why: z.string() })),
  /** By how many files import them. */
  modules: z.array(z.object({ path: z.string(), importedBy: z.int(), says: z.string() })),
  /** Folders that import each other in a circle. */
  cycles: z.array(z.array(z.string())),
  /** A flowchart of the folders, in Mermaid. */
  diagram: z.string(),
  /** Of a workspace: all that it has, or the one that the page is about. Empty for a project of one piece. */
  members: z.array(
    z.object({
      name: z.string(),
      path: z.string(),
      files: z.int(),
      /** What its manifest or README says it is. */
      says: z.string(),
      /** Names of other members that it imports, and of those that import it. */
      uses: z.array(z.string()),
      usedBy: z.array(z.string()),
    }),
  ),
  services: z.array(Spot.extend({ name: z.string(), kind: z.string() })),
  tests: z.object({ files: z.int(), command: z.string().nullable() }),
  /** Command lines, and where they are written. */
  commands: z.array(z.object({ line: z.string(), says: z.string() })),
})
export type ProjectPage = z.infer<typeof ProjectPage>

/**
 * What can be said without a model: of a file, a definition or some lines their quotation, structure, edges, history and
 * tests; of an error, a change or the whole project what `error`, `change` and `project` hold.
 */
export const Explanation = z.object({
  target: z.string(),
  kind: z.enum(["file", "symbol", "range", "diff", "error", "project"]),
  /** "" where it is of no one file. */
  path: z.string(),
  startLine: z.int(),
  endLine: z.int(),
  headline: z.string(),
  /** The doc comment, whole. */
  doc: z.string(),
  passage: Passage.nullable(),
  outline: z.array(OutlineEntry),
  /** Definitions of the same name elsewhere. */
  others: z.array(z.object({ name: z.string(), path: z.string(), line: z.int() })),
  callers: z.array(Connection),
  callees: z.array(Connection),
  imports: z.array(z.object({ module: z.string(), line: z.int(), to: z.array(z.string()) })),
  importedBy: z.array(z.object({ path: z.string(), line: z.int() })),
  tests: z.array(z.object({ path: z.string(), names: z.array(z.string()), reason: z.string() })),
  history: z.array(CommitNote),
  /** Code of several places: the steps of a trace. */
  passages: z.array(Passage),
  error: ErrorFacts.nullable(),
  change: Review.pick({ files: true, symbols: true, risk: true, missingTests: true }).nullable(),
  project: ProjectPage.nullable(),
  followUps: z.array(z.string()),
  freshness: FreshnessNote,
})
export type Explanation = z.infer<typeof Explanation>

/** With nothing said yet. */
export function emptyExplanation(target: string, kind: Explanation["kind"], index: CodeIndex): Explanation {
  return {
    ...{
      target,
      kind,
      path: "",
      startLine: 1,
      endLine: 1,
      headline: "",
      doc: "",
      passage: null,
      outline: [],
      others: [],
    },
    ...{ callers: [], callees: [], imports: [], importedBy: [], tests: [], history: [], passages: [] },
    ...{ error: null, change: null, project: null, followUps: [] },
    freshness: freshnessNote(index.freshness()),
  }
}
