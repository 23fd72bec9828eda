import fc from "fast-check"
import { expect, test } from "vitest"
import { decodeText } from "./decode.ts"
import { encodeText, newlineOf, withNewlinesOf } from "./encode.ts"

const bytes = (...values: number[]) => Uint8Array.from(values)

test("text comes back as it was written, in every encoding, byte-order mark included", () => {
  const text = fc
    .string({ unit: "binary", minLength: 1 })
    .filter((t) => t.isWellFormed() && !/[\0-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffd]/.test(t))
  fc.assert(
    fc.property(
      text,
      fc.constantFrom("utf-8-bom" as const, "utf-16le" as const, "utf-16be" as const),
      (t, encoding) => {
        expect(decodeText(encodeText(t, encoding) ?? bytes())).toEqual({ text: t, encoding, hadInvalidBytes: false })
      },
    ),
  )
  fc.assert(
    fc.property(text, (t) => {
      expect(decodeText(encodeText(t, "utf-8") ?? bytes())).toEqual({
        text: t,
        encoding: "utf-8",
        hadInvalidBytes: false,
      })
    }),
  )
})

test("Western single-byte text is read as such, and written back byte for byte", () => {
  const latin = Buffer.from("// Gr\xfc\xdfe, caf\xe9 \x93quoted\x94 \x80 5\nint x;\n", "latin1")
  const read = decodeText(latin)
  expect(read).toEqual({
    text: "// Grüße, café “quoted” € 5\nint x;\n",
    encoding: "windows-1252",
    hadInvalidBytes: false,
  })
  expect(read !== "binary" && encodeText(read.text, read.encoding)).toEqual(latin)
  expect(encodeText("漢", "windows-1252")).toBeUndefined()
})

test("UTF-8 with a broken byte stays UTF-8, and says so", () => {
  const broken = Buffer.concat([
    Buffer.from("größer, schöner, weiter über alles"),
    bytes(0xff),
    Buffer.from(" und mehr ä"),
  ])
  expect(decodeText(broken)).toMatchObject({ encoding: "utf-8", hadInvalidBytes: true })
  expect(decodeText(Buffer.concat([bytes(0xef, 0xbb, 0xbf, 0x61, 0xff)]))).toEqual({
    text: "a\ufffd",
    encoding: "utf-8-bom",
    hadInvalidBytes: true,
  })
  expect(decodeText(bytes(0xff, 0xfe, 0x61, 0x00, 0x62))).toMatchObject({ encoding: "utf-16le", hadInvalidBytes: true })
})

test("what is binary is found by NUL, by its first bytes, or by its control characters", () => {
  for (const file of [
    bytes(0x61, 0, 0x62),
    bytes(0x89, 0x50, 0x4e, 0x47, 0x0d),
    Buffer.from("%PDF-1.7 only ascii here"),
    bytes(0x1f, 0x8b, 8, 1, 1),
    bytes(...Array.from({ length: 200 }, (_, i) => (i % 2 ? 2 : 65))),
    bytes(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0),
    Buffer.concat([Buffer.from("text ".repeat(5000)), bytes(0)]),
  ])
    expect(decodeText(file)).toBe("binary")
  for (const text of ["", "a", "\u001b[31mred\u001b[0m\n", "a\fb", "PK is not a zip", "GIF is a word", "BZ", "%PDF"])
    expect(decodeText(Buffer.from(text))).toMatchObject({ text, encoding: "utf-8" })
})

test("random bytes never throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (b) => void decodeText(b)))
})

test("line ends are kept where they were all alike", () => {
  expect([newlineOf("a\r\nb\r\n"), newlineOf("a\nb"), newlineOf("a\r\nb\n"), newlineOf("")]).toEqual([
    "\r\n",
    "\n",
    "mixed",
    "\n",
  ])
  expect(withNewlinesOf("a\nb\n", "x\r\ny\r\n")).toBe("a\r\nb\r\n")
  expect(withNewlinesOf("a\r\nb\n", "x\r\ny\r\n")).toBe("a\r\nb\n")
  expect(withNewlinesOf("a\nb\n", "x\r\ny\n")).toBe("a\nb\n")
})
