import { existsSync, readdirSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { expect } from "vitest"
import { duckProgram, type Place, place, processesOf, until } from "./place.ts"
import { scriptedProvider } from "./scripted-provider.ts"
import { hasTmux, needs, skipped, terminal } from "./tmux.ts"

const duck = `${JSON.stringify(process.execPath)} ${JSON.stringify(duckProgram)}`
const note = skipped(hasTmux, "tmux")

/** Processes of the data folder that are neither its server nor the parsers that end by themselves. */
const chatsOf = (here: Place) =>
  processesOf(here.home).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("duck.mjs\0")
    } catch {
      return false
    }
  })

/** By conversation. */
function draftsOf(here: Place): Record<string, string> {
  const folder = join(here.home, "state", "chat-drafts")
  if (!existsSync(folder)) return {}
  return Object.fromEntries(
    readdirSync(folder).map((name) => [basename(name, ".txt"), readFileSync(join(folder, name), "utf8").trimEnd()]),
  )
}

type Screen = ReturnType<typeof terminal>

/** Ways in which a terminal goes away under a conversation, and what it is started with. */
const ways: readonly (readonly [how: string, begin: string, goAway: (screen: Screen) => void | Promise<void>])[] = [
  ["its session is closed", "", (screen) => screen.kill("kill-session")],
  ["the program that shows it dies", "", (screen) => screen.kill("SIGKILL")],
  [
    "the person was just asked whether to leave",
    "",
    async (screen) => {
      screen.press("C-u")
      screen.type('"""')
      screen.type("half a thought")
      await screen.shows(/… *$/m)
      screen.press("C-d")
      await screen.shows(/Leave\? what you typed is not said/)
      screen.kill("kill-session")
    },
  ],
  ["no signal tells of it", "setsid --wait", (screen) => screen.kill("kill-server")],
]

needs(hasTmux)(
  `what was typed and not said is there again when the terminal went away, however it went${note}`,
  async () => {
    await using here = place()
    await using provider = await scriptedProvider(({ task }) => `${task} `.repeat(100), { latencyMs: 20 })
    for (const [how, begin, goAway] of ways) {
      {
        await using screen = terminal(here, provider.env)
        screen.type(`${begin} ${duck} chat`)
        await screen.shows(/› *$/m)
        screen.type("talk")
        // It goes away while something is being written to it.
        await screen.shows(/talk talk talk/)
        screen.letters("half a thought")
        await screen.shows(/› half a thought *$/m)
        await goAway(screen)
        await until(`no conversation is left behind: ${how}`, () => chatsOf(here).length === 0)
      }
      const drafts = draftsOf(here)
      expect(Object.values(drafts), how).toEqual(["half a thought"])
      await using screen = terminal(here, provider.env)
      screen.type(`${duck} chat --session ${Object.keys(drafts)[0]}; echo "left with $?"`)
      await screen.shows(/› half a thought⏎? *$/m)
      expect(draftsOf(here), how).toEqual({})
      screen.press("C-u")
      screen.press("C-d")
      await screen.shows(/left with 0/)
    }
  },
)
