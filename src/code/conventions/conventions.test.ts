import { expect, test } from "vitest"
import { treeWith } from "../../workspace/tree.testing.ts"
import { indexOf, shop } from "../project.testing.ts"
import { conventionsOf, spokenShare, usual } from "./conventions.ts"
import { inStyle, nameStyle } from "./name-style.ts"

test("what most files do is a convention, with its share and where it shows", async () => {
  const index = await indexOf(
    treeWith({
      ...shop,
      "src/user-list.ts": "export function userList(): string[] {\n  return ['a']\n}\n",
      "src/oldStyle.ts": 'export default function old() {\n    return "x";\n}\n',
    }),
  )
  const found = await conventionsOf(index)
  expect(found).toMatchObject({ under: "", language: "typescript", files: 6, filesRead: 6 })
  expect(usual(found, "indentation")).toBe("2 spaces")
  expect(usual(found, "semicolons")).toBe("none")
  expect(usual(found, "exports")).toBe("named")
  expect(usual(found, "extensions of imports")).toBe(".ts")
  expect(usual(found, "place of tests")).toBe("beside the file")
  expect(usual(found, "names of tests")).toBe("<name>.test.ts")
  expect(usual(found, "test framework")).toBe("vitest")
  const names = found.conventions.find(({ topic }) => topic === "file names")
  expect(names?.shares).toEqual([
    { value: "one word", files: 3, examples: ["src/basket.ts", "src/money.ts", "src/price.ts"] },
    { value: "camelCase", files: 1, examples: ["src/oldStyle.ts"] },
    { value: "kebab-case", files: 1, examples: ["src/user-list.ts"] },
  ])
  expect(names && spokenShare(names, { files: 3 })).toBe("60 % of 5 files")
  const exported = found.conventions.find(({ topic }) => topic === "exports")
  expect(exported?.shares.at(-1)).toEqual({ value: "default", files: 1, examples: ["src/oldStyle.ts:1"] })
})

test("a folder has its own, another language its own, and an empty one none", async () => {
  const index = await indexOf(
    treeWith({
      "web/a.ts": "export const a = 1\nexport const b = () => {\n\treturn a\n}\n",
      "api/user_store.py": "from api import base\n\n\ndef load(name):\n    raise MissingUser('no')\n",
      "api/order_store.py": "from api import base\n\n\ndef load(name):\n    raise MissingOrder('no')\n",
    }),
  )
  const api = await conventionsOf(index, { under: "api" })
  expect(api.language).toBe("python")
  expect(usual(api, "file names")).toBe("snake_case")
  expect(usual(api, "errors")).toBe("throws errors of its own")
  expect(usual(api, "indentation")).toBe("4 spaces")
  expect(usual(await conventionsOf(index, { language: "typescript" }), "indentation")).toBe("tabs")
  expect(await conventionsOf(index, { under: "nowhere" })).toMatchObject({ files: 0, language: "", conventions: [] })
})

test("names are told apart by style and written in each", () => {
  const styles = ["userList", "UserList", "user-list", "user_list", "user", "2fa"].map(nameStyle)
  expect(styles).toEqual(["camelCase", "PascalCase", "kebab-case", "snake_case", "one word", undefined])
  expect(inStyle("HTTPServer", "kebab-case")).toBe("http-server")
  expect(inStyle("order item", "PascalCase")).toBe("OrderItem")
  expect(inStyle("OrderItem", "snake_case")).toBe("order_item")
})
