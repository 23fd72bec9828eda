import { posix } from "node:path"
import { type Conventions, conventionsOf, spokenShare } from "../../code/conventions/conventions.ts"
import { wordsOf } from "../../code/conventions/name-style.ts"
import type { Finding } from "../../code/finding.ts"
import { languageOf } from "../../code/parse/languages.ts"
import { speaksOfDiagnostics } from "../../context/sources/diagnostics.ts"
import { DraftRefusedError } from "../pipeline/draft.ts"
import type { Engine, EngineTools } from "../pipeline/engine.ts"
import type { Change } from "../proposal/proposal.ts"
import { rulesKept } from "../proposal/rules-kept.ts"
import { changesOf, WrittenEdits } from "../proposal/written-edits.ts"
import { importsResolve, parses, withoutSecrets } from "./critics.ts"
import { type Kind, kinds, neighbourOf } from "./neighbour.ts"
import { nameOf, registrationsOf } from "./registration.ts"
import { renamed } from "./renaming.ts"
import { scaffold } from "./scaffold.ts"

export interface GenerateTask {
  readonly description: string
  readonly file?: string | undefined
  readonly framework?: string | undefined
  /** Folder of a member; "" for the project. */
  readonly under: string
  readonly kind: Kind
  /** What it is called, for a scaffold. */
  readonly name: string
  /** What the model is shown of the project. */
  readonly example: Example
}

export interface Example {
  readonly conventions: string
  readonly like?: { readonly path: string; readonly text: string; readonly registered: string } | undefined
}

export interface Generated {
  readonly title: string
  /** Markdown. */
  readonly explanation: string
  readonly changes: readonly Change[]
}

type Check = (changes: readonly Change[], signal: AbortSignal) => AsyncIterable<Finding>

/** `compiles`: what the project's own checkers mind of changes. */
export function generateEngine(compiles: Check): Engine<GenerateTask, WrittenEdits, Generated> {
  return {
    name: "generate",
    prompt: () => "generate/files",
    needs: ({ description, file, example }) => ({
      task: description,
      paths: [file, example.like?.path].filter((path) => path !== undefined),
      symbols: [],
      wantsDiagnostics: speaksOfDiagnostics(description),
      language: languageOf(file ?? example.like?.path ?? "")?.id,
    }),
    variables: ({ description, file, framework, under, example: { conventions, like } }) => ({
      description,
      conventions,
      ...(file === undefined ? {} : { file }),
      ...(framework === undefined ? {} : { framework }),
      ...(under === "" ? {} : { folder: under }),
      ...(like ? { like: like.path, likeText: like.text } : {}),
      ...(like?.registered ? { registered: like.registered } : {}),
    }),
    output: { name: "generate", schema: WrittenEdits },
    async accept(edits, { file }, { workspace }) {
      const changes = await changesOf(workspace, edits)
      if (file !== undefined && !changes.some((change) => change.path === posix.normalize(file)))
        throw new DraftRefusedError(`${file} is not among the files: that is where it is to go.`)
      return { title: edits.title, explanation: edits.explanation, changes }
    },
    critics: [
      ({ changes }, _, tools) => parses(changes, tools),
      ({ changes }, _, tools) => importsResolve(changes, tools),
      ({ changes }, _, tools) => withoutSecrets(changes, tools),
      ({ changes }, _, tools) => rulesKept(changes, tools),
      ({ changes }, _, { signal }) => compiles(changes, signal),
    ],
    async withoutModel({ kind, name, under, file }, tools) {
      const made = await scaffold({ kind, name, under, file }, tools)
      const registered = made.registeredIn.length > 0 ? ` It is registered in ${made.registeredIn.join(", ")}.` : ""
      return {
        title: `Scaffold of the ${kind} ${name}`,
        explanation: `A scaffold of the shape of \`${made.like}\`: bodies say that they are not written.${registered} Why that file: ${made.why.join("; ")}.`,
        changes: made.changes,
      }
    },
  }
}

/** Of what kind a description speaks, and what it would be called: its first words that say something. */
export function understood(description: string): { readonly kind: Kind; readonly name: string } {
  const words = wordsOf(description)
  const kind = kinds.find((one) => words.includes(one)) ?? "module"
  const empty =
    /^(an?|the|new|for|that|which|of|to|with|add|create|make|write|generate|please|called|named|some|and|in|is|it)$/
  const said = words.filter((word) => !empty.test(word) && word !== kind)
  return { kind, name: said.slice(0, 2).join(" ") || kind }
}

const longestExample = 8_000

/** How the code is written where something is to be made, and the nearest file of its kind. */
export async function exampleFor(
  { kind, description, file, under }: Pick<GenerateTask, "kind" | "description" | "file" | "under">,
  { index, signal }: Pick<EngineTools, "index" | "signal">,
): Promise<Example> {
  const beside = file === undefined ? undefined : posix.dirname(file)
  const like = (await neighbourOf(index, { kind, about: description, under, beside, signal }))?.path
  const language = like === undefined ? undefined : languageOf(like)?.id
  const conventions = spokenConventions(await conventionsOf(index, { under, language, signal }))
  const text = like === undefined ? undefined : await index.text(like)
  if (like === undefined || text === undefined) return { conventions }
  const from = nameOf(like)
  const rename = (line: string, to: string) =>
    renamed(line, { from, to, fileStyle: "kebab-case", nameStyle: "camelCase" })
  const registered: string[] = []
  for (const { path, lines } of (await registrationsOf(index, like, rename)).slice(0, 5)) {
    const all = ((await index.text(path)) ?? "").split("\n")
    for (const line of lines.slice(0, 10)) registered.push(`${path}:${line}: ${all[line - 1]?.trim() ?? ""}`)
  }
  return { conventions, like: { path: like, text: text.slice(0, longestExample), registered: registered.join("\n") } }
}

/** One line a topic: "quotes: double (87 % of 210 files)". */
const spokenConventions = ({ conventions }: Conventions): string =>
  conventions
    .flatMap((convention) => {
      const [first] = convention.shares
      if (!first) return []
      return [`- ${convention.topic}: ${first.value} (${spokenShare(convention, first)}; ${first.examples[0] ?? ""})`]
    })
    .join("\n") || "- There is no code yet."
