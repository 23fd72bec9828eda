import { expect, test } from "vitest"
import { indexOf, shop } from "../../../code/project.testing.ts"
import { treeWith } from "../../../workspace/tree.testing.ts"
import { openWorkspace } from "../../../workspace/workspace.ts"
import { mapFrames } from "./map-frames.ts"
import { tracesIn } from "./parse-trace.ts"

interface Case {
  readonly text: string
  readonly language: string
  readonly type: string
  readonly message: string
  /** Innermost first: file:line name. */
  readonly frames: readonly string[]
}

const cases: Readonly<Record<string, Case>> = {
  node: {
    text: `/app/src/price.ts:6
    throw new Error("unknown country")
          ^

TypeError: unknown country
    at grossPrice (/app/src/price.ts:6:35)
    at Array.map (<anonymous>)
    at Basket.total [as sum] (file:///app/src/basket.ts:12:48)
    at async /app/src/main.ts:3:1

Node.js v26.0.0`,
    language: "javascript",
    type: "TypeError",
    message: "unknown country",
    frames: ["/app/src/price.ts:6 grossPrice", "/app/src/basket.ts:12 Basket.total", "/app/src/main.ts:3 "],
  },
  python: {
    text: `Traceback (most recent call last):
  File "/srv/app/main.py", line 9, in <module>
    run()
  File "/srv/app/shop/price.py", line 4, in gross
    return rates[country]
           ~~~~~^^^^^^^^^
KeyError: 'xx'`,
    language: "python",
    type: "KeyError",
    message: "'xx'",
    frames: ["/srv/app/shop/price.py:4 gross", "/srv/app/main.py:9 <module>"],
  },
  java: {
    text: `Exception in thread "main" java.lang.IllegalStateException: no rate
	at com.shop.Price.gross(Price.java:12)
	at java.base/java.util.ArrayList.forEach(ArrayList.java:1596)
	at com.shop.Main.main(Main.java:5)`,
    language: "java",
    type: "java.lang.IllegalStateException",
    message: "no rate",
    frames: [
      "com/shop/Price.java:12 com.shop.Price.gross",
      "java/util/ArrayList.java:1596 java.util.ArrayList.forEach",
      "com/shop/Main.java:5 com.shop.Main.main",
    ],
  },
  go: {
    text: `panic: runtime error: index out of range [3] with length 2

goroutine 1 [running]:
main.gross(0x1, {0x2, 0x3})
	/build/shop/price.go:14 +0x1d
main.main()
	/build/shop/main.go:7 +0x20
exit status 2`,
    language: "go",
    type: "panic",
    message: "runtime error: index out of range [3] with length 2",
    frames: ["/build/shop/price.go:14 main.gross", "/build/shop/main.go:7 main.main"],
  },
  rust: {
    text: `thread 'main' (123) panicked at src/price.rs:8:21:
called \`Option::unwrap()\` on a \`None\` value
stack backtrace:
   0: shop::price::gross
             at ./src/price.rs:8:21
   1: shop::main
             at ./src/main.rs:4:5`,
    language: "rust",
    type: "panic",
    message: "called `Option::unwrap()` on a `None` value",
    frames: ["src/price.rs:8 ", "./src/price.rs:8 shop::price::gross", "./src/main.rs:4 shop::main"],
  },
  rustc: {
    text: `error[E0382]: borrow of moved value: \`net\`
 --> src/price.rs:9:20
  |
9 |     println!("{}", net);`,
    language: "rust",
    type: "E0382",
    message: "borrow of moved value: `net`",
    frames: ["src/price.rs:9 "],
  },
  dotnet: {
    text: `Unhandled exception. System.InvalidOperationException: no rate
   at Shop.Price.Gross(Decimal net) in /src/Shop/Price.cs:line 12
   at Shop.Program.Main() in /src/Shop/Program.cs:line 5`,
    language: "csharp",
    type: "System.InvalidOperationException",
    message: "no rate",
    frames: ["/src/Shop/Price.cs:12 Shop.Price.Gross(Decimal net)", "/src/Shop/Program.cs:5 Shop.Program.Main()"],
  },
  ruby: {
    text: `lib/price.rb:4:in 'Price#gross': no rate (KeyError)
	from lib/basket.rb:9:in 'block in total'
	from bin/shop:3:in '<main>'`,
    language: "ruby",
    type: "KeyError",
    message: "no rate",
    frames: ["lib/price.rb:4 Price#gross", "lib/basket.rb:9 block in total", "bin/shop:3 <main>"],
  },
  php: {
    text: `PHP Fatal error:  Uncaught InvalidArgumentException: no rate in /var/www/src/Price.php:12
Stack trace:
#0 /var/www/src/Basket.php(9): Shop\\Price->gross(100)
#1 {main}`,
    language: "php",
    type: "InvalidArgumentException",
    message: "no rate",
    frames: ["/var/www/src/Price.php:12 ", "/var/www/src/Basket.php:9 Shop\\Price->gross"],
  },
  tsc: {
    text: "src/price.ts(5,9): error TS2322: Type 'string' is not assignable to type 'number'.",
    language: "typescript",
    type: "TS2322",
    message: "Type 'string' is not assignable to type 'number'.",
    frames: ["src/price.ts:5 "],
  },
  "tsc, coloured": {
    text: "\u001b[96msrc/price.ts\u001b[0m:\u001b[93m5\u001b[0m:\u001b[93m9\u001b[0m - \u001b[91merror\u001b[0m\u001b[90m TS2322: \u001b[0mNot assignable.",
    language: "typescript",
    type: "TS2322",
    message: "Not assignable.",
    frames: ["src/price.ts:5 "],
  },
  gcc: {
    text: "src/price.c:4:12: error: 'rate' undeclared (first use in this function)",
    language: "c",
    type: "error",
    message: "'rate' undeclared (first use in this function)",
    frames: ["src/price.c:4 "],
  },
  javac: {
    text: "src/Price.java:12: error: cannot find symbol",
    language: "java",
    type: "error",
    message: "cannot find symbol",
    frames: ["src/Price.java:12 "],
  },
  "go build": {
    text: "# shop\n./price.go:14:9: undefined: rate",
    language: "go",
    type: "",
    message: "undefined: rate",
    frames: ["./price.go:14 "],
  },
  "a container's log": {
    text: "web-1  | 2026-01-02T03:04:05Z Error: no rate\nweb-1  | 2026-01-02T03:04:05Z     at gross (/app/price.js:1:2)",
    language: "javascript",
    type: "Error",
    message: "no rate",
    frames: ["/app/price.js:1 gross"],
  },
}

