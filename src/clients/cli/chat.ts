import { InvalidInputError } from "../../base/errors.ts"
import { foldersOf } from "../../base/folders.ts"
import type { CommandAnswer } from "../../base/wire.ts"
import type { Asking } from "./ask-server.ts"
import type { Address } from "./call.ts"
import { type ConnectionOptions, noServer, runOnServer, serverAddress } from "./connection.ts"

type Input = Readonly<Record<string, unknown>>

/** `duck chat` and `duck session resume`: which conversation it is, then the terminal is its own. */
export async function chat(input: Input, asking: Asking): Promise<number> {
  const { host, terminal, project, rendering, env } = asking
  const { stdin } = host
  if (!stdin.isTTY || !terminal.isLookedAt) {
    throw new InvalidInputError({
      code: "NO_TERMINAL",
      message: "A conversation needs a terminal to type in and to read from.",
      hint: 'For a program: duck run "<task>"',
    })
  }
  const ask = (name: string, more: Input) => askOnce(asking, name, more)
  const entered = await conversationFor(input, ask)
  if (input.dryRun === true) {
    host.stdout.write(`It would be the conversation ${entered.session || "of a new id"}.\n`)
    return 0
  }
  const { runChat } = await import("../repl/chat.ts")
  return runChat(entered, {
    manifest: asking.manifest,
    project,
    stateFolder: foldersOf(env).state,
    env,
    input: process.stdin,
    output: host.stdout,
    hasColor: terminal.color !== "0",
    rendering,
    address: () => addressFor(asking),
    signal: host.signal,
    onLeave: host.onLeave,
  })
}

interface Conversation {
  readonly session: string
  readonly mode: string
  readonly message?: string
}

async function conversationFor(
  input: Input,
  ask: (name: string, input: Input) => Promise<CommandAnswer["output"]>,
): Promise<Conversation> {
  const text = (name: string) => (typeof input[name] === "string" ? { [name]: input[name] } : {})
  const message = typeof input.message === "string" ? { message: input.message } : {}
  const named = input.session ?? (input.continue === true || input.last === true ? await lastOne(ask) : undefined)
  if (named === undefined) {
    const started = { ...text("mode"), ...text("model"), dryRun: input.dryRun === true }
    const { id, mode } = (await ask("session.start", started)) as { id: string; mode: string }
    return { session: id, mode, ...message }
  }
  const info = (await ask("session.info", { session: named })) as { session: { id: string }; mode: string }
  const { id } = info.session
  if (input.dryRun !== true && (input.mode !== undefined || input.model !== undefined)) {
    await ask("session.set", { session: id, ...text("mode"), ...text("model") })
  }
  return { session: id, mode: String(input.mode ?? info.mode), ...message }
}

async function lastOne(ask: (name: string, input: Input) => Promise<CommandAnswer["output"]>): Promise<string> {
  const { sessions } = (await ask("session.list", { limit: 1 })) as { sessions: readonly { id: string }[] }
  const [last] = sessions
  if (last) return last.id
  throw new InvalidInputError({
    message: "There is no conversation in this project yet.",
    hint: "Begin one: duck chat",
  })
}

async function askOnce(asking: Asking, name: string, input: Input): Promise<CommandAnswer["output"]> {
  const { manifest, project, rendering, host } = asking
  const command = manifest.commands.find((one) => one.name === name)
  if (!command) throw new InvalidInputError({ message: `This server has no command ${name}.` })
  const request = { input, project, rendering, clientVersion: manifest.version, signal: host.signal }
  const answer = await runOnServer(command, request, connectionOf(asking))
  if (answer === noServer) throw new InvalidInputError({ message: "There is no server." })
  return answer.output
}

/** Where the server is; one is started where there is none. */
export const addressFor = (asking: Asking): Promise<Address> => serverAddress(connectionOf(asking), asking.host.signal)

const connectionOf = ({ env, host, remote }: Asking): ConnectionOptions => ({
  remote,
  folders: foldersOf(env),
  program: host.programs.server,
  env,
})
