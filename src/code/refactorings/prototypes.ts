const words = /^(?:return|else|case|goto|throw|new|delete|sizeof|co_return|co_await|co_yield)$/

/**
 * Whether a function's name stands in a prototype: behind a type on its line, before parameters and a semicolon. With
 * `parameters` it is the prototype of just that function, as C++ has it, which overloads; in C a name is one function.
 */
export function isPrototype(text: string, start: number, end: number, parameters?: string): boolean {
  const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start)
  const type = /^[\w\s*&:<>,()"]*?(\w+)(?:<[^<>]*>)?[\s*&]+$/.exec(before)?.[1]
  if (type === undefined || words.test(type)) return false
  const after = text.slice(end, end + 2_000)
  if (!/^\s*\([^;{}]*\)[^;{}]*;/.test(after)) return false
  return parameters === undefined || parametersAt(text, end) === parameters
}

/** Behind a function's name, without white space; undefined where they are more than a plain list. */
export const parametersAt = (text: string, end: number): string | undefined =>
  /^\s*\(([^();{}]*)\)/.exec(text.slice(end, end + 2_000))?.[1]?.replace(/\s+/g, "")
