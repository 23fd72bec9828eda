import { z } from "zod"
import { requireControl, spokenParty } from "../assistant/conversation/control.ts"
import type { Party } from "../assistant/conversation/events.ts"
import { InvalidInputError, NotFoundError } from "../base/errors.ts"
import { defineCommand } from "./command.ts"
import type { CommandContext } from "./context.ts"
import { literal } from "./document.ts"
import { currentAssistant, dryRunArgument, named, sawLog, sessionArgument, speakerOf } from "./session/sessions.ts"

export const sessionHandoff = defineCommand({
  name: "session.handoff",
  summary: "Pass the control of a conversation to another user, client or server",
  description:
    "Only who is in control speaks, answers, decides and rewinds in it; others watch. A client is named as it names " +
    "itself: @vscode is yours, ada@vscode is Ada's. Nobody is in control at first: whoever may write does.",
  examples: [
    { line: "duck session handoff 01JC --to @vscode", says: "go on in the editor, and nowhere else" },
    { line: "duck session handoff 01JC --take", says: "get it back: its owner and admins can" },
    { line: "duck session handoff 01JC --open", says: "anyone who may write speaks in it again" },
    { line: "duck session handoff 01JC --node node-7", says: "another server of the cluster goes on with it" },
  ],
  input: z.object({
    session: sessionArgument,
    to: z.string().trim().min(1).max(200).optional().describe("Who is in control from now on: a user, or user@client"),
    take: z.boolean().default(false).describe("Take control yourself"),
    open: z.boolean().default(false).describe("Leave it to everyone who may write"),
    node: z.string().trim().min(1).max(200).optional().describe("The server that is to go on with it"),
    dryRun: dryRunArgument,
  }),
  output: z.object({
    id: z.string(),
    title: z.string(),
    /** Who is in control then; null: whoever may write. */
    control: z.object({ user: z.string(), client: z.string().optional() }).nullable(),
    /** The server that goes on with it; null: it stays here. */
    node: z.string().nullable(),
  }),
  positionals: ["session"],
  permission: "write",
  async run({ session, to, take, open, node, dryRun }, context) {
    if ([to !== undefined, take, open, node !== undefined].filter(Boolean).length !== 1) {
      throw new InvalidInputError({
        message: "Say to whom, once.",
        hint: "One of --to <user or @client>, --take, --open, --node <id>.",
      })
    }
    const assistant = await currentAssistant(context.host)
    const { id, log, title } = named(assistant, session)
    const { state } = await assistant.open(id)
    const speaker = speakerOf(context)
    if (node !== undefined) {
      requireNode(node, context)
      requireControl(state, speaker)
      if (!dryRun) await assistant.moveTo(id, node)
      return { id, title, control: state.control ?? null, node }
    }
    const party = open ? null : take ? { user: speaker.user } : partyOf(to ?? "", context)
    if (!dryRun)
      await assistant.change(id, { kind: "hand-over", to: party, by: speaker, takes: take }, context.actor.id)
    sawLog(context, log)
    return { id, title, control: party, node: null }
  },
  present: ({ title, control, node }) => [
    {
      kind: "paragraph",
      text:
        node !== null
          ? `"${literal(title)}" goes on at ${literal(node)}.`
          : control === null
            ? `Whoever may write speaks in "${literal(title)}".`
            : `${literal(spokenParty(control))} controls "${literal(title)}".`,
    },
  ],
})

/** "ada", "ada@vscode", "@vscode". Throws NO_SUCH_USER. */
function partyOf(typed: string, { actor }: CommandContext): Party {
  const [, user = "", client] = /^([^@]*)(?:@([a-z][a-z0-9-]{0,30}))?$/.exec(typed) ?? []
  if (user === "" && client === undefined) {
    throw new InvalidInputError({
      message: `${JSON.stringify(typed)} names neither a user nor a client.`,
      hint: "A user is a name, a client @ and what it calls itself: ada, @vscode, ada@cli.",
    })
  }
  // A server on your own machine has one user. A conversation given to somebody who never comes would be locked.
  if (user !== "" && user !== actor.id) {
    throw new NotFoundError({
      code: "NO_SUCH_USER",
      message: `This server has no user ${user}: it has one, ${actor.id}.`,
      hint: `Hand it to one of your clients: --to @${actor.client === "cli" ? "vscode" : "cli"}; or show it to others: \`duck session share\`.`,
    })
  }
  return { user: actor.id, ...(client !== undefined && { client }) }
}

function requireNode(node: string, { host }: CommandContext): void {
  const fabric = host.fabric()
  const others = fabric.members.list().filter(({ id, state }) => id !== fabric.node && state === "alive")
  if (others.some(({ id }) => id === node)) return
  throw new NotFoundError({
    code: "NO_SUCH_NODE",
    message: node === fabric.node ? "It is on this server already." : `There is no other server ${node}.`,
    hint: others.length === 0 ? "This server is the only one." : `There are: ${others.map(({ id }) => id).join(", ")}.`,
  })
}
