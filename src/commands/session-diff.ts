import { z } from "zod"
import { defineCommand } from "./command.ts"
import { DifferenceShape, differenceBlocks } from "./session/difference.ts"
import { currentAssistant, named, sessionArgument } from "./session/sessions.ts"

export const sessionDiff = defineCommand({
  name: "session.diff",
  summary: "Show the first event in which two conversations differ",
  description: "Ids and times are left out: only what was said and done counts.",
  examples: [{ line: "duck session diff 01JC 01JD", says: "where did they go different ways?" }],
  input: z.object({ a: sessionArgument, b: sessionArgument }),
  output: z.object({ difference: DifferenceShape.nullable() }),
  positionals: ["a", "b"],
  permission: "read",
  async run({ a, b }, { host }) {
    const [{ firstDifference }, { signedEvents }, { streamOfConversation }] = await Promise.all([
      import("../assistant/replay/normal.ts"),
      import("./session/exported.ts"),
      import("../assistant/conversation/live.ts"),
    ])
    const assistant = await currentAssistant(host)
    const [one, other] = [a, b].map((session) => {
      const { log, id } = named(assistant, session)
      return signedEvents(host.fabric().store.stream(log, streamOfConversation(id))).map(({ event }) => event)
    })
    return { difference: firstDifference(one ?? [], other ?? []) }
  },
  present: ({ difference }) =>
    difference === null
      ? [{ kind: "paragraph", text: "They say and do the same.", tone: "good" }]
      : differenceBlocks(difference),
  exitCode: ({ difference }) => (difference === null ? 0 : 1),
})
