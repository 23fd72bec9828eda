import type { TestedLanguage } from "../../workspace/test-runners/framework.ts"
import { splitOutside } from "./signature.ts"

/** An argument as it is written, and what is special about it. */
export interface Value {
  readonly text: string
  /** "", "the largest", "empty": part of a test's name. */
  readonly says: string
}

/** What a type's name stands for, as written where it is defined; undefined where it is not known. */
export type TypeText = (name: string) => string | undefined

const value = (text: string, says: string): Value => ({ text, says })

/**
 * Values at the bounds of a type, the ordinary one first; empty where nothing is known that fits it. Names of the
 * project's own types are looked up with `typeText`.
 */
export function boundaryValues(
  type: string,
  { language, typeText = () => undefined }: { readonly language: TestedLanguage; readonly typeText?: TypeText },
  depth = 0,
): readonly Value[] {
  if (depth > 4) return []
  const plain = type.trim().replace(/^readonly\s+/, "")
  const inner = (of: string) => boundaryValues(of, { language, typeText }, depth + 1)
  return byLanguage[language](plain, inner, typeText)
}

type Reader = (type: string, inner: (of: string) => readonly Value[], typeText: TypeText) => readonly Value[]

const strings = (quote: (text: string) => string, repeat: string) => [
  value(quote("text"), "some text"),
  value(quote(""), "empty text"),
  value(repeat, "long text"),
  value(quote("äöü 漢字 🦆"), "text beyond ASCII"),
]

const javascript: Reader = (type, inner, typeText) => {
  const members = splitOutside(type, "|").filter((member) => member !== "")
  if (members.length > 1) return distinct(members.flatMap((member) => literalOf(member) ?? inner(member)))
  const literal = literalOf(type)
  if (literal) return literal
  const array = /^(.+)\[\]$/.exec(type)?.[1] ?? /^(?:ReadonlyArray|Array|Iterable)<(.+)>$/.exec(type)?.[1]
  if (array !== undefined) return lists(inner(array.replace(/^\((.*)\)$/, "$1")), "[", "]")
  const known: Readonly<Record<string, readonly Value[]>> = {
    number: [
      value("1", "a number"),
      value("0", "zero"),
      value("-1", "a negative number"),
      value("Number.MAX_SAFE_INTEGER", "the largest whole number"),
      value("Number.NaN", "no number"),
    ],
    bigint: [value("1n", "a number"), value("0n", "zero"), value("-1n", "a negative number")],
    string: strings((text) => JSON.stringify(text), '"x".repeat(10_000)'),
    boolean: [value("true", "true"), value("false", "false")],
    unknown: [value('"text"', "text"), value("null", "null"), value("undefined", "undefined")],
    any: [value('"text"', "text"), value("null", "null"), value("undefined", "undefined")],
    Date: [value("new Date(0)", "the epoch"), value("new Date(Number.NaN)", "an invalid date")],
    object: [value("{}", "an empty object")],
    RegExp: [value("/x/", "an expression")],
    Buffer: [value("Buffer.alloc(0)", "no bytes")],
    Uint8Array: [value("new Uint8Array()", "no bytes")],
    "": [value("1", "a number"), value('""', "empty text"), value("null", "null"), value("undefined", "undefined")],
  }
  if (Object.hasOwn(known, type)) return known[type] ?? []
  const made = /^(?:Readonly)?(Map|Set)<.*>$/.exec(type)?.[1]
  if (made) return [value(`new ${made}()`, "empty")]
  if (/^(?:Record|Partial)<.*>$/.test(type)) return [value("{}", "empty")]
  if (/^\(.*\)\s*=>/.test(type)) return functionOf(type)
  if (!/^[A-Za-z_$][\w$]*$/.test(type)) return []
  const definition = typeText(type)
  const members_ = definition && /\benum\s+\w+\s*\{([^}]*)\}/.exec(definition)?.[1]
  if (members_) {
    return splitOutside(members_, ",")
      .map((member) => /^\w+/.exec(member)?.[0])
      .flatMap((member) => (member ? [value(`${type}.${member}`, member)] : []))
  }
  const alias = definition && /\btype\s+\w+\s*=\s*([^;]+);?\s*$/s.exec(definition)?.[1]
  return alias ? inner(alias.replace(/\s+/g, " ")) : []
}

