import type { FlatTree } from "../parse/flat-tree.ts"
import { languageById } from "../parse/languages.ts"
import { type Syntax, syntaxes } from "./syntax.ts"

/** What a node is, as bits: a Go block is one that runs in order, a Ruby `else` a branch and hoisted. */
export const Kind = {
  function: 1,
  class: 1 << 1,
  if: 1 << 2,
  elseIf: 1 << 3,
  else: 1 << 4,
  ternary: 1 << 5,
  loop: 1 << 6,
  switch: 1 << 7,
  case: 1 << 8,
  catch: 1 << 9,
  binary: 1 << 10,
  jump: 1 << 11,
  goto: 1 << 12,
  end: 1 << 13,
  block: 1 << 14,
  hoisted: 1 << 15,
  call: 1 << 16,
  arguments: 1 << 17,
  parameters: 1 << 18,
  truth: 1 << 19,
  import: 1 << 20,
  comment: 1 << 21,
  identifier: 1 << 22,
  string: 1 << 23,
  number: 1 << 24,
  interpolation: 1 << 25,
  notParameter: 1 << 26,
} as const

/** The kinds of a language's nodes by type id, beside the data they were made from. */
export interface Kinds {
  readonly syntax: Syntax | undefined
  readonly of: Int32Array
  readonly language: string
}

const groups: readonly [keyof Syntax, number][] = [
  ["functions", Kind.function],
  ["classes", Kind.class],
  ["ifs", Kind.if],
  ["elseIfs", Kind.elseIf],
  ["elses", Kind.else],
  ["ternaries", Kind.ternary],
  ["loops", Kind.loop],
  ["switches", Kind.switch],
  ["cases", Kind.case],
  ["catches", Kind.catch],
  ["binaries", Kind.binary],
  ["jumps", Kind.jump],
  ["gotos", Kind.goto],
  ["ends", Kind.end],
  ["blocks", Kind.block],
  ["hoisted", Kind.hoisted],
  ["calls", Kind.call],
  ["arguments", Kind.arguments],
  ["parameters", Kind.parameters],
  ["notParameters", Kind.notParameter],
  ["truths", Kind.truth],
  ["imports", Kind.import],
]

const identifiers =
  /(?:^|_)identifier(?:_pattern)?$|^(?:name|variable_name|word|constant|instance_variable|class_variable|global_variable|simple_symbol|alias|field_name|class_name|id_name|property_name|tag_name|bare_key)$/
const strings =
  /^(?:.*string|.*string_literal.*|.*string_expression|char.*|rune_literal|regex|sigil|heredoc.*|nowdoc|charlist|quoted_.*|string_value|ansi_c_string|atom)$/
const numbers = /^(?:number.*|.*(?:integer|int|float|floating_point|real|imaginary)(?:_literal|_value)?|color_value)$/
const interpolations = /interpolation|substitution|expansion|^embedded/

const made = new WeakMap<readonly string[], Map<string, Kinds>>()

/** Made once for each grammar and language. */
export function kindsOf(tree: FlatTree, language: string): Kinds {
  const byLanguage = made.get(tree.types) ?? new Map<string, Kinds>()
  made.set(tree.types, byLanguage)
  const known = byLanguage.get(language)
  if (known) return known
  const syntax = syntaxes[language]
  const comments = new Set(languageById(language)?.comments)
  const of = new Int32Array(0x10000)
  for (const [id, type] of tree.types.entries()) {
    if (type === undefined || type === "") continue
    let bits = 0
    for (const [group, bit] of groups) if (syntax?.[group]?.includes(type)) bits |= bit
    if (comments.has(type) || /comment/.test(type)) bits |= Kind.comment
    else if (identifiers.test(type)) bits |= Kind.identifier
    else if (strings.test(type)) bits |= Kind.string
    else if (numbers.test(type)) bits |= Kind.number
    if (interpolations.test(type)) bits |= Kind.interpolation
    of[id] = bits
  }
  const kinds: Kinds = { syntax, of, language }
  byLanguage.set(language, kinds)
  return kinds
}

const elixirWords: Readonly<Record<string, number>> = {
  def: Kind.function,
  defp: Kind.function,
  defmacro: Kind.function,
  defmacrop: Kind.function,
  defmodule: Kind.class,
  if: Kind.if,
  unless: Kind.if,
  case: Kind.switch,
  cond: Kind.switch,
  receive: Kind.switch,
  with: Kind.if,
  for: Kind.loop,
}

/** The kinds of a node. */
export function kindOf({ of, language }: Kinds, tree: FlatTree, node: number): number {
  const bits = of[tree.kind[node] ?? 0] ?? 0
  if (language !== "elixir") return bits
  // In Elixir these are calls of macros; the clauses of `fn` decide nothing when there is only one.
  if (bits & Kind.call) return bits | (elixirWords[tree.source(tree.child(node, "target"))] ?? 0)
  if (bits & Kind.case && tree.type(tree.parentOf(node)) === "anonymous_function") {
    return tree.firstChild(tree.parentOf(node)) === node ? bits & ~Kind.case : bits
  }
  return bits
}
