import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { sha256Of } from "../../access/permissions/trust-store.ts"
import type { PackedContext } from "../context.ts"
import type { Experiment } from "./experiments.ts"
import { plainStyle, styleOf } from "./family.ts"
import { openLibrary } from "./library.ts"
import { openPrompts } from "./open-prompts.ts"

const template = (says: string, version = "1.0.0") =>
  `---\ndescription: A test\nversion: ${version}\nengine: test\n---\n@system\n${says}\n{{> data}}\n@user\nGo on.\n`

function placesWith(files: { user?: Record<string, string>; project?: Record<string, string> }) {
  const top = mkdtempSync(join(tmpdir(), "duck-prompts-"))
  onTestFinished(() => rmSync(top, { recursive: true, force: true }))
  const write = (folder: string, all: Record<string, string> = {}) => {
    for (const [path, text] of Object.entries(all)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
  }
  const root = join(top, "project")
  write(join(top, "config/prompts"), files.user)
  write(join(root, ".duck/prompts"), files.project)
  const trusted = new Set<string>()
  const isTrusted = (path: string, sha256: string) => trusted.has(`${path} ${sha256}`)
  const trust = (path: string) => trusted.add(`.duck/prompts/${path} ${sha256Of(files.project?.[path] ?? "")}`)
  return { top, root, trust, open: () => openLibrary({ config: join(top, "config"), root, isTrusted }) }
}
const empty: PackedContext = { items: [], left: [], tokens: 0, budgetTokens: 0, sources: [], tookMs: 0 }
const filling = { variables: {}, context: empty, rules: [], model: "", user: "ada" }

test("every built-in template compiles", () => {
  const { open } = placesWith({})
  for (const entry of open().entries) expect(entry.template().sections.length, entry.shown).toBeGreaterThan(0)
})

test("the project's goes before the user's, once it is trusted as it is", () => {
  const { open, trust } = placesWith({
    user: { "test/it.md": template("the user's") },
    project: { "test/it.md": template("the project's") },
  })
  expect(open().choose("test/it").layer).toBe("user")
  expect(open().entries.map(({ layer, holds }) => [layer, holds])).toContainEqual(["project", false])
  trust("test/it.md")
  expect(open().choose("test/it")).toMatchObject({ layer: "project", source: ".duck/prompts/test/it.md" })
})

test("of one place the version for the model's family is taken; another place's goes before it", () => {
  const { open, trust } = placesWith({
    user: { "test/it.md": template("all"), "test/it.anthropic.md": template("claude") },
    project: { "test/it.md": template("project") },
  })
  expect(open().choose("test/it", { family: "anthropic" }).text).toContain("claude")
  expect(open().choose("test/it", { family: "openai" }).text).toContain("all")
  trust("test/it.md")
  expect(open().choose("test/it", { family: "anthropic" }).text).toContain("project")
})

test("a partial of the user stands in place of the built-in one; a project's only when it is trusted", () => {
  const { open, trust } = placesWith({
    user: { "test/it.md": template("x"), "partials/data.md": "Mine." },
    project: { "partials/data.md": "Theirs." },
  })
  const texts = () => JSON.stringify(open().choose("test/it").template().sections)
  expect(texts()).toContain("Mine.")
  trust("partials/data.md")
  expect(texts()).toContain("Theirs.")
})

test("a broken template is an error when it is asked for, with file, line and column, and stops no other", () => {
  const { open, top } = placesWith({
    user: { "test/it.md": template("Hi {{nobody}}"), "test/other.md": template("x") },
  })
  const library = open()
  expect(() => library.choose("test/it").template()).toThrow(
    `${join(top, "config/prompts/test/it.md")}:7:4: \`nobody\` is not among`,
  )
  expect(library.choose("test/other").template().version).toBe("1.0.0")
})

test("a link is no template, and a name that is not there gets the nearest", () => {
  const { open, root, top } = placesWith({ user: { "test/it.md": template("x") }, project: {} })
  mkdirSync(join(root, ".duck/prompts/test"), { recursive: true })
  symlinkSync(join(top, "config/prompts/test/it.md"), join(root, ".duck/prompts/test/link.md"))
  expect(open().entries.filter(({ layer }) => layer === "project")).toEqual([])
  expect(() => open().choose("test/itt")).toThrow("Did you mean `test/it`")
})

test("people keep their variant, which is told with the prompt; a variant that is gone is not counted", async () => {
  const { open, root } = placesWith({ user: { "test/it.md": template("base"), "test/it@short.md": template("short") } })
  const experiment: Experiment = { name: "tone", prompt: "test/it", variants: { base: 1, short: 1 }, sample: 200 }
  const prompts = (one: Experiment) =>
    openPrompts({
      library: open,
      experiments: [one],
      project: root,
      styleOf: async () => plainStyle,
      record: async () => {},
    })
  const seen = new Map<string, string>()
  for (let n = 0; n < 40; n++) {
    const user = `user ${n}`
    const { prompt, messages } = await prompts(experiment).render("test/it", { ...filling, user })
    const again = await prompts(experiment).render("test/it", { ...filling, user })
    expect(again.prompt).toEqual(prompt)
    expect(JSON.stringify(messages)).toContain(prompt.variant === "tone:short" ? "short" : "base")
    seen.set(prompt.variant, user)
  }
  expect([...seen.keys()].sort()).toEqual(["tone:base", "tone:short"])
  const gone = await prompts({ ...experiment, variants: { none: 1 } }).render("test/it", filling)
  expect(gone.prompt.variant).toBe("")
})

test("a model is spoken to as its family is, whoever provides it", () => {
  expect(styleOf("work/claude-sonnet-5", "openai-chat").family).toBe("anthropic")
  expect(styleOf("x", "anthropic").family).toBe("anthropic")
  expect(styleOf("openai/gpt-5", "openai").family).toBe("openai")
  expect(styleOf("ollama/gpt-oss:20b", "ollama").family).toBe("local")
  expect(styleOf("gemini-3-pro", undefined).family).toBe("gemini")
  const without = ["gemma-7b", "gemma2:9b", "gemma3:4b", "o1-mini"].map((name) => styleOf(name, "ollama").hasSystem)
  expect(without).toEqual([false, false, false, false])
  expect(["gemma4:12b", "gemma-4-9b", "qwen3"].map((name) => styleOf(name, "ollama").hasSystem)).not.toContain(false)
})
