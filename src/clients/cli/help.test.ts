import { expect, test } from "vitest"
import { commandHelp, folded, groupHelp, type HelpLook, overviewHelp } from "./help.ts"
import { command, sampleManifest } from "./manifest.testing.ts"
import { paints } from "./terminal.ts"

const plain: HelpLook = { paints: paints(false), width: 80 }
const ask = sampleManifest.commands[0] ?? command("ask")

test("a command's help shows usage, arguments, options with defaults and choices, and an example", () => {
  const text = commandHelp(ask, sampleManifest, plain)
  expect(text).toContain("duck ask <question...> [options]")
  expect(text).toMatch(/-n, --limit <number> +Most passages \(default 5\)/)
  expect(text).toMatch(/--path <text\.\.\.> +Only under these paths/)
  expect(text).toContain('duck ask "where is the token read"')
  expect(text).toContain("--json")
})

test("a switch that is on is shown with what turns it off", () => {
  const search = sampleManifest.commands.find(({ name }) => name === "search")
  expect(commandHelp(search ?? ask, sampleManifest, plain)).toMatch(
    /--\[no-\]follow-up[\s\S]*\(on unless\s--no-follow-up\)/,
  )
})

test("a command with commands under it names them, in the overview and in its own help", () => {
  const refactor = command("refactor")
  const manifest = { ...sampleManifest, commands: [refactor, command("refactor.rename")] }
  expect(overviewHelp(manifest, plain)).toMatch(/refactor +Do refactor; also rename/)
  expect(commandHelp(refactor, manifest, plain)).toMatch(/Commands:\n +rename +Do refactor rename/)
})

test("the overview names every command once, groups with their verbs", () => {
  const text = overviewHelp(sampleManifest, plain)
  for (const { words } of sampleManifest.commands) expect(text).toContain(`  ${words[0]} `)
  expect(text).toMatch(/index +status, rebuild/)
})

test("a group lists its commands with their summaries", () => {
  const text = groupHelp(["index"], sampleManifest, plain)
  expect(text).toContain("duck index <command>")
  expect(text).toMatch(/status +Do index status/)
  expect(text).not.toContain("config")
})

test("no line is wider than the terminal", () => {
  for (const width of [60, 80, 100]) {
    const pages = [...sampleManifest.commands.map((each) => commandHelp(each, sampleManifest, { ...plain, width }))]
    for (const line of [...pages, overviewHelp(sampleManifest, { ...plain, width })].join("\n").split("\n")) {
      expect(line.length).toBeLessThanOrEqual(width)
    }
  }
})

test("folding keeps words whole and lines apart", () => {
  expect(folded("one two three\nfour", 8)).toEqual(["one two", "three", "four"])
  expect(folded("incomprehensibilities it is", 5)).toEqual(["incomprehensibilities", "it is"])
})

test("colours are there when asked for, and only then", () => {
  expect(commandHelp(ask, sampleManifest, { paints: paints(true), width: 80 })).toContain("\x1b[1m")
  expect(commandHelp(ask, sampleManifest, plain)).not.toContain("\x1b")
})
