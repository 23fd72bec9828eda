import { expect, test } from "vitest"
import { indexOf } from "../../code/project.testing.ts"
import { membersNamed, workspaceMembers } from "../../workspace/members/members.ts"
import { treeWith } from "../../workspace/tree.testing.ts"
import { explainProject } from "./explain-project.ts"
import { explainWanted } from "./explain-target.ts"
import { Explanation } from "./explanation.ts"

const manifest = (more: object) => JSON.stringify({ type: "module", exports: "./src/index.ts", ...more })
const files = {
  "package.json": JSON.stringify({ name: "shop", private: true, workspaces: ["packages/*"] }),
  "packages/money/package.json": manifest({ name: "@x/money", description: "Counts in cents." }),
  "packages/money/src/index.ts": "export const round = (n: number) => n\n",
  "packages/api/package.json": manifest({ name: "@x/api", scripts: { build: "tsc", test: "node --test" } }),
  "packages/api/README.md": "# API\n\nAnswers what the till asks. It is small.\n",
  "packages/api/src/index.ts": 'import { price } from "./lib/price.ts"\nexport const answer = price\n',
  "packages/api/src/lib/price.ts": 'import { round } from "@x/money"\nexport const price = round(1)\n',
  "packages/web/package.json": manifest({ name: "@x/web" }),
  "packages/web/src/index.ts": 'import { answer } from "@x/api"\nexport const round = () => answer\n',
}

async function shop() {
  const root = treeWith(files)
  const index = await indexOf(root)
  const { signal } = new AbortController()
  const members = await workspaceMembers(root)
  const page = async (name?: string) => {
    const [member] = name === undefined ? [] : membersNamed(members, [name])
    const explained = await explainProject({ index, root, member, signal })
    expect(Explanation.parse(explained)).toEqual(explained)
    if (!explained.project) throw new Error("There is no page.")
    return explained.project
  }
  return { root, index, signal, members, page }
}

test("a workspace's page shows its members, what each is and uses, and a diagram of them", async () => {
  const { page } = await shop()
  const { members, diagram } = await page()
  expect(members).toEqual([
    {
      ...{ name: "@x/api", path: "packages/api", files: 4, says: "Answers what the till asks." },
      ...{ uses: ["@x/money"], usedBy: ["@x/web"] },
    },
    {
      ...{ name: "@x/money", path: "packages/money", files: 2, says: "Counts in cents." },
      ...{ uses: [], usedBy: ["@x/api"] },
    },
    { name: "@x/web", path: "packages/web", files: 2, says: "", uses: ["@x/api"], usedBy: [] },
  ])
  expect(diagram).toContain('["packages/api/"]')
})

test("a member's page is of that member alone, with what it uses and who uses it", async () => {
  const { page } = await shop()
  const api = await page("@x/api")
  expect(api).toMatchObject({ name: "@x/api", purpose: "Answers what the till asks. It is small." })
  expect(api.members).toMatchObject([{ name: "@x/api", uses: ["@x/money"], usedBy: ["@x/web"] }])
  expect(api.folders.map(({ path }) => path)).toEqual(["packages/api/src", "packages/api/src/lib"])
  expect(api.entryPoints).toEqual([{ path: "packages/api/src/index.ts", why: "the door of the package, by its name" }])
  expect(api.languages).toMatchObject([{ language: "typescript", files: 2 }])
  expect(api.commands.map(({ line }) => line)).toContain("cd packages/api && npm run build")
  expect(api.tests.command).toBe("npm test")
})

test("a name, or a path, is looked for in the member; one that it has not is refused", async () => {
  const { root, index, signal, members } = await shop()
  const [web] = membersNamed(members, ["@x/web"])
  const wanted = (target: string) =>
    explainWanted(
      { target, text: "", isProject: false, since: undefined, member: web },
      // Nothing else of the workspace is asked for by names and paths.
      { index, signal, root, workspace: undefined as never },
      null,
    )
  expect(await wanted("round")).toMatchObject({ kind: "symbol", path: "packages/web/src/index.ts" })
  expect(await wanted("src/index.ts")).toMatchObject({ kind: "file", path: "packages/web/src/index.ts" })
  await expect(wanted("price")).rejects.toThrow("@x/web has nothing called price")
})
