import { symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, expect, test } from "vitest"
import { saying, scripted } from "../../models/scripted.testing.ts"
import { silentLogger } from "../../observe/log.ts"
import { begun, calling, folderWith, worldIn } from "../agents/agents.testing.ts"
import { catalogueOf } from "./catalogue.ts"
import { frontMatter, listField, textField } from "./front-matter.ts"
import { listingMessages } from "./listing.ts"
import { expandSlash } from "./slash.ts"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const file = (fields: string, body: string) => `---\n${fields}\n---\n\n${body}\n`
const files = {
  "project/.agents/skills/release/SKILL.md": file(
    "name: release\ndescription: How releases are made",
    "Tag, then push.",
  ),
  "home/.claude/skills/release/SKILL.md": file("name: release\ndescription: of the home", "never"),
  "home/.claude/skills/notes/SKILL.md": file("description: >\n  Where notes\n  are kept", "In notes/."),
  "project/.claude/agents/reviewer.md": file(
    "name: reviewer\ndescription: reviews\ntools: Read, Grep, Bash(git diff:*)\nmodel: sonnet\npermissionMode: plan",
    "Review it.",
  ),
  "project/.claude/commands/git/fix.md": file(
    "description: fixes\nargument-hint: <issue>",
    "Fix $1 with care: $ARGUMENTS",
  ),
  "home/.agents/commands/hello.md": "Say hello.",
}
const load = (top: string) => catalogueOf({ root: join(top, "project"), home: join(top, "home"), logger: silentLogger })

test("skills, agents and commands are read where users have them, the project's first", async () => {
  const { skills, agents, commands } = await load(folderWith(files, cleanups))
  expect([...skills.values()].map(({ name, from, description }) => [name, from, description])).toEqual([
    ["release", "project", "How releases are made"],
    ["notes", "home", "Where notes are kept"],
  ])
  expect([...agents.keys()]).toEqual(["reviewer", "general", "explore"])
  expect(agents.get("reviewer")).toEqual({
    name: "reviewer",
    description: "reviews",
    instructions: "Review it.",
    tools: ["read", "search", "run"],
    mode: "plan",
  })
  expect([...commands.keys()]).toEqual(["git:fix", "hello"])
})

test("a link in a project that leads out of it is not followed", async () => {
  const top = folderWith({ "secret.txt": "key", "project/.agents/skills/x/a.txt": "" }, cleanups)
  symlinkSync(join(top, "secret.txt"), join(top, "project/.agents/skills/x/SKILL.md"))
  expect((await load(top)).skills.size).toBe(0)
})

test("a file that is too large is left out, the others stay", async () => {
  const top = folderWith(files, cleanups)
  writeFileSync(join(top, "home/.agents/commands/huge.md"), "x".repeat(300_000))
  expect([...(await load(top)).commands.keys()]).toEqual(["git:fix", "hello"])
})

test("the model is told the names, reads a skill when it needs it, and delegates to an agent of the project", async () => {
  const person = scripted(
    calling(["skill", { name: "release" }], ["skill", { name: "none" }]),
    calling(["delegate", { task: "look", agent: "reviewer" }]),
    saying("Looked."),
    saying("Released."),
  )
  const made = await worldIn(folderWith(files, cleanups), person.model)
  cleanups.push(() => made.close())
  const id = await begun(made)
  await made.assistant.say(id, [{ kind: "text", text: "release" }], "ada")
  await made.assistant.ended(id)
  const prompt = JSON.stringify(person.requests[0]?.messages)
  expect(prompt).toContain("- release: How releases are made")
  expect(prompt).not.toContain("Tag, then push.")
  const results = JSON.stringify(person.requests[1]?.messages.at(-1))
  expect(results).toContain("Tag, then push.")
  expect(results).toContain("There are: release, notes.")
  expect(JSON.stringify(person.requests[2]?.messages)).toContain("Review it.")
  expect(person.requests[2]?.tools?.map(({ name }) => name)).toEqual(["read", "search", "run"])
})

test("the list of skills has a budget, and says how many are left out", () => {
  const many = Array.from({ length: 500 }, (_, n) => ({ name: `s${n}`, description: "long words ".repeat(40) }))
  const skills = new Map(many.map((one) => [one.name, { ...one, body: "", folder: "", from: "home" as const }]))
  const [message] = listingMessages({ skills, agents: new Map() })
  const text = JSON.stringify(message)
  expect(text.length).toBeLessThan(12_000)
  expect(text).toMatch(/and \d+ more/)
})

test("a slash command takes arguments as a whole and by word", async () => {
  const catalogue = await load(folderWith(files, cleanups))
  expect(expandSlash(catalogue, "git:fix", '"issue 7" now $1')).toBe('Fix issue 7 with care: "issue 7" now $1')
  expect(expandSlash(catalogue, "hello", "to Ada")).toBe("Say hello.\n\nto Ada")
  expect(expandSlash(catalogue, "release", "")).toBe("Tag, then push.")
  expect(expandSlash(catalogue, "nothing", "")).toBeUndefined()
})

test("front matter is read in the forms that people write it", () => {
  const text = `---\r\nname: "a: b"\r\ntools:\r\n  - Read\r\n  - 'Bash'\r\nlist: [x, "y"]\r\nnote: it's # comment\r\n---\r\nBody\r\n---\r\nmore`
  const markdown = frontMatter(text)
  expect(textField(markdown, "name")).toBe("a: b")
  expect(listField(markdown, "tools")).toEqual(["Read", "Bash"])
  expect(listField(markdown, "list")).toEqual(["x", "y"])
  expect(textField(markdown, "note")).toBe("it's")
  expect(markdown.body).toBe("Body\r\n---\r\nmore")
  expect(frontMatter("---\nunclosed: yes\n")).toEqual({ fields: {}, body: "---\nunclosed: yes" })
  expect(frontMatter("no front matter")).toEqual({ fields: {}, body: "no front matter" })
})
