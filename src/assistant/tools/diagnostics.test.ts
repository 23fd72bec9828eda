import { afterEach, expect, test } from "vitest"
import type { Mode } from "../../access/permissions/mode.ts"
import { type PermissionSettings, readRules } from "../../access/permissions/rule.ts"
import { saying, scripted } from "../../models/scripted.testing.ts"
import { begun, calling, folderWith, worldIn } from "../agents/agents.testing.ts"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** What the model reads when it calls `diagnostics` in a project whose linter is a script. */
async function diagnosed(
  input: object,
  mode: Mode,
  settings: PermissionSettings = {},
  before: [string, object][] = [],
) {
  const place = { row: 1, column: 2 }
  const found = JSON.stringify([{ code: "F821", message: "no such name", filename: "a.py", location: place }])
  const files = {
    "project/ruff.toml": "",
    "project/a.py": "x\n",
    "project/.venv/bin/ruff": `#!/bin/sh\necho '${found}'\nexit 1\n`,
  }
  const top = folderWith(files, cleanups)
  const model = scripted(
    calling(["run", { command: "chmod +x .venv/bin/ruff" }]),
    ...before.map((call) => calling(call)),
    calling(["diagnostics", input]),
    saying("End."),
  )
  const allow = { allow: ["Bash(chmod:*)", ...(settings.allow ?? [])] }
  const { rules } = readRules({ layer: "user", where: "settings", settings: { ...settings, ...allow } })
  const made = await worldIn(top, model.model, { rules: () => rules })
  cleanups.push(() => made.close())
  const id = await begun(made, mode)
  await made.assistant.say(id, [{ kind: "text", text: "look" }], "ada", { wishes: { canAsk: false } })
  await made.assistant.ended(id)
  const last = made.events(id).findLast(({ type }) => type === "tool.finished")
  if (last?.type !== "tool.finished") throw new Error("no call was made")
  const text = last.data.content.map((part) => (part.kind === "text" ? part.text : "")).join("\n")
  return { outcome: last.data.outcome, text }
}

test("what the project's tools find is told by place, tool and rule", async () => {
  const { outcome, text } = await diagnosed({ paths: ["a.py"] }, "auto")
  expect(outcome).toBe("done")
  expect(text).toBe("a.py:1:2 error ruff F821: no such name\nruff: 1 finding in 1 file.")
})

test("without paths it looks at what was changed, and says where there is nothing to look at", async () => {
  expect((await diagnosed({}, "auto")).text).toContain("No file was changed")
  const edit: [string, object] = ["edit", { path: "a.py", before: "x", after: "y" }]
  expect((await diagnosed({}, "auto", {}, [edit])).text).toContain("1 finding in 1 file")
  expect((await diagnosed({ all: true, kind: "types" }, "auto")).text).toContain("No type checker or linter")
})

test("it runs programs: it is judged as such, and a rule that denies the program denies it here", async () => {
  expect((await diagnosed({ paths: ["a.py"] }, "ask")).outcome).toBe("denied")
  expect((await diagnosed({ paths: ["a.py"] }, "ask", { allow: ["diagnostics"] })).outcome).toBe("done")
  const { outcome, text } = await diagnosed({ paths: ["a.py"] }, "auto", { deny: ["Bash(ruff:*)"] })
  expect(outcome).toBe("failed")
  expect(text).toMatch(/ruff said nothing: it may not be run: .*Bash\(ruff:\*\)/)
  expect((await diagnosed({ paths: ["../../etc/passwd"] }, "auto")).outcome).toBe("denied")
})
