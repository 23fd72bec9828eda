import { expect, test } from "vitest"
import { duckProgram, place } from "./place.ts"
import { hasTmux, needs, skipped, terminal } from "./tmux.ts"

const duck = `${JSON.stringify(process.execPath)} ${JSON.stringify(duckProgram)}`

test("one expression is printed, as people or programs read it, with errors that say what to do", async () => {
  await using here = place()
  const count = await here.duck(["console", "-e", 'const r = await search("writeTokenFile"); r.hits.length > 0'])
  expect(count).toMatchObject({ code: 0, stdout: "true\n" })
  const shown = await here.duck(["console", "-e", 'search("writeTokenFile", { limit: 1 })'])
  expect(shown.stdout).toContain("src/token.ts")
  const json = await here.duck(["console", "--json", "-e", 'search("writeTokenFile", { limit: 1 })'])
  expect(JSON.parse(json.stdout).hits).toHaveLength(1)
  const unknown = await here.duck(["console", "-e", 'await duck.explain("nothing_so")'])
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringMatching(/error: .*nothing_so[\s\S]*hint: /) })
  const wrong = await here.duck(["console", "-e", "foo bar"])
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("SyntaxError") })
})

needs(hasTmux)(
  `the console waits for promises, completes, and Ctrl-C ends only what runs${skipped(hasTmux, "tmux")}`,
  async () => {
    await using here = place()
    await using screen = terminal(here)
    screen.type(`${duck} console; echo "left with $?"`)
    await screen.shows(/duck> *$/m)
    screen.type('search("writeTokenFile", { limit: 1 })')
    await screen.shows(/src\/token\.ts:\d+[\s\S]*duck> *$/m)
    screen.type("_.hits[0].path")
    await screen.shows(/'src\/token\.ts'/)
    screen.type('duck.explain("nothing_so")')
    await screen.shows(/error: .*nothing_so[\s\S]*hint: [\s\S]*duck> *$/m)
    screen.type('console.log("be" + "gun"); for (;;) {}')
    await screen.shows(/^begun$/m)
    screen.press("C-c")
    await screen.shows(/error: Interrupted\.\s+duck> *$/m)
    screen.type("20 + 22")
    await screen.shows(/^42$/m)
    screen.press("C-d")
    await screen.shows(/left with 0/)
  },
)
