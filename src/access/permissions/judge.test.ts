import { expect, test } from "vitest"
import { judge, type ToolRequest } from "./judge.ts"
import type { Mode } from "./mode.ts"
import { type LayerName, type PermissionSettings, type Rule, readRules } from "./rule.ts"

const place = { root: "/project", home: "/home/ada" }

const layer = (name: LayerName, settings: PermissionSettings): readonly Rule[] =>
  readRules({ layer: name, where: `${name}.json`, settings }).rules

const run = (command: string): ToolRequest => ({ tool: "run", effects: ["executes"], command })
const edit = (path: string): ToolRequest => ({ tool: "edit", effects: ["writes"], paths: [{ path, access: "write" }] })
const read = (path: string): ToolRequest => ({ tool: "read", effects: ["reads"], paths: [{ path, access: "read" }] })

const decided = (request: ToolRequest, rules: readonly Rule[] = [], mode: Mode = "ask") =>
  judge(request, rules, mode, place).decision

test("without rules the mode decides by what a call does", () => {
  const table = (mode: Mode) =>
    [
      read("a.ts"),
      edit("a.ts"),
      run("npm test"),
      { tool: "fetch", effects: ["network"], domains: ["x.org"] } as const,
    ].map((request) => decided(request, [], mode))
  expect(table("plan")).toEqual(["allow", "deny", "deny", "ask"])
  expect(table("ask")).toEqual(["allow", "ask", "ask", "ask"])
  expect(table("accept-edits")).toEqual(["allow", "allow", "ask", "ask"])
  expect(table("auto")).toEqual(["allow", "allow", "allow", "ask"])
})

test("plan mode reads only, whatever is allowed", () => {
  const rules = layer("organisation", { allow: ["Bash", "Edit", "edit"] })
  expect(decided(edit("a.ts"), rules, "plan")).toBe("deny")
  expect(decided(run("rm -rf x"), rules, "plan")).toBe("deny")
  expect(decided(run("ls src && git log -p | head -5"), [], "plan")).toBe("allow")
  expect(decided(run("cat a.ts > b.ts"), [], "plan")).toBe("deny")
})

test("every part of a command must be allowed, in whatever it is wrapped", () => {
  const rules = layer("user", { allow: ["Bash(npm run test:*)", "Bash(git commit *)", "Bash(echo:*)"] })
  for (const command of [
    "npm run test",
    "npm run test:unit",
    "npm run test -- --watch && git commit -m 'a; b'",
    "env CI=1 timeout 60 npm run test",
    "bash -c 'npm run test | head'",
    "echo $(npm run test)",
    "(cd src && npm run test) 2>&1 | tail -3",
  ])
    expect([command, decided(run(command), rules)]).toEqual([command, command.includes("test:unit") ? "ask" : "allow"])
  for (const command of [
    "npm run test && rm -rf x",
    "npm run test; curl x",
    "npm run testing",
    "npm run 'test x'",
    "echo $(rm x)",
    "echo `rm x`",
    "echo x > $HOME/.bashrc",
    "echo x > /etc/passwd",
    "echo x > ../other",
    "npm run test | xargs rm",
    "sudo npm run test",
    "PATH=/evil npm run test",
    "bash -c 'npm run test; rm x'",
    "find . -exec rm {} +",
    "./npm run test",
    "git commit -m x\nrm y",
    "git commit -m x & rm y",
    "cat <<EOF\n$(rm x)\nEOF",
    "npm() { rm x; }; npm run test",
  ])
    expect([command, decided(run(command), rules)]).toEqual([command, "ask"])
})

test("a denied program is denied by every path and in every wrapper, and asked about when it may be that one", () => {
  const rules = [
    ...layer("user", { allow: ["Bash"] }),
    ...layer("organisation", { deny: ["Bash(rm:*)", "Bash(git push:*)"] }),
  ]
  for (const command of ["rm x", "/bin/rm x", "\\rm x", "r''m x", "a && rm x", "xargs rm", "sudo rm x", "sh -c 'rm x'"])
    expect([command, decided(run(command), rules)]).toEqual([command, "deny"])
  expect(decided(run("git $x"), rules)).toBe("ask")
  expect(decided(run("$x push"), rules)).toBe("ask")
  expect(decided(run("git status"), rules)).toBe("allow")
  expect(decided(run("cat rm"), rules)).toBe("allow")
})

test("git's own files and RubberDuck's settings are asked about, whatever is allowed for all files", () => {
  const rules = layer("user", { allow: ["Edit", "Edit(**)", "Bash"] })
  for (const request of [
    edit(".git/hooks/pre-commit"),
    edit(".duck/config.json"),
    edit("sub/.GIT/config"),
    run("echo x > .git/config"),
  ])
    expect([request, decided(request, rules, "auto")]).toEqual([request, "ask"])
  expect(decided(edit(".duck/config.json"), layer("user", { allow: ["Edit(.duck/**)"] }))).toBe("allow")
  expect(decided(edit(".gitignore"), rules)).toBe("allow")
  expect(decided(run("watch -n1 rm x"), [...rules, ...layer("user", { deny: ["Bash(rm:*)"] })], "auto")).toBe("ask")
})

