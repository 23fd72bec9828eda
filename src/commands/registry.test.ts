import { expect, test } from "vitest"
import { z } from "zod"
import { commandSet, defineCommand } from "./command.ts"
import { manifestOf } from "./manifest.ts"
import { registry } from "./registry.ts"

const manifest = manifestOf(registry)

test("the manifest is plain JSON with every command in it", () => {
  expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest)
  expect(manifest.commands.map(({ name }) => name)).toEqual(Object.keys(registry))
})

test.each(manifest.commands)("$name: the words, help and options are fit for a command line", (command) => {
  expect(command.name).toMatch(/^[a-z]+(\.[a-z]+(-[a-z]+)*)?$/)
  expect(command.summary).toMatch(/^[A-Z][^\n]{5,90}[^.]$/)
  for (const { line, says } of command.examples) {
    expect(line).toContain(`duck ${command.words.join(" ")}`)
    expect(says.length).toBeGreaterThan(1)
  }
  const flags = command.arguments.flatMap(({ flag, short }) => [flag, ...(short ? [short] : [])])
  expect(new Set(flags).size).toBe(flags.length)
  for (const argument of command.arguments) {
    expect(argument.type, argument.name).not.toBe("json")
    expect(argument.description, argument.name).toMatch(/^\S.{3,}[^.]$/)
  }
  const places = command.arguments.flatMap(({ positional }) => (positional === undefined ? [] : [positional])).sort()
  expect(places).toEqual(places.map((_, index) => index))
})

test("a command that changes something can be tried without changing it", () => {
  const exempt = new Set(["serve"])
  for (const command of manifest.commands) {
    if (command.permission === "read" || exempt.has(command.name)) continue
    expect(
      command.arguments.map(({ name }) => name),
      command.name,
    ).toContain("dryRun")
  }
})

test("the fields of an input become options of their types", () => {
  const [command] = manifestOf(
    commandSet([
      defineCommand({
        name: "try.all",
        summary: "Try all types",
        examples: [{ line: "duck try all x", says: "all" }],
        input: z.object({
          words: z.string().describe("Words"),
          maxDepth: z.int().default(3).describe("Depth"),
          color: z.enum(["red", "blue"]).optional().describe("Colour"),
          tags: z.array(z.string()).default([]).describe("Tags"),
          isQuiet: z.boolean().default(false).describe("Say less"),
          shape: z.object({ x: z.number() }).optional().describe("Shape"),
        }),
        output: z.object({}),
        positionals: ["words"],
        takesRest: true,
        shorts: { maxDepth: "d" },
        permission: "read",
        run: async () => ({}),
      }),
    ]),
  ).commands
  const plain = { isVariadic: false, isRest: false, isRequired: false }
  expect(command?.arguments).toEqual([
    {
      ...plain,
      name: "words",
      flag: "--words",
      type: "string",
      positional: 0,
      isRest: true,
      isRequired: true,
      description: "Words",
    },
    { ...plain, name: "maxDepth", flag: "--max-depth", short: "-d", type: "number", default: 3, description: "Depth" },
    { ...plain, name: "color", flag: "--color", type: "string", choices: ["red", "blue"], description: "Colour" },
    { ...plain, name: "tags", flag: "--tags", type: "string[]", default: [], description: "Tags" },
    { ...plain, name: "isQuiet", flag: "--is-quiet", type: "boolean", default: false, description: "Say less" },
    { ...plain, name: "shape", flag: "--shape", type: "json", description: "Shape" },
  ])
})

test("mistakes in a command are found when the manifest is made", () => {
  const base = {
    summary: "Try",
    examples: [{ line: "duck x", says: "x" }] as const,
    output: z.object({}),
    permission: "read" as const,
    run: async () => ({}),
  }
  const bare = defineCommand({ ...base, name: "bare", input: z.object({ a: z.string() }) })
  expect(() => manifestOf(commandSet([bare]))).toThrow("has no description")
  expect(() => commandSet([bare, bare])).toThrow("Two commands")
})