const literalOf = (type: string): readonly Value[] | undefined => {
  if (/^(["']).*\1$/.test(type)) return [value(JSON.stringify(type.slice(1, -1)), type.slice(1, -1))]
  if (/^-?\d[\d._]*$/.test(type)) return [value(type, type)]
  return ["null", "undefined", "true", "false"].includes(type) ? [value(type, type)] : undefined
}

function functionOf(type: string): readonly Value[] {
  const returned = splitOutside(type, "=>").at(-1)
  if (returned === "void" || returned === "unknown") return [value("() => {}", "a function")]
  return returned === "boolean" ? [value("() => true", "a function")] : []
}

const python: Reader = (type, inner, typeText) => {
  const optional = /^Optional\[(.+)\]$/.exec(type)?.[1]
  if (optional !== undefined) return distinct([...inner(optional), value("None", "None")])
  const union = /^Union\[(.+)\]$/.exec(type)?.[1]
  const members = union === undefined ? splitOutside(type, "|") : splitOutside(union, ",")
  if (members.length > 1) return distinct(members.flatMap((member) => inner(member)))
  const literals = /^(?:typing\.)?Literal\[(.+)\]$/.exec(type)?.[1]
  if (literals !== undefined) return splitOutside(literals, ",").map((one) => value(one, one.replace(/["']/g, "")))
  const list = /^(?:list|List|Sequence|Iterable)(?:\[(.+)\])?$/.exec(type)
  if (list) return lists(inner(list[1] ?? "int"), "[", "]")
  if (/^(?:dict|Dict|Mapping)\b/.test(type)) return [value("{}", "empty")]
  if (/^(?:set|Set)\b/.test(type)) return [value("set()", "empty")]
  if (/^(?:tuple|Tuple)$/.test(type)) return [value("()", "empty")]
  const known: Readonly<Record<string, readonly Value[]>> = {
    int: [
      value("1", "a number"),
      value("0", "zero"),
      value("-1", "a negative number"),
      value("2**63", "a large number"),
    ],
    float: [
      value("1.5", "a number"),
      value("0.0", "zero"),
      value("-1.0", "a negative number"),
      value('float("inf")', "infinity"),
      value('float("nan")', "no number"),
    ],
    str: strings((text) => JSON.stringify(text), '"x" * 10_000'),
    bytes: [value('b"x"', "bytes"), value('b""', "no bytes")],
    bool: [value("True", "true"), value("False", "false")],
    None: [value("None", "None")],
    "": [value("1", "a number"), value('""', "empty text"), value("None", "None"), value("[]", "an empty list")],
    Any: [value("1", "a number"), value("None", "None")],
  }
  if (Object.hasOwn(known, type)) return known[type] ?? []
  const body = /^\w+$/.test(type) ? typeText(type) : undefined
  if (!body || !/class\s+\w+\(.*\bEnum\b.*\)/.test(body)) return []
  return Array.from(body.matchAll(/^\s+([A-Z]\w*)\s*=/gm), ([, member = ""]) => value(`${type}.${member}`, member))
}

const wholes = (names: readonly string[], largest: (name: string) => string) =>
  Object.fromEntries(
    names.map((name) => [
      name,
      [
        value("1", "a number"),
        value("0", "zero"),
        ...(/^u/.test(name) || name === "byte" ? [] : [value("-1", "a negative number")]),
        value(largest(name), "the largest"),
      ],
    ]),
  )

const goLargest: Readonly<Record<string, string>> = { byte: "255", rune: "0x10FFFF" }
const goKnown: Readonly<Record<string, readonly Value[]>> = {
  ...wholes(
    "int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 byte rune".split(" "),
    (name) => goLargest[name] ?? `math.Max${name.startsWith("u") ? "Uint" : "Int"}${name.replace(/\D/g, "")}`,
  ),
  float64: [
    value("1.5", "a number"),
    value("0", "zero"),
    value("math.Inf(1)", "infinity"),
    value("math.NaN()", "no number"),
  ],
  float32: [value("1.5", "a number"), value("0", "zero"), value("math.MaxFloat32", "the largest")],
  string: strings((text) => JSON.stringify(text), 'strings.Repeat("x", 10000)'),
  bool: [value("true", "true"), value("false", "false")],
  error: [value("nil", "nil")],
  any: [value("nil", "nil"), value('"text"', "text")],
}
const go: Reader = (type, inner) => {
  if (Object.hasOwn(goKnown, type)) return goKnown[type] ?? []
  const slice = /^\[\](.+)$/.exec(type)?.[1]
  if (slice !== undefined) {
    const [first] = inner(slice)
    return [
      value("nil", "nil"),
      value(`${type}{}`, "empty"),
      ...(first ? [value(`${type}{${first.text}}`, "one")] : []),
    ]
  }
  if (type.startsWith("map[")) return [value("nil", "nil"), value(`${type}{}`, "empty")]
  if (type === "context.Context") return [value("context.Background()", "a context")]
  return type.startsWith("*") || type.startsWith("func(") ? [value("nil", "nil")] : []
}

const rustKnown: Readonly<Record<string, readonly Value[]>> = {
  ...wholes("i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize".split(" "), (name) => `${name}::MAX`),
  f64: [
    value("1.5", "a number"),
    value("0.0", "zero"),
    value("f64::NAN", "no number"),
    value("f64::MAX", "the largest"),
  ],
  f32: [value("1.5", "a number"), value("0.0", "zero"), value("f32::NAN", "no number")],
  bool: [value("true", "true"), value("false", "false")],
  char: [value("'x'", "a character"), value("'\\0'", "NUL")],
  "&str": strings((text) => JSON.stringify(text), '&"x".repeat(10_000)'),
  String: [value('"text".to_string()', "some text"), value("String::new()", "empty text")],
  "()": [value("()", "nothing")],
}
const rust: Reader = (type, inner) => {
  const plain = type.replace(/^&'\w+\s+/, "&")
  if (Object.hasOwn(rustKnown, plain)) return rustKnown[plain] ?? []
  const optional = /^Option<(.+)>$/.exec(plain)?.[1]
  if (optional !== undefined) {
    const some = inner(optional)
      .slice(0, 2)
      .map(({ text, says }) => value(`Some(${text})`, says))
    return [...some, value("None", "None")]
  }
  const list = /^(?:&\[(.+)\]|Vec<(.+)>)$/.exec(plain)
  if (list) {
    const [first] = inner(list[1] ?? list[2] ?? "")
    const start = plain.startsWith("&") ? "&[" : "vec!["
    return [...(first ? [value(`${start}${first.text}]`, "one")] : []), value(`${start}]`, "empty")]
  }
  return []
}

const javaLargest: Readonly<Record<string, string>> = { int: "Integer", long: "Long", short: "Short", byte: "Byte" }
const javaKnown: Readonly<Record<string, readonly Value[]>> = {
  ...Object.fromEntries(
    ["int", "long"].map((name) => [
      name,
      [
        value("1", "a number"),
        value("0", "zero"),
        value("-1", "a negative number"),
        value(`${javaLargest[name]}.MAX_VALUE`, "the largest"),
        value(`${javaLargest[name]}.MIN_VALUE`, "the smallest"),
      ],
    ]),
  ),
  double: [value("1.5", "a number"), value("0.0", "zero"), value("Double.NaN", "no number")],
  float: [value("1.5f", "a number"), value("0f", "zero")],
  boolean: [value("true", "true"), value("false", "false")],
  char: [value("'x'", "a character")],
  String: [...strings((text) => JSON.stringify(text), '"x".repeat(10_000)'), value("null", "null")],
}
const java: Reader = (type) => {
  if (Object.hasOwn(javaKnown, type)) return javaKnown[type] ?? []
  const made = /^(List|Set|Map)(?:<.*>)?$/.exec(type)?.[1]
  if (made) return [value(`java.util.${made}.of()`, "empty")]
  return []
}

const elixir: Reader = () => [
  value("1", "a number"),
  value('""', "empty text"),
  value("[]", "an empty list"),
  value("nil", "nil"),
]
const ruby: Reader = () => [
  value("1", "a number"),
  value('""', "empty text"),
  value("[]", "an empty list"),
  value("nil", "nil"),
]

const byLanguage = { javascript, python, go, rust, java, elixir, ruby } as const

/** Of an element's ordinary value: a list of none, of one, of many. */
function lists(of: readonly Value[], open: string, close: string): Value[] {
  const [first] = of
  const one = first ? [value(`${open}${first.text}${close}`, "a list of one")] : []
  const twice = first ? [value(`${open}${first.text}, ${first.text}${close}`, "a list with the same twice")] : []
  return [...one, value(`${open}${close}`, "an empty list"), ...twice]
}

const distinct = (values: readonly Value[]): Value[] => [...new Map(values.map((one) => [one.text, one])).values()]
