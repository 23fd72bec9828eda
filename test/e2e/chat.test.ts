import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { duckProgram, type Place, place, until } from "./place.ts"
import { type Asked, scriptedProvider } from "./scripted-provider.ts"
import { hasTmux, needs, skipped, terminal } from "./tmux.ts"

const duck = `${JSON.stringify(process.execPath)} ${JSON.stringify(duckProgram)}`
const note = skipped(hasTmux, "tmux")
const withTmux = needs(hasTmux)

/** Writes where it is told to, talks slowly where it is told to, and repeats all else. */
function answer({ task, step, results }: Asked) {
  const path = /write (\S+\.ts)/.exec(task)?.[1]
  if (path !== undefined && step === 0) return { calls: [["write", { path, content: "export {}\n" }]] as const }
  if (path !== undefined) return `It said: ${results.at(-1)}`
  if (task.includes("slowly")) return "one more word ".repeat(300)
  return `You said ${JSON.stringify(task)}.`
}

async function chatting(more: { readonly latencyMs?: number } = {}) {
  const here = place()
  const provider = await scriptedProvider(answer, more)
  const screen = terminal(here, provider.env)
  screen.type(`${duck} chat; echo "left with $?"`)
  await screen.shows(/› *$/m)
  return {
    here,
    provider,
    screen,
    async [Symbol.asyncDispose]() {
      await screen[Symbol.asyncDispose]()
      await provider[Symbol.asyncDispose]()
      await here[Symbol.asyncDispose]()
    },
  }
}

const sessions = async (here: Place, env: NodeJS.ProcessEnv) =>
  JSON.parse((await here.duck(["session", "list", "--json"], { env })).stdout).sessions

withTmux(`a conversation: answers, leaving, and going on with it${note}`, async () => {
  await using talk = await chatting()
  const { screen, here, provider } = talk
  screen.type("hello there")
  await screen.shows(/You said "hello there"\./)
  screen.press("C-d")
  await screen.shows(/The conversation is kept: duck chat --session \w{26}[\s\S]*left with 0/)
  expect(screen.cursorIsShown()).toBe(true)
  screen.type(`clear; ${duck} -c`)
  await screen.shows(/› *$/m)
  screen.type("again")
  await screen.shows(/You said "again"\./)
  const [only, ...others] = await sessions(here, provider.env)
  expect(others).toEqual([])
  expect(only).toMatchObject({ title: "hello there", messages: 4 })
})

withTmux(`it asks before it writes; no with a word of what to do instead, then yes${note}`, async () => {
  await using talk = await chatting()
  const { screen, here } = talk
  screen.type("write src/a.ts")
  await screen.shows(/May it\? write src\/a\.ts[\s\S]*allow\?/)
  screen.type("put it elsewhere")
  await screen.shows(/It said: .*no: put it elsewhere/)
  expect(existsSync(join(here.project, "src/a.ts"))).toBe(false)
  screen.type("write src/b.ts")
  await screen.shows(/May it\? write src\/b\.ts[\s\S]*allow\?/)
  screen.type("y")
  await screen.shows(/✓ write src\/b\.ts/)
  expect(readFileSync(join(here.project, "src/b.ts"), "utf8")).toBe("export {}\n")
})

withTmux(`Esc and one Ctrl-C interrupt, a second leaves; what is typed meanwhile stays${note}`, async () => {
  await using talk = await chatting({ latencyMs: 20 })
  const { screen } = talk
  screen.type("talk slowly")
  await screen.shows(/one more word/)
  screen.letters("wait")
  await screen.shows(/› wait *$/m)
  screen.press("Escape")
  await screen.shows(/Interrupted\.\s+› wait *$/m)
  screen.press("C-u")
  screen.type("slowly, please")
  await screen.shows(/Interrupted\.[\s\S]*one more word/)
  screen.press("C-c")
  await screen.shows(/Interrupted\.[\s\S]*Interrupted\.\s+› *$/m)
  // Close to the one that interrupted it is the second already, and another would reach the shell.
  screen.press("C-c")
  await screen.shows(/left with 0|Ctrl-C again leaves/)
  if (!/left with 0/.test(screen.text())) screen.press("C-c")
  await screen.shows(/left with 0/)
})

withTmux(`several lines, pastes, completion and slash commands${note}`, async () => {
  await using talk = await chatting()
  const { screen } = talk
  screen.type('"""')
  screen.type("first")
  screen.type("second")
  screen.type('"""')
  await screen.shows(/You said "first\\nsecond"\./)
  screen.type("a line \\")
  screen.type("goes on")
  await screen.shows(/You said "a line \\ngoes on"\./)
  screen.paste("pasted one\npasted two")
  screen.press("Enter")
  await screen.shows(/\[pasted 1: 2 lines\][\s\S]*You said "pasted one\\npasted two"\./)
  screen.letters("see @src/tok")
  screen.press("Tab")
  await screen.shows(/see @src\/token\.ts/)
  screen.press("Enter")
  await screen.shows(/You said "see src\/token\.ts"\./)
  screen.type("/rename Long words")
  await screen.shows(/is "Long words"/)
  screen.type("/recent")
  await screen.shows(/\w{26}\s+Long words/)
  screen.type("/serach retry")
  await screen.shows(/There is no \/serach\.\s+Did you mean .\/search/)
  screen.type("/search writeTokenFile")
  await screen.shows(/src\/token\.ts:\d+/)
  screen.press("BTab")
  await screen.shows(/accept-edits › *$/m)
  screen.type("/mode plan")
  await screen.shows(/plan › *$/m)
})

withTmux(
  `a server that is killed in the middle of an answer is followed by one that goes on with it${note}`,
  async () => {
    await using talk = await chatting({ latencyMs: 10 })
    const { screen, here } = talk
    screen.type("talk slowly")
    await screen.shows(/one more word/)
    const pid = here.server()?.pid ?? 0
    process.kill(pid, "SIGKILL")
    await screen.shows(/The server went away/)
    await until("another server is there", () => (here.server()?.pid ?? pid) !== pid)
    await until("the answer is whole", async () => {
      const [one] = await sessions(here, here.env)
      return one?.isRunning === false && one?.messages === 2
    })
    screen.type("are you there?")
    await screen.shows(/You said "are you there\?"\./)
  },
)

test("without a terminal it says what to do instead", async () => {
  await using here = place()
  const ran = await here.duck(["chat"])
  expect(ran.code).toBe(2)
  expect(ran.stderr).toContain("duck run")
})
