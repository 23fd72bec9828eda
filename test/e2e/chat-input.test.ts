import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect } from "vitest"
import { duckProgram, place, until } from "./place.ts"
import { type Asked, scriptedProvider } from "./scripted-provider.ts"
import { hasTmux, needs, skipped, terminal } from "./tmux.ts"

const duck = `${JSON.stringify(process.execPath)} ${JSON.stringify(duckProgram)}`
const note = skipped(hasTmux, "tmux")
const withTmux = needs(hasTmux)

/** Writes where it is told to, and else says what it was told and how many results of tools it knows of. */
function answer({ task, step, results }: Asked) {
  const path = /write (\S+\.ts)/.exec(task)?.[1]
  if (path !== undefined && step === 0) return { calls: [["write", { path, content: "export {}\n" }]] as const }
  if (task.includes("slowly")) return "one more word ".repeat(300)
  return `You said ${JSON.stringify(task.slice(0, 60))}, with ${task.includes("<data>") ? "data" : "nothing"}; ${results.length} results.`
}

/** An editor that puts a line below what it is given. */
const editor = `#!/bin/sh\nprintf 'from the editor\\n' >> "$1"\n`

async function chatting(more: { readonly latencyMs?: number; readonly flags?: string } = {}) {
  const here = place()
  here.write(".claude/commands/deploy.md", "---\ndescription: Deploy it\n---\nDeploy to $1 now.\n")
  const editing = join(here.home, "..", "editor.sh")
  writeFileSync(editing, editor)
  chmodSync(editing, 0o755)
  const provider = await scriptedProvider(answer, more)
  const paged = JSON.stringify(join(here.home, "..", "paged.txt"))
  const pager = join(here.home, "..", "pager.sh")
  // The screen is empty until the terminal is the conversation's again: whoever waits for its line waits for that.
  writeFileSync(pager, `#!/bin/sh\nprintf '\\033[2J\\033[H'\ncp "$1" ${paged}.part && mv ${paged}.part ${paged}\n`)
  chmodSync(pager, 0o755)
  const screen = terminal(here, { ...provider.env, EDITOR: editing, PAGER: pager })
  screen.type(`${duck} chat ${more.flags ?? ""}; echo "left with $?"`)
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

withTmux(
  `!program runs without asking, its output is shown, and the model sees it with the next message${note}`,
  async () => {
    await using talk = await chatting()
    const { screen, provider } = talk
    screen.type("!echo hello from the shell; false")
    await screen.shows(/^hello from the shell\s+Exit code 1\.\s+› *$/m)
    expect(provider.asked).toEqual([])
    screen.type("what was that")
    await screen.shows(/You said "what was that"/)
    screen.type("/mode plan")
    await screen.shows(/plan › *$/m)
    screen.type("!touch made.txt")
    await screen.shows(/Not allowed/)
    expect(existsSync(join(talk.here.project, "made.txt"))).toBe(false)
  },
)

withTmux(`whoever begins to talk hears of what waits for their trust${note}`, async () => {
  await using here = place()
  const hook = { hooks: [{ type: "command", command: "./check.sh" }] }
  here.write(".claude/settings.json", JSON.stringify({ hooks: { PreToolUse: [hook] } }))
  await using provider = await scriptedProvider(answer)
  await using screen = terminal(here, provider.env)
  screen.type(`${duck} chat`)
  await screen.shows(/1 file of this project would run or allow things, and waits for your trust: \/trust/)
  screen.type("/trust")
  await screen.shows(/\.claude\/settings\.json[\s\S]*duck trust --accept/)
})

withTmux(`Esc Esc goes back to an earlier message, with the files or without${note}`, async () => {
  await using talk = await chatting({ flags: "--mode accept-edits" })
  const { screen, here } = talk
  const made = join(here.project, "src/made.ts")
  screen.type("first words")
  await screen.shows(/You said "first words"/)
  screen.type("write src/made.ts")
  await screen.shows(/✓ write src\/made\.ts[\s\S]*accept-edits › *$/m)
  expect(existsSync(made)).toBe(true)
  screen.press("Escape", "Escape")
  await screen.shows(/Back to before which message\?\s+1 {2}first words\s+2 {2}write src\/made\.ts\s+number/)
  screen.type("2")
  await screen.shows(/\(b\)oth/)
  screen.type("b")
  await screen.shows(/taken back[\s\S]*› write src\/made\.ts *$/im)
  expect(existsSync(made)).toBe(false)
  screen.press("C-u")
  await screen.shows(/^accept-edits › *$/m)
  screen.press("Escape", "Escape")
  await screen.shows(/Back to before which message\?[\s\S]*Back to before which message\?\s+1 {2}first words\s+number/)
  screen.press("Escape")
  await screen.shows(/Everything stays as it is\./)
})

withTmux(`Ctrl+G opens the editor with what is typed, and takes back what it leaves${note}`, async () => {
  await using talk = await chatting()
  const { screen } = talk
  screen.letters("typed here")
  await screen.shows(/› typed here *$/m)
  screen.press("C-g")
  await screen.shows(/› typed here⏎from the editor *$/m)
  screen.press("Enter")
  await screen.shows(/You said "typed here\\nfrom the editor"/)
})

withTmux(`Ctrl+R finds what was typed as it is typed, and Ctrl+G gives the line back${note}`, async () => {
  await using talk = await chatting()
  const { screen } = talk
  for (const words of ["alpha one", "beta two", "alpha three"]) {
    screen.type(words)
    await screen.shows(new RegExp(`You said "${words}"`))
  }
  screen.letters("begun")
  await screen.shows(/› begun *$/m)
  screen.press("C-r")
  screen.letters("alpha")
  await screen.shows(/\(search\) alpha › alpha three *$/m)
  screen.press("C-r")
  await screen.shows(/\(search\) alpha › alpha one *$/m)
  screen.press("C-g")
  await screen.shows(/^› begun *$/m)
  screen.press("C-u", "C-r")
  screen.letters("beta")
  await screen.shows(/\(search\) beta › beta two *$/m)
  screen.press("Enter")
  await screen.shows(/You said "beta two"[\s\S]*You said "beta two"/)
})

withTmux(`a line is a command, a question, or both; what would change things is asked about${note}`, async () => {
  await using talk = await chatting()
  const { screen, provider } = talk
  screen.type("search writeTokenFile")
  await screen.shows(/Understood: \/search writeTokenFile[\s\S]*src\/token\.ts:\d+/)
  expect(provider.asked).toEqual([])
  screen.type("explain src/retry.ts and tell me what to fix first")
  await screen.shows(
    /Understood: \/explain src\/retry\.ts, then "tell me what to fix first"[\s\S]*with data; 0 results/,
  )
  screen.type("/clear")
  screen.type("duck memory add we use tabs")
  await screen.shows(/\/memory add we use tabs changes things: y runs it, n says it to the assistant › *$/m)
  screen.type("n")
  await screen.shows(/You said "duck memory add we use tabs", with nothing/)
  screen.type("stop")
  await screen.shows(/You said "stop"/)
})

withTmux(`slash commands of one's own, files in the context, saving, and completion${note}`, async () => {
  await using talk = await chatting()
  const { screen, here, provider } = talk
  screen.letters("/depl")
  screen.press("Tab")
  await screen.shows(/› \/deploy *$/m)
  screen.letters("prod")
  screen.press("Enter")
  await screen.shows(/You said "Deploy to prod now\."/)
  screen.letters("/context add src/tok")
  screen.press("Tab")
  await screen.shows(/\/context add src\/token\.ts *$/m)
  screen.press("Enter")
  await screen.shows(/in the context[\s\S]*src\/token\.ts\s+\d+/)
  screen.type("and now")
  await screen.shows(/You said "and now"/)
  screen.type("/context remove src/nothing.ts")
  await screen.shows(/src\/nothing\.ts is not in the context\.\s+There are: src\/token\.ts/)
  screen.type("/context clear")
  await screen.shows(/No more: src\/token\.ts/)
  screen.type("/save talk.md")
  await screen.shows(/Saved as talk\.md/)
  expect(readFileSync(join(here.project, "talk.md"), "utf8")).toContain("Deploy to prod now.")
  screen.type("/save talk.md")
  await screen.shows(/There is a file talk\.md already\./)
  screen.type("/deplyo prod")
  await screen.shows(/There is no \/deplyo\.\s+Did you mean .\/deploy/)
  expect(provider.asked.map(({ task }) => task)).toEqual(["Deploy to prod now.", "and now"])
})

withTmux(
  `leaving with something unsaid is asked about; a terminal that goes away keeps it for the next time${note}`,
  async () => {
    await using talk = await chatting()
    const { screen } = talk
    screen.type('"""')
    screen.type("half a message")
    await screen.shows(/… *$/m)
    screen.press("C-d")
    await screen.shows(/Leave\? what you typed is not said \(y\/n\) › *$/m)
    screen.type("n")
    await screen.shows(/^› half a message⏎? *$/m)
    screen.press("C-u")
    screen.press("C-d")
    await screen.shows(/left with 0/)
  },
)

withTmux(`Ctrl+O shows in the pager, in full, what was answered and run since the last message${note}`, async () => {
  await using talk = await chatting()
  const { screen, here } = talk
  const paged = join(here.home, "..", "paged.txt")
  screen.press("C-o")
  await screen.shows(/Nothing was answered or run/)
  screen.type("!seq 1 60")
  await screen.shows(/Exit code 0\.\s+› *$/m)
  screen.press("C-o")
  await until("the pager has it", () => existsSync(paged))
  expect(readFileSync(paged, "utf8")).toMatch(/^── run seq 1 60 · done\n1\n2\n[\s\S]*\n60\n/)
  rmSync(paged)
  await screen.shows(/^› *$/m)
  screen.type("what now?")
  await screen.shows(/You said "what now\?"/)
  screen.letters("half")
  screen.press("C-o")
  await until("the pager has it", () => existsSync(paged))
  expect(readFileSync(paged, "utf8")).toMatch(/^You said "what now\?"/)
  // What was being typed is still there, and the keys are ours again.
  await screen.shows(/› half *$/m)
  screen.type(" said")
  await screen.shows(/You said "half said"/)
})
