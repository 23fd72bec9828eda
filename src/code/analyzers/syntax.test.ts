import { describe, expect, test } from "vitest"
import { grammarParser } from "../parse/grammar.ts"
import { languageById } from "../parse/languages.ts"
import { syntaxes } from "./syntax.ts"

describe("what node types mean", () => {
  for (const [id, syntax] of Object.entries(syntaxes)) {
    test(`every type named for ${id} is one of its grammar`, async () => {
      const file = languageById(id)?.grammar ?? ""
      const { types } = await grammarParser(file)
      const known = new Set(types)
      const nodes = Object.entries(syntax).flatMap(([group, names]) =>
        group === "booleans" || group === "defaulting" ? [] : names,
      )
      expect(nodes.filter((name) => !known.has(name))).toEqual([])
    })
  }
})