for (const [name, { text, language, type, message, frames }] of Object.entries(cases)) {
  test(`the errors of ${name} are read, the innermost frame first`, () => {
    const [trace] = tracesIn(text)
    expect(trace).toMatchObject({ language, type, message })
    expect(trace?.frames.map(({ file, line, name }) => `${file}:${line} ${name}`)).toEqual(frames)
  })
}

test("each error of a compiler is one, and causes follow what they caused", () => {
  expect(tracesIn("a.ts(1,2): error TS1: x\nb.ts(3,4): error TS2: y").map(({ type }) => type)).toEqual(["TS1", "TS2"])
  const caused = tracesIn("Error: outer\n    at a (/x/a.js:1:1)\n[cause]: TypeError: inner\n    at b (/x/b.js:2:2)")
  expect(caused.map(({ message }) => message)).toEqual(["outer", "inner"])
})

test("a message that is printed over several lines is read whole", () => {
  const [trace] = tracesIn('ZodError: [\n  {\n    "code": "invalid_type"\n  }\n]\n    at a (/x/a.js:1:1)')
  expect(trace).toMatchObject({ type: "ZodError", message: '[ { "code": "invalid_type" } ]' })
})

test("plain prose and an endless line hold no error, and are read in no time", () => {
  expect(tracesIn("It broke at noon (10:30).")).toEqual([])
  expect(tracesIn(`${"at (".repeat(50_000)}\n${"a.".repeat(100_000)}`)).toEqual([])
})

const frame = (file: string, line: number, column?: number) => ({ file, line, column, name: "" })

test("frames find their files by whole path, by the end of it, and through source maps; libraries are none", async () => {
  // Line 1 of the built file is line 6 of the source: VLQ "AAKA".
  const map = { version: 3, sources: ["../src/price.ts"], names: [], mappings: "AAKA" }
  const root = treeWith({ ...shop, "dist/price.js": "throw 1\n", "dist/price.js.map": JSON.stringify(map) })
  const around = { index: await indexOf(root), workspace: await openWorkspace({ root, audit: () => {} }) }
  const mapped = await mapFrames(
    [
      frame(`${root}/src/money.ts`, 2),
      frame("/app/src/basket.ts", 12),
      frame("/app/dist/price.js", 1, 1),
      frame("/app/node_modules/x/src/money.ts", 1),
      frame("/app/src/money.ts", 900),
      frame("/etc/passwd", 1),
    ],
    around,
  )
  expect(mapped.map(({ path, sourceLine, how }) => [path, sourceLine, how])).toEqual([
    ["src/money.ts", 2, ""],
    ["src/basket.ts", 12, "by the end of its path"],
    ["src/price.ts", 6, "by its source map"],
    [null, 1, ""],
    [null, 900, ""],
    [null, 1, ""],
  ])
})
