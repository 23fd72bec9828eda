import type { ImagePart } from "../model.ts"
import type { TokenFamily } from "./family.ts"
import { type ImageSize, imageSize } from "./image-size.ts"

/** Where the size can't be seen (an address, a header that can't be read). */
const usualSize: ImageSize = { width: 1024, height: 1024 }

/**
 * Tokens of an image after the rule that the family's vendor publishes: OpenAI 85 and 170 for each tile of 512 pixels
 * (others of its models count patches and cost up to twice as much), Claude one for each patch of 28 pixels after
 * shrinking, Gemini 258 for each tile of 768. Open models differ among themselves: as OpenAI's.
 */
export function imageTokens(image: ImagePart, family: TokenFamily): number {
  const size = (image.source.kind === "base64" ? imageSize(image.source.data) : undefined) ?? usualSize
  switch (family) {
    case "claude":
      return claudeImage(size, 1568)
    case "claude-new":
      return claudeImage(size, 2000)
    case "gemini":
      return size.width <= 384 && size.height <= 384 ? 258 : 258 * tiles(size, 768)
    default:
      return 85 + 170 * tiles(shrunkShort(shrunk(size, 2048), 768), 512)
  }
}

const claudeImage = (size: ImageSize, longest: number): number => {
  const patches = tiles(shrunk(size, longest), 28)
  return longest === 1568 ? Math.min(patches, 1568) : patches
}

const tiles = (size: ImageSize, pixels: number): number =>
  Math.ceil(size.width / pixels) * Math.ceil(size.height / pixels)

/** Shrunk until neither side is longer than `longest`. */
const shrunk = (size: ImageSize, longest: number): ImageSize =>
  scaled(size, longest / Math.max(size.width, size.height))

/** Shrunk until the shorter side is no longer than `longest`. */
const shrunkShort = (size: ImageSize, longest: number): ImageSize =>
  scaled(size, longest / Math.min(size.width, size.height))

const scaled = ({ width, height }: ImageSize, factor: number): ImageSize =>
  factor >= 1 ? { width, height } : { width: width * factor, height: height * factor }
