import { expect, test } from "vitest"
import { type TestIndex, withIndex } from "../index/index.testing.ts"

const places = (items: readonly { readonly path: string; readonly line: number }[]) =>
  items.map(({ path, line }) => `${path}:${line}`).sort()
const callers = async ({ index }: TestIndex, target: string) => places((await index.callers(target)).items)
const definitions = async ({ index }: TestIndex, target: string) =>
  (await index.definitions(target)).items.map(({ path, nameLine }) => `${path}:${nameLine}`)

/** As in many C programs: a header, its source, users that include the header through another, a test with the source in it. */
const program = {
  "src/url.h":
    "struct url;\nstruct url *url_parse (const char *, int *);\nvoid url_free (struct url *);\nextern int depth;\n",
  "src/url.c":
    '#include "url.h"\nstatic int scheme (const char *);\nint depth = 5;\n\nstruct url *\nurl_parse (const char *text, int *error)\n{\n  scheme (text);\n  return 0;\n}\n\nstatic int\nscheme (const char *text)\n{\n  return 0;\n}\n',
  "src/all.h": '#include "url.h"\n',
  "src/main.c": '#include "url.h"\nint main (void)\n{\n  url_parse ("a", 0);\n  return 0;\n}\n',
  "src/html.c": '#include "all.h"\nvoid links (void)\n{\n  url_parse ("b", 0);\n}\n',
  "src/ftp.c": 'struct url *url_parse (const char *, int *);\nvoid ftp (void)\n{\n  url_parse ("c", 0);\n}\n',
  "fuzz/fuzzer.c": '#include "../src/url.c"\nint fuzz (void)\n{\n  url_parse ("d", 0);\n  return scheme ("e");\n}\n',
}
const users = ["fuzz/fuzzer.c:4", "src/ftp.c:4", "src/html.c:4", "src/main.c:4"]

test("callers of a C prototype are callers of its definition, by whatever declaration they know it", async () => {
  await withIndex(program, async (project) => {
    for (const target of ["url_parse", "src/url.h:2", "src/url.c:6", "src/ftp.c:1", "url_parse@src/url.h"]) {
      expect(await callers(project, target), target).toEqual(users)
      expect(await definitions(project, target), target).toEqual(["src/url.c:6"])
    }
    const { targets, dependants } = await project.index.impact("url_parse", { depth: 1 })
    expect(targets.map(({ path, nameLine }) => `${path}:${nameLine}`)).toEqual(["src/url.c:6"])
    expect(dependants.map(({ path }) => path).sort()).toEqual(users.map((place) => place.slice(0, -2)))
    const [callee] = (await project.index.callees("links")).items
    expect(callee).toMatchObject({ name: "url_parse", to: { path: "src/url.c", nameLine: 6 } })
  })
})

test("the uses of a header are the uses of what it declares", async () => {
  await withIndex(program, async (project) => {
    const { dependants } = await project.index.impact("src/url.h", { depth: 1 })
    const names = dependants.map(({ path, definition }) => `${path}#${definition?.name ?? ""}`)
    expect(names).toEqual(expect.arrayContaining(["src/main.c#main", "src/html.c#links", "src/all.h#", "src/url.c#"]))
  })
})

test("a forward declaration in the same file and an extern variable are what they announce", async () => {
  await withIndex(program, async (project) => {
    expect(await definitions(project, "scheme")).toEqual(["src/url.c:13"])
    expect(await callers(project, "src/url.c:2")).toEqual(["fuzz/fuzzer.c:5", "src/url.c:8"])
    expect(await definitions(project, "depth")).toEqual(["src/url.c:3"])
  })
})

test("a prototype without a definition in the tree stands for itself", async () => {
  await withIndex(program, async (project) => {
    expect(await definitions(project, "url_free")).toEqual(["src/url.h:3"])
  })
})

test("a static function of another file is not what is called", async () => {
  const files = {
    "a.c": "static int pick (void)\n{\n  return 1;\n}\nint a (void)\n{\n  return pick ();\n}\n",
    "b.c": "int b (void)\n{\n  return pick ();\n}\n",
  }
  await withIndex(files, async (project) => {
    expect(await callers(project, "pick")).toEqual(["a.c:7"])
  })
})

test("a macro is found through the headers that a header includes, among others of its name", async () => {
  const files = {
    "base.h": "#define release(x) free (x)\n",
    "program.h": '#include "base.h"\n',
    "a.c": '#include "program.h"\nvoid a (void)\n{\n  release (0);\n}\n',
    "alone.c": "#define release(x) (void) (x)\nvoid alone (void)\n{\n  release (1);\n}\n",
    "loop.h": '#include "loop.h"\n',
  }
  await withIndex(files, async (project) => {
    expect(await definitions(project, "release")).toEqual(["base.h:1", "alone.c:1"])
    expect(await callers(project, "release@base.h")).toEqual(["a.c:4"])
    expect(await callers(project, "release@alone.c")).toEqual(["alone.c:4"])
  })
})

