import { z } from "zod"
import type { Assistant } from "../assistant/assistant.ts"
import { InvalidInputError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import type { CommandContext } from "./context.ts"
import { type Block, literal } from "./document.ts"
import { markdownBlocks } from "./llm/markdown-blocks.ts"
import { spokenCost, spokenTokens } from "./llm/spoken.ts"
import { sessionItem } from "./session/item.ts"
import { outcomeOf, TurnOutcome } from "./session/outcome.ts"
import {
  currentAssistant,
  lastOf,
  logOfProject,
  ModeName,
  named,
  SessionId,
  sawLog,
  speakerOf,
  titleOf,
} from "./session/sessions.ts"

const longestTask = 1_000_000

export const run = defineCommand({
  name: "run",
  summary: "Let the assistant do a task, without asking you in between",
  description:
    "Nobody is asked: what the mode would ask about is denied, and said. Allow it beforehand with --allow or a freer " +
    "--mode. Text that is piped in becomes part of the task. Every step is kept before it is shown: after a crash the " +
    "task goes on from the last one.",
  examples: [
    { line: 'duck run "why does the login test fail?"', says: "an answer; nothing is changed" },
    { line: 'duck run --mode accept-edits "rename Foo to Bar everywhere"', says: "files may be changed" },
    { line: 'duck run --allow edit --allow "Bash(npm test:*)" "fix the failing test"', says: "this much and no more" },
    { line: "git diff | duck run review this", says: "with what is piped in" },
    { line: 'duck run --continue "now the tests"', says: "goes on with the last conversation" },
  ],
  input: z.object({
    task: z.string().max(longestTask).optional().describe("What to do, in your own words"),
    piped: z.string().max(longestTask).optional().describe("Text that goes with the task; what is piped in"),
    model: z.string().max(300).optional().describe("Ask this model: provider/model, a model's name or an alias"),
    mode: ModeName.optional().describe(
      "What may be done: plan only reads, ask changes nothing here, accept-edits, auto",
    ),
    maxSteps: z.int().min(1).max(10_000).optional().describe("Most answers of the model"),
    maxCost: z.number().min(0).optional().describe("Most US dollars"),
    allow: z.array(z.string()).default([]).describe('Allow a tool or what a rule says: edit, "Bash(npm test:*)"'),
    session: SessionId.optional().describe("Go on with this conversation; its id, or the beginning of it"),
    continue: z.boolean().default(false).describe("Go on with the last conversation of this project"),
    outputFormat: z
      .enum(["text", "json", "stream-json"])
      .default("text")
      .describe("text as it is written, one JSON at the end, or one JSON a line for all that happens"),
    dryRun: z.boolean().default(false).describe("Say what would be asked, of which model, and ask nothing"),
  }),
  output: z.union([
    TurnOutcome,
    z.object({ wouldRun: z.object({ root: z.string(), model: z.string(), mode: ModeName, title: z.string() }) }),
  ]),
  item: sessionItem,
  positionals: ["task"],
  takesRest: true,
  stdin: "piped",
  shorts: { continue: "c", model: "m" },
  permission: "write",
  timeoutMs: 0,
  async run(input, context) {
    const { host, actor, signal } = context
    await checkRules(input.allow)
    const text = [input.task, input.piped].filter((part) => part !== undefined && part.trim() !== "").join("\n\n")
    const isGoingOn = input.session !== undefined || input.continue
    if (text === "" && !isGoingOn) {
      throw new InvalidInputError({
        message: "There is no task.",
        hint: 'For example: duck run "fix the failing test"',
      })
    }
    const assistant = await currentAssistant(host)
    const earlier = await earlierSession(input, context, assistant)
    if (input.dryRun) {
      const { root } = earlier ?? (await context.project())
      const model = input.model ?? (await host.models.status(root)).defaultModel.value ?? ""
      return { wouldRun: { root, model, mode: input.mode ?? "ask", title: earlier?.title ?? titleOf(text) } }
    }
    const session = earlier?.id ?? (await begin(input, text, context, assistant))
    const speaker = speakerOf(context)
    // Goes on with a turn that was cut off.
    const live = await assistant.resume(session, actor.id)
    if (earlier && input.mode) await live.handle({ kind: "set-mode", mode: input.mode, speaker }, actor.id)
    if (earlier && input.model !== undefined) {
      await live.handle({ kind: "set-model", model: input.model, speaker }, actor.id)
    }
    const isIdle = assistant.ended(session) === null
    if (text === "" && isIdle) {
      throw new InvalidInputError({
        message: "Nothing is under way in this conversation, and there is no task.",
        hint: `Say what to do: duck run --session ${session} "<task>"`,
      })
    }
    const { eventsOfTurn, follow, suspended } = await import("./session/turn.ts")
    const gathered = outcomeOf(session)
    if (text === "") for (const event of eventsOfTurn(live, host.fabric().store)) gathered.take(event)
    const say = async () => {
      const wishes = {
        canAsk: false,
        command: "run",
        allow: input.allow,
        ...(input.maxSteps === undefined ? {} : { maxSteps: input.maxSteps }),
        ...(input.maxCost === undefined ? {} : { maxCostUsd: input.maxCost }),
      }
      await assistant.say(session, [{ kind: "text", text }], actor.id, { wishes, speaker })
      if (signal.aborted) interrupt()
    }
    const interrupt = () => void assistant.interrupt(session)
    signal.addEventListener("abort", interrupt, { once: true })
    try {
      const end = await follow({
        context,
        assistant,
        live,
        hear(item) {
          gathered.take(item)
          // A call that a crash cut off is asked about whatever the mode; without a person it is left as it is.
          if (item.kind !== "event" || item.type !== "permission.asked" || live.state.wishes.canAsk !== false) return
          const answer = { kind: "answer", call: item.data.call, isAllowed: false, scope: "once", speaker } as const
          const change = assistant.change(
            session,
            { ...answer, by: actor.id, note: "Nobody is there to ask." },
            actor.id,
          )
          change.catch((error) => context.logger.warn("a question stays open", { session, error }))
        },
        ...(text === "" ? {} : { begin: say }),
      })
      sawLog(context, live.log)
      if (end === undefined || end.how === "suspended") throw suspended(session, end?.why ?? "the server stops.")
      return gathered.outcome(live.state.title, howOf(end.how), end.why)
    } finally {
      signal.removeEventListener("abort", interrupt)
    }
  },
  present: (output) => ("wouldRun" in output ? wouldRunBlocks(output.wouldRun) : outcomeBlocks(output)),
  exitCode: (output) => ("wouldRun" in output || (output.how === "done" && output.denied.length === 0) ? 0 : 1),
})

/** Rules that are not understood would silently allow nothing. */
async function checkRules(allow: readonly string[]): Promise<void> {
  if (allow.length === 0) return
  const { readRules } = await import("../access/permissions/rule.ts")
  const { warnings } = readRules({ layer: "session", where: "--allow", settings: { allow } })
  if (warnings[0] === undefined) return
  throw new InvalidInputError({
    message: warnings[0],
    hint: 'A tool\'s name, or a rule such as "Bash(npm test:*)", "Edit(src/**)", "WebFetch(domain:example.com)".',
  })
}

async function earlierSession(
  { session, continue: goesOn }: { readonly session?: string | undefined; readonly continue: boolean },
  context: CommandContext,
  assistant: Assistant,
) {
  if (session !== undefined) return named(assistant, session)
  return goesOn ? lastOf(context, assistant) : undefined
}

async function begin(
  { mode, model }: { readonly mode?: z.output<typeof ModeName> | undefined; readonly model?: string | undefined },
  text: string,
  { actor, project }: CommandContext,
  assistant: Assistant,
): Promise<string> {
  const { id, root } = await project()
  const title = titleOf(text)
  return assistant.start({ log: logOfProject(id), root, title, mode: mode ?? "ask", model: model ?? "" }, actor.id)
}

const howOf = (how: "done" | "interrupted" | "failed" | "limit" | "suspended" | string): TurnOutcome["how"] =>
  TurnOutcome.shape.how.parse(how)

function wouldRunBlocks({
  root,
  model,
  mode,
  title,
}: {
  root: string
  model: string
  mode: string
  title: string
}): Block[] {
  return [
    {
      kind: "fields",
      entries: [
        ["task", literal(title)],
        ["project", literal(root)],
        ["model", model === "" ? "none is connected" : literal(model)],
        ["mode", mode],
      ],
    },
  ]
}

/** What is shown where nobody saw it while it happened. */
export function outcomeBlocks(outcome: TurnOutcome): Block[] {
  const { text, how, why, files, denied, session, steps, inputTokens, outputTokens, costUsd } = outcome
  const facts = [
    count(steps, "step"),
    `${spokenTokens(inputTokens)} tokens in, ${spokenTokens(outputTokens)} out`,
    costUsd === null ? "cost unknown" : spokenCost(costUsd),
  ]
  return [
    ...markdownBlocks(text),
    ...(how === "done" ? [] : [{ kind: "paragraph", text: literal(why), tone: "bad" } as const]),
    ...(files.length === 0
      ? []
      : [{ kind: "list", items: files.map(({ path, did }) => `${did} ${literal(path)}`) } as const]),
    ...(denied.length === 0
      ? []
      : ([
          { kind: "paragraph", text: "Not allowed:", tone: "warning" },
          { kind: "list", items: denied.map(({ name, why: reason }) => literal(`${name}: ${reason}`)) },
        ] as const)),
    { kind: "paragraph", text: `${facts.join(", ")}. Go on: \`duck run --session ${session}\``, tone: "quiet" },
  ]
}
