export interface ImageSize {
  readonly width: number
  readonly height: number
}

/** Width and height of a PNG, GIF, JPEG or WebP from its header; undefined where they can't be read. */
export function imageSize(base64: string): ImageSize | undefined {
  // A JPEG may keep a preview before its size: enough of the file for that, not all of it.
  const bytes = Buffer.from(base64.slice(0, 400_000), "base64")
  try {
    const size = png(bytes) ?? gif(bytes) ?? webp(bytes) ?? jpeg(bytes)
    return size && size.width > 0 && size.height > 0 ? size : undefined
  } catch (error) {
    // The header is cut short.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const has = (bytes: Buffer, at: number, text: string) => bytes.toString("latin1", at, at + text.length) === text

const png = (bytes: Buffer): ImageSize | undefined =>
  has(bytes, 1, "PNG") ? { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) } : undefined

const gif = (bytes: Buffer): ImageSize | undefined =>
  has(bytes, 0, "GIF8") ? { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) } : undefined

function webp(bytes: Buffer): ImageSize | undefined {
  if (!has(bytes, 0, "RIFF") || !has(bytes, 8, "WEBP")) return undefined
  if (has(bytes, 12, "VP8X")) return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
  if (has(bytes, 12, "VP8 ")) {
    return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff }
  }
  const bits = bytes.readUInt32LE(21)
  return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 }
}

/** Walks the segments to the one that begins a frame (SOF0 to SOF15, without the tables DHT, JPG and DAC). */
function jpeg(bytes: Buffer): ImageSize | undefined {
  if (bytes.readUInt16BE(0) !== 0xffd8) return undefined
  let at = 2
  while (bytes.readUInt8(at) === 0xff) {
    const marker = bytes.readUInt8(at + 1)
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (isFrame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}
