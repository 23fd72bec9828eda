import fc from "fast-check"
import { expect, test } from "vitest"
import { imageSize } from "./image-size.ts"

const bytes = (...parts: (string | readonly number[])[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))),
  ).toString("base64")

test("the size is read out of the header of each kind", () => {
  const size = { width: 300, height: 200 }
  expect(imageSize(bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", [0, 0, 1, 44, 0, 0, 0, 200, 8, 6]))).toEqual(size)
  expect(imageSize(bytes("GIF89a", [44, 1, 200, 0]))).toEqual(size)
  const jpegSegments = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc4, 0, 3, 9, 0xff, 0xc2, 0, 11, 8, 0, 200, 1, 44, 3]
  expect(imageSize(bytes(jpegSegments))).toEqual(size)
  expect(imageSize(bytes("RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0", [43, 1, 0, 199, 0, 0]))).toEqual(size)
  expect(imageSize(bytes("RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a", [44, 1, 200, 0]))).toEqual(size)
  const bits = (299 | (199 << 14)) >>> 0
  const lossless = [bits & 255, (bits >> 8) & 255, (bits >> 16) & 255, (bits >>> 24) & 255]
  expect(imageSize(bytes("RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f", lossless))).toEqual(size)
})

test("what is no image, or cut short, has no size", () => {
  expect(imageSize("")).toBeUndefined()
  expect(imageSize(bytes("\x89PNG\r\n"))).toBeUndefined()
  expect(imageSize(bytes("GIF89a", [0, 0, 0, 0]))).toBeUndefined()
  expect(imageSize(bytes([0xff, 0xd8, 0xff, 0xe0, 255, 255]))).toBeUndefined()
  expect(imageSize(bytes("%PDF-1.7 not an image at all"))).toBeUndefined()
})

test("no bytes make it fail", () => {
  const starts = ["", "\x89PNG", "GIF89a", "RIFF\0\0\0\0WEBPVP8 ", "RIFF\0\0\0\0WEBPVP8L", "\xff\xd8\xff\xe0\0\x02"]
  fc.assert(
    fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 64 }), (start, rest) => {
      const size = imageSize(bytes(start, [...rest]))
      if (size) expect(size.width * size.height).toBeGreaterThan(0)
    }),
  )
})
