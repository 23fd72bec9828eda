import { z } from "zod"
import type { Intent } from "../assistant/intent/classify.ts"
import { asDuckError } from "../base/errors.ts"
import { withTimeout } from "../base/signal.ts"
import { offeredCommands } from "./chat/offered.ts"
import { defineCommand } from "./command.ts"
import type { CommandContext } from "./context.ts"
import { literal } from "./document.ts"
import { workspaceAt } from "./workspace-of.ts"

/** A person waits for it. */
const mostModelMs = 6_000

export const interpret = defineCommand({
  name: "interpret",
  summary: "Say whether a line is a command, a question to the assistant, or both",
  description:
    "`duck chat` asks it for what you type without a slash. By rule first; a model is asked only where rules are unsure, " +
    "and only about commands that change nothing. Nothing is run.",
  examples: [
    { line: "duck interpret explain src/main.ts and tell me what to fix first", says: "both" },
    { line: 'duck interpret "why is search slow?"', says: "a question" },
  ],
  input: z.object({
    text: z.string().min(1).max(1_000_000).describe("What was typed"),
    model: z.boolean().default(true).describe("Whether a model may be asked; --no-model for rules alone"),
  }),
  output: z.object({
    kind: z.enum(["question", "command", "both"]),
    /** The command line, without `duck`; "" for a question. */
    line: z.string(),
    /** It would change something: whoever asked should ask back before it is run. */
    changes: z.boolean(),
    /** What is left for the assistant; "" for a command. */
    question: z.string(),
    by: z.enum(["rule", "model"]),
  }),
  positionals: ["text"],
  takesRest: true,
  permission: "read",
  async run({ text, model }, context) {
    const { classify, mayBeCommand } = await import("../assistant/intent/classify.ts")
    const commands = await offeredCommands()
    if (!mayBeCommand(text, commands)) return answer(text, { kind: "question" }, "rule")
    const { groundOf } = await import("../assistant/intent/ground.ts")
    const { index, root } = await context.project()
    const ground = await groundOf(text, index, context.signal)
    const ruled = classify(text, commands, ground)
    if (ruled.kind !== "unsure") return answer(text, ruled, "rule")
    const mayAsk = model && context.host.models.hasModel() && !(await holdsSecret(text, root, context))
    if (!mayAsk) return answer(text, { kind: "question" }, "rule")
    const { askIntent } = await import("../assistant/intent/ask-model.ts")
    try {
      const asked = await withTimeout("what a line means", mostModelMs, context.signal, (signal) =>
        askIntent(text, {
          commands,
          ground,
          model: context.host.models.call,
          attribution: { user: context.actor.id, project: root, command: "interpret" },
          signal,
        }),
      )
      return answer(text, asked, "model")
    } catch (error) {
      return unread(text, error, context)
    }
  },
  present: ({ kind, line, changes, question, by }) => [
    {
      kind: "fields",
      entries: [
        ["it is", kind === "both" ? "a command, and a question about what it says" : `a ${kind}`],
        ...(line === ""
          ? []
          : [["command", `\`duck ${literal(line)}\`${changes ? ", which changes things" : ""}`] as const]),
        ...(question === "" ? [] : [["question", literal(question)] as const]),
        ["told by", `a ${by}`],
      ],
    },
  ],
})

/** A line with a secret in it is sent to nobody. */
async function holdsSecret(text: string, root: string, context: CommandContext): Promise<boolean> {
  const { maskerOf } = await import("../workspace/secrets/project-masker.ts")
  const { mask } = await maskerOf(await workspaceAt(root, context), context.logger)
  return mask(text) !== text
}

function answer(text: string, intent: Intent, by: "rule" | "model") {
  const line = intent.kind === "question" ? "" : intent.line
  const question = intent.kind === "question" ? text.trim() : intent.kind === "both" ? intent.question : ""
  return { kind: intent.kind, line, changes: intent.kind !== "question" && intent.changes, question, by }
}

/** A model that says nothing of use is no reason to keep a person's words back. */
function unread(text: string, thrown: unknown, { signal, logger }: CommandContext) {
  if (signal.aborted) throw thrown
  logger.warn("a model did not say what a line means", { error: asDuckError(thrown) })
  return answer(text, { kind: "question" }, "rule")
}
