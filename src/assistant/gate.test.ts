import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, expect, test } from "vitest"
import { readRules } from "../access/permissions/rule.ts"
import { gateOf } from "./gate.ts"
import { toolbox } from "./tools/toolbox.ts"

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** What a gate with these rules, in mode auto, says to a call in a project with `secret/key`. */
function gateWith(settings: Parameters<typeof readRules>[0]["settings"]) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "duck-gate-")))
  folders.push(root)
  mkdirSync(join(root, "secret/deep"), { recursive: true })
  writeFileSync(join(root, "secret/key"), "k")
  const { rules } = readRules({ layer: "user", where: "settings", settings })
  const gate = gateOf({
    state: () => ({ mode: "auto", allowed: [], wishes: {} }),
    rules: () => rules,
    tools: toolbox,
    place: { root, home: "/nowhere" },
    actor: "ada",
    audit: { note: () => {} },
  })
  const decision = async (name: string, args: object) => {
    const tool = toolbox.get(name)
    if (!tool) throw new Error(`no tool ${name}`)
    const input = tool.input.parse(args)
    const call = { id: "c", tool, input, touches: tool.touches(input) }
    return (await gate(call, new AbortController().signal)).decision
  }
  return { root, decision }
}

test("a rule about a file holds for the links that lead to it", async () => {
  const { root, decision } = gateWith({ deny: ["Read(secret/**)"] })
  symlinkSync("secret/key", join(root, "plain.txt"))
  symlinkSync("secret", join(root, "folder"))
  expect(await decision("read", { path: "secret/key" })).toBe("deny")
  expect(await decision("read", { path: "plain.txt" })).toBe("deny")
  expect(await decision("read", { path: "folder/key" })).toBe("deny")
  expect(await decision("read", { path: "other.txt" })).toBe("allow")
})

test("what a command names is sought from the folder that it runs in", async () => {
  const { decision } = gateWith({ deny: ["Edit(secret/**)"] })
  expect(await decision("run", { command: "echo x > key" })).toBe("allow")
  expect(await decision("run", { command: "echo x > key", folder: "secret" })).toBe("deny")
  expect(await decision("run", { command: "echo x > ../key", folder: "secret/deep" })).toBe("deny")
})
