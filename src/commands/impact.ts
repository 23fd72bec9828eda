import { z } from "zod"
import { NotFoundError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import type { Definition, ImpactAnswer } from "../code/code-index.ts"
import { FreshnessNote } from "../engines/ask/answer.ts"
import { freshnessNote } from "../engines/ask/ask.ts"
import { freshnessBlock, testBlocks } from "./code-blocks.ts"
import { defineCommand } from "./command.ts"
import { type Block, inlineCode, literal } from "./document.ts"
import { indexingTimeoutMs, indexOf } from "./indexed.ts"

const Place = z.object({ name: z.string(), kind: z.string(), path: z.string(), line: z.int() })
const Dependant = z.object({
  path: z.string(),
  /** "" where the file depends as a whole. */
  name: z.string(),
  line: z.int(),
  /** 1: uses the target itself. */
  depth: z.int(),
  /** How it was reached: by which use of what. */
  kind: z.string(),
  on: z.string(),
  text: z.string(),
  confidence: z.number(),
  reason: z.string(),
})

export const impact = defineCommand({
  name: "impact",
  summary: "Show what depends on a file or symbol, with its tests",
  description: "Follows calls, types and imports from the target outward, so that you know what a change can break.",
  examples: [
    { line: "duck impact src/base/ids.ts", says: "everything that uses the file" },
    { line: "duck impact newId --depth 1", says: "only what uses it directly" },
  ],
  input: z.object({
    target: z.string().trim().min(1).max(2_000).describe("A path, path:line, or a name such as Class.method"),
    depth: z.int().min(1).max(20).default(3).describe("How many steps to follow"),
    limit: z.int().min(1).max(5_000).default(200).describe("Most dependants"),
  }),
  output: z.object({
    target: z.string(),
    targets: z.array(Place),
    targetPaths: z.array(z.string()),
    dependants: z.array(Dependant),
    tests: z.array(z.object({ path: z.string(), names: z.array(z.string()), reason: z.string() })),
    isTruncated: z.boolean(),
    freshness: FreshnessNote,
  }),
  positionals: ["target"],
  shorts: { depth: "d", limit: "n" },
  permission: "read",
  timeoutMs: indexingTimeoutMs,
  async run({ target, depth, limit }, context) {
    const index = await indexOf(context)
    const answer = await index.impact(target, { depth, limit, signal: context.signal })
    if (answer.targets.length + answer.targetPaths.length === 0)
      throw await nothingCalled(target, () => index.search({ text: target, limit: 1 }))
    return {
      target,
      targets: answer.targets.map(placeOf),
      targetPaths: [...answer.targetPaths],
      dependants: answer.dependants.map(dependantOf),
      tests: answer.tests.map(({ path, tests, reason }) => ({ path, names: tests.map(({ name }) => name), reason })),
      isTruncated: answer.isTruncated,
      freshness: freshnessNote(answer.freshness),
    }
  },
  present(answer) {
    const { target, targets, dependants, tests, isTruncated, freshness } = answer
    const files = new Set(dependants.map(({ path }) => path)).size
    const direct = dependants.filter(({ depth }) => depth === 1).length
    const headline =
      dependants.length === 0
        ? `Nothing in this project depends on ${inlineCode(target)}.`
        : `${count(dependants.length, "place")} in ${count(files, "file")} depend on ${inlineCode(target)}, ${direct} of them directly.`
    return [
      { kind: "paragraph", text: headline },
      ...(targets.length > 1 ? ambiguity(targets) : []),
      ...dependantBlocks(dependants),
      ...(isTruncated
        ? [{ kind: "paragraph", text: "There are more; raise --limit or --depth.", tone: "warning" } as const]
        : []),
      ...testBlocks(tests),
      ...(tests.length === 0 && dependants.length > 0
        ? [{ kind: "paragraph", text: "No test was found that covers it.", tone: "warning" } as const]
        : []),
      freshnessBlock(freshness),
    ]
  },
})

const nameOf = ({ within, name }: Definition) => [...within, name].join(".")

const placeOf = (definition: Definition) => ({
  name: nameOf(definition),
  kind: definition.kind,
  path: definition.path,
  line: definition.nameLine,
})

const dependantOf = ({ path, definition, depth, via }: ImpactAnswer["dependants"][number]) => ({
  path,
  name: definition ? nameOf(definition) : "",
  line: via.line,
  depth,
  kind: via.kind,
  on: via.on,
  text: via.text,
  confidence: via.confidence,
  reason: via.reason,
})

function ambiguity(targets: readonly z.output<typeof Place>[]): Block[] {
  return [
    {
      kind: "table",
      columns: [{ title: "taken to be" }, { title: "" }],
      rows: targets.map(({ kind, name, path, line }) => [`${kind} **${literal(name)}**`, literal(`${path}:${line}`)]),
    },
  ]
}

function dependantBlocks(dependants: readonly z.output<typeof Dependant>[]): Block[] {
  const depths = [...new Set(dependants.map(({ depth }) => depth))].sort((a, b) => a - b)
  return depths.flatMap((depth): Block[] => [
    { kind: "heading", text: depth === 1 ? "Directly" : `In ${depth} steps`, level: 2 },
    {
      kind: "table",
      columns: [{ title: "" }, { title: "" }, { title: "", isCut: true }],
      rows: dependants
        .filter((one) => one.depth === depth)
        .map(({ path, line, name, kind, on, text, confidence }) => [
          literal(`${path}:${line}`),
          `**${literal(name === "" ? "(file)" : name)}** ${kind} ${literal(on)}${confidence < 0.5 ? " (perhaps)" : ""}`,
          text === "" ? "" : inlineCode(text),
        ]),
    },
  ])
}

async function nothingCalled(
  target: string,
  search: () => Promise<{ readonly nearest: readonly { readonly name: string; readonly path: string }[] }>,
): Promise<NotFoundError> {
  const { nearest } = await search()
  return new NotFoundError({
    code: "NO_SUCH_SYMBOL",
    message: `There is no file or symbol ${inlineCode(target)} in the index.`,
    hint:
      nearest.length > 0 ? `Near it: ${nearest.map(({ name, path }) => `${name} (${path})`).join(", ")}.` : undefined,
  })
}
