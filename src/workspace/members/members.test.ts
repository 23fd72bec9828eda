import { expect, test } from "vitest"
import { treeWith } from "../tree.testing.ts"
import { memberOf, membersNamed, workspaceMembers } from "./members.ts"

const named = (name: string) => JSON.stringify({ name })

test.each([
  [
    "pnpm",
    {
      "package.json": "{}",
      "pnpm-workspace.yaml": "packages:\n  - packages/*\n",
      "packages/a/package.json": named("@x/a"),
    },
    { name: "@x/a", path: "packages/a", kind: "pnpm", manifest: "packages/a/package.json" },
  ],
  [
    "npm",
    { "package.json": JSON.stringify({ workspaces: ["apps/*"] }), "apps/w/package.json": named("w") },
    { name: "w", path: "apps/w", kind: "npm", manifest: "apps/w/package.json" },
  ],
  [
    "cargo",
    { "Cargo.toml": '[workspace]\nmembers = ["core"]\n', "core/Cargo.toml": '[package]\nname = "my-core"\n' },
    { name: "my-core", path: "core", kind: "cargo", manifest: "core/Cargo.toml" },
  ],
  [
    "go",
    { "go.work": "go 1.24\nuse ./svc\n", "svc/go.mod": "module example.org/svc\n" },
    { name: "example.org/svc", path: "svc", kind: "go", manifest: "svc/go.mod" },
  ],
  [
    "maven",
    { "pom.xml": "<project><modules><module>web</module></modules></project>", "web/pom.xml": "<project/>" },
    { path: "web", kind: "maven", manifest: "web/pom.xml" },
  ],
  [
    "gradle",
    { "settings.gradle": "include ':lib'\n", "lib/build.gradle": "" },
    { path: "lib", kind: "gradle", manifest: "lib/build.gradle" },
  ],
  [
    "mix",
    {
      "mix.exs": 'defmodule U.MixProject do\n  def project, do: [apps_path: "apps"]\nend\n',
      "apps/shop/mix.exs": "defmodule Shop.MixProject do\n  def project, do: [app: :shop]\nend\n",
    },
    { path: "apps/shop", kind: "mix", manifest: "apps/shop/mix.exs" },
  ],
])("%s: members have a name, a path, a kind and a manifest", async (_, files, expected) => {
  const members = await workspaceMembers(treeWith(files))
  expect(members).toHaveLength(1)
  expect(members[0]).toMatchObject(expected)
  expect(members[0]?.name).not.toBe("")
})

test("a member is named by name or path, and one that is not there is refused with what there is", async () => {
  const root = treeWith({
    "package.json": JSON.stringify({ workspaces: ["p/*"] }),
    "p/api/package.json": named("@x/api"),
    "p/web/package.json": named("@x/web"),
  })
  const members = await workspaceMembers(root)
  expect(membersNamed(members, ["@x/api", "./p/web/"]).map(({ path }) => path)).toEqual(["p/api", "p/web"])
  expect(membersNamed(members, ["api"]).map(({ name }) => name)).toEqual(["@x/api"])
  const twins = [
    ...members,
    ...members.map((one) => ({ ...one, name: `@y${one.name.slice(2)}`, path: `q${one.path.slice(1)}` })),
  ]
  expect(() => membersNamed(twins, ["api"])).toThrow("no member api")
  expect(() => membersNamed(members, ["@x/apo"])).toThrow("no member @x/apo")
  expect(() => membersNamed(members, ["nobody"])).toThrow(
    expect.objectContaining({ hint: "There are: @x/api, @x/web." }),
  )
  expect(membersNamed(members, ["@x/web", "all"]).map(({ name }) => name)).toEqual(["@x/web", "@x/api"])
  expect(() => membersNamed([], ["a"])).toThrow(expect.objectContaining({ hint: expect.stringContaining("one piece") }))
})

test("a file belongs to the innermost member around it", () => {
  const member = (path: string) => ({ name: path, path, kind: "npm" as const, manifest: `${path}/package.json` })
  const members = [member("p/api"), member("p/api/plugins/mail")]
  expect(memberOf(members, "p/api/plugins/mail/a.ts")?.name).toBe("p/api/plugins/mail")
  expect(memberOf(members, "p/api/plugins/a.ts")?.name).toBe("p/api")
  expect(memberOf(members, "p/api2/a.ts")).toBeUndefined()
})
