import type { ImagePart } from "../../models/model.ts"
import { invalidField } from "./decode.ts"

const types = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"])

/** A `data:` URL or the address of an image, as the OpenAI dialects give them. */
export function imageOf(url: string, param: string): ImagePart {
  if (!url.startsWith("data:")) {
    if (!/^https?:\/\//i.test(url)) throw invalidField(param, "an image is a data: URL or an http(s) address")
    return { kind: "image", mediaType: typeByName(url), source: { kind: "url", url } }
  }
  const comma = url.indexOf(",")
  const [mediaType = "", ...rest] = url.slice("data:".length, Math.max(comma, 0)).split(";")
  if (comma < 0 || rest.at(-1) !== "base64") throw invalidField(param, "a data: URL of an image is in base64")
  return imageOfBase64(mediaType, url.slice(comma + 1), param)
}

export function imageOfBase64(mediaType: string, data: string, param: string): ImagePart {
  if (!types.has(mediaType)) throw invalidField(param, `an image is one of ${[...types].join(", ")}`)
  return { kind: "image", mediaType, source: { kind: "base64", data } }
}

/** Only a guess, for providers that want one; those that fetch the image see for themselves. */
export function typeByName(url: string): string {
  const extension = /\.(png|jpe?g|gif|webp)(?:$|[?#])/i.exec(url)?.[1]?.toLowerCase()
  return extension === undefined || extension === "jpg" ? "image/jpeg" : `image/${extension}`
}
