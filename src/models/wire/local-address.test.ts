import { expect, test } from "vitest"
import { isLocalAddress } from "./local-address.ts"

test("this machine and private networks are local, the rest of the world is not", () => {
  const local = [
    "127.0.0.1:1234",
    "localhost",
    "[::1]:8000",
    "10.1.2.3",
    "192.168.0.9",
    "172.20.1.1",
    "box.local",
    "ollama",
  ]
  const remote = ["api.openai.com", "8.8.8.8", "172.40.0.1", "[2001:db8::1]", "local.example.com"]
  for (const host of local) expect([host, isLocalAddress(`http://${host}/v1`)]).toEqual([host, true])
  for (const host of remote) expect([host, isLocalAddress(`http://${host}/v1`)]).toEqual([host, false])
})
