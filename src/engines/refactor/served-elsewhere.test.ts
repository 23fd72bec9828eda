import { expect, test } from "vitest"
import {
  type LanguageServer,
  LanguageServerError,
  type ServedPlace,
  type ServedRange,
} from "../../code/language-servers/language-servers.ts"
import { placeOf } from "../../code/refactorings/refactoring.ts"
import { projectWith } from "../../code/refactorings/refactorings.testing.ts"
import { renameServed } from "./served.ts"

// Servers of languages whose scopes are not understood here, by what they say.

type Files = Readonly<Record<string, string>>
/** "a.go:3:6" */
const rangeOf = (place: string): ServedRange => {
  const [path = "", line = "1", column = "1"] = place.split(":")
  const at = { startLine: Number(line), startColumn: Number(column) }
  return { path, ...at, endLine: at.startLine, endColumn: at.startColumn + 1 }
}

/** `renames`: the places of the name that it counts; `defines`: where what stands at a place is declared, or that it refuses. */
function serverOf(
  files: Files,
  name: string,
  renames: readonly string[],
  defines: Readonly<Record<string, string | null>>,
) {
  const offsetIn = (place: string) => {
    const { path, startLine, startColumn } = rangeOf(place)
    const before = (files[path] ?? "").split("\n").slice(0, startLine - 1)
    return { path, start: before.join("\n").length + (startLine > 1 ? 1 : 0) + startColumn - 1 }
  }
  const server = {
    name: "ls 1",
    can: () => true,
    async rename(_place: ServedPlace, to: string) {
      const all = renames.map(offsetIn)
      return [...new Set(all.map(({ path }) => path))].map((path) => ({
        path,
        edits: all
          .filter((one) => one.path === path)
          .map(({ start }) => ({ start, end: start + name.length, text: to })),
      }))
    },
    async definition({ path, text, offset }: ServedPlace) {
      const { line, column } = placeOf(text, offset)
      const defined = defines[`${path}:${line}:${column}`]
      if (defined === null) throw new LanguageServerError("ls", "refused it", { isRefusal: true })
      return defined === undefined ? [] : [rangeOf(defined)]
    },
  } as unknown as LanguageServer
  return { open: async () => server }
}

const shop = {
  "go.mod": "module shop\n",
  "a.go":
    "package shop\n\nfunc Add(a int, b int) int { return a + b }\n\nfunc All() int {\n\tsum := Add(1, 2)\n\treturn sum\n}\n\ntype Bag struct{}\n\nfunc (Bag) Add(n int) {}\n",
  "b.go": "package shop\n\nvar total = Add(3, 4)\n",
}

test("a local is renamed as the server says, from where it is declared and from where it is used", async () => {
  const { tools, after } = await projectWith(shop)
  const servers = serverOf(shop, "sum", ["a.go:6:2", "a.go:7:9"], { "a.go:6:2": "a.go:6:2", "a.go:7:9": "a.go:6:2" })
  const made = await renameServed("a.go:7:9", "both", {}, { ...tools(), servers })
  expect(made).toMatchObject({ by: "ls 1", unsure: [] })
  expect((await after(made))["a.go"]).toContain("both := Add(1, 2)\n\treturn both\n")
})

test("a question that is refused says nothing of that place, and the next one is asked all the same", async () => {
  const { tools } = await projectWith(shop)
  const declared = "a.go:3:6"
  const servers = serverOf(shop, "Add", [declared, "a.go:6:9", "b.go:3:13"], {
    "a.go:12:12": "a.go:12:12",
    "b.go:3:13": null,
  })
  expect((await renameServed(declared, "Plus", {}, { ...tools(), servers })).unsure).toEqual([])
  const refusing = serverOf(shop, "Add", [declared], {
    "a.go:6:9": declared,
    "a.go:12:12": null,
    "b.go:3:13": declared,
  })
  const made = await renameServed(declared, "Plus", {}, { ...tools(), servers: refusing })
  expect(made.unsure).toMatchObject([{ path: "a.go", line: 12 }])
  expect(made.files.flatMap(({ path, edits }) => edits.map(() => path))).toEqual(["a.go", "a.go", "b.go"])
})

test("a name that a file has already is renamed to where the server does not mind, and the file is told", async () => {
  const { tools } = await projectWith(shop)
  const places = ["a.go:3:6", "a.go:6:9", "b.go:3:13"]
  const servers = serverOf(shop, "Add", places, { "a.go:12:12": "a.go:12:12" })
  const made = await renameServed("a.go:3:6", "Bag", {}, { ...tools(), servers })
  expect(made.files).toHaveLength(2)
  expect(made.unsure).toMatchObject([
    { path: "a.go", line: 10, why: "Bag is a word of this file already; ls 1 has no objection" },
  ])
  const refusing = {
    open: async () =>
      ({
        name: "ls",
        can: () => true,
        rename: async () => {
          throw new LanguageServerError("ls", "says that they would meet", { isRefusal: true })
        },
      }) as unknown as LanguageServer,
  }
  await expect(renameServed("a.go:3:6", "Bag", {}, { ...tools(), servers: refusing })).rejects.toMatchObject({
    message: expect.stringContaining("has that word already"),
    hint: expect.stringContaining("they would meet"),
  })
})

test("a prototype of C that the server takes for itself stays with its function", async () => {
  const files = {
    "a.h": "int twice(int n);\n",
    "a.c": '#include "a.h"\nint twice(int n) { return 2 * n; }\n',
    "b.c": '#include "a.h"\nint four(void) { return twice(2); }\n',
  }
  const { tools } = await projectWith(files)
  // It has not seen a.c when it is asked about b.c.
  const servers = serverOf(files, "twice", ["a.c:2:5"], { "a.h:1:5": "a.h:1:5", "b.c:2:25": "a.h:1:5" })
  const made = await renameServed("twice", "double_of", {}, { ...tools(), servers })
  expect(made.files.map(({ path }) => path).sort()).toEqual(["a.c", "a.h", "b.c"])
  expect(made.unsure).toEqual([])
})
