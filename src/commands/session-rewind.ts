import { z } from "zod"
import { requireControl } from "../assistant/conversation/control.ts"
import type { ConversationEvent } from "../assistant/conversation/events.ts"
import { InvalidInputError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import type { Restored } from "../workspace/checkpoints/checkpoints.ts"
import { conflictsOf } from "./checkpoint-conflicts.ts"
import { checkpointTimeoutMs } from "./checkpoint-project.ts"
import { ConflictFlags, presentRestore, RestoreAnswer, restoreAnswerOf } from "./checkpoint-shapes.ts"
import { defineCommand } from "./command.ts"
import type { CommandContext } from "./context.ts"
import { entryNamed } from "./session/entry-named.ts"
import { currentAssistant, named, sawLog, sessionArgument, speakerOf } from "./session/sessions.ts"

export const sessionRewind = defineCommand({
  name: "session.rewind",
  summary: "Take a conversation back to a message, with what it did to files or without",
  description:
    "What came after the message leaves the history and the model's sight; nothing is lost: `--undo` brings it back, " +
    "`duck session show --rewound` shows it, and `duck session branch` goes on from it elsewhere. The files are those of " +
    "the checkpoints; what somebody else changed since stops it, unless --keep or --force is given.",
  examples: [
    { line: "duck session rewind 01JC --to 14", says: "as it was after entry 14, files too" },
    { line: "duck session rewind 01JC --to 14 --what conversation", says: "files stay as they are" },
    { line: "duck session rewind 01JC --undo", says: "takes the last rewinding back, which can be taken back too" },
  ],
  input: z.object({
    session: sessionArgument,
    to: z.string().optional().describe("The last entry to keep: its number (`duck session show`) or id"),
    what: z.enum(["both", "conversation", "files"]).default("both").describe("What to take back"),
    undo: z.boolean().default(false).describe("Take the last rewinding back"),
    ...ConflictFlags,
  }),
  output: z.object({
    id: z.string(),
    /** The entry that is the newest then. */
    to: z.string(),
    /** Entries that leave the history. */
    takenBack: z.int(),
    /** Entries that were taken back earlier and are part of it again. */
    broughtBack: z.int(),
    /** Of the files; null where they are left alone, or nothing has changed them. */
    files: RestoreAnswer.nullable(),
    /** False: a dry run, or files that somebody changed since stopped it. */
    isDone: z.boolean(),
  }),
  positionals: ["session"],
  permission: "write",
  timeoutMs: checkpointTimeoutMs,
  async run({ session, to: typed, what, undo, ...flags }, context) {
    const { host, actor } = context
    if ((typed === undefined) !== undo) {
      throw new InvalidInputError({
        message: "Say to which message, or --undo.",
        hint: "`duck session show` numbers them: --to 14",
      })
    }
    const assistant = await currentAssistant(host)
    const { id, log, root } = named(assistant, session)
    const live = await assistant.open(id)
    requireControl(live.state, speakerOf(context))
    const [{ treeOf }, { eventsOf }, { turnRuns }] = await Promise.all([
      import("../assistant/conversation/line.ts"),
      import("./session/copy.ts"),
      import("../assistant/conversation/decide.ts"),
    ])
    if (live.state.turn) throw turnRuns(`Interrupt it first: \`duck session interrupt ${id}\``)
    const events = [...eventsOf(host.fabric().store, log, id)]
    const last = live.state.rewind
    if (undo && !last) throw new InvalidInputError({ code: "NOTHING_TO_UNDO", message: "It was never rewound." })
    const goal = undo ? (last?.from ?? "") : entryNamed(assistant.rows, id, typed)
    const checkpoint = await checkpointFor({ undo, what, before: last?.filesBefore, events, goal })
    const tree = treeOf(events)
    const to = !undo && what === "files" ? tree.last : goal
    const lineTo = (end: string) => new Set(tree.line(end).map((entry) => entry.id))
    const [now, then] = [lineTo(tree.last), lineTo(to)]
    const counts = { takenBack: now.difference(then).size, broughtBack: then.difference(now).size }
    // Files first: where they can't be had, the conversation stays with them.
    const restored =
      checkpoint === undefined ? null : await restore(checkpoint, { ...conflictsOf(flags), root }, context)
    const files = restored && restoreAnswerOf(restored)
    if (flags.dryRun || files?.outcome === "stopped") return { id, to, ...counts, files, isDone: false }
    const step = restored?.id != null && restored.before ? { step: restored.id, before: restored.before.id } : undefined
    await assistant.change(
      id,
      {
        kind: "rewind",
        to,
        restored: tree.restored(to),
        by: actor.id,
        speaker: speakerOf(context),
        ...(step && { files: step }),
      },
      actor.id,
    )
    sawLog(context, log)
    return { id, to, ...counts, files, isDone: true }
  },
  present: ({ id, files, isDone, ...counts }) => [
    ...(files ? presentRestore(files) : []),
    isDone
      ? {
          kind: "paragraph",
          text: `Taken back: ${spoken(counts)}. \`duck session rewind ${id} --undo\` undoes this.`,
          tone: "good",
        }
      : { kind: "paragraph", text: `Would be taken back: ${spoken(counts)}.`, tone: "quiet" },
  ],
  exitCode: ({ isDone, files }) => (!isDone && files?.outcome === "stopped" ? 1 : 0),
})

const spoken = ({ takenBack, broughtBack }: { readonly takenBack: number; readonly broughtBack: number }) =>
  [count(takenBack, "entry", "entries"), ...(broughtBack > 0 ? [`brought back: ${broughtBack}`] : [])].join(", ")

async function checkpointFor(wanted: {
  readonly undo: boolean
  readonly what: "both" | "conversation" | "files"
  readonly before: string | undefined
  readonly events: readonly ConversationEvent[]
  readonly goal: string
}): Promise<string | undefined> {
  if (wanted.undo) return wanted.before
  if (wanted.what === "conversation") return undefined
  const { filesAfter } = await import("./session/files-at.ts")
  return filesAfter(wanted.events, wanted.goal)
}

/** In the conversation's own project, wherever the caller stands. */
async function restore(
  checkpoint: string,
  { root, ...how }: ReturnType<typeof conflictsOf> & { readonly root: string },
  { host, actor, signal, saw }: CommandContext,
): Promise<Restored> {
  const { id } = await host.projects.open(root, { signal })
  return host.checkpoints.use({ id, root }, async (checkpoints) => {
    const restored = await checkpoints.restore(checkpoint, { actor: actor.id, ...how, signal })
    const { log, position } = checkpoints.position
    if (restored.id !== null) saw(log, position)
    return restored
  })
}
