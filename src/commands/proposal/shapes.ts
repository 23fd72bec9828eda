import { z } from "zod"
import { count } from "../../base/text.ts"
import type { Choice } from "../../base/wire.ts"
import type { Finding } from "../../code/finding.ts"
import { hunksIn } from "../../engines/proposal/hunks.ts"
import { Proposal } from "../../engines/proposal/proposal.ts"
import { type Block, literal } from "../document.ts"
import { markdownBlocks } from "../llm/markdown-blocks.ts"

/** What every command that would change files takes. */
export const ChangeFlags = {
  apply: z.boolean().default(false).describe("Write the change at once, behind a checkpoint"),
  interactive: z.boolean().default(false).describe("Ask for each hunk whether to write it"),
  dryRun: z.boolean().default(false).describe("Only show the change: it is not kept for later"),
}

export const ProposalState = z.enum(["open", "applied", "partly applied", "discarded", "shown"])
export type ProposalState = z.infer<typeof ProposalState>

/** What such a command gives. */
export const ProposalAnswer = z.object({
  proposal: Proposal,
  /** "shown": of a dry run, kept nowhere. */
  state: ProposalState,
  /** Number of the checkpoint with the files as they were before, where it was applied now. */
  before: z.int().nullable(),
  /** The person is asked for each hunk, where there is one. */
  asks: z.boolean(),
  /** Why it was not written though it was to be; null else. */
  held: z.string().nullable(),
})
export type ProposalAnswer = z.infer<typeof ProposalAnswer>

/** Asks for each hunk, and has those written that were taken. */
export function proposalChoice({ proposal, state, asks }: ProposalAnswer): Choice | undefined {
  if (!asks || state !== "open") return undefined
  const hunks = hunksIn(proposal.diff)
  return {
    question: `${proposal.title}: which of ${count(hunks.length, "hunk")} are written?`,
    each: hunks.map(({ number, path, text }) => ({
      label: `${path}, hunk ${number} of ${hunks.length}`,
      shown: text,
      value: String(number),
    })),
    command: "proposals.apply",
    input: { id: proposal.id },
    field: "hunks",
  }
}

const marks = { create: "+", change: "~", delete: "-", move: ">" } as const
const mostFindings = 30

/** A proposal with its hunks numbered; what to do next comes at the end. */
export function proposalBlocks({ proposal, state, before, asks, held }: ProposalAnswer): Block[] {
  const { title, explanation, files, diff, findings } = proposal
  const hunks = hunksIn(diff)
  return [
    { kind: "heading", text: literal(title) },
    ...markdownBlocks(explanation),
    {
      kind: "table",
      columns: [{ title: "" }, { title: "path" }, { title: "", align: "right" }, { title: "", align: "right" }],
      rows: files.map(({ kind, path, movedTo, addedLines, removedLines }) => [
        marks[kind],
        literal(movedTo === null ? path : `${path} -> ${movedTo}`),
        `+${addedLines}`,
        `-${removedLines}`,
      ]),
    },
    ...hunks
      // Those that are asked for one by one are shown one by one.
      .filter(({ text }) => text !== "" && !asks)
      .map(
        ({ number, path, text }): Block => ({
          kind: "quote",
          path,
          startLine: firstLine(text),
          endLine: firstLine(text) + text.split("\n").length - 2,
          text,
          language: "diff",
          ...(hunks.length > 1 ? { note: `hunk ${number}` } : {}),
        }),
      ),
    ...findingBlocks(findings),
    held === null ? nextBlock(proposal, state, before, hunks.length) : heldBlock(proposal, held),
  ]
}

const firstLine = (hunk: string) => Math.max(1, Number(/^@@ -\d+(?:,\d+)? \+(\d+)/.exec(hunk)?.[1] ?? 1))

function findingBlocks(findings: readonly Finding[]): Block[] {
  if (findings.length === 0) return []
  const rows = findings
    .slice(0, mostFindings)
    .map(({ severity, path, startLine, message }) => [severity, literal(`${path}:${startLine}`), literal(message)])
  return [
    { kind: "heading", text: "What to look at", level: 2 },
    { kind: "table", columns: [{ title: "" }, { title: "" }, { title: "" }], rows },
  ]
}

/** As a proposal is called in commands. */
const nameOf = (id: string) => id.slice(-6).toLowerCase()

const heldBlock = ({ id }: Proposal, why: string): Block => ({
  kind: "paragraph",
  text: `Not written, though you asked for it: ${literal(why)} \`duck proposals apply ${nameOf(id)}\` writes it all the same.`,
  tone: "warning",
})

function nextBlock({ id, files }: Proposal, state: ProposalState, before: number | null, hunks: number): Block {
  const name = nameOf(id)
  const isGood = state === "applied" || state === "partly applied"
  const text = {
    open: `Nothing is written yet. \`duck proposals apply ${name}\` writes it${hunks > 1 ? `, \`--hunks 1,3\` a part of it, \`--interactive\` asks for each` : ""}.`,
    shown: "Nothing is written or kept: this was a dry run.",
    discarded: "It was discarded.",
    applied: `Written: ${count(files.length, "file")}.`,
    "partly applied": "Written in part.",
  }[state]
  const undo =
    before === null ? "" : ` \`duck checkpoint undo\` takes it back (checkpoint ${before} has what was before).`
  return { kind: "paragraph", text: text + undo, tone: isGood ? "good" : "quiet" }
}
