import { lineStarts } from "../../base/text.ts"
import { type Finding, fingerprintOf } from "../finding.ts"
import { familyOf } from "../graph/families.ts"
import { grammarParser } from "../parse/grammar.ts"
import { languageOf } from "../parse/languages.ts"
import { maxParsedLength } from "../parse/parse-file.ts"
import type { ExaminedFile } from "./analyzer.ts"
import { fileAnalyzers } from "./analyzers.ts"
import type { FileFacts } from "./facts.ts"
import { kindsOf } from "./kinds.ts"
import { measureFunctions } from "./measure.ts"
import { isParsed, spanOf } from "./place.ts"
import { tokensOf } from "./tokens.ts"

/** Raised when the facts of the same file come out otherwise. */
const factsVersion = 2
const timeLimitMs = 3000
const noKinds = { syntax: undefined, of: new Int32Array(0), language: "text" }
const generated = /@generated|\b(?:auto-?generated|generated (?:by|from|code)|do not edit)\b/i

/** Names everything that went into facts: with another one, what was kept is worth nothing. */
export const examinationVersion = (): string =>
  [`facts ${factsVersion}`, ...fileAnalyzers.map(({ name, version }) => `${name} ${version}`)].join(", ")

/**
 * The facts of one file, made in this thread. Never throws for what is in `text`: what can't be parsed has lines only.
 * `asText` leaves its syntax alone.
 */
export async function examine(path: string, text: string, asText = false): Promise<FileFacts> {
  const known = languageOf(path, text.startsWith("#!") ? text.slice(0, 200).split(/[\r\n]/, 1)[0] : "")
  const language = known?.dialect?.(text) ?? known
  const isReadable = !asText && language?.grammar !== undefined && text.length <= maxParsedLength
  const grammar = isReadable && language.grammar !== undefined ? await grammarParser(language.grammar) : undefined
  const file: ExaminedFile = {
    path,
    language: language?.id ?? "text",
    text,
    tree: grammar?.parse(text, timeLimitMs) ?? undefined,
    starts: lineStarts(text),
  }
  const kinds = file.tree ? kindsOf(file.tree, file.language) : noKinds
  const { tokens, names, codeLinesUpTo } = tokensOf(file, kinds)
  const functions = isParsed(file) ? measureFunctions(file, kinds, codeLinesUpTo) : []
  // All of them begin before the first of them waits for anything: the tree is this file's only so long.
  const findings = (await Promise.all(fileAnalyzers.map(async (analyzer) => [...(await analyzer.run(file))]))).flat()
  return {
    language: file.language,
    lines: file.starts.length,
    codeLines: codeLinesUpTo.at(-1) ?? 0,
    isGenerated: generated.test(text.slice(0, 600)),
    functions,
    tokens,
    typeImports: familyOf(file.language) === "javascript" ? typeImportsIn(file) : [],
    names,
    findings: toldApart(findings),
  }
}

const importsOfTypes =
  /^(?:import|export)\s+(?:type\s+[^=;()]*?|\{\s*type\s+[^,{}]+(?:,\s*type\s+[^,{}]+)*,?\s*\}\s*)\bfrom\b/gm

function typeImportsIn(file: ExaminedFile): number[] {
  return [...file.text.matchAll(importsOfTypes)].map(({ index }) => spanOf(file, index, index).startLine)
}

/** Findings whose rule and evidence are the same are numbered in their fingerprints. */
export function toldApart(findings: readonly Finding[]): Finding[] {
  const seen = new Map<string, number>()
  return findings.map((finding) => {
    const nth = seen.get(finding.fingerprint) ?? 0
    seen.set(finding.fingerprint, nth + 1)
    return nth === 0 ? finding : { ...finding, fingerprint: fingerprintOf(finding, nth) }
  })
}
