import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { DifferenceShape, differenceBlocks } from "./session/difference.ts"
import { maskerFor } from "./session/masker.ts"
import { currentAssistant, named, sessionArgument } from "./session/sessions.ts"

export const sessionReplay = defineCommand({
  name: "session.replay",
  summary: "Run a conversation again without a model and without any effect",
  description:
    "Model and tools answer as they did; the first event that comes out otherwise is shown. With --fork another model is " +
    "asked from an event on: its calls are answered from the recording, nothing is done.",
  examples: [
    { line: "duck session replay 01JC", says: "does today's loop give the same events?" },
    {
      line: "duck session replay 01JC --fork 12 --model other/m",
      says: "what would that model have done from event 12?",
    },
  ],
  input: z.object({
    session: sessionArgument,
    fork: z.int().min(1).optional().describe("From this event on, counted from 0, ask --model"),
    model: z.string().max(300).optional().describe("The model to ask after --fork; default: that of your settings"),
  }),
  output: z.object({ events: z.int(), replayed: z.int(), difference: DifferenceShape.nullable() }),
  positionals: ["session"],
  shorts: { model: "m" },
  permission: "read",
  timeoutMs: 0,
  async run({ session, fork, model }, { host, signal, actor }) {
    const [{ rerun }, { eventsOf }] = await Promise.all([
      import("../assistant/replay/rerun.ts"),
      import("./session/copy.ts"),
    ])
    const assistant = await currentAssistant(host)
    const row = named(assistant, session)
    const events = [...eventsOf(host.fabric().store, row.log, row.id)]
    if (model !== undefined && fork === undefined) {
      throw new InvalidInputError({
        message: "--model is asked after --fork.",
        hint: "Say from which event on: --fork 12",
      })
    }
    if (fork !== undefined && fork > events.length) {
      throw new InvalidInputError({ message: `The conversation has ${count(events.length, "event")}.` })
    }
    const other =
      fork === undefined
        ? {}
        : {
            fork: {
              at: fork,
              model: host.models.call,
              name: model ?? "",
              system: await assistant.system(row.id, actor.id),
            },
            mask: (await maskerFor(row.root, host)).mask,
          }
    const { events: replayed, difference } = await rerun(events, { ...other, signal })
    return { events: events.length, replayed: replayed.length, difference }
  },
  present: ({ events, difference }) =>
    difference === null
      ? [{ kind: "paragraph", text: `All ${count(events, "event")} came again.`, tone: "good" }]
      : differenceBlocks(difference),
  exitCode: ({ difference }) => (difference === null ? 0 : 1),
})
