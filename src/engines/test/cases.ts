import type { TestedLanguage } from "../../workspace/test-runners/framework.ts"
import type { Parameter, Signature } from "./signature.ts"
import type { Callable } from "./subject.ts"
import { typeByName } from "./untyped.ts"
import { boundaryValues, type TypeText, type Value } from "./values.ts"

/** One call that a test should be about. What it gives is not known: whoever finishes the scaffold says it. */
export interface Case {
  /** Part of a test's name: "net is zero". */
  readonly says: string
  /** As they are written; null where there is no value that is known to fit. */
  readonly arguments: readonly string[] | null
}

/** Of one function; more is a table that nobody fills in. */
const mostCases = 14

/** The ordinary call, each parameter at its bounds with the others ordinary, and each error that the code throws. */
export function casesOf(callable: Callable, language: TestedLanguage, typeText: TypeText): Case[] {
  const { parameters, throws } = callable
  const values = parameters.map((parameter) => valuesOf(parameter, language, typeText))
  const unknown = parameters.filter((parameter, i) => values[i]?.length === 0 && !parameter.isOptional)
  if (unknown.length > 0) {
    const says = unknown.map(({ name, type }) => `${name}: ${type || "?"}`).join(", ")
    return [{ says: `an ordinary call (with ${says})`, arguments: null }, ...errorCases(throws)]
  }
  const ordinary = written(
    parameters,
    values.map(([first]) => first),
    language,
  )
  const atBounds = parameters.flatMap((parameter, i) =>
    (values[i] ?? []).slice(1).map((value): Case => {
      const chosen = values.map(([first], at) => (at === i ? value : first))
      return { says: `${parameter.name} is ${value.says}`, arguments: written(parameters, chosen, language) }
    }),
  )
  return [{ says: "an ordinary call", arguments: ordinary }, ...atBounds.slice(0, mostCases), ...errorCases(throws)]
}

const errorCases = (throws: readonly string[]): Case[] =>
  [...new Set(throws)].map((error) => ({ says: `it ends in ${error}`, arguments: null }))

function valuesOf(
  { name, type: written, isOptional }: Parameter,
  language: TestedLanguage,
  typeText: TypeText,
): readonly Value[] {
  const type = written || typeByName(name, language)
  const likely = boundaryValues(type, { language, typeText })
  // What is no more than likely does not keep callers from giving something else.
  const others = written === "" && type !== "" ? boundaryValues("", { language }).filter(isNothing) : []
  const values = [...likely, ...others]
  const isScript = language === "javascript" && isOptional && type !== ""
  const isLeftOut = values.some(({ text }) => text === "undefined")
  return isScript && !isLeftOut && values.length > 0 ? [...values, { text: "undefined", says: "left out" }] : values
}

const isNothing = ({ text }: Value) => /^(?:null|undefined|None)$/.test(text)

/** What has to be given, at its ordinary value; null where one is not known. */
export function ordinaryArguments(
  { parameters }: Signature,
  language: TestedLanguage,
  typeText: TypeText,
): readonly string[] | null {
  const needed = parameters.filter(({ isOptional }) => !isOptional)
  const values = needed.map((parameter) => valuesOf(parameter, language, typeText)[0])
  return values.includes(undefined) ? null : written(needed, values, language)
}

/** Up to the last that has a value: what follows is optional. */
function written(parameters: readonly Parameter[], values: readonly (Value | undefined)[], language: TestedLanguage) {
  const out: string[] = []
  for (const [i, parameter] of parameters.entries()) {
    const value = values[i]
    if (!value) break
    const named = language === "ruby" ? `${parameter.name}: ` : `${parameter.name}=`
    out.push(parameter.isNamed ? named + value.text : value.text)
  }
  return out
}
