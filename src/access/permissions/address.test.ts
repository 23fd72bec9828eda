import { expect, test } from "vitest"
import { isInBlock, isPrivateHost, isPublicAddress } from "./address.ts"

test("addresses of the public internet are told from all others, in every form they are written in", () => {
  for (const address of [
    "8.8.8.8",
    "93.184.216.34",
    "172.32.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
  ])
    expect(isPublicAddress(address), address).toBe(true)
  const closed =
    "0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.168.0.1 " +
    "192.0.0.8 198.18.0.1 224.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:a9fe:a9fe " +
    "64:ff9b::7f00:1 64:ff9b::10.0.0.1 fc00::1 fd12::1 fe80::1 fe80::1%eth0 ff02::1 2001::1 2001:db8::1 2002:7f00:1:: nonsense"
  for (const address of closed.split(" ")) expect(isPublicAddress(address), address).toBe(false)
})

test("a host is private by its name alone where it is localhost or such an address", () => {
  for (const url of [
    "http://localhost:1/",
    "http://a.LOCALHOST./",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://[::1]/",
  ])
    expect(isPrivateHost(new URL(url).hostname), url).toBe(true)
  for (const host of ["example.com", "localhost.example.com", "notlocalhost", "8.8.8.8"])
    expect(isPrivateHost(host), host).toBe(false)
})

test("a block holds its addresses, and a malformed one holds none", () => {
  expect(isInBlock("10.0.0.0/8", "10.9.8.7")).toBe(true)
  expect(isInBlock("10.0.0.0/8", "11.0.0.1")).toBe(false)
  expect(isInBlock("fd00::/8", "[fd12::1]")).toBe(true)
  for (const block of ["10.0.0.0/", "10.0.0.0/99", "10.0.0.0/x", "/8", "host/8"])
    expect(isInBlock(block, "10.0.0.1"), block).toBe(false)
})
