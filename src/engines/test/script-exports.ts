import type { Definition } from "../../code/code-index.ts"
import { commonJsOf } from "./commonjs.ts"
import { type Signature, signatureOf } from "./signature.ts"

/** What a JavaScript or TypeScript module gives to those that use it. */
export interface ScriptExports {
  /** Name of what it is as a whole; undefined where it is several things. */
  readonly whole: string | undefined
  /** How a function of it is named from outside; undefined for one that can't be reached. */
  reached(one: Definition, owner: string): { readonly name: string; readonly owner: string } | undefined
}

/** A class that has no name. */
const unnamedClass = "Subject"

export async function scriptExports(
  path: string,
  text: string,
  items: readonly Definition[],
): Promise<ScriptExports | undefined> {
  const common = await commonJsOf(path, text)
  const isClass = (name: string) => items.some((one) => one.name === name && one.kind === "class")
  if (!common) {
    const renamed = renamedExports(text)
    const [, ...names] = defaultExport.exec(text) ?? []
    const whole = names.find((name) => name) ?? [...renamed].find(([, name]) => name === "default")?.[0]
    const nameFor = (local: string) => {
      const name = renamed.get(local)
      return name === undefined || name === "default" ? local : name
    }
    const ofDefault = isClass("default") ? unnamedClass : /^export\s+default\s*\{/m.test(text) ? "subject" : undefined
    return {
      whole: whole ?? ofDefault,
      reached(one, owner) {
        // Methods without an owner stand in some object: only a default one is given.
        if (owner === "" && one.kind === "method") return ofDefault && { name: one.name, owner: ofDefault }
        if (owner === "") return { name: nameFor(one.name), owner }
        return { name: one.name, owner: owner === "default" && ofDefault ? ofDefault : nameFor(owner) }
      },
    }
  }
  const { whole, named } = common
  const nameFor = (local: string): string | undefined => {
    if (named.get(local) === local) return local
    return [...named].find(([name, of]) => of === local && isIdentifier(name))?.[0]
  }
  const wholeName = whole === null ? undefined : whole === "" && isClass("default") ? unnamedClass : whole || undefined
  const isMaker = (name: string) => items.some((one) => isOfPrototype(one, name))
  return {
    whole: wholeName,
    reached({ name, within }, owner) {
      if (owner !== "") {
        const known = owner === whole || (whole === "" && owner === "default") ? wholeName : nameFor(owner)
        return known === undefined || within.length > 1 ? undefined : { name, owner: known }
      }
      // What makes objects is called with their methods.
      if (isMaker(name)) return undefined
      if (name === "default" ? whole === "" : name === whole) return { name, owner }
      const known = nameFor(name)
      return known === undefined ? undefined : { name: known, owner }
    },
  }
}

const defaultExport =
  /^export\s+default\s+(?:(?:async\s+)?function\s*\*?\s+([A-Za-z_$][\w$]*)|(?:abstract\s+)?class\s+(?!extends\b)([A-Za-z_$][\w$]*)|([A-Za-z_$][\w$]*)\s*;?\s*$)/m

/** By their names in the module, what `export { a as b, c as default }` gives by another name. */
function renamedExports(text: string): ReadonlyMap<string, string> {
  const lists = text.matchAll(/^export\s*\{([^}]*)\}(?!\s*from\b)/gm)
  const entries = Array.from(lists, ([, list = ""]) => list.matchAll(/([\w$]+)\s+as\s+([\w$]+)/g)).flatMap((found) =>
    Array.from(found, ([, local = "", name = ""]) => [local, name] as const),
  )
  return new Map(entries)
}

const reserved =
  /^(?:default|delete|new|class|function|import|export|return|typeof|void|in|if|else|for|while|do|switch|case|try|catch|finally|throw|var|let|const|this|null|true|false|super|with|yield|enum|await|static)$/
const isIdentifier = (name: string) => /^[A-Za-z_$][\w$]*$/.test(name) && !reserved.test(name)

const isOfPrototype = ({ signature, within }: Definition, owner: string) =>
  within.at(-1) === owner && signature.startsWith(`${owner}.prototype.`)

/**
 * How the owner of a method is made where it is a function (`Tree.prototype.walk = …`); undefined for what is called on
 * the owner itself.
 */
export function scriptMaking(one: Definition, items: readonly Definition[]): Signature | undefined {
  const owner = one.within.at(-1) ?? ""
  if (!isOfPrototype(one, owner)) return undefined
  const maker = items.find(({ name, kind, within }) => name === owner && kind === "function" && within.length === 0)
  return maker && signatureOf(maker.signature, maker.name, "javascript")
}