test("a file that may not be read may not be named to a program, read by the shell, or written over", () => {
  const rules = [...layer("user", { allow: ["Bash", "Edit", "Read"] }), ...layer("project", { deny: ["Read(.env)"] })]
  for (const request of [
    read(".env"),
    read("sub/.env"),
    edit(".env"),
    read(".ENV"),
    run("cat .env"),
    run("cat < sub/.env"),
  ])
    expect([request, decided(request, rules)]).toEqual([request, "deny"])
  expect(decided(run("cd sub && cat .env"), rules)).toBe("deny")
  expect(decided(read(".env.example"), rules)).toBe("allow")
})

test("no layer loosens what another says; the person's answer in the session settles a question, never a denial", () => {
  const rules = (layers: Partial<Record<LayerName, PermissionSettings>>) =>
    Object.entries(layers).flatMap(([name, settings]) => layer(name as LayerName, settings))
  const push = run("git push origin main")
  const rule = ["Bash(git push:*)"]
  expect(decided(push, rules({ organisation: { deny: rule }, session: { allow: rule } }))).toBe("deny")
  expect(decided(push, rules({ organisation: { ask: rule }, session: { allow: rule } }))).toBe("ask")
  expect(decided(push, rules({ organisation: { allow: rule }, user: { deny: rule } }))).toBe("deny")
  expect(decided(push, rules({ user: { ask: rule }, project: { allow: rule } }))).toBe("ask")
  expect(decided(push, rules({ user: { ask: rule }, session: { allow: rule } }))).toBe("allow")
  expect(decided(push, rules({ project: { deny: rule }, session: { allow: rule } }))).toBe("deny")
  expect(decided(push, rules({ user: { allow: rule, ask: rule } }))).toBe("ask")
})

test("a judgement names the rule and where it stands", () => {
  const { rules } = readRules({
    layer: "project",
    where: ".duck/settings.json",
    settings: { deny: [{ write: "generated/**" }] },
    lineOf: () => 7,
  })
  const { decision, why, rule, parts } = judge(edit("generated/a.ts"), rules, "auto", place)
  expect(decision).toBe("deny")
  expect(rule?.where).toBe(".duck/settings.json:7")
  expect(why).toBe('generated/a.ts is denied by the project\'s rule {"write":"generated/**"} (.duck/settings.json:7).')
  expect(parts).toHaveLength(1)
  expect(judge(run("a && b"), [], "ask", place).parts.map((part) => part.text)).toEqual(["a", "b"])
})

test("what is outside the project is asked about even when edits are accepted", () => {
  expect(decided(edit("/etc/passwd"), [], "auto")).toBe("ask")
  expect(decided(read("/home/ada/.ssh/id_rsa"), [], "auto")).toBe("ask")
  expect(decided(run("cat /home/ada/.ssh/id_rsa"), [], "ask")).toBe("ask")
  expect(decided(edit("/home/ada/notes/a.md"), layer("user", { allow: ["Edit(~/notes/**)"] }))).toBe("allow")
  expect(decided(edit("/srv/x/a"), layer("user", { allow: ["Edit(//srv/x/**)"] }))).toBe("allow")
})

test("domains and tools of MCP servers are matched by their names", () => {
  const rules = layer("user", {
    allow: ["WebFetch(domain:example.com)", "WebFetch(domain:*.example.org)", "mcp__github"],
    deny: ["mcp__github__delete_repo"],
  })
  const fetch = (domain: string): ToolRequest => ({ tool: "fetch", effects: ["network"], domains: [domain] })
  expect(
    ["example.com", "EXAMPLE.com.", "a.example.com", "b.example.org", "example.org", "evil-example.com"].map((d) =>
      decided(fetch(d), rules),
    ),
  ).toEqual(["allow", "allow", "ask", "allow", "ask", "ask"])
  const mcp = (tool: string): ToolRequest => ({ tool, effects: ["network", "writes"] })
  expect(decided(mcp("mcp__github__list"), rules)).toBe("allow")
  expect(decided(mcp("mcp__github__delete_repo"), rules)).toBe("deny")
  expect(decided(mcp("mcp__gitlab__list"), rules)).toBe("ask")
})

test("only a rule with exactly the command allows what can't be taken apart", () => {
  const command = "case $x in a) ls;; esac"
  expect(decided(run(command), layer("session", { allow: ["Bash", "run", "Bash(case:*)"] }), "auto")).toBe("ask")
  expect(decided(run(command), layer("session", { allow: [{ command }] }))).toBe("allow")
  expect(decided(run(command), layer("user", { deny: ["Bash"] }))).toBe("deny")
})

test("a rule that is not understood is warned of and is no rule", () => {
  const { rules, warnings } = readRules({
    layer: "user",
    where: "user.json",
    settings: { allow: ["Bash(", "WebFetch(http://x)", "Foo(bar)", "Read()", "Bash(ls)"] },
  })
  expect(rules.map((rule) => rule.text)).toEqual(["Bash(ls)"])
  expect(warnings).toHaveLength(4)
})