test("of several programs with a function of one name, a header means the one that includes it", async () => {
  const files = {
    "one/log.h": "void report (int);\n",
    "one/log.c": '#include "log.h"\nvoid report (int code)\n{\n}\n',
    "one/main.c": '#include "log.h"\nint main (void)\n{\n  report (1);\n}\n',
    "two/log.h": "void report (char *);\n",
    "two/log.c": '#include "log.h"\nvoid report (char *text)\n{\n}\n',
    "two/main.c": '#include "log.h"\nint main (void)\n{\n  report ("2");\n}\n',
  }
  await withIndex(files, async (project) => {
    expect(await callers(project, "one/log.h:1")).toEqual(["one/main.c:4"])
    expect(await callers(project, "two/log.c:2")).toEqual(["two/main.c:4"])
    expect(await definitions(project, "two/log.h:1")).toEqual(["two/log.c:2"])
  })
})

test("a C++ method is its declaration in the class and its definition in the source, in or out of the namespace", async () => {
  const files = {
    "store.hpp":
      "namespace app {\nclass Store {\n public:\n  Store(int size);\n  int open(const char* name);\n  int size() const { return 1; }\n private:\n  int check(int);\n};\nint total(int);\n}\n",
    "store.cpp":
      '#include "store.hpp"\nusing namespace app;\n\nStore::Store(int size) {}\n\nint Store::open(const char* name) {\n  return check(1) + size();\n}\n',
    "check.cpp":
      '#include "store.hpp"\nnamespace app {\nint Store::check(int x) {\n  return x;\n}\nint total(int x) {\n  return x;\n}\n}\n',
    "main.cpp":
      '#include "store.hpp"\nint main() {\n  app::Store store(1);\n  store.open("x");\n  return app::total(2);\n}\n',
  }
  await withIndex(files, async (project) => {
    for (const target of ["Store.open", "store.hpp:5", "store.cpp:6"]) {
      expect(await definitions(project, target), target).toEqual(["store.cpp:6"])
      expect(await callers(project, target), target).toEqual(["main.cpp:4"])
    }
    expect(await callers(project, "Store::check")).toEqual(["store.cpp:7"])
    expect(await definitions(project, "store.hpp:8")).toEqual(["check.cpp:3"])
    expect(await callers(project, "store.hpp:10")).toEqual(["main.cpp:5"])
    expect(await definitions(project, "total")).toEqual(["check.cpp:6"])
  })
})

test.each([";", ""])("TypeScript overloads are the function they announce, ended with '%s'", async (end) => {
  const files = {
    "read.ts": `export function read(path: string): string${end}\nexport function read(path: string, lines: number): string[]${end}\nexport function read(path: string, lines?: number): string | string[] {\n  return lines === undefined ? path : [path]\n}\nexport class Reader {\n  get at() {\n    return 1\n  }\n  set at(value) {}\n}\n`,
    "use.ts": 'import { read } from "./read.ts"\nexport const text = () => read("a")\n',
  }
  await withIndex(files, async (project) => {
    for (const target of ["read", "read.ts:1", "read.ts:2", "read.ts:3"]) {
      expect(await definitions(project, target), target).toEqual(["read.ts:3"])
      expect(await callers(project, target), target).toEqual(["use.ts:2"])
    }
    expect((await project.index.callees("text")).items).toMatchObject([{ to: { nameLine: 3 } }])
    expect(await definitions(project, "Reader.at")).toEqual(["read.ts:7", "read.ts:10"])
  })
})

test("typings beside a script are the script", async () => {
  const files = {
    "lib/parse.js": "export function parse(text) {\n  return text\n}\n",
    "lib/parse.d.ts": "export declare function parse(text: string): string;\n",
    "other.js": "export function parse() {\n  return 2\n}\n",
    "app.ts": 'import { parse } from "./lib/parse"\nexport const go = () => parse("a")\n',
  }
  await withIndex(files, async (project) => {
    expect(await definitions(project, "parse@lib/parse.d.ts")).toEqual(["lib/parse.js:1"])
    expect(await callers(project, "lib/parse.js:1")).toEqual(["app.ts:2"])
    expect(await callers(project, "lib/parse.d.ts:1")).toEqual(["app.ts:2"])
    expect(await callers(project, "other.js:1")).toEqual([])
  })
})
