import { expect, test } from "vitest"
import { TypesNeededError } from "./refactoring.ts"
import { projectWith } from "./refactorings.testing.ts"
import { rename } from "./rename.ts"

const lines = ({ unsure }: Awaited<ReturnType<typeof rename>>) => unsure.map(({ path, line }) => `${path}:${line}`)

const connection = {
  "conn.h":
    "#ifndef CONN_H\n#define CONN_H\n/* out: what waits */\nstruct conn { char *out; int fd; };\nint send_all(struct conn *c, const char *text);\n#endif\n",
  "conn.c":
    '#include "conn.h"\n\n// send_all empties out\nint send_all(struct conn *c, const char *text) {\n  c->out = 0;\n  return text != "out";\n}\n',
  "main.c":
    '#include "conn.h"\n\nint main(void) {\n  struct conn c = { 0, 1 };\n  c.out = "";\n  return send_all(&c, "send_all");\n}\n',
}

test("a field that the index does not link is told in every file, not only where the index has a use of it", async () => {
  const { tools } = await projectWith(connection)
  const made = await rename("conn.h:4:21", "waiting", {}, tools())
  expect(made.files.map(({ path, edits }) => [path, edits.length])).toEqual([["conn.h", 1]])
  // Neither the comments nor the string "out" are uses.
  expect(lines(made)).toEqual(["conn.c:5", "main.c:5"])
})

test.each(["send_all", "conn.h:5:5", "main.c:6:12"])(
  "a prototype of C is renamed with its function, from %s",
  async (target) => {
    const { tools, after } = await projectWith(connection)
    const made = await rename(target, "flush_all", {}, tools())
    const now = await after(made)
    expect(now["conn.h"]).toContain("int flush_all(struct conn *c, const char *text);")
    expect(now["conn.c"]).toContain("// send_all empties out\nint flush_all(struct conn *c")
    expect(now["main.c"]).toContain('return flush_all(&c, "send_all");')
    expect(made.unsure).toEqual([])
  },
)

test("with --comments and --strings the name is changed there too", async () => {
  const { tools, after } = await projectWith(connection)
  const now = await after(await rename("send_all", "flush_all", { comments: true, strings: true }, tools()))
  expect(Object.values(now).join("\n")).not.toContain("send_all")
})

test("of overloads of C++ the prototype with the same parameters is meant", async () => {
  const { tools, after } = await projectWith({
    "a.h": "namespace a {\nint size(int of);\nint size(const char* of);\n}\n",
    "a.cc": '#include "a.h"\nnamespace a {\nint size(int of) { return of; }\n}\n',
  })
  const made = await rename("a.cc:3:5", "count", {}, tools())
  expect((await after(made))["a.h"]).toBe("namespace a {\nint count(int of);\nint size(const char* of);\n}\n")
  expect(lines(made)).toEqual(["a.h:3"])
})

test("where a local may have the name of a function, its places are told and left", async () => {
  const text =
    "package shop\n\nfunc index(n int) int { return n }\n\nfunc first(list []int) int {\n\tfor _, index := range list {\n\t\treturn index\n\t}\n\treturn 0\n}\n"
  const { tools, after } = await projectWith({
    "go.mod": "module shop\n",
    "a.go": text,
    "b.go": "package shop\n\nvar one = index(1)\n",
  })
  const made = await rename("a.go:3:6", "at", {}, tools())
  const now = await after(made)
  expect(now["a.go"]).toBe(text.replace("func index", "func at"))
  expect(now["b.go"]).toContain("at(1)")
  expect(lines(made)).toEqual(["a.go:6", "a.go:7"])
  expect(made.unsure.at(-1)?.why).toBe("a local of that name may be meant")
})

test("a local can't be told from the text, and neither can a name that a file has already", async () => {
  const { tools } = await projectWith({
    "a.go": "package shop\n\nfunc Twice(n int) int {\n\tdouble := n * 2\n\treturn double\n}\n\n// Thrice is none.\n",
  })
  await expect(rename("a.go:4:2", "both", {}, tools())).rejects.toThrow(TypesNeededError)
  const refused = await rename("Twice", "double", {}, tools()).catch((error: unknown) => error)
  expect(refused).toMatchObject({ message: expect.stringContaining("a.go:4:2 has that word already") })
  expect(refused).toMatchObject({ would: { files: [{ path: "a.go" }] } })
  // A word of a comment is not in the way.
  expect((await rename("Twice", "Thrice", {}, tools())).files).toHaveLength(1)
})

test("names of Ruby that end in a mark are whole names", async () => {
  const { tools, after } = await projectWith({
    "a.rb": "class Cart\n  def empty\n    @items = []\n  end\n\n  def empty?\n    @items.empty?\n  end\nend\n",
  })
  const made = await rename("a.rb:2:7", "clear", {}, tools())
  expect((await after(made))["a.rb"]).toContain("def clear\n")
  expect(made.unsure).toEqual([])
})
