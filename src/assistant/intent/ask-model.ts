import { z } from "zod"
import { parseJson } from "../../base/schema.ts"
import type { Attribution } from "../../models/attribution.ts"
import type { Model } from "../../models/model.ts"
import type { Intent } from "./classify.ts"
import { fitOf } from "./fit.ts"
import { type Ground, type Offered, unquoted, wordsOf } from "./offered.ts"

const Answer = z.object({
  kind: z.enum(["command", "question", "both"]),
  line: z.string().max(1_000),
  question: z.string().max(1_000),
})

const system = `You are told one line that a person typed to a coding assistant. Say whether it asks for one of the commands
below ("command"), for something that the assistant should answer or do ("question"), or first for a command and then for an
answer about its output ("both"). When in doubt it is a "question". "line" is the command line, in words of the person's own
line and names of the list; "" for a question. "question" is the part for the assistant; "" for a command.`

/**
 * What a line means where rules don't know. Only commands that change nothing are offered to the model, and what it says
 * counts only if the command takes those arguments and each word of them was typed; else it is a question.
 */
export async function askIntent(
  text: string,
  {
    commands,
    ground,
    model,
    attribution,
    signal,
  }: {
    readonly commands: readonly Offered[]
    readonly ground: Ground
    readonly model: Model
    readonly attribution: Attribution
    readonly signal: AbortSignal
  },
): Promise<Intent> {
  const offered = commands.filter(({ permission }) => permission === "read")
  const { $schema: _schema, ...schema } = z.toJSONSchema(Answer)
  const request = {
    model: "",
    messages: [
      {
        role: "system",
        parts: [{ kind: "text", text: `${system}\n\n${offered.map(usage).join("\n")}` }],
        cache: "short",
      },
      { role: "user", parts: [{ kind: "text", text }] },
    ],
    output: { name: "intent", schema },
    maxOutputTokens: 300,
    temperature: 0,
    attribution,
  } as const
  let said = ""
  for await (const event of model(request, signal)) if (event.kind === "text") said += event.text
  return checked(parseJson(Answer, said, "the model's answer"), text, offered, ground)
}

function checked(answer: z.infer<typeof Answer>, text: string, offered: readonly Offered[], ground: Ground): Intent {
  const { kind, line, question } = answer
  if (kind === "question") return { kind }
  const words = wordsOf(line.replace(/^duck\s+/, ""))
  const command = offered
    .filter((one) => one.words.every((word, at) => words[at] === word))
    .sort((a, b) => b.words.length - a.words.length)[0]
  const rest = words.slice(command?.words.length)
  const isTyped = rest.every((word) => word.startsWith("-") || text.includes(unquoted(word)))
  if (!command || !isTyped || fitOf(command, rest, ground) === undefined) return { kind: "question" }
  const meant = { line: words.join(" "), changes: false }
  return kind === "both" && question.trim() !== "" ? { kind, ...meant, question } : { kind: "command", ...meant }
}

function usage({ words, summary, arguments: all }: Offered): string {
  const places = all.filter(({ positional }) => positional !== undefined)
  return [words.join(" "), ...places.map(({ name }) => `<${name}>`), `- ${summary}`].join(" ")
}
