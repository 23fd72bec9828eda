import { z } from "zod"
import { DuckError, InvalidInputError } from "../base/errors.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { currentAssistant, dryRunArgument, named, sawLog, sessionArgument, speakerOf } from "./session/sessions.ts"

export const sessionAnswer = defineCommand({
  name: "session.answer",
  summary: "Answer what a conversation asks: a permission, or a question",
  examples: [
    { line: "duck session answer 01JC yes", says: "this once" },
    { line: "duck session answer 01JC yes --for session", says: "and the same again in this conversation" },
    { line: 'duck session answer 01JC no --note "use the API instead"', says: "the assistant is told why" },
  ],
  input: z.object({
    session: sessionArgument,
    answer: z.enum(["yes", "no"]).describe("Whether it may"),
    call: z.string().optional().describe("The call that asks, where several do"),
    for: z.enum(["once", "session"]).default("once").describe("How long the answer holds"),
    note: z.string().max(10_000).optional().describe("Said to the assistant with it; the answer to a question"),
    dryRun: dryRunArgument,
  }),
  output: z.object({ id: z.string(), call: z.string(), question: z.string(), isAllowed: z.boolean() }),
  positionals: ["session", "answer"],
  permission: "write",
  async run({ session, answer, call, for: scope, note, dryRun }, context) {
    const { host, actor } = context
    const assistant = await currentAssistant(host)
    const { id, log } = named(assistant, session)
    const { state } = await assistant.resume(id, actor.id)
    const asked = state.openCalls.filter(({ state: is }) => is === "asked")
    const one = call === undefined ? asked[0] : asked.find(({ id: callId }) => callId === call)
    if (!one) {
      throw new DuckError({ code: "NOTHING_ASKED", message: "Nothing waits for an answer in it.", status: 409 })
    }
    if (call === undefined && asked.length > 1) {
      const calls = asked.map(({ id: callId, name }) => `${callId} (${name})`).join(", ")
      throw new InvalidInputError({ message: `${asked.length} calls wait for an answer.`, hint: `--call: ${calls}` })
    }
    const isAllowed = answer === "yes"
    if (!dryRun) {
      const said = {
        kind: "answer",
        call: one.id,
        isAllowed,
        scope,
        by: actor.id,
        speaker: speakerOf(context),
      } as const
      await assistant.change(id, { ...said, ...(note === undefined ? {} : { note }) }, actor.id)
    }
    sawLog(context, log)
    return { id, call: one.id, question: `${one.name} ${one.arguments}`, isAllowed }
  },
  present: ({ question, isAllowed }) => [
    { kind: "paragraph", text: `${isAllowed ? "Allowed" : "Not allowed"}: ${literal(question)}` },
  ],
})
