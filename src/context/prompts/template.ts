import { z } from "zod"
import { type FrontMatter, readFrontMatter } from "../front-matter.ts"
import { modelFamilies } from "./family.ts"
import { type Node, parseTemplate, type Spot, TemplateError } from "./syntax.ts"

const Variable = z.looseObject({
  type: z.enum(["string", "number", "integer", "boolean", "array", "object"]).optional(),
  description: z.string().optional(),
  optional: z.boolean().default(false),
})

const Facts = z.strictObject({
  description: z.string(),
  version: z.string().regex(/^\d+\.\d+\.\d+$/, "a semantic version, such as 1.0.0"),
  engine: z.string(),
  role: z.string().optional(),
  /** Models that it is written for; without it, all. */
  family: z.enum(modelFamilies).optional(),
  variables: z.record(z.string(), Variable).default({}),
})
export type TemplateFacts = z.infer<typeof Facts>

/** One message of a template. */
export interface Section {
  readonly role: "system" | "user" | "assistant"
  readonly nodes: readonly Node[]
}

export interface Template extends TemplateFacts {
  /** "explain/symbol". */
  readonly name: string
  /** "built in", or where its file is. */
  readonly source: string
  readonly text: string
  readonly sections: readonly Section[]
}

/** Nodes of a partial, or undefined where there is none of that name. */
export type Partials = (name: string) => readonly Node[] | undefined

/**
 * Compiles a template's file. `shown` is what errors call the file. Throws TemplateError with the line, also for a variable
 * that the front matter does not name and a partial that there is none of.
 */
export function compileTemplate(
  {
    name,
    source,
    shown,
    text,
  }: { readonly name: string; readonly source: string; readonly shown: string; readonly text: string },
  partials: Partials,
): Template {
  const front = readFrontMatter(text)
  const facts = factsOf(front, shown)
  const sections = sectionsOf(front.body, shown, front.bodyLine, partials)
  if (sections.length === 0)
    throw new TemplateError(shown, top, "It has no `@system` or `@user` line, and so no message.")
  for (const { nodes } of sections) check(nodes, new Set(Object.keys(facts.variables)))
  return { ...facts, name, source, text, sections }
}

/** A partial has no front matter: its variables are those of the templates that use it. */
export const compilePartial = (text: string, shown: string): readonly Node[] => parseTemplate(text.trimEnd(), shown, 1)

function factsOf({ fields, problems: [problem], placeOf, keyPlaceOf }: FrontMatter, shown: string): TemplateFacts {
  if (problem) throw new TemplateError(shown, problem, problem.message)
  if (!fields) throw new TemplateError(shown, top, "It has no front matter between two lines of `---`.")
  const checked = Facts.safeParse(fields)
  if (checked.success) return checked.data
  // What is missing has no place of its own: the first that has one is shown.
  const places = checked.error.issues.map((issue) =>
    issue.code === "unrecognized_keys" ? keyPlaceOf(issue.keys[0] ?? "") : placeOf(issue.path),
  )
  const place = places.find(({ line }) => line > top.line) ?? top
  throw new TemplateError(shown, place, `The front matter is wrong. ${z.prettifyError(checked.error)}`)
}

const top: Spot = { line: 1, column: 1 }

function sectionsOf(body: string, shown: string, firstLine: number, partials: Partials): Section[] {
  const sections: Section[] = []
  let line = firstLine
  for (const part of body.split(/^(?=@(?:system|user|assistant)[ \t]*\r?$)/m)) {
    const head = /^@(system|user|assistant)[ \t]*\r?\n?/.exec(part)
    if (head) {
      const role = head[1] as Section["role"]
      const nodes = parseTemplate(part.slice(head[0].length).trim(), shown, line + 1 + leading(part, head[0].length))
      sections.push({ role, nodes: expanded(nodes, partials, []) })
    } else if (part.trim() !== "")
      throw new TemplateError(shown, { line, column: 1 }, "Text stands before the first `@system` or `@user`.")
    line += part.split("\n").length - 1
  }
  return sections
}

/** Empty lines between a `@system` line and its text. */
const leading = (part: string, from: number) => (/^\s*/.exec(part.slice(from))?.[0].split("\n").length ?? 1) - 1

/** Partials that hold each other twice each would grow without end. */
const mostNodes = 20_000

function expanded(
  nodes: readonly Node[],
  partials: Partials,
  within: readonly string[],
  room = { nodes: mostNodes },
): Node[] {
  return nodes.flatMap((node): Node[] => {
    if (node.kind !== "text" && room.nodes-- <= 0)
      throw new TemplateError(node.file, node, `With its partials it has more than ${mostNodes} tags.`)
    switch (node.kind) {
      case "partial": {
        const body = partials(node.name)
        if (!body) throw new TemplateError(node.file, node, `There is no partial \`${node.name}\`.`)
        if (within.includes(node.name))
          throw new TemplateError(node.file, node, `The partial \`${node.name}\` holds itself.`)
        return expanded(body, partials, [...within, node.name], room)
      }
      case "if":
        return [
          {
            ...node,
            body: expanded(node.body, partials, within, room),
            otherwise: expanded(node.otherwise, partials, within, room),
          },
        ]
      case "each":
        return [{ ...node, body: expanded(node.body, partials, within, room) }]
      default:
        return [node]
    }
  })
}

function check(nodes: readonly Node[], known: ReadonlySet<string>): void {
  for (const node of nodes) {
    if (node.kind === "value" || node.kind === "if" || node.kind === "each") {
      const [first = ""] = node.path
      if (!known.has(first)) {
        throw new TemplateError(node.file, node, `\`${first}\` is not among the variables of the front matter.`)
      }
    }
    if (node.kind === "if") {
      check(node.body, known)
      check(node.otherwise, known)
    }
    if (node.kind === "each") check(node.body, new Set([...known, "this"]))
  }
}
