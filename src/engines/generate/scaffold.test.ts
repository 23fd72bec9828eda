import { expect, test } from "vitest"
import { indexOf } from "../../code/project.testing.ts"
import { treeWith } from "../../workspace/tree.testing.ts"
import { openWorkspace } from "../../workspace/workspace.ts"
import { renamed } from "./renaming.ts"
import { type ScaffoldTask, scaffold } from "./scaffold.ts"

const web = {
  "src/routes/user.ts": `import { type Context, json } from "../http.ts"
import { findUser } from "../store.ts"

/** Shows a user. */
export function userRoute(context: Context): Response {
  // Looked up by id.
  return json(context, clean(findUser(context.id)))
}

function clean(value: object): object {
  return value
}

export const userPath = "/users/:id"
`,
  "src/routes/team.ts": `import { type Context, json } from "../http.ts"

export function teamRoute(context: Context): Response {
  return json(context, {})
}

export const teamPath = "/teams/:id"
`,
  "src/routes/user.test.ts": `import { expect, test } from "vitest"
import { userPath } from "./user.ts"

test("a user has a path", () => {
  expect(userPath).toBe("/users/:id")
})
`,
  "src/routes/index.ts": `import { teamPath, teamRoute } from "./team.ts"
import { userPath, userRoute } from "./user.ts"

export const routes = {
  [teamPath]: teamRoute,
  [userPath]: userRoute,
}
`,
  "src/http.ts":
    "export interface Context {\n  id: string\n}\nexport const json = (_: Context, body: object) => Response.json(body)\n",
  "src/store.ts": "export const findUser = (id: string) => ({ id })\n",
}

async function making(files: Record<string, string>, task: Partial<ScaffoldTask>) {
  const root = treeWith(files)
  const workspace = await openWorkspace({ root, audit: () => {} })
  const tools = { index: await indexOf(root), workspace, signal: new AbortController().signal }
  return scaffold({ kind: "module", name: "order item", under: "", ...task }, tools)
}

test("a route looks like its neighbour, with a test and registered as that is, and does nothing yet", async () => {
  const { changes, like, registeredIn } = await making(web, { kind: "route", name: "user-order" })
  expect(like).toBe("src/routes/user.ts")
  expect(registeredIn).toEqual(["src/routes/index.ts"])
  expect(changes.map(({ kind, path }) => [kind, path])).toEqual([
    ["create", "src/routes/user-order.ts"],
    ["create", "src/routes/user-order.test.ts"],
    ["change", "src/routes/index.ts"],
  ])
  const [file, its, index] = changes.map((change) => (change.kind === "delete" ? "" : change.after))
  expect(file).toBe(`// Scaffold after src/routes/user.ts: what it does is to be written.
import { type Context } from "../http.ts"

export function userOrderRoute(context: Context): Response {
  throw new Error("user-order is a scaffold: it is not written yet")
}

export const userOrderPath = "/user-orders/:id"
`)
  expect(its).toContain('import { test } from "vitest"')
  expect(its).toContain('throw new Error("user order is a scaffold: it is not written yet")')
  expect(index).toBe(`import { teamPath, teamRoute } from "./team.ts"
import { userPath, userRoute } from "./user.ts"
import { userOrderPath, userOrderRoute } from "./user-order.ts"

export const routes = {
  [teamPath]: teamRoute,
  [userPath]: userRoute,
  [userOrderPath]: userOrderRoute,
}
`)
})

test("a component renders nothing, and what only its body used is not imported", async () => {
  const card = `import { useState } from 'react'
import { Box } from './Box'

export function Card({ title }: { title: string }) {
  const [open] = useState(true)
  return <Box>{open ? title : null}</Box>
}
`
  const { changes } = await making({ "src/components/Card.tsx": card }, { kind: "component", name: "menu-item" })
  expect(changes).toEqual([
    {
      kind: "create",
      path: "src/components/MenuItem.tsx",
      after: `// Scaffold after src/components/Card.tsx: what it does is to be written.
export function MenuItem({ title }: { title: string }) {
  return null
}
`,
    },
  ])
})

test.each([
  [
    "python",
    "app/user_store.py",
    'import os\nfrom app.db import Db\n\n\nclass UserStore:\n    """Users."""\n\n    def load(self, db: Db, key: str) -> str:\n        """Loads."""\n        return os.path.join(key)\n',
    "app/order_item.py",
    ["class OrderItem:", 'raise NotImplementedError("order item is a scaffold', "from app.db import Db"],
    ["import os", "join"],
  ],
  [
    "go",
    "store/user.go",
    'package store\n\nimport (\n\t"fmt"\n)\n\nfunc LoadUser(id string) string {\n\treturn fmt.Sprint(id)\n}\n',
    "store/order_item.go",
    ["func LoadOrderItem(id string) string {\n\tpanic(", "package store"],
    ["fmt"],
  ],
  [
    "rust",
    "src/user.rs",
    "pub fn load_user(id: u32) -> u32 {\n    id + 1\n}\n",
    "src/order_item.rs",
    ["pub fn load_order_item(id: u32) -> u32 {\n    todo!("],
    ["id + 1"],
  ],
  [
    "elixir",
    "lib/user.ex",
    "defmodule Shop.User do\n  def load(id) do\n    id + 1\n  end\nend\n",
    "lib/order_item.ex",
    ["defmodule Shop.OrderItem do", "    raise "],
    ["id + 1"],
  ],
])("%s: names change, bodies say that they are not written", async (_, path, text, made, has, hasNot) => {
  const { changes } = await making({ [path]: text }, {})
  expect(changes.map((change) => change.path)).toEqual([made])
  const [file] = changes.map((change) => (change.kind === "create" ? change.after : ""))
  for (const part of has) expect(file).toContain(part)
  for (const part of hasNot) expect(file).not.toContain(part)
})

test("without a neighbour, over a file that is there, and out of the project nothing is made", async () => {
  await expect(making({ "README.md": "# x\n" }, {})).rejects.toMatchObject({ code: "NO_NEIGHBOUR" })
  await expect(making(web, { kind: "route", name: "team" })).rejects.toMatchObject({ code: "FILE_EXISTS" })
  await expect(making(web, { file: "../out.ts" })).rejects.toMatchObject({ code: "PATH_REFUSED" })
})

test("a name is written for another in each style, and not within other words", () => {
  const styles = { fileStyle: "kebab-case", nameStyle: "camelCase" } as const
  const write = (text: string) => renamed(text, { from: "user", to: "order item", ...styles })
  expect(write("userRoute useUser UserView USER_ID user_id users superuser userland")).toBe(
    "orderItemRoute useOrderItem OrderItemView ORDER_ITEM_ID order_item_id orderItems superuser userland",
  )
  expect(write('from "./user.ts" or "/user/x"')).toBe('from "./order-item.ts" or "/order-item/x"')
})
